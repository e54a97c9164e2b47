"""What a reviewer can be asked about a run: its values, and passages that may hold another one.

A question is about one thing that is shown: is this value right, or does this passage say something
of this field? Pure; everything follows from the trail of the run and its reading.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from tasks.core.grounding.quotes import cited_text, passage_citation
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import (
    Chunk,
    Citation,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    ModelAnswer,
    Span,
)
from tasks.core.schema import Schema

MAX_PASSAGE_CHARS = 1200
"""What a reviewer reads for one question: the longest sentence that the models know."""
MAX_GAP_CHARS = 250
"""Lines of a field that are no farther apart are one passage."""
CONTEXT_CHARS = 300
"""What is shown on each side of a place: about three lines of a page."""
_NO_MARGIN = -0.6
"""Stands for the margin of a passage that a critic without margins reports as missing: the margin
from which the native critic judges a line."""


class QuestionKind(StrEnum):
    VERIFIED = "verified"
    """A verified value, which may be wrong."""
    DOUBTED = "doubted"
    """A value with a place that is not verified, and may be right: unsettled or rejected."""
    PASSAGE = "passage"
    """Words without a value of the field, which may hold one."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a reviewer."""

    kind: QuestionKind
    field: FieldName
    chunk_index: int
    places: tuple[Citation, ...]
    """Of a value all places, the first one first; of a passage its one place."""
    texts: tuple[str, ...]
    """Of values their words; of a passage what it says."""
    signals: tuple[float, ...]
    """What the models said. Of values the critic's highest probability, the generator's highest
    score (-1: none), 1 if any is unsettled, how many there are, and the summed probability of faint
    lines among them; of a passage its highest margin, highest and summed probability, and the
    number of its lines."""
    shown: tuple[Span, ...] = ()
    """What a reviewer sees of the page around the places, and may select words in."""
    extractions: tuple[int, ...] = ()
    """Of values, their indexes among the results."""

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(span for place in self.places for span in place.spans)


def questions_of_run(
    run_input: RunInput,
    histories: Mapping[int, Sequence[Assessment]],
    extractions: Iterable[Extraction],
    critiques: Iterable[ModelAnswer],
) -> tuple[Question, ...]:
    """Every item of a run: values in their order, then passages by field and place.

    Args:
        histories: Assessments by chunk index.
        extractions: The run's results. A value without a place is no item: nothing can be shown.
        critiques: The critic's answers of round 1. A critic that names no faint lines gives no
            passages, except those that it reports as missing.
    """
    scores = _generator_scores(histories)
    values = [
        _value_item(i, e, scores, run_input) for i, e in enumerate(extractions) if e.citation is not None
    ]
    verified = [i for i in values if i.kind is QuestionKind.VERIFIED]
    doubted = [i for i in values if i.kind is QuestionKind.DOUBTED]
    return (*verified, *_merged([*doubted, *_passages(run_input, histories, critiques)]))


def _merged(items: Iterable[Question]) -> Iterator[Question]:
    """Doubted values and passages of a field that a reviewer takes in at once are one question."""
    groups: list[list[Question]] = []
    for item in sorted(items, key=lambda i: (i.field, i.chunk_index, i.spans[0], i.kind)):
        if groups and _fits(groups[-1], item):
            groups[-1].append(item)
        else:
            groups.append([item])
    yield from map(_as_one, groups)


def _fits(group: Sequence[Question], item: Question) -> bool:
    first = group[0]
    if (first.field, first.chunk_index) != (item.field, item.chunk_index):
        return False
    spans = [span for i in group for span in i.places[0].spans]
    end, last = max(span.end for span in spans), item.places[0].spans[-1].end
    is_small = max(end, last) - spans[0].start <= MAX_PASSAGE_CHARS
    return is_small and item.spans[0].start - end <= MAX_GAP_CHARS


def _as_one(group: Sequence[Question]) -> Question:
    values = [i for i in group if i.kind is QuestionKind.DOUBTED]
    if len(group) == 1 or not values:
        return group[0]
    scores, generators, unsettled, counts, _ = zip(*(i.signals for i in values), strict=True)
    rights = sum(i.signals[2] for i in group if i.kind is QuestionKind.PASSAGE)
    return Question(
        QuestionKind.DOUBTED,
        group[0].field,
        group[0].chunk_index,
        tuple(place for i in group for place in i.places),
        tuple(text for i in values for text in i.texts),
        (max(scores), max(generators), max(unsettled), sum(counts), rights),
        tuple(span for i in group for span in i.shown),
        tuple(number for i in values for number in i.extractions),
    )


def _generator_scores(
    histories: Mapping[int, Sequence[Assessment]],
) -> dict[tuple[FieldName, tuple[Span, ...]], float]:
    """The generator's highest score of each field and place."""
    scores: dict[tuple[FieldName, tuple[Span, ...]], float] = {}
    for history in histories.values():
        for candidate in (c for assessment in history for c in assessment.candidates):
            if candidate.citation is not None and candidate.score is not None:
                key = candidate.field, candidate.citation.spans
                scores[key] = max(candidate.score, scores.get(key, 0.0))
    return scores


