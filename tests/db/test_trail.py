"""The trail is append-only for everyone, and an edit made past the refusal shows."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from tasks.core.errors import ConfigurationError, StoreMissing
from tasks.core.records import RunId
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.conftest import refused_by, unguarded

TRAIL = ("generation", "finding", "review")


def reviewed_run(store: Store, connection: psycopg.Connection) -> RunId:
    """A done run with a review: 8 answers, 4 findings, 1 review."""
    samples.put_document(store)
    run_id = samples.do_run(store)
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, decision, reviewer, reason) "
        "SELECT run_id, chunk_id, field, 'accepted', 'ada', 'read it' FROM extraction WHERE status = 'verified'"
    )
    return RunId(run_id)


@pytest.fixture
def run_id(store: Store, connection: psycopg.Connection) -> RunId:
    return reviewed_run(store, connection)


@pytest.fixture(scope="module")
def kept_url(template: str, make_database, dropped) -> Iterator[str]:
    """A database for all tests in which every change is refused."""
    url = make_database(template)
    with Store(url) as store, psycopg.connect(url, autocommit=True) as connection:
        reviewed_run(store, connection)
    yield url
    dropped(url)


@pytest.fixture
def kept(kept_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(kept_url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("table", TRAIL)
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_change_of_the_trail_is_refused_to_its_owner(
    kept: psycopg.Connection, table: str, change: str
) -> None:
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        kept.execute(change.format(table))


@pytest.mark.parametrize("table", TRAIL)
def test_replication_role_does_not_switch_the_refusal_off(kept: psycopg.Connection, table: str) -> None:
    kept.execute("SET session_replication_role = replica")
    with refused_by(f"{table}_append_only"):
        kept.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["countersign_writer", "countersign_reader"])
def test_roles_of_the_application_have_no_right_to_change_the_trail(
    kept: psycopg.Connection, role: str, change: str
) -> None:
    kept.execute(f"SET ROLE {role}")
    for table in TRAIL:
        with pytest.raises(errors.InsufficientPrivilege):
            kept.execute(change.format(table))


def test_writer_cannot_move_the_end_of_the_trail(kept: psycopg.Connection) -> None:
    kept.execute("SET ROLE countersign_writer")
    with pytest.raises(errors.InsufficientPrivilege):
        kept.execute("UPDATE run SET trail_length = 3")


def test_writer_has_every_right_a_run_needs(database_url: str, connection: psycopg.Connection) -> None:
    with Store(make_conninfo(database_url, options="-c role=countersign_writer")) as store:
        run_id = reviewed_run(store, connection)
        samples.do_run(store, force=True)
        assert store.trail.verify(run_id).holds


def test_reader_may_read_everything_and_write_nothing(kept_url: str) -> None:
    with Store(make_conninfo(kept_url, options="-c role=countersign_reader")) as store:
        (run_id,) = store.trail.run_ids()
        assert store.trail.verify(run_id).holds
        assert len(list(store.reports.export())) == len(store.reports.batch_table([run_id])) + 1
        with pytest.raises(ConfigurationError, match="countersign_writer"):
            store.sources.record("b", "k", None, "e", 1)


def test_untouched_trail_holds(store: Store, run_id: RunId) -> None:
    proof = store.trail.verify(run_id)
    assert (proof.fault, proof.n_rows) == (None, 14)


def test_settings_of_the_session_do_not_change_the_hashes(database_url: str, run_id: RunId) -> None:
    odd = "-c timezone=Asia/Kolkata -c extra_float_digits=0 -c bytea_output=escape -c datestyle=German"
    with Store(make_conninfo(database_url, options=odd)) as store:
        assert store.trail.verify(run_id).holds
        assert store.trail.verify(RunId(samples.do_run(store, version="2"))).holds


@pytest.mark.parametrize(
    ("table", "edit", "fault"),
    [
        (
            "generation",
            "UPDATE generation SET latency_ms = 1 WHERE trail_position = 2",
            r"row 2 .*\(generation \d+\).*changed",
        ),
        (
            "generation",
            "UPDATE generation SET created_at = '2020-01-01' WHERE trail_position = 7",
            "row 7 .*changed",
        ),
        (
            "finding",
            "UPDATE finding SET reason = 'never mind' WHERE trail_position = 5",
            r"row 5 .*\(finding \d+\).*changed",
        ),
        ("review", "UPDATE review SET decision = 'rejected'", r"row 14 .*\(review \d+\).*changed"),
        ("generation", "DELETE FROM generation WHERE trail_position = 3", "row 4 .*row before it is missing"),
        ("review", "DELETE FROM review", "rows at its end were changed or removed"),
    ],
)
def test_edit_with_the_triggers_off_is_found_at_its_row(
    store: Store, run_id: RunId, connection: psycopg.Connection, table: str, edit: str, fault: str
) -> None:
    with unguarded(connection, table, "extraction"):
        if edit.startswith("DELETE FROM generation"):
            connection.execute("DELETE FROM extraction")
        assert connection.execute(edit).rowcount >= 1
    assert_fault(store, run_id, fault)


def test_edited_answer_with_a_fitting_digest_is_found(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    connection.execute("ALTER TABLE generation DISABLE TRIGGER USER")
    change = "UPDATE generation SET raw = 'x'{} WHERE trail_position = 1"
    with refused_by("generation_digest_is_of_raw"):
        connection.execute(change.format(""))
    connection.execute(change.format(", raw_digest = sha256('x')"))
    assert_fault(store, run_id, "row 1 .*changed")


def test_edit_with_a_recomputed_hash_breaks_the_next_row(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    connection.execute("ALTER TABLE generation DISABLE TRIGGER USER")
    connection.execute("UPDATE generation SET model = 'another' WHERE trail_position = 1")
    connection.execute(
        "UPDATE generation SET row_hash = trail_digest(generation, prev_hash) WHERE trail_position = 1"
    )
    assert_fault(store, run_id, "row 2 .*does not follow")


def test_erased_text_leaves_the_chain_whole(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    """The chain covers the digest of an answer, so a court may have the words themselves taken out."""
    digest = connection.execute(
        "SELECT trail_digest(g, prev_hash) = row_hash FROM (SELECT * FROM generation LIMIT 1) g"
    ).fetchone()
    connection.execute("ALTER TABLE generation DISABLE TRIGGER USER")
    connection.execute("ALTER TABLE generation DROP CONSTRAINT generation_digest_is_of_raw")
    connection.execute("UPDATE generation SET raw = ''")
    erased = connection.execute(
        "SELECT bool_and(trail_digest(generation, prev_hash) = row_hash) FROM generation"
    ).fetchone()
    assert digest == erased == (True,)


def test_client_cannot_choose_its_place_in_the_chain(
    store: Store, run_id: RunId, connection: psycopg.Connection
) -> None:
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, decision, reviewer, reason, trail_position, prev_hash, row_hash) "
        "SELECT run_id, chunk_id, field, 'rejected', 'eve', '', 1, 'forged', 'forged' FROM extraction WHERE status = 'verified'"
    )
    proof = store.trail.verify(run_id)
    assert (proof.fault, proof.n_rows) == (None, 15)


def test_two_reviewers_at_once_make_one_chain(store: Store, run_id: RunId, database_url: str) -> None:
    add = (
        "INSERT INTO review (run_id, chunk_id, field, decision, reviewer, reason) "
        "SELECT run_id, chunk_id, field, 'accepted', %s, '' FROM extraction WHERE status = 'verified'"
    )
    with psycopg.connect(database_url) as one, psycopg.connect(database_url) as two:
        one.execute(add, ("one",))
        two.execute("SET lock_timeout = 200")
        with pytest.raises(errors.LockNotAvailable):
            two.execute(add, ("two",))
        two.rollback()
        one.commit()
        two.execute(add, ("two",))
    proof = store.trail.verify(run_id)
    assert (proof.fault, proof.n_rows) == (None, 16)


def test_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(StoreMissing, match="no run"):
        store.trail.verify(RunId(str(uuid.uuid4())))


def assert_fault(store: Store, run_id: RunId, pattern: str) -> None:
    fault = store.trail.verify(run_id).fault
    assert fault is not None
    assert re.search(pattern, fault), fault
