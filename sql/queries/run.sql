-- The life of a run: claimed, resumed, finished, failed. Its lock is taken before any of these.

-- name: takes_writes
-- Whether this server takes writes: a replica after a failover does not.
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off';

-- name: lock
-- A lock of the session: when the worker dies, the lock is released.
SELECT pg_advisory_lock(hashtextextended('run ' || %(run_key)s, 0));

-- name: unlock
-- Releases what `lock` took.
SELECT pg_advisory_unlock(hashtextextended('run ' || %(run_key)s, 0));

-- name: attempts
-- All attempts at a run, newest first.
SELECT run_id::text AS run_id, attempt, state, flow_run_id, backfill_id FROM run WHERE run_key = %(run_key)s ORDER BY attempt DESC;

-- name: schema_name
-- The name of a registered schema version.
SELECT name FROM schema_version WHERE schema_version_id = %(schema_digest)s;

-- name: add_schema
-- Registers a schema version, once.
INSERT INTO schema_version (schema_version_id, name, field_names, definition)
VALUES (%(schema_digest)s, %(name)s, %(field_names)s, %(definition)s)
ON CONFLICT ON CONSTRAINT schema_version_pkey DO NOTHING;

-- name: schema_versions
-- The registered versions of a schema whose digest begins so, at most two: a second one makes it ambiguous.
SELECT schema_version_id AS digest, definition FROM schema_version
WHERE name = %(name)s AND starts_with(schema_version_id, %(digest)s) LIMIT 2;

-- name: count_call_errors
-- Adds to the requests to models that failed today, by model and code; in one order, so that two batches do not wait for each other.
INSERT INTO call_error_day AS counted (day, model, code, n_calls)
SELECT (now() AT TIME ZONE 'UTC')::date, failed.model, failed.code, failed.n_calls
FROM unnest(%(models)s::text[], %(codes)s::text[], %(counts)s::bigint[]) failed (model, code, n_calls)
ORDER BY failed.model, failed.code
ON CONFLICT ON CONSTRAINT call_error_day_pkey DO UPDATE SET n_calls = counted.n_calls + excluded.n_calls;

-- name: newest_schemas
-- The digests of the newest registered versions of a schema.
SELECT schema_version_id FROM schema_version WHERE name = %(name)s ORDER BY created_at DESC LIMIT 5;

-- name: add_model
-- Records a model version, once.
INSERT INTO model_version (kind, name, version, details)
VALUES (%(kind)s, %(name)s, %(version)s, %(details)s)
ON CONFLICT ON CONSTRAINT model_version_once DO NOTHING;

-- name: describe_model
-- Adds details to a model version that has none.
UPDATE model_version SET details = %(details)s
WHERE kind = %(kind)s AND name = %(name)s AND version = %(version)s AND details = '{}';

-- name: model_id
-- The row id of a model version.
SELECT model_version_id FROM model_version WHERE kind = %(kind)s AND name = %(name)s AND version = %(version)s;

-- name: facts
-- What a run processed and with what, to replay it.
SELECT run.state, run.document_id, run.reading_id, run.reader_version, run.max_rounds, schema_version.definition
FROM run JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
WHERE run.run_id = %(run_id)s;

-- name: start
-- Begins an attempt.
INSERT INTO run (run_key, attempt, document_id, schema_version_id, schema_name, generator_id, critic_id, reader_version,
                 max_rounds, promise, flow_run_id, backfill_id)
VALUES (%(run_key)s, %(attempt)s, %(document_id)s, %(schema_digest)s, %(schema_name)s, %(generator_id)s, %(critic_id)s,
        %(reader_version)s, %(max_rounds)s, %(promise)s, %(flow_run_id)s, %(backfill_id)s)
RETURNING run_id::text AS run_id;

-- name: resume
-- Sets an unfinished attempt running again.
UPDATE run SET state = 'running', error_code = NULL, finished_at = NULL, flow_run_id = coalesce(%(flow_run_id)s, flow_run_id)
WHERE run_id = %(run_id)s;

-- name: supersede
-- Gives up an unfinished attempt, because a forced run replaces it.
UPDATE run SET state = 'superseded', finished_at = coalesce(finished_at, now()) WHERE run_id = %(run_id)s;

-- name: supersede_done
-- Marks earlier done attempts at the same run as superseded by this one.
UPDATE run SET state = 'superseded'
WHERE run_key = (SELECT run_key FROM run WHERE run_id = %(run_id)s) AND state = 'done' AND run_id <> %(run_id)s;

-- name: finish
-- Sets a run done, with its summary.
UPDATE run SET state = 'done', summary = %(summary)s, finished_at = now() WHERE run_id = %(run_id)s;

-- name: fail
-- Sets a running run failed, with the code of the error.
UPDATE run SET state = 'failed', error_code = %(code)s, finished_at = now() WHERE run_id = %(run_id)s AND state = 'running';

-- name: hold
-- Locks the run at the start of a write, and tells its state, its reading and its number of rounds.
SELECT run.state, coalesce(run.reading_id, reading.reading_id) AS reading_id, run.reading_id IS NULL AS is_unbound,
       (SELECT coalesce(max(round_number), 0) FROM generation WHERE generation.run_id = run.run_id) AS n_rounds
FROM run
LEFT JOIN reading ON reading.document_id = run.document_id AND reading.reader_version = run.reader_version
WHERE run.run_id = %(run_id)s
FOR UPDATE OF run;

-- name: bind_reading
-- Binds a run to the reading that it processes.
UPDATE run SET reading_id = %(reading_id)s WHERE run_id = %(run_id)s;
