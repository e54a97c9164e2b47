"""A backfill of 10,000 generated documents of one page: its plan, the memory of every process, and what a kill costs.

`python -m tests.bench.backfill_load [--documents N] [--automations]`, on a stack of its own with the native models and batches of 50, two in
flight; with `--automations` the server watches every run by our set of them:

    plan        seconds of the command, and of the listing and choosing within it
    memory      MiB (PSS) of the largest process of each kind, median while the first and the last tenth of the documents were done
    kill        half way the worker and all its processes are killed (-9) and a worker is started; seconds from its start until as many
                documents more are done as were in flight
    pace        seconds from the first tenth to the half, as the progress told them when the tenth was done, and as they were
    twice       documents with another number of runs than one
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from typing import Any

import psutil
import psycopg

from infra import stack
from infra.stack import state
from infra.stack.process import marked
from infra.stack.service import StackPart
from tasks.core.backfill.progress import BackfillProgress, BatchTally, DocumentState, Pace
from tests.bench.generated import contract_pdf
from tests.bench.own_stack import own_stack, put_documents
from tests.bench.processes import Sampler

NAME, PREFIX, SCHEMA = "load", "backfill/", "cuad"
LOOK_S = 0.5
RUNS = """
    SELECT n_runs, count(*) FROM (
        SELECT count(run.run_id) AS n_runs FROM source LEFT JOIN run USING (document_id) GROUP BY source.source_id
    ) AS counted GROUP BY n_runs ORDER BY n_runs
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--automations", action="store_true")
    options = parser.parse_args()
    with own_stack():
        keys = [f"{PREFIX}{n:06}.pdf" for n in range(options.documents)]
        put_documents(keys, lambda n: contract_pdf(n, 1))
        plan()
        if options.automations:
            countersign("automations", "deploy")
        with Sampler() as sampler, psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            begun = time.monotonic()
            countersign("backfill", "run", NAME)
            Watch(connection, len(keys), sampler, begun).follow()
            counts = connection.execute(RUNS).fetchall()
        print(f"runs of a document, documents: {counts}")


def plan() -> None:
    began = time.monotonic()
    said = json.loads(countersign("backfill", "plan", NAME, "--schema", SCHEMA, "--prefix", PREFIX, "--json"))
    whole_s = time.monotonic() - began
    began = time.monotonic()
    countersign("backfill", "show", "--json")
    print(
        f"plan: {said['n_documents']} documents in {whole_s:.1f} s; a command that only looks takes {time.monotonic() - began:.1f} s"
    )


def countersign(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"countersign {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


class Watch:
    """One backfill from its begin to its end, with a kill in the middle."""

    def __init__(
        self, connection: psycopg.Connection, n_documents: int, sampler: Sampler, begun: float
    ) -> None:
        self._connection, self._n, self._sampler, self._begun = connection, n_documents, sampler, begun
        self._passed: dict[int, float] = {}
        """Tenth -> when it was done."""
        self._pace = Pace()
        self._told_s: float | None = None
        """Seconds that four tenths were said to take when the first was done."""

    def follow(self) -> None:
        self._wait(lambda found: found["n_done"] >= self._n // 2)
        self._tell_pace()
        self._kill()
        found = self._wait(lambda found: found["state"] in ("done", "paused", "cancelled"))
        took_s = time.monotonic() - self._begun
        said = {name: found[name] for name in ("state", "n_done", "n_unchanged", "n_failed")}
        print(f"{took_s:.0f} s, {self._n / took_s:.1f} documents/s: {said}")
        first = self._sampler.between(self._begun, self._passed[1])
        last = self._sampler.between(self._passed[9], time.monotonic())
        print("MiB of the largest process, first tenth, last tenth, growth")
        for kind in sorted(first.keys() & last.keys()):
            one, other = median(first[kind]), median(last[kind])
            print(f"    {kind:10} {one:8.0f} {other:8.0f} {other / one - 1:+7.1%}")

    def _standing(self) -> dict[str, Any]:
        row = self._connection.execute(
            "SELECT to_jsonb(backfill_overview) FROM backfill_overview WHERE name = %s", [NAME]
        ).fetchone()
        if row is None:
            raise SystemExit("the backfill is gone")
        return row[0]

    def _wait(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            found = self._standing()
            n_over = found["n_done"] + found["n_unchanged"]
            for tenth in range(1, 10 * n_over // self._n + 1):
                self._passed.setdefault(tenth, time.monotonic())
            self._look(n_over)
            if until(found):
                return found
            time.sleep(LOOK_S)

    def _look(self, n_over: int) -> None:
        """As the driver does it, for documents of one page."""
        n_open = self._n - n_over
        done, waiting = BatchTally(n_over, n_over, n_over), BatchTally(n_open, n_open, n_open)
        standing = BackfillProgress({DocumentState.DONE: done, DocumentState.WAITING: waiting})
        self._pace.add(standing, time.monotonic())
        left_s = self._pace.seconds_left(standing)
        if 1 in self._passed and self._told_s is None and left_s is not None:
            self._told_s = left_s * 4 / 9

    def _tell_pace(self) -> None:
        was_s = self._passed[5] - self._passed[1]
        told_s = self._told_s or 0.0
        print(
            f"pace: {told_s:.0f} s told from a tenth to the half, {was_s:.0f} s it was: {told_s / was_s - 1:+.0%}"
        )

    def _kill(self) -> None:
        before = self._standing()
        for process in marked([f"{state.load().stack_id}:{StackPart.WORKER.value}"]):
            with suppress(psutil.Error):
                process.kill()
        time.sleep(1)
        n_done, in_flight = self._standing()["n_done"], before["n_submitted"]
        started = time.monotonic()
        stack.ensure_up()
        up_s = time.monotonic() - started
        first = self._wait(lambda found: found["n_done"] > n_done)
        first_s = time.monotonic() - started
        self._wait(lambda found: found["n_done"] >= n_done + in_flight or found["state"] == "done")
        print(
            f"killed with {in_flight} in flight ({n_done} done): worker up after {up_s:.1f} s, first document ({first['n_done'] - n_done}) "
            f"after {first_s:.1f} s, {in_flight} after {time.monotonic() - started:.1f} s"
        )


if __name__ == "__main__":
    main()
