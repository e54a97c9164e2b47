"""Finds gold spans in the extracted text, because annotators worked on another text. Pure.

A gold span is found as a quote is. If it runs over a page number or a running line, or the reader
lays the text out differently, it is found by similarity, or reported as not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import partial_ratio_alignment

from tasks.core.grounding.quotes import cited_text, passage_citation, placements
from tasks.core.records import Chunk, Citation, FieldName, MatchKind, Reading
from tasks.core.text.folding import fold

_MIN_SIMILARITY = 80.0  # of 100; below, the place is often another clause with the same formula
_MIN_SIMILAR_CHARS = 40  # shorter spans are similar to too much


@dataclass(frozen=True, slots=True)
class GoldPlace:
    chunk_index: int
    citation: Citation
    quote: str
    """The document's words there."""


@dataclass(frozen=True, slots=True)
class PlacedGold:
    """An annotated value, and every place of its words in the document."""

    field: FieldName
    text: str
    places: tuple[GoldPlace, ...]
    """In reading order; empty: not found."""


def place_gold(
    golds: Sequence[tuple[FieldName, str]], reading: Reading, chunks: Sequence[Chunk]
) -> tuple[PlacedGold, ...]:
    """Find gold spans, given as (field, text), in the document.

    If the same words are annotated twice for a field, the second span gets the places from the
    second on.
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
    exact = [
        _place(reading, c, p.start, p.end, p.match)
        for c in chunks
        for p in placements(text, c)
        if p.passage_index == 0  # the other passages are copies of notes
    ]
    if exact:
        yield from exact
    elif (similar := _most_similar(text, reading, chunks)) is not None:
        yield similar


def _most_similar(text: str, reading: Reading, chunks: Sequence[Chunk]) -> GoldPlace | None:
    gold = fold(text, True).text
    if len(gold) < _MIN_SIMILAR_CHARS:
        return None
    best, place = _MIN_SIMILARITY, None
    for chunk in chunks:
        folded = fold(chunk.passages[0].text, True)
        if len(folded.text) < len(gold) // 2:
            continue
        match = partial_ratio_alignment(gold, folded.text, score_cutoff=best)
        if match is None or match.dest_start >= match.dest_end or (place and match.score <= best):
            continue
        start, end = folded.original(match.dest_start, match.dest_end)
        best = match.score
        place = _place(reading, chunk, start, end, MatchKind.NORMALISED)
    return place


def _place(reading: Reading, chunk: Chunk, start: int, end: int, match: MatchKind) -> GoldPlace:
    citation = passage_citation(chunk.passages[0], start, end, reading.pages, match)
    return GoldPlace(chunk.chunk_index, citation, cited_text(citation, reading.text))
