"""A database as it looks after a year of nights: a million runs, made by the server itself in a few minutes.

What a run has in life would take 100 GB, so the years' bulk is thin and the newest week is whole:

    every run           2 answers, 1 finding, 3 values, 4 cells, 1 chunk; its summary with cost
    of the newest week  20 chunks, 41 fields: 820 cells (7 of them open), 60 answers, 30 findings, 80 values

Two runs a document (the second with newer models); 2 % superseded, 1 % failed, 40 at work; 2 % of the objects refused.
Ten backfills of a hundredth of the runs each, a tenth of it waiting; the days have rows of their own, for their triggers are off as well.
Hashes and texts are empty: nothing here reads them. Triggers are off while it is filled.
"""

from __future__ import annotations

import time
from datetime import timedelta

import psycopg

YEAR = timedelta(days=365)
WEEK = timedelta(days=7)
N_CHUNKS, N_FIELDS = 20, 41

STEPS = {
    "documents": """
        INSERT INTO document SELECT encode(sha256(n::text::bytea), 'hex'), 100000 FROM generate_series(1, {n_documents}) n""",
    "sources": """
        INSERT INTO source (bucket, key, object_version, etag, size_bytes, document_id, created_at)
        SELECT 'contracts', 'deals/' || n % 1000 || '/' || n || '.pdf', 'v' || n, 'v' || n, 100000, encode(sha256(n::text::bytea), 'hex'),
               now() - ({n_documents} - n) * {step} * 2
        FROM generate_series(1, {n_documents}) n;
        INSERT INTO object (bucket, key, etag, since, seen_at) SELECT bucket, key, etag, created_at, created_at FROM source""",
    "quarantine": """
        INSERT INTO source (bucket, key, object_version, created_at)
        SELECT 'contracts', 'refused/' || n || '.pdf', 'v', now() - n * {step} * 50 FROM generate_series(1, {n_runs} / 50) n;
        INSERT INTO object (bucket, key, etag, since, seen_at)
        SELECT bucket, key, object_version, created_at, created_at FROM source WHERE document_id IS NULL;
        INSERT INTO quarantine (source_id, reader_version, code, message, created_at)
        SELECT source_id, 'r2', (ARRAY['encrypted', 'password_required', 'no_pages', 'too_many_pages', 'damaged'])[1 + source_id % 5],
               'the file cannot be read', created_at
        FROM source WHERE document_id IS NULL""",
    "readings": """
        INSERT INTO reading (document_id, reader_version, status, flags, n_pages, text, chunker, content_digest)
        SELECT encode(sha256(n::text::bytea), 'hex'), 'r2', 'ok', '{{}}', 1 + n % 40, '', '{{}}', ''
        FROM generate_series(1, {n_documents}) n ORDER BY n""",
    "pages": "INSERT INTO page SELECT reading_id, 1, 0, 1, 'ok', '[]' FROM reading",
    "chunks": """
        INSERT INTO chunk (reading_id, chunk_index, kind, passages, lead_in, context_before, context_after, headings, position)
        SELECT reading_id, k, 'body', '[]', '', '', '', '{{}}', k / {n_chunks}.0
        FROM reading, LATERAL generate_series(0, CASE WHEN reading_id > {n_documents} - {n_whole} THEN {n_chunks} - 1 ELSE 0 END) k""",
    "schemas": """
        INSERT INTO schema_version
        SELECT encode(sha256(name::bytea), 'hex'), name, ARRAY(SELECT 'field_' || f FROM generate_series(1, {n_fields}) f), '{{}}'
        FROM unnest('{{cuad,investment,cv}}'::text[]) name;
        INSERT INTO model_version (kind, name, version) VALUES
            ('generator', 'generator', '1'), ('generator', 'generator', '2'), ('critic', 'critic', '1'), ('critic', 'critic', '2')""",
    "runs": """
        INSERT INTO run (run_key, attempt, state, document_id, reading_id, schema_version_id, schema_name, generator_id, critic_id,
                         reader_version, max_rounds, flow_run_id, error_code, summary, created_at, finished_at)
        SELECT encode(sha256(('run ' || n)::bytea), 'hex'), 1, told.state::run_state, encode(sha256(told.document::text::bytea), 'hex'),
               told.document, encode(sha256(told.schema_name::bytea), 'hex'), told.schema_name, 1 + told.round, 3 + told.round, 'r2', 3,
               'batch ' || n / 50, CASE told.state WHEN 'failed' THEN 'model_unavailable' END,
               CASE WHEN told.state IN ('done', 'superseded') THEN jsonb_build_object('seconds', 1 + n % 97, 'n_rounds', 1 + n % 3, 'cost', jsonb_build_object(
                   'tokens_in', 100000 + n % 1000, 'tokens_out', 5000 + n % 100, 'n_estimated', 0, 'seconds', 20.5, 'money', 0.02,
                   'currency', 'EUR', 'unpriced', '[]'::jsonb, 'measure', 'money', 'critique_added', 0.3, 'regeneration_added', 0.2,
                   'lines', (SELECT jsonb_agg(jsonb_build_object('model', 'generator/1', 'stage', 'generate', 'round', k, 'n_answers', 20,
                       'tokens_in', 30000, 'tokens_out', 1500, 'seconds', 6.5, 'money', 0.006)) FROM generate_series(1, 4) k))) ELSE '{{}}' END,
               told.ended - interval '1 second' * (1 + n % 97), CASE WHEN told.state <> 'running' THEN told.ended END
        FROM generate_series(1, {n_runs}) n,
        LATERAL (SELECT now() - ({n_runs} - n) * {step} AS ended, (n - 1) % {n_documents} + 1 AS document,
                        (n - 1) / {n_documents} AS round, CASE n % 10 WHEN 0 THEN 'cv' WHEN 5 THEN 'investment' ELSE 'cuad' END AS schema_name,
                        CASE WHEN n > {n_runs} - 40 THEN 'running' WHEN n % 100 = 0 THEN 'failed' WHEN n % 50 = 1 THEN 'superseded'
                             ELSE 'done' END AS state) told
        ORDER BY n;
        ANALYZE""",
    "answers": """
        INSERT INTO generation (run_id, chunk_id, round_number, stage, model, raw, raw_digest, latency_ms, tokens_in, tokens_out,
                                trail_position, prev_hash, row_hash, tokens_by)
        SELECT run.run_id, chunk.chunk_id, r, stage.name, stage.model, '', sha256(''), 1000, 2000, 100,
               chunk.chunk_index * 8 + r * 2 + stage.number, sha256(''), sha256(''), 'server'
        FROM run JOIN chunk ON chunk.reading_id = run.reading_id AND ({is_whole} OR chunk.chunk_index = 0)
        CROSS JOIN (VALUES ('generate'::generation_stage, 'generator/1', 0), ('critique', 'critic/1', 1)) stage (name, model, number)
        CROSS JOIN LATERAL generate_series(1, CASE WHEN {is_whole} AND chunk.chunk_index % 4 = 0 THEN 3 ELSE 1 END) r""",
    "findings": """
        INSERT INTO finding (run_id, chunk_id, round_number, kind, source, field, quote, quote_digest, score, reason,
                             trail_position, prev_hash, row_hash)
        SELECT run.run_id, chunk.chunk_id, 1, 'missing', 'critic', 'field_' || k, '', sha256(''), 0.7, 'the text speaks of it',
               1000 + chunk.chunk_index * 2 + k, sha256(''), sha256('')
        FROM run JOIN chunk ON chunk.reading_id = run.reading_id AND ({is_whole} OR chunk.chunk_index = 0)
        CROSS JOIN LATERAL generate_series(1, CASE WHEN {is_whole} THEN 1 + chunk.chunk_index % 2 ELSE 1 END) k""",
    "values": """
        INSERT INTO extraction (run_id, chunk_id, generation_id, field, status, value, quote, spans, pages, match, round_number, score,
                                reason, created_at)
        SELECT run.run_id, chunk.chunk_id, 1, 'field_' || 1 + (chunk.chunk_index * 4 + k) % {n_fields},
               (ARRAY['verified', 'verified', 'verified', 'unsettled', 'rejected'])[1 + (chunk.chunk_index + k) % 5]::extraction_status,
               chunk.chunk_index || ' ' || k, 'a quote of some eighty characters', '[[54, 136]]', '{{1}}', 'exact', 1, 0.9, '', run.finished_at
        FROM run JOIN chunk ON chunk.reading_id = run.reading_id AND ({is_whole} OR chunk.chunk_index = 0)
        CROSS JOIN LATERAL generate_series(1, CASE WHEN {is_whole} THEN 4 ELSE 3 END) k
        WHERE run.state IN ('done', 'superseded')""",
    "cells": """
        INSERT INTO coverage
        SELECT run.run_id, chunk.chunk_id, 'field_' || f,
               CASE WHEN (chunk.chunk_index + f * 7) % 113 = 1 THEN 'unsettled' WHEN (chunk.chunk_index + f) % 20 = 0 THEN 'found'
                    WHEN f = 9 AND chunk.chunk_index = 3 THEN 'failed' ELSE 'absent' END::cell_state, ''
        FROM run JOIN chunk ON chunk.reading_id = run.reading_id AND ({is_whole} OR chunk.chunk_index = 0)
        CROSS JOIN LATERAL generate_series(1, CASE WHEN {is_whole} THEN {n_fields} ELSE 4 END) f
        WHERE run.state IN ('done', 'superseded')""",
    "reviews": """
        INSERT INTO review (run_id, chunk_id, field, decision, reviewer, reason, trail_position, prev_hash, row_hash)
        SELECT coverage.run_id, coverage.chunk_id, coverage.field, 'rejected', 'ada', '', row_number() OVER (), sha256(''), sha256('')
        FROM coverage WHERE state = 'unsettled' LIMIT {n_runs} / 200""",
    "backfills": """
        INSERT INTO backfill (name, state, selection, n_documents) SELECT 'backfill ' || n, 'running', '{{"schema_name": "cuad"}}', {n_listed}
        FROM generate_series(1, 10) n;
        INSERT INTO backfill_document (backfill_id, position, key, document_id, n_pages, is_current, state, batch_number, run_id, ended_at)
        SELECT backfill_id, position, 'deals/' || position, run.document_id, 10, false, told.state, position / 50,
               CASE WHEN told.state = 'done' THEN run.run_id END, CASE WHEN told.state <> 'waiting' THEN now() END
        FROM backfill
        CROSS JOIN (SELECT row_number() OVER () AS position, run_id, document_id FROM run WHERE state = 'done' LIMIT {n_listed}) run
        CROSS JOIN LATERAL (SELECT CASE WHEN position % 10 = 0 THEN 'waiting' WHEN position % 50 = 1 THEN 'failed' ELSE 'done' END
            ::backfill_document_state AS state) told""",
    "days": """
        INSERT INTO schema_day (day, schema_name, currency, n_done, n_pages, n_costed, money)
        SELECT current_date - d, name, 'EUR', 1000, 10000, 1000, 20 FROM generate_series(0, 364) d, schema_version;
        INSERT INTO field_day
        SELECT current_date - d, name, 'field_' || f, 100, 10, 5, 20, 1, 100, 80, 3, 12, 0, 4
        FROM generate_series(0, 364) d, schema_version, generate_series(1, {n_fields}) f;
        INSERT INTO field_day
        SELECT current_date - d, name, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0 FROM generate_series(0, 364) d, schema_version;
        INSERT INTO version_day
        SELECT current_date - d, name, 'generator/' || 12 - d / 30 - old, 'critic/' || 12 - d / 30 - old, 'r' || 6 - d / 60, 500,
               500 * {n_fields}, 500 * {n_fields} - 3000, 2000 + d, 200, 100, 2200, 1900 - d, 60, 250, 7, 80
        FROM generate_series(0, 364) d, schema_version, generate_series(0, 1) old;
        INSERT INTO round_day SELECT current_date - d, name, r, 1000 / r FROM generate_series(0, 364) d, schema_version, generate_series(1, 3) r;
        INSERT INTO schema_hour
        SELECT date_trunc('hour', now()) - h * interval '1 hour', name, 40, 1, 400 FROM generate_series(0, 365 * 24 - 1) h, schema_version;
        INSERT INTO review_day
        SELECT current_date - d, name, 'field_' || f, 4, 2, 1, 0, 6 FROM generate_series(0, 364) d, schema_version, generate_series(1, {n_fields}) f;
        INSERT INTO quarantine_day
        SELECT current_date - d, code, 11 FROM generate_series(0, 364) d,
               unnest('{{encrypted,password_required,no_pages,too_many_pages,damaged}}'::text[]) code""",
    "statistics": "VACUUM ANALYZE",
}


def fill(database_url: str, n_runs: int) -> None:
    """Fill an empty, migrated database; tells how long each step took."""
    n_whole = int(n_runs * (WEEK / YEAR))
    names = {
        "n_runs": n_runs,
        "n_documents": n_runs // 2,
        "n_whole": n_whole,
        "n_chunks": N_CHUNKS,
        "n_fields": N_FIELDS,
        "n_listed": n_runs // 100,
        "step": f"interval '{YEAR.total_seconds() / n_runs:.6f} seconds'",
        "is_whole": f"run.created_at > now() - interval '{WEEK.days} days'",
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'"
        )
        for name, statement in STEPS.items():
            started = time.perf_counter()
            connection.execute(statement.format(**names))
            print(f"  {name:12} {time.perf_counter() - started:7.1f} s", flush=True)
