-- Queries of the dashboards, limited in time or in number, so that they take as long after a million runs as after a thousand.
-- Use them for your own dashboards: copy the text and replace each %(...)s by a value.

-- ============================================================ the night

-- name: working
-- Board "Now": runs in state running, oldest first; one that is far older than the rest has lost its worker.
SELECT run_id::text AS run_id, document_id, schema_name, flow_run_id, created_at, now() - created_at AS since
FROM run WHERE state = 'running' ORDER BY created_at LIMIT 50;

-- name: given_up
-- Board "Now": why runs of the last days failed; they wait to be resumed.
SELECT error_code, count(*) AS n_runs, max(finished_at) AS newest
FROM run WHERE state = 'failed' AND created_at >= now() - make_interval(days => %(days)s)
GROUP BY error_code ORDER BY n_runs DESC;

-- name: newest_runs
-- Board "Now": the runs that ended last, with their counts.
SELECT run_id::text AS run_id, key, schema_name, state, error_code, n_verified, n_unsettled, n_rejected, n_rounds, wall_s, finished_at
FROM run_overview WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 50;

-- name: slowest_runs
-- Board "Night": the documents that took longest of those that ended in the last hours. The counts are made for these few only.
SELECT slow.seconds, overview.run_id::text AS run_id, overview.key, overview.schema_name, overview.state, overview.n_rounds,
       overview.n_answers, overview.tokens_in, overview.tokens_out
FROM (
    SELECT run_id, coalesce((summary ->> 'seconds')::double precision, extract(epoch FROM finished_at - created_at)) AS seconds
    FROM run WHERE finished_at >= now() - make_interval(hours => %(hours)s)
    ORDER BY seconds DESC LIMIT 10
) slow
JOIN run_overview overview ON overview.run_id = slow.run_id
ORDER BY slow.seconds DESC;

-- name: days
-- Board "Night": how runs ended, by day and schema, and the pages of those done.
SELECT day, schema_name, n_done, n_failed, n_superseded, n_pages
FROM day_overview WHERE day >= now() - make_interval(days => %(days)s) ORDER BY day, schema_name;

-- name: refused_by_code
-- Board "Night": why the reader refused objects in the last days.
SELECT code, count(*) AS n_objects, max(created_at) AS newest
FROM quarantine WHERE created_at >= now() - make_interval(days => %(days)s)
GROUP BY code ORDER BY n_objects DESC;

-- name: newest_refused
-- Board "Night": the objects that were refused last.
SELECT key, code, message, created_at FROM quarantined_source ORDER BY created_at DESC LIMIT 50;

-- name: backfills
-- Board "Backfill": how far the newest have come.
SELECT name, state, reason, schema_name, n_documents, n_waiting, n_submitted, n_done, n_unchanged, n_refused, n_failed,
       started_at, finished_at
FROM backfill_overview ORDER BY backfill_id DESC LIMIT 5;


-- ============================================================ quality

-- name: fields
-- Board "Quality": how each field fared in the last days: values by status, cells left open, the critic's mean score.
SELECT field, sum(n_verified) AS n_verified, sum(n_unsettled) AS n_unsettled, sum(n_rejected) AS n_rejected,
       sum(n_unsettled_cells) AS n_unsettled_cells, sum(n_failed_cells) AS n_failed_cells, sum(score) / nullif(sum(n_scored), 0) AS mean_score
FROM field_day WHERE schema_name = %(schema_name)s AND day >= current_date - %(days)s::integer
GROUP BY field ORDER BY field;

-- name: field_by_day
-- Board "Quality": one field over time.
SELECT day, n_verified, n_unsettled, n_rejected, n_unsettled_cells, n_failed_cells, score / nullif(n_scored, 0) AS mean_score
FROM field_day
WHERE schema_name = %(schema_name)s AND field = %(field)s AND day >= current_date - %(days)s::integer
ORDER BY day;

-- name: open_cells
-- Board "Quality": what runs of the last days left to a reviewer, newest first. Without the limit the planner, which does not know how
-- few cells are reviewed or superseded, starts two parallel workers.
SELECT open_cell.run_id::text AS run_id, source.key, open_cell.schema_name, chunk.chunk_index, open_cell.field, open_cell.state,
       open_cell.reason, open_cell.finished_at
FROM open_cell
JOIN chunk ON chunk.chunk_id = open_cell.chunk_id
CROSS JOIN LATERAL (
    SELECT key FROM source WHERE source.document_id = open_cell.document_id ORDER BY source.source_id DESC LIMIT 1
) source
WHERE open_cell.finished_at >= now() - make_interval(days => %(days)s)
ORDER BY open_cell.finished_at DESC
LIMIT 100;

-- name: runs_of_document
-- Board "Document": the newest runs of one key, over all its versions.
SELECT run_id::text AS run_id, schema_name, state, error_code, generator, critic, n_verified, n_unsettled, n_rejected, n_rounds, wall_s,
       created_at
FROM run_overview
WHERE document_id IN (SELECT document_id FROM source WHERE key = %(key)s)
ORDER BY created_at DESC LIMIT 20;


-- ============================================================ cost

-- name: cost_by_day
-- Board "Cost": money, tokens and seconds by day and schema, at the prices of their time.
SELECT day, schema_name, currency, n_runs, money, tokens_in, tokens_out, seconds
FROM day_cost WHERE day >= now() - make_interval(days => %(days)s) ORDER BY day, schema_name;

-- name: cost_of_run
-- Board "Document": what each model cost in each stage and round of one run.
SELECT model, stage, round_number, n_answers, tokens_in, tokens_out, seconds
FROM run_cost WHERE run_id = %(run_id)s::uuid ORDER BY round_number, stage, model;
