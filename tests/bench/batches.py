"""A process that runs batches through the `extract` flow as a worker's would, told by its parent which: start and imports are not in the time.

child: `python -m tests.bench.batches`, one JSON line in for each batch, one out
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a batch."""

    seconds: float
    statuses: dict[str, int]
    n_pages: int


class BatchProcess:
    """`with` waits until it is ready, and ends it."""

    def __init__(self, **settings: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.batches"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings},
        )

    def __enter__(self) -> BatchProcess:
        self._answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.stdin is not None:
            self._child.stdin.close()
        self._child.wait()

    @property
    def pid(self) -> int:
        return self._child.pid

    def begin(self, keys: Sequence[str], schema_name: str) -> None:
        stdin = cast(Any, self._child.stdin)
        stdin.write(json.dumps({"keys": list(keys), "schema": schema_name}) + "\n")
        stdin.flush()

    def end(self) -> Done:
        return Done(**self._answer())

    def run(self, keys: Sequence[str], schema_name: str) -> Done:
        self.begin(keys, schema_name)
        return self.end()

    def _answer(self) -> Any:
        while line := cast(Any, self._child.stdout).readline():
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"the process of the batches ended with {self._child.wait()}")


def _serve() -> None:
    from flows.extract import extract
    from tasks.documents import DocumentRequest

    logging.disable(logging.INFO)
    print("{}", flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        requests = [DocumentRequest(key=key, schema_name=told["schema"]) for key in told["keys"]]
        began = time.monotonic()
        state = cast(Any, extract)(requests, return_state=True)
        seconds = time.monotonic() - began
        outcomes = state.result(raise_on_failure=False)
        statuses: dict[str, int] = {}
        for outcome in outcomes:
            statuses[outcome.status.value] = statuses.get(outcome.status.value, 0) + 1
        pages = sum(outcome.n_pages or 0 for outcome in outcomes)
        print(json.dumps({"seconds": seconds, "statuses": statuses, "n_pages": pages}), flush=True)


if __name__ == "__main__":
    _serve()
