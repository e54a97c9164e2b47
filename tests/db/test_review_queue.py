"""The queue: the most worthy question first, within a person's scope; claims that expire; what is read beside a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

import tasks.postgres.review.queue as queue_module
from tasks.core.records import FieldName
from tasks.core.review.records import (
    EVERYTHING,
    DecisionRefused,
    ItemKind,
    QueueFilter,
    RefusalCode,
    ReviewDecision,
    Scope,
    Via,
)
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import ALL, ITEMS, RISK, YIELD, ask, decide, question, refused
from tests.db.test_error_book import compared


def seen(store: Store, wanted: QueueFilter = ALL, scope: Scope = EVERYTHING) -> list[tuple[str, str, str]]:
    return [(i.document, i.field, i.kind.value) for i in store.review_queue.page(wanted, scope)]


@pytest.fixture
def run_id(store: Store) -> str:
    return ask(store)


def test_most_worthy_question_comes_first_with_all_that_is_shown(store: Store, run_id: str) -> None:
    first, second, third = store.review_queue.page(ALL, EVERYTHING)
    assert [i.worth for i in (first, second, third)] == [0.6, 0.4, 0.07]
    assert (first.kind, first.quote, first.value, first.status) == (
        ItemKind.PASSAGE,
        samples.BODY,
        "",
        None,
    )
    assert (second.value, second.quote, second.spans, second.pages) == (
        "4 %",
        "4 % a year",
        ((13, 23),),
        (1,),
    )
    assert (second.status, second.score, second.reason, second.chunk_index) == (
        "unsettled",
        0.4,
        "doubtful",
        0,
    )
    assert (third.footnote, third.status, third.seen, third.decision) == ("1", "verified", 0, None)
    assert {(i.document, i.schema_name, i.run_id, i.is_open, i.has_gold) for i in (first, second, third)} == {
        ("deals/a.pdf", "small", run_id, True, False)
    }
    assert [i.extraction_id is None for i in (first, second, third)] == [True, False, False]


def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    for content in "abc":
        ask(store, content, f"deals/{content}.pdf")
    whole = [i.item_id for i in store.review_queue.page(ALL, EVERYTHING)]
    by_two: list[int] = []
    after = None
    while page := store.review_queue.page(ALL, EVERYTHING, 2, after):
        by_two += [i.item_id for i in page]
        after = (page[-1].worth, page[-1].item_id)
    assert by_two == whole
    assert len(whole) == len(set(whole)) == 9


@pytest.mark.parametrize(
    ("wanted", "n"),
    [
        (QueueFilter(schema_name="small"), 6),
        (QueueFilter(schema_name="lease"), 0),
        (QueueFilter(field="yield"), 2),
        (QueueFilter(document="deals/a.pdf"), 3),
        (QueueFilter(document="b.pdf"), 3),
        (QueueFilter(document=samples.document_id("b")), 3),
        (QueueFilter(document="c.pdf"), 0),
        (QueueFilter(older_than_days=1), 3),
        (QueueFilter(older_than_days=3), 0),
        (QueueFilter(batch="night"), 3),
        (QueueFilter(batch="day"), 0),
        (QueueFilter(backfill="again"), 3),
        (QueueFilter(backfill="never"), 0),
        (QueueFilter(reason="doubtful"), 2),
        (QueueFilter(kind=ItemKind.PASSAGE), 2),
        (QueueFilter(kind=ItemKind.LOST), 0),
        (QueueFilter(field="principal_at_risk", kind=ItemKind.VALUE, document="a.pdf"), 1),
        (QueueFilter(batch="night", backfill="again"), 0),
    ],
)
def test_filter_gives_what_it_names(
    store: Store, connection: psycopg.Connection, wanted: QueueFilter, n: int
) -> None:
    ask(store, flow_run_id="night")
    other = ask(store, "b", "deals/b.pdf")
    connection.execute(
        "INSERT INTO backfill (name, selection, n_documents) VALUES ('again', '{}', 1), ('never', '{}', 1)"
    )
    connection.execute(
        "UPDATE run SET backfill_id = (SELECT min(backfill_id) FROM backfill) WHERE run_id = %s", (other,)
    )
    connection.execute(
        "UPDATE review_item SET created_at = now() - interval '2 days' WHERE run_id = %s", (other,)
    )
    assert len(seen(store, wanted)) == store.review_queue.count(wanted, EVERYTHING) == n


@pytest.mark.parametrize("few", [2000, 2, 0])
def test_scope_hides_all_else_however_many_documents_there_are(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Few documents are named to the database, of more those with questions, of still more none."""
    monkeypatch.setattr(queue_module, "_FEW", few)
    ask(store)
    ask(store, "b", "leases/b.pdf")
    samples.put_document(store, "c", "leases/c.pdf")
    samples.put_document(store, "d", "leases/d.pdf")
    assert {d for d, *_ in seen(store, scope=Scope(prefixes=("leases/",)))} == {"leases/b.pdf"}
    assert {d for d, *_ in seen(store, scope=Scope(prefixes=("deals/", "x")))} == {"deals/a.pdf"}
    assert len(seen(store, scope=Scope(prefixes=("deals/", "leases/")))) == 6
    assert seen(store, scope=Scope(prefixes=("lease%",))) == []
    assert seen(store, QueueFilter(document="a.pdf"), Scope(prefixes=("leases/",))) == []
    assert store.review_queue.count(ALL, Scope(prefixes=("leases/",))) == 3
    assert seen(store, scope=Scope(prefixes=())) == seen(store, scope=Scope(schemas=())) == []
    assert len(seen(store, scope=Scope(("deals/",), ("small",)))) == 3
    assert seen(store, scope=Scope(("deals/",), ("lease",))) == []


