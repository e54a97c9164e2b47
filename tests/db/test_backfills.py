"""A backfill's rows: every document is in one batch at a time, ends once, and is never lost with a batch that dies."""

from __future__ import annotations

import psycopg
import pytest

from tasks.core.backfill.changes import Cause, causes
from tasks.core.backfill.progress import MAX_BATCHES_OF_A_DOCUMENT, BackfillState, DocumentState
from tasks.core.errors import StoreConflict, StoreMissing
from tasks.postgres.backfills import DRIVER
from tasks.postgres.claims import ClaimState
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_backfill_plans import ALL, do, listed


def planned(store: Store, contents: str = "abcde") -> int:
    with store.backfills.planning() as planning:
        planning.copy(listed(*contents))
        planning.choose(ALL)
        return planning.store("it", {"schema_name": "small"}, len(contents), {})


def running(store: Store, contents: str = "abcde") -> int:
    backfill_id = planned(store, contents)
    assert store.backfills.set_state(backfill_id, BackfillState.RUNNING, [BackfillState.PLANNED])
    return backfill_id


def end(store: Store, backfill_id: int, content: str, state: DocumentState = DocumentState.FAILED) -> None:
    store.backfills.end_document(backfill_id, f"deals/{content}.pdf", state, None, 3, "why")


def test_batches_take_the_documents_in_order_and_each_once(store: Store) -> None:
    backfill_id = running(store)
    taken = [store.backfills.take_batch(backfill_id, 2) for _ in range(4)]
    assert taken == [1, 2, 3, None]
    keys = [store.backfills.batch_keys(backfill_id, number) for number in (1, 2, 3)]
    assert [[key[6] for key in batch] for batch in keys] == [["a", "b"], ["c", "d"], ["e"]]
    assert store.backfills.open_batches(backfill_id) == {1: 2, 2: 2, 3: 1}


@pytest.mark.parametrize("state", [BackfillState.PLANNED, BackfillState.PAUSED, BackfillState.CANCELLED])
def test_nothing_is_taken_unless_it_runs(store: Store, state: BackfillState) -> None:
    backfill_id = running(store)
    store.backfills.set_state(backfill_id, state, [BackfillState.RUNNING])
    assert store.backfills.take_batch(backfill_id, 2) is None
    assert not store.backfills.is_running(backfill_id)


def test_what_a_dead_batch_had_not_ended_waits_again(store: Store) -> None:
    backfill_id = running(store)
    first = store.backfills.take_batch(backfill_id, 3)
    assert first is not None
    end(store, backfill_id, "a", DocumentState.REFUSED)
    assert store.backfills.release_batch(backfill_id, first, "its process died") == 2
    second = store.backfills.take_batch(backfill_id, 2)
    assert second is not None
    assert [key[6] for key in store.backfills.batch_keys(backfill_id, second)] == ["b", "c"]
    assert store.backfills.progress(backfill_id).in_words() == "1 of 5 documents: 1 refused, 4 left"


def test_a_document_that_kills_every_batch_is_given_up(store: Store) -> None:
    backfill_id = running(store, "a")
    for _ in range(MAX_BATCHES_OF_A_DOCUMENT):
        number = store.backfills.take_batch(backfill_id, 1)
        assert number is not None
        store.backfills.release_batch(backfill_id, number, "its process died")
    assert store.backfills.take_batch(backfill_id, 1) is None
    assert store.backfills.failures(backfill_id, 9) == [("deals/a.pdf", "failed", "its process died")]
    assert store.backfills.retry_failed(backfill_id) == 1
    assert store.backfills.take_batch(backfill_id, 1) is not None


def test_a_pause_uses_up_none_of_a_documents_batches(store: Store) -> None:
    backfill_id = running(store, "a")
    for _ in range(MAX_BATCHES_OF_A_DOCUMENT + 1):
        assert store.backfills.take_batch(backfill_id, 1) is not None
        store.backfills.put_back(backfill_id, "deals/a.pdf", "paused", counts=False)
    assert store.backfills.progress(backfill_id).n(DocumentState.WAITING) == 1


def test_a_document_somebody_else_holds_for_ever_is_given_up(store: Store) -> None:
    backfill_id = running(store, "a")
    for _ in range(MAX_BATCHES_OF_A_DOCUMENT):
        assert store.backfills.take_batch(backfill_id, 1) is not None
        store.backfills.put_back(backfill_id, "deals/a.pdf", "held by another worker", counts=True)
    assert store.backfills.progress(backfill_id).n(DocumentState.FAILED) == 1


