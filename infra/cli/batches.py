"""Documents from the command line take the same way as any other: into the bucket, through the `extract` flow.

Must be imported only after `infra.stack.export()`: it brings Prefect, which reads its settings on import.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from flows.extract import extract
from infra.cli.console import ProgressBar
from tasks.core.errors import SourceMissing
from tasks.documents import DocumentRequest, Outcome, RunOptions
from tasks.report import on_progress
from tasks.s3 import list_objects, put_file
from tasks.settings import settings

BATCH_SIZE = 50


def requests_for(urls: Sequence[str], paths: Sequence[Path], schema_name: str) -> dict[DocumentRequest, str]:
    """The documents behind these URLs and files, each once, with its URL or path; files are put into the bucket first.

    Args:
        urls: `s3://BUCKET/KEY-OR-PREFIX`. All are listed before any file is put into the bucket.
        paths: Local files.
        schema_name: The schema that all are read for.

    Raises:
        SourceMissing: there is no object under one of the URLs.
    """
    found: dict[DocumentRequest, str] = {}
    for url in urls:
        for request in _listed(url, schema_name):
            found.setdefault(request, f"s3://{request.bucket}/{request.key}")
    for path in paths:
        found.setdefault(DocumentRequest(key=upload(path), schema_name=schema_name), str(path))
    return found


def names_of(requests: Mapping[DocumentRequest, str]) -> dict[str, str]:
    """What a table calls each document, by its key: its file name, or its URL or path where several have that name."""
    n_named = Counter(request.name for request in requests)
    n_keyed = Counter(request.key for request in requests)  # above one: the same key in two buckets
    return {
        r.key: r.name if n_named[r.name] == 1 else place if n_keyed[r.key] == 1 else r.key
        for r, place in requests.items()
    }


def upload(path: Path) -> str:
    """Put a local file into the bucket; returns its key.

    The digest of its content is in the key, so the same file is the same object, and files of one name from two folders are two.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return put_file(settings().bucket, f"uploads/{digest}/{path.name}", path).key


def run_batches(requests: Sequence[DocumentRequest], options: RunOptions, console: Console) -> list[Outcome]:
    """Run the `extract` flow over the documents, batch by batch, with progress on the console."""
    outcomes: list[Outcome] = []
    with ProgressBar(console, "documents", len(requests)) as bar:

        def on_outcome(outcome: Outcome) -> None:
            bar.advance(f"{outcome.key}: {outcome.status.value}, {outcome.n_verified} verified")

        for batch in _batches(requests):
            with on_progress(on_outcome):
                state = cast(Any, extract)(list(batch), options, return_state=True)
            outcomes.extend(state.result(raise_on_failure=False))
    return outcomes


def _listed(url: str, schema_name: str) -> list[DocumentRequest]:
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    found = [
        DocumentRequest(key=o.key, schema_name=schema_name, bucket=bucket)
        for o in list_objects(bucket, prefix)
    ]
    if not found:
        raise SourceMissing(f"there are no documents under {url}. Check bucket and prefix.")
    return found


def _batches(requests: Sequence[DocumentRequest]) -> Iterator[Sequence[DocumentRequest]]:
    for at in range(0, len(requests), BATCH_SIZE):
        yield requests[at : at + BATCH_SIZE]
