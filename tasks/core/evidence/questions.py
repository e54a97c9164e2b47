"""What a person is shown of an item beside its words: the field, the note, how it came about. Shapes, and how they are made. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.evidence.chunk_trail import chunk_trails
from tasks.core.evidence.history import history_of
from tasks.core.evidence.page import ShownHistory, ShownLine
from tasks.core.evidence.places import cited_spans, shown_line
from tasks.core.evidence.request import is_drawn
from tasks.core.evidence.stored import StoredEvidence
from tasks.core.records import ChunkKind, Extraction, Finding, Footnote, Reading, Span
from tasks.core.review.page_words import DocumentPart, document_parts, words_in
from tasks.core.review.records import ReviewItem


@dataclass(frozen=True, slots=True)
class ItemNote:
    """The footnote in which the words of an item stand."""

    marker: str
    page_number: int
    text: str
    spans: tuple[Span, ...]
    cited: tuple[Span, ...]
    """The markers in the body."""
    citing_sentence: str
    """Empty: no marker was found."""


@dataclass(frozen=True, slots=True)
class PartText:
    """A part of a document as text."""

    part: DocumentPart
    text: str
    lines: tuple[ShownLine, ...]
    words: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """An item with what is asked about it."""

    title: str
    description: str
    type: str
    note: ItemNote | None
    history: ShownHistory | None
    """None: no round of its chunk is stored."""
    findings: tuple[str, ...]
    """Reasons of what was found about a passage, each once."""
    parts: tuple[DocumentPart, ...]
    first_part: int
    """The number of the part in which it stands."""
    has_pages: bool
    """Whether there may be pictures."""
    has_many: bool = False
    """Whether the document may have several values of the field."""


def question_of(item: ReviewItem, stored: StoredEvidence) -> ReviewQuestion:
    """The question of an item of a run."""
    run_input = stored.run.run_input
    reading = run_input.reading
    field = next((f for f in run_input.schema.fields if f.name == item.field), None)
    parts = document_parts(reading, is_drawn(stored))
    value = _value_of(item, stored)
    return ReviewQuestion(
        field.title if field else item.field,
        field.description if field else "",
        field.type.value if field else "",
        _note(item, value, stored),
        _history(value, stored),
        tuple(dict.fromkeys(finding.reason for finding in _findings(item, stored))),
        parts,
        part_at(parts, item.spans[0][0] if item.spans else 0),
        is_drawn(stored),
        bool(field and field.has_many),
    )


def part_at(parts: Sequence[DocumentPart], offset: int) -> int:
    """The number of the part in which a character stands."""
    return next((part.number for part in reversed(parts) if part.start <= offset), 1)


def part_text(reading: Reading, part: DocumentPart, is_word: bool) -> PartText:
    """What a part says, line by line, and its words. Running lines have words, too: a reader may take a line for one.

    Args:
        is_word: It is a Word document, whose headings have levels.
    """
    words = words_in(reading.text, part.start, part.end)
    return PartText(part, reading.text[part.start : part.end], tuple(_lines(reading, part, is_word)), words)


def _lines(reading: Reading, part: DocumentPart, is_word: bool) -> Iterator[ShownLine]:
    first = bisect_left(reading.lines, part.start, key=lambda line: line.start)
    for line in reading.lines[first:]:
        if line.start >= part.end:
            return
        yield shown_line(reading.text, line, is_word)


# ---------------------------------------------------------------- what stands behind an item


def _value_of(item: ReviewItem, stored: StoredEvidence) -> Extraction | None:
    if item.extraction_id is None:
        return None
    return dict(stored.numbered).get(item.extraction_id)


def _history(value: Extraction | None, stored: StoredEvidence) -> ShownHistory | None:
    if value is None:
        return None
    trail = chunk_trails(stored.run, {value.chunk_index})[value.chunk_index]
    return history_of(value, trail) if trail.rounds else None


def _findings(item: ReviewItem, stored: StoredEvidence) -> Iterator[Finding]:
    """Of the field, in the item's chunk."""
    for record in stored.run.records:
        for index, finding in record.findings:
            if index == item.chunk_index and finding.field == item.field:
                yield finding


def _note(item: ReviewItem, value: Extraction | None, stored: StoredEvidence) -> ItemNote | None:
    run_input = stored.run.run_input
    index = value.citation.footnote_index if value and value.citation else None
    if index is None:
        index = _note_index(item, run_input.reading.footnotes)
    if index is None:
        return None
    note, text = run_input.reading.footnotes[index], run_input.reading.text
    leads = (
        chunk.lead_in
        for chunk in run_input.chunks
        if chunk.kind is ChunkKind.NOTE and chunk.passages[0].footnote_index == index
    )
    return ItemNote(
        note.marker,
        note.page_number,
        " ".join(text[span.start : span.end].strip() for span in note.spans),
        note.spans,
        cited_spans(note),
        next(leads, ""),
    )


def _note_index(item: ReviewItem, notes: Sequence[Footnote]) -> int | None:
    """Of the note that has the item's words."""
    if not item.spans:
        return None
    start, end = item.spans[0]
    for index, note in enumerate(notes):
        if any(span.start <= start and end <= span.end for span in note.spans):
            return index
    return None
