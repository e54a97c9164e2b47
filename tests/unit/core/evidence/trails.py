"""Trails of one chunk, made up round by round, and small stored runs, for the tests of evidence pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tasks.core.evidence.chunk_trail import ChunkRound, ChunkTrail
from tasks.core.evidence.stored import DocumentSource, RunHead, StoredEvidence
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import StoredRun
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState, assess_round
from tasks.core.reading.version import READER_VERSION
from tasks.core.records import (
    Candidate,
    Citation,
    DocumentId,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Line,
    LineTag,
    MatchKind,
    ModelAnswer,
    Page,
    Reading,
    ReadStatus,
    RoundRecord,
    RunId,
    Span,
    Stage,
)
from tasks.core.schema import Schema
from tests.unit.core.builders import body_chunk, small_schema

AT = datetime(2026, 11, 30, 8, tzinfo=UTC)
TEXT = "Python and Flask, since 2019 and later.\n"


def cited(text: str, whole: str = TEXT) -> Citation:
    start = whole.index(text)
    return Citation((Span(start, start + len(text)),), (1,), None, MatchKind.EXACT)


def candidate(text: str, field: str = "skills") -> Candidate:
    return Candidate(FieldName(field), text, text, None, cited(text) if text in TEXT else None)


def value(text: str, field: str = "skills", round_number: int = 1) -> Extraction:
    found = candidate(text, field)
    words = (found.value, found.quote, found.citation, round_number, 0.9, "")
    return Extraction(0, found.field, ExtractionStatus.VERIFIED, *words)


def finding(kind: FindingKind, about: str, index: int | None = None, field: str | None = "skills") -> Finding:
    name = None if field is None else FieldName(field)
    return Finding(
        kind, FindingSource.CRITIC, name, index, about, cited(about) if about else None, 0.7, "because"
    )


def answer(stage: Stage, number: int, error: str | None = None) -> ModelAnswer:
    model = "generator/1" if stage is Stage.GENERATE else "critic/1"
    return ModelAnswer(0, number, stage, "", model, 1.0, error=error)


def played(
    number: int,
    *texts: str,
    findings: Sequence[Finding] = (),
    error: str | None = None,
    accepted: bool = True,
) -> ChunkRound:
    candidates = tuple(map(candidate, texts))
    critique = None if error else answer(Stage.CRITIQUE, number)
    rights = tuple(0.1 * (n + 1) for n in range(len(texts)))
    generation = answer(Stage.GENERATE, number, error)
    return ChunkRound(generation, critique, candidates, rights, tuple(findings), accepted and not error)


def trail(*rounds: ChunkRound, stop: str = "clean", is_rebuilt: bool = True) -> ChunkTrail:
    return ChunkTrail(rounds, stop, is_rebuilt)


# ---------------------------------------------------------------- runs


def reading(n_pages: int = 1, text: str = TEXT, reader: str = f"{READER_VERSION}+6000") -> Reading:
    """Each page has the text once, on one line."""
    starts = [n * len(text) for n in range(n_pages)]
    pages = tuple(Page(n + 1, s, s + len(text), "ok") for n, s in enumerate(starts))
    lines = tuple(
        Line(p.start, p.end, p.page_number, LineTag.BODY, (72.0, 700.0, 300.0, 712.0), 11.0) for p in pages
    )
    return Reading(ReadStatus.OK, None, (), n_pages, text * n_pages, pages, lines, (), reader)


def stored(
    *records: RoundRecord,
    seen: Reading | None = None,
    schema: Schema | None = None,
    key: str = "deals/a.pdf",
    max_rounds: int = 3,
) -> StoredEvidence:
    """A done run whose one chunk is the first page."""
    own = seen or reading()
    chunk = body_chunk(own.text[: own.pages[0].end])
    run_input = RunInput(own, (chunk,), schema or small_schema("skills"))
    state = RunState(run_input)
    kept = [_with_findings(run_input, record) for record in records]
    for record in kept:
        state.apply(record)
    results = results_of(state.by_chunk, run_input.schema)
    values = (run_input, max_rounds, tuple(kept), results.extractions, results.coverage)
    run = StoredRun(RunId("11111111-2222-3333-4444-555555555555"), "done", *values)
    head = RunHead("", 1, "generator/1", "critic/1", None, AT, AT, None, ())
    numbers = tuple(range(1, len(results.extractions) + 1))
    return StoredEvidence(run, head, DocumentId("d" * 64), (DocumentSource("b", key, "e", "e"),), numbers)


def _with_findings(run_input: RunInput, record: RoundRecord) -> RoundRecord:
    assessed = assess_round(run_input, record)
    return replace(record, findings=tuple((i, f) for i, a in assessed.items() for f in a.findings))
