-- Provenance of one value, in one query: document version, page, span, footnote, and every answer and finding about it.

-- name: explain
-- Everything about one extraction: its run, sources, chunk and footnote, what a reader sees of its words, and the trail that led to it.
SELECT extraction.extraction_id, extraction.field, extraction.status, extraction.value, extraction.normal, extraction.quote,
       extraction.spans, extraction.pages, extraction.match, extraction.round_number, extraction.score, extraction.reason,
       (SELECT jsonb_agg(own.said || jsonb_build_object('footnote',
                   (SELECT marker FROM footnote note WHERE note.footnote_id = (own.said ->> 'footnote_id')::bigint)
               ) ORDER BY own.position)
        FROM jsonb_array_elements(extraction.parts) WITH ORDINALITY own (said, position)) AS parts,
       (SELECT jsonb_agg(own.said || jsonb_build_object('footnote',
                   (SELECT marker FROM footnote note WHERE note.footnote_id = (own.said ->> 'footnote_id')::bigint)
               ) ORDER BY own.position)
        FROM jsonb_array_elements(extraction.places) WITH ORDINALITY own (said, position)) AS places,
       run.run_id::text AS run_id, run.state AS run_state, run.run_key, run.attempt, run.schema_name, run.schema_version_id, run.reader_version, run.promise,
       run.created_at, run.finished_at,
       (SELECT jsonb_agg(own.said ORDER BY own.position)
        FROM jsonb_array_elements(run.summary -> 'checks') WITH ORDINALITY own (said, position)
        WHERE own.said -> 'fields' ? extraction.field) AS checks,
       generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
       run.document_id,
       (SELECT jsonb_agg(jsonb_build_object('bucket', held.bucket, 'key', held.key, 'version', held.object_version, 'state', held.state,
                                            'since', to_char(held.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                         ORDER BY held.state, held.source_id)
        FROM source_state held WHERE held.document_id = run.document_id) AS sources,
       chunk.chunk_index, chunk.kind AS chunk_kind, chunk.headings,
       (SELECT own.title ->> 2 FROM jsonb_array_elements(reading.agreements) AS own (title)
        WHERE (own.title ->> 0)::integer <= quoted.first AND quoted.first < (own.title ->> 1)::integer LIMIT 1) AS agreement,
       (SELECT jsonb_agg(jsonb_build_object('kind', mark.said ->> 2, 'start', (mark.said ->> 0)::integer, 'end', (mark.said ->> 1)::integer,
                   'text', substr(reading.text, (mark.said ->> 0)::integer + 1, (mark.said ->> 1)::integer - (mark.said ->> 0)::integer),
                   'inside', (mark.said ->> 0)::integer < quoted.last AND quoted.first < (mark.said ->> 1)::integer)
               ORDER BY mark.position)
        FROM jsonb_array_elements(reading.marks) WITH ORDINALITY mark (said, position)
        -- Beside the quote: with at most a blank and a bracket between.
        WHERE (mark.said ->> 0)::integer <= quoted.last + 2 AND quoted.first - 2 <= (mark.said ->> 1)::integer) AS marks,
       (SELECT jsonb_agg(jsonb_build_object('column', cell.said ->> 2, 'row', cell.said ->> 3) ORDER BY cell.position)
        FROM jsonb_array_elements(chunk.cells) WITH ORDINALITY cell (said, position)
        WHERE EXISTS (
            SELECT FROM jsonb_array_elements(extraction.spans) AS own (span)
            WHERE (own.span ->> 0)::integer < (cell.said ->> 1)::integer AND (cell.said ->> 0)::integer < (own.span ->> 1)::integer)) AS cells,
       footnote.marker, footnote.page_number AS note_page_number, footnote.cited_at,
       (SELECT note.lead_in FROM chunk note
        WHERE note.footnote_id = extraction.footnote_id AND note.kind = 'note' LIMIT 1) AS citing_sentence,
       (SELECT jsonb_agg(jsonb_build_object('extraction', other.extraction_id, 'status', other.status, 'value', other.value,
                                            'pages', other.pages, 'footnote', note.marker) ORDER BY other.pages, other.extraction_id)
        FROM extraction other LEFT JOIN footnote note ON note.footnote_id = other.footnote_id
        WHERE other.run_id = extraction.run_id AND other.field = extraction.field AND other.pages IS NOT NULL
          AND other.extraction_id <> extraction.extraction_id) AS same_field,
       (SELECT coverage.state FROM coverage
        WHERE coverage.run_id = run.run_id AND coverage.chunk_id = chunk.chunk_id AND coverage.field = extraction.field) AS cell,
       (SELECT jsonb_agg(step.entry ORDER BY step.position) FROM (
            SELECT generation.trail_position AS position, jsonb_build_object(
                'position', generation.trail_position, 'step', generation.stage, 'round', generation.round_number,
                'by', generation.model, 'raw', generation.raw, 'latency_ms', generation.latency_ms, 'error', generation.error,
                'repairs', generation.repairs,
                'made_it', generation.generation_id = extraction.generation_id, 'at', generation.created_at) AS entry
            FROM generation
            WHERE generation.run_id = extraction.run_id AND generation.chunk_id = extraction.chunk_id
            UNION ALL
            SELECT finding.trail_position, jsonb_build_object(
                'position', finding.trail_position, 'step', 'finding', 'round', finding.round_number,
                'by', finding.source, 'kind', finding.kind, 'quote', finding.quote, 'spans', finding.spans, 'score', finding.score,
                'reason', finding.reason, 'part', finding.part, 'at', finding.created_at,
                'about_it', finding.spans = extraction.spans OR EXISTS (
                    SELECT FROM jsonb_array_elements(extraction.parts) own
                    WHERE own ->> 'name' = finding.part AND own -> 'spans' = finding.spans))
            FROM finding
            WHERE finding.run_id = extraction.run_id AND finding.chunk_id = extraction.chunk_id
              AND (finding.field = extraction.field OR finding.field IS NULL)
            UNION ALL
            SELECT review.trail_position, jsonb_build_object(
                'position', review.trail_position, 'step', 'review', 'round', NULL, 'by', review.reviewer, 'review_id', review.review_id,
                'decision', review.decision, 'value', review.value, 'quote', review.quote, 'spans', review.spans, 'reason', review.reason,
                'via', review.shown ->> 'via', 'withdraws', review.withdraws, 'carried_from', review.carried_from,
                'carried_from_run', first.run_id, 'at', coalesce(first.created_at, review.created_at),
                'holds', EXISTS (SELECT FROM standing_review held WHERE held.review_id = review.review_id),
                'about_it', coalesce(review.extraction_id = extraction.extraction_id OR taken_back.extraction_id = extraction.extraction_id
                    OR review.decision = 'not_in_document' OR review.spans = extraction.spans, false))
            FROM review
            LEFT JOIN review first ON first.review_id = review.carried_from
            LEFT JOIN review taken_back ON taken_back.review_id = review.withdraws
            WHERE review.run_id = extraction.run_id AND review.field = extraction.field
              AND (review.chunk_id = extraction.chunk_id OR review.decision = 'not_in_document' OR taken_back.decision = 'not_in_document'
                   OR review.extraction_id = extraction.extraction_id OR review.spans = extraction.spans)
       ) step) AS trail
FROM extraction
JOIN run ON run.run_id = extraction.run_id
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
JOIN chunk ON chunk.chunk_id = extraction.chunk_id
JOIN reading ON reading.reading_id = chunk.reading_id
CROSS JOIN LATERAL (
    SELECT (extraction.spans #>> '{0,0}')::integer AS first, (extraction.spans #>> '{-1,1}')::integer AS last
) quoted
LEFT JOIN footnote ON footnote.footnote_id = extraction.footnote_id
WHERE extraction.extraction_id = %(extraction_id)s;
