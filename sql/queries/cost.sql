-- What runs cost, by the trail. Superseded and unfinished runs count, because they were paid. `budget_...`: no model was called.

-- name: lines
-- Answers, seconds and tokens of the chosen runs, by label, model, stage and round.
SELECT CASE %(by)s::text WHEN 'run' THEN run.run_id::text WHEN 'schema' THEN run.schema_name
                   WHEN 'document' THEN coalesce(name.key, run.document_id)
                   WHEN 'day' THEN to_char(run.created_at, 'YYYY-MM-DD') ELSE '' END AS label,
       answer.model, answer.stage, answer.round_number, count(*) AS n_answers, sum(answer.latency_ms) / 1000 AS seconds,
       sum(answer.tokens_in) AS tokens_in, sum(answer.tokens_out) AS tokens_out,
       count(*) FILTER (WHERE answer.tokens_by = 'estimate') AS n_estimated
FROM run
JOIN generation answer ON answer.run_id = run.run_id
LEFT JOIN document_name name ON %(by)s::text = 'document' AND name.document_id = run.document_id
WHERE (%(run_id)s::uuid IS NULL OR run.run_id = %(run_id)s::uuid)
  AND (%(flow_run_id)s::text IS NULL OR run.flow_run_id = %(flow_run_id)s::text)
  AND (%(since)s::timestamptz IS NULL OR run.created_at >= %(since)s::timestamptz)
  AND NOT starts_with(coalesce(answer.error, ''), 'budget_')
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4;
