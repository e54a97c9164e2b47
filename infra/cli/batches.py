"""Documents from the command line take the same way as any other: into the bucket, through the `extract` flow.

Must be imported only after `infra.stack.export()`: it brings Prefect, which reads its settings on import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from flows.extract import extract
from infra.cli.progress_bar import ProgressBar
from tasks.core.errors import SourceMissing
from tasks.core.reading.name import SUFFIXES
from tasks.outcome import DocumentRequest, Outcome, RunOptions
from tasks.report import on_progress
from tasks.s3 import list_objects, put_file
from tasks.settings import settings

BATCH_SIZE = 50


def requests_for(source: str, schema_name: str) -> list[DocumentRequest]:
    """The documents behind a path or an `s3://bucket/key-or-prefix`; local files are put into the bucket first.

    Raises:
        SourceMissing: nothing is there.
    """
    if source.startswith("s3://"):
        return _remote(source, schema_name)
    paths = _local_files(Path(source))
    return [DocumentRequest(key=upload(path), schema_name=schema_name) for path in paths]


def upload(path: Path) -> str:
    """Put a local file into the bucket under its digest, so that the same file is the same object; returns the key."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return put_file(settings().countersign_bucket, f"uploads/{digest}/{path.name}", path).key


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


def _remote(source: str, schema_name: str) -> list[DocumentRequest]:
    bucket, _, prefix = source.removeprefix("s3://").partition("/")
    found = [
        DocumentRequest(key=o.key, schema_name=schema_name, bucket=bucket)
        for o in list_objects(bucket, prefix)
    ]
    if not found:
        raise SourceMissing(f"{source} holds no documents. Check bucket and prefix.")
    return found


def _local_files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        if not found:
            raise SourceMissing(f"the folder {path} holds no PDF and no text files")
        return found
    if not path.is_file():
        raise SourceMissing(f"there is no file {path}")
    return [path]


def _batches(requests: Sequence[DocumentRequest]) -> Iterator[Sequence[DocumentRequest]]:
    for at in range(0, len(requests), BATCH_SIZE):
        yield requests[at : at + BATCH_SIZE]
