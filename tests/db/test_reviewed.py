"""What a person decided shows wherever the value shows: export, explain, evidence page, boards, error book."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from rich.console import Console
from typer.testing import CliRunner

from infra.cli.errors import app as errors_app
from infra.cli.explain import show
from tasks.core.backfill.changes import disagreements
from tasks.core.evidence.assemble import assembled
from tasks.core.evidence.html import write_page
from tasks.core.records import Citation, FieldName, MatchKind, RunId, Span
from tasks.core.review.records import EVERYTHING, ItemKind, NewDecision, ReviewDecision, Via
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import VALUES, ask, question

RISK, YIELD = "principal_at_risk", "yield"
WORDS = "4 % a year"
PLACE = [[samples.TEXT.index(WORDS), samples.TEXT.index(WORDS) + len(WORDS)]]


@pytest.fixture
def run_id(store: Store) -> RunId:
    samples.put_document(store)
    return samples.do_run(store)


def numbers(store: Store, run_id: RunId) -> dict[str, int]:
    """The extraction of each field."""
    return {row["field"]: row["extraction"] for row in store.reports.export(run=run_id)}


def say(
    connection: psycopg.Connection,
    run_id: RunId,
    decision: str,
    number: int | None = None,
    field: str = RISK,
    **more: Any,
) -> int:
    """A person's decision over a value, or over the cell of a field in chunk 0; gives its number."""
    values = {
        "run_id": run_id, "decision": decision, "number": number, "field": field, "value": None, "quote": None, "spans": None, "pages": None,
        "reviewer": "ada", "reason": "as written", "withdraws": None, "carried_from": None, "shown": Jsonb({"via": "command"}), "at": None,
    } | more  # fmt: skip
    row = connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, value, quote, spans, pages, reviewer, reason, withdraws, "
        "carried_from, shown, created_at) "
        "SELECT run.run_id, chunk.chunk_id, coalesce(judged.field, %(field)s), judged.extraction_id, %(decision)s::review_decision, %(value)s, "
        "%(quote)s, %(spans)s, %(pages)s, %(reviewer)s, %(reason)s, %(withdraws)s, %(carried_from)s, %(shown)s, coalesce(%(at)s, now()) "
        "FROM run LEFT JOIN extraction judged ON judged.extraction_id = %(number)s "
        "JOIN chunk ON chunk.reading_id = run.reading_id AND (chunk.chunk_id = judged.chunk_id OR judged.chunk_id IS NULL AND chunk_index = 0) "
        "WHERE run.run_id = %(run_id)s RETURNING review_id",
        values,
    ).fetchone()
    assert row is not None
    return row[0]


def carried_over(connection: psycopg.Connection, first: int) -> int:
    """The number of the decision in the newer run."""
    ((number,),) = connection.execute(
        "SELECT review_id FROM review WHERE carried_from = %s", (first,)
    ).fetchall()
    return number


def correct(connection: psycopg.Connection, run_id: RunId, number: int | None = None, **more: Any) -> int:
    right = {"value": WORDS, "quote": WORDS, "spans": Jsonb(PLACE), "pages": [1], "field": YIELD}
    return say(connection, run_id, "corrected", number, **(right | more))


def lines(store: Store, **query: Any) -> list[tuple[str, str, str, str | None]]:
    return [
        (row["field"], row["status"], row["value"], row["review"] and row["review"]["decision"])
        for row in store.reports.export(**query)
    ]


