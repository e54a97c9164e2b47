-- The life of a run: claimed, resumed, finished, failed. Its lock is taken before any of these.

-- name: lock
-- Held by the session: when the worker dies, so does the lock.
SELECT pg_advisory_lock(hashtextextended('run ' || %(run_key)s, 0));

-- name: unlock
SELECT pg_advisory_unlock(hashtextextended('run ' || %(run_key)s, 0));

-- name: attempts
SELECT run_id::text AS run_id, attempt, state, flow_run_id, backfill_id FROM run WHERE run_key = %(run_key)s ORDER BY attempt DESC;

-- name: schema_name
SELECT name FROM schema_version WHERE schema_version_id = %(schema_digest)s;

-- name: add_schema
INSERT INTO schema_version (schema_version_id, name, field_names, definition)
VALUES (%(schema_digest)s, %(name)s, %(field_names)s, %(definition)s)
ON CONFLICT ON CONSTRAINT schema_version_pkey DO NOTHING;

-- name: add_model
INSERT INTO model_version (kind, name, version, details)
VALUES (%(kind)s, %(name)s, %(version)s, %(details)s)
ON CONFLICT ON CONSTRAINT model_version_once DO NOTHING;

-- name: describe_model
UPDATE model_version SET details = %(details)s
WHERE kind = %(kind)s AND name = %(name)s AND version = %(version)s AND details = '{}';

-- name: model_id
SELECT model_version_id FROM model_version WHERE kind = %(kind)s AND name = %(name)s AND version = %(version)s;

-- name: facts
SELECT run.state, run.document_id, run.reading_id, run.reader_version, run.max_rounds, schema_version.definition
FROM run JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
WHERE run.run_id = %(run_id)s;

-- name: start
INSERT INTO run (run_key, attempt, document_id, schema_version_id, schema_name, generator_id, critic_id, reader_version,
                 max_rounds, flow_run_id, backfill_id)
VALUES (%(run_key)s, %(attempt)s, %(document_id)s, %(schema_digest)s, %(schema_name)s, %(generator_id)s, %(critic_id)s,
        %(reader_version)s, %(max_rounds)s, %(flow_run_id)s, %(backfill_id)s)
RETURNING run_id::text AS run_id;

-- name: resume
UPDATE run SET state = 'running', error_code = NULL, finished_at = NULL, flow_run_id = coalesce(%(flow_run_id)s, flow_run_id)
WHERE run_id = %(run_id)s;

-- name: supersede
UPDATE run SET state = 'superseded', finished_at = coalesce(finished_at, now()) WHERE run_id = %(run_id)s;

-- name: supersede_done
UPDATE run SET state = 'superseded'
WHERE run_key = (SELECT run_key FROM run WHERE run_id = %(run_id)s) AND state = 'done' AND run_id <> %(run_id)s;

-- name: finish
UPDATE run SET state = 'done', summary = %(summary)s, finished_at = now() WHERE run_id = %(run_id)s;

-- name: fail
UPDATE run SET state = 'failed', error_code = %(code)s, finished_at = now() WHERE run_id = %(run_id)s AND state = 'running';

-- name: hold
-- The run as its holder finds it at the start of a write.
SELECT run.state, coalesce(run.reading_id, reading.reading_id) AS reading_id, run.reading_id IS NULL AS is_unbound,
       (SELECT coalesce(max(round_number), 0) FROM generation WHERE generation.run_id = run.run_id) AS n_rounds
FROM run
LEFT JOIN reading ON reading.document_id = run.document_id AND reading.reader_version = run.reader_version
WHERE run.run_id = %(run_id)s
FOR UPDATE OF run;

-- name: bind_reading
UPDATE run SET reading_id = %(reading_id)s WHERE run_id = %(run_id)s;
