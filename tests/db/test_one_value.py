"""Of a field that has one value, one leaves the house: in the export, in the file of `extract --out`, whoever decided what and when."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb

from infra.cli.extract import write_lines
from tasks.core.evidence.assemble import assembled
from tasks.core.records import Citation, ExtractionStatus, MatchKind, RunId, Span
from tasks.core.review.one_value import DECIDED_FOR_ANOTHER
from tasks.documents import Outcome, OutcomeStatus
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import YIELD_VALUE
from tests.db.test_reviewed import YIELD, correct, say

VERIFIED = replace(YIELD_VALUE, status=ExtractionStatus.VERIFIED, reason="")
OTHER = replace(
    VERIFIED,
    value="Returns",
    quote="Returns",
    citation=Citation((Span(25, 32),), (1,), None, MatchKind.EXACT),
)


@pytest.fixture
def run_id(store: Store, connection: psycopg.Connection) -> RunId:
    """A run that verified two yields, as one without settlement might, and a schema that has one."""
    samples.put_document(store)
    run_id = samples.do_run(store, values=(*samples.extractions()[:1], VERIFIED, OTHER))
    connection.execute(
        """UPDATE schema_version SET definition = jsonb_set(definition, '{fields,0,cardinality}', '"one"')"""
    )
    return run_id


def statuses(store: Store) -> dict[str, tuple[str, str]]:
    return {row["value"]: (row["status"], row["reason"]) for row in store.reports.export()}


def number(store: Store, value: str) -> int:
    return next(row["extraction"] for row in store.reports.export() if row["value"] == value)


def test_two_values_that_a_run_verified_are_both_in_doubt(store: Store, run_id: RunId) -> None:
    found = statuses(store)
    assert found["Principal may be lost."][0] == "verified"
    reason = "the run verified 2 values, and the field has one: another one stands on page 1"
    assert found["4 %"] == found["Returns"] == ("unsettled", reason)
    page = {
        value.value: (value.status, value.reason)
        for value in assembled(store.evidence.load(run_id), None).values
    }
    assert page["4 %"] == page["Returns"] == ("unsettled", reason)
    as_found = {row["value"]: row["status"] for row in store.reports.export(as_found=True)}
    assert as_found["4 %"] == as_found["Returns"] == "verified"


def test_what_a_person_decided_last_is_the_value_wherever_it_is_written(
    store: Store,
    connection: psycopg.Connection,
    run_id: RunId,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say(connection, run_id, "accepted", number(store, "4 %"))
    found = statuses(store)
    assert (found["4 %"][0], found["Returns"]) == ("accepted", ("unsettled", DECIDED_FOR_ANOTHER))
    say(connection, run_id, "accepted", number(store, "Returns"))
    found = statuses(store)
    assert (found["Returns"][0], found["4 %"]) == ("accepted", ("unsettled", DECIDED_FOR_ANOTHER))
    words = {"value": "steady", "quote": "steady", "spans": Jsonb([[43, 49]])}
    correct(connection, run_id, **words)  # over the cell: both values are accepted all the same
    found = statuses(store)
    assert found["steady"][0] == "accepted"
    assert found["4 %"] == found["Returns"] == ("unsettled", DECIDED_FOR_ANOTHER)
    assert found["Principal may be lost."][0] == "verified"
    page = {value.value: value.status for value in assembled(store.evidence.load(run_id), None).values}
    assert page == {"Principal may be lost.": "verified", "4 %": "unsettled", "Returns": "unsettled"}

    monkeypatch.setattr("tasks.store.store", lambda: store)
    out = tmp_path / "values.jsonl"
    outcome = Outcome(key="deals/a.pdf", schema_name="small", status=OutcomeStatus.DONE, run_id=run_id)
    assert write_lines([outcome], out) == len(found)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["value"] for row in rows if row["field"] == YIELD and row["status"] in ("verified", "accepted")] == ["steady"]  # fmt: skip
