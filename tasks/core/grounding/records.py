"""Candidates before they are judged: values in the one way there is to write them, and each part of a record at its place in the chunk.

A part has a quote of its own, which often stands in several places ("EUR 500", "the Bank"). What belongs together stands together, so
such a part is placed near its record's quote and near the parts whose place is sure. Deterministic, and no model is asked.

Shapes:
    As in `tasks.core.grounding.quotes`: a place is a range of a passage, a citation has spans of the document text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.grounding.quotes import Placement, cited_text, placement_citation, placements
from tasks.core.normal.forms import list_entries, list_value, record_value
from tasks.core.records import Candidate, Chunk, Citation, MatchKind, Page, Part
from tasks.core.schema import FieldSpec, FieldType, SchemaField
from tasks.core.text.folding import fold

_LINE_BREAK_CHARS = 20
"""How many characters of distance a line break counts for: the cell beside a word is nearer than the row above it."""
_NEAR_CHARS = 400
"""Farther on, line breaks are not counted: they would decide nothing, and a common word has hundreds of places."""
_ELSEWHERE = 1_000_000
"""Distance of two places in different passages."""


def canonical_candidate(candidate: Candidate, field: SchemaField) -> Candidate:
    """A candidate with its value written in the one way there is: lists as lists, choices as the schema spells them, parts in its order."""
    if field.type is not FieldType.RECORD:
        return replace(candidate, value=_spelled(field, candidate.value))
    given = {part.name: part for part in candidate.parts}
    parts = tuple(
        replace(given[asked.name], value=_spelled(asked, given[asked.name].value))
        for asked in field.parts
        if asked.name in given
    )
    return replace(candidate, value=record_value(parts), parts=parts)


def _spelled(asked: FieldSpec, value: str) -> str:
    spelling = {choice.casefold(): choice for choice in asked.choices}
    if asked.type is FieldType.LIST:
        return list_value(spelling.get(entry.strip().casefold(), entry) for entry in list_entries(value))
    return spelling.get(value.strip().casefold(), value)


@dataclass(frozen=True, slots=True)
class ChunkSource:
    """What a record is looked for in."""

    chunk: Chunk
    text: str
    """The document text."""
    pages: Sequence[Page]

    def cite(self, place: Placement) -> Citation:
        return placement_citation(place, self.chunk, self.pages)


def ground_record(
    record: Candidate, place: Placement | None, source: ChunkSource
) -> tuple[Candidate, Placement | None]:
    """A record with the citations of its parts.

    It is cited where its own quote stands. Without a quote it is cited from its first part to its last; a quote that does not stand
    in the chunk is not made good by parts that do.

    Args:
        record: As grounded by its own quote.
        place: Where that quote stands, placed by order; a quote that stands in several places goes to the parts whose place is sure.
    """
    found = {part.name: placements(part.quote, source.chunk) for part in record.parts}
    sure = [places[0] for places in found.values() if len(places) == 1]
    if place is not None and sure:
        # The place by order first: it stands unless another is nearer.
        places = (place, *placements(record.quote, source.chunk))
        place = min(places, key=lambda p: _total_distance(p, sure, source.chunk))
        citation = source.cite(place)
        record = replace(record, citation=citation, quote=cited_text(citation, source.text))
    places = _places_of_parts(found, place, source.chunk)
    parts = tuple(_cited(part, places[part.name], source) for part in record.parts)
    record = replace(record, parts=parts, value=record_value(parts))
    if place is None and not record.quote.strip():
        return _cited_by_parts(record, [p for p in places.values() if p is not None], source)
    return record, place


def _places_of_parts(
    found: Mapping[str, tuple[Placement, ...]], own: Placement | None, chunk: Chunk
) -> dict[str, Placement | None]:
    """One place for each part; the surer a part's place, the earlier it is chosen, so that the others can go by it."""
    chosen: dict[str, Placement | None] = dict.fromkeys(found)
    settled: list[Placement] = []
    for name in sorted(found, key=lambda n: len(found[n])):
        if not found[name]:
            continue
        inside = [p for p in found[name] if own is not None and _distance(own, p, chunk) == 0]
        anchors = settled or ([own] if own is not None else [])
        best = _nearest(inside or found[name], anchors, chunk)
        chosen[name] = best
        settled.append(best)
    return _in_order(chosen, found)


def _in_order(
    chosen: Mapping[str, Placement | None], found: Mapping[str, tuple[Placement, ...]]
) -> dict[str, Placement | None]:
    """Parts with the same words share out their places as the schema names them: "from A to A" has its payer first."""
    ordered = dict(chosen)
    for places in set(found.values()):
        alike = [name for name in found if found[name] == places and places]
        mine: list[Placement] = [p for name in alike if (p := chosen[name]) is not None]
        mine.sort(key=_order)
        ordered.update(zip(alike, mine, strict=True))
    return ordered


def _order(place: Placement) -> tuple[int, int]:
    return place.passage_index, place.start


def _nearest(places: Sequence[Placement], anchors: Sequence[Placement], chunk: Chunk) -> Placement:
    """The place nearest to all anchors, not theirs if there is another; of two as near one that follows them, then the first."""
    last = max(map(_order, anchors), default=(0, -1))

    def cost(place: Placement) -> tuple[object, ...]:
        is_taken = any((_order(a), a.end) == (_order(place), place.end) for a in anchors)
        return (is_taken, _total_distance(place, anchors, chunk), _order(place) < last, _order(place))

    return min(places, key=cost)


def _total_distance(place: Placement, anchors: Sequence[Placement], chunk: Chunk) -> int:
    return sum(_distance(a, place, chunk) for a in anchors)


def _distance(one: Placement, other: Placement, chunk: Chunk) -> int:
    """Characters between two places, 0 where they touch or one lies in the other."""
    if one.passage_index != other.passage_index:
        return _ELSEWHERE
    start, end = min(one.end, other.end), max(one.start, other.start)
    if end <= start:
        return 0
    text = chunk.passages[one.passage_index].text
    return end - start + _LINE_BREAK_CHARS * text.count("\n", start, min(end, start + _NEAR_CHARS))


def _cited(part: Part, place: Placement | None, source: ChunkSource) -> Part:
    if place is None:
        return replace(part, citation=None)
    citation = source.cite(place)
    quote = cited_text(citation, source.text)
    # A clause is its quote: where the quote was joined from several places, so is the value.
    is_quote = place.pieces and fold(part.value).text == fold(part.quote).text
    return replace(part, citation=citation, quote=quote, value=quote if is_quote else part.value)


def _cited_by_parts(
    record: Candidate, places: Sequence[Placement], source: ChunkSource
) -> tuple[Candidate, Placement | None]:
    if not places:
        return record, None
    reaches = [
        Placement(index, min(p.start for p in own), max(p.end for p in own), MatchKind.EXACT)
        for index in sorted({p.passage_index for p in places})
        if (own := [p for p in places if p.passage_index == index])
    ]
    citation = _united([source.cite(reach) for reach in reaches])
    return replace(record, citation=citation, quote=cited_text(citation, source.text)), reaches[0]


def _united(citations: Sequence[Citation]) -> Citation:
    """One citation of several passages; of two notes, or of body and note, it names none."""
    notes = {c.footnote_index for c in citations}
    spans = tuple(sorted({span for c in citations for span in c.spans}))
    pages = tuple(sorted({page for c in citations for page in c.pages}))
    return Citation(spans, pages, notes.pop() if len(notes) == 1 else None, citations[0].match)
