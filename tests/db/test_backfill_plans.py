"""Every selection chooses the documents that it names, and a plan that is not kept leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tasks.core.backfill.progress import Measured, Quantity, Versioned
from tasks.core.errors import ConfigurationError, StoreConflict
from tasks.core.records import ModelIdentity
from tasks.postgres.backfill_plans import ChosenCounts, Criteria, ListedObject
from tasks.postgres.sources import Versions
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.conftest import unguarded
from tests.db.test_cost import run

TODAY = Versions(samples.SCHEMA.digest, ModelIdentity("generator", "1"), ModelIdentity("critic", "1"))
ALL = Criteria("contracts", "small", TODAY, 3, {}, False, ())


def listed(*contents: str, reader_version: str = samples.READER) -> list[ListedObject]:
    return [ListedObject(f"deals/{content}.pdf", f"etag-{content}", reader_version) for content in contents]


def do(store: Store, content: str, version: str = "1", critic: bool = True) -> str:
    samples.put_document(store, content, f"deals/{content}.pdf")
    return samples.do_run(store, content, version, critic=critic, summary={"seconds": 2.0})


def choose(store: Store, objects: list[ListedObject], **criteria: Any) -> ChosenCounts:
    with store.backfills.planning() as planning:
        planning.copy(objects)
        return planning.choose(replace(ALL, **criteria))


def chosen_keys(
    store: Store, connection: psycopg.Connection, objects: list[ListedObject], **criteria: Any
) -> str:
    """The documents that a kept plan has, as letters in their order."""
    with store.backfills.planning() as planning:
        planning.copy(objects)
        planning.choose(replace(ALL, **criteria))
        backfill_id = planning.store("kept", {}, 0, {})
    rows = connection.execute(
        "SELECT key FROM backfill_document WHERE backfill_id = %s ORDER BY position", [backfill_id]
    ).fetchall()
    connection.execute("DELETE FROM backfill_document")
    connection.execute("DELETE FROM backfill")
    return "".join(row[0][6] for row in rows)


def test_counts_tell_new_current_and_read_documents_apart(store: Store) -> None:
    do(store, "a")
    do(store, "b", version="2")
    found = choose(store, listed("a", "b", "c"))
    assert found == ChosenCounts(3, n_current=1, n_new=1, n_read=2, n_pages=2, n_due_read=1, n_due_pages=1)


def test_what_was_done_with_another_promise_is_not_current(store: Store) -> None:
    samples.put_document(store, "a", "deals/a.pdf")
    samples.do_run(store, "a", promise=0.95)
    kept, other = (choose(store, listed("a"), deployed=replace(TODAY, promise=p)) for p in (0.95, 0.97))
    assert (kept.n_current, other.n_current) == (1, 0)


def test_an_object_that_changed_since_it_was_done_is_new(store: Store) -> None:
    do(store, "a")
    changed = [ListedObject("deals/a.pdf", "another", samples.READER)]
    assert (choose(store, changed).n_new, choose(store, changed).n_current) == (1, 0)


@pytest.mark.parametrize(
    ("older", "expected"),
    [
        ({}, "abcd"),
        ({Versioned.GENERATOR: None}, "b"),
        ({Versioned.CRITIC: None}, "bc"),
        ({Versioned.SCHEMA: None}, ""),
        ({Versioned.GENERATOR: None, Versioned.CRITIC: None}, "bc"),
    ],
)
def test_older_versions_choose_what_was_done_with_them(
    store: Store, connection: psycopg.Connection, older: dict[Versioned, str | None], expected: str
) -> None:
    do(store, "b", version="0")
    do(store, "a")
    do(store, "c", critic=False)
    assert chosen_keys(store, connection, listed("a", "b", "c", "d"), older=older) == expected


def test_a_named_version_chooses_what_was_done_with_earlier_ones(
    store: Store, connection: psycopg.Connection
) -> None:
    for content, version in ("a", "1"), ("b", "2"), ("c", "3"):
        do(store, content, version)
    everything = listed("a", "b", "c")
    assert chosen_keys(store, connection, everything, older={Versioned.GENERATOR: "2"}) == "a"
    assert chosen_keys(store, connection, everything, older={Versioned.CRITIC: "3"}) == "ab"


def test_another_reader_chooses_what_the_old_one_read(store: Store, connection: psycopg.Connection) -> None:
    do(store, "a")
    criteria = {"older": {Versioned.READER: None}}
    assert chosen_keys(store, connection, listed("a"), **criteria) == ""
    assert chosen_keys(store, connection, listed("a", reader_version="reader-2"), **criteria) == "a"


@pytest.mark.parametrize("kind", [Versioned.GENERATOR, Versioned.SCHEMA])
def test_a_version_nobody_knows_is_refused_with_those_that_are(store: Store, kind: Versioned) -> None:
    do(store, "a", version="7")
    known = "7" if kind is Versioned.GENERATOR else samples.SCHEMA.digest[:12]
    with pytest.raises(ConfigurationError, match=rf"`nine`.*{known}"):
        choose(store, listed("a"), older={kind: "nine"})


def test_unsettled_chooses_what_left_a_cell_open(store: Store, connection: psycopg.Connection) -> None:
    do(store, "a")
    settled = do(store, "b")
    with unguarded(connection, "coverage"):
        connection.execute("UPDATE coverage SET state = 'absent' WHERE run_id = %s", [settled])
    assert chosen_keys(store, connection, listed("a", "b", "c"), unsettled=True) == "a"


def test_error_codes_choose_refused_failed_and_unanswered(
    store: Store, connection: psycopg.Connection
) -> None:
    do(store, "a")
    store.sources.quarantine(
        "contracts", "deals/q.pdf", None, "encrypted", "told", reader_version="r", etag="etag-q"
    )
    samples.put_document(store, "f", "deals/f.pdf")
    with store.runs.claim(samples.identity("f")) as claim:
        store.runs.fail(claim.run_id, "worker_gone")
    everything = listed("a", "f", "q")
    codes = {"q": "encrypted", "f": "worker_gone", "": "no_such_code"}
    found = {
        expected: chosen_keys(store, connection, everything, error_codes=[code])
        for expected, code in codes.items()
    }
    assert found == {expected: expected for expected in codes}


def test_a_plan_that_is_not_kept_leaves_nothing(store: Store, connection: psycopg.Connection) -> None:
    choose(store, listed("a", "b"))
    counts = "SELECT (SELECT count(*) FROM backfill), (SELECT count(*) FROM backfill_document)"
    assert connection.execute(counts).fetchone() == (0, 0)


def test_a_name_is_given_once(store: Store) -> None:
    for number in range(2):
        with store.backfills.planning() as planning:
            planning.copy(listed("a"))
            planning.choose(ALL)
            if number:
                with pytest.raises(psycopg.errors.UniqueViolation):
                    planning.store("same", {}, 1, {})
                break
            planning.store("same", {}, 1, {})


def test_two_runs_on_the_clock_at_once_share_their_time(store: Store, connection: psycopg.Connection) -> None:
    for content in "abc":
        do(store, content)
    # a and b worked together from 0 s to 2 s, c alone from 9 s to 11 s.
    for content, end in ("a", 2), ("b", 2), ("c", 11):
        connection.execute(
            "UPDATE run SET finished_at = timestamptz '2026-01-01 00:00Z' + make_interval(secs => %s) WHERE document_id = %s",
            [end, samples.document_id(content)],
        )
    with store.backfills.planning() as planning:
        clock = planning.measured("small", "generator")[Quantity.CLOCK_S]
    assert (clock.n_runs, clock.amount, clock.amount_squared) == (3, pytest.approx(4), pytest.approx(6))


def test_another_name_for_a_taken_one_is_told(store: Store) -> None:
    with pytest.raises(StoreConflict), store.backfills.planning() as planning:
        planning.copy(listed("a"))
        planning.choose(ALL)
        planning.store("same", {}, 1, {})
        planning.store("same", {}, 1, {})


def _named(connection: psycopg.Connection) -> tuple[str, str]:
    row = connection.execute(
        "SELECT schema_name, name FROM run JOIN model_version ON model_version_id = generator_id LIMIT 1"
    ).fetchone()
    assert row is not None
    return row


def test_sums_are_those_of_the_runs_without_what_was_not_asked(
    store: Store, connection: psycopg.Connection
) -> None:
    for content in "ab":
        run(store, content)
    with store.backfills.planning() as planning:
        found = planning.measured(*_named(connection))
    pages = samples.reading().n_pages
    # Two rounds of one draft and one critique each; the call that the budget forbade is none.
    assert found[Quantity.CALLS] == Measured(2, 2 * pages, 8, 2 * pages**2, 8 * pages, 32)
    assert found[Quantity.SECONDS].amount == pytest.approx(8)
    assert (found[Quantity.TOKENS_IN].amount, found[Quantity.TOKENS_OUT].amount) == (4000, 400)


def test_no_runs_of_that_generator_measure_nothing(store: Store, connection: psycopg.Connection) -> None:
    run(store)
    schema_name, _ = _named(connection)
    with store.backfills.planning() as planning:
        assert planning.measured(schema_name, "another") == {}
