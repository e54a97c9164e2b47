"""How long the review takes over 100,000 open questions: a page of each filter, the next question, a decision.

usage: python -m tests.bench.review_queue [ITEMS] [DOCUMENTS]

On a PostgreSQL of the bench's own (`tests.bench.own_postgres`). Every document has a text of 60,000 characters, 20 chunks and one done
run; the questions are spread over the runs, two thirds of them values, the rest passages. A hundredth of the documents is under
`matter-N/`. Prints milliseconds from the call to its end, median and worst.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import psycopg

from tasks.core.review.records import (
    EVERYTHING,
    ItemKind,
    NewDecision,
    QueueFilter,
    ReviewDecision,
    Scope,
    Via,
)
from tasks.core.schema import Schema, SchemaField
from tasks.postgres.store import Store
from tests.bench.own_postgres import own_database

N_CHUNKS, CHUNK_CHARS, N_FIELDS, N_SCHEMAS = 20, 3000, 41, 4
SENTENCE = "The provider shall deliver the services with care. "
TIMES = 25
SCHEMAS = tuple(
    Schema(
        name=f"schema_{n}",
        title="s",
        fields=tuple(SchemaField(name=f"field_{f}", title="f", description="f") for f in range(N_FIELDS)),
    )
    for n in range(N_SCHEMAS)
)

FILL = {
    "documents": """
        INSERT INTO document SELECT encode(sha256(n::text::bytea), 'hex'), 1 FROM generate_series(1, {n}) n;
        INSERT INTO source (bucket, key, object_version, document_id)
        SELECT 'b', 'matter-' || n % 100 || '/' || n || '.pdf', 'v', encode(sha256(n::text::bytea), 'hex') FROM generate_series(1, {n}) n;
        INSERT INTO reading (document_id, reader_version, status, flags, n_pages, text, chunker, content_digest)
        SELECT document_id, 'r', 'ok', '{{}}', {chunks}, repeat('{sentence}', {chunks} * {chars} / {sentence_chars}), '{{}}', '' FROM document;
        INSERT INTO page SELECT reading_id, k + 1, k * {chars}, (k + 1) * {chars}, 'ok', '[]' FROM reading, generate_series(0, {chunks} - 1) k;
        INSERT INTO chunk (reading_id, chunk_index, kind, passages, lead_in, context_before, context_after, headings, position)
        SELECT reading_id, k, 'body', jsonb_build_array(jsonb_build_object('kind', 'body', 'text', repeat('{sentence}', {chars} / {sentence_chars}),
               'footnote_index', NULL, 'segments', jsonb_build_array(jsonb_build_array(0, k * {chars}, {chars})))), '', '', '', '{{}}', 0
        FROM reading, generate_series(0, {chunks} - 1) k;""",
    "runs": """
        INSERT INTO model_version (kind, name, version) VALUES ('generator', 'g', '1');
        INSERT INTO backfill (name, state, selection, n_documents) SELECT 'backfill ' || n, 'done', '{{}}', 1 FROM generate_series(0, 9) n;
        INSERT INTO run (run_key, attempt, state, document_id, reading_id, schema_version_id, schema_name, generator_id, reader_version,
                         max_rounds, created_at, finished_at, n_review_items, flow_run_id, backfill_id, run_number, prev_run_hash, run_hash)
        SELECT document_id, 1, 'done', document_id, reading_id, chosen.schema_version_id, chosen.name, 1, 'r', 3, now(),
               now() - reading_id * interval '1 minute', 1, 'batch ' || reading_id % 50, 1 + reading_id % 10, reading_id, '', ''
        FROM reading JOIN (SELECT schema_version_id, name, row_number() OVER (ORDER BY name) - 1 AS number FROM schema_version) chosen
          ON chosen.number = reading_id % {schemas};
        INSERT INTO coverage SELECT run_id, chunk_id, 'field_' || f, CASE WHEN f % 7 = 0 THEN 'unsettled' ELSE 'absent' END::cell_state, ''
        FROM run JOIN chunk USING (reading_id), generate_series(0, {fields} - 1) f;
        INSERT INTO generation (run_id, chunk_id, round_number, stage, model, raw, raw_digest, latency_ms, trail_position, prev_hash, row_hash)
        SELECT run_id, chunk_id, 1, 'generate', 'g/1', '', sha256(''), 1, chunk_index + 1, sha256(''), sha256('') FROM run JOIN chunk USING (reading_id)""",
    "values": """
        INSERT INTO extraction (run_id, chunk_id, generation_id, field, status, value, quote, spans, pages, match, round_number, score, reason)
        SELECT run_id, chunk_id, 1, 'field_' || k % {fields}, (ARRAY['verified', 'unsettled'])[1 + k % 2]::extraction_status,
               k || ' ', repeat('{sentence}', 2), jsonb_build_array(jsonb_build_array(chunk_index * {chars} + k, chunk_index * {chars} + k + 100)),
               ARRAY[chunk_index + 1], 'exact', 1, random(), CASE k % 2 WHEN 0 THEN '' ELSE 'doubted' END
        FROM run JOIN chunk USING (reading_id), generate_series(1, {values_a_chunk}) k""",
    "items": """
        INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, extraction_id, spans, pages, status,
                                 score, worth, reason, created_at, question, expected)
        SELECT run.run_id, run.document_id, run.schema_name, run.schema_version_id, extraction.chunk_id, extraction.field, 'value'::review_item_kind, extraction_id,
               extraction.spans, extraction.pages, extraction.status, score, random(), 'doubtful', run.finished_at,
               jsonb_build_object('kind', CASE extraction.status::text WHEN 'verified' THEN 'verified' ELSE 'doubted' END,
                                  'signals', '[0.5, 0.5, 0, 1, 0]'::jsonb, 'places', jsonb_build_array(extraction.spans)), 0.5
        FROM extraction JOIN run USING (run_id)
        UNION ALL
        SELECT run.run_id, run.document_id, run.schema_name, run.schema_version_id, chunk_id, 'field_' || (chunk_index + k) % {fields}, 'passage'::review_item_kind, NULL,
               jsonb_build_array(jsonb_build_array(chunk_index * {chars}, chunk_index * {chars} + 600)), ARRAY[chunk_index + 1], NULL::extraction_status, 0.5, random(),
               'overlooked', run.finished_at,
               jsonb_build_object('kind', 'passage', 'signals', '[-0.5, 0.2, 0.2, 1]'::jsonb,
                                  'places', jsonb_build_array(jsonb_build_array(jsonb_build_array(chunk_index * {chars}, chunk_index * {chars} + 600)))), 0.5
        FROM run JOIN chunk USING (reading_id), generate_series(1, {passages_a_chunk}) k""",
}


def main(n_items: int = 100_000, n_documents: int = 1000) -> None:
    a_chunk = max(3, round(n_items / n_documents / N_CHUNKS))
    names = {
        "n": n_documents,
        "chunks": N_CHUNKS,
        "chars": CHUNK_CHARS,
        "sentence": SENTENCE,
        "sentence_chars": len(SENTENCE),
        "schemas": N_SCHEMAS,
        "fields": N_FIELDS,
        "values_a_chunk": a_chunk * 2 // 3,
        "passages_a_chunk": a_chunk - a_chunk * 2 // 3,
    }
    with own_database() as url, Store(url) as store:
        for schema in SCHEMAS:
            store.runs.register_schema(schema)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            connection.execute("SELECT setseed(0.5)")  # worth is the same in every run of the bench
            for statement in FILL.values():
                connection.execute(statement.format(**names))  # pyright: ignore[reportArgumentType]
            connection.execute("VACUUM ANALYZE")
            sizes = connection.execute(
                "SELECT (SELECT count(*) FROM review_item WHERE is_open), pg_size_pretty(pg_table_size('review_item'))"
            ).fetchone()
        print(f"open questions, table: {sizes}")
        tell(store)


def tell(store: Store) -> None:
    queue, every = store.review_queue, QueueFilter()
    first = queue.page(every, EVERYTHING)
    lone = first[0].document_id
    filters = {
        "no filter": every,
        "schema": QueueFilter(schema_name="schema_1"),
        "field": QueueFilter(field="field_7"),
        "schema and field": QueueFilter(schema_name="schema_1", field="field_7"),
        "document": QueueFilter(document=lone),
        "older than 10 hours": QueueFilter(older_than_days=10 / 24),
        "older than a year (none)": QueueFilter(older_than_days=365),
        "backfill": QueueFilter(backfill="backfill 3"),
        "batch": QueueFilter(batch="batch 3"),
        "reason": QueueFilter(reason="overlooked"),
        "reason that none has": QueueFilter(reason="lost"),
        "kind": QueueFilter(kind=ItemKind.PASSAGE),
        "kind that none has": QueueFilter(kind=ItemKind.LOST),
    }
    scopes = {
        "all": EVERYTHING,
        "one of 100 matters": Scope(prefixes=("matter-7/",)),
        "half of the matters": Scope(prefixes=tuple(f"matter-{n}/" for n in range(50))),
        "one prefix that all have": Scope(prefixes=("matter-",)),
        "no document": Scope(prefixes=("other/",)),
        "one schema": Scope(schemas=("schema_2",)),
    }
    for scope_name, scope in scopes.items():
        for name, wanted in filters.items():
            show(f"page, {name}, scope {scope_name}", lambda w=wanted, s=scope: queue.page(w, s))
    last = first[-1]
    show("second page", lambda: queue.page(every, EVERYTHING, after=(last.worth, last.item_id)))
    show("count", lambda: queue.count(every, EVERYTHING))
    show("next", lambda: queue.next(every, EVERYTHING, "ada"))
    show("next, one of 100 matters", lambda: queue.next(every, scopes["one of 100 matters"], "ada"))
    show("item", lambda: queue.item(last.item_id, EVERYTHING))
    show("words", lambda: queue.words(last.item_id, EVERYTHING))
    show("history", lambda: queue.history(last.item_id, EVERYTHING))
    show("claim", lambda: queue.claim(last.item_id, EVERYTHING, "ada"))
    numbers = count()
    open_items = queue.page(every, scopes["half of the matters"], 400)

    def decide(decision: ReviewDecision, *spans: tuple[int, int]) -> Any:
        item = open_items[next(numbers)]
        new = NewDecision(item.item_id, item.seen, decision, spans, "read it")
        return store.decisions.decide(new, EVERYTHING, "ada", Via.PAGE)

    value = (i for i in open_items if i.kind is ItemKind.VALUE)
    accepted: list[int] = []

    def accept() -> None:
        item = next(value)
        new = NewDecision(item.item_id, queue.item(item.item_id, EVERYTHING).seen, ReviewDecision.ACCEPTED)
        accepted.append(store.decisions.decide(new, EVERYTHING, "ada", Via.PAGE))

    show("decide, rejected", lambda: decide(ReviewDecision.REJECTED))
    show("decide, corrected", lambda: decide(ReviewDecision.CORRECTED, (30_010, 30_060)))
    show("item and decide, accepted", accept)
    show("withdraw", lambda: store.decisions.withdraw(accepted.pop(), EVERYTHING, "ada"))
    untouched = Scope(prefixes=("matter-77/",))

    def empty() -> None:
        item = queue.next(every, untouched, "ada")
        assert item is not None
        new = NewDecision(item.item_id, item.seen, ReviewDecision.NOT_IN_DOCUMENT)
        store.decisions.decide(new, untouched, "ada", Via.PAGE)

    show("next and decide, not in document", empty)
    show("all open questions by what decisions taught", store.review_items.apply_experience, 1)


def show(name: str, call: Callable[[], object], times: int = TIMES) -> None:
    spent: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    print(f"{name:64} {statistics.median(spent):7.1f} ms   (worst {max(spent):.1f})", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