def test_an_end_is_said_once(store: Store) -> None:
    backfill_id = running(store, "ab")
    store.backfills.take_batch(backfill_id, 2)
    end(store, backfill_id, "a", DocumentState.REFUSED)
    end(store, backfill_id, "a", DocumentState.FAILED)
    ends = store.backfills.batch_ends(backfill_id, 1)
    assert (ends.n_failed, ends.n_documents) == (0, 2)
    assert store.backfills.progress(backfill_id).pages_ended == 3


def test_what_its_own_killed_batch_had_done_counts_as_done(
    store: Store, connection: psycopg.Connection
) -> None:
    backfill_id = running(store, "ab")
    own, another = do(store, "a"), do(store, "b")
    connection.execute("UPDATE run SET backfill_id = %s WHERE run_id = %s", [backfill_id, own])
    for content, run_id in ("a", own), ("b", another):
        key = f"deals/{content}.pdf"
        store.backfills.end_document(backfill_id, key, DocumentState.UNCHANGED, run_id, 1, None)
    found = store.backfills.progress(backfill_id)
    assert (found.n(DocumentState.DONE), found.n(DocumentState.UNCHANGED)) == (1, 1)


def test_only_one_drives_and_a_lost_connection_lets_go(store: Store) -> None:
    backfill_id = running(store)
    with store.backfills.held(backfill_id, DRIVER):
        assert store.backfills.is_held(backfill_id, DRIVER)
        assert not store.backfills.is_held(backfill_id, 1)
        with (
            pytest.raises(StoreConflict, match="another flow run controls it already"),
            store.backfills.held(backfill_id, DRIVER),
        ):
            pass
    assert not store.backfills.is_held(backfill_id, DRIVER)


def test_a_state_comes_only_from_those_it_may_come_from(store: Store) -> None:
    backfill_id = planned(store)
    assert not store.backfills.set_state(backfill_id, BackfillState.PAUSED, [BackfillState.RUNNING])
    assert store.backfills.set_state(backfill_id, BackfillState.CANCELLED, [BackfillState.PLANNED], "no")
    found = store.backfills.by_name("it")
    assert (found.state, found.reason, found.finished_at is None) == (BackfillState.CANCELLED, "no", False)


def test_a_name_that_is_not_there_is_told_with_those_that_are(store: Store) -> None:
    planned(store)
    with pytest.raises(StoreMissing, match=r"`nothing`\. Newest: it"):
        store.backfills.by_name("nothing")


def test_a_forced_backfill_does_a_run_once_however_often_it_is_killed(store: Store) -> None:
    backfill_id = running(store, "a")
    do(store, "a")
    identity = samples.identity("a")
    with store.runs.claim(identity, force=True, flow_run_id="one", backfill_id=backfill_id) as first:
        assert first.state is ClaimState.NEW
    with store.runs.claim(identity, force=True, flow_run_id="two", backfill_id=backfill_id) as again:
        assert (again.state, again.run_id) == (ClaimState.RESUMED, first.run_id)
        for number in (1, 2):
            store.runs.save_round(again.run_id, samples.round_record(number))
        store.runs.finish(again.run_id, samples.extractions(), samples.coverage(), {})
    with store.runs.claim(identity, force=True, flow_run_id="three", backfill_id=backfill_id) as done:
        assert (done.state, done.run_id) == (ClaimState.DONE, first.run_id)
    with store.runs.claim(identity, force=True, flow_run_id="four", backfill_id=None) as other:
        assert other.state is ClaimState.NEW


def test_pairs_set_each_run_beside_the_one_before_it(store: Store, connection: psycopg.Connection) -> None:
    before = do(store, "a", version="0")
    backfill_id = running(store, "ab")
    store.backfills.take_batch(backfill_id, 2)
    for content in "ab":
        run_id = do(store, content)
        store.backfills.end_document(backfill_id, f"deals/{content}.pdf", DocumentState.DONE, run_id, 1, None)
    a, b = store.backfills.pairs(backfill_id)
    assert a.earlier is not None
    assert (a.earlier.generator.version, a.later.generator.version) == ("0", "1")
    assert len(a.earlier_values) == len(a.later_values) == len(samples.extractions())
    assert (b.earlier, b.earlier_values) == (None, ())
    assert (
        before
        != connection.execute("SELECT run_id::text FROM backfill_document WHERE position = 1").fetchone()
    )


def test_pairs_tell_what_each_run_promised(store: Store) -> None:
    do(store, "a")
    backfill_id = running(store, "a")
    store.backfills.take_batch(backfill_id, 1)
    run_id = samples.do_run(store, promise=0.97)
    store.backfills.end_document(backfill_id, "deals/a.pdf", DocumentState.DONE, run_id, 1, None)
    (pair,) = store.backfills.pairs(backfill_id)
    assert pair.earlier is not None
    assert (pair.earlier.promise, pair.later.promise) == (None, 0.97)
    assert causes(pair.earlier, pair.later) == (Cause.PROMISE,)
