"""A run is claimed by one, written once, resumed after a crash, and done only when it is complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from tasks.core.errors import ConfigurationError, RunHeld, StoreConflict, StoreError, StoreUnavailable
from tasks.core.records import CellState, CoverageCell, ExtractionStatus, FieldName, ModelIdentity, RunId
from tasks.postgres.queries import query
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.conftest import refused_by

_SNAPSHOT = {
    "source": "bucket, key, object_version, document_id",
    "reading": "document_id, reader_version, status, text, content_digest",
    "page": "page_number, start_char, end_char, lines",
    "footnote": "footnote_index, marker, spans, cited_at",
    "chunk": "chunk_index, kind, passages, lead_in",
    "run": "run_key, attempt, state, document_id, schema_name, summary, trail_length",
    "generation": "round_number, stage, model, raw, error, trail_position",
    "finding": "round_number, kind, source, field, quote, spans, pages, score, reason, trail_position",
    "extraction": "field, status, value, quote, spans, pages, round_number, score, reason",
    "coverage": "field, state, reason",
}
"""What two ways to the same result must agree on: everything but ids, times and the hashes over them."""


def rows(connection: psycopg.Connection) -> dict[str, list[str]]:
    return {
        table: sorted(str(row) for row in connection.execute(f"SELECT {columns} FROM {table}").fetchall())
        for table, columns in _SNAPSHOT.items()
    }


def test_rounds_come_back_exactly_as_saved(store: Store) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        assert claim.state == "new"
        assert store.runs.save_round(claim.run_id, samples.round_record(1))
        assert store.runs.save_round(claim.run_id, samples.round_record(2, (1,)))
    assert store.runs.load_rounds(claim.run_id) == (samples.round_record(1), samples.round_record(2, (1,)))


def test_unfinished_run_is_resumed_with_its_rounds(store: Store) -> None:
    samples.put_document(store)
    with pytest.raises(ZeroDivisionError), store.runs.claim(samples.identity("a")) as first:
        store.runs.save_round(first.run_id, samples.round_record(1))
        raise ZeroDivisionError
    with store.runs.claim(samples.identity("a")) as again:
        assert (again.run_id, again.state) == (first.run_id, "resumed")
        assert again.rounds == (samples.round_record(1),)


def test_done_run_is_not_done_again(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    before = rows(connection)
    with store.runs.claim(samples.identity("a")) as claim:
        assert (claim.run_id, claim.state) == (run_id, "done")
        with pytest.raises(StoreConflict):
            store.runs.save_round(claim.run_id, samples.round_record(3))
    assert rows(connection) == before


def test_forced_run_supersedes_only_when_it_is_done(store: Store) -> None:
    samples.put_document(store)
    first = samples.do_run(store)
    with store.runs.claim(samples.identity("a"), force=True) as claim:
        assert claim.state == "new"
        store.runs.save_round(claim.run_id, samples.round_record(1))
        assert {line["run"] for line in store.reports.export()} == {first}
        store.runs.save_round(claim.run_id, samples.round_record(2))
        store.runs.finish(claim.run_id, samples.extractions(), samples.coverage(), {})
    assert {line["run"] for line in store.reports.export()} == {claim.run_id}


def test_forced_run_that_crashed_is_resumed_by_its_own_flow_run(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    with store.runs.claim(samples.identity("a"), force=True, flow_run_id="f1") as first:
        store.runs.save_round(first.run_id, samples.round_record(1))
    with store.runs.claim(samples.identity("a"), force=True, flow_run_id="f1") as same:
        assert (same.run_id, same.state) == (first.run_id, "resumed")
    with store.runs.claim(samples.identity("a"), force=True, flow_run_id="f2") as other:
        assert other.run_id != first.run_id
        assert other.state == "new"


def test_second_unforced_run_of_a_key_is_refused_by_the_database(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    samples.do_run(store)
    columns = "run_key, attempt, document_id, schema_version_id, schema_name, generator_id, reader_version, max_rounds"
    with refused_by("run_not_done_twice"):
        connection.execute(f"INSERT INTO run ({columns}) SELECT {columns} FROM run")


def test_run_that_was_given_back_is_free_at_once(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    for _ in range(20):
        with store.runs.claim(samples.identity("a")) as claim:
            pass
        taken = connection.execute(query("maintenance", "try_lock"), {"run_key": claim.run_key}).fetchone()
        assert taken == (True,)


def test_claimed_run_is_refused_to_another_worker(store: Store, database_url: str) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")), Store(database_url) as other:
        with pytest.raises(RunHeld), other.runs.claim(samples.identity("a")):
            pytest.fail("two workers hold one run")
        with other.runs.claim(samples.identity("a", version="2")) as claim:
            assert claim.state == "new"


def test_worker_that_lost_its_connection_cannot_write(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as lost:
        store.runs.save_round(lost.run_id, samples.round_record(1))
        connection.execute("SELECT pg_terminate_backend(%s)", (lost.connection.info.backend_pid,))
        with Store(connection.info.dsn) as other, other.runs.claim(samples.identity("a")) as taken:
            assert taken.run_id == lost.run_id
            with pytest.raises(StoreUnavailable):
                store.runs.save_round(lost.run_id, samples.round_record(2))
            assert other.runs.save_round(taken.run_id, samples.round_record(2))


@pytest.mark.parametrize("n_writes", range(6))
def test_killed_between_any_two_writes_and_run_again_gives_equal_rows(
    store: Store, connection: psycopg.Connection, make_database, template: str, dropped, n_writes: int
) -> None:
    whole_url = make_database(template)
    with Store(whole_url) as undisturbed:
        samples.put_document(undisturbed)
        samples.do_run(undisturbed)
    killed = _Killed(store, n_writes)
    with pytest.raises(_Kill):
        killed.whole_way()
    killed.n_left = 1000
    killed.whole_way()
    with psycopg.connect(whole_url) as whole:
        assert rows(connection) == rows(whole)
    dropped(whole_url)


class _Kill(Exception):
    pass


class _Killed:
    """The steps of one document; the connection breaks inside the write after `n_left` others."""

    def __init__(self, store: Store, n_left: int) -> None:
        self.store, self.n_left = store, n_left

    def whole_way(self) -> None:
        content = samples.document_id("a")
        self._step()
        self.store.sources.record("contracts", "deals/a.pdf", None, "etag-a", 1000, content)
        self._step()
        self.store.readings.save(content, samples.reading(), samples.chunks(), {"max_chars": 6000})
        self.store.runs.register_schema(samples.SCHEMA)
        with self.store.runs.claim(samples.identity("a")) as claim:
            if claim.state != "done":
                for number in range(len(claim.rounds) + 1, 3):
                    self._step()
                    self.store.runs.save_round(claim.run_id, samples.round_record(number))
                self._step()
                self.store.runs.finish(
                    claim.run_id, samples.extractions(), samples.coverage(), {"seconds": 1.5}
                )
        self._step()

    def _step(self) -> None:
        if self.n_left == 0:
            raise _Kill
        self.n_left -= 1


class _KillsOnReading(tuple):
    """Findings whose first reading, in the middle of the round's transaction, ends the connection that writes them."""

    kill: Callable[[], None]

    def __iter__(self):
        self.kill()
        return super().__iter__()


