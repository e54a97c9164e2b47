"""The order of the stored questions: as the pure queue has it, and what decisions change, in the run and everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pytest

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import (
    Citation,
    Extraction,
    ExtractionStatus,
    FieldName,
    MatchKind,
    ModelAnswer,
    Span,
    Stage,
)
from tasks.core.review.decided import CALM, Experience, factor_of
from tasks.core.review.items import ItemDraft, items_of_run
from tasks.core.review.questions import QuestionKind, questions_of_run
from tasks.core.review.records import EVERYTHING, ItemKind, QueueFilter, ReviewDecision, ReviewItem
from tasks.core.review.run_queue import RunQueue
from tasks.core.review.worth import packaged_worth
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import ALL, RISK, YIELD, decide, rows

INPUT = RunInput(samples.reading(), samples.chunks(), samples.SCHEMA)
VERIFIED, UNSETTLED, REJECTED = (ExtractionStatus(name) for name in ("verified", "unsettled", "rejected"))


def value(words: str, status: ExtractionStatus, score: float | None, field: FieldName = YIELD) -> Extraction:
    start = samples.TEXT.index(words)
    place = Citation((Span(start, start + len(words)),), (1,), None, MatchKind.EXACT)
    reason = "" if status is VERIFIED else "doubted"
    return Extraction(0, field, status, words, words, place, 1, score, reason)


def critique(*lines: tuple[str, str, float]) -> ModelAnswer:
    """Faint lines: field, words and P(right)."""
    listed = [
        f'["{field}", 0, {samples.BODY.index(words)}, {samples.BODY.index(words) + len(words)}, -0.5, {right}]'
        for field, words, right in lines
    ]
    return ModelAnswer(0, 1, Stage.CRITIQUE, f'{{"faint": [{", ".join(listed)}]}}', "critic/1", 1.0)


WORDS = samples.BODY.split()
VALUES = (
    value(" ".join(WORDS[0:2]), VERIFIED, 0.6),
    value(" ".join(WORDS[2:4]), VERIFIED, 0.9),
    value(" ".join(WORDS[1:3]), VERIFIED, 0.8, RISK),
    value(" ".join(WORDS[4:6]), UNSETTLED, 0.4),
    value(WORDS[5], REJECTED, 0.2),
)
CRITIQUES = (critique(("principal_at_risk", " ".join(WORDS[3:6]), 0.2)),)
DRAFTS = items_of_run(INPUT, {0: [], 1: []}, VALUES, CRITIQUES)
QUESTIONS = questions_of_run(INPUT, {0: [], 1: []}, VALUES, CRITIQUES)


def ask(store: Store, content: str = "a", drafts: Sequence[ItemDraft] = DRAFTS) -> str:
    samples.put_document(store, content, f"deals/{content}.pdf")
    return samples.do_run(store, content, values=VALUES, items=drafts)


def next_item(store: Store, run_id: str) -> ReviewItem | None:
    found = [item for item in store.review_queue.page(ALL, EVERYTHING) if item.run_id == run_id]
    return found[0] if found else None


def test_samples_ask_every_kind_of_question() -> None:
    assert {question.kind for question in QUESTIONS} == set(QuestionKind)
    assert [len(question.extractions) for question in QUESTIONS if question.kind is QuestionKind.DOUBTED] == [
        2
    ]


@pytest.mark.parametrize("answers", ["no", "yes", "in turns"])
def test_stored_questions_come_in_the_order_of_the_pure_queue(store: Store, answers: str) -> None:
    run_id, queue = ask(store), RunQueue(QUESTIONS, packaged_worth(), Experience())
    n_decided = 0
    while (index := queue.next()) is not None:
        item, pure = next_item(store, run_id), QUESTIONS[index]
        assert item is not None
        assert (item.field, item.worth) == (pure.field, pytest.approx(queue.worth_of(index)))
        assert {tuple(span) for span in item.spans} <= {(span.start, span.end) for span in pure.spans}
        says_yes = answers == "yes" or (answers == "in turns" and n_decided % 2 == 0)
        # A question about several values is answered no, as what is left of it would be asked again.
        if says_yes and item.kind is ItemKind.VALUE and not item.others:
            decide(store, item, ReviewDecision.ACCEPTED)
            queue.decide(index, pure.texts)
        else:
            decide(store, item, ReviewDecision.REJECTED)
            queue.decide(index, ())
        n_decided += 1
    assert next_item(store, run_id) is None
    assert n_decided == len(QUESTIONS)


def experience(connection: psycopg.Connection) -> list[tuple[str, str, float, float]]:
    statement = "SELECT field, kind, expected, gained FROM review_experience ORDER BY field, kind"
    return connection.execute(statement).fetchall()


def test_refused_question_is_worth_less_in_every_document_after_refresh(
    store: Store, connection: psycopg.Connection
) -> None:
    first, second = ask(store), ask(store, "b")
    wanted = QueueFilter(kind=ItemKind.PASSAGE)
    mine, other = sorted(store.review_queue.page(wanted, EVERYTHING), key=lambda item: item.run_id != first)
    decide(store, mine, ReviewDecision.REJECTED)
    assert experience(connection) == [(RISK, "passage", pytest.approx(mine.worth), 0.0)]
    factor = factor_of(mine.worth, 0.0)
    assert factor == pytest.approx(CALM / (CALM + mine.worth))
    assert store.review_queue.item(other.item_id, EVERYTHING).worth == other.worth
    assert store.review_items.apply_experience() == 1
    assert store.review_queue.item(other.item_id, EVERYTHING).worth == pytest.approx(other.worth * factor)
    assert store.review_items.apply_experience() == 0
    third = ask(store, "c")
    (new,) = (item for item in store.review_queue.page(wanted, EVERYTHING) if item.run_id == third)
    assert new.worth == pytest.approx(other.worth * factor)
    assert second != third


def test_withdrawn_decision_teaches_nothing_and_another_one_takes_its_place(
    store: Store, connection: psycopg.Connection
) -> None:
    run_id = ask(store)
    before = {item.item_id: item.worth for item in store.review_queue.page(ALL, EVERYTHING)}
    item = next_item(store, run_id)
    assert item is not None
    review_id = decide(store, item, ReviewDecision.REJECTED)
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert [row[2:] for row in experience(connection)] == [(pytest.approx(0.0), pytest.approx(0.0))]
    after = {item.item_id: item.worth for item in store.review_queue.page(ALL, EVERYTHING)}
    assert after == pytest.approx(before)


# ---------------------------------------------------------------- several values in one question


def grouped(store: Store) -> ReviewItem:
    (item,) = (item for item in store.review_queue.page(ALL, EVERYTHING) if item.others)
    return item


def said(connection: psycopg.Connection, run_id: str) -> Iterator[tuple[str, str | None]]:
    yield from connection.execute(
        "SELECT extraction.value, review.decision FROM extraction LEFT JOIN standing_review review USING (extraction_id) "
        "WHERE extraction.run_id = %s AND extraction.status <> 'verified' ORDER BY extraction_id",
        (run_id,),
    ).fetchall()


def test_question_shows_its_other_values(store: Store) -> None:
    ask(store)
    item = grouped(store)
    assert item.value == VALUES[3].value
    (other,) = item.others
    assert (other.value, other.status, other.score) == (VALUES[4].value, "rejected", 0.2)


@pytest.mark.parametrize("decision", [ReviewDecision.ACCEPTED, ReviewDecision.REJECTED])
def test_other_values_that_share_words_are_decided_with_it(
    store: Store, connection: psycopg.Connection, decision: ReviewDecision
) -> None:
    run_id = ask(store)
    review_id = decide(store, grouped(store), decision)
    assert [decided for _, decided in said(connection, run_id)] == [decision.value, "rejected"]
    assert [row[0] for row in rows(connection, "reason", run_id)] == ["read it", "read it"]
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert [decided for _, decided in said(connection, run_id)] == [None, None]
    assert grouped(store).is_open


def apart(*others: str) -> tuple[tuple[Extraction, ...], tuple[ItemDraft, ...]]:
    values = (value(WORDS[0], UNSETTLED, 0.6), *(value(words, REJECTED, 0.2) for words in others))
    return values, items_of_run(INPUT, {0: [], 1: []}, values, ())


def test_what_is_left_of_a_question_is_asked_on_its_own(store: Store, connection: psycopg.Connection) -> None:
    values, drafts = apart(WORDS[2], WORDS[4])
    samples.put_document(store)
    run_id = samples.do_run(store, values=values, items=drafts)
    item = grouped(store)
    review_id = decide(store, item, ReviewDecision.ACCEPTED)
    (rest,) = store.review_queue.page(ALL, EVERYTHING)
    assert (rest.value, [other.value for other in rest.others]) == (WORDS[2], [WORDS[4]])
    assert (rest.reason, rest.worth > 0) == ("nearly_right", True)
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    assert [one.item_id for one in store.review_queue.page(ALL, EVERYTHING)] == [item.item_id]
    again = store.review_queue.item(item.item_id, EVERYTHING)
    decide(store, again, ReviewDecision.ACCEPTED)
    assert [one.item_id for one in store.review_queue.page(ALL, EVERYTHING)] == [rest.item_id]
    decide(store, store.review_queue.item(rest.item_id, EVERYTHING), ReviewDecision.REJECTED)
    assert [decided for _, decided in said(connection, run_id)] == ["accepted", "rejected", "rejected"]
    assert store.trail.verify(run_id).holds  # pyright: ignore[reportArgumentType]


def test_corrected_words_refuse_what_they_touch_alone(store: Store, connection: psycopg.Connection) -> None:
    values, drafts = apart(WORDS[2], WORDS[4])
    samples.put_document(store)
    run_id = samples.do_run(store, values=values, items=drafts)
    start = samples.TEXT.index(WORDS[0])
    decide(store, grouped(store), ReviewDecision.CORRECTED, ((start, samples.TEXT.index(WORDS[2]) + 1),))
    assert [decided for _, decided in said(connection, run_id)] == ["corrected", "rejected", None]


def test_decided_values_are_not_asked_again_in_the_next_run_and_the_rest_is(store: Store) -> None:
    values, drafts = apart(WORDS[2], WORDS[4])
    samples.put_document(store)
    samples.do_run(store, values=values, items=drafts)
    decide(store, grouped(store), ReviewDecision.ACCEPTED)
    samples.do_run(store, version="2", values=values, items=drafts)
    (rest,) = store.review_queue.page(ALL, EVERYTHING)
    assert (rest.value, [other.value for other in rest.others], rest.score) == (WORDS[2], [WORDS[4]], 0.2)