def test_document_of_two_matters_has_the_names_that_the_person_may_see(store: Store, run_id: str) -> None:
    store.sources.record("contracts", "secret/a.pdf", None, "etag", 1000, samples.document_id("a"))

    def names(scope: Scope) -> set[tuple[str, ...]]:
        items = store.review_queue.page(ALL, scope)
        assert all(item.document == item.documents[0] for item in items)
        return {item.documents for item in items}

    assert names(EVERYTHING) == {("deals/a.pdf", "secret/a.pdf")}, "the later one renames nothing"
    assert names(Scope(prefixes=("deals/",))) == {("deals/a.pdf",)}
    assert names(Scope(prefixes=("secret/",))) == {("secret/a.pdf",)}
    store.objects.missing("contracts", "deals/a.pdf")
    assert names(EVERYTHING) == {("secret/a.pdf",)}
    assert names(Scope(prefixes=("deals/",))) == set(), "it is not there any more"


def test_question_leaves_the_queue_with_its_document_and_comes_back_with_it(
    store: Store, run_id: str
) -> None:
    """R23: replaced, put back, deleted, and put again under another key."""
    item = question(store, ItemKind.VALUE, YIELD)
    n_open = store.review_queue.count(ALL, EVERYTHING)
    assert n_open and item.is_current

    def n_asked() -> int:
        by_name = QueueFilter(document="deals/a.pdf")
        assert store.review_queue.count(by_name, EVERYTHING) == len(
            store.review_queue.page(by_name, EVERYTHING)
        )
        assert store.review_queue.count(ALL, EVERYTHING) == len(store.review_queue.page(ALL, EVERYTHING))
        (total,) = {sum(row["n_questions"] for row in store.boards.rows("questions", {}))}
        assert total == store.review_queue.count(ALL, EVERYTHING)
        return total

    assert n_asked() == n_open
    store.sources.record("contracts", "deals/a.pdf", None, "etag-new", 1000, samples.document_id("b"))
    assert n_asked() == 0
    assert store.review_queue.next(ALL, EVERYTHING, "ada") is None
    away = store.review_queue.item(item.item_id, EVERYTHING)
    assert (away.is_open, away.is_current, away.documents) == (True, False, ("deals/a.pdf",))
    store.sources.record("contracts", "deals/a.pdf", None, "etag-a", 1000, samples.document_id("a"))
    assert n_asked() == n_open
    store.objects.missing("contracts", "deals/a.pdf")
    assert n_asked() == 0
    store.sources.record("contracts", "deals/again.pdf", None, "etag-a", 1000, samples.document_id("a"))
    assert store.review_queue.count(ALL, EVERYTHING) == n_open
    assert store.review_queue.count(QueueFilter(document="deals/a.pdf"), EVERYTHING) == 0


