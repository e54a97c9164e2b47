-- Queries of the maintenance flow: runs whose worker is gone, and the results of each week.

-- name: long_running
-- Runs that began long ago. Whether a worker still processes one, its lock tells.
SELECT run_id::text AS run_id, run_key FROM run
WHERE state = 'running' AND created_at < now() - make_interval(secs => %(older_than_s)s)
ORDER BY created_at;

-- name: try_lock
-- The lock of a claim, for this transaction only. A claim that comes meanwhile waits longer than this transaction takes.
SELECT pg_try_advisory_xact_lock(hashtextextended('run ' || %(run_key)s, 0));

-- name: is_running
-- Whether a run is still in state running.
SELECT true FROM run WHERE run_id = %(run_id)s AND state = 'running';

-- name: tallies
-- One line for each week, schema, pair of models and measure. A measure is sum(x) / sum(n); the sums of squares tell how far runs lie
-- apart. Superseded runs that had been finished count: they were that week's work. Cells are counted, not read: a finished run has
-- one for every chunk and field.
SELECT date_trunc('week', run.finished_at AT TIME ZONE 'UTC')::date AS week, run.schema_name,
       generator.name || '/' || generator.version AS generator,
       coalesce(critic.name || '/' || critic.version, '') AS critic, told.measure, count(*) AS n_runs,
       sum(told.x) AS x, sum(told.n) AS n,
       sum(told.x * told.x) AS xx, sum(told.x * told.n) AS xn, sum(told.n * told.n) AS nn
FROM run
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
JOIN reading ON reading.reading_id = run.reading_id
CROSS JOIN LATERAL (
    SELECT count(*) * cardinality(schema_version.field_names) AS n FROM chunk WHERE chunk.reading_id = run.reading_id
) cell
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'unsettled') AS n_unsettled, count(*) FILTER (WHERE state = 'failed') AS n_failed
    FROM coverage WHERE coverage.run_id = run.run_id AND state IN ('unsettled', 'failed')
) still_open
CROSS JOIN LATERAL (
    SELECT count(*) AS n, count(*) FILTER (WHERE status = 'rejected') AS n_rejected, count(score) AS n_scored, sum(score) AS score
    FROM extraction WHERE extraction.run_id = run.run_id
) said
CROSS JOIN LATERAL (VALUES
    ('unsettled_cells', still_open.n_unsettled::double precision, cell.n::double precision),
    ('failed_cells', still_open.n_failed, cell.n),
    ('rejected_values', said.n_rejected, said.n),
    ('critic_score', said.score, said.n_scored),
    ('tokens_per_page', (run.summary #>> '{cost,tokens_in}')::double precision
                        + (run.summary #>> '{cost,tokens_out}')::double precision, reading.n_pages),
    ('seconds_per_page', (run.summary #>> '{cost,seconds}')::double precision, reading.n_pages)
) told (measure, x, n)
WHERE run.finished_at >= %(since)s AND told.n > 0 AND told.x IS NOT NULL
  AND (run.state = 'done' OR run.state = 'superseded' AND EXISTS (SELECT FROM coverage WHERE coverage.run_id = run.run_id))
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;
