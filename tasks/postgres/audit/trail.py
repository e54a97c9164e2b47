"""The audit trail: recomputes what runs are chained and sealed by, and explains one value.

Reads only. A verification calls no function of the database's own, because whoever can change a row
can change a function, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.errors import StoreError, StoreMissing, StoreUnavailable
from tasks.core.records import RunId
from tasks.core.text.display import value_key
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query

RUNS_AT_ONCE = 50
"""Runs that one transaction verifies."""
GUARDS = (
    "generation_append",
    "generation_anchor",
    "generation_append_only",
    "finding_append",
    "finding_anchor",
    "finding_append_only",
    "review_append",
    "review_anchor",
    "review_append_only",
    "seal_append",
    "seal_anchor",
    "seal_append_only",
    "extraction_before_the_seal",
    "extraction_append_only",
    "coverage_before_the_seal",
    "coverage_append_only",
    "coverage_complete",
    "run_append",
    "run_append_only",
    "run_guarded",
    "run_sealed",
    "checkpoint_append_only",
    "checkpoint_entry_append_only",
    "erasure_append_only",
)
"""The triggers that keep the trail, of `sql/schema.sql`."""
TABLES = (
    "generation", "finding", "review", "seal", "extraction", "coverage", "run", "run_chain", "reading", "page", "footnote", "chunk",
    "source", "schema_version", "model_version", "checkpoint", "checkpoint_entry", "erasure",
)  # fmt: skip
"""The tables that a verification reads."""


@dataclass(frozen=True, slots=True)
class TrailProof:
    """What recomputing a run's chain gave."""

    run_id: RunId
    n_rows: int
    fault: str | None
    """None: everything holds. Otherwise the first thing that does not hold, and why; never contract
    text."""

    @property
    def holds(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class ChainProof:
    """What recomputing the chain of runs gave, and what checkpoints saw that is gone."""

    n_runs: int
    faults: tuple[str, ...]
    guards_off: tuple[str, ...]
    """Triggers that are switched off, gone, or off in a session that calls itself a replica. No fault by itself: what
    was changed meanwhile is one."""
    n_unsigned_erasures: int = 0
    """Documents that were erased since the last checkpoint."""


class Trail:
    """Proof and provenance of what is stored. Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def verify(self, run_id: RunId) -> TrailProof:
        """Recompute every hash of a run.

        Raises:
            StoreMissing: there is no such run.
        """
        proofs = self._verify_one(run_id)
        if not proofs:
            raise StoreMissing(f"there is no run {run_id}")
        return proofs[0]

    def verify_each(self, run_ids: Iterable[RunId]) -> Iterator[TrailProof]:
        """Recompute every hash of many runs. Each group of `RUNS_AT_ONCE` is one transaction."""
        rest = iter(run_ids)
        while group := list(islice(rest, RUNS_AT_ONCE)):
            try:
                proofs = self._verify(group)
            except StoreUnavailable:
                raise
            except StoreError:  # a row of one of them is of a form in which nothing can be compared
                proofs = [proof for run_id in group for proof in self._verify_one(run_id)]
            yield from proofs

    def _verify(self, run_ids: Sequence[RunId]) -> list[TrailProof]:
        with proving(self._pool) as connection:
            return verify_runs(connection, run_ids)

    def _verify_one(self, run_id: RunId) -> list[TrailProof]:
        try:
            return self._verify([run_id])
        except StoreUnavailable:
            raise
        except StoreError as error:
            fault = f"what is stored of it is not of a form that Countersign writes: {error}"
            return [TrailProof(run_id, 0, fault)]

    def verify_chain(self) -> ChainProof:
        """Recompute the chain of runs, and look for what checkpoints saw."""
        try:
            with proving(self._pool) as connection:
                return verify_chain(connection)
        except StoreUnavailable:
            raise
        except StoreError as error:
            fault = f"what is stored of runs or checkpoints is not of a form that Countersign writes: {error}"
            return ChainProof(0, (fault,), ())

    def run_ids(self) -> Iterator[RunId]:
        """All runs in the order in which they began, streamed."""
        with proving(self._pool) as connection, connection.cursor("run_ids") as cursor:
            for (run_id,) in cursor.execute(query("audit", "run_ids")):
                yield RunId(run_id)

    def known(self, run_ids: Iterable[RunId]) -> Iterator[RunId]:
        """Those of these runs that there are."""
        rest = iter(run_ids)
        while group := list(islice(rest, 1000)):
            with proving(self._pool) as connection:
                rows = connection.execute(query("audit", "known_runs"), {"run_ids": group}).fetchall()
            yield from (RunId(row[0]) for row in rows)

    def bundle(self, run_id: RunId) -> Iterator[dict[str, Any]]:
        """A run's trail and values in the forms of which their hashes are made, for somebody without our code.

        Raises:
            StoreMissing: there is no such run.
        """
        values = {"run_id": run_id}
        with proving(self._pool) as connection, connection.cursor(row_factory=dict_row) as cursor:
            if not cursor.execute(query("audit", "known_runs"), {"run_ids": [run_id]}).fetchall():
                raise StoreMissing(f"there is no run {run_id}")
            yield {"run": str(run_id)}
            yield from cursor.execute(query("audit", "run_entries"), values).fetchall()
            yield from cursor.execute(query("audit", "run_values"), values).fetchall()

    def explain(self, extraction_id: int) -> dict[str, Any]:
        """Everything that led to an extraction, with the columns of `sql/queries/explain.sql`.

        `also_found` replaces `same_field`: where else the run found this value of this field.

        Raises:
            StoreMissing: there is no such extraction.
        """
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("explain", "explain"), {"extraction_id": extraction_id}).fetchone()
        if row is None:
            raise StoreMissing(
                f"there is no extraction {extraction_id}. `countersign export` lists extractions with their numbers."
            )
        key = value_key(row["value"])
        row["also_found"] = [
            other for other in row.pop("same_field") or () if value_key(other.pop("value")) == key
        ]
        return row


@contextmanager
def proving(pool: Pool) -> Iterator[psycopg.Connection]:
    """A transaction in which nothing that the database was taught changes what a verification sees."""
    with pool.transaction() as connection:
        prove_with(connection)
        yield connection


def prove_with(connection: psycopg.Connection) -> None:
    """The settings of a verification, until the transaction ends."""
    connection.execute(
        "SET LOCAL search_path = pg_catalog; SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; "
        # A policy that hides rows raises an error instead.
        "SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = off"
    )


def verify_runs(connection: psycopg.Connection, run_ids: Sequence[RunId]) -> list[TrailProof]:
    """Recompute some runs, in the order of the list; a run that is not there has no proof.

    Args:
        connection: With the settings of `prove_with`.
    """
    values = {"run_ids": list(run_ids)}
    found: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for name in ("trails", "seals", "values", "cells", "readings", "entries"):
            found[name] = cursor.execute(query("audit", f"verify_{name}"), values).fetchall()
    faults: dict[str, str] = {}
    for row in found["trails"]:
        _note(faults, row, _trail_fault(row))
    for row in found["entries"]:
        words = f"row {row['trail_length']} of the trail is not the one that checkpoint {row['checkpoint_number']} saw"
        _note(faults, row, words)
    for row in found["seals"]:
        _note(faults, row, row["fault"])
    for row in found["values"]:
        _note(faults, row, f"extraction {row['id']} {row['fault']}")
    for row in found["cells"]:
        _note(faults, row, f"the coverage of chunk {row['id']} {row['fault']}")
    for row in found["readings"]:
        _note(faults, row, "what was read of its document was changed: text, pages, footnotes or chunks")
    rows = {row["run_id"]: row["n_rows"] for row in found["trails"]}
    return [
        TrailProof(run_id, rows[run_id], faults.get(run_id))
        for run_id in map(_as_stored, run_ids)
        if run_id in rows
    ]


def verify_chain(connection: psycopg.Connection) -> ChainProof:
    """Recompute the chain of runs, and look for what checkpoints saw.

    Args:
        connection: With the settings of `prove_with`.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        end = cursor.execute(query("audit", "verify_runs")).fetchone()
        gone = cursor.execute(query("audit", "verify_subjects")).fetchall()
        taught = cursor.execute(query("audit", "taught"), {"tables": list(TABLES)}).fetchall()
        rows = cursor.execute(query("audit", "guards")).fetchall()
        guards = {
            row["tgname"] for row in rows if row["is_always"] or not row["tgname"].endswith("_append_only")
        }
        erased = cursor.execute(query("audit", "unsigned_erasures")).fetchone()
    assert end is not None
    faults = [f"{row['fault']}: nothing proves what is read with it" for row in taught]
    if end["fault"] is not None:
        faults.append(f"run {end['run_id']}, number {end['run_number']} of the chain: {end['fault']}")
    if not end["end_holds"]:
        faults.append(
            f"the chain had {end['n_noted']} runs and now has {end['n_runs']}: runs at its end were changed or removed"
        )
    faults += [_gone(row) for row in gone]
    guards_off = tuple(name for name in GUARDS if name not in guards)
    return ChainProof(end["n_runs"], tuple(faults), guards_off, erased["n"] if erased else 0)


def _as_stored(run_id: RunId) -> RunId:
    return RunId(str(run_id).lower())


def _note(faults: dict[str, str], row: Mapping[str, Any], fault: str | None) -> None:
    """The first fault of a run stands."""
    if fault is not None:
        faults.setdefault(row["run_id"], fault)


def _trail_fault(row: Mapping[str, Any]) -> str | None:
    if row["fault"] is not None:
        return f"row {row['trail_position']} of the trail ({row['place']} {row['id']}): {row['fault']}"
    if not row["end_holds"]:
        return f"the trail had {row['trail_length']} rows and now has {row['n_rows']}: rows at its end were changed or removed"
    return None


def _gone(row: Mapping[str, Any]) -> str:
    words = "is gone" if row["kind"] == "run" else "is gone or was changed"
    return f"{row['kind']} {row['subject']}, which checkpoint {row['checkpoint_number']} saw, {words}"
