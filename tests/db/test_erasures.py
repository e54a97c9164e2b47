"""Erasure: a canary is in every place that holds words, and afterwards in none, while the trail still holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest
import typer
from psycopg.conninfo import make_conninfo

from infra.cli.audit.erase import erase
from tasks.audit.erase import erase_document
from tasks.core.errors import ConfigurationError, DocumentErased, StoreConflict
from tasks.core.records import DocumentId, Extraction, RoundRecord
from tasks.core.review.items import ItemDraft
from tasks.core.review.records import ItemKind
from tasks.postgres.store import Store
from tests.db import samples, trail_prover

CANARY = "Quokka-7741"
EVERYWHERE = """
    SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1, 2"""


def canaried(store: Store, connection: psycopg.Connection, content: str = "a") -> DocumentId:
    """A document whose canary is in its text, chunks, answers, findings, values, cells, reviews, questions and the error book."""
    reading = samples.reading()
    text = reading.text.replace("Principal", CANARY)
    grown = len(CANARY) - len("Principal")
    chunks = tuple(
        replace(
            chunk,
            lead_in=CANARY,
            context_before=CANARY,
            headings=(CANARY,),
            passages=tuple(replace(p, text=p.text.replace("Principal", CANARY)) for p in chunk.passages),
        )
        for chunk in samples.chunks()
    )
    last = reading.lines[-1]
    reading = replace(
        reading,
        text=text,
        lines=(reading.lines[0], replace(last, end=last.end + grown)),
        pages=(replace(reading.pages[0], end=len(text)),),
    )
    document_id = samples.put_document(store, content, f"deals/{content}.pdf", (reading, chunks))
    with store.runs.claim(samples.identity(content)) as claim:
        for number in (1, 2):
            store.runs.save_round(claim.run_id, _worded(samples.round_record(number)))
        found: list[Extraction] = [
            replace(e, value=f"{CANARY} {n}", quote=CANARY, normal=CANARY)
            for n, e in enumerate((*samples.extractions(), samples.record()))
        ]
        cells = [replace(cell, reason=CANARY) for cell in samples.coverage()]
        summary = {"seconds": 1, "checks": [{"says": CANARY}]}
        asked = [ItemDraft(ItemKind.VALUE, found[2].field, 0, 2, None, 0.5, 0.5, "doubtful")]
        store.runs.finish(claim.run_id, found, cells, summary, asked)
    connection.execute("UPDATE review_item SET question = jsonb_build_object('signals', %s::text)", (CANARY,))
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, value, quote, reviewer, reason, spans, shown, normal) "
        "SELECT run_id, chunk_id, field, extraction_id, 'corrected', %(c)s, %(c)s, 'ada', %(c)s, spans, jsonb_build_object('v', %(c)s::text), %(c)s "
        "FROM extraction WHERE status = 'verified'",
        {"c": CANARY},
    )
    return document_id


def _worded(record: RoundRecord) -> RoundRecord:
    return replace(
        record,
        answers=tuple(replace(a, raw=f"{a.raw} {CANARY}") for a in record.answers),
        findings=tuple((i, replace(f, quote=CANARY, reason=CANARY)) for i, f in record.findings),
    )


def where_it_is(connection: psycopg.Connection) -> set[str]:
    """Every column, and every statistic of the planner, that has the canary."""
    found: set[str] = set()
    for table, column in connection.execute(EVERYWHERE).fetchall():
        has = f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE %s)'
        if connection.execute(has.encode(), (f"%{CANARY}%",)).fetchone() == (True,):
            found.add(f"{table}.{column}")
    rows = connection.execute(
        "SELECT tablename, attname FROM pg_stats WHERE concat(most_common_vals::text, histogram_bounds::text, most_common_elems::text) LIKE %s",
        (f"%{CANARY}%",),
    )
    return found | {f"statistics of {table}.{column}" for table, column in rows.fetchall()}


def test_no_word_is_left_and_the_trail_still_holds(store: Store, connection: psycopg.Connection) -> None:
    document_id = canaried(store, connection)
    canary_only = canaried(store, connection, "b")
    head = trail_prover.signed(store)
    connection.execute("ANALYZE")
    before = where_it_is(connection)
    assert {
        "reading.text", "chunk.passages", "chunk.lead_in", "chunk.headings", "generation.raw", "finding.quote", "finding.reason",
        "extraction.value", "extraction.quote", "extraction.normal", "coverage.reason", "review.value", "review.quote", "review.reason",
        "review.shown", "review.normal", "review_item.question", "error_entry.value", "error_entry.quote", "run.summary",
        "statistics of finding.reason",
    } <= before  # fmt: skip
    for name in (document_id, canary_only):
        assert store.erasures.erase(name, "data protection officer", "request 12").n_rows["generation"] == 8
    store.erasures.vacuum()
    assert where_it_is(connection) == set()
    with connection.transaction():
        assert trail_prover.faults(connection, head) == []
        newest = trail_prover.faults(connection, None)
    assert newest == []
    assert store.trail.verify_chain().n_unsigned_erasures == 2
    assert store.checkpoints.verify(trail_prover.signed(store)).faults == ()
    assert store.trail.verify_chain().n_unsigned_erasures == 0
    recorded = connection.execute("SELECT requested_by, reason FROM erasure").fetchall()
    assert recorded == [("data protection officer", "request 12")] * 2
    counts = connection.execute("SELECT status, count(*) FROM extraction GROUP BY 1 ORDER BY 1").fetchall()
    assert dict(counts) == {"verified": 2, "unsettled": 2, "rejected": 2}


def test_an_edit_that_calls_itself_an_erasure_is_found(store: Store, connection: psycopg.Connection) -> None:
    document_id = canaried(store, connection)
    head = trail_prover.signed(store)
    store.erasures.erase(document_id, "ada", "asked")
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('countersign.erasing', 'yes', true)")
        connection.execute("UPDATE extraction SET value = 'EUR 5' WHERE status = 'verified'")
        assert trail_prover.faults(connection, head)
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('countersign.erasing', 'yes', true)")
        connection.execute("UPDATE extraction SET status = 'unsettled' WHERE status = 'verified'")
        assert trail_prover.faults(connection, head)


def test_erased_document_is_neither_read_nor_replayed_again(
    store: Store, connection: psycopg.Connection
) -> None:
    document_id = canaried(store, connection)
    (run_id,) = store.trail.run_ids()
    assert store.erasures.erased_at(document_id) is None
    store.erasures.erase(document_id, "ada", "asked")
    assert store.erasures.erased_at(document_id) is not None
    for load in (
        lambda: store.runs.load(run_id),
        lambda: store.readings.load(document_id, samples.READER),
        lambda: store.evidence.load(run_id),
    ):
        with pytest.raises(DocumentErased, match="erased") as refused:
            load()
        assert refused.value.code == "erased"
    assert list(store.reports.export(all_versions=True)) == list(store.reports.export(run=run_id)) == []


def test_only_the_owner_may_and_not_while_a_worker_is_at_it(
    store: Store, connection: psycopg.Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then nothing is deleted in S3 either: the delivered files are what others read."""
    deleted: list[str] = []
    monkeypatch.setattr("tasks.audit.erase.delete_everywhere", lambda bucket, keys: deleted.append(bucket))
    monkeypatch.setattr(
        "tasks.audit.erase._delivered_values", lambda places: [("results", ["values/x.jsonl"])]
    )
    monkeypatch.setattr("tasks.audit.erase._evidence_pages", lambda places: [])
    document_id = samples.put_document(store)
    with Store(make_conninfo(database_url, options="-c role=countersign_writer")) as writer:
        for erase_it in (writer.erasures.erase, partial(erase_document, writer)):
            with pytest.raises(ConfigurationError, match="countersign_owner"):
                erase_it(document_id, "ada", "asked")
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        for erase_it in (store.erasures.erase, partial(erase_document, store)):
            with pytest.raises(StoreConflict, match="not finished"):
                erase_it(document_id, "ada", "asked")
    assert deleted == []


def test_command_says_what_it_would_do_and_does_it_when_told(
    store: Store,
    connection: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document_id = canaried(store, connection)
    connection.execute("UPDATE reading SET created_at = '2020-01-01'")
    for name, value in {"DATABASE_URL": database_url, "TRITON_URL": "127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("infra.cli.database.open_store", lambda *_, **__: Store(database_url))
    erase("a.pdf")
    printed = capsys.readouterr()
    assert (document_id in printed.out, "Nothing was done" in printed.err) == (True, True)
    with pytest.raises(typer.BadParameter, match="--by"):
        erase("a.pdf", yes=True)
    assert store.erasures.documents_before(datetime.now(UTC) + timedelta(days=1)) == [document_id]
    erase("a.pdf", by="ada", reason="asked", yes=True, compact=True)
    assert "1 document erased" in capsys.readouterr().out
    assert where_it_is(connection) == set()
    assert store.erasures.documents_before(datetime.now(UTC) + timedelta(days=1)) == []
