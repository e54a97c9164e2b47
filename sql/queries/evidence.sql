-- What an evidence page shows, beside the reading and the rounds of its run; and which runs a name means.

-- name: snapshot
-- All queries of one page see the database as it is at the first of them.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: head
-- A run with its schema, models and checks. newer_run_id: the newest run of the same document and schema that was done after it.
SELECT run.run_id::text AS run_id, run.state, run.error_code, run.attempt, run.document_id, run.reading_id, run.reader_version,
       run.schema_version_id, schema_version.definition, run.max_rounds, run.promise, run.created_at, run.finished_at,
       coalesce(run.summary -> 'checks', '[]') AS checks,
       generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
       (SELECT later.run_id::text FROM run later
        WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name AND later.state = 'done'
          AND later.run_id <> run.run_id AND later.finished_at > coalesce(run.finished_at, run.created_at)
        ORDER BY later.finished_at DESC LIMIT 1) AS newer_run_id
FROM run
JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
WHERE run.run_id = %(run_id)s;

-- name: sources
-- Where a document was seen: the places that hold it now, then the others; of each the first one first, so that a later upload of the same
-- file renames nothing.
SELECT bucket, key, object_version, etag FROM source_state
WHERE document_id = %(document_id)s ORDER BY state, source_id LIMIT %(most)s;

-- name: extraction_ids
-- The numbers of a run's extractions, in the order in which they were written.
SELECT extraction_id FROM extraction WHERE run_id = %(run_id)s ORDER BY extraction_id;

-- name: reviews
-- What persons decided about the values and cells of a run, oldest first. A withdrawal is about what it takes back; a decision that was
-- carried over has the moment at which the person made it.
SELECT chunk.chunk_index, review.field, coalesce(review.extraction_id, taken_back.extraction_id), review.reviewer, review.decision,
       review.value, review.reason, coalesce(first.created_at, review.created_at), coalesce(review.shown ->> 'via', ''), review.carried_from IS NOT NULL,
       review.decision = 'withdrawn' OR EXISTS (SELECT FROM standing_review held WHERE held.review_id = review.review_id), review.pages
FROM review
JOIN chunk ON chunk.chunk_id = review.chunk_id
LEFT JOIN review first ON first.review_id = review.carried_from
LEFT JOIN review taken_back ON taken_back.review_id = review.withdraws
WHERE review.run_id = %(run_id)s ORDER BY review.trail_position;

-- name: refused
-- Why the newest object of a name, which may be a key, a file name or a SHA-256, was refused.
SELECT quarantine.code, quarantine.message
FROM (
    SELECT source_id FROM source WHERE key = %(name)s
    UNION SELECT source_id FROM source WHERE split_part(key, '/', -1) = %(name)s
    UNION SELECT source_id FROM source WHERE document_id = %(name)s
) named
JOIN quarantine USING (source_id)
ORDER BY quarantine.quarantine_id DESC LIMIT 1;

-- name: runs_of_document
-- The newest done run of each schema over the documents of a name: a key, a file name or a SHA-256. Of a key, the content that it holds,
-- or held last. Without a run there is one row of the document alone.
WITH named AS (
    SELECT DISTINCT ON (found.bucket, found.key) found.document_id FROM (
        SELECT source_id, bucket, key, document_id, state FROM source_state WHERE key = %(name)s AND document_id IS NOT NULL
        UNION ALL
        SELECT source_id, bucket, key, document_id, state FROM source_state
        WHERE split_part(key, '/', -1) = %(name)s AND document_id IS NOT NULL
    ) found ORDER BY found.bucket, found.key, found.state, found.source_id DESC
), chosen AS (
    SELECT document_id FROM named UNION SELECT document_id FROM document WHERE document_id = %(name)s
)
SELECT newest.run_id::text AS run_id, newest.schema_name, chosen.document_id, called.key
FROM chosen
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (run.schema_name) run.run_id, run.schema_name FROM run
    WHERE run.document_id = chosen.document_id AND run.state = 'done'
    ORDER BY run.schema_name, run.finished_at DESC
) newest ON true
CROSS JOIN LATERAL (
    SELECT held.key FROM source_state held WHERE held.document_id = chosen.document_id
    ORDER BY held.key = %(name)s DESC, split_part(held.key, '/', -1) = %(name)s DESC, held.state, held.source_id LIMIT 1
) called
ORDER BY called.key, chosen.document_id, newest.schema_name;

-- name: runs_between
-- The runs whose id begins with some digits, at most two of them: more than one is not what the user meant.
SELECT run.run_id::text AS run_id, run.schema_name, run.document_id, called.key
FROM run
JOIN document_name called ON called.document_id = run.document_id
WHERE run.run_id BETWEEN %(lowest)s::uuid AND %(highest)s::uuid
ORDER BY run.run_id LIMIT 2;
