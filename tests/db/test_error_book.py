"""The error book in PostgreSQL: whole or not at all, once, for good, and with reviewers in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from tasks.core.error_book.entries import DraftComparison, Entry, EntryKind, EntrySource, gold_digest
from tasks.core.errors import StoreError
from tasks.core.records import FieldName, ModelIdentity, Span
from tasks.postgres.error_book import Filters
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.conftest import refused_by

RISK, YIELD = FieldName("principal_at_risk"), FieldName("yield")
NOTE = "Principal may be lost."
NOTE_SPANS = (Span(samples.NOTE_START, samples.NOTE_START + len(NOTE)),)
RATE = "4 % a year"
RATE_SPANS = (Span(13, 13 + len(RATE)),)


def compared(
    content: str = "a", version: str = "1", golds: tuple[tuple[FieldName, str], ...] = ()
) -> DraftComparison:
    return DraftComparison(
        samples.document_id(content),
        samples.READER,
        samples.SCHEMA.digest,
        ModelIdentity("generator", version),
        f"deal-{content}",
        gold_digest(golds),
        n_gold=len(golds),
    )


def entry(kind: EntryKind, name: FieldName = RISK, chunk_index: int = 1) -> Entry:
    quote, spans = (NOTE, NOTE_SPANS) if name == RISK else (RATE, RATE_SPANS)
    gold = None if kind is EntryKind.REDUNDANT else quote
    return Entry(kind, EntrySource.GOLD, chunk_index, name, quote, quote, spans, (1,), 0.4, gold)


def listed(store: Store, **filters: Any) -> list[tuple[str, str, str]]:
    return [(r["kind"], r["field"], r["source"]) for r in store.error_book.list_entries(Filters(**filters))]


def in_book(store: Store) -> list[tuple[str, str, str]]:
    """The lines that training reads from the book."""
    return [
        (e.kind.value, e.field, e.source.value)
        for part in store.error_book.parts()
        for e in store.error_book.entries_of(part)
    ]


@pytest.fixture
def run_id(store: Store) -> str:
    """A done run: the note's clause verified in chunk 1, an invented yield rejected in chunk 0."""
    samples.put_document(store)
    return samples.do_run(store)


# ---------------------------------------------------------------- comparisons


def test_comparison_comes_back_as_it_was_saved(store: Store) -> None:
    samples.put_document(store)
    entries = (entry(EntryKind.CORRECT), entry(EntryKind.REDUNDANT, YIELD, 0), entry(EntryKind.MISSING))
    assert store.error_book.save_comparison(compared(), entries)
    (part,) = store.error_book.parts()
    assert (part.document, part.generator, part.schema) == ("deal-a", "generator/1", samples.SCHEMA)
    assert sorted(store.error_book.entries_of(part), key=entries.index) == list(entries)


def test_same_comparison_again_writes_nothing(store: Store) -> None:
    samples.put_document(store)
    assert not store.error_book.is_compared(compared())
    store.error_book.save_comparison(compared(), [entry(EntryKind.CORRECT)])
    assert store.error_book.is_compared(compared())
    assert not store.error_book.save_comparison(compared(), [entry(EntryKind.REDUNDANT)])
    assert listed(store) == [("correct", RISK, "gold")]


def test_comparison_with_a_bad_entry_writes_nothing_at_all(store: Store) -> None:
    samples.put_document(store)
    with pytest.raises(StoreError, match="no chunk 9"):
        store.error_book.save_comparison(
            compared(), [entry(EntryKind.CORRECT), entry(EntryKind.CORRECT, chunk_index=9)]
        )
    assert not store.error_book.is_compared(compared())
    assert listed(store) == []


def test_comparison_of_a_document_that_was_not_read_is_refused(store: Store) -> None:
    store.runs.register_schema(samples.SCHEMA)
    with pytest.raises(StoreError, match="reading"):
        store.error_book.save_comparison(compared(), [])


def test_newer_gold_or_generator_takes_the_place_of_the_older(store: Store) -> None:
    samples.put_document(store)
    store.error_book.save_comparison(compared(), [entry(EntryKind.CORRECT)])
    store.error_book.save_comparison(compared(golds=((RISK, NOTE),)), [entry(EntryKind.BOUNDARY)])
    assert in_book(store) == listed(store) == [("boundary", RISK, "gold")]
    store.error_book.save_comparison(compared(version="2"), [entry(EntryKind.MISSING)])
    assert in_book(store) == listed(store) == [("missing", RISK, "gold")]
    older = listed(store, generator="generator/1")
    assert older == [("boundary", RISK, "gold"), ("correct", RISK, "gold")]


