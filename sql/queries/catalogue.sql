-- What the HTTP interface lists, in pages. Every query has the scope of the reader: `prefixes` of keys and `schemas`, NULL: all.

-- name: runs
-- Ended runs, the one that ended first first, after a moment and a run.
SELECT run.run_id::text AS run_id, run.state::text AS state, run.error_code, run.document_id, run.schema_name, run.schema_version_id,
       generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
       run.reader_version, run.promise, run.attempt, run.trail_length, run.created_at, run.finished_at,
       CASE WHEN run.state IN ('done', 'superseded') THEN (
           SELECT later.run_id::text FROM run later
           WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name AND later.state = 'done'
           ORDER BY later.finished_at DESC LIMIT 1) END AS newest
FROM run
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
WHERE run.finished_at IS NOT NULL
  AND (%(finished_since)s::timestamptz IS NULL OR run.finished_at >= %(finished_since)s::timestamptz)
  AND (%(after_time)s::timestamptz IS NULL OR run.finished_at >= %(after_time)s::timestamptz
       AND (run.finished_at, run.run_id) > (%(after_time)s::timestamptz, %(after_run)s::uuid))
  AND (%(state)s::text IS NULL OR run.state = %(state)s::text::run_state)
  AND (%(schema_name)s::text IS NULL OR run.schema_name = %(schema_name)s::text)
  AND (%(sha256)s::text IS NULL OR run.document_id = %(sha256)s::text)
  AND (%(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[]))
  -- Not EXISTS, which would be made a join with all of source.
  AND (%(prefixes)s::text[] IS NULL OR coalesce((
      SELECT true FROM source WHERE source.document_id = run.document_id AND source.key ^@ ANY (%(prefixes)s::text[]) LIMIT 1), false))
ORDER BY run.finished_at, run.run_id
LIMIT %(limit)s;

-- name: run
-- One run, whatever its state.
SELECT run.run_id::text AS run_id, run.state::text AS state, run.error_code, run.document_id, run.schema_name, run.schema_version_id,
       generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
       run.reader_version, run.promise, run.attempt, run.trail_length, run.created_at, run.finished_at,
       CASE WHEN run.state IN ('done', 'superseded') THEN (
           SELECT later.run_id::text FROM run later
           WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name AND later.state = 'done'
           ORDER BY later.finished_at DESC LIMIT 1) END AS newest
FROM run
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
WHERE run.run_id = %(run_id)s::uuid
  AND (%(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[]))
  AND (%(prefixes)s::text[] IS NULL OR EXISTS (
      SELECT FROM source WHERE source.document_id = run.document_id AND source.key ^@ ANY (%(prefixes)s::text[])));

-- name: places
-- Where the documents of runs were seen, each place once, among those that the reader may see.
SELECT place.document_id, place.bucket, place.key
FROM unnest(%(document_ids)s::text[]) wanted (document_id)
CROSS JOIN LATERAL (
    SELECT DISTINCT source.document_id, source.bucket, source.key FROM source
    WHERE source.document_id = wanted.document_id AND (%(prefixes)s::text[] IS NULL OR source.key ^@ ANY (%(prefixes)s::text[]))
    ORDER BY source.bucket, source.key LIMIT %(most)s
) place;

-- name: coverage
-- The cells of a run, counted by field in the order of its schema.
SELECT coverage.field, count(*) FILTER (WHERE coverage.state = 'found') AS found, count(*) FILTER (WHERE coverage.state = 'absent') AS absent,
       count(*) FILTER (WHERE coverage.state = 'unsettled') AS unsettled, count(*) FILTER (WHERE coverage.state = 'failed') AS failed
FROM coverage
JOIN run ON run.run_id = coverage.run_id
JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
WHERE coverage.run_id = %(run_id)s::uuid
GROUP BY coverage.field, schema_version.field_names
ORDER BY array_position(schema_version.field_names, coverage.field), coverage.field;

