"""The result of a run as rows, in both directions: its extractions and its coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import psycopg

from tasks.core.errors import StoreError
from tasks.core.records import CellState, CoverageCell, Extraction, ExtractionStatus, FieldName, RunId
from tasks.core.text.to_pg_text import storable
from tasks.postgres.citations import (
    from_columns,
    parts_from_json,
    parts_to_json,
    places_from_json,
    places_to_json,
    to_columns,
)
from tasks.postgres.queries import Row, query
from tasks.postgres.rounds import LockedRun


def load_extractions(
    connection: psycopg.Connection, run_id: RunId, reading_id: int
) -> tuple[Extraction, ...]:
    rows = connection.execute(query("round", "extractions"), {"run_id": run_id}).fetchall()
    notes = connection.execute(query("reading", "footnote_ids"), {"reading_id": reading_id}).fetchall()
    footnote_indices = {row_id: index for index, row_id in notes}
    return tuple(_extraction(row, footnote_indices) for row in rows)


def load_coverage(connection: psycopg.Connection, run_id: RunId) -> tuple[CoverageCell, ...]:
    rows = connection.execute(query("round", "coverage"), {"run_id": run_id}).fetchall()
    return tuple(
        CoverageCell(i, FieldName(name), CellState(state), reason) for i, name, state, reason in rows
    )


def extraction_rows(
    run: LockedRun, generation_ids: Mapping[tuple[int, int], int], extractions: Sequence[Extraction]
) -> Iterable[Row]:
    """
    Args:
        generation_ids: By chunk id and round number.
    """
    for extraction in extractions:
        chunk_id = run.chunk_id(extraction.chunk_index)
        generation_id = generation_ids.get((chunk_id, extraction.round_number))
        if generation_id is None:
            raise StoreError(
                f"run {run.run_id}: an extraction of chunk {extraction.chunk_index} names round {extraction.round_number}, "
                "which has no answer for that chunk"
            )
        yield (
            run.run_id,
            chunk_id,
            generation_id,
            extraction.field,
            extraction.status.value,
            storable(extraction.value),
            storable(extraction.quote),
            *to_columns(extraction.citation, run.footnote_ids),
            extraction.round_number,
            extraction.score,
            storable(extraction.reason),
            extraction.normal,
            parts_to_json(extraction.parts, run.footnote_ids),
            places_to_json(extraction.places, run.footnote_ids),
        )


def coverage_rows(run: LockedRun, coverage: Sequence[CoverageCell]) -> Iterable[Row]:
    for cell in coverage:
        chunk_id = run.chunk_id(cell.chunk_index)
        yield run.run_id, chunk_id, cell.field, cell.state.value, storable(cell.reason)


def _extraction(row: Row, footnote_indices: Mapping[int, int]) -> Extraction:
    index, name, status, value, quote, spans, pages, note, match, *rest = row
    round_number, score, reason, normal, parts, places = rest
    return Extraction(
        index,
        FieldName(name),
        ExtractionStatus(status),
        value,
        quote,
        from_columns(spans, pages, note, match),
        round_number,
        score,
        reason,
        normal,
        parts_from_json(parts, footnote_indices),
        places_from_json(places, footnote_indices),
    )
