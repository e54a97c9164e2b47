"""The values of a run as its page shows them: words, places, note, what a reader sees of them, history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tasks.core.evidence.chunk_trail import ChunkTrail, chunk_trails
from tasks.core.evidence.history import history_of
from tasks.core.evidence.page import ShownHistory, ShownNote, ShownPart, ShownReview, ShownValue
from tasks.core.evidence.places import MarkIndex, ShownRanges, cited_spans, note_of, touch
from tasks.core.evidence.stored import StoredEvidence, StoredReview
from tasks.core.records import Chunk, ChunkKind, Citation, Extraction, ExtractionStatus, Part
from tasks.core.review.one_value import StandingValue, content_of, doubts

_MAX_MARKS = 20
"""Of one value."""
_NOWHERE = 1 << 60
"""Sorts values without a place behind all others."""


def shown_values(stored: StoredEvidence, ranges: ShownRanges) -> tuple[ShownValue, ...]:
    """In the order of the document; those that are nowhere in it come last."""
    values, told = _Values(stored, ranges), _doubts(stored)
    rows = sorted(stored.numbered, key=_order)
    return tuple(
        values.shown(number, replace(e, status=ExtractionStatus.UNSETTLED, reason=told[number]))
        if number in told
        else values.shown(number, e)
        for number, e in rows
    )


def _doubts(stored: StoredEvidence) -> dict[int, str]:
    """The values that do not stand, because their field has one and another one does, with the reason."""
    schema = stored.run.run_input.schema
    single = {field.name: field.type.value for field in schema.fields if not field.has_many}
    last = {r.extraction_id: (n, r) for n, r in enumerate(stored.reviews) if r.holds and r.extraction_id}
    standing: list[StandingValue] = []
    for number, e in stored.numbered:
        n, review = last.get(number, (0, None))
        is_accepted = review is not None and review.decision == "accepted"
        is_verified = review is None and e.status is ExtractionStatus.VERIFIED
        if e.field in single and (is_accepted or is_verified):
            content = content_of(single[e.field], e.value, e.normal)
            page, decided = (e.citation.pages[0] if e.citation else 0), (n,) if is_accepted else None
            standing.append(
                StandingValue(
                    number, e.field, _agreement_of(e, stored), single[e.field], content, page, decided
                )
            )
    given = ((n, r) for n, r in enumerate(stored.reviews) if r.holds and r.decision == "corrected")
    for n, r in given:  # words that a person gave, which are no value of the run
        if r.field in single:
            content = content_of(single[r.field], r.value, None)
            page = r.pages[0] if r.pages else 0
            standing.append(
                StandingValue(
                    -1 - n, r.field, _agreement_on(page, stored), single[r.field], content, page, (n,)
                )
            )
    return {number: reason for number, reason in doubts(standing).items() if number >= 0}


def _agreement_of(extraction: Extraction, stored: StoredEvidence) -> int | None:
    start = extraction.citation.spans[0].start if extraction.citation else -1
    agreements = stored.run.run_input.reading.agreements
    return next((n for n, a in enumerate(agreements) if a.start <= start < a.end), None)


def _agreement_on(page_number: int, stored: StoredEvidence) -> int | None:
    """Of words of which the page is known, and not the place: the agreement in which the page begins."""
    reading = stored.run.run_input.reading
    start = next((p.start for p in reading.pages if p.page_number == page_number), -1)
    return next((n for n, a in enumerate(reading.agreements) if a.start <= start < a.end), None)


def shown_review(r: StoredReview) -> ShownReview:
    return ShownReview(r.reviewer, r.decision, r.value, r.reason, r.at, r.via, r.is_carried, r.holds, r.pages)


def _order(row: tuple[int, Extraction]) -> tuple[int, int]:
    number, extraction = row
    return (extraction.citation.spans[0].start if extraction.citation else _NOWHERE), number


class _Values:
    """What the values of a run have in common, made once."""

    def __init__(self, stored: StoredEvidence, ranges: ShownRanges) -> None:
        run_input = stored.run.run_input
        self._ranges, self._reading = ranges, run_input.reading
        self._chunks = {chunk.chunk_index: chunk for chunk in run_input.chunks}
        self._sentences = dict(_citing_sentences(run_input.chunks))
        self._marks = MarkIndex(run_input.reading.marks)
        chunk_indices = {e.chunk_index for e in stored.run.extractions}
        self._trails: Mapping[int, ChunkTrail] = chunk_trails(stored.run, chunk_indices)
        self._reviews: dict[int, list[ShownReview]] = defaultdict(list)
        for r in stored.reviews:
            if r.extraction_id is not None:
                self._reviews[r.extraction_id].append(shown_review(r))

    def shown(self, number: int, extraction: Extraction) -> ShownValue:
        citation = extraction.citation
        return ShownValue(
            extraction_id=number,
            field=extraction.field,
            status=extraction.status.value,
            value=extraction.value,
            normal=extraction.normal or "",
            quote=extraction.quote,
            match=citation.match.value if citation else "",
            probability=extraction.score,
            round_number=extraction.round_number,
            reason=extraction.reason,
            ranges=self._ranges.cited(citation),
            places=tuple(self._ranges.cited(place) for place in extraction.places),
            note=self._note(citation),
            history=self._history(number, extraction),
            parts=tuple(map(self._part, extraction.parts)),
            marks=self._seen(citation),
            cell=self._cell(extraction),
            agreement=self._agreement(citation),
        )

    def _history(self, number: int, extraction: Extraction) -> ShownHistory:
        reviews = tuple(self._reviews.get(number, ()))
        return history_of(extraction, self._trails[extraction.chunk_index], reviews)

    def _note(self, citation: Citation | None) -> ShownNote | None:
        note = note_of(citation, self._reading)
        if note is None or citation is None:
            return None
        return ShownNote(
            note.marker,
            note.page_number,
            self._ranges.of(note.spans),
            self._ranges.of(cited_spans(note)),
            self._sentences.get(citation.footnote_index, ""),
        )

    def _part(self, part: Part) -> ShownPart:
        note = note_of(part.citation, self._reading)
        ranges, marker = self._ranges.cited(part.citation), note.marker if note else ""
        return ShownPart(part.name, part.value, part.normal or "", ranges, marker)

    def _seen(self, citation: Citation | None) -> tuple[tuple[str, str], ...]:
        spans = citation.spans if citation else ()
        marks = dict.fromkeys(mark for span in spans for mark in self._marks.touching(span))
        words = ((mark.kind.value, self._reading.text[mark.start : mark.end]) for mark in marks)
        return tuple(words)[:_MAX_MARKS]

    def _cell(self, extraction: Extraction) -> tuple[str, str]:
        spans = extraction.citation.spans if extraction.citation else ()
        cells = self._chunks[extraction.chunk_index].cells
        cell = next((c for c in cells if any(touch(s, c) for s in spans)), None)
        return ("", "") if cell is None else (cell.column, cell.row)

    def _agreement(self, citation: Citation | None) -> str:
        if citation is None:
            return ""
        start = citation.spans[0].start
        titles = (a.title for a in self._reading.agreements if a.start <= start < a.end)
        return next(titles, "")


def _citing_sentences(chunks: Sequence[Chunk]) -> Iterator[tuple[int | None, str]]:
    """By the index of the note."""
    for chunk in chunks:
        if chunk.kind is ChunkKind.NOTE:
            yield chunk.passages[0].footnote_index, chunk.lead_in
