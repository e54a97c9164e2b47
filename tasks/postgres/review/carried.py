"""Decisions over an earlier run of a document and schema, as they hold over the run that just ended.

Within the transaction that ends the run, under the lock that decisions take as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.errors import StoreError
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import DocumentId, Extraction, ExtractionStatus
from tasks.core.review.carry_over import (
    CarriedDecision,
    CarryOver,
    DecidedWords,
    EarlierDecision,
    Locate,
    LostDecision,
    NewValue,
    Search,
    Spans,
    same_place,
)
from tasks.core.review.records import ReviewDecision
from tasks.core.schema import Schema
from tasks.postgres.queries import as_json, query
from tasks.postgres.readings import load_reading
from tasks.postgres.rounds import LockedRun


def carried_over(
    connection: psycopg.Connection,
    run: LockedRun,
    facts: Mapping[str, Any],
    extractions: Sequence[Extraction],
    extraction_ids: Sequence[int],
) -> tuple[list[CarriedDecision], list[LostDecision]]:
    """What still holds of the newest earlier run that was reviewed.

    Args:
        facts: The run's row.
        extraction_ids: Aligned with the extractions.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        earlier = cursor.execute(query("review", "earlier_run"), {"run_id": run.run_id}).fetchone()
        if earlier is None:
            return [], []
        rows = cursor.execute(query("review", "decisions_to_carry"), earlier).fetchall()
    asked = set(facts["field_names"])
    is_same = earlier["reading_id"] == facts["reading_id"]
    decisions = [_earlier(row, is_same) for row in rows if row["field"] in asked]
    if not decisions:
        return [], []
    locate = same_place if is_same else _search(connection, run, facts)
    values = [_new_value(run, e, number) for e, number in zip(extractions, extraction_ids, strict=True)]
    return CarryOver(values, locate, is_same, run.chunk_id(0))(decisions)


def add_carried(
    connection: psycopg.Connection, run: LockedRun, carried: CarriedDecision, item_id: int
) -> None:
    """Append a decision to the run's trail: in the person's name, and with what it came from."""
    words, said = carried.words, carried.origin
    is_correction = carried.decision is ReviewDecision.CORRECTED
    values = {
        "run_id": run.run_id,
        "chunk_id": carried.chunk_id,
        "field": said.field,
        "extraction_id": carried.extraction_id,
        "decision": carried.decision.value,
        "value": words.value if words and is_correction else None,
        "normal": words.normal if words and is_correction else None,
        "quote": words.quote if words else None,
        "spans": as_json(words.spans) if words else None,
        "pages": list(words.pages) if words else None,
        "footnote_id": words.footnote_id if words else None,
        "reviewer": said.reviewer,
        "reason": said.reason,
        "item_id": item_id,
        "carried_from": said.origin_id,
        "shown": None if said.shown is None else as_json(said.shown),
    }
    connection.execute(query("review", "add_carried"), values)


def _search(connection: psycopg.Connection, run: LockedRun, facts: Mapping[str, Any]) -> Locate:
    read = load_reading(connection, DocumentId(facts["document_id"]), facts["reader_version"])
    if read is None:
        raise StoreError(f"run {run.run_id} has no stored reading")
    run_input = RunInput(*read, Schema.model_validate(facts["definition"]))
    return Search(run_input, run.chunk_ids, run.footnote_ids)


def _new_value(run: LockedRun, extraction: Extraction, extraction_id: int) -> NewValue:
    cited = () if extraction.citation is None else (extraction.citation, *extraction.places)
    places: list[Spans] = [tuple((s.start, s.end) for s in place.spans) for place in cited]
    return NewValue(
        extraction_id,
        run.chunk_id(extraction.chunk_index),
        str(extraction.field),
        extraction.status is ExtractionStatus.REJECTED,
        places[0] if places else (),
        tuple(places[1:]),
    )


def _earlier(row: Mapping[str, Any], is_same_reading: bool) -> EarlierDecision:
    decision = ReviewDecision(row["decision"])
    said, judged = _words(row, "said_"), _words(row, "judged_")
    is_correction = decision is ReviewDecision.CORRECTED
    return EarlierDecision(
        row["origin_id"],
        row["chunk_id"],
        row["field"],
        decision,
        # A rejection that was carried over to a cell keeps the wrong words itself.
        judged or (None if is_correction else said),
        said if is_correction else None,
        _spans(row["asked"]) if is_same_reading else (),
        row["reviewer"],
        row["reason"],
        row["shown"],
    )


def _words(row: Mapping[str, Any], whose: str) -> DecidedWords | None:
    if not row[whose + "spans"]:
        return None
    # A decision of before the queue may have a value alone, a rejection that was carried over a quote.
    value, quote = row[whose + "value"] or "", row[whose + "quote"] or ""
    return DecidedWords(
        value or quote,
        row[whose + "normal"],
        quote or value,
        _spans(row[whose + "spans"]),
        tuple(row[whose + "pages"] or ()),
        row[whose + "footnote_id"],
    )


def _spans(rows: Sequence[Sequence[int]] | None) -> Spans:
    return tuple((start, end) for start, end in rows or ())
