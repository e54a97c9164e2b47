"""The queries that run all the time use their indexes, by the planner's own choice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tasks.postgres.queries import QUERIES_DIR, query

RUN = "00000000-0000-0000-0000-000000000000"
DOCUMENT = hashlib.sha256(b"1").hexdigest()
AN_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
EXPORT = {
    **dict.fromkeys(("name", "document_ids", "run_id", "since", "bucket", "key", "n_keys")),
    "all_versions": False,
}

OF_BACKFILL = {"backfill_id": 1}
COST = {"by": "model", "run_id": None, "flow_run_id": None, "since": None}
KNOWN = {"bucket": "b", "prefix": "deals/7/", "last_key": "deals/7/5", "last_id": 5, "page_rows": 50}
NO_VERSIONS = dict.fromkeys(
    (
        "schema_name",
        "schema_digest",
        "generator_name",
        "generator_version",
        "critic_name",
        "critic_version",
        "promise",
    )
)
VERSIONS = {
    "schema_name": "small",
    "schema_digest": "0" * 64,
    "generator_name": "g",
    "generator_version": "1",
    "promise": 0.95,
    "critic_name": "c",
    "critic_version": "1",
}

QUEUE = {
    **dict.fromkeys(
        (
            "prefixes", "schemas", "schema_name", "field", "document_ids", "run_ids", "older_than_days", "reason", "kind", "for_reviewer",
            "after_worth", "after_id",
        )
    ),
    "is_few": False,
    "limit": 50,
}  # fmt: skip
ITEM = {"item_id": 1, "reviewer": "ada"}
VERIFIED = {"run_ids": [RUN]}

SCOPE = {"prefixes": None, "schemas": None, "limit": 100}
RUNS = {
    **SCOPE,
    **dict.fromkeys(("finished_since", "after_time", "after_run", "state", "schema_name", "sha256")),
}
KEYS = {
    **SCOPE,
    **dict.fromkeys(
        (
            "bucket",
            "key",
            "prefix",
            "schema_name",
            "state",
            "finished_since",
        )
    ),
    "after_bucket": "",
    "after_key": "",
}
PLACES = {"after_bucket": "b", "after_key": "deals/7/7.pdf", "limit": 200}

# fmt: off
HOT: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("run", "attempts", {"run_key": "k"}, {"run_not_done_twice"}),
    ("run", "hold", {"run_id": RUN}, {"run_pkey", "reading_once_per_version", "generation_once_per_round"}),
    ("round", "generations", {"run_id": RUN}, {"generation_position_once"}),
    ("round", "findings", {"run_id": RUN}, {"finding_position_once"}),
    ("reading", "stored_reading", {"document_id": DOCUMENT, "reader_version": "r"},
     {"reading_once_per_version"}),
    ("reading", "chunks", {"reading_id": 1}, {"chunk_once"}),
    ("source", "known_objects", KNOWN | NO_VERSIONS,
     {"source_recorded_once", "run_document_idx", "quarantine_said_once"}),
    ("source", "known_objects", KNOWN | VERSIONS,
     {"source_recorded_once", "run_document_idx", "run_current_idx", "quarantine_said_once"}),
    ("export", "export", EXPORT | {"run_id": RUN}, {"run_pkey", "extraction_found_once"}),
    ("export", "export", EXPORT | {"document_ids": [DOCUMENT]}, {"run_current_idx", "extraction_found_once"}),
    ("errors", "is_compared", {"document_id": DOCUMENT, "reader_version": "r", "schema_digest": "0" * 64,
     "gold_name": "g", "gold_digest": "0" * 64, "generator_name": "g", "generator_version": "1"},
     {"reading_once_per_version", "comparison_made_once"}),
    ("errors", "entries", {"reading_id": 1, "comparison_id": 1, "run_id": None, "schema_name": "small"},
     {"chunk_once", "error_entry_chunk_idx", "review_cell_idx"}),
    ("export", "documents_called", {"name": "a.pdf"},
     {"source_key_idx", "source_file_name_idx", "document_pkey"}),
    ("export", "documents_now_called", {"name": "a.pdf"},
     {"source_key_idx", "source_file_name_idx", "object_pkey", "document_pkey"}),
    ("object", "see", {"bucket": "b", "key": "deals/7/7.pdf", "etag": "e", "age_s": 0.0}, set()),
    ("object", "miss", {"bucket": "b", "key": "deals/7/7.pdf", "age_s": 0.0}, {"object_pkey"}),
    ("object", "pass", {"bucket": "b", "prefix": "deals/7/", "after": "deals/7/1", "up_to": "deals/7/3", "keys": '["deals/7/2.pdf"]',
     "etags": '["e"]', "archived": [], "is_complete": True, "age_s": 0.0}, {"object_pkey"}),
    ("object", "pass", {"bucket": "b", "prefix": "deals/7/", "after": "", "up_to": None, "keys": "[]", "etags": "[]", "archived": [],
     "is_complete": True, "age_s": 0.0}, {"object_pkey"}),
    ("object", "withheld", {"bucket": "b", "keys": ["deals/7/7.pdf"]}, {"object_withheld_idx"}),
    ("object", "holders", {"document_id": DOCUMENT}, {"source_document_idx", "object_pkey"}),
    ("object", "versions", {"bucket": "b", "key": "deals/7/7.pdf"}, {"object_pkey"}),
    ("object", "current_runs", {"bucket": "b", "prefix": "deals/7/", "after": "deals/7/5", "schema_name": "small", "page_rows": 5},
     {"source_recorded_once", "object_pkey", "run_current_idx"}),
    ("explain", "explain", {"extraction_id": 1}, {"extraction_pkey", "run_pkey", "finding_chunk_idx"}),
    ("audit", "verify_trails", VERIFIED, {"run_pkey"}),
    ("audit", "verify_seals", VERIFIED, {"run_pkey"}),
    ("audit", "verify_values", VERIFIED, {"extraction_found_once"}),
    ("audit", "verify_cells", VERIFIED, {"coverage_pkey"}),
    ("audit", "verify_readings", VERIFIED, {"run_pkey", "reading_pkey", "page_pkey", "chunk_once"}),
    ("audit", "verify_entries", VERIFIED, {"generation_position_once"}),
    ("maintenance", "long_running", {"older_than_s": 3600.0}, {"run_unfinished_idx"}),
    ("maintenance", "tallies", {"since": datetime.now(UTC) - timedelta(minutes=30)},
     {"run_finished_idx", "chunk_once", "extraction_found_once"}),
    ("report", "batch_runs", {"run_ids": [RUN]}, {"run_pkey", "extraction_found_once"}),
    ("report", "night_runs", {"bucket": "b", "since": AN_HOUR_AGO, "flow_run_ids": ["f"], "prefixes": ["deals/"],
     "schema_names": ["small"]}, {"run_finished_idx", "extraction_found_once"}),
    ("report", "night_refused", {"bucket": "b", "keys": ["deals/7/7.pdf"], "numbers": [1],
     "flow_run_ids": ["f"]}, {"source_key_idx", "quarantine_said_once", "run_document_idx"}),
    ("backfill", "measured", {"schema_name": "small", "generator": "g", "max_runs": 100},
     {"run_finished_idx", "reading_pkey", "generation_position_once"}),
    ("backfill", "take_batch", OF_BACKFILL | {"n_documents": 50}, {"backfill_document_waiting_idx"}),
    ("backfill", "open_batches", OF_BACKFILL, {"backfill_document_state_idx"}),
    ("backfill", "batch_keys", OF_BACKFILL | {"batch_number": 96}, {"backfill_document_batch_idx"}),
    ("backfill", "batch_ends", OF_BACKFILL | {"batch_number": 7}, {"backfill_document_batch_idx"}),
    ("backfill", "end_document", OF_BACKFILL | {"key": "7", "state": "done", "run_id": RUN, "n_pages": 1,
     "reason": None}, {"backfill_document_chosen_once"}),
    ("backfill", "pairs", OF_BACKFILL | {"last_position": 10, "page_rows": 5}, {"backfill_document_pkey"}),
    ("backfill", "values", {"run_ids": [RUN]}, {"extraction_found_once"}),
    ("backfill", "reviewed", {"run_ids": [RUN]}, {"review_position_once"}),
    ("backfill", "keys_known", {"bucket": "b", "keys": ["deals/7/7.pdf"]}, set()),
    ("report", "arrivals", {"bucket": "b", "since": AN_HOUR_AGO, "until": datetime.now(UTC)},
     {"source_created_idx", "quarantine_said_once"}),
    ("dashboard", "working", {}, {"run_unfinished_idx"}),
    ("dashboard", "given_up", {"days": 7}, {"run_unfinished_idx"}),
    ("dashboard", "queue", {"days": 7},
     {"run_unfinished_idx", "source_created_idx", "run_document_idx", "quarantine_said_once", "backfill_document_waiting_idx"}),
    ("dashboard", "night", {"hours": 24}, {"quarantine_created_idx", "run_unfinished_idx", "run_finished_idx"}),
    ("dashboard", "newest_runs", {}, {"run_finished_idx", "extraction_found_once", "source_document_idx"}),
    ("dashboard", "slowest_runs", {"hours": 1}, {"run_finished_idx", "run_pkey", "generation_position_once"}),
    ("dashboard", "newest_refused", {}, {"quarantine_created_idx"}),
    ("dashboard", "backfills", {}, {"backfill_document_state_idx"}),
    ("dashboard", "backfill_reasons", {}, {"backfill_document_state_idx"}),
    ("dashboard", "fields", {"schema_name": "small", "days": 7}, {"field_day_pkey"}),
    ("dashboard", "field_by_day", {"schema_name": "small", "field": "1", "days": 30}, {"field_day_pkey"}),
    ("dashboard", "flags_by_field", {"schema_name": "small", "days": 7}, {"field_day_pkey"}),
    ("dashboard", "reviewed_by_day", {"schema_name": "", "days": 7}, {"field_day_pkey"}),
    ("dashboard", "dearest_runs", {"hours": 24}, {"run_finished_idx", "source_document_idx"}),
    ("dashboard", "questions", {}, {"review_item_worth_idx"}),
    ("dashboard", "open_cells", {"days": 1},
     {"run_finished_idx", "coverage_open_idx", "run_current_idx", "review_cell_idx"}),
    ("dashboard", "runs_of_document", {"key": "deals/7/7.pdf", "run_id": ""},
     {"source_key_idx", "run_document_idx", "extraction_found_once"}),
    ("dashboard", "runs_of_document", {"key": "", "run_id": ""},
     {"run_finished_idx", "run_document_idx", "extraction_found_once"}),
    ("dashboard", "cost_of_run", {"run_id": RUN, "key": ""}, {"generation_position_once"}),
    ("dashboard", "cost_of_run", {"run_id": "", "key": ""}, {"run_finished_idx", "generation_position_once"}),
    ("metrics", "running", {}, {"run_unfinished_idx"}),
    ("metrics", "oldest_running", {}, {"run_unfinished_idx"}),
    ("metrics", "newest_end", {}, {"run_finished_idx"}),
    ("metrics", "open_cells", {}, {"field_day_pkey"}),
    ("metrics", "backfill_waiting", {}, {"backfill_document_waiting_idx"}),
    ("source", "record_document", {"document_id": DOCUMENT, "size_bytes": 1}, set()),
    ("reading", "pages", {"reading_id": 1}, {"page_pkey"}),
    ("reading", "footnotes", {"reading_id": 1}, {"footnote_once"}),
    ("round", "extractions", {"run_id": RUN}, {"extraction_found_once"}),
    ("round", "coverage", {"run_id": RUN}, {"coverage_pkey"}),
    ("round", "answered_in", {"run_id": RUN}, {"generation_position_once"}),
    ("report", "batch_quarantine", {"quarantine_ids": [1]}, {"quarantine_pkey", "source_pkey"}),
    ("evidence", "head", {"run_id": RUN}, {"run_pkey", "run_current_idx"}),
    ("evidence", "sources", {"document_id": DOCUMENT, "most": 20}, {"source_document_idx"}),
    ("evidence", "extraction_ids", {"run_id": RUN}, {"extraction_found_once"}),
    ("evidence", "reviews", {"run_id": RUN}, {"review_position_once"}),
    ("evidence", "runs_of_document", {"name": "7.pdf"},
     {"source_key_idx", "source_file_name_idx", "document_pkey", "run_current_idx", "source_document_idx"}),
    ("evidence", "runs_between", {"lowest": RUN, "highest": RUN.replace("0", "f")},
     {"run_pkey", "source_document_idx"}),
    ("review", "chosen", QUEUE, {"review_item_worth_idx"}),
    ("review", "chosen", QUEUE | {"for_reviewer": "ada", "limit": 1}, {"review_item_worth_idx"}),
    ("review", "chosen", QUEUE | {"after_worth": 0.5, "after_id": 7}, {"review_item_worth_idx"}),
    ("review", "chosen", QUEUE | {"reason": "doubtful"}, {"review_item_worth_idx"}),
    ("review", "chosen", QUEUE | {"older_than_days": 1.0}, {"review_item_worth_idx"}),
    ("review", "chosen", QUEUE | {"older_than_days": 6.94}, {"review_item_created_idx"}),
    ("review", "chosen", QUEUE | {"schema_name": "small"}, {"review_item_schema_idx"}),
    ("review", "chosen", QUEUE | {"schemas": ["small"]}, {"review_item_worth_idx"}),
    ("review", "chosen", QUEUE | {"field": "1"}, {"review_item_field_idx"}),
    ("review", "chosen", QUEUE | {"document_ids": [DOCUMENT], "is_few": True}, {"review_item_document_idx"}),
    ("review", "chosen", QUEUE | {"run_ids": [RUN], "is_few": True}, {"review_item_run_idx"}),
    ("review", "chosen", QUEUE | {"prefixes": ["deals/7/"]}, {"review_item_worth_idx", "source_document_idx"}),
    ("review", "n_of", {"document_ids": [DOCUMENT], "run_ids": None, "most": 9}, {"review_item_document_idx"}),
    ("review", "n_of", {"document_ids": None, "run_ids": [RUN], "most": 9}, {"review_item_run_idx"}),
    ("review", "documents_under", {"prefixes": ["deals/7/"], "most": 9}, {"source_key_idx"}),
    ("review", "open_documents", {"prefixes": ["deals/7/"], "most": 9},
     {"review_item_document_idx", "source_document_idx"}),
    ("review", "runs_of", {"batch": "night", "backfill": None, "schemas": None, "schema_name": None},
     {"run_flow_run_idx"}),
    ("review", "runs_of", {"batch": None, "backfill": "7", "schemas": None, "schema_name": None},
     {"run_backfill_idx"}),
    ("review", "items", {"item_ids": [1, 2, 3], "prefixes": ["deals/"], "schemas": None},
     {"review_item_pkey", "run_pkey", "chunk_pkey", "extraction_pkey", "source_document_idx", "review_cell_idx", "comparison_made_once"}),
    ("review", "schemas_in_scope", {"prefixes": ["deals/7/"], "schemas": None}, {"source_key_idx", "run_document_idx"}),
    ("review", "same_words", {"run_id": RUN, "field": "1", "spans": "[[0, 1]]"}, {"review_position_once", "extraction_pkey"}),
    ("review", "value_at", {"item_id": 1, "spans": "[[0, 1]]"}, {"review_item_pkey", "extraction_found_once"}),
    ("review", "open_named", ITEM, {"review_item_pkey"}),
    ("review", "formless", {"review_id": 1}, {"review_pkey", "review_asked_with_idx", "run_pkey"}),
    ("review", "asked_in", {"run_id": RUN}, {"review_item_run_idx"}),
    ("review", "values_in", {"run_id": RUN, "field": "1"}, {"extraction_found_once"}),
    ("review", "said_in", {"run_id": RUN}, {"review_position_once"}),
    ("review", "claim", ITEM | {"minutes": 15}, {"review_item_pkey"}),
    ("review", "release", ITEM, {"review_item_pkey"}),
    ("review", "sees_run", {"run_id": RUN, "prefixes": ["deals/"], "schemas": None}, {"run_pkey", "source_document_idx"}),
    ("review", "words", ITEM, {"review_item_pkey", "page_pkey"}),
    ("review", "history", ITEM, {"review_item_pkey", "run_document_idx", "review_position_once"}),
    ("review", "state_of_run", {"run_id": RUN}, {"run_pkey", "run_current_idx"}),
    ("review", "kept_value", {"run_id": RUN, "field": "1", "item_id": 1}, {"review_position_once"}),
    ("review", "note_around", {"reading_id": 1, "first_char": 1, "end_char": 2}, {"footnote_once"}),
    ("review", "add_to_rest", {"run_id": RUN, "field": "1", "item_id": 1, "decision": "rejected", "reviewer": "", "reason": "", "how": "{}"},
     {"review_item_run_idx", "extraction_found_once"}),
    ("review", "withdrawable", {"review_id": 1, "prefixes": ["deals/"], "schemas": None}, {"review_pkey", "source_document_idx"}),
    ("review", "earlier_run", {"run_id": RUN}, {"run_pkey", "run_document_idx", "review_position_once"}),
    ("review", "decisions_to_carry", {"run_id": RUN}, {"review_position_once", "review_item_run_idx"}),
    ("review", "close_decided", {"run_id": RUN}, {"review_item_run_idx", "review_position_once"}),
    ("review", "runs_without_items", {"limit": 100}, {"run_unasked_idx"}),
    ("catalogue", "runs", RUNS, {"run_finished_idx", "run_current_idx"}),
    ("catalogue", "runs", RUNS | {"finished_since": AN_HOUR_AGO, "prefixes": ["deals/7/"]}, {"run_finished_idx", "source_document_idx"}),
    ("catalogue", "runs", RUNS | {"after_time": AN_HOUR_AGO, "after_run": RUN}, {"run_finished_idx", "run_current_idx"}),
    ("catalogue", "runs", RUNS | {"sha256": DOCUMENT}, {"run_document_idx"}),
    ("catalogue", "run", {"run_id": RUN, "prefixes": ["deals/7/"], "schemas": None}, {"run_pkey", "run_current_idx", "source_document_idx"}),
    ("catalogue", "places", {"document_ids": [DOCUMENT], "prefixes": None, "most": 50}, {"source_document_idx"}),
    ("catalogue", "documents", KEYS, {"source_recorded_once", "object_pkey", "run_current_idx"}),
    ("catalogue", "documents", KEYS | {"prefix": "deals/7/", "schemas": ["small"]},
     {"source_key_idx", "object_pkey", "run_current_idx"}),
    ("catalogue", "documents", KEYS | {"after_bucket": "b", "after_key": "deals/7/7.pdf"},
     {"source_recorded_once", "object_pkey", "run_current_idx"}),
    ("catalogue", "documents", KEYS | {"bucket": "b", "key": "deals/7/7.pdf"}, {"object_pkey", "run_current_idx"}),
    ("catalogue", "documents", KEYS | {"finished_since": AN_HOUR_AGO}, {"object_pkey", "run_current_idx"}),
    ("catalogue", "coverage", {"run_id": RUN}, {"coverage_pkey", "run_pkey"}),
    ("catalogue", "cells", {"run_id": RUN, **dict.fromkeys(("field", "state", "after_chunk", "after_field")), "limit": 100},
     {"coverage_pkey", "chunk_pkey", "page_pkey"}),
    ("catalogue", "words", {"run_id": RUN, "starts": [1], "ends": [2]}, {"run_pkey", "reading_pkey"}),
    ("delivery", "places", PLACES, {"source_recorded_once"}),
    ("delivery", "places_of", {"document_ids": [DOCUMENT]}, {"source_document_idx"}),
    ("delivery", "due", {"place": "p", "buckets": ["b"], "keys": ["deals/7/7.pdf"]},
     {"object_pkey", "run_current_idx", "run_pkey", "delivery_newest"}),
    ("delivery", "earlier", {"delivery_id": 1, "most": 100}, {"delivery_pkey"}),
    ("delivery", "next_log", {"place": "p"}, {"delivery_log_idx"}),
    ("delivery", "unannounced", {"place": "p"}, {"delivery_unannounced_idx"}),
    ("delivery", "announce", {"place": "p", "log_number": 1}, set()),
    ("cost", "lines", COST | {"run_id": RUN}, {"run_pkey", "generation_position_once"}),
]
# fmt: on

TABLES = (
    "source", "object", "quarantine", "document", "reading", "page", "footnote", "chunk", "run", "backfill_document",
    "field_day", "review_item", "delivery",
)  # fmt: skip
TRAIL = ["generation", "finding", "review", "extraction", "coverage", "comparison", "error_entry"]
N_DOCUMENTS = 10_000

FILL = """
    INSERT INTO document SELECT encode(sha256(n::text::bytea), 'hex'), 1 FROM generate_series(1, {n}) n;
    INSERT INTO source (bucket, key, object_version, document_id)
        SELECT 'b', 'deals/' || n % 100 || '/' || n || '.pdf', 'v', encode(sha256(n::text::bytea), 'hex') FROM generate_series(1, {n}) n;
    UPDATE source SET created_at = now() - source_id * interval '1 minute';
    INSERT INTO object (bucket, key, etag, since, seen_at) SELECT bucket, key, object_version, created_at, created_at FROM source;
    INSERT INTO quarantine (source_id, reader_version, code, message, created_at)
        SELECT n * 10, 'r', 'c', 'm', now() - n * interval '1 hour' FROM generate_series(1, {n} / 10) n;
    INSERT INTO reading (document_id, reader_version, status, flags, n_pages, text, chunker, content_digest)
        SELECT document_id, 'r', 'ok', '{{}}', 1, '', '{{}}', '' FROM document;
    INSERT INTO page SELECT reading_id, 1, 0, 1, 'ok', '[]' FROM reading;
    INSERT INTO footnote (reading_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence)
        SELECT reading_id, 0, '1', '[]', 1, 1, '[]', 1 FROM reading;
    INSERT INTO chunk (reading_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position)
        SELECT reading_id, 0, 'note', footnote_id, '[]', '', '', '', '{{}}', 0 FROM footnote;
    INSERT INTO schema_version VALUES (repeat('0', 64), 'small', '{{a}}', '{{}}');
    INSERT INTO model_version (kind, name, version) VALUES ('generator', 'g', '1');
    INSERT INTO run (run_key, attempt, state, document_id, reading_id, schema_version_id, schema_name, generator_id, reader_version,
                     max_rounds, created_at, finished_at, run_number, prev_run_hash, run_hash)
        SELECT document_id, 1, 'done', document_id, reading_id, repeat('0', 64), 'small', 1, 'r', 3, now(),
               now() - reading_id * interval '1 minute', reading_id, '', '' FROM reading;
    INSERT INTO generation (run_id, chunk_id, round_number, stage, model, raw, raw_digest, latency_ms, trail_position, prev_hash, row_hash)
        SELECT run_id, reading_id, n, 'generate', 'g/1', '', sha256(''), 1, n, '', '' FROM run, generate_series(1, 3) n;
    INSERT INTO finding (run_id, chunk_id, round_number, kind, source, quote, quote_digest, score, reason, trail_position, prev_hash, row_hash)
        SELECT run_id, reading_id, n, 'missing', 'critic', '', sha256(''), 1, '', n + 3, '', '' FROM run, generate_series(1, 3) n;
    INSERT INTO extraction (run_id, chunk_id, generation_id, field, status, value, quote, round_number, reason)
        SELECT run_id, reading_id, 1, n::text, 'rejected', '', '', 1, 'r' FROM run, generate_series(1, 3) n;
    INSERT INTO coverage SELECT run_id, reading_id, n::text, 'absent', '' FROM run, generate_series(1, 3) n;
    INSERT INTO review (run_id, chunk_id, field, decision, reviewer, reason, trail_position, prev_hash, row_hash)
        SELECT run_id, reading_id, '1', 'accepted', 'ada', '', 7, '', '' FROM run;
    INSERT INTO comparison (reading_id, schema_version_id, generator_id, gold_name, gold_digest, n_gold, n_unplaced, n_ungrounded, n_malformed)
        SELECT reading_id, repeat('0', 64), 1, 'g', repeat('0', 64), 0, 0, 0, 0 FROM reading;
    INSERT INTO error_entry (source, comparison_id, position, kind, schema_version_id, generator_id, chunk_id, field, value, quote)
        SELECT 'gold', comparison_id, n, 'redundant', repeat('0', 64), 1, reading_id, n::text, '', '' FROM comparison, generate_series(1, 3) n;
    INSERT INTO coverage SELECT run_id, reading_id, 'open', 'unsettled', '' FROM run;
    INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, extraction_id, worth, reason, created_at)
        SELECT run_id, document_id, CASE WHEN run.reading_id % 50 = 0 THEN 'small' ELSE 'large' END, schema_version_id, chunk_id, field, 'value',
               extraction_id, random(), 'doubtful', run.finished_at FROM extraction JOIN run USING (run_id);
    INSERT INTO delivery (log_number, place, bucket, key, schema_name, state, since, document_id, run_id, revision, object_key, n_values, sha256,
                          announced_at)
        SELECT run.reading_id / 100, 'p', source.bucket, source.key, 'small', 'current', now(), run.document_id, run.run_id, 1, '', 1,
               repeat('0', 64), now()
        FROM run JOIN source USING (document_id);
    UPDATE run SET n_review_items = 3, flow_run_id = 'batch ' || reading_id / 50 WHERE reading_id > {n} / 100;
    UPDATE run SET backfill_id = 7 WHERE reading_id % 1000 = 0;
    INSERT INTO backfill (name, state, selection, n_documents) SELECT n::text, 'done', '{{}}', {n} / 10 FROM generate_series(1, 10) n;
    INSERT INTO backfill_document (backfill_id, position, key, is_current, state, batch_number, ended_at)
        SELECT backfill_id, n, n::text, false, CASE WHEN n < 950 THEN 'done' WHEN n < 970 THEN 'submitted' ELSE 'waiting' END::backfill_document_state,
               CASE WHEN n < 970 THEN n / 10 END, CASE WHEN n < 950 THEN now() END
        FROM backfill, generate_series(1, {n} / 10) n;
    INSERT INTO schema_day (day, schema_name, currency) SELECT current_date - n, 'small', '' FROM generate_series(0, 364) n;
    INSERT INTO field_day SELECT current_date - n, 'small', f::text, 1, 0, 0, 0, 0, 0, 0 FROM generate_series(0, 364) n, generate_series(1, 40) f;
    INSERT INTO version_day SELECT current_date - n, 'small', 'g/1', '', 'r', 1, 40, 0, 40, 0, 0, 40, 36, 0, 1, 0, 0 FROM generate_series(0, 364) n;
    INSERT INTO round_day SELECT current_date - n, 'small', r, 1 FROM generate_series(0, 364) n, generate_series(1, 3) r;
    INSERT INTO schema_hour SELECT date_trunc('hour', now()) - n * interval '1 hour', 'small', 1, 0, 1 FROM generate_series(0, 8759) n;
    INSERT INTO review_day SELECT current_date - n, 'small', f::text, 1, 0, 0, 0, 1 FROM generate_series(0, 364) n, generate_series(1, 40) f;
    INSERT INTO quarantine_day SELECT current_date - n, 'c', 1 FROM generate_series(0, 364) n;
    INSERT INTO call_error_day SELECT current_date - n, 'g', 'busy', 1 FROM generate_series(0, 364) n;
