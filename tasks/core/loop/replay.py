"""Replay: recompute a stored run from its raw answers, and compare it with its rows. Pure.

A difference means that the code or the rows have changed since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState, assess_round
from tasks.core.reading.version import READER_VERSION, TEXT_VERSION
from tasks.core.records import CoverageCell, Extraction, Finding, RoundRecord, RunId
from tasks.core.text.to_pg_text import storable

Row = TypeVar("Row", Extraction, CoverageCell)


class Comparison(StrEnum):
    DECISION = "decision"
    """Which chunks a round asked for, and that no chunk was open at the end."""
    FINDING = "finding"
    EXTRACTION = "extraction"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as the store holds it."""

    run_id: RunId
    state: str
    run_input: RunInput
    max_rounds: int
    records: tuple[RoundRecord, ...]
    extractions: tuple[Extraction, ...]
    coverage: tuple[CoverageCell, ...]

    @property
    def is_finished(self) -> bool:
        """Whether it has results; a superseded run may have none."""
        return self.state == "done" or (self.state == "superseded" and bool(self.coverage))


@dataclass(frozen=True, slots=True)
class ReplayDifference:
    """One difference between the stored rows and the replay."""

    of: Comparison
    where: str
    """Round, chunk and field, as far as they apply; no contract text."""
    says: str
    """Which columns differ, or which side has the row alone."""


@dataclass(frozen=True, slots=True)
class Replay:
    n_compared: Counter[Comparison]
    differences: tuple[ReplayDifference, ...]
    notes: tuple[str, ...]
    """What a user should know to judge a difference."""


def replay(run: StoredRun) -> Replay:
    """Recompute a run from its stored answers, and compare."""
    state = RunState(run.run_input)
    differences: list[ReplayDifference] = []
    n_compared: Counter[Comparison] = Counter()
    for record in run.records:
        differences += _decisions(run, state, record)
        assessments = assess_round(run.run_input, record)
        replayed = [(index, f) for index, a in assessments.items() for f in a.findings]
        differences += _findings(record, replayed)
        state.add(assessments)
        n_compared[Comparison.DECISION] += len(record.generations)
        n_compared[Comparison.FINDING] += len(record.findings)
    if run.is_finished:
        facts = facts_of(run.run_input.reading)
        results = results_of(state.by_chunk, run.run_input.schema, facts)
        differences += _left_open(run, state)
        differences += _rows(Comparison.EXTRACTION, run.extractions, results.extractions, _extraction_key)
        differences += _rows(Comparison.COVERAGE, run.coverage, results.coverage, _cell_key)
        n_compared[Comparison.EXTRACTION] += len(run.extractions)
        n_compared[Comparison.COVERAGE] += len(run.coverage)
    return Replay(n_compared, tuple(differences), tuple(_notes(run)))


def _notes(run: StoredRun) -> Iterator[str]:
    version = run.run_input.reading.reader_version
    if not version.startswith((f"{READER_VERSION}+", f"{TEXT_VERSION}+")):
        yield (
            f"The stored reading is from {version}; this version of Countersign has {READER_VERSION} and "
            f"{TEXT_VERSION}. The replay uses the stored reading; a new run would read the document again."
        )
    if not run.is_finished:
        yield f"the run is {run.state} and has no results yet: only its stored rounds are compared"


# ---------------------------------------------------------------- decisions


def _decisions(run: StoredRun, state: RunState, record: RoundRecord) -> Iterator[ReplayDifference]:
    asked = {g.chunk_index for g in record.generations}
    open_now = {c.chunk_index for c in state.open_chunks(run.max_rounds)}
    for index in sorted(asked ^ open_now):
        stop = decision.stop if (decision := state.decision(index, run.max_rounds)) else None
        says = f"asked although it was settled ({stop})" if index in asked else "not asked although open"
        yield ReplayDifference(Comparison.DECISION, f"round {record.round_number}, chunk {index}", says)


def _left_open(run: StoredRun, state: RunState) -> Iterator[ReplayDifference]:
    for chunk in state.open_chunks(run.max_rounds):
        yield ReplayDifference(
            Comparison.DECISION,
            f"chunk {chunk.chunk_index}",
            "open when the run ended; older versions ended a run so when its seconds were used up",
        )


# ---------------------------------------------------------------- findings


def _findings(record: RoundRecord, findings: Iterable[tuple[int, Finding]]) -> Iterator[ReplayDifference]:
    stored, replayed = Counter(map(_stored_form, record.findings)), Counter(map(_stored_form, findings))
    for side, rows in (("stored only", stored - replayed), ("replayed only", replayed - stored)):
        for index, finding in rows.elements():
            where = f"round {record.round_number}, chunk {index}, field {finding.field or 'none'}"
            yield ReplayDifference(Comparison.FINDING, where, f"{side}: {finding.kind} by {finding.source}")


def _stored_form(row: tuple[int, Finding]) -> tuple[int, Finding]:
    index, finding = row
    return index, replace(finding, quote=storable(finding.quote), reason=storable(finding.reason))


# ---------------------------------------------------------------- results


def _rows(
    of: Comparison, stored: Iterable[Row], replayed: Iterable[Row], key: Callable[[Row], Hashable]
) -> Iterator[ReplayDifference]:
    before, now = ({key(row): row for row in rows} for rows in (stored, replayed))
    for identity in [*before, *(k for k in now if k not in before)]:
        one, other = before.get(identity), now.get(identity)
        row = one or other
        assert row is not None
        where = f"chunk {row.chunk_index}, field {row.field}"
        if one is None or other is None:
            yield ReplayDifference(of, where, "replayed only" if one is None else "stored only")
        elif changed := _changed(one, other):
            yield ReplayDifference(of, where, "; ".join(changed))


def _changed(one: Row, other: Row) -> list[str]:
    """Columns that differ; without texts, because they may be the contract's."""
    shown = {"status", "state", "round_number", "score", "chunk_index"}
    pairs = ((name, getattr(one, name), getattr(other, name)) for name in type(one).__slots__)
    return [
        f"{name}: stored {a}, replayed {b}" if name in shown else f"{name} differs"
        for name, a, b in pairs
        if _as_stored(a) != _as_stored(b)
    ]


def _as_stored(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def _extraction_key(row: Extraction) -> Hashable:
    """The key of an extraction in the store: by place if it has one, else by chunk and quote."""
    where = row.citation.spans if row.citation else (row.chunk_index, storable(row.quote))
    return row.field, storable(row.value), where


def _cell_key(row: CoverageCell) -> Hashable:
    return row.chunk_index, row.field
