"""Batches over documents that no run has seen, the moments of a batch, and what the store says of them."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from infra.stack.prefect_api import ask
from tests.faults.stack import FaultyStack
from tests.stack.whole.conftest import SAMPLES
from tests.stack.whole.test_workers import s3_client

DOCUMENTS = (
    ("investment-agreement-en.pdf", "investment"),
    ("services-agreement.pdf", "cuad"),
    ("cv.pdf", "cv"),
    ("services-agreement.pdf", "cuad"),
    ("cv.pdf", "cv"),
    ("services-agreement.pdf", "cuad"),
)
"""Sample and schema of each document of a batch; the longest first, as a night takes them by name."""
ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
END_S = 300
"""A batch that was hit has ended by then: the stack waits `OUTAGE_S`, and the fault is repaired much earlier."""
POLL_S = 0.02
MOMENTS = ("reads", "asks", "ends")
"""The first document is recorded; a first answer is stored; all documents but two are done."""

_HAS_COME = {
    "reads": "SELECT count(*) > 0 FROM source WHERE key LIKE %s",
    "asks": """
        SELECT count(*) > 0 FROM source JOIN run USING (document_id) JOIN generation USING (run_id) WHERE key LIKE %s
    """,
    "ends": f"""
        SELECT count(*) >= {len(DOCUMENTS) - 2} FROM source JOIN run USING (document_id)
        WHERE key LIKE %s AND state = 'done'
    """,
}


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """How a flow run ended."""

    run: str
    type: str
    message: str


class Batches:
    """Batches of one stack. Reads the store directly, not through a proxy."""

    def __init__(self, stack: FaultyStack) -> None:
        self.stack = stack
        self._deployment = ask(stack.api, "GET", "/deployments/name/extract/extract")["id"]

    def put(self, prefix: str) -> list[str]:
        """Store the documents of a batch: with text as in every batch, and bytes of its own."""
        keys: list[str] = []
        with s3_client(dict(self.stack.env)) as client:
            for number, (name, _) in enumerate(DOCUMENTS):
                key = f"{prefix}{number}-{name}"
                body = (SAMPLES / name).read_bytes() + f"\n% {key}\n".encode()
                client.put_object(Bucket="contracts", Key=key, Body=body)
                keys.append(key)
        return keys

    def submit(self, keys: Sequence[str]) -> str:
        schemas = [schema for _, schema in DOCUMENTS]
        documents = [{"key": key, "schema_name": name} for key, name in zip(keys, schemas, strict=True)]
        body = {"parameters": {"documents": documents, "options": {}}}
        return ask(self.stack.api, "POST", f"/deployments/{self._deployment}/create_flow_run", body)["id"]

    def wait_for(self, moment: str, prefix: str, run: str) -> bool:
        """Wait until the moment has come; False: the batch ended before."""
        until = time.monotonic() + END_S
        with self.connection() as connection:
            while connection.execute(_HAS_COME[moment].encode(), [f"{prefix}%"]).fetchone() != (True,):
                if time.monotonic() > until or (int(time.monotonic() * 4) % 8 == 0 and self.end_of(run)):
                    return False
                time.sleep(POLL_S)
        return True

    def end_of(self, run: str) -> BatchEnd | None:
        """None: it has not ended, or Prefect does not answer."""
        try:
            state = ask(self.stack.api, "GET", f"/flow_runs/{run}")["state"]
        except (OSError, ValueError):
            return None
        if state["type"] not in ENDS:
            return None
        return BatchEnd(run, state["type"], state["message"] or "")

    def wait_for_end(self, run: str) -> BatchEnd | None:
        """None: it did not end in time."""
        until = time.monotonic() + END_S
        while time.monotonic() < until:
            if end := self.end_of(run):
                return end
            time.sleep(0.2)
        return None

    @contextlib.contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.stack.owner_url, autocommit=True) as connection:
            yield connection

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def delivered(self) -> Mapping[str, int]:
        """Delivered files and their sizes."""
        with s3_client(dict(self.stack.env)) as client:
            found: dict[str, int] = {}
            for page in client.get_paginator("list_objects_v2").paginate(
                Bucket="contracts", Prefix="results/"
            ):
                found |= {one["Key"]: one["Size"] for one in page.get("Contents", ())}
            return found


def digest(rows: Sequence[tuple[Any, ...]]) -> str:
    """Of rows whose order says nothing."""
    return hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; False: it never was."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
