"""The end of a run: its extractions and its coverage, in one transaction, or the code of what stopped it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg

from tasks.core.errors import StoreError
from tasks.core.records import CoverageCell, Extraction, RunId
from tasks.postgres.citations import parts_to_json, to_columns
from tasks.postgres.copying import Row, copy_rows
from tasks.postgres.queries import query
from tasks.postgres.rounds import Held, hold
from tasks.postgres.text import as_json, storable


def finish_run(
    connection: psycopg.Connection,
    run_id: RunId,
    extractions: Sequence[Extraction],
    coverage: Sequence[CoverageCell],
    summary: Mapping[str, Any],
) -> None:
    """Write the results and set the run done; an earlier done attempt is superseded in the same moment.

    Raises:
        StoreConflict: the run is not running any more.
        StoreError: a cell is missing or too many, an uncited extraction claims to be more than rejected, or its round is unknown.
    """
    with connection.transaction():
        held = hold(connection, run_id)
        answered = connection.execute(query("round", "answered_in"), {"run_id": run_id}).fetchall()
        made_by = {
            (chunk_id, round_number): generation_id for chunk_id, round_number, generation_id in answered
        }
        copy_rows(connection, query("round", "copy_extraction"), _extraction_rows(held, made_by, extractions))
        cells = [
            (run_id, held.chunk_id(c.chunk_index), c.field, c.state.value, storable(c.reason))
            for c in coverage
        ]
        copy_rows(connection, query("round", "copy_coverage"), cells)
        connection.execute(query("run", "supersede_done"), {"run_id": run_id})
        connection.execute(query("run", "finish"), {"run_id": run_id, "summary": as_json(summary)})


def fail_run(connection: psycopg.Connection, run_id: RunId, code: str) -> None:
    """Note why the run stopped. Its rounds stay, and the next claim resumes it."""
    connection.execute(query("run", "fail"), {"run_id": run_id, "code": code})


def _extraction_rows(
    held: Held, made_by: Mapping[tuple[int, int], int], extractions: Sequence[Extraction]
) -> Iterable[Row]:
    for extraction in extractions:
        chunk_id = held.chunk_id(extraction.chunk_index)
        generation_id = made_by.get((chunk_id, extraction.round_number))
        if generation_id is None:
            raise StoreError(
                f"run {held.run_id}: an extraction of chunk {extraction.chunk_index} names round {extraction.round_number}, "
                "which has no answer of that chunk"
            )
        yield (
            held.run_id,
            chunk_id,
            generation_id,
            extraction.field,
            extraction.status.value,
            storable(extraction.value),
            storable(extraction.quote),
            *to_columns(extraction.citation, held.footnote_ids),
            extraction.round_number,
            extraction.score,
            storable(extraction.reason),
            extraction.normal,
            parts_to_json(extraction.parts, held.footnote_ids),
        )