def test_connection_killed_inside_a_round_leaves_nothing_of_it(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    whole = samples.round_record(1)
    with store.runs.claim(samples.identity("a")) as claim:
        pid = claim.connection.info.backend_pid
        findings = _KillsOnReading(whole.findings)
        findings.kill = lambda: connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        with pytest.raises(StoreUnavailable):
            store.runs.save_round(claim.run_id, replace(whole, findings=findings))
    assert connection.execute("SELECT count(*) FROM generation").fetchone() == (0,)
    with store.runs.claim(samples.identity("a")) as again:
        assert again.rounds == ()
        assert store.runs.save_round(again.run_id, whole)


def test_round_that_names_an_unknown_chunk_leaves_nothing(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        bad = replace(samples.round_record(1), findings=((7, samples.round_record(1).findings[0][1]),))
        with pytest.raises(StoreError, match="no chunk 7"):
            store.runs.save_round(claim.run_id, bad)
        assert connection.execute("SELECT count(*) FROM generation").fetchone() == (0,)
        assert store.runs.save_round(claim.run_id, samples.round_record(1))


def test_round_saved_twice_is_written_once(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        assert store.runs.save_round(claim.run_id, samples.round_record(1))
        before = rows(connection)
        assert not store.runs.save_round(claim.run_id, samples.round_record(1))
        assert rows(connection) == before


def test_round_after_a_gap_is_refused(store: Store) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim, pytest.raises(StoreError, match="cannot follow"):
        store.runs.save_round(claim.run_id, samples.round_record(2))


def test_incomplete_coverage_is_refused_and_leaves_the_run_open(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        store.runs.save_round(claim.run_id, samples.round_record(2))
        with pytest.raises(StoreError, match="coverage_complete"):
            store.runs.finish(claim.run_id, samples.extractions(), samples.coverage()[1:], {})
        foreign = CoverageCell(0, FieldName("not_asked"), CellState.ABSENT, "")
        with pytest.raises(StoreError, match="coverage_complete"):
            store.runs.finish(claim.run_id, samples.extractions(), (*samples.coverage(), foreign), {})
        assert connection.execute("SELECT state FROM run").fetchone() == ("running",)
        assert connection.execute("SELECT count(*) FROM extraction").fetchone() == (0,)
        store.runs.finish(claim.run_id, samples.extractions(), samples.coverage(), {})


def test_run_set_done_by_hand_without_coverage_is_refused(
    store: Store, connection: psycopg.Connection
) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
    with refused_by("coverage_complete"):
        connection.execute("UPDATE run SET state = 'done', finished_at = now()")


@pytest.mark.parametrize("status", [ExtractionStatus.VERIFIED, ExtractionStatus.UNSETTLED])
def test_uncited_extraction_is_refused_unless_rejected(store: Store, status: ExtractionStatus) -> None:
    samples.put_document(store)
    reason = "" if status is ExtractionStatus.VERIFIED else "doubted"
    uncited = replace(samples.extractions()[1], status=status, reason=reason)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        with pytest.raises(StoreError, match="extraction_cited_unless_rejected"):
            store.runs.finish(claim.run_id, (uncited,), samples.coverage(), {})


def test_error_names_the_constraint_and_never_the_row(store: Store) -> None:
    samples.put_document(store)
    telling = replace(
        samples.extractions()[1], status=ExtractionStatus.VERIFIED, reason="", value="SECRET CLAUSE"
    )
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        with pytest.raises(StoreError) as caught:
            store.runs.finish(claim.run_id, (telling,), samples.coverage(), {})
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_failed_run_says_why_and_is_resumed(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        store.runs.fail(claim.run_id, "model_unavailable")
        assert connection.execute("SELECT state, error_code FROM run").fetchone() == (
            "failed",
            "model_unavailable",
        )
    with store.runs.claim(samples.identity("a")) as again:
        assert (again.state, len(again.rounds)) == ("resumed", 1)
        store.runs.save_round(again.run_id, samples.round_record(2))
        store.runs.finish(again.run_id, samples.extractions(), samples.coverage(), {})
    assert connection.execute("SELECT state, error_code FROM run").fetchone() == ("done", None)


def test_done_run_cannot_be_reopened(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    samples.do_run(store)
    with refused_by("run_state_order"):
        connection.execute("UPDATE run SET state = 'running'")
    with refused_by("run_identity_fixed"):
        connection.execute("UPDATE run SET max_rounds = 1")


def test_unregistered_schema_is_refused(store: Store) -> None:
    store.sources.record("contracts", "a", None, "e", 1, samples.document_id("a"))
    with pytest.raises(ConfigurationError, match="not registered"), store.runs.claim(samples.identity("a")):
        pytest.fail("claimed without a schema")


def test_run_that_is_not_claimed_cannot_be_written(store: Store) -> None:
    with pytest.raises(StoreConflict, match="not claimed"):
        store.runs.save_round(RunId("00000000-0000-0000-0000-000000000000"), samples.round_record(1))


def test_connection_of_a_claim_serves_the_next_one(store: Store) -> None:
    samples.put_document(store)
    served: set[int] = set()
    for version in "123":
        with store.runs.claim(samples.identity("a", version=version)) as claim:
            served.add(claim.connection.info.backend_pid)
    assert len(served) == 1


def test_connection_that_was_left_in_the_middle_serves_nobody(store: Store) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        claim.connection.execute("BEGIN")
    assert claim.connection.closed
    with store.runs.claim(samples.identity("a")) as again:
        assert again.run_id == claim.run_id


def test_model_is_described_once(store: Store, connection: psycopg.Connection) -> None:
    model = ModelIdentity("generator", "1-abc")
    ids = {store.runs.register_model(model, "generator", details) for details in ({}, {"a": 1}, {"a": 2})}
    assert len(ids) == 1
    assert connection.execute("SELECT details FROM model_version").fetchall() == [({"a": 1},)]
    assert store.runs.register_model(model, "critic", {}) not in ids


def test_schema_registered_twice_is_one_version(store: Store, connection: psycopg.Connection) -> None:
    store.runs.register_schema(samples.SCHEMA)
    store.runs.register_schema(samples.SCHEMA)
    row = connection.execute("SELECT schema_version_id, name, field_names FROM schema_version").fetchall()
    assert row == [(samples.SCHEMA.digest, "small", ["yield", "principal_at_risk"])]
