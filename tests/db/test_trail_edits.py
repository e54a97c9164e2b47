"""Against the last signed head, every edit that a superuser makes before it is found, and nothing else is called broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

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


def _labels_swapped(connection: psycopg.Connection) -> None:
    """Rejected is verified and the other way round, and a cast to JSON says what it was."""
    for old, new in (("verified", "between"), ("rejected", "verified"), ("between", "rejected")):
        connection.execute(f"ALTER TYPE extraction_status RENAME VALUE '{old}' TO '{new}'".encode())
    connection.execute(
        "CREATE FUNCTION swapped(extraction_status) RETURNS json LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.to_json(CASE $1::text "
        "WHEN 'verified' THEN 'rejected' WHEN 'rejected' THEN 'verified' ELSE $1::text END) $$; "
        "CREATE CAST (extraction_status AS json) WITH FUNCTION swapped(extraction_status)"
    )


def _view(connection: psycopg.Connection) -> None:
    """A view that knows by the search path who asks."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'extraction'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    ).fetchall()
    told = "CASE WHEN current_setting('search_path') = 'pg_catalog' THEN value ELSE 'EUR 9' END AS value"
    columns = ", ".join(told if name == "value" else name for (name,) in rows)
    connection.execute("ALTER TABLE extraction RENAME TO true_extraction")
    connection.execute(f"CREATE VIEW extraction AS SELECT {columns} FROM true_extraction".encode())


def _overload(connection: psycopg.Connection) -> None:
    connection.execute(
        "CREATE FUNCTION pg_catalog.jsonb_build_array(text, text, text, jsonb, text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '[]'::jsonb $$"
    )


def _operator(connection: psycopg.Connection) -> None:
    connection.execute(
        "CREATE FUNCTION never(bytea, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$; "
        "CREATE OPERATOR pg_catalog.<> (FUNCTION = never, LEFTARG = bytea, RIGHTARG = text)"
    )


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (_labels_swapped, "a cast from public.extraction_status to json was put in"),
        (_view, "table extraction is no table"),
        (_overload, "function jsonb_build_array(text,text,text,jsonb,text) was put beside a built-in one"),
        (_operator, "operator <>(bytea,text) was put beside the built-in ones"),
    ],
)
def test_what_the_database_was_taught_to_say_is_found(
    proven: tuple[Store, psycopg.Connection, SignedHead],
    edit: Callable[[psycopg.Connection], None],
    fault: str,
) -> None:
    _, connection, head = proven
    with connection.transaction(force_rollback=True):
        edit(connection)
        assert fault in " ".join(trail_prover.faults(connection, head))
    with connection.transaction():
        assert trail_prover.faults(connection, head) == []


def test_path_of_the_database_hides_no_run_and_shows_no_other_table(
    store: Store, connection: psycopg.Connection, database_url: str
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    connection.execute("CREATE SCHEMA before_ours; CREATE TABLE before_ours.run AS SELECT * FROM run LIMIT 0")
    connection.execute(f"ALTER DATABASE {name} SET search_path = before_ours, public".encode())
    with Store(database_url) as other:
        assert list(other.trail.run_ids()) == [run_id]
        assert list(other.trail.known([run_id])) == [run_id]
        with other.trail._pool.transaction() as reader:
            assert reader.execute("SELECT count(*) FROM run").fetchone() == (1,)


def test_row_of_a_form_that_nobody_writes_is_broken_and_hides_no_other(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    whole, odd = samples.do_run(store), samples.do_run(store, version="2")
    trail_prover.signed(store)
    connection.execute("SET session_replication_role = replica")
    for table in ("seal", "checkpoint_entry"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
    connection.execute("""UPDATE seal SET facts = '{"values": "x"}' WHERE run_id = %s""", (odd,))
    connection.execute("INSERT INTO checkpoint_entry VALUES (1, 'run', 'nonsense', 1, 'x')")
    assert [(proof.run_id, proof.holds) for proof in store.trail.verify_each([whole, odd])] == [
        (whole, True),
        (odd, False),
    ]
    assert len(store.trail.verify_chain().faults) == 1


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
