-- Extractions as users export them.

-- name: documents_called
-- The documents of a name, which may be a key, a file name or a SHA-256.
SELECT document_id FROM source WHERE key = %(name)s AND document_id IS NOT NULL
UNION SELECT document_id FROM source WHERE split_part(key, '/', -1) = %(name)s AND document_id IS NOT NULL
UNION SELECT document_id FROM document WHERE document_id = %(name)s;

-- name: documents_now_called
-- The documents that keys of a name hold now; of a SHA-256 that one.
SELECT document_id FROM source_state WHERE key = %(name)s AND state = 'current' AND document_id IS NOT NULL
UNION SELECT document_id FROM source_state WHERE split_part(key, '/', -1) = %(name)s AND state = 'current' AND document_id IS NOT NULL
UNION SELECT document_id FROM document WHERE document_id = %(name)s;

-- name: export
-- The extractions of one run, or of the newest done run of each document and schema, and what persons made of them: a value that a person
-- judged is accepted or rejected, and words that a person gave are a line of their own, unless the run has a value in the same words.
-- Each key that holds the document now has its own lines; with `all_versions` also each key that held it once, and of one run, if no key
-- holds it any more. `n_keys`: at most so many keys of a run. agreement: the title of the one in which the value stands, if the file has
-- several. Of several decisions the last one holds, and a field that is not in the document has no value. A document whose words
-- were erased has no values. The last four
-- columns are for `tasks.core.review.one_value`: of a field that has one value, only one stands.
WITH wanted AS (
    SELECT run_id, document_id, schema_name, finished_at FROM run
    WHERE run_id = %(run_id)s::uuid AND NOT EXISTS (SELECT FROM erasure WHERE erasure.document_id = run.document_id)
    UNION ALL
    SELECT * FROM (
        SELECT DISTINCT ON (document_id, schema_name) run_id, document_id, schema_name, finished_at FROM run
        WHERE state = 'done' AND %(run_id)s::uuid IS NULL
          AND NOT EXISTS (SELECT FROM erasure WHERE erasure.document_id = run.document_id)
          AND (%(document_ids)s::text[] IS NULL OR document_id = ANY (%(document_ids)s::text[]))
        ORDER BY document_id, schema_name, finished_at DESC
    ) newest
), held AS MATERIALIZED (
    SELECT wanted.run_id, content.bucket, content.key, content.object_version, content.source_id,
           CASE WHEN later.finished_at IS NULL THEN content.state::text ELSE 'superseded' END AS state,
           coalesce(later.finished_at, content.since) AS since
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT each_key.* FROM (
            SELECT once.*, bool_or(once.state = 'current') OVER () AS is_anywhere FROM (
                SELECT DISTINCT ON (bucket, key) bucket, key, object_version, source_id, state, since FROM source_state
                WHERE source_state.document_id = wanted.document_id
                  AND (%(name)s::text IS NULL OR key = %(name)s OR split_part(key, '/', -1) = %(name)s OR document_id = %(name)s)
                  AND (%(bucket)s::text IS NULL OR bucket = %(bucket)s) AND (%(key)s::text IS NULL OR key = %(key)s)
                ORDER BY bucket, key, state, source_id DESC
            ) once
        ) each_key
        WHERE each_key.state = 'current' OR %(all_versions)s::boolean OR %(run_id)s::uuid IS NOT NULL AND NOT each_key.is_anywhere
        ORDER BY each_key.state, each_key.source_id LIMIT %(n_keys)s::bigint
    ) content
    LEFT JOIN LATERAL (
        SELECT newer.finished_at FROM run newer
        WHERE %(run_id)s::uuid IS NOT NULL AND newer.document_id = wanted.document_id AND newer.schema_name = wanted.schema_name
          AND newer.state = 'done' AND newer.run_id <> wanted.run_id AND newer.finished_at > wanted.finished_at
        ORDER BY newer.finished_at DESC LIMIT 1
    ) later ON true
), chosen AS (
    SELECT DISTINCT run_id FROM held
), single AS MATERIALIZED (
    -- The fields of which a document has one value.
    SELECT version.schema_version_id, field.said ->> 'name' AS field, field.said ->> 'type' AS type
    FROM (SELECT DISTINCT run.schema_version_id FROM chosen JOIN run ON run.run_id = chosen.run_id) used
    JOIN schema_version version ON version.schema_version_id = used.schema_version_id
    CROSS JOIN LATERAL jsonb_array_elements(version.definition -> 'fields') field (said)
    WHERE field.said ->> 'type' = 'boolean' OR (field.said ->> 'cardinality' = 'one' AND field.said ->> 'type' <> 'list')
), said AS MATERIALIZED (
    -- Of a decision that was carried over, the moment at which the person made it, and the value over which.
    SELECT held.review_id, held.run_id, held.field, held.extraction_id, held.decision, held.reviewer, held.reason, held.trail_position,
           coalesce(held.value, judged.value) AS value, coalesce(held.normal, judged.normal) AS normal, coalesce(held.quote, judged.quote) AS quote,
           held.spans, held.pages, held.footnote_id, coalesce(first.created_at, held.created_at) AS decided_at, held.carried_from
    FROM chosen
    JOIN standing_review held ON held.run_id = chosen.run_id
    LEFT JOIN review first ON first.review_id = held.carried_from
    LEFT JOIN extraction judged ON judged.extraction_id = first.extraction_id AND held.decision = 'accepted'
), absent AS (
    SELECT DISTINCT ON (run_id, field) * FROM said WHERE decision = 'not_in_document' ORDER BY run_id, field, trail_position DESC
), given AS (
    SELECT DISTINCT ON (said.run_id, said.field, said.spans) said.*
    FROM said LEFT JOIN absent ON absent.run_id = said.run_id AND absent.field = said.field
    WHERE (said.decision = 'corrected' OR said.decision = 'accepted' AND said.extraction_id IS NULL AND said.spans IS NOT NULL)
      AND coalesce(absent.trail_position < said.trail_position, true)
    ORDER BY said.run_id, said.field, said.spans, said.trail_position DESC
), line AS (
    SELECT extraction.run_id, extraction.extraction_id, extraction.field, extraction.status::text AS found, extraction.value, extraction.normal,
           extraction.quote, extraction.spans, extraction.pages, extraction.footnote_id, extraction.round_number, extraction.score,
           extraction.parts, extraction.places, extraction.reason,
           (SELECT about.review_id
            FROM (VALUES (own.trail_position, own.review_id), (same.trail_position, same.review_id), (absent.trail_position, absent.review_id))
                about (trail_position, review_id)
            ORDER BY about.trail_position DESC NULLS LAST LIMIT 1) AS review_id
    FROM chosen
    JOIN extraction ON extraction.run_id = chosen.run_id
    LEFT JOIN said own ON own.extraction_id = extraction.extraction_id
    LEFT JOIN absent ON absent.run_id = extraction.run_id AND absent.field = extraction.field
    LEFT JOIN given same ON same.run_id = extraction.run_id AND same.field = extraction.field AND same.spans = extraction.spans
    UNION ALL
    SELECT given.run_id, given.extraction_id, given.field, NULL, given.value, given.normal, coalesce(given.quote, given.value), given.spans,
           given.pages, given.footnote_id, NULL, NULL, NULL, NULL, '', given.review_id
    FROM given
    WHERE NOT EXISTS (SELECT FROM extraction taken
                      WHERE taken.run_id = given.run_id AND taken.field = given.field AND taken.spans = given.spans)
)
SELECT held.key AS document, run.run_id::text AS run, line.field,
       CASE WHEN said.review_id IS NULL THEN line.found
            WHEN line.found IS NULL OR said.decision = 'accepted' OR said.decision = 'corrected' AND said.spans = line.spans THEN 'accepted'
            WHEN said.decision = 'gold_wrong' THEN coalesce((
                SELECT CASE entry.kind WHEN 'correct' THEN 'accepted' ELSE 'rejected' END FROM error_entry entry
                WHERE entry.review_id = coalesce(said.carried_from, said.review_id) ORDER BY entry.position LIMIT 1), line.found)
            ELSE 'rejected' END AS status,
       line.value, line.normal, line.quote,
       coalesce(line.spans, '[]') AS spans, coalesce(line.pages, '{}') AS pages, footnote.marker AS footnote,
       line.round_number AS round, line.score,
       generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
       run.promise, line.extraction_id AS extraction, coalesce(part.cited, '[]') AS parts, agreement.title AS agreement,
       coalesce(place.cited, '[]') AS places, line.reason,
       CASE WHEN said.review_id IS NOT NULL THEN jsonb_build_object(
           'decision', said.decision, 'reviewer', said.reviewer,
           'at', to_char(said.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'reason', said.reason, 'found', line.found) END AS review,
       held.bucket, held.object_version AS version, held.state, to_char(held.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
       single.type AS single_type, agreement.number AS agreement_number, said.decided_at, said.trail_position
FROM line
JOIN held ON held.run_id = line.run_id
JOIN run ON run.run_id = line.run_id
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
LEFT JOIN said ON said.review_id = line.review_id
LEFT JOIN single ON single.schema_version_id = run.schema_version_id AND single.field = line.field
LEFT JOIN footnote ON footnote.footnote_id = line.footnote_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'name', own.said -> 'name', 'value', own.said -> 'value', 'normal', own.said -> 'normal', 'quote', own.said -> 'quote',
               'spans', coalesce(nullif(own.said -> 'spans', 'null'), '[]'), 'pages', coalesce(nullif(own.said -> 'pages', 'null'), '[]'),
               'footnote', (SELECT marker FROM footnote note WHERE note.footnote_id = (own.said ->> 'footnote_id')::bigint)
           ) ORDER BY own.position) AS cited
    FROM jsonb_array_elements(line.parts) WITH ORDINALITY own (said, position)
) part ON line.parts IS NOT NULL
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'spans', own.said -> 'spans', 'pages', own.said -> 'pages',
               'footnote', (SELECT marker FROM footnote note WHERE note.footnote_id = (own.said ->> 'footnote_id')::bigint)
           ) ORDER BY own.position) AS cited
    FROM jsonb_array_elements(line.places) WITH ORDINALITY own (said, position)
) place ON line.places IS NOT NULL
LEFT JOIN reading ON reading.reading_id = run.reading_id AND reading.agreements <> '[]'
LEFT JOIN LATERAL (
    SELECT own.title ->> 2 AS title, own.number FROM jsonb_array_elements(reading.agreements) WITH ORDINALITY AS own (title, number)
    WHERE (own.title ->> 0)::integer <= (line.spans #>> '{0,0}')::integer
      AND (line.spans #>> '{0,0}')::integer < (own.title ->> 1)::integer LIMIT 1
) agreement ON true
WHERE (%(since)s::timestamptz IS NULL OR run.finished_at >= %(since)s::timestamptz)
  AND (%(document_ids)s::text[] IS NULL OR run.document_id = ANY (%(document_ids)s::text[]))
ORDER BY held.key, held.bucket, held.state, held.source_id DESC, run.schema_name, run.run_id, line.extraction_id, line.found IS NULL;
