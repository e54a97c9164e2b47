"""A person's decision: checked, appended, its question closed; two persons never overwrite each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tasks.core.errors import StoreConflict
from tasks.core.records import Citation, Extraction, ExtractionStatus, FieldName, MatchKind, Span
from tasks.core.review.items import ItemDraft
from tasks.core.review.records import (
    EVERYTHING,
    DecisionRefused,
    ItemKind,
    NewDecision,
    QueueFilter,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
    Scope,
    Via,
)
from tasks.postgres.store import Store
from tests.db import samples

RISK, YIELD = FieldName("principal_at_risk"), FieldName("yield")
ALL = QueueFilter()
RATE = (Span(13, 23),)  # "4 % a year"
YIELD_VALUE = Extraction(
    0,
    YIELD,
    ExtractionStatus.UNSETTLED,
    "4 %",
    "4 % a year",
    Citation(RATE, (1,), None, MatchKind.EXACT),
    1,
    0.4,
    "doubted",
)
VALUES = (samples.extractions()[0], YIELD_VALUE)
BODY = Citation((Span(0, len(samples.BODY)),), (1,), None, MatchKind.EXACT)
ITEMS = (
    ItemDraft(ItemKind.VALUE, RISK, 1, 0, None, 0.93, 0.07, "nearly_wrong"),
    ItemDraft(ItemKind.VALUE, YIELD, 0, 1, None, 0.4, 0.4, "doubtful"),
    ItemDraft(ItemKind.PASSAGE, RISK, 0, None, BODY, 0.6, 0.6, "overlooked"),
)


def ask(store: Store, content: str = "a", key: str = "deals/a.pdf", **details: Any) -> str:
    """A done run that asks about a verified value, a doubted one and a passage; gives its id."""
    samples.put_document(store, content, key)
    return samples.do_run(store, content, **{"values": VALUES, "items": ITEMS, **details})


def question(store: Store, kind: ItemKind, field: str, scope: Scope = EVERYTHING) -> ReviewItem:
    (found,) = store.review_queue.page(QueueFilter(kind=kind, field=field), scope)
    return found


def decide(
    store: Store,
    item: ReviewItem,
    decision: ReviewDecision,
    spans: tuple[tuple[int, int], ...] = (),
    reviewer: str = "ada",
    scope: Scope = EVERYTHING,
) -> int:
    new = NewDecision(item.item_id, item.seen, decision, spans, "read it")
    return store.decisions.decide(new, scope, reviewer, Via.PAGE)


def refused(code: RefusalCode, call: Callable[[], object]) -> DecisionRefused:
    with pytest.raises(DecisionRefused) as caught:
        call()
    assert caught.value.code is code
    return caught.value


def rows(connection: psycopg.Connection, columns: str, run_id: str) -> list[Any]:
    return connection.execute(
        f"SELECT {columns} FROM review WHERE run_id = %s ORDER BY trail_position",  # pyright: ignore[reportArgumentType]
        (run_id,),
    ).fetchall()


def is_open_cell(connection: psycopg.Connection, run_id: str) -> bool:
    statement = "SELECT FROM open_cell WHERE run_id = %s AND field = 'principal_at_risk'"
    return connection.execute(statement, (run_id,)).rowcount > 0


@pytest.fixture
def run_id(store: Store) -> str:
    return ask(store)


def test_accepted_value_closes_its_question_and_says_what_was_shown(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    review_id = decide(store, item, ReviewDecision.ACCEPTED)
    after = store.review_queue.item(item.item_id, EVERYTHING)
    assert (after.is_open, after.seen, after.decision, after.decided_by) == (
        False,
        review_id,
        ReviewDecision.ACCEPTED,
        "ada",
    )
    shown = {
        "kind": "value",
        "status": "unsettled",
        "value": "4 %",
        "quote": "4 % a year",
        "spans": [[13, 23]],
        "score": 0.4,
        "worth": 0.4,
        "via": "page",
    }
    assert rows(connection, "decision, extraction_id, item_id, value, shown", run_id) == [
        ("accepted", item.extraction_id, item.item_id, None, shown)
    ]
    assert [i.field for i in store.review_queue.page(QueueFilter(field=YIELD), EVERYTHING)] == []


def test_gold_is_wrong_only_where_there_is_gold(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    refused(RefusalCode.NO_GOLD, lambda: decide(store, item, ReviewDecision.GOLD_WRONG))
    assert rows(connection, "decision", run_id) == []


def test_correction_takes_the_words_of_the_text_with_their_page_note_and_form(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    start = samples.NOTE_START
    decide(store, item, ReviewDecision.CORRECTED, ((start, start + 9),))
    ((value, quote, spans, pages, is_noted),) = rows(
        connection, "value, quote, spans, pages, footnote_id IS NOT NULL", run_id
    )
    assert (value, quote, spans, pages, is_noted) == (
        "Principal",
        "Principal",
        [[start, start + 9]],
        [1],
        True,
    )


def test_correction_to_the_very_words_is_an_acceptance(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    decide(store, item, ReviewDecision.CORRECTED, item.spans)
    assert rows(connection, "decision, value", run_id) == [("accepted", None)]


@pytest.mark.parametrize(
    "spans",
    [
        (),
        ((5, 5),),
        ((9, 4),),
        ((-1, 4),),
        ((0, 10_000),),
        ((4, 9), (0, 3)),
        ((3, 4),),  # a blank
    ],
)
def test_correction_without_words_of_the_text_is_refused(
    store: Store, connection: psycopg.Connection, run_id: str, spans: tuple[tuple[int, int], ...]
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    refused(RefusalCode.NO_WORDS, lambda: decide(store, item, ReviewDecision.CORRECTED, spans))
    assert rows(connection, "decision", run_id) == []
    assert store.review_queue.item(item.item_id, EVERYTHING).is_open


def test_passage_is_not_accepted_without_words(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    refused(RefusalCode.NO_WORDS, lambda: decide(store, item, ReviewDecision.ACCEPTED))


def test_words_of_another_chunk_are_missing_there_in_the_book(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, RISK)  # in the note, which is chunk 1
    decide(store, item, ReviewDecision.CORRECTED, ((0, 9),))
    entered = connection.execute(
        "SELECT kind, chunk_index FROM error_book WHERE source = 'review' ORDER BY error_entry_id"
    ).fetchall()
    assert entered == [("redundant", 1), ("missing", 0)]


def test_second_reviewer_is_told_who_decided(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    decide(store, item, ReviewDecision.ACCEPTED)
    second = refused(
        RefusalCode.DECIDED_MEANWHILE,
        lambda: decide(store, item, ReviewDecision.REJECTED, reviewer="bob"),
    )
    assert second.by == "ada"
    assert isinstance(second, StoreConflict)
    assert rows(connection, "decision", run_id) == [("accepted",)]


def test_two_reviewers_at_once_make_one_decision(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    items = store.review_queue.page(ALL, EVERYTHING)
    said: list[tuple[str, str]] = []
    told: list[str | None] = []

    def work(reviewer: str) -> None:
        for item in items:
            barrier.wait()
            try:
                decide(store, item, ReviewDecision.REJECTED, reviewer=reviewer)
                said.append((reviewer, item.field))
            except DecisionRefused as error:
                assert error.code is RefusalCode.DECIDED_MEANWHILE
                told.append(error.by)

    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=work, args=(name,)) for name in ("ada", "bob", "eve", "kim")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == len(items) == 3
    assert len(told) == 9
    assert set(told) <= {"ada", "bob", "eve", "kim"}
    assert len(rows(connection, "decision", run_id)) == 3
    assert store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]


def test_reviewer_who_saw_a_decision_may_decide_otherwise(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    decide(store, item, ReviewDecision.ACCEPTED)
    seen = store.review_queue.item(item.item_id, EVERYTHING)
    second = decide(store, seen, ReviewDecision.REJECTED, reviewer="bob")
    after = store.review_queue.item(item.item_id, EVERYTHING)
    assert (after.decision, after.decided_by) == (ReviewDecision.REJECTED, "bob")
    store.decisions.withdraw(second, EVERYTHING, "bob")
    after = store.review_queue.item(item.item_id, EVERYTHING)
    assert (after.decision, after.decided_by, after.is_open) == (ReviewDecision.ACCEPTED, "ada", False)
    holds = connection.execute("SELECT kind, is_overruled FROM error_book ORDER BY error_entry_id").fetchall()
    assert holds == [("correct", False), ("redundant", True)]


def test_question_of_another_reviewer_is_not_decided(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    store.review_queue.claim(item.item_id, EVERYTHING, "bob")
    told = refused(RefusalCode.CLAIMED, lambda: decide(store, item, ReviewDecision.ACCEPTED))
    assert told.by == "bob"
    decide(store, item, ReviewDecision.ACCEPTED, reviewer="bob")
    assert store.review_queue.item(item.item_id, EVERYTHING).claimed_by is None


@pytest.mark.parametrize(
    "scope",
    [
        Scope(prefixes=("other/",)),
        Scope(schemas=("lease",)),
        Scope(prefixes=()),
        Scope(schemas=()),
        Scope(prefixes=("deals/",), schemas=("lease",)),
    ],
)
def test_decision_outside_the_scope_is_not_found(store: Store, run_id: str, scope: Scope) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    refused(RefusalCode.NOT_FOUND, lambda: decide(store, item, ReviewDecision.ACCEPTED, scope=scope))
    review_id = decide(store, item, ReviewDecision.ACCEPTED, scope=Scope(("deals/",), ("small",)))
    refused(RefusalCode.NOT_FOUND, lambda: store.decisions.withdraw(review_id, scope, "ada"))


def test_unknown_question_and_decision_are_not_found(store: Store, run_id: str) -> None:
    item = replace(question(store, ItemKind.VALUE, YIELD), item_id=999)
    refused(RefusalCode.NOT_FOUND, lambda: decide(store, item, ReviewDecision.ACCEPTED))
    refused(RefusalCode.NOT_FOUND, lambda: store.decisions.withdraw(999, EVERYTHING, "ada"))


@pytest.mark.parametrize("details", [{"force": True}, {"version": "2"}])
def test_replaced_run_is_named_its_successor(store: Store, run_id: str, details: dict[str, Any]) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    newer = samples.do_run(store, values=VALUES, **details)
    told = refused(RefusalCode.SUPERSEDED, lambda: decide(store, item, ReviewDecision.ACCEPTED))
    assert told.newer_run == newer
    assert not store.review_queue.item(item.item_id, EVERYTHING).is_open


def test_decision_waits_for_the_end_of_a_run_and_is_refused(
    store: Store, database_url: str, run_id: str
) -> None:
    """The lock of document and schema: a decision that comes while a newer run ends is not lost in the old one."""
    item = question(store, ItemKind.VALUE, YIELD)
    told: list[RefusalCode] = []

    def late() -> None:
        try:
            decide(store, item, ReviewDecision.ACCEPTED)
        except DecisionRefused as error:
            told.append(error.code)

    with psycopg.connect(database_url) as ending:
        ending.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('review ' || document_id || ' ' || schema_name, 0)) FROM run"
        )
        thread = threading.Thread(target=late)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        ending.execute("UPDATE run SET state = 'superseded' WHERE run_id = %s", (run_id,))
        ending.commit()
    thread.join()
    assert told == [RefusalCode.SUPERSEDED]


# ---------------------------------------------------------------- not in the document


def test_nothing_of_a_field_decides_every_question_and_value_of_it(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    decide(store, item, ReviewDecision.NOT_IN_DOCUMENT)
    left = store.review_queue.page(ALL, EVERYTHING)
    assert [(i.field, i.kind) for i in left] == [(YIELD, ItemKind.VALUE)]
    assert rows(connection, "decision, extraction_id IS NULL, reason", run_id) == [
        ("not_in_document", True, "read it"),
        ("not_in_document", False, "read it"),
    ]


def test_value_that_nobody_asks_about_counts_as_rejected_as_well(
    store: Store, connection: psycopg.Connection
) -> None:
    run_id = ask(store, items=ITEMS[2:])
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.NOT_IN_DOCUMENT)
    held = connection.execute(
        "SELECT extraction.value FROM standing_review JOIN extraction USING (extraction_id) WHERE decision = 'not_in_document'"
    ).fetchall()
    assert held == [("Principal may be lost.",)]
    assert store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]


def test_field_with_an_accepted_value_is_not_said_to_be_empty(store: Store, run_id: str) -> None:
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.ACCEPTED, reviewer="bob")
    passage = question(store, ItemKind.PASSAGE, RISK)
    told = refused(
        RefusalCode.DECIDED_MEANWHILE, lambda: decide(store, passage, ReviewDecision.NOT_IN_DOCUMENT)
    )
    assert told.by == "bob"


def test_withdrawal_of_nothing_of_a_field_opens_all_of_it(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    review_id = decide(store, item, ReviewDecision.NOT_IN_DOCUMENT)
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert store.review_queue.count(ALL, EVERYTHING) == 3
    assert connection.execute("SELECT FROM standing_review").rowcount == 0


# ---------------------------------------------------------------- withdrawn


def test_withdrawal_is_a_row_and_opens_the_question_and_the_cell(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    review_id = decide(store, item, ReviewDecision.REJECTED)
    assert not is_open_cell(connection, run_id)
    withdrawal = store.decisions.withdraw(review_id, EVERYTHING, "ada")
    after = store.review_queue.item(item.item_id, EVERYTHING)
    assert (after.is_open, after.seen, after.decision) == (True, withdrawal, None)
    assert is_open_cell(connection, run_id)
    assert rows(connection, "decision, withdraws", run_id) == [("rejected", None), ("withdrawn", review_id)]
    assert store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]
    decide(store, after, ReviewDecision.CORRECTED, ((0, 9),))
    assert not is_open_cell(connection, run_id)


def test_withdrawal_counts_on_its_day_and_gives_the_cell_back(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    def counted() -> Any:
        statement = (
            "SELECT n_rejected, n_withdrawn, n_cells FROM review_day WHERE field = 'principal_at_risk'"
        )
        return connection.execute(statement).fetchone()

    review_id = decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.REJECTED)
    assert counted() == (1, 0, 1)
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert counted() == (1, 1, 0)
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.REJECTED)
    assert counted() == (2, 1, 1)


def test_withdrawn_decision_is_overruled_in_the_book(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    review_id = decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    book = "SELECT kind, is_overruled FROM error_book WHERE source = 'review'"
    assert connection.execute(book).fetchall() == [("redundant", False)]
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert connection.execute(book).fetchall() == [("redundant", True)]


def test_only_who_decided_or_an_admin_takes_back(store: Store, run_id: str) -> None:
    review_id = decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    told = refused(RefusalCode.NOT_YOURS, lambda: store.decisions.withdraw(review_id, EVERYTHING, "bob"))
    assert told.by == "ada"
    store.decisions.withdraw(review_id, EVERYTHING, "bob", is_admin=True)


def test_nothing_is_taken_back_twice(store: Store, run_id: str) -> None:
    review_id = decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    refused(RefusalCode.NOTHING_TO_WITHDRAW, lambda: store.decisions.withdraw(review_id, EVERYTHING, "ada"))


def test_decision_over_a_replaced_run_is_not_taken_back(store: Store, run_id: str) -> None:
    review_id = decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    newer = samples.do_run(store, version="2", values=VALUES)
    told = refused(RefusalCode.SUPERSEDED, lambda: store.decisions.withdraw(review_id, EVERYTHING, "ada"))
    assert told.newer_run == newer


# ---------------------------------------------------------------- for good


@pytest.mark.parametrize("change", ["UPDATE review SET reviewer = 'bob'", "DELETE FROM review"])
def test_decision_is_not_changed_even_by_its_owner(
    store: Store, connection: psycopg.Connection, run_id: str, change: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    with pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change)  # pyright: ignore[reportArgumentType]


def test_what_was_shown_is_in_the_chain(store: Store, connection: psycopg.Connection, run_id: str) -> None:
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.REJECTED)
    connection.execute("ALTER TABLE review DISABLE TRIGGER review_append_only")
    connection.execute("UPDATE review SET shown = jsonb_set(shown, '{score}', '0.1')")
    assert not store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]


@contextmanager
def acting(connection: psycopg.Connection, database_url: str, role: str) -> Iterator[Store]:
    """A store whose user has this role alone."""
    connection.execute("DROP ROLE IF EXISTS one_role")
    connection.execute(f"CREATE ROLE one_role LOGIN IN ROLE {role}".encode())
    with Store(make_conninfo(database_url, user="one_role")) as store:
        yield store
    connection.execute("DROP ROLE one_role")


@pytest.mark.parametrize("role", ["countersign_writer", "countersign_reviewer"])
def test_role_of_the_flows_or_of_the_review_is_enough_to_decide(
    connection: psycopg.Connection, database_url: str, run_id: str, role: str
) -> None:
    with acting(connection, database_url, role) as store:
        item = store.review_queue.claim(question(store, ItemKind.VALUE, RISK).item_id, EVERYTHING, "ada")
        review_id = decide(store, item, ReviewDecision.CORRECTED, ((0, 9),))
        store.decisions.withdraw(review_id, EVERYTHING, "ada")
    with acting(connection, database_url, "countersign_writer") as store:
        assert samples.do_run(store, version="3", values=VALUES, items=ITEMS)
        assert store.review_queue.count(ALL, EVERYTHING) == 3
