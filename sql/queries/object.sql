-- What the keys of a bucket hold now. An observation is as old as `age_s` says when it is stored: so all workers are measured by the
-- clock of the database, and an older one never undoes a newer one.

-- name: see
-- Records what a key held at a moment. It may be read.
INSERT INTO object AS known (bucket, key, etag, since, seen_at)
SELECT %(bucket)s, %(key)s, %(etag)s, seen.at, seen.at
FROM (SELECT clock_timestamp() - %(age_s)s::double precision * interval '1 second' AS at) seen
ON CONFLICT ON CONSTRAINT object_pkey DO UPDATE SET
    etag = excluded.etag, seen_at = excluded.seen_at, gone_since = NULL, withheld = NULL,
    since = CASE WHEN known.etag = excluded.etag AND known.gone_since IS NULL THEN known.since ELSE excluded.since END
WHERE known.seen_at <= excluded.seen_at;

-- name: miss
-- Records that a key was not there at a moment. A key that was never seen stays unknown.
UPDATE object SET gone_since = coalesce(gone_since, seen.at), seen_at = seen.at, withheld = NULL
FROM (SELECT clock_timestamp() - %(age_s)s::double precision * interval '1 second' AS at) seen
WHERE bucket = %(bucket)s AND key = %(key)s AND seen_at <= seen.at;

-- name: withhold
-- Records what a key held at a moment when the store did not give the bytes, and why.
INSERT INTO object AS known (bucket, key, etag, since, seen_at, withheld)
SELECT %(bucket)s, %(key)s, %(etag)s, seen.at, seen.at, %(withheld)s::withheld_reason
FROM (SELECT clock_timestamp() - %(age_s)s::double precision * interval '1 second' AS at) seen
ON CONFLICT ON CONSTRAINT object_pkey DO UPDATE SET
    etag = excluded.etag, seen_at = excluded.seen_at, gone_since = NULL, withheld = excluded.withheld,
    since = CASE WHEN known.etag = excluded.etag AND known.gone_since IS NULL THEN known.since ELSE excluded.since END
WHERE known.seen_at <= excluded.seen_at;

-- name: pass
-- Compares a stretch of a listing with what is known of it, and writes where they differ. `after` and `up_to` are the keys between which
-- the listing is complete (NULL: to the end of the prefix); a known key there that was not listed is gone. Without `is_complete` only
-- what was listed counts, wherever it lies. Keys that were never fetched
-- are not known, unless the store withholds them. Rows are locked in the order of their keys, so that two listings never wait for each other.
WITH moment AS (
    SELECT clock_timestamp() - %(age_s)s::double precision * interval '1 second' AS at
), listed AS (
    -- JSON, because the client makes it ten times as fast as arrays.
    SELECT key, etag, key = ANY (%(archived)s::text[]) AS is_archived
    FROM ROWS FROM (json_array_elements_text(%(keys)s::json), json_array_elements_text(%(etags)s::json)) AS listed (key, etag)
), differing AS MATERIALIZED (
    SELECT object.key, listed.etag,
           CASE WHEN listed.is_archived THEN 'archived'::withheld_reason
                -- Only a download says that the key of encryption may be used again.
                WHEN listed.etag = object.etag AND object.withheld = 'key_denied' THEN object.withheld END AS withheld
    FROM object CROSS JOIN moment LEFT JOIN listed ON listed.key COLLATE "C" = object.key
    WHERE object.bucket = %(bucket)s
      AND (NOT %(is_complete)s::boolean OR object.key > %(after)s AND (%(up_to)s::text IS NULL OR object.key <= %(up_to)s))
      AND object.key >= %(prefix)s AND object.key < %(prefix)s || chr(1114111)
      AND object.seen_at <= moment.at
      AND CASE WHEN listed.key IS NULL THEN %(is_complete)s AND object.gone_since IS NULL
               ELSE object.gone_since IS NOT NULL OR object.etag <> listed.etag
                    OR listed.is_archived <> (object.withheld IS NOT DISTINCT FROM 'archived') END
    ORDER BY object.key FOR UPDATE OF object
), met AS (
    INSERT INTO object (bucket, key, etag, since, seen_at, withheld)
    SELECT %(bucket)s, listed.key, listed.etag, moment.at, moment.at, 'archived' FROM listed CROSS JOIN moment
    WHERE listed.is_archived ORDER BY listed.key COLLATE "C"
    ON CONFLICT ON CONSTRAINT object_pkey DO NOTHING
)
UPDATE object SET
    etag = coalesce(differing.etag, object.etag), seen_at = moment.at, withheld = differing.withheld,
    since = CASE WHEN differing.etag IS NULL OR differing.etag = object.etag AND object.gone_since IS NULL THEN object.since ELSE moment.at END,
    gone_since = CASE WHEN differing.etag IS NULL THEN moment.at END
