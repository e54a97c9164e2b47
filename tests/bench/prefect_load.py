"""How far the Prefect server falls behind while 1,000 generated contracts of 20 pages go through deployments.

`python -m tests.bench.prefect_load [--contracts N]`: a stack of its own, native models, batches of 50 as runs of `extract/extract` on the
work pool, all submitted at once; the worker takes as many as it is allowed.

Behind: Prefect's client makes a task run's states and sends them as events; the server stores them later. The age of a state when its row
is written (`task_run_state.created - timestamp`) says how late the server knew of it, for each state, exactly; the same for each event.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from infra.stack.prefect_api import SecuredServer, ask
from tests.bench.generated import contract_pdf
from tests.bench.own_stack import BUCKET, own_stack, put_documents

BATCH, N_PAGES, SCHEMA = 50, 20, "cuad"
LOOK_S = 5.0
DRAIN_S = 120
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
AGES = {
    "states of task runs": "SELECT (julianday(created) - julianday(timestamp)) * 86400 FROM task_run_state",
    "states of flow runs": "SELECT (julianday(created) - julianday(timestamp)) * 86400 FROM flow_run_state WHERE type <> 'SCHEDULED'",
    "events": "SELECT (julianday(created) - julianday(occurred)) * 86400 FROM events WHERE event LIKE 'prefect.task-run.%'",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contracts", type=int, default=1000)
    options = parser.parse_args()
    with own_stack() as folder:
        api = SecuredServer.of(os.environ)
        keys = [f"load/{n:05}.pdf" for n in range(options.contracts)]
        put_documents(keys, lambda n: contract_pdf(n, N_PAGES))
        print(f"{len(keys)} contracts of {N_PAGES} pages are in the bucket", flush=True)
        began = time.monotonic()
        submit(api, keys)
        answers_s = watch(api, -(-len(keys) // BATCH))
        took_s = time.monotonic() - began
        n_task_runs = drained(api)
        tell(folder / "prefect" / "home" / "prefect.db", len(keys), took_s, n_task_runs, answers_s)


def submit(api: SecuredServer, keys: list[str]) -> None:
    deployment = ask(api, "GET", "/deployments/name/extract/extract")
    for at in range(0, len(keys), BATCH):
        documents = [{"key": key, "schema_name": SCHEMA, "bucket": BUCKET} for key in keys[at : at + BATCH]]
        run = {"parameters": {"documents": documents}, "state": {"type": "SCHEDULED"}}
        ask(api, "POST", f"/deployments/{deployment['id']}/create_flow_run", run)


def watch(api: SecuredServer, n_batches: int) -> list[float]:
    """Until every batch has ended. Gives how long the server took to list them, each time it was asked."""
    answers_s: list[float] = []
    while True:
        asked = time.monotonic()
        runs = ask(api, "POST", "/flow_runs/filter", {"flows": {"name": {"any_": ["extract"]}}, "limit": 200})
        answers_s.append(time.monotonic() - asked)
        states = Counter(run["state_type"] for run in runs)
        if sum(states[s] for s in ENDED) == n_batches:
            print(f"batches: {json.dumps(states)}")
            return answers_s
        time.sleep(LOOK_S)


def drained(api: SecuredServer) -> int:
    """Wait until no more task runs come, so that what the server has not stored yet is in the ages; gives their number."""
    before, until = -1, time.monotonic() + DRAIN_S
    while (count := int(ask(api, "POST", "/task_runs/count", {}))) != before and time.monotonic() < until:
        before = count
        time.sleep(LOOK_S)
    return count


def tell(database: Path, n_contracts: int, took_s: float, n_task_runs: int, answers_s: list[float]) -> None:
    print(
        f"{took_s:.0f} s: {n_contracts / took_s:.2f} contracts/s, {n_contracts * N_PAGES / took_s:.1f} pages/s"
    )
    print(f"task runs: {n_task_runs}, {n_task_runs / n_contracts:.2f} a contract")
    print("behind, s: median, 99 %, most, number of them")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for name, query in AGES.items():
            ages = sorted(row[0] for row in connection.execute(query) if row[0] is not None)
            if ages:
                told: list[Any] = [median(ages), ages[int(0.99 * (len(ages) - 1))], ages[-1]]
                print(f"    {name:20} {' '.join(f'{age:8.2f}' for age in told)} {len(ages):8}")
    print(f"listing the runs: median {median(answers_s) * 1000:.0f} ms, most {max(answers_s) * 1000:.0f} ms")
    size = sum(path.stat().st_size for path in database.parent.glob("prefect.db*"))
    print(f"Prefect's database: {size / 2**20:.1f} MiB, {size / 1024 / n_contracts:.1f} KiB a contract")


if __name__ == "__main__":
    main()
