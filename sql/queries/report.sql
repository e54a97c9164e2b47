-- Results of batches and nights, for users.

-- name: batch_runs
-- One row for each run of a batch, with its counts.
SELECT run_id::text AS run_id, key AS document, schema_name, state, error_code, n_verified, n_unsettled, n_rejected, n_rounds,
       coalesce((summary ->> 'seconds')::double precision, wall_s) AS seconds
FROM run_overview WHERE run_id = ANY (%(run_ids)s::uuid[])
ORDER BY key, schema_name;

-- name: batch_quarantine
-- One row for each refused object of a batch.
SELECT key AS document, code, message FROM quarantined_source
WHERE quarantine_id = ANY (%(quarantine_ids)s::bigint[])
ORDER BY key;

-- name: night_runs
-- Results of a night's batches, by source: also of a document that other prefixes hold, too. Runs are found by their end, because that has
-- an index.
SELECT asked.number, count(*) FILTER (WHERE run.state = 'done') AS n_done, count(*) FILTER (WHERE run.state = 'failed') AS n_failed,
       sum(overview.n_verified)::integer AS n_verified, sum(overview.n_unsettled)::integer AS n_unsettled,
       sum((run.summary #>> '{cost,money}')::double precision) AS money, max(run.summary #>> '{cost,currency}') AS currency,
       sum(taken.seconds) AS seconds, max(taken.seconds) AS slowest_s, (array_agg(seen.key ORDER BY taken.seconds DESC))[1] AS slowest
FROM run
JOIN run_overview overview ON overview.run_id = run.run_id
CROSS JOIN LATERAL (SELECT coalesce((run.summary ->> 'seconds')::double precision, overview.wall_s) AS seconds) taken
JOIN unnest(%(prefixes)s::text[], %(schema_names)s::text[]) WITH ORDINALITY AS asked (prefix, schema_name, number)
    ON asked.schema_name = run.schema_name
CROSS JOIN LATERAL (
    SELECT source.key FROM source
    WHERE source.document_id = run.document_id AND source.bucket = %(bucket)s AND source.key ^@ asked.prefix
    ORDER BY source.source_id LIMIT 1
) seen
WHERE run.finished_at >= %(since)s AND run.flow_run_id = ANY (%(flow_run_ids)s::text[])
GROUP BY asked.number;

-- name: night_refused
-- How many of these objects the reader refused, now or before, by source; without those that a batch of the night has read.
SELECT asked.number, count(*)::integer AS n_refused
FROM unnest(%(keys)s::text[], %(numbers)s::integer[]) AS asked (key, number)
CROSS JOIN LATERAL (
    SELECT source.source_id, source.document_id FROM source
    WHERE source.bucket = %(bucket)s AND source.key = asked.key ORDER BY source.source_id DESC LIMIT 1
) newest
WHERE EXISTS (SELECT FROM quarantine WHERE quarantine.source_id = newest.source_id)
  AND NOT EXISTS (
      SELECT FROM run WHERE run.document_id = newest.document_id AND run.flow_run_id = ANY (%(flow_run_ids)s::text[]))
GROUP BY asked.number;

-- name: arrivals
-- New object versions by whole days before a moment, and how many of them a reader refused. Those after the moment have -1, however
-- long after.
SELECT CASE WHEN source.created_at >= %(until)s THEN -1
            ELSE floor(extract(epoch FROM %(until)s - source.created_at) / 86400)::integer END AS days_ago,
       count(*)::integer AS n, count(refused.is_refused)::integer AS n_refused
FROM source
LEFT JOIN LATERAL (SELECT true AS is_refused FROM quarantine WHERE quarantine.source_id = source.source_id LIMIT 1) refused ON true
WHERE source.bucket = %(bucket)s AND source.created_at > %(since)s
GROUP BY days_ago;