-- name: cells
-- The cells of a run by chunk and field, each with the pages that its chunk touches, after a chunk and a field.
SELECT chunk.chunk_index, coverage.field, coverage.state::text AS state, coverage.reason,
       (SELECT coalesce(array_agg(page.page_number ORDER BY page.page_number), '{}') FROM page
        WHERE page.reading_id = chunk.reading_id AND EXISTS (
            SELECT FROM jsonb_array_elements(chunk.passages -> 0 -> 'segments') segment
            WHERE page.start_char < (segment ->> 1)::integer + (segment ->> 2)::integer
              AND page.end_char > (segment ->> 1)::integer)) AS pages
FROM coverage
JOIN chunk ON chunk.chunk_id = coverage.chunk_id
WHERE coverage.run_id = %(run_id)s::uuid
  AND (%(field)s::text IS NULL OR coverage.field = %(field)s::text)
  AND (%(state)s::text IS NULL OR coverage.state = %(state)s::text::cell_state)
  AND (%(after_chunk)s::integer IS NULL OR (chunk.chunk_index, coverage.field) > (%(after_chunk)s::integer, %(after_field)s::text))
ORDER BY chunk.chunk_index, coverage.field
LIMIT %(limit)s;

-- name: words
-- The text of a run's document in ranges, in their order.
SELECT substr(reading.text, span.first + 1, span.last - span.first)
FROM run
JOIN reading ON reading.reading_id = run.reading_id
CROSS JOIN unnest(%(starts)s::integer[], %(ends)s::integer[]) WITH ORDINALITY span (first, last, position)
WHERE run.run_id = %(run_id)s::uuid
ORDER BY span.position;

-- name: documents
-- Keys in order, after a bucket and a key: what each holds or held last, and the newest done run of it for each schema.
SELECT held.bucket, held.key, held.object_version, held.etag, held.document_id, held.state::text AS state, held.since,
       withheld.withheld::text AS withheld, refused.code AS refused, coalesce(results.runs, '[]') AS runs
FROM (
    SELECT DISTINCT bucket, key FROM source
    WHERE (%(bucket)s::text IS NULL OR bucket = %(bucket)s::text AND key = %(key)s::text)
      AND (bucket, key) > (%(after_bucket)s::text, %(after_key)s::text)
      AND (%(prefix)s::text IS NULL OR key >= %(prefix)s::text AND key < %(prefix)s::text || chr(1114111))
      AND (%(prefixes)s::text[] IS NULL OR key ^@ ANY (%(prefixes)s::text[]))
) place
CROSS JOIN LATERAL (
    SELECT * FROM source_state own WHERE own.bucket = place.bucket AND own.key = place.key ORDER BY own.state, own.source_id DESC LIMIT 1
) held
LEFT JOIN object withheld ON withheld.bucket = held.bucket AND withheld.key = held.key AND withheld.gone_since IS NULL
LEFT JOIN LATERAL (
    SELECT quarantine.code FROM quarantine WHERE quarantine.source_id = held.source_id
      AND NOT EXISTS (SELECT FROM run WHERE run.document_id = held.document_id AND run.state = 'done')
    ORDER BY quarantine.quarantine_id DESC LIMIT 1
) refused ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('schema', newest.schema_name, 'run', newest.run_id, 'revision', newest.trail_length,
                                        'finished_at', newest.finished_at) ORDER BY newest.schema_name) AS runs,
           max(newest.finished_at) AS finished_at
    FROM (
        SELECT DISTINCT ON (run.schema_name) run.schema_name, run.run_id, run.trail_length, run.finished_at FROM run
        WHERE run.document_id = held.document_id AND run.state = 'done'
          AND (%(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[]))
          AND (%(schema_name)s::text IS NULL OR run.schema_name = %(schema_name)s::text)
        ORDER BY run.schema_name, run.finished_at DESC
    ) newest
) results ON true
WHERE (%(state)s::text IS NULL OR held.state = %(state)s::text::version_state)
  -- Of a reader with some schemas, as in the search of the pages: a document without a run that the reader may see is not named.
  AND (%(schemas)s::text[] IS NULL AND %(schema_name)s::text IS NULL OR results.runs IS NOT NULL)
  AND (%(finished_since)s::timestamptz IS NULL OR results.finished_at >= %(finished_since)s::timestamptz)
ORDER BY place.bucket, place.key
LIMIT %(limit)s;
