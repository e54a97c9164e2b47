-- What is due to be delivered to the results prefix, and what was. One writer at a time has the lock.

-- name: lock
-- Waits until no other worker delivers.
SELECT pg_advisory_lock(hashtextextended('countersign delivery', 0));

-- name: unlock
-- Lets the next one deliver.
SELECT pg_advisory_unlock(hashtextextended('countersign delivery', 0));

-- name: places
-- Keys in order, at most so many after one.
SELECT DISTINCT bucket, key FROM source
WHERE (bucket, key) > (%(after_bucket)s, %(after_key)s) ORDER BY bucket, key LIMIT %(limit)s;

-- name: places_of
-- The keys that hold some documents, or held them.
SELECT DISTINCT bucket, key FROM source WHERE document_id = ANY (%(document_ids)s::text[]) ORDER BY bucket, key;

-- name: due
-- What differs between the present of some keys and what was delivered of them: values that were not delivered, and delivered ones whose
-- content the key does not hold any more, or whose newest run is another. What was erased is not delivered; what was delivered of it is
-- called deleted since then.
WITH place AS (
    SELECT * FROM unnest(%(buckets)s::text[], %(keys)s::text[]) AS place (bucket, key)
), present AS (
    SELECT held.bucket, held.key, held.schema_name, held.object_version, held.etag, held.since, held.document_id, held.run_id,
           run.trail_length AS revision, run.finished_at
    FROM place
    CROSS JOIN LATERAL (
        -- OFFSET 0: for each key by itself, else the view would be made whole.
        SELECT * FROM current_object_run own WHERE own.bucket = place.bucket AND own.key = place.key COLLATE "C" OFFSET 0
    ) held
    JOIN run ON run.run_id = held.run_id
    WHERE NOT EXISTS (SELECT FROM erasure WHERE erasure.document_id = held.document_id)
), last AS (
    SELECT newest.* FROM place
    CROSS JOIN LATERAL (
        SELECT * FROM delivery own
        WHERE own.place = %(place)s AND own.bucket = place.bucket AND own.key = place.key COLLATE "C" AND own.is_newest OFFSET 0
    ) newest
)
SELECT present.bucket, present.key, present.schema_name, 'current' AS state, present.since, present.document_id, present.run_id::text AS run_id,
       present.revision, present.finished_at, present.object_version, present.etag, last.delivery_id AS supersedes,
       0 AS n_values, '' AS sha256
FROM present
LEFT JOIN last ON last.bucket = present.bucket AND last.key = present.key AND last.schema_name = present.schema_name
WHERE last.delivery_id IS NULL OR last.state <> 'current' OR last.run_id <> present.run_id OR last.revision <> present.revision
   OR last.document_id <> present.document_id
UNION ALL
SELECT last.bucket, last.key, last.schema_name, coalesce(erased.state, gone.state)::text, coalesce(erased.since, gone.since), last.document_id, last.run_id::text,
       last.revision, run.finished_at, gone.object_version, gone.etag, last.delivery_id, last.n_values, last.sha256
FROM last
JOIN run ON run.run_id = last.run_id
CROSS JOIN LATERAL (
    SELECT own.state, own.since, own.object_version, own.etag FROM source_state own
    WHERE own.bucket = last.bucket AND own.key = last.key AND own.document_id = last.document_id
    ORDER BY own.state, own.source_id DESC LIMIT 1
) gone
LEFT JOIN LATERAL (
    SELECT 'deleted'::version_state AS state, min(erasure.created_at) AS since FROM erasure
    WHERE erasure.document_id = last.document_id HAVING count(*) > 0
) erased ON true
WHERE last.state = 'current' AND coalesce(erased.state, gone.state) <> 'current'
  AND NOT EXISTS (SELECT FROM present WHERE present.bucket = last.bucket AND present.key = last.key AND present.schema_name = last.schema_name)
ORDER BY bucket, key, schema_name;

-- name: revision
-- How long the trail of a run is.
SELECT trail_length FROM run WHERE run_id = %(run_id)s::uuid;

-- name: earlier
-- A delivery and those before it of the same key and schema, the newest first.
WITH RECURSIVE chain AS (
    SELECT delivery.*, 1 AS depth FROM delivery WHERE delivery_id = %(delivery_id)s
    UNION ALL
    SELECT before.*, chain.depth + 1 FROM chain JOIN delivery before ON before.delivery_id = chain.supersedes WHERE chain.depth < %(most)s
)
SELECT run_id::text AS run_id, revision, object_key, state::text AS state FROM chain ORDER BY depth;

-- name: next_log
-- The number of the next file of the log.
SELECT coalesce(max(log_number), 0) + 1 AS n FROM delivery WHERE place = %(place)s;

-- name: supersede
-- Marks deliveries that others follow.
UPDATE delivery SET is_newest = false WHERE delivery_id = ANY (%(delivery_ids)s::bigint[]);

-- name: insert
-- Records a delivery whose files are written.
INSERT INTO delivery (log_number, place, bucket, key, schema_name, state, since, document_id, run_id, revision, object_key, n_values, sha256,
                      supersedes)
VALUES (%(log_number)s, %(place)s, %(bucket)s, %(key)s, %(schema_name)s, %(state)s, %(since)s, %(document_id)s, %(run_id)s, %(revision)s,
        %(object_key)s, %(n_values)s, %(sha256)s, %(supersedes)s);

-- name: unannounced
-- Deliveries whose file of the log is not known to be written, in order, each with the one that it supersedes.
SELECT delivery.log_number, delivery.delivery_id, delivery.bucket, delivery.key, delivery.schema_name, delivery.state::text AS state,
       delivery.since, delivery.document_id, delivery.run_id::text AS run_id, delivery.revision, delivery.object_key, delivery.n_values,
       delivery.sha256, delivery.created_at, before.run_id::text AS before_run_id, before.revision AS before_revision,
       before.object_key AS before_object_key
FROM delivery LEFT JOIN delivery before ON before.delivery_id = delivery.supersedes
WHERE delivery.place = %(place)s AND delivery.announced_at IS NULL
ORDER BY delivery.log_number, delivery.delivery_id;

-- name: announce
-- Notes that a file of the log is written.
UPDATE delivery SET announced_at = now() WHERE place = %(place)s AND log_number = %(log_number)s AND announced_at IS NULL;

-- name: delivered_to
-- The places to which values of a document were delivered.
SELECT DISTINCT place FROM delivery WHERE document_id = %(document_id)s ORDER BY place;
