"""Rounds as rows, in both directions: what every model answered and what was found about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from tasks.core.errors import StoreConflict, StoreError
from tasks.core.records import (
    CountedBy,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    ModelAnswer,
    RoundRecord,
    RunId,
    Stage,
)
from tasks.core.text.to_pg_text import storable
from tasks.postgres.citations import from_columns, to_columns
from tasks.postgres.queries import Row, query


@dataclass(frozen=True, slots=True)
class LockedRun:
    """A run whose row is locked for a write, with the row ids of its chunks and footnotes."""

    run_id: RunId
    n_rounds: int
    chunk_ids: dict[int, int]
    footnote_ids: dict[int, int]

    def chunk_id(self, chunk_index: int) -> int:
        if chunk_index not in self.chunk_ids:
            raise StoreError(f"run {self.run_id}: its reading has no chunk {chunk_index}")
        return self.chunk_ids[chunk_index]


def lock_run(connection: psycopg.Connection, run_id: RunId) -> LockedRun:
    """Lock the run's row for this transaction, and bind the run to its reading if this is its first
    write.

    Raises:
        StoreConflict: the run is not in state running.
        StoreError: the reading was not saved.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        run = cursor.execute(query("run", "hold"), {"run_id": run_id}).fetchone()
    if run is None or run["state"] != "running":
        state = run["state"] if run else "unknown"
        raise StoreConflict(f"run {run_id} is {state}: nothing more can be written to it")
    reading = {"reading_id": run["reading_id"]}
    if run["reading_id"] is None:
        raise StoreError(f"run {run_id}: save the reading of its document before its first round")
    if run["is_unbound"]:
        connection.execute(query("run", "bind_reading"), {"run_id": run_id, **reading})
    chunks = connection.execute(query("reading", "chunk_ids"), reading).fetchall()
    notes = connection.execute(query("reading", "footnote_ids"), reading).fetchall()
    return LockedRun(run_id, run["n_rounds"], dict(chunks), dict(notes))


def load_rounds(connection: psycopg.Connection, run_id: RunId) -> tuple[RoundRecord, ...]:
    """All stored rounds of a run, oldest first, exactly as they were saved."""
    answers = connection.execute(query("round", "generations"), {"run_id": run_id}).fetchall()
    findings = connection.execute(query("round", "findings"), {"run_id": run_id}).fetchall()
    return tuple(
        RoundRecord(
            number,
            tuple(_model_answer(row) for row in answers if row[0] == number),
            tuple((row[1], _finding(row)) for row in findings if row[0] == number),
        )
        for number in sorted({row[0] for row in answers})
    )


def answer_rows(run: LockedRun, record: RoundRecord) -> Iterable[Row]:
    for answer in record.answers:
        yield _answer_row(run, record.round_number, answer)


def finding_rows(run: LockedRun, record: RoundRecord) -> Iterable[Row]:
    for chunk_index, finding in record.findings:
        quote = storable(finding.quote)
        yield (
            run.run_id,
            run.chunk_id(chunk_index),
            record.round_number,
            finding.kind.value,
            finding.source.value,
            finding.field,
            finding.candidate_index,
            quote,
            _digest(quote),
            *to_columns(finding.citation, run.footnote_ids),
            finding.score,
            storable(finding.reason),
            finding.part,
        )


def _answer_row(run: LockedRun, round_number: int, answer: ModelAnswer) -> Row:
    raw = storable(answer.raw)
    key = (run.run_id, run.chunk_id(answer.chunk_index), round_number, answer.stage.value)
    call = (answer.model, raw, _digest(raw), answer.latency_ms, answer.tokens_in, answer.tokens_out)
    return (*key, *call, answer.error, list(answer.repairs) or None, answer.tokens_by)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _model_answer(row: Row) -> ModelAnswer:
    """Rows of earlier versions have no repairs, and do not say how the tokens were counted."""
    number, stage, chunk_index, raw, model, latency_ms, tokens_in, tokens_out, error, repairs, by = row
    counted_by = None if by is None else CountedBy(by)
    call = (raw, model, latency_ms, tokens_in, tokens_out, error)
    return ModelAnswer(chunk_index, number, Stage(stage), *call, tuple(repairs or ()), counted_by)


def _finding(row: Row) -> Finding:
    kind, source, name, candidate_index, quote, spans, pages, footnote_index, match, score, reason, part = (
        row[2:]
    )
    citation = from_columns(spans, pages, footnote_index, match)
    field = None if name is None else FieldName(name)
    return Finding(
        FindingKind(kind), FindingSource(source), field, candidate_index, quote, citation, score, reason, part
    )
