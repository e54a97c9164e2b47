"""Runs documents of the command line through the `extract` flow, like any other; local files are put into the bucket first.

Import it only after `infra.stack.export()`: it imports Prefect, which reads its settings on import.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from flows.extract import extract
from infra.cli.console import ProgressBar
from tasks.attachments import can_read_scans
from tasks.core.batch_sizes import ORDINARY
from tasks.core.errors import SourceMissing
from tasks.core.left_out import LeftOut
from tasks.core.reading.mail.part_keys import is_part, parent_keys
from tasks.documents import DocumentRequest, Outcome, RunOptions
from tasks.report import on_progress
from tasks.s3 import list_objects, put_file
from tasks.settings import s3_place, settings


def requests_for(
    urls: Sequence[str], paths: Sequence[Path], schema_name: str, left_out: LeftOut | None = None
) -> dict[DocumentRequest, str]:
    """The documents behind these URLs and files, each once, with its URL or path.

    Args:
        urls: `s3://BUCKET/KEY-OR-PREFIX`. All are listed before any file is put into the bucket.
        paths: Local files.
        schema_name: The schema of all documents.
        left_out: Takes the objects under a prefix that are not read.

    Raises:
        SourceMissing: there is no object under one of the URLs, or it names no bucket.
    """
    requests: dict[DocumentRequest, str] = {}
    for url in urls:
        for request in _listed(url, schema_name, left_out or LeftOut()):
            requests.setdefault(request, f"s3://{request.bucket}/{request.key}")
    for path in paths:
        requests.setdefault(DocumentRequest(key=upload(path), schema_name=schema_name), str(path))
    return requests


def names_of(requests: Mapping[DocumentRequest, str], outcomes: Sequence[Outcome] = ()) -> dict[str, str]:
    """The name of each document in a table, by key: its file name, or its URL or path if several files have that name.

    Args:
        outcomes: Of these documents, with the attachments of the mails among them, which are named after their mail.
    """
    n_named = Counter(request.name for request in requests)
    n_keyed = Counter(request.key for request in requests)  # above one: the same key in two buckets
    names = {
        r.key: r.name if n_named[r.name] == 1 else origin if n_keyed[r.key] == 1 else r.key
        for r, origin in requests.items()
    }
    for key in (outcome.key for outcome in outcomes if outcome.key not in names):
        mail = next(parent for parent in parent_keys(key) if parent in names)
        names[key] = names[mail] + key.removeprefix(mail)
    return names


def upload(path: Path) -> str:
    """Put a local file into the bucket; returns its key."""
    # With the digest in the key, the same file is one object, and two files of the same name are two.
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return put_file(settings().bucket, f"uploads/{digest}/{path.name}", path).key


def run_batches(requests: Sequence[DocumentRequest], options: RunOptions, console: Console) -> list[Outcome]:
    """Run the `extract` flow over the documents, batch by batch, with progress on the console."""
    outcomes: list[Outcome] = []
    with ProgressBar(console, "documents", len(requests)) as bar:

        def on_outcome(outcome: Outcome) -> None:
            bar.advance(f"{outcome.key}: {outcome.status.value}, {outcome.n_verified} verified")

        for start in range(0, len(requests), ORDINARY):
            batch = list(requests[start : start + ORDINARY])
            with on_progress(on_outcome):
                state = cast(Any, extract)(batch, options, return_state=True)
            outcomes.extend(state.result(raise_on_failure=False))
    return outcomes


def _listed(url: str, schema_name: str, left_out: LeftOut) -> list[DocumentRequest]:
    bucket, prefix = s3_place(url)
    if not bucket:
        raise SourceMissing(f"{url} names no bucket. Write s3://BUCKET/PREFIX.")
    if is_part(prefix):
        return [DocumentRequest(key=prefix, schema_name=schema_name, bucket=bucket)]
    keys = [listed.key for listed in list_objects(bucket, prefix)]
    has_ocr = can_read_scans()
    # An object that is named whole is tried, whatever its name.
    taken = [k for k in keys if k == prefix or not left_out.takes(k, has_ocr, prefix)]
    if not taken:
        found = f" ({left_out.in_words()})" if keys else ""
        raise SourceMissing(f"there are no documents under {url}{found}. Check bucket and prefix.")
    return [DocumentRequest(key=key, schema_name=schema_name, bucket=bucket) for key in taken]