def test_each_generator_has_its_own_book(store: Store) -> None:
    samples.put_document(store)
    store.error_book.save_comparison(compared(), [entry(EntryKind.CORRECT)])
    other = replace(compared(), generator=ModelIdentity("fewshot", "1"))
    store.error_book.save_comparison(other, [entry(EntryKind.REDUNDANT)])
    assert [p.generator for p in store.error_book.parts()] == ["fewshot/1", "generator/1"]
    assert [p.generator for p in store.error_book.parts("fewshot")] == ["fewshot/1"]
    assert store.error_book.count_entries(store.error_book.parts("fewshot")) == {
        (RISK, EntryKind.REDUNDANT): 1
    }


def test_list_is_filtered_by_what_is_asked(store: Store) -> None:
    samples.put_document(store)
    samples.put_document(store, "b", "deals/b.pdf")
    store.error_book.save_comparison(
        compared(), [entry(EntryKind.CORRECT), entry(EntryKind.REDUNDANT, YIELD, 0)]
    )
    store.error_book.save_comparison(compared("b"), [entry(EntryKind.MISSING)])
    assert listed(store, kind=EntryKind.MISSING) == [("missing", RISK, "gold")]
    assert listed(store, field="yield") == [("redundant", YIELD, "gold")]
    for name in ("deal-b", "deals/b.pdf", "b.pdf", samples.document_id("b")):
        assert listed(store, document=name) == [("missing", RISK, "gold")]
    assert [len(list(store.error_book.list_entries(Filters(), n))) for n in (1, 2, 9)] == [1, 2, 3]


@pytest.mark.parametrize("table", ["comparison", "error_entry"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_evidence_is_not_changed_even_by_its_owner(
    store: Store, connection: psycopg.Connection, table: str, change: str
) -> None:
    samples.put_document(store)
    store.error_book.save_comparison(compared(), [entry(EntryKind.CORRECT)])
    with pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change.format(table))


def test_entry_without_its_source_is_refused(store: Store, connection: psycopg.Connection) -> None:
    samples.put_document(store)
    store.error_book.save_comparison(compared(), [])
    with refused_by("error_entry_has_its_source"):
        connection.execute(
            "INSERT INTO error_entry (source, comparison_id, position, kind, schema_version_id, generator_id, chunk_id, field, value, quote) "
            "SELECT 'review', comparison_id, 0, 'redundant', schema_version_id, generator_id, chunk_id, 'yield', '', '' "
            "FROM comparison JOIN chunk USING (reading_id) LIMIT 1"
        )


# ---------------------------------------------------------------- reviewers


def review(
    connection: psycopg.Connection,
    run_id: str,
    decision: str,
    status: str | None = "verified",
    value: str | None = None,
    spans: str | None = None,
) -> None:
    """A decision over the extraction of this status, or (None) over the empty cell of the yield in chunk 0."""
    values = {"run": run_id, "decision": decision, "status": status, "value": value, "spans": spans}
    if status is None:
        place = "SELECT coverage.run_id, coverage.chunk_id, coverage.field, NULL::bigint FROM coverage JOIN chunk USING (chunk_id) "
        place += "WHERE run_id = %(run)s AND chunk_index = 0 AND field = 'yield'"
    else:
        place = "SELECT run_id, chunk_id, field, extraction_id FROM extraction WHERE run_id = %(run)s AND status = %(status)s"
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, value, quote, spans, reviewer, reason) "
        f"SELECT place.*, %(decision)s::review_decision, %(value)s, %(value)s, %(spans)s::jsonb, 'ada', 'read it' FROM ({place}) place",  # pyright: ignore[reportArgumentType]
        values,
    )


RATE_AT, TOUCHING = "[[13, 23]]", f"[[{samples.NOTE_START}, {samples.NOTE_START + 9}]]"
SAME = f"[[{samples.NOTE_START}, {samples.NOTE_START + len(NOTE)}]]"

