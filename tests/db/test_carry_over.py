"""A reviewed value is never undone by a run with the same document: decisions hold over the next run as well."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tasks.core.records import (
    Chunk,
    Citation,
    Extraction,
    ExtractionStatus,
    MatchKind,
    Passage,
    PassageKind,
    Reading,
    Segment,
    Span,
)
from tasks.core.review.items import ItemDraft
from tasks.core.review.records import (
    EVERYTHING,
    DecisionRefused,
    ItemKind,
    NewDecision,
    QueueFilter,
    ReviewDecision,
    Via,
)
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import ALL, ITEMS, RISK, VALUES, YIELD, YIELD_VALUE, ask, decide, question
from tests.db.test_error_book import compared

RISK_VALUE = VALUES[0]
STEADY = (26, 33)  # "Returns"
OTHER_READER = "reader-2"
MOVED = "A new first line.\n"
Row = tuple[Any, ...]


def rerun(
    store: Store,
    values: Sequence[Extraction] = VALUES,
    version: str = "2",
    items: Sequence[ItemDraft] = ITEMS,
    **details: Any,
) -> str:
    return samples.do_run(store, version=version, values=values, items=items, **details)


def carried(connection: psycopg.Connection, run_id: str) -> list[Row]:
    """Decision, field, value of the extraction it is over, right value, spans."""
    return connection.execute(
        "SELECT review.decision, review.field, extraction.value, review.value, review.spans FROM standing_review review "
        "LEFT JOIN extraction USING (extraction_id) WHERE review.run_id = %s ORDER BY review.trail_position",
        (run_id,),
    ).fetchall()


def open_kinds(store: Store) -> list[tuple[str, str]]:
    return [(i.field, i.kind.value) for i in store.review_queue.page(ALL, EVERYTHING)]


@pytest.fixture
def run_id(store: Store) -> str:
    return ask(store)


def test_run_after_a_run_without_decisions_carries_nothing(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    newer = rerun(store)
    assert carried(connection, newer) == []
    assert len(open_kinds(store)) == 3


@pytest.mark.parametrize("decision", ["accepted", "rejected", "gold_wrong"])
def test_decision_over_a_value_holds_over_the_same_value(
    store: Store, connection: psycopg.Connection, run_id: str, decision: str
) -> None:
    store.error_book.save_comparison(compared(), [])
    item = question(store, ItemKind.VALUE, YIELD)
    origin = decide(store, item, ReviewDecision(decision))
    newer = rerun(store)
    assert carried(connection, newer) == [(decision, YIELD, "4 %", None, None)]
    row = connection.execute(
        "SELECT carried_from, reviewer, reason, shown ->> 'via', item_id IS NOT NULL FROM review WHERE run_id = %s",
        (newer,),
    ).fetchone()
    assert row == (origin, "ada", "read it", "page", True)
    assert (YIELD, "value") not in open_kinds(store)
    assert store.trail.verify(newer).holds  # pyright: ignore[reportArgumentType]


def test_decision_is_carried_from_run_to_run_and_names_the_persons_own(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    origin = decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    for version in ("2", "3", "4"):
        newest = rerun(store, version=version)
    forced = rerun(store, version="4", force=True)
    assert newest != forced
    row = connection.execute("SELECT carried_from FROM review WHERE run_id = %s", (forced,)).fetchall()
    assert row == [(origin,)]


def test_accepted_value_that_was_not_found_again_is_right_all_the_same(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    newer = rerun(store, [RISK_VALUE], items=ITEMS[:1])
    assert carried(connection, newer) == [("corrected", YIELD, None, "4 %", [[13, 23]])]
    newest = rerun(store, version="3")  # and found again
    assert carried(connection, newest) == [("accepted", YIELD, "4 %", None, None)]


def test_accepted_words_replace_those_of_another_extent(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    longer = replace(
        YIELD_VALUE, value="is 4 % a year", citation=Citation((Span(10, 23),), (1,), None, MatchKind.EXACT)
    )
    newer = rerun(store, [RISK_VALUE, longer])
    assert carried(connection, newer) == [("corrected", YIELD, "is 4 % a year", "4 %", [[13, 23]])]


def test_rejected_value_stays_rejected_when_it_comes_back(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.REJECTED)
    between = rerun(store, [RISK_VALUE], items=())
    assert carried(connection, between) == [("rejected", YIELD, None, None, [[13, 23]])]
    newest = rerun(store, version="3")
    assert carried(connection, newest) == [("rejected", YIELD, "4 %", None, None)]
    assert (YIELD, "value") not in open_kinds(store)


def test_correction_holds_over_the_same_wrong_value(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.CORRECTED, (STEADY,))
    newer = rerun(store)
    assert carried(connection, newer) == [("corrected", YIELD, "4 %", "Returns", [list(STEADY)])]


def test_correction_that_the_run_found_itself_is_accepted(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.CORRECTED, (STEADY,))
    right = replace(
        YIELD_VALUE,
        value="Returns",
        quote="Returns",
        citation=Citation((Span(*STEADY),), (1,), None, MatchKind.EXACT),
    )
    newer = rerun(store, [RISK_VALUE, YIELD_VALUE, right])
    assert carried(connection, newer) == [
        ("accepted", YIELD, "Returns", None, None),
        ("rejected", YIELD, "4 %", None, None),
    ]


def test_overlooked_words_hold_over_the_cell_and_close_their_passage(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.CORRECTED, (STEADY,))
    newer = rerun(store)
    assert carried(connection, newer) == [("corrected", RISK, None, "Returns", [list(STEADY)])]
    assert (RISK, "passage") not in open_kinds(store)


def test_passage_without_a_value_is_not_asked_again(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.REJECTED)
    for version in ("2", "3"):
        newer = rerun(store, version=version)
    assert carried(connection, newer) == [("rejected", RISK, None, None, None)]
    assert (RISK, "passage") not in open_kinds(store)


def test_empty_field_stays_empty_whatever_is_found(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.NOT_IN_DOCUMENT)
    between = rerun(store, [YIELD_VALUE], items=())
    assert carried(connection, between) == [("not_in_document", RISK, None, None, None)]
    newest = rerun(store, version="3")
    assert carried(connection, newest) == [("not_in_document", RISK, "Principal may be lost.", None, None)]
    assert open_kinds(store) == [(YIELD, "value")]


def test_withdrawn_decision_is_not_carried(store: Store, connection: psycopg.Connection, run_id: str) -> None:
    review_id = decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    store.decisions.withdraw(review_id, EVERYTHING, "ada")
    newer = rerun(store)
    assert carried(connection, newer) == []
    assert len(open_kinds(store)) == 3


def test_carried_decision_is_withdrawn_where_it_holds(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    newer = rerun(store)
    (copy,) = connection.execute("SELECT review_id FROM review WHERE run_id = %s", (newer,)).fetchall()
    store.decisions.withdraw(copy[0], EVERYTHING, "ada")
    assert (YIELD, "value") in open_kinds(store)
    assert connection.execute("SELECT is_overruled FROM error_book").fetchall() == [(True,)]
    newest = rerun(store, version="3")
    assert carried(connection, newest) == []


def test_carried_decision_enters_neither_book_nor_day_again_but_fills_its_cell(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.CORRECTED, (STEADY,))
    newer = rerun(store)
    assert connection.execute("SELECT count(*) FROM error_entry").fetchone() == (1,)
    days = connection.execute(
        "SELECT n_corrected, n_cells FROM review_day WHERE field = %s", (RISK,)
    ).fetchall()
    assert days == [(1, 2)]
    assert connection.execute("SELECT FROM open_cell WHERE run_id = %s", (newer,)).rowcount == 0


def test_history_of_a_question_tells_of_the_earlier_run(store: Store, run_id: str) -> None:
    origin = decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    rerun(store)
    found = [
        store.review_queue.history(n, EVERYTHING)
        for n in range(4, 7)
        if store.review_queue.item(n, EVERYTHING).field == YIELD
    ]
    assert [[d.carried_from for d in history] for history in found] == [[None, origin]]


def test_field_that_the_schema_has_no_more_is_forgotten(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    connection.execute("UPDATE schema_version SET field_names = '{principal_at_risk}'")
    connection.execute("ALTER TABLE run DISABLE TRIGGER coverage_complete")
    assert carried(connection, rerun(store)) == []


def test_run_that_ends_while_somebody_decides_has_the_decision(store: Store, run_id: str) -> None:
    """Either the decision came first and was carried over, or it is refused and the newer run named."""
    for round_number in range(2, 8):
        (item,) = store.review_queue.page(QueueFilter(field=YIELD), EVERYTHING)
        told: list[DecisionRefused] = []
        new = NewDecision(item.item_id, item.seen, ReviewDecision.ACCEPTED)
        barrier = threading.Barrier(2)

        def work(
            new: NewDecision = new, told: list[Any] = told, barrier: threading.Barrier = barrier
        ) -> None:
            barrier.wait()
            try:
                store.decisions.decide(new, EVERYTHING, "ada", Via.PAGE)
            except DecisionRefused as error:
                told.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        barrier.wait()
        rerun(store, version=str(round_number))
        thread.join()
        left = store.review_queue.page(QueueFilter(field=YIELD), EVERYTHING)
        assert len(left) == len(told)
        if not told:
            return


# ---------------------------------------------------------------- another reading


def other_reading(text: str = MOVED + samples.TEXT) -> tuple[Reading, tuple[Chunk, ...]]:
    """Another reader version: its text has one more line, so everything stands elsewhere."""
    read, (body, note) = samples.reading(OTHER_READER), samples.chunks()
    shift = len(text) - len(samples.TEXT)
    end = len(text)
    start = shift + samples.NOTE_START
    own = text[: end - len(samples.NOTE)]
    noted = replace(note.passages[0], segments=(Segment(0, start, len(samples.NOTE_TEXT)),))
    body_passage = Passage(PassageKind.BODY, own, (Segment(0, 0, len(own)),))
    pages = (replace(read.pages[0], end=end),)
    lines = (replace(read.lines[0], end=len(own)), replace(read.lines[1], start=len(own), end=end))
    footnote = replace(read.footnotes[0], spans=(Span(start, end),))
    whole = replace(read, text=text, pages=pages, lines=lines, footnotes=(footnote,))
    return whole, (replace(body, passages=(body_passage, noted)), replace(note, passages=(noted,)))


def rerun_elsewhere(store: Store, values: Sequence[Extraction] = (), text: str = MOVED + samples.TEXT) -> str:
    samples.put_document(store, seen=other_reading(text))
    # Without values the run still has an invented one, which is rejected and has no place.
    found = [*values, samples.extractions()[1]]
    return rerun(store, found, "2", (), reader_version=OTHER_READER)


def test_words_are_found_again_in_another_reading(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    decide(store, question(store, ItemKind.PASSAGE, RISK), ReviewDecision.CORRECTED, (STEADY,))
    shift = len(MOVED)
    moved = replace(
        YIELD_VALUE, citation=Citation((Span(13 + shift, 23 + shift),), (1,), None, MatchKind.EXACT)
    )
    newer = rerun_elsewhere(store, [moved])
    assert carried(connection, newer) == [
        ("accepted", YIELD, "4 %", None, None),
        ("corrected", RISK, None, "Returns", [[26 + shift, 33 + shift]]),
    ]
    assert store.trail.verify(newer).holds  # pyright: ignore[reportArgumentType]


def test_words_of_a_note_are_found_in_it_again(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, RISK), ReviewDecision.ACCEPTED)
    newer = rerun_elsewhere(store)
    start = samples.NOTE_START + len(MOVED)
    assert carried(connection, newer) == [
        ("corrected", RISK, None, "Principal may be lost.", [[start, start + 22]])
    ]
    row = connection.execute("SELECT footnote_id IS NOT NULL, pages FROM review WHERE run_id = %s", (newer,))
    assert row.fetchone() == (True, [1])


def test_lost_words_are_asked_for_again_until_they_are_said(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    text = MOVED + samples.TEXT.replace("4 % a year", "5 % a year")
    rerun_elsewhere(store, text=text)
    (lost,) = store.review_queue.page(ALL, EVERYTHING)
    assert (lost.kind, lost.field, lost.value, lost.quote, lost.spans, lost.reason) == (
        ItemKind.LOST,
        YIELD,
        "4 %",
        "4 % a year",
        (),
        "lost",
    )
    assert store.review_queue.words(lost.item_id, EVERYTHING).pages
    assert [d.decision for d in store.review_queue.history(lost.item_id, EVERYTHING)] == ["accepted"]
    again = rerun(store, [samples.extractions()[1]], "3", (), reader_version=OTHER_READER)
    (lost,) = store.review_queue.page(ALL, EVERYTHING)
    assert (lost.run_id, lost.kind) == (again, ItemKind.LOST)
    start = text.index("5 %")
    decide(store, lost, ReviewDecision.CORRECTED, ((start, start + 10),))
    newest = rerun(store, [samples.extractions()[1]], "4", (), reader_version=OTHER_READER)
    assert open_kinds(store) == []
    assert carried(connection, newest) == [("corrected", YIELD, None, "5 % a year", [[start, start + 10]])]


def test_wrong_words_that_are_gone_are_not_asked_for(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.REJECTED)
    newer = rerun_elsewhere(store, text=MOVED + samples.TEXT.replace("4 % a year", "5 % a year"))
    assert (open_kinds(store), carried(connection, newer)) == ([], [])


def test_nothing_of_a_field_holds_in_another_reading(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.NOT_IN_DOCUMENT)
    newer = rerun_elsewhere(store)
    assert carried(connection, newer) == [("not_in_document", YIELD, None, None, None)]


def test_run_that_is_resumed_carries_once(store: Store, connection: psycopg.Connection, run_id: str) -> None:
    decide(store, question(store, ItemKind.VALUE, YIELD), ReviewDecision.ACCEPTED)
    with (
        pytest.raises(RuntimeError),
        store.runs.claim(samples.identity("a", "2")) as claim,
    ):
        store.runs.save_round(claim.run_id, samples.round_record(1))
        raise RuntimeError
    with store.runs.claim(samples.identity("a", "2")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(2))
        store.runs.finish(claim.run_id, VALUES, samples.coverage(), {}, ITEMS)
    assert carried(connection, claim.run_id) == [("accepted", YIELD, "4 %", None, None)]
    assert [e.status for e in store.runs.load(claim.run_id).extractions] == [
        ExtractionStatus.VERIFIED,
        ExtractionStatus.UNSETTLED,
    ]
