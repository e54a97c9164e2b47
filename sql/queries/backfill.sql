-- What a backfill is planned from.

-- name: measured
-- Sums over the newest runs done, of a schema and a generator: pages against calls, tokens and seconds of asking. A document
-- without pages says nothing of a page's cost.
WITH measured_run AS (
    SELECT run.run_id, reading.n_pages::double precision AS n_pages
    FROM run
    JOIN reading USING (reading_id)
    JOIN model_version generator ON generator.model_version_id = run.generator_id
    WHERE run.state = 'done' AND run.schema_name = %(schema_name)s AND generator.name = %(generator)s AND reading.n_pages > 0
    ORDER BY run.finished_at DESC
    LIMIT %(max_runs)s
), spent AS (
    SELECT measured_run.n_pages, quantity.name AS quantity, quantity.amount
    FROM measured_run
    CROSS JOIN LATERAL (
        SELECT count(*)::double precision AS calls, coalesce(sum(answer.latency_ms), 0) / 1000 AS seconds,
               coalesce(sum(answer.tokens_in), 0)::double precision AS tokens_in,
               coalesce(sum(answer.tokens_out), 0)::double precision AS tokens_out
        FROM generation answer
        WHERE answer.run_id = measured_run.run_id AND NOT starts_with(coalesce(answer.error, ''), 'budget_')
    ) total
    CROSS JOIN LATERAL (VALUES ('calls', total.calls), ('seconds', total.seconds), ('tokens_in', total.tokens_in),
                               ('tokens_out', total.tokens_out)) AS quantity (name, amount)
)
SELECT quantity, count(*) AS n_runs, sum(n_pages) AS n_pages, sum(amount) AS amount, sum(n_pages * n_pages) AS pages_squared,
       sum(n_pages * amount) AS pages_by_amount, sum(amount * amount) AS amount_squared
FROM spent
GROUP BY quantity;
