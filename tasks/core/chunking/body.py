"""The body of a document: the live text of its body lines as one string, with the way back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tasks.core.chunking.live import LiveText
from tasks.core.chunking.paragraphs import Paragraph, body_lines, has_no_place, paragraphs
from tasks.core.records import Line, Reading, Segment, Span
from tasks.core.text.sentences import mask_markers, sentence_ends


@dataclass(frozen=True, slots=True)
class Body:
    """The body as one string, with its place in the document; offsets are body offsets."""

    text: str
    pieces: Sequence[Span]  # of the document, in order; together they are the text
    piece_starts: Sequence[int]
    line_starts: Sequence[int]  # a line that is wholly left out begins where the next one does
    paragraphs: Sequence[Paragraph]
    ends: list[int]  # of sentences and paragraphs, sorted
    markers: Sequence[tuple[int, int]]  # ranges of note markers, sorted
    agreement_starts: Sequence[int]  # sorted, from 0

    def of_document(self, doc_offset: int) -> int | None:
        """The body offset of a document offset; None if it is not in the body."""
        return _body_offset(doc_offset, self.pieces, self.piece_starts)

    def paragraph_range(self, paragraph: Paragraph) -> tuple[int, int]:
        starts = [*self.line_starts[paragraph.end : paragraph.end + 1], len(self.text)]
        return self.line_starts[paragraph.start], starts[0]

    def agreement_range(self, at: int) -> tuple[int, int]:
        """The range of the agreement around a body offset: the whole body if there is one only."""
        index = bisect_right(self.agreement_starts, at)
        return self.agreement_starts[index - 1], [*self.agreement_starts, len(self.text)][index]

    def segments(self, start: int, end: int) -> tuple[Segment, ...]:
        """The document ranges of body[start:end], joined where they touch."""
        segments: list[Segment] = []
        index = bisect_right(self.piece_starts, start) - 1
        at = start
        while at < end:
            piece, piece_start = self.pieces[index], self.piece_starts[index]
            piece_end = min(end, piece_start + len(piece))
            doc_start = piece.start + at - piece_start
            last = segments[-1] if segments else None
            if last is not None and last.doc_start + last.length == doc_start:
                segments[-1] = Segment(last.start, last.doc_start, last.length + piece_end - at)
            elif piece_end > at:
                segments.append(Segment(at - start, doc_start, piece_end - at))
            at, index = piece_end, index + 1
        return tuple(segments)


def body_of(reading: Reading, live: LiveText) -> Body:
    """The body of a reading."""
    lines = body_lines(reading)
    by_line = [tuple(live.pieces(line.start, line.end)) for line in lines]
    line_texts = ["".join(reading.text[p.start : p.end] for p in own) for own in by_line]
    pieces = [piece for own in by_line for piece in own]
    piece_starts, line_starts = _starts(list(map(len, pieces))), _starts(list(map(len, line_texts)))
    text = "".join(line_texts)
    begins = _agreement_lines(reading, lines)
    shown = [line_text.strip() if own else None for line_text, own in zip(line_texts, by_line, strict=True)]
    grouped = paragraphs(lines, shown, frozenset((*begins, *_set_apart(reading, lines))))
    markers = sorted(_markers(reading, pieces, piece_starts))
    paragraph_starts = (line_starts[paragraph.start] for paragraph in grouped[1:])
    ends = sorted({*sentence_ends(mask_markers(text, markers)), *paragraph_starts})
    agreements = sorted({0, *(line_starts[index] for index in begins)})
    return Body(text, pieces, piece_starts, line_starts, grouped, ends, markers, agreements)


def _starts(lengths: Sequence[int]) -> list[int]:
    return [0, *accumulate(lengths)][:-1]


def _markers(
    reading: Reading, pieces: Sequence[Span], piece_starts: Sequence[int]
) -> Iterator[tuple[int, int]]:
    for note in reading.footnotes:
        for ref in note.references:
            at = _body_offset(ref.start, pieces, piece_starts)
            if at is not None:
                yield at, at + ref.end - ref.start


def _body_offset(doc_offset: int, pieces: Sequence[Span], piece_starts: Sequence[int]) -> int | None:
    index = bisect_right(pieces, doc_offset, key=lambda piece: piece.start) - 1
    if index < 0 or doc_offset >= pieces[index].end:
        return None
    return piece_starts[index] + doc_offset - pieces[index].start


def _set_apart(reading: Reading, lines: Sequence[Line]) -> Iterator[int]:
    """The lines of a document without positions that a blank line sets apart, and the rows of its tables."""
    for index, (before, line) in enumerate(pairwise(lines), 1):
        if has_no_place(line):
            words = reading.text[line.start : line.end]
            if "\t" in words or reading.text[before.start : before.end].endswith("\n\n"):
                yield index


def _agreement_lines(reading: Reading, lines: Sequence[Line]) -> list[int]:
    """The body lines with which another agreement begins."""
    starts = (agreement.start for agreement in reading.agreements[1:])
    indexes = (bisect_left(lines, start, key=lambda line: line.start) for start in starts)
    return [index for index in indexes if 0 < index < len(lines)]