"""


@pytest.fixture(scope="module")
def big(template: str, make_database, dropped) -> Iterator[psycopg.Connection]:
    """A database with ten thousand runs: enough for the planner to prefer what it would at a million. Triggers are off to fill it."""
    url = make_database(template)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(FILL.format(n=N_DOCUMENTS))
        connection.execute("RESET session_replication_role")
        connection.execute("VACUUM ANALYZE")
        yield connection
    dropped(url)


@pytest.mark.parametrize(
    ("file", "name", "values", "indexes"), HOT, ids=lambda value: value if isinstance(value, str) else ""
)
def test_hot_query_uses_its_indexes(
    big: psycopg.Connection, file: str, name: str, values: dict[str, Any], indexes: set[str]
) -> None:
    plan = big.execute(b"EXPLAIN (FORMAT json) " + query(file, name), values).fetchone()
    assert plan is not None
    used = set(find(plan[0], "Index Name"))
    scanned = set(scans(plan[0])) & {*TABLES, *TRAIL}
    assert indexes <= used, (used, scanned)
    assert scanned == set()


COUNTED = {
    "dashboard": (
        "throughput", "days", "refused_by_code", "refused_by_day", "call_errors_by_day", "unsettled_by_day", "reviewed_by_day", "reviews_by_day",
        "flags_by_kind", "flags_by_field", "fields", "field_by_day", "rounds", "versions", "versions_by_day", "drift",
        "cost_by_day", "cost_per_page",
    ),
    "metrics": (
        "runs", "pages", "rounds", "values", "findings", "reviews", "tokens", "call_seconds", "money", "refused", "call_errors", "open_cells",
    ),
}  # fmt: skip
"""What reads only tables that are counted as things happen."""
DAY_TABLES = {
    "schema_day", "field_day", "version_day", "round_day", "schema_hour", "review_day", "quarantine_day", "call_error_day"
}  # fmt: skip
CHOSEN = {"days": 30, "hours": 48, "weeks": 12, "schema_name": "small", "field": "1"}


@pytest.mark.parametrize(("file", "name"), [(file, name) for file in COUNTED for name in COUNTED[file]])
def test_board_of_weeks_reads_no_runs(big: psycopg.Connection, file: str, name: str) -> None:
    plan = big.execute(b"EXPLAIN (FORMAT json) " + query(file, name), CHOSEN).fetchone()
    assert plan is not None
    assert set(find(plan[0], "Relation Name")) <= DAY_TABLES


@pytest.mark.parametrize("file", ["dashboard", "metrics"])
def test_every_board_query_has_a_plan_test(file: str) -> None:
    planned = {name for planned_file, name, *_ in HOT if planned_file == file} | set(COUNTED[file])
    written = re.findall(r"^-- name: (\w+)$", (QUERIES_DIR / f"{file}.sql").read_text(), re.MULTILINE)
    assert planned == set(written)


def find(node: Any, key: str) -> list[str]:
    """Every value under a key, anywhere in a plan."""
    if isinstance(node, list):
        return [found for item in node for found in find(item, key)]
    if not isinstance(node, dict):
        return []
    own = [node[key]] if key in node else []
    return own + [found for item in node.values() for found in find(item, key)]


def scans(node: Any) -> list[str]:
    """Tables that are read from end to end."""
    if isinstance(node, list):
        return [found for item in node for found in scans(item)]
    if not isinstance(node, dict):
        return []
    own = [node["Relation Name"]] if node.get("Node Type") == "Seq Scan" else []
    return own + [found for item in node.values() for found in scans(item)]
