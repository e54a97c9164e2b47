"""Canonical values of candidates, and the grounding of fields of type `record`, part by part.

The quote of a part often has several places ("EUR 500", "the Bank"). It gets the place nearest to
its record's quote and to the parts that have only one place. The result is deterministic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.grounding.quotes import (
    Placement,
    answer_placements,
    cited_text,
    placement_citation,
    with_citation,
)
from tasks.core.records import Candidate, Chunk, Citation, MatchKind, Page
from tasks.core.schema import FieldSpec, FieldType, SchemaField
from tasks.core.values.forms import list_entries, list_value, record_value

# A line break counts as this many characters: the next cell is nearer than the row above.
_LINE_BREAK_CHARS = 20
# Beyond it line breaks are not counted, to save time: a common word has hundreds of places.
_NEAR_CHARS = 400
_ELSEWHERE = 1_000_000  # the distance of two places in different passages


def canonical_candidate(candidate: Candidate, field: SchemaField) -> Candidate:
    """A candidate with one format of lists, and with choices and parts as in the schema."""
    if field.type is not FieldType.RECORD:
        return replace(candidate, value=_canonical_value(field, candidate.value))
    by_name = {part.name: part for part in candidate.parts}
    specs = [spec for spec in field.parts if spec.name in by_name]
    parts = tuple(
        replace(by_name[spec.name], value=_canonical_value(spec, by_name[spec.name].value)) for spec in specs
    )
    return replace(candidate, value=record_value(parts), parts=parts)


def _canonical_value(spec: FieldSpec, value: str) -> str:
    spelling = {choice.casefold(): choice for choice in spec.choices}
    if spec.type is FieldType.LIST:
        return list_value(spelling.get(entry.strip().casefold(), entry) for entry in list_entries(value))
    return spelling.get(value.strip().casefold(), value)


@dataclass(frozen=True, slots=True)
class ChunkSource:
    """A chunk and the document that it is from."""

    chunk: Chunk
    text: str  # of the document
    pages: Sequence[Page]

    def cite(self, place: Placement) -> Citation:
        return placement_citation(place, self.chunk, self.pages)


def ground_record(
    record: Candidate, place: Placement | None, source: ChunkSource
) -> tuple[Candidate, Placement | None]:
    """A record with its citation and those of its parts.

    A record without a quote is cited from its first part to its last. A record whose quote is not
    in the chunk has no citation, whatever its parts have.

    Args:
        record: As grounded by its own quote.
        place: The place of that quote by order; another place is taken if it is nearer to the
        parts.
    """
    options = {part.name: answer_placements(part.quote, source.chunk) for part in record.parts}
    unique = [places[0] for places in options.values() if len(places) == 1]
    if place is not None and unique:
        # The place by order comes first: of equally near places, `min` keeps the first.
        places = (place, *answer_placements(record.quote, source.chunk))
        place = min(places, key=lambda p: _total_distance(p, unique, source.chunk))
        citation = source.cite(place)
        record = replace(record, citation=citation, quote=cited_text(citation, source.text))
    chosen = _choose_places(options, place, source.chunk)
    parts = tuple(
        replace(part, citation=None)
        if (at := chosen[part.name]) is None
        else with_citation(part, at, source.cite(at), source.text)
        for part in record.parts
    )
    record = replace(record, parts=parts, value=record_value(parts))
    if place is None and not record.quote.strip():
        return _cited_by_parts(record, [p for p in chosen.values() if p is not None], source)
    return record, place


def _choose_places(
    options: Mapping[str, tuple[Placement, ...]], record_place: Placement | None, chunk: Chunk
) -> dict[str, Placement | None]:
    """One place for each part: first of parts with few places, then of others near them."""
    chosen: dict[str, Placement | None] = dict.fromkeys(options)
    placed: list[Placement] = []
    for name in sorted(options, key=lambda n: len(options[n])):
        if not options[name]:
            continue
        around = [] if record_place is None else [record_place]
        inside = [p for p in options[name] if around and _distance(around[0], p, chunk) == 0]
        chosen[name] = best = _nearest(inside or options[name], placed or around, chunk)
        placed.append(best)
    return _in_schema_order(chosen, options)


def _in_schema_order(
    chosen: Mapping[str, Placement | None], options: Mapping[str, tuple[Placement, ...]]
) -> dict[str, Placement | None]:
    """Parts with equal quotes in the order of the schema: in "from A to A" the payer is first."""
    ordered = dict(chosen)
    for places in set(options.values()):
        names = [name for name in options if options[name] == places and places]
        by_position = sorted((p for name in names if (p := chosen[name]) is not None), key=_order)
        ordered.update(zip(names, by_position, strict=True))
    return ordered


def _order(place: Placement) -> tuple[int, int]:
    return place.passage_index, place.start


def _nearest(places: Sequence[Placement], anchors: Sequence[Placement], chunk: Chunk) -> Placement:
    """The place nearest to the anchors, if possible a free one, or one after them."""
    last = max(map(_order, anchors), default=(0, -1))

    def cost(place: Placement) -> tuple[object, ...]:
        is_taken = any((_order(a), a.end) == (_order(place), place.end) for a in anchors)
        return (is_taken, _total_distance(place, anchors, chunk), _order(place) < last, _order(place))

    return min(places, key=cost)


def _total_distance(place: Placement, anchors: Sequence[Placement], chunk: Chunk) -> int:
    return sum(_distance(a, place, chunk) for a in anchors)


def _distance(one: Placement, other: Placement, chunk: Chunk) -> int:
    """The characters between two places, 0 if they touch or overlap."""
    if one.passage_index != other.passage_index:
        return _ELSEWHERE
    start, end = min(one.end, other.end), max(one.start, other.start)
    if end <= start:
        return 0
    text = chunk.passages[one.passage_index].text
    return end - start + _LINE_BREAK_CHARS * text.count("\n", start, min(end, start + _NEAR_CHARS))


def _cited_by_parts(
    record: Candidate, places: Sequence[Placement], source: ChunkSource
) -> tuple[Candidate, Placement | None]:
    if not places:
        return record, None
    ranges = [
        Placement(index, min(p.start for p in inside), max(p.end for p in inside), MatchKind.EXACT)
        for index in sorted({p.passage_index for p in places})
        if (inside := [p for p in places if p.passage_index == index])
    ]
    citation = _joined_citation([source.cite(each) for each in ranges])
    return replace(record, citation=citation, quote=cited_text(citation, source.text)), ranges[0]


def _joined_citation(citations: Sequence[Citation]) -> Citation:
    """One citation for several passages; without a footnote unless all are in the same one."""
    notes = {c.footnote_index for c in citations}
    spans = tuple(sorted({span for c in citations for span in c.spans}))
    pages = tuple(sorted({page for c in citations for page in c.pages}))
    return Citation(spans, pages, notes.pop() if len(notes) == 1 else None, citations[0].match)
