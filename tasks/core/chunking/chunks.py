"""Divide a document into chunks: whole paragraphs of the body, and every note.

Chunks are made of what the pages say to their reader; words that are struck, covered or hidden are
left out. Every live body character is in exactly one body chunk. Every note is in exactly one note
chunk and, as a copy, in each body chunk that cites it. No cut separates a word from its note marker,
and no chunk holds two agreements. Body chunks come first. Notes are never cut, so the size limit
holds only for the body text of a chunk.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain

from tasks.core.chunking.body import Body, body_of
from tasks.core.chunking.live import LiveText
from tasks.core.records import (
    Agreement,
    Chunk,
    ChunkKind,
    Footnote,
    Passage,
    PassageKind,
    Reading,
    Segment,
    TableCell,
)
from tasks.core.text.sentences import sentence_around

DEFAULT_MAX_CHARS = 6000
_CONTEXT_CHARS = 400
_LEAD_IN_CHARS = 800
_MAX_HEADINGS = 3
_BEHIND_OPENING = 1e-6  # the least position of a chunk that opens no agreement

_WORD_GAP = re.compile(r"\s+")


def chunk_document(reading: Reading, max_chars: int = DEFAULT_MAX_CHARS) -> tuple[Chunk, ...]:
    """All chunks of a reading, the body's first; a reading without text has none.

    Args:
        reading: The text, lines and notes of a document.
        max_chars: Most characters of the body text in a chunk; copies of notes are not counted.
    """
    document = _Document(reading)
    chunks: list[Chunk] = []
    for start, end in _ranges(document.body, max_chars):
        chunks.append(_body_chunk(document, start, end, len(chunks)))
    for note_index in document.notes:
        chunks.append(_note_chunk(document, note_index, len(chunks)))
    return tuple(chunks)


class _Document:
    """A reading, its body, and the passages of its notes by their index."""

    def __init__(self, reading: Reading) -> None:
        live = LiveText(reading)
        self.reading = reading
        self.body = body_of(reading, live)
        self.headings = _headings(self.body)
        passages = (_note_passage(reading, live, index) for index in range(len(reading.footnotes)))
        self.notes = {index: passage for index, passage in enumerate(passages) if passage is not None}

    def cells_in(self, passages: Sequence[Passage]) -> tuple[TableCell, ...]:
        """The cells with a character in the passages, in order."""
        cells = self.reading.cells
        if not cells:
            return ()
        found: set[int] = set()
        for segment in chain.from_iterable(passage.segments for passage in passages):
            index = bisect_right(cells, segment.doc_start, key=lambda cell: cell.end)
            while index < len(cells) and cells[index].start < segment.doc_start + segment.length:
                found.add(index)
                index += 1
        return tuple(cells[index] for index in sorted(found))


def _ranges(body: Body, max_chars: int) -> Iterator[tuple[int, int]]:
    """Body ranges of chunks: as many paragraphs as fit; a heading stays with its text."""
    pending: list[tuple[int, int, bool]] = []
    for paragraph in body.paragraphs:
        start, end = body.paragraph_range(paragraph)
        if start == end:  # nothing of it is live
            continue
        if pending and body.agreement_range(start)[0] > pending[0][0]:
            yield pending[0][0], pending[-1][1]
            pending = []
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


def _pieces(body: Body, start: int, end: int, max_chars: int) -> list[tuple[int, int]]:
    """A paragraph that is too long, cut at ends of sentences where possible."""
    pieces: list[tuple[int, int]] = []
    while end - start > max_chars:
        cut = _cut(body, start, start + max_chars)
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _cut(body: Body, start: int, latest: int) -> int:
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


def _splits_marker(body: Body, cut: int) -> bool:
    """Whether the cut is inside a marker, or between it and the word before it."""
    index = bisect_right(body.markers, (cut, len(body.text)))
    for start, end in body.markers[max(0, index - 1) : index + 1]:
        word_end = len(body.text[:start].rstrip()) if start and body.text[start - 1].isspace() else start
        if word_end <= cut < end:
            return True
    return False


def _body_chunk(document: _Document, start: int, end: int, chunk_index: int) -> Chunk:
    body = document.body
    segments = body.segments(start, end)
    cited = [index for index in document.notes if _cites(document, index, start, end)]
    passages = (
        Passage(PassageKind.BODY, body.text[start:end], segments),
        *(document.notes[index] for index in cited),
    )
    first, last = body.agreement_range(start)
    return Chunk(
        chunk_index=chunk_index,
        kind=ChunkKind.BODY,
        passages=passages,
        lead_in="",
        context_before=body.text[max(first, start - _CONTEXT_CHARS) : start],
        context_after=body.text[end : min(last, end + _CONTEXT_CHARS)],
        headings=_headings_above(document, start),
        position=_body_position(document, start, segments[0].doc_start),
        cells=document.cells_in(passages),
    )


def _cites(document: _Document, note_index: int, start: int, end: int) -> bool:
    references = document.reading.footnotes[note_index].references
    offsets = (document.body.of_document(ref.start) for ref in references)
    return any(at is not None and start <= at < end for at in offsets)


def _note_passage(reading: Reading, live: LiveText, note_index: int) -> Passage | None:
    """The note's live text; None: words were left out and there are no others.

    The line break between two pages is kept, so that words stay separate.
    """
    texts: list[str] = []
    segments: list[Segment] = []
    at = n_chars = 0
    spans = reading.footnotes[note_index].spans
    for span in spans:
        end = span.end
        if span is not spans[-1] and reading.text[end : end + 1].isspace():
            end += 1
        n_chars += end - span.start
        for piece in live.pieces(span.start, end):
            segments.append(Segment(at, piece.start, len(piece)))
            texts.append(reading.text[piece.start : piece.end])
            at += len(piece)
    text = "".join(texts)
    return (
        Passage(PassageKind.NOTE, text, tuple(segments), note_index)
        if text.strip() or at == n_chars
        else None
    )


def _note_chunk(document: _Document, note_index: int, chunk_index: int) -> Chunk:
    note, passage = document.reading.footnotes[note_index], document.notes[note_index]
    at = _first_citation(document.body, note)
    return Chunk(
        chunk_index=chunk_index,
        kind=ChunkKind.NOTE,
        passages=(passage,),
        lead_in="" if at is None else _lead_in(document.body, at),
        context_before="",
        context_after="",
        headings=() if at is None else _headings_above(document, at),
        position=_position(document.reading, note.spans[0].start),
        cells=document.cells_in((passage,)),
    )


def _lead_in(body: Body, at: int) -> str:
    """The sentence with the note marker; of a very long one, the part around the marker."""
    start, end = sentence_around(body.ends, at, at + 1)
    start = max(start, at - _LEAD_IN_CHARS)
    return body.text[start : min(end, at + _LEAD_IN_CHARS)].strip()


def citing_sentences(reading: Reading) -> tuple[str, ...]:
    """For each footnote the sentence of the body that cites it; empty if there is none."""
    body = body_of(reading, LiveText(reading))
    offsets = (_first_citation(body, note) for note in reading.footnotes)
    return tuple("" if at is None else _lead_in(body, at) for at in offsets)


def _first_citation(body: Body, note: Footnote) -> int | None:
    """The first reference in the live text of the body."""
    offsets = (body.of_document(ref.start) for ref in note.references)
    return next((at for at in offsets if at is not None), None)


def _headings(body: Body) -> list[tuple[int, str]]:
    ranges = (body.paragraph_range(paragraph) for paragraph in body.paragraphs if paragraph.is_heading)
    return [(start, " ".join(body.text[start:end].split())) for start, end in ranges]


def _headings_above(document: _Document, at: int) -> tuple[str, ...]:
    """The headings above a place of the body, in the same agreement."""
    headings, first = document.headings, document.body.agreement_range(at)[0]
    begin = bisect_left(headings, first, key=lambda heading: heading[0])
    index = bisect_right(headings, at - 1, key=lambda heading: heading[0])
    return tuple(text for _, text in headings[max(begin, index - _MAX_HEADINGS) : index])


def _body_position(document: _Document, start: int, doc_offset: int) -> float:
    """Where a body chunk begins in its agreement, as `Chunk.position` says."""
    own = _agreement_at(document.reading, doc_offset)
    if own is None:
        return _position(document.reading, doc_offset)
    if document.body.agreement_range(start)[0] == start:
        return 0.0
    return max(_BEHIND_OPENING, round((doc_offset - own.start) / (own.end - own.start), 6))


def _agreement_at(reading: Reading, doc_offset: int) -> Agreement | None:
    """The agreement around a place, if the file has several, and it is no rest of the first one."""
    if len(reading.agreements) < 2:
        return None
    index = bisect_right(reading.agreements, doc_offset, key=lambda agreement: agreement.start) - 1
    own = reading.agreements[max(0, index)]
    return None if own.resumes(reading.agreements[0]) else own


def _position(reading: Reading, doc_offset: int) -> float:
    return round(doc_offset / max(1, len(reading.text)), 6)