def test_everything_about_a_question_is_hidden_outside_the_scope(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    hidden = Scope(prefixes=("leases/",))
    queue = store.review_queue
    for call in (
        lambda: queue.item(item.item_id, hidden),
        lambda: queue.words(item.item_id, hidden),
        lambda: queue.history(item.item_id, hidden),
        lambda: queue.claim(item.item_id, hidden, "ada"),
        lambda: queue.item(999, EVERYTHING),
    ):
        refused(RefusalCode.NOT_FOUND, call)
    assert queue.next(ALL, hidden, "ada") is None
    assert queue.sees_run(run_id, EVERYTHING)
    assert queue.sees_run(run_id, Scope(("deals/",), ("small",)))
    assert not queue.sees_run(run_id, hidden)
    assert not queue.sees_run(run_id, Scope(schemas=("lease",)))
    assert not queue.sees_run("00000000-0000-0000-0000-000000000000", EVERYTHING)


def test_count_stops_where_it_is_told(store: Store, run_id: str) -> None:
    assert [store.review_queue.count(ALL, EVERYTHING, n) for n in (2, 3, 9)] == [2, 3, 3]


# ---------------------------------------------------------------- claims


def test_claimed_question_is_nobody_elses_until_it_is_released(store: Store, run_id: str) -> None:
    queue = store.review_queue
    best = queue.next(ALL, EVERYTHING, "ada")
    assert best is not None
    claimed = queue.claim(best.item_id, EVERYTHING, "ada")
    assert claimed.claimed_by == "ada"
    assert claimed.claimed_until is not None
    with pytest.raises(DecisionRefused) as caught:
        queue.claim(best.item_id, EVERYTHING, "bob")
    assert (caught.value.code, caught.value.by) == (RefusalCode.CLAIMED, "ada")
    for reviewer, is_best in (("bob", False), ("ada", True)):
        following = queue.next(ALL, EVERYTHING, reviewer)
        assert following is not None
        assert (following.item_id == best.item_id) is is_best
    queue.release(best.item_id, "bob")
    assert queue.item(best.item_id, EVERYTHING).claimed_by == "ada"
    queue.release(best.item_id, "ada")
    assert queue.claim(best.item_id, EVERYTHING, "bob").claimed_by == "bob"


def test_claim_again_prolongs_it(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    first = store.review_queue.claim(item.item_id, EVERYTHING, "ada", minutes=1)
    second = store.review_queue.claim(item.item_id, EVERYTHING, "ada", minutes=9)
    assert first.claimed_until is not None
    assert second.claimed_until is not None
    assert second.claimed_until > first.claimed_until


def test_expired_claim_is_none(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    store.review_queue.claim(item.item_id, EVERYTHING, "ada", minutes=-1)
    shown = store.review_queue.item(item.item_id, EVERYTHING)
    assert (shown.claimed_by, shown.claimed_until) == (None, None)
    assert store.review_queue.claim(item.item_id, EVERYTHING, "bob").claimed_by == "bob"
    refused(RefusalCode.CLAIMED, lambda: decide(store, item, ReviewDecision.ACCEPTED))


# ---------------------------------------------------------------- beside a question


def test_words_are_the_pages_around_a_question(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.PASSAGE, RISK)
    words = store.review_queue.words(item.item_id, EVERYTHING)
    assert (words.run_id, words.n_pages, words.reader_version) == (run_id, 1, samples.READER)
    assert [(p.page_number, p.start, p.end, p.text) for p in words.pages] == [
        (1, 0, len(samples.TEXT), samples.TEXT)
    ]


def test_history_tells_who_decided_what_and_where(store: Store, run_id: str) -> None:
    item = question(store, ItemKind.VALUE, YIELD)
    first = decide(store, item, ReviewDecision.CORRECTED, ((0, 9),))
    withdrawal = store.decisions.withdraw(first, EVERYTHING, "ada")
    history = store.review_queue.history(item.item_id, EVERYTHING)
    assert [(d.review_id, d.decision, d.value, d.reviewer, d.via, d.holds, d.withdraws) for d in history] == [
        (first, ReviewDecision.CORRECTED, "The yield", "ada", Via.PAGE, False, None),
        (withdrawal, ReviewDecision.WITHDRAWN, None, "ada", None, False, first),
    ]


def test_question_of_a_document_with_gold_says_so(store: Store, run_id: str) -> None:

    store.error_book.save_comparison(compared(), [])
    assert all(i.has_gold for i in store.review_queue.page(ALL, EVERYTHING))


# ---------------------------------------------------------------- runs


def test_only_the_newest_run_asks(store: Store, run_id: str) -> None:
    newer = samples.do_run(store, version="2", items=ITEMS[:1])
    assert {i.run_id for i in store.review_queue.page(ALL, EVERYTHING)} == {newer}
    again = samples.do_run(store, version="2", force=True, items=ITEMS[:1])
    assert {i.run_id for i in store.review_queue.page(ALL, EVERYTHING)} == {again}


def test_worth_that_decisions_teach_reorders_the_queue(store: Store, run_id: str) -> None:
    items = store.review_queue.page(ALL, EVERYTHING)
    store.review_items.set_worths({items[2].item_id: 0.9})
    assert store.review_queue.page(ALL, EVERYTHING)[0].item_id == items[2].item_id


def test_run_of_before_the_review_gets_its_questions_once(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store, values=[replace(v, score=0.5) for v in samples.extractions()])
    assert store.review_items.runs_without_items(9) == []
    connection.execute("UPDATE run SET n_review_items = NULL")
    assert store.review_items.runs_without_items(9) == [run_id]
    assert store.review_items.make_items(run_id) == 1
    assert seen(store) == [("deals/a.pdf", "principal_at_risk", "value")]
    assert store.review_items.runs_without_items(9) == []
    assert store.review_items.make_items(run_id) == 0
    assert len(seen(store)) == 1


def test_decision_of_before_the_queue_closes_the_question_that_is_made_later(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store, values=[replace(v, score=0.5) for v in samples.extractions()])
    connection.execute("UPDATE run SET n_review_items = NULL")
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason) "
        "SELECT run_id, chunk_id, field, extraction_id, 'accepted', 'ada', '' FROM extraction WHERE status = 'verified'"
    )
    store.review_items.make_items(run_id)
    assert seen(store) == []


def test_questions_are_not_made_of_a_run_that_was_replaced(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    older = samples.do_run(store)
    samples.do_run(store, version="2")
    connection.execute("UPDATE run SET n_review_items = NULL")
    assert older not in store.review_items.runs_without_items(9)
    assert store.review_items.make_items(older) == 0


@pytest.mark.parametrize("field", ["yield", "principal_at_risk"])
def test_decision_without_a_question_closes_the_one_about_its_value(
    store: Store, connection: psycopg.Connection, run_id: str, field: str
) -> None:
    item = question(store, ItemKind.VALUE, FieldName(field))
    values: dict[str, Any] = {"extraction_id": item.extraction_id}
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason) "
        "SELECT run_id, chunk_id, field, extraction_id, 'rejected', 'bob', '' FROM extraction WHERE extraction_id = %(extraction_id)s",
        values,
    )
    after = store.review_queue.item(item.item_id, EVERYTHING)
    assert (after.is_open, after.decision, after.decided_by) == (False, ReviewDecision.REJECTED, "bob")
