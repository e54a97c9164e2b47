-- Proof that the trail of a run was not changed.

-- name: run_ids
-- All runs, oldest first.
SELECT run_id::text AS run_id FROM run ORDER BY created_at, run_id;

-- name: verify
-- Recomputes every hash. Gives the length, and the first row that does not hold, with what is wrong with it.
WITH entry AS (
    SELECT 'generation' AS place, generation_id AS id, trail_position, prev_hash, row_hash,
           trail_digest(generation, prev_hash) AS computed, raw_digest = sha256(convert_to(raw, 'UTF8')) AS words_hold
    FROM generation WHERE run_id = %(run_id)s
    UNION ALL
    SELECT 'finding', finding_id, trail_position, prev_hash, row_hash,
           trail_digest(finding, prev_hash), quote_digest = sha256(convert_to(quote, 'UTF8'))
    FROM finding WHERE run_id = %(run_id)s
    UNION ALL
    SELECT 'review', review_id, trail_position, prev_hash, row_hash, trail_digest(review, prev_hash), true
    FROM review WHERE run_id = %(run_id)s
), chained AS (
    SELECT entry.*, row_number() OVER chain AS wanted_position,
           lag(row_hash, 1, trail_genesis(%(run_id)s)) OVER chain AS wanted_prev
    FROM entry WINDOW chain AS (ORDER BY trail_position)
), faulty AS (
    SELECT place, id, trail_position, CASE
        WHEN trail_position <> wanted_position THEN 'the row before it is missing'
        WHEN prev_hash <> wanted_prev THEN 'it does not follow the row before it'
        WHEN computed <> row_hash THEN 'the row was changed'
        ELSE 'its text was changed' END AS fault
    FROM chained
    WHERE trail_position <> wanted_position OR prev_hash <> wanted_prev OR computed <> row_hash OR NOT words_hold
    ORDER BY trail_position LIMIT 1
), newest AS (
    SELECT trail_position, row_hash FROM entry ORDER BY trail_position DESC LIMIT 1
)
SELECT (SELECT count(*) FROM entry) AS n_rows, run.trail_length,
       coalesce(newest.trail_position, 0) = run.trail_length AND newest.row_hash IS NOT DISTINCT FROM run.trail_hash AS end_holds,
       faulty.place, faulty.id, faulty.trail_position, faulty.fault
FROM run LEFT JOIN newest ON true LEFT JOIN faulty ON true
WHERE run.run_id = %(run_id)s;
