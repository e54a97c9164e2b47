-- Figures for a metrics endpoint, `tasks/postgres/metrics.py`: labels, and a column `value`. Totals are sums over the tables of days, which
-- only grow; gauges are counted up to a limit. What migration 0015 began to count begins at most 92 days before it.

-- name: runs
-- Ends of runs.
SELECT schema_name, ended.state, sum(ended.n)::bigint AS value
FROM schema_day
CROSS JOIN LATERAL (VALUES ('done', n_done), ('failed', n_failed), ('superseded', n_superseded)) ended (state, n)
GROUP BY schema_name, ended.state ORDER BY schema_name, ended.state;

-- name: pages
-- Pages of runs done.
SELECT schema_name, sum(n_pages)::bigint AS value FROM schema_day GROUP BY schema_name ORDER BY schema_name;

-- name: values
-- Values of runs done, by status.
SELECT schema_name, said.status, sum(said.n)::bigint AS value
FROM version_day
CROSS JOIN LATERAL (VALUES ('verified', n_verified), ('unsettled', n_unsettled), ('rejected', n_rejected)) said (status, n)
GROUP BY schema_name, said.status ORDER BY schema_name, said.status;

-- name: findings
-- Findings of runs done, by kind.
SELECT schema_name, flag.kind, sum(flag.n)::bigint AS value
FROM version_day
CROSS JOIN LATERAL (VALUES ('redundant', n_redundant), ('missing', n_missing), ('malformed', n_malformed), ('boundary', n_boundary))
    flag (kind, n)
GROUP BY schema_name, flag.kind ORDER BY schema_name, flag.kind;

-- name: rounds
-- Rounds of runs done.
SELECT schema_name, sum(n_rounds * n_runs)::bigint AS value FROM round_day GROUP BY schema_name ORDER BY schema_name;

-- name: reviews
-- Decisions of people.
SELECT schema_name, decision.name AS decision, decision.n AS value
FROM (
    SELECT schema_name, sum(n_accepted)::bigint AS n_accepted, sum(n_corrected)::bigint AS n_corrected, sum(n_rejected)::bigint AS n_rejected,
           sum(n_gold_wrong)::bigint AS n_gold_wrong, sum(n_not_in_document)::bigint AS n_not_in_document,
           sum(n_withdrawn)::bigint AS n_withdrawn
    FROM review_day GROUP BY schema_name
) by_schema
CROSS JOIN LATERAL (VALUES ('accepted', n_accepted), ('corrected', n_corrected), ('rejected', n_rejected), ('gold_wrong', n_gold_wrong),
                           ('not_in_document', n_not_in_document), ('withdrawn', n_withdrawn)) decision (name, n)
ORDER BY schema_name, decision.name;

-- name: tokens
-- Tokens of runs done.
SELECT schema_name, spent.direction, sum(spent.n)::bigint AS value
FROM schema_day CROSS JOIN LATERAL (VALUES ('in', tokens_in), ('out', tokens_out)) spent (direction, n)
GROUP BY schema_name, spent.direction ORDER BY schema_name, spent.direction;

-- name: call_seconds
-- Seconds of model calls of runs done.
SELECT schema_name, sum(seconds) AS value FROM schema_day GROUP BY schema_name ORDER BY schema_name;

-- name: money
-- Money for runs done, at the prices of their time.
SELECT schema_name, currency, sum(money) AS value FROM schema_day WHERE money IS NOT NULL
GROUP BY schema_name, currency ORDER BY schema_name, currency;

-- name: refused
-- Object versions that the reader refused, by reason.
SELECT code, sum(n_objects)::bigint AS value FROM quarantine_day GROUP BY code ORDER BY code;

-- name: call_errors
-- Requests to models that a server refused or left without an answer.
SELECT model, code, sum(n_calls)::bigint AS value FROM call_error_day GROUP BY model, code ORDER BY model, code;

-- name: running
-- Runs in state running, up to 10,000.
SELECT count(*) AS value FROM (SELECT FROM run WHERE state = 'running' LIMIT 10000) running;

-- name: oldest_running
-- Age of the oldest of them; no row: none is running.
SELECT extract(epoch FROM now() - created_at)::double precision AS value FROM run WHERE state = 'running' ORDER BY created_at LIMIT 1;

-- name: newest_end
-- Seconds since a run ended last; no row: none ever did.
SELECT extract(epoch FROM now() - finished_at)::double precision AS value FROM run WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 1;

-- name: open_cells
-- Cells that runs of the last 7 days left open, less those reviewed. Those of a document that was run again count for both runs.
SELECT left_open.schema_name, greatest(left_open.n - coalesce(reviewed.n, 0), 0) AS value
FROM (SELECT schema_name, sum(n_unsettled_cells + n_failed_cells)::bigint AS n FROM field_day
      WHERE day >= (now() AT TIME ZONE 'UTC')::date - 7 GROUP BY schema_name) left_open
LEFT JOIN (SELECT schema_name, sum(n_cells)::bigint AS n FROM review_day
           WHERE day >= (now() AT TIME ZONE 'UTC')::date - 7 GROUP BY schema_name) reviewed ON reviewed.schema_name = left_open.schema_name
ORDER BY left_open.schema_name;

-- name: backfill_waiting
-- Documents of running and paused backfills that wait, up to 50,000.
SELECT count(*) AS value
FROM (SELECT FROM backfill
      JOIN backfill_document ON backfill_document.backfill_id = backfill.backfill_id AND backfill_document.state = 'waiting'
      WHERE backfill.state IN ('running', 'paused') LIMIT 50000) waiting;
