"""What must hold after a fault: nothing lost, nothing twice, nothing left over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.stack.prefect_api import ask
from tasks.core.records import RunId
from tasks.postgres.store import Store
from tests.faults.batches import DOCUMENTS, BatchEnd, Batches, digest, until

QUIET_S = 30
"""After the last batch everything that belonged to it is gone by then."""
ROWS = """
    SELECT chunk.chunk_index, extraction.field, status, value, quote, spans::text, pages, extraction.footnote_id IS NULL, match,
           round_number, score, reason, normal, parts::text, places::text
    FROM source JOIN run USING (document_id) JOIN extraction USING (run_id) JOIN chunk USING (chunk_id)
    WHERE key = %s AND run.state = 'done'
"""
CELLS = """
    SELECT chunk.chunk_index, coverage.field, coverage.state, coverage.reason
    FROM source JOIN run USING (document_id) JOIN coverage USING (run_id) JOIN chunk USING (chunk_id)
    WHERE key = %s AND run.state = 'done'
"""
RUNS = """
    SELECT key, run_id::text, state::text, attempt FROM source JOIN run USING (document_id) WHERE key LIKE %s ORDER BY key
"""
READINGS = """
    SELECT key, count(DISTINCT reading.reading_id), count(DISTINCT page.page_number) FROM source
    JOIN reading USING (document_id) JOIN page USING (reading_id) WHERE key LIKE %s GROUP BY key
"""
LEFT = """
    SELECT 'advisory lock' FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'session in a transaction' FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in%%' AND state_change < now() - interval '5 s'
    UNION ALL SELECT 'prepared transaction' FROM pg_prepared_xacts
    UNION ALL SELECT 'unfinished run' FROM run WHERE state IN ('running', 'failed')
    UNION ALL SELECT 'delivery that was never announced' FROM delivery WHERE announced_at IS NULL
"""
_FOOTNOTE_ID = re.compile(r'"footnote_id": \d+')


@dataclass(frozen=True)
class Truth:
    """What a batch gives that nothing happens to.

    Attributes:
        of_sample: Digests of values and of coverage, by sample.
        processes: How many of each kind of process run when no batch does.
    """

    of_sample: dict[str, tuple[str, str]]
    processes: Counter[str]
    temporary: frozenset[str]


def learn(batches: Batches, keys: Sequence[str]) -> Truth:
    """From a batch that was quiet."""
    found = {name: _digests(batches, key) for key, (name, _) in zip(keys, DOCUMENTS, strict=True)}
    return Truth(found, Counter(_kinds(batches)), frozenset(_temporary(batches)))


def faults_of(
    batches: Batches, truth: Truth, keys: Sequence[str], ends: Sequence[BatchEnd | None]
) -> list[str]:
    """What does not hold after the last batch over these keys; empty: all does.

    Args:
        ends: Of all batches over them, the last one last.
    """
    wrong = [f"batch {number} did not end" for number, end in enumerate(ends, 1) if end is None]
    if ends[-1] is not None and ends[-1].type != "COMPLETED":
        wrong.append(f"a night after the repair ended {ends[-1].type}: {ends[-1].message}")
    prefix = keys[0].rpartition("/")[0]
    runs = batches.rows(RUNS, [f"{prefix}/%"])
    done = Counter(key for key, _, state, _ in runs if state == "done")
    wrong += [f"{key}: {done[key]} finished runs" for key in keys if done[key] != 1]
    wrong += [f"{key}: a run is {state}" for key, _, state, _ in runs if state != "done"]
    wrong += [f"{key}: attempt {attempt}" for key, _, _, attempt in runs if attempt != 1]
    wrong += [f"{key}: {n} readings" for key, n, _ in batches.rows(READINGS, [f"{prefix}/%"]) if n != 1]
    for key, (name, _) in zip(keys, DOCUMENTS, strict=True):
        values, cells = _digests(batches, key)
        wrong += [f"{key}: other values"] * (values != truth.of_sample[name][0])
        wrong += [f"{key}: other coverage"] * (cells != truth.of_sample[name][1])
    wrong += _trail(batches, [run for _, run, state, _ in runs if state == "done"])
    wrong += _undelivered(batches, f"{prefix}/%")
    return wrong + _left_over(batches, truth)


def said_nothing(end: BatchEnd | None, n_done: int) -> bool:
    """Whether a batch that did not do all its documents ended as if it had."""
    if end is None or n_done == len(DOCUMENTS):
        return False
    return end.type == "COMPLETED" and "postponed" not in end.message and "held" not in end.message


def _digests(batches: Batches, key: str) -> tuple[str, str]:
    rows = [tuple(_plain(cell) for cell in row) for row in batches.rows(ROWS, [key])]
    return digest(rows), digest(batches.rows(CELLS, [key]))


def _plain(cell: Any) -> Any:
    """Without ids of rows, which differ."""
    return _FOOTNOTE_ID.sub("", cell) if isinstance(cell, str) else cell


def _trail(batches: Batches, runs: Sequence[str]) -> list[str]:
    with Store(batches.stack.owner_url) as store:
        proofs = list(store.trail.verify_each([RunId(run) for run in runs]))
        chain = store.trail.verify_chain()
    return [f"the trail is broken: {p.fault}" for p in proofs if not p.holds] + [
        f"the chain of runs is broken: {fault}" for fault in chain.faults
    ]


def _undelivered(batches: Batches, prefix: str) -> list[str]:
    due = {
        row[0]
        for row in batches.rows(
            "SELECT 'results/' || object_key FROM delivery WHERE key LIKE %s AND is_newest", [prefix]
        )
    }
    there = set(batches.delivered())
    n_due, n_whole = len(DOCUMENTS), len(due & there)
    return [] if n_due == n_whole else [f"{n_whole} of {n_due} documents are delivered"]


def _left_over(batches: Batches, truth: Truth) -> list[str]:
    """Waits a while for it to go."""
    found: list[str] = []

    def is_clean() -> bool:
        found[:] = [name for (name,) in batches.rows(LEFT)]
        limits = ask(batches.stack.api, "POST", "/v2/concurrency_limits/filter", {})
        found.extend(f"slot of {one['name']}" for one in limits if one["active_slots"])
        more = Counter(_kinds(batches)) - truth.processes
        found.extend(f"{n} more `{kind}`" for kind, n in more.items())
        found.extend(
            f"temporary file {path}" for path in sorted(set(_temporary(batches)) - truth.temporary)[:3]
        )
        return not found

    return [] if until(is_clean, QUIET_S) else [f"left over: {what}" for what in found]


def _kinds(batches: Batches) -> list[str]:
    """The kind of each process of the stack."""
    kinds: list[str] = []
    for process in batches.stack.alive():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if words and words[0].startswith("postgres:"):
            continue  # sessions come and go; those that hold something are looked for in the database
        module = words[words.index("-m") + 1] if "-m" in words else ""
        kinds.append(module or Path(words[0]).name if words else "")
    return kinds


def _temporary(batches: Batches) -> list[str]:
    """Temporary files of the worker and half written ones of the store."""
    home = batches.stack.home
    scratch = [path for path in (home / "own" / "tmp").rglob("*") if path.is_file()]
    halves = list((home / "servers" / "s3").rglob("*.new"))
    return [str(path.relative_to(home)) for path in (*scratch, *halves)]
