"""Divide a document into chunks: whole paragraphs of the body, and every note.

Every body character is in exactly one body chunk. Every note is in exactly one note chunk and, as a
copy, in each body chunk that cites it. No cut separates a word from its note marker. Body chunks
come first. Notes are never cut, so the size limit holds only for the body text of a chunk.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from tasks.core.chunking.paragraphs import Paragraph, body_lines, paragraphs
from tasks.core.records import Chunk, ChunkKind, Footnote, Line, Passage, PassageKind, Reading, Segment
from tasks.core.text.sentences import mask_markers, sentence_around, sentence_ends

DEFAULT_MAX_CHARS = 6000
_CONTEXT_CHARS = 400
_LEAD_IN_CHARS = 800
_MAX_HEADINGS = 3

_WORD_GAP = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Body:
    """The body as one string, with its place in the document; offsets are body offsets."""

    text: str
    lines: Sequence[Line]
    line_starts: list[int]
    paragraphs: Sequence[Paragraph]
    ends: list[int]  # of sentences and paragraphs, sorted
    markers: list[tuple[int, int]]  # ranges of note markers, sorted

    def of_document(self, doc_offset: int) -> int | None:
        """The body offset of a document offset; None if it is not in the body."""
        index = bisect_right(self.lines, doc_offset, key=lambda line: line.start) - 1
        if index < 0 or doc_offset >= self.lines[index].end:
            return None
        return self.line_starts[index] + doc_offset - self.lines[index].start

    def paragraph_range(self, paragraph: Paragraph) -> tuple[int, int]:
        starts = [*self.line_starts[paragraph.end : paragraph.end + 1], len(self.text)]
        return self.line_starts[paragraph.start], starts[0]

    def segments(self, start: int, end: int) -> tuple[Segment, ...]:
        """The document ranges of body[start:end], joined where they touch."""
        segments: list[Segment] = []
        index = bisect_right(self.line_starts, start) - 1
        at = start
        while at < end:
            line, line_start = self.lines[index], self.line_starts[index]
            piece_end = min(end, line_start + line.end - line.start)
            doc_start = line.start + at - line_start
            last = segments[-1] if segments else None
            if last is not None and last.doc_start + last.length == doc_start:
                segments[-1] = Segment(last.start, last.doc_start, last.length + piece_end - at)
            elif piece_end > at:
                segments.append(Segment(at - start, doc_start, piece_end - at))
            at, index = piece_end, index + 1
        return tuple(segments)


def chunk_document(reading: Reading, max_chars: int = DEFAULT_MAX_CHARS) -> tuple[Chunk, ...]:
    """All chunks of a reading, the body's first; a reading without text has none.

    Args:
        reading: The text, lines and notes of a document.
        max_chars: Most characters of the body text in a chunk; copies of notes are not counted.
    """
    body = _body(reading)
    headings = _headings(body)
    chunks: list[Chunk] = []
    for start, end in _ranges(body, max_chars):
        chunks.append(_body_chunk(reading, body, headings, start, end, len(chunks)))
    for note_index in range(len(reading.footnotes)):
        chunks.append(_note_chunk(reading, body, headings, note_index, len(chunks)))
    return tuple(chunks)


def _body(reading: Reading) -> _Body:
    lines = body_lines(reading)
    text = "".join(reading.text[line.start : line.end] for line in lines)
    starts = [0, *accumulate(line.end - line.start for line in lines)][:-1]
    body = _Body(text, lines, starts, paragraphs(reading, lines), [], [])
    for note in reading.footnotes:
        for ref in note.references:
            at = body.of_document(ref.start)
            if at is not None:
                body.markers.append((at, at + ref.end - ref.start))
    body.markers.sort()
    paragraph_starts = (starts[paragraph.start] for paragraph in body.paragraphs[1:])
    body.ends.extend(sorted({*sentence_ends(mask_markers(text, body.markers)), *paragraph_starts}))
    return body


def _ranges(body: _Body, max_chars: int) -> Iterator[tuple[int, int]]:
    """Body ranges of chunks: as many paragraphs as fit; a heading stays with its text."""
    pending: list[tuple[int, int, bool]] = []
    for paragraph in body.paragraphs:
        start, end = body.paragraph_range(paragraph)
        if pending and end - pending[0][0] > max_chars:
            kept = _trailing_headings(pending) if end - start <= max_chars else 0
            if kept and end - pending[-kept][0] > max_chars:
                kept = 0
            head = pending[: len(pending) - kept]
            yield head[0][0], head[-1][1]
            pending = pending[len(pending) - kept :]
        if not pending and end - start > max_chars:
            *pieces, (start, end) = _pieces(body, start, end, max_chars)
            yield from pieces
        pending.append((start, end, paragraph.is_heading))
    if pending:
        yield pending[0][0], pending[-1][1]


def _trailing_headings(pending: Sequence[tuple[int, int, bool]]) -> int:
    """The number of headings at the end, 0 if there is nothing else."""
    count = 0
    while count < len(pending) and pending[-1 - count][2]:
        count += 1
    return count if count < len(pending) else 0


def _pieces(body: _Body, start: int, end: int, max_chars: int) -> list[tuple[int, int]]:
    """A paragraph that is too long, cut at ends of sentences where possible."""
    pieces: list[tuple[int, int]] = []
    while end - start > max_chars:
        cut = _cut(body, start, start + max_chars)
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _cut(body: _Body, start: int, latest: int) -> int:
    """Where to cut body[start:latest]: after a sentence, else a word, else outside a marker."""
    index = bisect_right(body.ends, latest)
    while index and body.ends[index - 1] > start:
        cut = _after_space(body.text, body.ends[index - 1], latest)
        # A sentence end in the first quarter would make a very small piece.
        if cut > start + (latest - start) // 4 and not _splits_marker(body, cut):
            return cut
        index -= 1
    gaps = [match.end() for match in _WORD_GAP.finditer(body.text, start + 1, latest)]
    cuts = chain(reversed(gaps), range(latest, start, -1))
    return next((cut for cut in cuts if not _splits_marker(body, cut)), latest)


def _after_space(text: str, at: int, latest: int) -> int:
    while at < latest and text[at].isspace():
        at += 1
    return at


def _splits_marker(body: _Body, cut: int) -> bool:
    """Whether the cut is inside a marker, or between it and the word before it."""
    index = bisect_right(body.markers, (cut, len(body.text)))
    for start, end in body.markers[max(0, index - 1) : index + 1]:
        word_end = len(body.text[:start].rstrip()) if start and body.text[start - 1].isspace() else start
        if word_end <= cut < end:
            return True
    return False


def _body_chunk(
    reading: Reading, body: _Body, headings: Sequence[tuple[int, str]], start: int, end: int, chunk_index: int
) -> Chunk:
    segments = body.segments(start, end)
    notes = [i for i, note in enumerate(reading.footnotes) if _cites(body, note, start, end)]
    return Chunk(
        chunk_index=chunk_index,
        kind=ChunkKind.BODY,
        passages=(
            Passage(PassageKind.BODY, body.text[start:end], segments),
            *(_note_passage(reading, index) for index in notes),
        ),
        lead_in="",
        context_before=body.text[max(0, start - _CONTEXT_CHARS) : start],
        context_after=body.text[end : end + _CONTEXT_CHARS],
        headings=_headings_above(headings, start),
        position=_position(reading, segments[0].doc_start),
    )


def _cites(body: _Body, note: Footnote, start: int, end: int) -> bool:
    offsets = (body.of_document(ref.start) for ref in note.references)
    return any(at is not None and start <= at < end for at in offsets)


def _note_passage(reading: Reading, note_index: int) -> Passage:
    """The note's text. The line break between two pages is kept, so that words stay separate."""
    pieces: list[str] = []
    segments: list[Segment] = []
    at = 0
    spans = reading.footnotes[note_index].spans
    for span in spans:
        end = span.end
        if span is not spans[-1] and reading.text[end : end + 1].isspace():
            end += 1
        segments.append(Segment(at, span.start, end - span.start))
        pieces.append(reading.text[span.start : end])
        at += end - span.start
    return Passage(PassageKind.NOTE, "".join(pieces), tuple(segments), note_index)


