"""Where gold stands in a document as it was read: annotations are made on another text than the one the reader gives.

Pure. A gold span is found as a quote is (`tasks.core.grounding.quotes`); one that was annotated over something the reader tags
(a page number, a running line) or lays out otherwise is found by its likeness, or reported as not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import partial_ratio_alignment

from tasks.core.grounding.quotes import cited_text, passage_citation, placements
from tasks.core.records import Chunk, Citation, FieldName, MatchKind, Reading
from tasks.core.text.folding import fold

_LIKE_ENOUGH = 80.0
"""Of 100. Lower, and the place is often another clause with the same formula."""
_MIN_LIKENESS_CHARS = 40
"""Shorter spans are like too much."""


@dataclass(frozen=True, slots=True)
class GoldPlace:
    chunk_index: int
    citation: Citation
    quote: str
    """The document's words there."""


@dataclass(frozen=True, slots=True)
class PlacedGold:
    """One annotated value and every place of its words in the document."""

    field: FieldName
    text: str
    places: tuple[GoldPlace, ...]
    """In reading order; empty: these words were not read."""


def place_gold(
    golds: Sequence[tuple[FieldName, str]], reading: Reading, chunks: Sequence[Chunk]
) -> tuple[PlacedGold, ...]:
    """Find each gold span, given as field and text, in the document.

    The same words annotated twice for a field stand in two places: the second span gets the places from the second on.
    """
    placed: list[PlacedGold] = []
    seen: dict[tuple[FieldName, str], int] = {}
    for name, text in golds:
        places = tuple(_places(text, reading, chunks))
        earlier = seen.get((name, text), 0)
        seen[name, text] = earlier + 1
        placed.append(PlacedGold(name, text, places[min(earlier, max(0, len(places) - 1)) :]))
    return tuple(placed)


def _places(text: str, reading: Reading, chunks: Sequence[Chunk]) -> Iterator[GoldPlace]:
    """Only a chunk's own passage counts: what it has beside is a copy."""
    found = [
        _place(reading, c, p.start, p.end, p.match)
        for c in chunks
        for p in placements(text, c)
        if p.passage_index == 0
    ]
    if found:
        yield from found
    elif (like := _likest(text, reading, chunks)) is not None:
        yield like


def _likest(text: str, reading: Reading, chunks: Sequence[Chunk]) -> GoldPlace | None:
    wanted = fold(text, True).text
    if len(wanted) < _MIN_LIKENESS_CHARS:
        return None
    best, place = _LIKE_ENOUGH, None
    for chunk in chunks:
        folded = fold(chunk.passages[0].text, True)
        if len(folded.text) < len(wanted) // 2:
            continue
        like = partial_ratio_alignment(wanted, folded.text, score_cutoff=best)
        if like is None or like.dest_start >= like.dest_end or (place and like.score <= best):
            continue
        start, end = folded.original(like.dest_start, like.dest_end)
        best = like.score
        place = _place(reading, chunk, start, end, MatchKind.NORMALISED)
    return place


def _place(reading: Reading, chunk: Chunk, start: int, end: int, match: MatchKind) -> GoldPlace:
    citation = passage_citation(chunk.passages[0], start, end, reading.pages, match)
    return GoldPlace(chunk.chunk_index, citation, cited_text(citation, reading.text))
