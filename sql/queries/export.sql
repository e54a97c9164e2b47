-- Extractions as users export them.

-- name: documents_called
-- The documents of a name, which may be a key, a file name or a SHA-256.
SELECT document_id FROM source WHERE key = %(name)s AND document_id IS NOT NULL
UNION SELECT document_id FROM source WHERE split_part(key, '/', -1) = %(name)s AND document_id IS NOT NULL
UNION SELECT document_id FROM document WHERE document_id = %(name)s;

-- name: export
-- The extractions of one run, or of the newest done run of each document and schema. A document is named by the key that the user
-- gave, otherwise by the key under which it was last seen. agreement: the title of the one in which the value stands, if the file has
-- several.
WITH chosen AS (
    SELECT run_id FROM run WHERE run_id = %(run_id)s::uuid
    UNION ALL
    SELECT run_id FROM current_run
    WHERE %(run_id)s::uuid IS NULL
      AND (%(document_ids)s::text[] IS NULL OR document_id = ANY (%(document_ids)s::text[]))
)
SELECT name.key AS document, run.run_id::text AS run, extraction.field, extraction.status, extraction.value, extraction.normal, extraction.quote,
       coalesce(extraction.spans, '[]') AS spans, coalesce(extraction.pages, '{}') AS pages, footnote.marker AS footnote,
       extraction.round_number AS round, extraction.score,
       generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
       run.promise, extraction.extraction_id AS extraction, coalesce(part.cited, '[]') AS parts, agreement.title AS agreement,
       coalesce(place.cited, '[]') AS places, extraction.reason
FROM chosen
JOIN run ON run.run_id = chosen.run_id
JOIN extraction ON extraction.run_id = run.run_id
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
LEFT JOIN footnote ON footnote.footnote_id = extraction.footnote_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'name', own.said -> 'name', 'value', own.said -> 'value', 'normal', own.said -> 'normal', 'quote', own.said -> 'quote',
               'spans', coalesce(nullif(own.said -> 'spans', 'null'), '[]'), 'pages', coalesce(nullif(own.said -> 'pages', 'null'), '[]'),
               'footnote', (SELECT marker FROM footnote note WHERE note.footnote_id = (own.said ->> 'footnote_id')::bigint)
           ) ORDER BY own.position) AS cited
    FROM jsonb_array_elements(extraction.parts) WITH ORDINALITY own (said, position)
) part ON extraction.parts IS NOT NULL
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
               'spans', own.said -> 'spans', 'pages', own.said -> 'pages',
               'footnote', (SELECT marker FROM footnote note WHERE note.footnote_id = (own.said ->> 'footnote_id')::bigint)
           ) ORDER BY own.position) AS cited
    FROM jsonb_array_elements(extraction.places) WITH ORDINALITY own (said, position)
) place ON extraction.places IS NOT NULL
LEFT JOIN reading ON reading.reading_id = run.reading_id AND reading.agreements <> '[]'
LEFT JOIN LATERAL (
    SELECT own.title ->> 2 AS title FROM jsonb_array_elements(reading.agreements) AS own (title)
    WHERE (own.title ->> 0)::integer <= (extraction.spans #>> '{0,0}')::integer
      AND (extraction.spans #>> '{0,0}')::integer < (own.title ->> 1)::integer LIMIT 1
) agreement ON true
CROSS JOIN LATERAL (
    SELECT source.key FROM source WHERE source.document_id = run.document_id
    ORDER BY source.key = %(name)s::text DESC NULLS LAST, source.source_id DESC LIMIT 1
) name
WHERE (%(since)s::timestamptz IS NULL OR run.finished_at >= %(since)s::timestamptz)
  AND (%(document_ids)s::text[] IS NULL OR run.document_id = ANY (%(document_ids)s::text[]))
ORDER BY name.key, run.schema_name, run.run_id, extraction.extraction_id;
