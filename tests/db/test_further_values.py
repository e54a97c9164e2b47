"""Several values in one decision: each a row of its own, in one transaction, taken back together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from tasks.core.evidence.assemble import assembled
from tasks.core.records import RunId
from tasks.core.review.records import (
    EVERYTHING,
    MAX_ALSO,
    ItemKind,
    NewDecision,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
    Via,
)
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import ALL, RISK, YIELD, ask, is_open_cell, question, refused, rows
from tests.db.test_review_order import VALUES, WORDS, apart, grouped, said
from tests.db.test_review_order import ask as ask_in_order

Spans = tuple[tuple[int, int], ...]


def place(words: str) -> Spans:
    start = samples.TEXT.index(words)
    return ((start, start + len(words)),)


FIRST, SECOND, THIRD = (place(word) for word in WORDS[:3])


def decide(
    store: Store, item: ReviewItem, decision: ReviewDecision, spans: Spans = (), also: Sequence[Spans] = ()
) -> int:
    new = NewDecision(item.item_id, item.seen, decision, spans, "read it", tuple(also))
    return store.decisions.decide(new, EVERYTHING, "ada", Via.PAGE)


@pytest.fixture
def run_id(store: Store) -> str:
    return ask(store)


def standing(connection: psycopg.Connection) -> list[Any]:
    return connection.execute(
        "SELECT coalesce(said.quote, judged.quote), said.decision FROM standing_review said "
        "LEFT JOIN extraction judged USING (extraction_id) ORDER BY said.trail_position"
    ).fetchall()


def exported(store: Store, run_id: str) -> list[tuple[str, str]]:
    lines = store.reports.export(run=RunId(run_id))
    return [(line["quote"], line["status"]) for line in lines if line["field"] == YIELD]


def test_every_value_is_a_row_of_the_trail_over_a_question_of_its_own(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    decide(store, item, ReviewDecision.CORRECTED, FIRST, [SECOND, THIRD])
    assert rows(connection, "decision, quote, value, spans, reviewer, reason, asked_with", run_id) == [
        ("corrected", word, word, [list(spans[0])], "ada", "read it", asked)
        for word, spans, asked in zip(WORDS, (FIRST, SECOND, THIRD), (None, item.item_id, item.item_id), strict=False)
    ]  # fmt: skip
    assert len({row[0] for row in rows(connection, "created_at", run_id)}) == 1
    assert len({row[0] for row in rows(connection, "item_id", run_id)}) == 3
    assert item.item_id not in [one.item_id for one in store.review_queue.page(ALL, EVERYTHING)]
    assert store.review_queue.count(ALL, EVERYTHING) == 2
    assert not is_open_cell(connection, run_id)
    assert store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]
    book = "SELECT kind, quote, is_overruled FROM error_book WHERE source = 'review' ORDER BY error_entry_id"
    assert connection.execute(book).fetchall() == [("missing", word, False) for word in WORDS[:3]]


def test_further_values_stand_beside_a_value_that_is_right(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    decide(store, item, ReviewDecision.ACCEPTED, (), [FIRST])
    assert standing(connection) == [("4 % a year", "accepted"), (WORDS[0], "corrected")]
    assert exported(store, run_id) == [("4 % a year", "accepted"), (WORDS[0], "accepted")]
    history = store.review_queue.history(item.item_id, EVERYTHING)
    assert [(one.quote, one.holds, one.asked_with) for one in history] == [
        (None, True, None),
        (WORDS[0], True, item.item_id),
    ]


def test_explain_and_the_evidence_page_show_further_values(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    decide(store, item, ReviewDecision.ACCEPTED, (), [FIRST, SECOND])
    assert item.extraction_id is not None
    trail = store.trail.explain(item.extraction_id)["trail"]
    steps = [step for step in trail if step["step"] == "review"]
    assert [(step["value"], step["about_it"], step["holds"]) for step in steps] == [
        (None, True, True),
        (WORDS[0], False, True),
        (WORDS[1], False, True),
    ]
    page = assembled(store.evidence.load(RunId(run_id)), None)
    fields = {field.name: [(one.value, one.pages) for one in field.reviews] for field in page.fields}
    assert fields[YIELD] == [(WORDS[0], (1,)), (WORDS[1], (1,))]


def test_undo_takes_the_whole_decision_back_and_asks_one_question(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    review_id = decide(store, item, ReviewDecision.CORRECTED, FIRST, [SECOND])
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert standing(connection) == []
    assert [row[0] for row in rows(connection, "decision", run_id)] == ["corrected"] * 2 + ["withdrawn"] * 2
    assert store.review_queue.count(ALL, EVERYTHING) == 3
    assert store.review_queue.item(item.item_id, EVERYTHING).is_open
    assert is_open_cell(connection, run_id)
    assert store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]
    assert connection.execute("SELECT DISTINCT is_overruled FROM error_book").fetchall() == [(True,)]


def test_a_further_value_that_is_taken_back_takes_the_decision_with_it(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.CORRECTED, FIRST, [SECOND])
    *_, (further,) = rows(connection, "review_id", run_id)
    store.decisions.withdraw(further, EVERYTHING, "ada")
    assert standing(connection) == []


def test_another_decision_replaces_all_values_of_the_one_before_and_gives_them_back(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    decide(store, item, ReviewDecision.CORRECTED, FIRST, [SECOND])
    again = store.review_queue.item(item.item_id, EVERYTHING)
    second = decide(store, again, ReviewDecision.CORRECTED, FIRST, [THIRD])
    assert [row[0] for row in standing(connection)] == [WORDS[0], WORDS[2]]
    again = store.review_queue.item(item.item_id, EVERYTHING)
    third = decide(store, again, ReviewDecision.NOT_IN_DOCUMENT)
    assert {row[1] for row in standing(connection)} == {"not_in_document"}
    store.decisions.withdraw(third, EVERYTHING, "ada")
    store.decisions.withdraw(second, EVERYTHING, "ada")
    assert [row[0] for row in standing(connection)] == [WORDS[0], WORDS[1]]


def test_further_words_that_the_run_has_accept_its_value(
    store: Store, connection: psycopg.Connection
) -> None:
    """Of the values that the question shows, and of one that has a question of its own."""
    run_id = ask_in_order(store)
    item = grouped(store)
    verified = VALUES[0].citation
    assert verified is not None
    also = [item.others[0].spans, tuple((s.start, s.end) for s in verified.spans)]
    n_open = store.review_queue.count(ALL, EVERYTHING)
    review_id = decide(store, item, ReviewDecision.ACCEPTED, (), also)
    assert [decided for _, decided in said(connection, run_id)] == ["accepted", "accepted"]
    assert store.review_queue.count(ALL, EVERYTHING) == n_open - 2
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert [decided for _, decided in said(connection, run_id)] == [None, None]
    assert store.review_queue.count(ALL, EVERYTHING) == n_open


def test_further_words_of_another_extent_correct_the_value_that_is_shown_there(
    store: Store, connection: psycopg.Connection
) -> None:
    values, drafts = apart(WORDS[2], WORDS[4])
    samples.put_document(store)
    run_id = samples.do_run(store, values=values, items=drafts)
    longer = ((THIRD[0][0], THIRD[0][1] + 1 + len(WORDS[3])),)
    decide(store, grouped(store), ReviewDecision.ACCEPTED, (), [longer])
    assert [decided for _, decided in said(connection, run_id)] == ["accepted", "corrected", None]
    (rest,) = store.review_queue.page(ALL, EVERYTHING)
    assert rest.value == WORDS[4]
    kinds = connection.execute("SELECT kind FROM error_book WHERE source = 'review' ORDER BY error_entry_id")
    assert kinds.fetchall() == [("correct",), ("boundary",)]


def test_the_own_words_among_the_further_ones_are_right(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    decide(store, item, ReviewDecision.CORRECTED, FIRST, [item.spans])
    assert standing(connection) == [("4 % a year", "accepted"), (WORDS[0], "corrected")]


def test_all_values_hold_over_the_next_run(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    values, drafts = apart(WORDS[2], WORDS[4])
    samples.do_run(store, values=values, items=drafts)
    decide(store, grouped(store), ReviewDecision.ACCEPTED, (), [THIRD, SECOND])
    newer = samples.do_run(store, version="2", values=values, items=drafts)
    assert rows(connection, "decision, quote, carried_from IS NOT NULL", newer) == [
        ("accepted", None, True),
        ("accepted", None, True),
        ("corrected", WORDS[1], True),
    ]
    assert [(one.value, one.others) for one in store.review_queue.page(ALL, EVERYTHING)] == [(WORDS[4], ())]
    assert store.trail.verify(newer).holds  # pyright: ignore[reportArgumentType]


def test_a_decision_teaches_what_all_its_values_gain(store: Store, connection: psycopg.Connection) -> None:
    """As the pure queue: two values are found."""
    ask_in_order(store)
    (item,) = (i for i in store.review_queue.page(ALL, EVERYTHING) if i.kind is ItemKind.PASSAGE)
    decide(store, item, ReviewDecision.CORRECTED, FIRST, [place(" ".join(WORDS[4:6]))])
    taught = connection.execute("SELECT gained FROM review_experience WHERE kind = 'passage'").fetchone()
    assert taught == (pytest.approx(2.0),)


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    "decision", [ReviewDecision.REJECTED, ReviewDecision.NOT_IN_DOCUMENT, ReviewDecision.GOLD_WRONG]
)
def test_further_values_belong_to_a_value_that_is_right(
    store: Store, connection: psycopg.Connection, run_id: str, decision: ReviewDecision
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    code = RefusalCode.NO_GOLD if decision is ReviewDecision.GOLD_WRONG else RefusalCode.ALSO_OF_WRONG
    refused(code, lambda: decide(store, item, decision, (), [FIRST]))
    assert rows(connection, "decision", run_id) == []


def test_a_decision_has_so_many_values_at_most(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    also = [((n, n + 1),) for n in range(MAX_ALSO + 1)]
    refused(RefusalCode.ALSO_OF_WRONG, lambda: decide(store, item, ReviewDecision.ACCEPTED, (), also))


def test_a_field_with_one_value_has_no_further_ones(store: Store, connection: psycopg.Connection) -> None:
    run_id = ask(store)
    connection.execute(
        "UPDATE schema_version SET definition = jsonb_set(definition, '{fields,0,cardinality}', '\"one\"')"
    )
    item = question(store, ItemKind.VALUE, YIELD)
    refused(RefusalCode.ONE_VALUE, lambda: decide(store, item, ReviewDecision.ACCEPTED, (), [SECOND]))
    assert rows(connection, "decision", run_id) == []


def test_no_words_are_said_twice(store: Store, connection: psycopg.Connection, run_id: str) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    corrected = ReviewDecision.CORRECTED
    for spans, also in ((FIRST, [FIRST]), (FIRST, [SECOND, SECOND])):
        refused(RefusalCode.SAME_WORDS, lambda s=spans, a=also: decide(store, item, corrected, s, a))
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    wrong = tuple((s.start, s.end) for s in samples.extractions()[0].citation.spans)  # pyright: ignore[reportOptionalMemberAccess]
    told = refused(RefusalCode.SAME_WORDS, lambda: decide(store, item, corrected, FIRST, [wrong]))
    assert told.by == "ada"
    assert len(rows(connection, "decision", run_id)) == 1


def test_further_words_are_words_of_the_text(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    for spans in ((), ((5, 5),), ((0, 10_000),)):
        refused(RefusalCode.NO_WORDS, lambda s=spans: decide(store, item, ReviewDecision.ACCEPTED, (), [s]))
    assert rows(connection, "decision", run_id) == []
