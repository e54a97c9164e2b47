"""A run as it is stored, whole: what it worked on, its rounds and its results. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.errors import StoreMissing
from tasks.core.loop.replay import StoredRun
from tasks.core.loop.state import RunInput
from tasks.core.records import CellState, CoverageCell, Extraction, ExtractionStatus, FieldName, RunId
from tasks.core.schema import Schema
from tasks.postgres.citations import from_columns, parts_from_json
from tasks.postgres.queries import query
from tasks.postgres.readings import load_reading
from tasks.postgres.rounds import load_rounds


def load_run(connection: psycopg.Connection, run_id: RunId) -> StoredRun:
    """
    Raises:
        StoreMissing: there is no such run, or its document's reading was never stored.
    """
    this = {"run_id": run_id}
    with connection.cursor(row_factory=dict_row) as cursor:
        run = cursor.execute(query("run", "facts"), this).fetchone()
    if run is None:
        raise StoreMissing(f"there is no run {run_id}: `countersign export` names runs")
    read = load_reading(connection, run["document_id"], run["reader_version"])
    if read is None:
        raise StoreMissing(f"run {run_id} has no reading and no rounds yet")
    extractions = connection.execute(query("round", "extractions"), this).fetchall()
    notes = connection.execute(query("reading", "footnote_ids"), {"reading_id": run["reading_id"]}).fetchall()
    footnote_indices = {row_id: index for index, row_id in notes}
    cells = connection.execute(query("round", "coverage"), this).fetchall()
    return StoredRun(
        run_id,
        run["state"],
        RunInput(*read, Schema.model_validate(run["definition"])),
        run["max_rounds"],
        load_rounds(connection, run_id),
        tuple(_extraction(row, footnote_indices) for row in extractions),
        tuple(CoverageCell(i, FieldName(name), CellState(state), reason) for i, name, state, reason in cells),
    )


def _extraction(row: tuple[Any, ...], footnote_indices: Mapping[int, int]) -> Extraction:
    (
        index,
        name,
        status,
        value,
        quote,
        spans,
        pages,
        note,
        match,
        round_number,
        score,
        reason,
        normal,
        parts,
    ) = row
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
    )