FROM differing CROSS JOIN moment
WHERE object.bucket = %(bucket)s AND object.key = differing.key
  -- Said again, because the planner takes thousands to differ and would read the whole table.
  AND (NOT %(is_complete)s::boolean OR object.key > %(after)s AND (%(up_to)s::text IS NULL OR object.key <= %(up_to)s))
  AND object.key >= %(prefix)s AND object.key < %(prefix)s || chr(1114111);

-- name: withheld
-- Which of these keys the store does not give, and why.
SELECT key, withheld::text FROM object
WHERE bucket = %(bucket)s AND key = ANY (%(keys)s::text[]) AND withheld IS NOT NULL AND gone_since IS NULL
ORDER BY key;

-- name: holders
-- The keys that hold a document or held it, once each, the current ones first.
SELECT bucket, key, object_version, etag, document_id, state::text, since FROM (
    SELECT DISTINCT ON (bucket, key) * FROM source_state WHERE document_id = %(document_id)s ORDER BY bucket, key, state, source_id DESC
) held
ORDER BY state, source_id;

-- name: versions
-- The contents that a key holds and held, once each, the current one first, then the newest.
SELECT bucket, key, object_version, etag, document_id, state::text, since FROM (
    SELECT DISTINCT ON (document_id) * FROM source_state
    WHERE bucket = %(bucket)s AND key = %(key)s AND document_id IS NOT NULL ORDER BY document_id, state, source_id DESC
) held
ORDER BY state, source_id DESC;

-- name: current_runs
-- Each key under a prefix that is there, with the newest done run of its content for each schema, as current_object_run has them. One page
-- after a key; LATERAL keeps the look-ups on their indexes.
SELECT held.bucket, held.key, held.object_version, held.etag, held.document_id, held.since, run.run_id::text, run.schema_name,
       run.schema_version_id, run.finished_at
FROM (
    SELECT DISTINCT ON (source.key) source.bucket, source.key, source.object_version, source.etag, source.document_id, present.since
    FROM source
    CROSS JOIN LATERAL (
        SELECT object.since FROM object
        WHERE object.bucket = source.bucket AND object.key = object_key(source.key) AND object.gone_since IS NULL
          AND object.etag = coalesce(source.etag, source.object_version)
        LIMIT 1
    ) present
    WHERE source.bucket = %(bucket)s AND source.key >= %(prefix)s AND source.key < %(prefix)s || chr(1114111) AND source.key > %(after)s
      AND source.document_id IS NOT NULL
    ORDER BY source.key, source.source_id DESC
) held
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (schema_name) run_id, schema_name, schema_version_id, finished_at FROM run
    WHERE run.document_id = held.document_id AND run.state = 'done'
      AND (%(schema_name)s::text IS NULL OR run.schema_name = %(schema_name)s)
    ORDER BY schema_name, finished_at DESC
) run
ORDER BY held.key, run.schema_name LIMIT %(page_rows)s;
