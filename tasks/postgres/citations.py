"""Citations of findings, extractions, their other places and parts, as columns, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tasks.core.records import Citation, MatchKind, Part, Span
from tasks.postgres.queries import as_json

Columns = tuple[str | None, list[int] | None, int | None, str | None]
"""spans, pages, footnote_id, match"""


def to_columns(citation: Citation | None, footnote_ids: Mapping[int, int]) -> Columns:
    """
    Args:
        footnote_ids: The row id for each index into `Reading.footnotes`.
    """
    spans, pages, footnote_id, match = _values(citation, footnote_ids).values()
    return None if spans is None else as_json(spans), pages, footnote_id, match


def _values(citation: Citation | None, footnote_ids: Mapping[int, int]) -> dict[str, Any]:
    if citation is None:
        return {"spans": None, "pages": None, "footnote_id": None, "match": None}
    return {
        "spans": [[span.start, span.end] for span in citation.spans],
        "pages": list(citation.pages),
        "footnote_id": None if citation.footnote_index is None else footnote_ids[citation.footnote_index],
        "match": citation.match.value,
    }


def from_columns(
    spans: list[list[int]] | None, pages: Sequence[int] | None, footnote_index: int | None, match: str | None
) -> Citation | None:
    if spans is None or pages is None or match is None:
        return None
    return Citation(spans_from_json(spans), tuple(pages), footnote_index, MatchKind(match))


def parts_to_json(parts: Sequence[Part], footnote_ids: Mapping[int, int]) -> str | None:
    """None: the value is not a record."""
    rows = [
        {"name": part.name, "value": part.value, "normal": part.normal, "quote": part.quote}
        | _values(part.citation, footnote_ids)
        for part in parts
    ]
    return as_json(rows) if rows else None


def parts_from_json(
    rows: Sequence[Mapping[str, Any]] | None, footnote_indices: Mapping[int, int]
) -> tuple[Part, ...]:
    """
    Args:
        footnote_indices: The index into `Reading.footnotes` for each row id.
    """
    return tuple(_part_from(row, footnote_indices) for row in rows or ())


def _part_from(row: Mapping[str, Any], footnote_indices: Mapping[int, int]) -> Part:
    citation = _citation_from(row, footnote_indices)
    return Part(row["name"], row["value"], row["quote"], citation, row["normal"])


def _citation_from(row: Mapping[str, Any], footnote_indices: Mapping[int, int]) -> Citation | None:
    note = None if row["footnote_id"] is None else footnote_indices[row["footnote_id"]]
    return from_columns(row["spans"], row["pages"], note, row["match"])


def places_to_json(places: Sequence[Citation], footnote_ids: Mapping[int, int]) -> str | None:
    """None: the value has no other place."""
    return as_json([_values(place, footnote_ids) for place in places]) if places else None


def places_from_json(
    rows: Sequence[Mapping[str, Any]] | None, footnote_indices: Mapping[int, int]
) -> tuple[Citation, ...]:
    """
    Args:
        footnote_indices: The index into `Reading.footnotes` for each row id.
    """
    places = (_citation_from(row, footnote_indices) for row in rows or ())
    return tuple(place for place in places if place is not None)


def spans_to_json(spans: Sequence[Span]) -> str:
    return as_json([[span.start, span.end] for span in spans])


def spans_from_json(rows: Any) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in rows)