def _note_chunk(
    reading: Reading, body: _Body, headings: Sequence[tuple[int, str]], note_index: int, chunk_index: int
) -> Chunk:
    note = reading.footnotes[note_index]
    at = _first_citation(body, note)
    return Chunk(
        chunk_index=chunk_index,
        kind=ChunkKind.NOTE,
        passages=(_note_passage(reading, note_index),),
        lead_in="" if at is None else _lead_in(body, at),
        context_before="",
        context_after="",
        headings=() if at is None else _headings_above(headings, at),
        position=_position(reading, note.spans[0].start),
    )


def _lead_in(body: _Body, at: int) -> str:
    """The sentence with the note marker; of a very long one, the part around the marker."""
    start, end = sentence_around(body.ends, at, at + 1)
    start = max(start, at - _LEAD_IN_CHARS)
    return body.text[start : min(end, at + _LEAD_IN_CHARS)].strip()


def citing_sentences(reading: Reading) -> tuple[str, ...]:
    """For each footnote the sentence of the body that cites it; empty if there is none."""
    body = _body(reading)
    offsets = (_first_citation(body, note) for note in reading.footnotes)
    return tuple("" if at is None else _lead_in(body, at) for at in offsets)


def _first_citation(body: _Body, note: Footnote) -> int | None:
    return body.of_document(note.references[0].start) if note.references else None


def _headings(body: _Body) -> list[tuple[int, str]]:
    ranges = (body.paragraph_range(paragraph) for paragraph in body.paragraphs if paragraph.is_heading)
    return [(start, " ".join(body.text[start:end].split())) for start, end in ranges]


def _headings_above(headings: Sequence[tuple[int, str]], at: int) -> tuple[str, ...]:
    index = bisect_right(headings, at - 1, key=lambda heading: heading[0])
    return tuple(text for _, text in headings[max(0, index - _MAX_HEADINGS) : index])


def _position(reading: Reading, doc_offset: int) -> float:
    return round(doc_offset / max(1, len(reading.text)), 6)