DECISIONS: list[tuple[str, str | None, str | None, str | None, list[tuple[str, str | None]]]] = [
    ("accepted", "verified", None, None, [("correct", NOTE)]),
    ("rejected", "verified", None, None, [("redundant", None)]),
    ("accepted", "rejected", None, None, [("correct", "5 %")]),
    ("corrected", "verified", "Principal", TOUCHING, [("boundary", "Principal")]),
    ("corrected", "verified", "lost", SAME, [("redundant", None), ("missing", "lost")]),
    ("corrected", "verified", "lost", None, [("redundant", None), ("missing", "lost")]),
    ("corrected", "verified", RATE, RATE_AT, [("redundant", None), ("missing", RATE)]),
    ("corrected", None, RATE, RATE_AT, [("missing", RATE)]),
    ("accepted", None, None, None, []),
    ("rejected", None, None, None, []),
    ("gold_wrong", None, None, None, []),
    ("gold_wrong", "verified", None, None, [("correct", NOTE)]),
    ("gold_wrong", "rejected", None, None, [("redundant", None)]),
]


@pytest.mark.parametrize(("decision", "status", "value", "spans", "entered"), DECISIONS)
def test_decision_enters_the_book(
    store: Store,
    connection: psycopg.Connection,
    run_id: str,
    decision: str,
    status: str | None,
    value: str | None,
    spans: str | None,
    entered: list[tuple[str, str | None]],
) -> None:
    review(connection, run_id, decision, status, value, spans)
    rows = list(store.error_book.list_entries(Filters()))
    assert [(r["kind"], r["gold"]) for r in reversed(rows)] == entered
    assert {(r["source"], r["generator"], r["schema"]) for r in rows} <= {("review", "generator/1", "small")}


def test_missing_value_of_a_reviewer_stands_on_its_page(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    review(connection, run_id, "corrected", None, RATE, RATE_AT)
    (row,) = store.error_book.list_entries(Filters())
    assert (row["quote"], row["spans"], row["pages"], row["chunk"]) == (RATE, [[13, 23]], [1], 0)


@pytest.mark.parametrize(
    ("against_gold", "entered"), [(EntryKind.CORRECT, "redundant"), (EntryKind.REDUNDANT, "correct")]
)
def test_wrong_gold_turns_what_was_compared_with_it(
    store: Store, connection: psycopg.Connection, run_id: str, against_gold: EntryKind, entered: str
) -> None:
    store.error_book.save_comparison(compared(), [entry(against_gold)])
    review(connection, run_id, "gold_wrong")
    assert in_book(store) == [(entered, RISK, "review")]
    overruled = {r["source"]: r["overruled"] for r in store.error_book.list_entries(Filters())}
    assert overruled == {"gold": True, "review": False}


def test_gold_that_lacks_nothing_by_a_reviewers_word_is_overruled(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    lacking = entry(EntryKind.MISSING, YIELD, 0)
    store.error_book.save_comparison(compared(), [lacking, entry(EntryKind.CORRECT)])
    assert in_book(store)[0] == ("missing", YIELD, "gold")
    review(connection, run_id, "gold_wrong", None)
    assert in_book(store) == [("correct", RISK, "gold")]


def test_review_judges_another_generators_value_at_the_same_place(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    other = replace(compared(), generator=ModelIdentity("fewshot", "1"))
    store.error_book.save_comparison(other, [entry(EntryKind.REDUNDANT)])
    review(connection, run_id, "accepted")
    (part,) = store.error_book.parts("fewshot")
    assert [(e.kind.value, e.score) for e in store.error_book.entries_of(part)] == [("correct", 0.4)]


def test_last_word_of_a_reviewer_counts(store: Store, connection: psycopg.Connection, run_id: str) -> None:
    review(connection, run_id, "rejected")
    review(connection, run_id, "accepted")
    assert in_book(store) == [("correct", RISK, "review")]


def test_reviewed_document_without_gold_goes_by_its_file(
    store: Store, connection: psycopg.Connection, run_id: str
) -> None:
    review(connection, run_id, "accepted")
    (part,) = store.error_book.parts()
    assert (part.document, part.comparison_id, part.run_id) == ("a", None, run_id)


def test_runs_are_found_by_file_name_the_newest_with_a_critic_first(store: Store, run_id: str) -> None:
    newer = samples.do_run(store, version="2")
    samples.do_run(store, version="3", critic=False)
    (run,) = store.error_book.runs_of_files(["a.pdf", "b.pdf"], "small")
    assert (run["file_name"], run["run_id"], run["critic"]) == ("a.pdf", newer, "critic/2")