# ---------------------------------------------------------------- export


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        ("accepted", "accepted"),
        ("rejected", "rejected"),
        ("not_in_document", "rejected"),
        ("gold_wrong", "accepted"),
    ],
)
def test_export_says_what_a_person_made_of_a_value(
    decision: str, status: str, store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    say(connection, run_id, decision, numbers(store, run_id)[RISK])
    found, invented = store.reports.export()
    assert (found["status"], invented["status"], invented["review"]) == (status, "rejected", None)
    at = found["review"].pop("at")
    assert found["review"] == {
        "decision": decision,
        "reviewer": "ada",
        "reason": "as written",
        "found": "verified",
    }
    assert at.endswith("Z") and at[:2] == "20"


def test_a_rejected_value_that_is_right_is_accepted(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    say(connection, run_id, "accepted", numbers(store, run_id)[YIELD])
    assert (YIELD, "accepted", "5 %", "accepted") in lines(store)


def test_a_correction_is_a_line_of_its_own(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    number = numbers(store, run_id)[YIELD]
    correct(connection, run_id, number)
    rows = [row for row in store.reports.export() if row["field"] == YIELD]
    wrong, right = rows
    assert (wrong["status"], wrong["value"], wrong["review"]["found"]) == ("rejected", "5 %", "rejected")
    assert (right["status"], right["value"], right["quote"], right["display"]) == (
        "accepted",
        WORDS,
        WORDS,
        WORDS,
    )
    assert (right["spans"], right["pages"], right["footnote"]) == (PLACE, [1], None)
    assert (right["extraction"], right["round"], right["score"], right["review"]["found"]) == (
        number,
        None,
        None,
        None,
    )
    assert (right["parts"], right["places"], right["reason"]) == ([], [], "")
    assert list(right) == list(wrong)


def test_words_that_were_overlooked_are_a_line_without_an_extraction(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    correct(connection, run_id)
    assert (YIELD, "accepted", WORDS, "corrected") in lines(store)
    assert [row["extraction"] for row in store.reports.export() if row["value"] == WORDS] == [None]


def test_a_correction_to_the_words_of_another_value_accepts_that_value(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    found, invented = samples.extractions()
    other = replace(invented, field=FieldName(RISK))
    again = samples.do_run(store, version="2", values=(found, other))
    wrong = next(row["extraction"] for row in store.reports.export(run=again) if row["value"] == "5 %")
    place = [[samples.NOTE_START, samples.NOTE_START + 22]]
    correct(
        connection,
        again,
        wrong,
        spans=Jsonb(place),
        value="Principal may be lost.",
        quote="Principal may be lost.",
    )
    assert lines(store, run=again) == [
        (RISK, "accepted", "Principal may be lost.", "corrected"),
        (RISK, "rejected", "5 %", "corrected"),
    ]


def test_a_value_corrected_to_its_own_words_stays(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    place = [[samples.NOTE_START, samples.NOTE_START + 22]]
    correct(
        connection,
        run_id,
        numbers(store, run_id)[RISK],
        spans=Jsonb(place),
        value="lost",
        quote="Principal may be lost.",
    )
    assert lines(store)[0] == (RISK, "accepted", "Principal may be lost.", "corrected")
    assert len(lines(store)) == 2


def test_a_field_that_is_not_in_the_document_has_no_value(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    say(connection, run_id, "not_in_document")
    assert lines(store)[0] == (RISK, "rejected", "Principal may be lost.", "not_in_document")


def test_of_several_decisions_the_last_one_holds(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    number = numbers(store, run_id)[RISK]
    say(connection, run_id, "rejected", number)
    say(connection, run_id, "accepted", number, reviewer="ben")
    assert lines(store)[0][1] == "accepted"
    say(connection, run_id, "not_in_document")
    assert lines(store)[0][1] == "rejected"
    correct(connection, run_id, field=RISK)
    assert (RISK, "accepted", WORDS, "corrected") in lines(store)


def test_a_decision_that_is_withdrawn_does_not_hold(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    before = lines(store)
    for decision in (
        say(connection, run_id, "rejected", numbers(store, run_id)[RISK]),
        correct(connection, run_id, numbers(store, run_id)[YIELD]),
    ):
        say(connection, run_id, "withdrawn", withdraws=decision)
    assert lines(store) == before


def test_a_decision_that_was_carried_over_says_when_it_was_made(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    first = say(connection, run_id, "rejected", numbers(store, run_id)[RISK], at="2026-03-01T08:00:00+01:00")
    samples.do_run(store, version="2")
    carried_over(connection, first)
    (review,) = (row["review"] for row in store.reports.export() if row["review"])
    assert review["at"] == "2026-03-01T07:00:00Z"


# ---------------------------------------------------------------- explain


def explained(store: Store, number: int) -> str:
    page = io.StringIO()
    show(store.trail.explain(number), Console(file=page, width=140))
    return page.getvalue()


def reviews(store: Store, number: int) -> list[tuple[str, bool, bool]]:
    steps = [step for step in store.trail.explain(number)["trail"] if step["step"] == "review"]
    return [(step["decision"], step["about_it"], step["holds"]) for step in steps]


def test_explain_says_who_decided_when_why_and_how(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    number = numbers(store, run_id)[RISK]
    at = "2026-03-01T08:00:00+01:00"
    first = say(connection, run_id, "rejected", number, at=at, reviewer="ben", reason="a mere risk")
    said = explained(store, number)
    assert "decided   rejected by ben" in said
    assert [line.strip() for line in said.splitlines()][-3:-1] == ["ben said rejected", "a mere risk"]
    assert f"decision {first}, 2026-03-01 07:00 UTC, by command" in said
    again = samples.do_run(store, version="2")
    number = numbers(store, again)[RISK]
    carried_over(connection, first)
    assert f"2026-03-01 07:00 UTC, by command, over run {run_id}, and carried over" in explained(
        store, number
    )


def test_explain_shows_decisions_that_do_not_hold_any_more(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    number = numbers(store, run_id)[RISK]
    first = say(connection, run_id, "rejected", number)
    say(connection, run_id, "withdrawn", number, withdraws=first)
    assert reviews(store, number) == [("rejected", True, False), ("withdrawn", True, False)]
    said = explained(store, number)
    assert (
        "it does not hold any more" in said
        and f"said withdrawn decision {first}" in said
        and "decided " not in said
    )


def test_explain_tells_decisions_over_the_value_from_others_of_its_field(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    number = numbers(store, run_id)[YIELD]
    correct(connection, run_id)
    say(connection, run_id, "not_in_document", field=YIELD)
    say(connection, run_id, "rejected", field=RISK)
    assert reviews(store, number) == [("corrected", False, False), ("not_in_document", True, True)]
    assert "of another value of the field: 4 % a year" in explained(store, number)
    json.dumps(store.trail.explain(number), default=str)


# ---------------------------------------------------------------- evidence page


def test_the_evidence_page_shows_decisions_with_their_values_and_fields(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    number = numbers(store, run_id)[RISK]
    first = say(connection, run_id, "accepted", number, at="2026-03-01T08:00:00+01:00")
    again = samples.do_run(store, version="2")
    number = numbers(store, again)[RISK]
    carried = carried_over(connection, first)
    correct(connection, again)
    page = assembled(store.evidence.load(again), None)
    (value,) = (v for v in page.values if v.extraction_id == number)
    assert value.history.decided is not None
    assert (
        value.history.decided.at.isoformat(),
        value.history.decided.is_carried,
        value.history.decided.via,
    ) == (
        "2026-03-01T07:00:00+00:00",
        True,
        "command",
    )
    assert {f.name: [(r.value, r.pages) for r in f.reviews] for f in page.fields} == {
        RISK: [],
        YIELD: [(WORDS, (1,))],
    }
    html = write_page(page)
    assert "over an earlier run" in html and WORDS in html
    say(connection, again, "withdrawn", number, withdraws=carried)
    (value,) = (v for v in assembled(store.evidence.load(again), None).values if v.extraction_id == number)
    assert [(r.decision, r.holds) for r in value.history.reviews] == [
        ("accepted", False),
        ("withdrawn", True),
    ]
    assert value.history.decided is None


# ---------------------------------------------------------------- boards


def put_question(
    connection: psycopg.Connection, run_id: RunId, reason: str, age: str = "0 days", is_open: bool = True
) -> None:
    """A question about a cell."""
    connection.execute(
        "INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, worth, reason, is_open, created_at) "
        "SELECT run_id, document_id, schema_name, schema_version_id, chunk_id, field, 'passage', 1, %s, %s, now() - %s::interval "
        "FROM coverage JOIN run USING (run_id) WHERE run_id = %s AND field = %s LIMIT 1",
        (reason, is_open, age, run_id, RISK),
    )


def test_the_board_counts_open_questions_by_reason_and_age(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    assert store.boards.rows("questions") == []
    for age in ("0 days", "3 days", "10 days", "40 days"):
        put_question(connection, run_id, "doubtful", age)
    put_question(connection, run_id, "overlooked", "8 days")
    put_question(connection, run_id, "overlooked", is_open=False)
    rows = store.boards.rows("questions")
    assert [(r["reason"], r["n_questions"], r["n_new"], r["n_week_old"], r["n_month_old"]) for r in rows] == [
        ("doubtful", 4, 1, 2, 1),
        ("overlooked", 1, 0, 1, 0),
    ]


def test_the_board_counts_what_is_withdrawn_and_carried_over_rightly(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    def counted() -> dict[str, int]:
        return {row["decision"]: row["n_reviews"] for row in store.boards.rows("reviews_by_day")}

    def reviewed() -> tuple[int, int]:
        (row,) = store.boards.rows("reviewed_by_day")
        return row["n_open_cells"], row["n_reviewed"]

    first = say(connection, run_id, "rejected", field=RISK)
    say(connection, run_id, "not_in_document", field=YIELD)
    assert (counted(), reviewed()) == ({"rejected": 1, "not_in_document": 1}, (1, 1))
    samples.do_run(store, version="2")
    carried_over(connection, first)
    assert (counted(), reviewed()) == ({"rejected": 1, "not_in_document": 1}, (2, 2))
    say(connection, run_id, "withdrawn", field=RISK, withdraws=first)
    assert (counted(), reviewed()) == ({"rejected": 1, "not_in_document": 1, "withdrawn": 1}, (2, 1))


# ---------------------------------------------------------------- backfill diff


def test_a_pair_of_a_backfill_has_what_persons_said_of_the_run_before(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    ours = numbers(store, run_id)
    say(connection, run_id, "accepted", ours[RISK])
    correct(connection, run_id, ours[YIELD])
    taken_back = say(connection, run_id, "rejected", field=RISK)
    say(connection, run_id, "withdrawn", withdraws=taken_back)
    later = samples.do_run(store, version="2")
    connection.execute(
        "WITH made AS (INSERT INTO backfill (name, state, selection, n_documents) VALUES ('again', 'done', '{}', 1) RETURNING backfill_id) "
        "INSERT INTO backfill_document (backfill_id, position, key, is_current, state, earlier_run_id, run_id, ended_at) "
        "SELECT backfill_id, 1, 'deals/a.pdf', false, 'done', %s, %s, now() FROM made",
        (run_id, later),
    )
    (pair,) = store.backfills.pairs(store.backfills.by_name("again").backfill_id)
    assert [(r.field, r.reviewer, r.is_right, r.value, r.normal) for r in pair.reviews] == [
        (RISK, "ada", True, "Principal may be lost.", None),
        (YIELD, "ada", True, WORDS, None),
        (YIELD, "ada", False, "5 %", "5 %"),
    ]
    assert [(d.field, d.value) for d in disagreements(pair.reviews, pair.later_values)] == [(YIELD, WORDS)]
    say(connection, run_id, "not_in_document", field=RISK)
    (pair,) = store.backfills.pairs(store.backfills.by_name("again").backfill_id)
    assert (RISK, False, None) in [(r.field, r.is_right, r.value) for r in pair.reviews]


# ---------------------------------------------------------------- after another run of the same document


def decided(
    store: Store, decision: ReviewDecision, field: str, kind: ItemKind = ItemKind.VALUE, spans: Any = ()
) -> int:
    item = question(store, kind, field)
    return store.decisions.decide(
        NewDecision(item.item_id, item.seen, decision, spans), EVERYTHING, "ada", Via.SHEET
    )


def standing(store: Store, run: RunId | None = None) -> list[tuple[str, str, str]]:
    """Status, field and quote of every line that is not rejected."""
    rows = store.reports.export(run=run)
    return sorted((row["status"], row["field"], row["quote"]) for row in rows if row["status"] != "rejected")


def test_a_reviewed_value_is_not_undone_by_another_run(store: Store) -> None:
    first = RunId(ask(store))
    decided(store, ReviewDecision.ACCEPTED, YIELD)
    decided(store, ReviewDecision.REJECTED, RISK)
    before = [("accepted", YIELD, "4 % a year")]
    assert standing(store) == before
    again = RunId(ask(store, version="2"))
    assert again != first
    assert standing(store) == standing(store, again) == before
    reviews = [row["review"] for row in store.reports.export() if row["review"]]
    assert {(r["reviewer"], r["decision"]) for r in reviews} == {("ada", "accepted"), ("ada", "rejected")}


def test_a_value_that_another_run_does_not_draft_any_more_stays(store: Store) -> None:
    ask(store)
    decided(store, ReviewDecision.ACCEPTED, YIELD)
    again = samples.do_run(store, version="2", values=VALUES[:1])
    assert standing(store) == [
        ("accepted", YIELD, "4 % a year"),
        ("verified", RISK, "Principal may be lost."),
    ]
    (row,) = (row for row in store.reports.export(run=again) if row["field"] == YIELD)
    assert (row["extraction"], row["review"]["reviewer"], row["value"]) == (None, "ada", "4 %")


def test_a_correction_stays_whether_another_run_repeats_the_mistake_or_mends_it(store: Store) -> None:
    ask(store)
    decided(store, ReviewDecision.CORRECTED, YIELD, spans=((4, 23),))
    right = [("accepted", YIELD, "yield is 4 % a year"), ("verified", RISK, "Principal may be lost.")]
    assert standing(store) == right
    ask(store, version="2")
    assert standing(store) == right
    mended = replace(
        VALUES[1], value="yield is 4 % a year", quote="yield is 4 % a year",
        citation=Citation((Span(4, 23),), (1,), None, MatchKind.EXACT),
    )  # fmt: skip
    samples.do_run(store, version="3", values=(VALUES[0], mended))
    assert standing(store) == right
    assert len([row for row in store.reports.export() if row["field"] == YIELD]) == 1


def test_words_that_were_overlooked_and_a_field_without_a_value_stay(store: Store) -> None:
    ask(store)
    decided(store, ReviewDecision.CORRECTED, RISK, ItemKind.PASSAGE, spans=((25, 53),))
    decided(store, ReviewDecision.NOT_IN_DOCUMENT, YIELD)
    kept = [("accepted", RISK, samples.TEXT[25:53]), ("verified", RISK, "Principal may be lost.")]
    assert standing(store) == kept
    ask(store, version="2")
    assert standing(store) == kept


def test_another_reading_keeps_what_was_decided(store: Store) -> None:
    ask(store)
    decided(store, ReviewDecision.CORRECTED, YIELD, spans=((4, 23),))
    moved = samples.reading("reader-2")
    store.readings.save(samples.document_id("a"), moved, samples.chunks(), {"max_chars": 6000})
    samples.do_run(store, reader_version="reader-2", values=VALUES[:1])
    assert standing(store)[0] == ("accepted", YIELD, "yield is 4 % a year")


def test_what_is_taken_back_says_again_what_the_run_said(store: Store) -> None:
    run = RunId(ask(store))
    before = lines(store, run=run)
    number = decided(store, ReviewDecision.NOT_IN_DOCUMENT, YIELD)
    assert lines(store, run=run) != before
    store.decisions.withdraw(number, EVERYTHING, "ada")
    assert lines(store, run=run) == before


def test_the_error_book_lists_what_a_person_decided(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(store)
    decided(store, ReviewDecision.CORRECTED, YIELD, spans=((4, 23),))
    number = decided(store, ReviewDecision.REJECTED, RISK)
    monkeypatch.setattr("infra.cli.errors.list.open_store", lambda: Store(database_url))

    def listed() -> list[tuple[str, str, bool]]:
        said = CliRunner().invoke(errors_app, ["list", "--json"])
        rows = [json.loads(line) for line in said.output.splitlines()]
        return sorted((row["kind"], row["field"], row["overruled"]) for row in rows)

    assert listed() == [("boundary", YIELD, False), ("redundant", RISK, False)]
    store.decisions.withdraw(number, EVERYTHING, "ada")
    assert listed() == [("boundary", YIELD, False), ("redundant", RISK, True)]
