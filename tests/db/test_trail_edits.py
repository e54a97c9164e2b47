"""Against the last signed head, every edit that a superuser makes before it is found, and nothing else is called broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from tasks.core.audit.head import SignedHead
from tasks.core.records import RunId
from tasks.postgres.store import Store
from tests.db import edits, samples, trail_prover

N_EDITS = 90
"""Of each kind some five; a thousand of other seeds: `python -m tests.bench.trail_edits 1000 SEED`."""


@pytest.fixture(scope="module")
def proven(template: str, make_database, dropped) -> Iterator[tuple[Store, psycopg.Connection, SignedHead]]:
    url = make_database(template)
    with Store(url) as store, psycopg.connect(url, autocommit=True) as connection:
        trail_prover.fill(store, connection)
        yield store, connection, trail_prover.signed(store)
    dropped(url)


def test_every_edit_before_the_head_is_found(proven: tuple[Store, psycopg.Connection, SignedHead]) -> None:
    _, connection, head = proven
    made: set[str] = set()
    for seed in range(N_EDITS):
        name, n_rows, faults = trail_prover.trial(connection, head, seed)
        assert faults or not n_rows, f"seed {seed}: {name}"
        made |= {name} if n_rows else set()
    assert made == {edit.name for edit in edits.EDITS}


def test_what_goes_on_after_the_head_is_no_fault(store: Store, connection: psycopg.Connection) -> None:
    trail_prover.fill(store, connection)
    first = trail_prover.signed(store)
    samples.put_document(store, "d", "deals/d.pdf")
    samples.do_run(store, "d")
    samples.do_run(store, "a", force=True)  # supersedes, and carries a review over
    with store.runs.claim(samples.identity("c")) as claim:  # resumes
        store.runs.save_round(claim.run_id, samples.round_record(2))
        store.runs.finish(claim.run_id, samples.extractions(), samples.coverage(), {})
    connection.execute("VACUUM FULL generation")
    connection.execute("ALTER TABLE finding ADD COLUMN later text")
    for head in (first, trail_prover.signed(store), first):
        with connection.transaction():
            assert trail_prover.faults(connection, head) == []


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        ("UPDATE extraction SET value = 'EUR 2' WHERE status = 'verified'", r"extraction \d+ was changed"),
        ("UPDATE coverage SET state = 'found'", r"the coverage of chunk \d+ was changed"),
        ("DELETE FROM extraction WHERE status = 'verified'", r"extraction \d+ is missing"),
        ("UPDATE reading SET text = 'other words'", "what was read of its document was changed"),
        ("UPDATE run SET finished_at = now()", "its end, schema or models were changed"),
    ],
)
def test_edited_result_is_found_without_a_head(
    store: Store, connection: psycopg.Connection, edit: str, fault: str
) -> None:
    """R30: a verified value that its owner edits in SQL."""
    samples.put_document(store)
    run_id = samples.do_run(store)
    connection.execute("SET session_replication_role = replica")
    for table in ("extraction", "coverage"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
    connection.execute(edit.encode())
    said = store.trail.verify(run_id).fault
    assert said is not None
    assert re.search(fault, said), said


def test_values_and_coverage_are_refused_to_everybody_once_the_run_is_done(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    samples.do_run(store)
    for change in (
        "UPDATE extraction SET value = 'x'",
        "DELETE FROM coverage",
        "DELETE FROM run",
        "INSERT INTO extraction (run_id, chunk_id, generation_id, field, status, value, quote, round_number, reason) "
        "SELECT run_id, chunk_id, generation_id, 'more', 'rejected', 'x', 'x', 1, '' FROM extraction LIMIT 1",
        "INSERT INTO coverage SELECT run_id, chunk_id, 'more', 'absent', '' FROM coverage LIMIT 1",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(change.encode())


def test_a_run_that_is_removed_whole_shows_without_a_head(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    first, second = samples.do_run(store), samples.do_run(store, version="2")
    for run_id, words in (
        (first, "the run before it is missing"),
        (second, "runs at its end were changed or removed"),
    ):
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in edits.GUARDED:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            for table in ("extraction", "coverage", "seal", "finding", "generation", "run"):
                connection.execute(f"DELETE FROM {table} WHERE run_id = %s".encode(), (run_id,))
            assert words in " ".join(trail_prover.faults(connection, None))


def test_guards_that_are_off_are_named(store: Store, connection: psycopg.Connection) -> None:
    assert store.trail.verify_chain().guards_off == ()
    connection.execute(
        "ALTER TABLE finding DISABLE TRIGGER finding_append_only; DROP TRIGGER run_sealed ON run"
    )
    connection.execute(
        "ALTER TABLE review DISABLE TRIGGER ALL; ALTER TABLE review ENABLE TRIGGER ALL"
    )  # always no more
    assert store.trail.verify_chain().guards_off == (
        "finding_append_only",
        "review_append_only",
        "run_sealed",
    )


def test_two_workers_at_once_make_one_chain_of_runs(store: Store, database_url: str) -> None:
    samples.put_document(store)
    with (
        Store(database_url) as other,
        store.runs.claim(samples.identity("a")) as one,
        other.runs.claim(samples.identity("a", "2")) as two,
    ):
        assert one.run_id != two.run_id
    proof = store.trail.verify_chain()
    assert (proof.n_runs, proof.faults) == (2, ())
    assert [p.run_id for p in store.trail.verify_each(store.trail.run_ids())] == [
        RunId(one.run_id),
        RunId(two.run_id),
    ]
