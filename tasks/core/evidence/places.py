"""Where the ranges of a document lie: their pages, their words, and their boxes on the pictures."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tasks.core.evidence.page import ShownLine, ShownRange
from tasks.core.grounding.quotes import page_of
from tasks.core.reading.pictures.records import BoxedPlace, PlaceKind
from tasks.core.records import Chunk, Citation, Extraction, Footnote, Line, Mark, Reading, Span, TableCell

_NO_PLACE = BoxedPlace(PlaceKind.NONE)


class PageIndex:
    """The pages of a reading, found by offset."""

    def __init__(self, reading: Reading) -> None:
        self._pages = reading.pages

    def at(self, offset: int) -> int:
        """The number of the page on which a character stands; 0: the document has no pages."""
        return page_of(offset, self._pages).page_number if self._pages else 0

    def of_span(self, span: Span) -> Iterable[int]:
        return range(self.at(span.start), self.at(max(span.start, span.end - 1)) + 1)

    def of_chunk(self, chunk: Chunk) -> set[int]:
        """The pages of the chunk's own text."""
        segments = chunk.passages[0].segments
        return {n for s in segments for n in self.of_span(Span(s.doc_start, s.doc_start + s.length))}


class MarkIndex:
    """The marks of a reading, found by the range that they touch."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        # Marks may overlap: those that begin before a range can still reach into it.
        self._longest = max((mark.end - mark.start for mark in marks), default=0)

    def touching(self, span: Span) -> Iterator[Mark]:
        first = bisect_left(self._marks, span.start - self._longest, key=lambda mark: mark.start)
        for mark in self._marks[first:]:
            if mark.start >= span.end:
                return
            if touch(span, mark):
                yield mark


def touch(one: Span, other: Span | Mark | TableCell) -> bool:
    """Whether they share a character."""
    return one.start < other.end and other.start < one.end


def shown_line(text: str, line: Line, is_word: bool) -> ShownLine:
    """A line of a document text without its newline.

    Args:
        is_word: It is a Word document, whose headings have levels.
    """
    words = text[line.start : line.end].removesuffix("\n")
    level = round(line.box[3]) if is_word else 0  # `Line.box` of a heading in Word
    return ShownLine(line.start, line.start + len(words), words, line.tag.value, level)


class ShownRanges:
    """Ranges of one document as they are shown."""

    def __init__(self, reading: Reading, places: Mapping[Span, BoxedPlace]) -> None:
        self._text, self._places = reading.text, places
        self.pages = PageIndex(reading)

    def of(self, spans: Iterable[Span]) -> tuple[ShownRange, ...]:
        return tuple(map(self._range, spans))

    def cited(self, citation: Citation | None) -> tuple[ShownRange, ...]:
        return self.of(citation.spans if citation else ())

    def _range(self, span: Span) -> ShownRange:
        place = self._places.get(span, _NO_PLACE)
        words = self._text[span.start : span.end]
        return ShownRange(span.start, span.end, self.pages.at(span.start), words, place.boxes, place.kind)


def note_of(citation: Citation | None, reading: Reading) -> Footnote | None:
    """The footnote in which a value stands."""
    if citation is None or citation.footnote_index is None:
        return None
    return reading.footnotes[citation.footnote_index]


def spans_of(extraction: Extraction, reading: Reading) -> Iterator[Span]:
    """Every range that the page shows of a value: its own, its other places, its parts, its note and
    the markers that cite the note."""
    for citation in (extraction.citation, *extraction.places, *(p.citation for p in extraction.parts)):
        if citation is not None:
            yield from citation.spans
    if note := note_of(extraction.citation, reading):
        yield from note.spans
        yield from cited_spans(note)


def cited_spans(note: Footnote) -> tuple[Span, ...]:
    """The markers in the body that cite the note."""
    return tuple(Span(reference.start, reference.end) for reference in note.references)
