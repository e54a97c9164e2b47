"""A run's evidence page is loaded whole, whatever the run's state, and a user's name for it finds it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tasks.core.errors import StoreMissing
from tasks.core.evidence.assemble import assembled
from tasks.core.evidence.page import NoticeCode
from tasks.core.evidence.stored import DocumentSource
from tasks.core.records import RunId
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_replay import run as noisy_run


@pytest.fixture
def done(store: Store) -> RunId:
    samples.put_document(store)
    return samples.do_run(store)


def codes(store: Store, run_id: RunId) -> list[NoticeCode]:
    return [notice.code for notice in assembled(store.evidence.load(run_id), None).notices]


def test_loaded_run_has_all_that_was_stored(store: Store, done: RunId) -> None:
    loaded = store.evidence.load(done)
    assert (loaded.run.run_input.reading, loaded.run.run_input.chunks) == (
        samples.reading(),
        samples.chunks(),
    )
    assert loaded.run.run_input.schema == samples.SCHEMA
    assert loaded.run.records == (samples.round_record(1), samples.round_record(2))
    assert set(loaded.run.extractions) == set(samples.extractions())
    assert set(loaded.run.coverage) == set(samples.coverage())
    assert loaded.sources == (DocumentSource("contracts", "deals/a.pdf", "etag-a", "etag-a"),)
    assert loaded.sources[0].version_id is None
    assert (loaded.head.generator, loaded.head.critic, loaded.head.newer_run_id) == (
        "generator/1",
        "critic/1",
        None,
    )


def test_page_shows_the_note_of_a_value_and_the_fields_of_the_schema(store: Store, done: RunId) -> None:
    page = assembled(store.evidence.load(done), None)
    found, invented = page.values
    assert found.note is not None
    assert (found.note.marker, found.note.citing_sentence) == ("1", samples.CITING)
    assert (found.status, invented.status, invented.ranges) == ("verified", "rejected", ())
    assert [(f.name, f.state) for f in page.fields] == [("yield", "absent"), ("principal_at_risk", "found")]
    # The answers of these samples are no answers of a model: they are shown as they are stored.
    assert [r.critic_error for r in found.history.rounds] == ["model_timed_out"] * 2
    assert found.history.stop == ""


def test_history_of_a_run_with_noisy_models_says_why_each_chunk_stopped(store: Store) -> None:
    page = assembled(store.evidence.load(noisy_run(store, 3)), None)
    assert page.values
    for value in page.values:
        assert value.history.stop != ""
        assert {r.change for r in value.history.rounds} != {"absent"}
        assert value.history.rounds[0].is_accepted or value.history.rounds[0].error


def test_first_source_that_is_there_comes_first_with_its_version(store: Store, done: RunId) -> None:
    (only,) = store.evidence.load(done).sources
    store.sources.record("archive", "moved/a.pdf", "v7", "etag-a", 1000, samples.document_id("a"))
    moved = DocumentSource("archive", "moved/a.pdf", "v7", "etag-a")
    assert store.evidence.load(done).sources == (only, moved), "a later upload renames nothing"
    store.objects.missing("contracts", only.key)
    assert store.evidence.load(done).sources == (moved, only)
    assert moved.version_id == "v7"


def test_older_run_names_the_newer_one_and_a_newer_one_names_none(store: Store, done: RunId) -> None:
    newer = samples.do_run(store, version="2")
    assert store.evidence.load(done).head.newer_run_id == newer
    assert store.evidence.load(newer).head.newer_run_id is None
    forced = samples.do_run(store, version="2", force=True)
    assert store.evidence.load(newer).run.state == "superseded"
    assert codes(store, newer)[0] is NoticeCode.SUPERSEDED
    assert NoticeCode.SUPERSEDED not in codes(store, forced)


def test_run_that_is_not_finished_or_failed_is_shown_as_far_as_it_came(store: Store) -> None:
    samples.put_document(store)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        page = assembled(store.evidence.load(claim.run_id), None)
        assert (page.run.n_rounds, page.values) == (1, ())
        assert {field.state for field in page.fields} == {"failed"}
        assert NoticeCode.NOT_FINISHED in codes(store, claim.run_id)
        store.runs.fail(claim.run_id, "model_unavailable")
    page = assembled(store.evidence.load(claim.run_id), None)
    assert [n.detail for n in page.notices if n.code is NoticeCode.FAILED] == ["model_unavailable"]


def test_run_is_read_with_the_reader_that_it_had(store: Store, done: RunId) -> None:
    newer = replace(samples.reading("reader-99"), text=samples.TEXT.replace("4 %", "9 %"))
    store.readings.save(samples.document_id("a"), newer, samples.chunks(), {})
    assert store.evidence.load(done).run.run_input.reading == samples.reading()
    assert NoticeCode.OTHER_READER in codes(store, done)


def test_review_stands_with_its_value(store: Store, done: RunId, connection: psycopg.Connection) -> None:
    loaded = store.evidence.load(done)
    number, found = next(row for row in loaded.numbered if row[1].citation)
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason)"
        " SELECT run_id, chunk_id, field, extraction_id, 'accepted', 'ada', 'as written' FROM extraction WHERE extraction_id = %s",
        (number,),
    )
    page = assembled(store.evidence.load(done), None)
    reviews = {v.extraction_id: [(r.reviewer, r.decision) for r in v.history.reviews] for v in page.values}
    assert reviews == {n: [("ada", "accepted")] if n == number else [] for n, _ in loaded.numbered}
    assert found


def test_page_is_loaded_as_the_database_is_at_one_moment(
    store: Store, done: RunId, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tasks.postgres.evidence as module

    real = module.load_reading

    def slow(*arguments: Any) -> Any:
        samples.do_run(store, force=True)  # another worker finishes meanwhile
        return real(*arguments)

    monkeypatch.setattr(module, "load_reading", slow)
    loaded = store.evidence.load(done)
    assert (loaded.run.state, len(loaded.extraction_ids)) == ("done", len(loaded.run.extractions))


def test_missing_run_says_what_to_do(store: Store) -> None:
    with pytest.raises(StoreMissing, match="countersign export"):
        store.evidence.load(RunId("00000000-0000-0000-0000-000000000000"))


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("name", ["deals/a.pdf", "a.pdf", hashlib.sha256(b"a").hexdigest()])
def test_document_is_found_by_key_file_name_and_digest(store: Store, done: RunId, name: str) -> None:
    (label,) = store.evidence.runs_called(name)
    assert (label.run_id, label.schema_name, label.key) == (done, "small", "deals/a.pdf")


def test_newest_done_run_of_each_schema_is_meant(store: Store, done: RunId) -> None:
    newer = samples.do_run(store, version="2")
    assert [label.run_id for label in store.evidence.runs_called("a.pdf")] == [newer]
    assert store.evidence.runs_called("a.pdf", "small")
    with pytest.raises(StoreMissing, match=r"no finished run of the schema `cv`.*: small"):
        store.evidence.runs_called("a.pdf", "cv")


def test_key_means_the_content_that_it_held_last(store: Store, done: RunId) -> None:
    samples.put_document(store, "b")
    later = samples.do_run(store, "b")
    assert [label.run_id for label in store.evidence.runs_called("deals/a.pdf")] == [later]
    assert store.evidence.runs_called(samples.document_id("a"))[0].run_id == done


@pytest.mark.parametrize("digits", [8, 13, 36])
def test_run_is_found_by_its_first_digits(store: Store, done: RunId, digits: int) -> None:
    assert store.evidence.runs_called(done[:digits].upper())[0].run_id == done


def test_digits_of_several_runs_are_refused(
    store: Store, done: RunId, connection: psycopg.Connection
) -> None:
    connection.execute(
        "INSERT INTO run (run_id, run_key, attempt, document_id, schema_version_id, schema_name, generator_id,"
        " reader_version, max_rounds) SELECT overlay(run_id::text PLACING %s FROM 25)::uuid, 'k', 1,"
        " document_id, schema_version_id, schema_name, generator_id, reader_version, max_rounds FROM run",
        ("000000000000",),
    )
    with pytest.raises(StoreMissing, match="several runs"):
        store.evidence.runs_called(done[:8])


@pytest.mark.parametrize("name", ["nosuch.pdf", "1234567", "zzzzzzzz", "00000000", ""])
def test_unknown_name_says_what_names_there_are(store: Store, done: RunId, name: str) -> None:
    with pytest.raises(StoreMissing, match=r"no document and no run is called .*SHA-256"):
        store.evidence.runs_called(name)


def test_refused_document_says_why(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    connection.execute(
        "INSERT INTO quarantine (source_id, reader_version, code, message) SELECT source_id, 'reader-1', 'needs_ocr', 'no text' FROM source"
    )
    with pytest.raises(StoreMissing, match=r"`a\.pdf` was refused by the reader.*needs_ocr \(no text\)"):
        store.evidence.runs_called("a.pdf")


def test_document_without_a_finished_run_says_what_to_do(store: Store) -> None:
    samples.put_document(store)
    with pytest.raises(StoreMissing, match=r"`a\.pdf` has no finished run. Process it"):
        store.evidence.runs_called("a.pdf")
