-- What a batch did, for people.

-- name: batch_runs
SELECT run_id::text AS run_id, key AS document, schema_name, state, error_code, n_verified, n_unsettled, n_rejected, n_rounds,
       coalesce((summary ->> 'seconds')::double precision, wall_s) AS seconds
FROM run_overview WHERE run_id = ANY (%(run_ids)s::uuid[])
ORDER BY key, schema_name;

-- name: batch_quarantine
SELECT key AS document, code, message FROM quarantined_source
WHERE quarantine_id = ANY (%(quarantine_ids)s::bigint[])
ORDER BY key;
