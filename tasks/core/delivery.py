"""The files of the results prefix: where they lie, and what stands in them.

    values/SCHEMA/DOCUMENT/RUN.REVISION.jsonl   the values of a run, as `countersign export` writes them; never changed
    current/SCHEMA/DOCUMENT.json                which of them is current for a key and schema, and which were before
    log/NUMBER.jsonl                            what was delivered, in order: numbers without gaps

DOCUMENT is the SHA-256 of `BUCKET/KEY`: safe in every key, and no two documents have one name. No file says when it
was written, so that one that is written again has the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tasks.core.records import DocumentId, RunId

JSON_LINES, JSON = "application/x-ndjson", "application/json"
LEFT_OUT = ("version", "state", "since")
"""Keys of an export line that a file of values has not: they change without the values, and stand in its pointer."""
_LOG_DIGITS = 12
_RUN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DIGEST = r"[0-9a-f]{64}"
_SCHEMA = r"[a-z][a-z0-9_]{0,62}"
_OURS = re.compile(
    rf"values/{_SCHEMA}/{_DIGEST}/{_RUN}\.\d+\.jsonl|current/{_SCHEMA}/{_DIGEST}\.json|log/\d{{{_LOG_DIGITS}}}\.jsonl"
)
CURRENT = "current"
NO_PLACE = (
    "COUNTERSIGN_RESULTS is not set, so there is no place to deliver to. Set it to s3://BUCKET/PREFIX/."
)


@dataclass(frozen=True, slots=True)
class Due:
    """A difference between the present of a key and what was delivered of it for a schema."""

    bucket: str
    key: str
    schema_name: str
    state: str
    """current: values to deliver; deleted or replaced: delivered ones that do not hold any more."""
    since: datetime
    """Since when the key was seen to be so."""
    document_id: DocumentId
    run_id: RunId
    """Of values that do not hold any more: the run that was delivered."""
    revision: int
    finished_at: datetime
    version: str
    etag: str | None
    supersedes: int | None
    """The delivery before of the same key and schema."""
    n_values: int = 0
    """Of values that do not hold any more: in their file."""
    sha256: str = ""
    """Of values that do not hold any more: of their file."""

    @property
    def is_current(self) -> bool:
        return self.state == CURRENT


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file of values."""

    object_key: str
    """Below the prefix."""
    run_id: RunId
    revision: int


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """A delivery as the log names it."""

    bucket: str
    key: str
    schema_name: str
    state: str
    since: datetime
    document_id: DocumentId
    file: DeliveredFile
    n_values: int
    sha256: str
    supersedes: DeliveredFile | None
    delivered_at: datetime


def document_digest(bucket: str, key: str) -> str:
    """The name of a document in the results prefix. A bucket's name has no slash, so no two have one."""
    return hashlib.sha256(f"{bucket}/{key}".encode("utf-8", "surrogatepass")).hexdigest()


def values_key(due: Due) -> str:
    """Where the values of a run lie, below the prefix."""
    return f"{values_folder(due.schema_name, due.bucket, due.key)}{due.run_id}.{due.revision}.jsonl"


def values_folder(schema_name: str, bucket: str, key: str) -> str:
    """Where the files of values of a key lie, below the prefix, with its slash."""
    return f"values/{schema_name}/{document_digest(bucket, key)}/"


def pointer_key(due: Due) -> str:
    """Where it stands which values are current, below the prefix."""
    return f"current/{due.schema_name}/{document_digest(due.bucket, due.key)}.json"


def log_key(number: int) -> str:
    """A file of the log, below the prefix: in a listing, numbers stand in order."""
    return f"log/{number:0{_LOG_DIGITS}}.jsonl"


def is_results_key(key: str, prefix: str) -> bool:
    """Whether an object is one of these files, and no document."""
    return key.startswith(prefix) and _OURS.fullmatch(key, len(prefix)) is not None


def values_content(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The file of values: a line for each."""
    return b"".join(_line({k: v for k, v in row.items() if k not in LEFT_OUT}) for row in rows)


def pointer_content(due: Due, n_values: int, sha256: str, earlier: Sequence[DeliveredFile]) -> bytes:
    """The pointer of a key and schema.

    Args:
        n_values: In the file of values.
        sha256: Of its bytes.
        earlier: What was delivered before, the newest first.
    """
    own = DeliveredFile(values_key(due), due.run_id, due.revision)
    values = {
        **_file(own),
        "finished_at": _utc(due.finished_at),
        "n_values": n_values,
        "sha256": sha256,
    }
    content = {
        "bucket": due.bucket,
        "document": due.key,
        "schema": due.schema_name,
        "state": due.state,
        "since": _utc(due.since),
        "version": due.version,
        "etag": due.etag,
        "document_sha256": due.document_id,
        "values": values if due.is_current else None,
        "superseded": [_file(one) for one in earlier if not (due.is_current and one == own)],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def log_content(deliveries: Iterable[LoggedDelivery]) -> bytes:
    """A file of the log: a line for each delivery, in order."""
    return b"".join(
        _line(
            {
                "bucket": one.bucket,
                "document": one.key,
                "schema": one.schema_name,
                "state": one.state,
                "since": _utc(one.since),
                "document_sha256": one.document_id,
                "values": {**_file(one.file), "n_values": one.n_values, "sha256": one.sha256},
                "supersedes": None if one.supersedes is None else _file(one.supersedes),
                "delivered_at": _utc(one.delivered_at),
            }
        )
        for one in deliveries
    )


def _file(one: DeliveredFile) -> dict[str, str | int]:
    return {"object": one.object_key, "run": one.run_id, "revision": one.revision}


def _line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=False) + "\n").encode()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
