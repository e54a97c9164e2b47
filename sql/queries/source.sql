-- Objects of the bucket, and the documents that they contain.

-- name: record_document
-- Records a document, once.
INSERT INTO document (document_id, size_bytes)
VALUES (%(document_id)s, %(size_bytes)s)
ON CONFLICT ON CONSTRAINT document_pkey DO NOTHING;

-- name: record_source
-- Records an object version. One that was first seen in a listing gets its document when it is fetched.
INSERT INTO source (bucket, key, object_version, etag, size_bytes, document_id)
VALUES (%(bucket)s, %(key)s, %(object_version)s, %(etag)s, %(size_bytes)s, %(document_id)s)
ON CONFLICT ON CONSTRAINT source_recorded_once DO UPDATE SET
    etag = coalesce(excluded.etag, source.etag),
    size_bytes = coalesce(excluded.size_bytes, source.size_bytes),
    document_id = coalesce(excluded.document_id, source.document_id)
RETURNING source_id;

-- name: quarantine
-- Records why a reader version refused a source. The first reason stands.
INSERT INTO quarantine (source_id, reader_version, code, message)
VALUES (%(source_id)s, %(reader_version)s, %(code)s, %(message)s)
ON CONFLICT ON CONSTRAINT quarantine_said_once DO NOTHING;

-- name: quarantine_id
-- The row id of that refusal.
SELECT quarantine_id FROM quarantine WHERE source_id = %(source_id)s AND reader_version = %(reader_version)s;

-- name: known_objects
-- Recorded object versions with their state, in the order in which S3 lists keys, so that the two can be merged as streams. One page
-- after the last row seen: a listing may last an hour, and no transaction should. is_outdated: done, but never with the deployed
-- versions; an older run with them counts (a model was rolled back), because it would not be repeated. LATERAL keeps the look-up on
-- its index.
SELECT source.source_id, source.key, source.object_version, source.etag, source.document_id, newest.state, refused.code, refused.reader_version,
       coalesce(newest.state = 'done' AND %(schema_digest)s::text IS NOT NULL AND deployed.is_done IS NULL, false) AS is_outdated
FROM source
LEFT JOIN LATERAL (
    SELECT run.state FROM run
    WHERE run.document_id = source.document_id AND run.state <> 'superseded'
      AND (%(schema_name)s::text IS NULL OR run.schema_name = %(schema_name)s)
    ORDER BY run.created_at DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT quarantine.code, quarantine.reader_version FROM quarantine
    WHERE quarantine.source_id = source.source_id
    ORDER BY quarantine.quarantine_id DESC LIMIT 1
) refused ON true
LEFT JOIN LATERAL (
    SELECT true AS is_done FROM run
    WHERE run.document_id = source.document_id AND run.state = 'done'
      AND run.schema_name = %(schema_name)s AND run.schema_version_id = %(schema_digest)s
      AND run.generator_id = (
          SELECT model_version_id FROM model_version
          WHERE kind = 'generator' AND name = %(generator_name)s AND version = %(generator_version)s)
      AND CASE WHEN %(critic_name)s::text IS NULL THEN run.critic_id IS NULL ELSE run.critic_id = (
          SELECT model_version_id FROM model_version
          WHERE kind = 'critic' AND name = %(critic_name)s AND version = %(critic_version)s) END
      AND run.promise IS NOT DISTINCT FROM %(promise)s::double precision
    LIMIT 1
) deployed ON true
WHERE source.bucket = %(bucket)s AND source.key ^@ %(prefix)s
  AND source.key >= %(last_key)s AND (source.key, source.source_id) > (%(last_key)s, %(last_id)s)
ORDER BY source.key, source.source_id
LIMIT %(page_rows)s;