def _around(citation: Citation, run_input: RunInput) -> tuple[Span, ...]:
    """A place with the words before and after it."""
    first, last = citation.spans[0].start, citation.spans[-1].end
    return (Span(max(0, first - CONTEXT_CHARS), min(len(run_input.reading.text), last + CONTEXT_CHARS)),)


def _value_item(
    number: int,
    value: Extraction,
    scores: Mapping[tuple[FieldName, tuple[Span, ...]], float],
    run_input: RunInput,
) -> Question:
    assert value.citation is not None
    text = run_input.reading.text
    kind = QuestionKind.VERIFIED if value.status is ExtractionStatus.VERIFIED else QuestionKind.DOUBTED
    signals = (
        -1.0 if value.score is None else value.score,
        scores.get((value.field, value.citation.spans), -1.0),
        float(value.status is ExtractionStatus.UNSETTLED),
        1.0,
        0.0,
    )
    texts = (value.quote, *(cited_text(place, text) for place in value.places))
    places = (value.citation, *value.places)
    shown = _around(value.citation, run_input)
    return Question(kind, value.field, value.chunk_index, places, texts, signals, shown, (number,))


@dataclass(frozen=True, slots=True, order=True)
class _Faint:
    """A range of a passage that may say something of a field."""

    field: FieldName
    passage_index: int
    start: int
    end: int
    margin: float
    right: float


def _passages(
    run_input: RunInput, histories: Mapping[int, Sequence[Assessment]], critiques: Iterable[ModelAnswer]
) -> Iterator[Question]:
    drafted = _drafted_spans(histories)
    answers = {a.chunk_index: a for a in critiques if not a.error}
    for chunk in run_input.chunks:
        index = chunk.chunk_index
        faint = list(_faint_rows(answers[index], chunk, run_input.schema)) if index in answers else []
        for group in _joined(sorted(faint)):
            first, last = group[0], group[-1]
            passage = chunk.passages[first.passage_index]
            place = passage_citation(passage, first.start, last.end, run_input.reading.pages)
            yield _passage_item(first.field, index, place, run_input, _signals_of(group))
        if not faint:
            for finding in _unanswered(histories[index], drafted):
                assert finding.field is not None and finding.citation is not None
                told = (_NO_MARGIN, finding.score, finding.score, 1.0)
                yield _passage_item(finding.field, index, finding.citation, run_input, told)


def _passage_item(
    name: FieldName, chunk_index: int, place: Citation, run_input: RunInput, signals: tuple[float, ...]
) -> Question:
    words = cited_text(place, run_input.reading.text)
    shown = _around(place, run_input)
    return Question(QuestionKind.PASSAGE, name, chunk_index, (place,), (words,), signals, shown)


def _drafted_spans(histories: Mapping[int, Sequence[Assessment]]) -> set[tuple[FieldName, Span]]:
    return {
        (c.field, span)
        for history in histories.values()
        for assessment in history
        for c in assessment.candidates
        if c.citation is not None
        for span in c.citation.spans
    }


def _unanswered(
    history: Sequence[Assessment], drafted: Container[tuple[FieldName, Span]]
) -> Iterator[Finding]:
    """What the critic reports as missing in the first round, and no answer gave at that place."""
    for finding in history[0].findings if history else ():
        name, place = finding.field, finding.citation
        if finding.kind is not FindingKind.MISSING or finding.part or name is None or place is None:
            continue
        if all((name, span) not in drafted for span in place.spans):
            yield finding


def _signals_of(lines: Sequence[_Faint]) -> tuple[float, ...]:
    rights = [line.right for line in lines]
    return max(line.margin for line in lines), max(rights), sum(rights), float(len(lines))


def _joined(lines: Iterable[_Faint]) -> list[list[_Faint]]:
    """Neighbouring lines of a field, as long as a reviewer can take them in at once."""
    groups: list[list[_Faint]] = []
    for line in lines:
        first, last = (groups[-1][0], groups[-1][-1]) if groups else (line, line)
        same = (first.field, first.passage_index) == (line.field, line.passage_index)
        near = line.start - last.end <= MAX_GAP_CHARS and line.end - first.start <= MAX_PASSAGE_CHARS
        if groups and same and near:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _faint_rows(answer: ModelAnswer, chunk: Chunk, schema: Schema) -> Iterator[_Faint]:
    """The rows of `faint`, which a critic may leave out. A row that breaks the format is skipped."""
    for row in _listed(answer.raw):
        try:
            name, passage_index, start, end, margin, right = row
            line = _Faint(
                FieldName(str(name)), int(passage_index), int(start), int(end), float(margin), float(right)
            )
        except (TypeError, ValueError):
            continue
        is_sound = math.isfinite(line.margin) and 0.0 <= line.right <= 1.0
        known = (
            is_sound and line.field in schema.field_names and 0 <= line.passage_index < len(chunk.passages)
        )
        if known and 0 <= line.start < line.end <= len(chunk.passages[line.passage_index].text):
            yield line


def _listed(raw: str) -> list[Any]:
    try:
        body: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return []
    rows = cast("dict[str, Any]", body).get("faint") if isinstance(body, dict) else None
    return cast("list[Any]", rows) if isinstance(rows, list) else []
