"""What a plan and a comparison say to a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.backfill.diff import NEW, ChangeCounts, DocumentChanges
from tasks.backfill.plan import Selection, check, forecast_cost
from tasks.backfill.report import duration, end_markdown, forecast_basis, plan_rows, plan_summary
from tasks.core.backfill.changes import ChangeKind, Disagreement, ValueChange
from tasks.core.backfill.progress import BackfillProgress, BatchTally, DocumentState, Measured, Quantity
from tasks.core.errors import ConfigurationError
from tasks.core.records import ExtractionStatus, FieldName
from tasks.documents import RunOptions
from tasks.postgres.backfill_plans import ChosenCounts

CHOSEN = ChosenCounts(
    n_documents=100, n_current=20, n_new=50, n_read=50, n_pages=500, n_due_read=30, n_due_pages=330
)
EACH_CALLS_TWICE_A_PAGE = Measured(25, 250, 500, 2500, 5000, 10000)
PLAIN = Selection(schema_name="cv")
LOST = ValueChange(FieldName("term"), ChangeKind.LOST, "a year", ExtractionStatus.VERIFIED, None)


def test_unread_documents_are_taken_to_be_as_long_as_the_others_that_are_due():
    expected = forecast_cost(CHOSEN, PLAIN, {Quantity.CALLS: EACH_CALLS_TWICE_A_PAGE}, None)
    assert (expected.n_guessed, expected.n_pages) == (50, 330 + 50 * 11)
    calls = expected.quantities[Quantity.CALLS]
    assert calls.low == calls.expected == calls.high == 2 * expected.n_pages


def test_forced_documents_are_all_due():
    forced = Selection(schema_name="cv", options=RunOptions(force=True))
    expected = forecast_cost(CHOSEN, forced, {}, None)
    assert (expected.n_current, expected.n_guessed, expected.n_pages) == (0, 50, 1000)


def test_the_start_of_each_batch_is_on_the_clock():
    clock = {Quantity.CLOCK_S: Measured(25, 250, 250, 2500, 2500, 2500)}
    one_at_a_time = Selection(schema_name="cv", batch_size=40, batches_in_flight=1)
    clock_cost = forecast_cost(CHOSEN, one_at_a_time, clock, None).quantities[Quantity.CLOCK_S]
    assert clock_cost.expected == 880 + 2 * 10


def test_a_plan_without_measured_runs_says_so_and_how_to_get_them():
    expected = forecast_cost(CHOSEN, PLAIN, {}, None)
    assert "No forecast: it needs 20 measured runs of this schema and generator and has 0." in forecast_basis(
        expected
    )
    assert plan_summary(expected) == "100 documents, 80 to process, 880 pages"


def test_a_plan_is_told_with_its_interval_and_without_what_models_have_not():
    no_tokens = Measured(25, 250, 0, 2500, 0, 0)
    sums = {Quantity.CALLS: EACH_CALLS_TWICE_A_PAGE, Quantity.TOKENS_IN: no_tokens}
    rows = {row["what"]: row for row in plan_rows(forecast_cost(CHOSEN, PLAIN, sums, None))}
    assert rows["calls of the models"]["interval"] == "1,760 to 1,760"
    assert "tokens in" not in rows


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "5 s"), (100, "2 min"), (5400, "1 h 30 min"), (7200, "2 h"), (200_000, "2 d 7 h")],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str):
    assert duration(seconds) == text


@pytest.mark.parametrize("name", ["", "Spring", "a b", "-a", "x" * 64])
def test_a_name_that_an_artifact_could_not_have_is_refused(name: str):
    with pytest.raises(ConfigurationError, match="cannot be a backfill's name"):
        check(name, PLAIN)


def test_keys_outside_the_prefix_are_refused():
    with pytest.raises(ConfigurationError, match="1 key is not under the prefix"):
        check("a", Selection(schema_name="cv", prefix="in/", keys=["in/a", "out/b"]))


def test_changes_are_counted_by_cause_and_by_field():
    counts = ChangeCounts()
    for cause, changes in ("critic", (LOST, LOST)), ("critic", ()), ("schema", (LOST,)), (NEW, ()):
        counts.add(DocumentChanges("k", cause, changes))
    assert (counts.n_documents, counts.n_changed) == (4, 2)
    by_cause = {row["cause"]: (row["documents"], row["changed"], row["lost"]) for row in counts.by_cause()}
    assert by_cause == {"critic": (2, 1, 2), "schema": (1, 1, 1), NEW: (1, 0, 0)}
    assert [(row["cause"], row["lost"]) for row in counts.by_field()] == [("critic", 2), ("schema", 1)]


def test_disagreements_with_a_reviewer_are_counted_and_listed():
    counts = ChangeCounts()
    right = Disagreement(FieldName("rent"), "ada", True, "EUR 9", None)
    document = DocumentChanges(
        "k", "critic", (LOST,), (right, right, replace(right, is_right=False, field=FieldName("term")))
    )
    counts.add(document)
    assert counts.n_against == 3
    assert counts.by_reviewed_field() == [
        {"field": "rent", "right, now lost": 2, "wrong, now verified": 0},
        {"field": "term", "right, now lost": 0, "wrong, now verified": 1},
    ]
    assert [line.get("reviewer") for line in document.lines()] == [None, "ada", "ada", "ada"]
    assert [line["before"] for line in document.lines()][1:] == ["right", "right", "wrong"]
    text = end_markdown("spring", BackfillProgress({}), counts, [])
    assert "3 values of which a reviewer said otherwise" in text


def test_end_says_what_failed_and_what_to_do():
    tallies = {DocumentState.FAILED: BatchTally(30, 0), DocumentState.DONE: BatchTally(70, 0)}
    hostile = "[x](javascript:alert(1)).pdf"
    text = end_markdown(
        "spring", BackfillProgress(tallies), ChangeCounts(70, 5), [(hostile, "failed", "<b>")]
    )
    assert "| failed | 30 |" in text and "| done | 70 |" in text
    assert "5 of 70 documents have other values than before." in text
    assert rf"- `{hostile}`: failed, \<b\>" in text
    assert "- and 29 more: `countersign backfill show spring`" in text
    assert "Refused:" not in text
