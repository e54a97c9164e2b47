-- Queries of the boards, limited in time or in number, so that they take as long after a million runs as after a thousand. The list of
-- boards, with the titles and the default of each parameter, is `tasks/postgres/boards.py`. Use them for your own dashboards: copy the
-- text and replace each %(...)s by a value. An empty schema_name or field stands for all. Days are days of UTC.


-- ============================================================ now

-- name: working
-- Board "Now": runs in state running, oldest first; one that is far older than the rest has lost its worker.
SELECT run_id::text AS run_id, document_id, schema_name, flow_run_id, created_at, extract(epoch FROM now() - created_at)::double precision AS seconds
FROM run WHERE state = 'running' ORDER BY created_at LIMIT 50;

-- name: queue
-- Board "Now": what waits, each counted up to a limit. New objects: of the newest 2,000, those that are still there and that no run has begun and
-- no reader refused. `oldest` is when the first of them came; of a backfill, when it was made.
SELECT waiting.what, waiting.n, waiting.n >= waiting.n_max AS is_more, waiting.oldest
FROM (
    SELECT 1 AS position, 'running' AS what, count(*) AS n, 10000 AS n_max, min(created_at) AS oldest
    FROM (SELECT created_at FROM run WHERE state = 'running' ORDER BY created_at LIMIT 10000) running
    UNION ALL
    SELECT 2, 'gave up, to be resumed', count(*), 10000, min(created_at)
    FROM (SELECT created_at FROM run WHERE state = 'failed' AND created_at >= now() - make_interval(days => %(days)s)
          ORDER BY created_at LIMIT 10000) failed
    UNION ALL
    SELECT 3, 'new objects', count(*), 2000, min(newest.created_at)
    FROM (SELECT source_id, document_id, created_at FROM source
          WHERE created_at >= now() - make_interval(days => %(days)s) ORDER BY created_at DESC LIMIT 2000) newest
    -- LATERAL keeps the look-ups on their indexes.
    LEFT JOIN LATERAL (SELECT true AS is_begun FROM run WHERE run.document_id = newest.document_id LIMIT 1) begun ON true
    LEFT JOIN LATERAL (SELECT true AS is_refused FROM quarantine WHERE quarantine.source_id = newest.source_id LIMIT 1) refused ON true
    WHERE begun.is_begun IS NULL AND refused.is_refused IS NULL
      AND (SELECT true FROM source_state held WHERE held.source_id = newest.source_id AND held.state = 'current')
    UNION ALL
    SELECT 4, 'documents of backfills', count(*), 50000, min(listed.created_at)
    FROM (SELECT backfill.created_at FROM backfill
          JOIN backfill_document ON backfill_document.backfill_id = backfill.backfill_id AND backfill_document.state = 'waiting'
          WHERE backfill.state IN ('running', 'paused') LIMIT 50000) listed
) waiting
ORDER BY waiting.position;

-- name: throughput
-- Board "Now": documents and pages by hour, hours without any as well.
SELECT by_hour.hour, coalesce(sum(n_done), 0)::bigint AS n_done, coalesce(sum(n_failed), 0)::bigint AS n_failed,
       coalesce(sum(n_pages), 0)::bigint AS n_pages
FROM generate_series(date_trunc('hour', now(), 'UTC') - make_interval(hours => %(hours)s - 1), date_trunc('hour', now(), 'UTC'),
                     interval '1 hour') by_hour (hour)
LEFT JOIN schema_hour ON schema_hour.hour = by_hour.hour
GROUP BY by_hour.hour ORDER BY by_hour.hour;

-- name: given_up
-- Board "Now": why runs of the last days failed; they wait to be resumed.
SELECT error_code, count(*) AS n_runs, max(finished_at) AS newest
FROM run WHERE state = 'failed' AND created_at >= now() - make_interval(days => %(days)s)
GROUP BY error_code ORDER BY n_runs DESC, error_code;

-- name: newest_runs
-- Board "Now": the runs that ended last, with their counts; a row for each key that holds the document (at most 10), or for the one that held it.
SELECT overview.run_id::text AS run_id, coalesce(held.key, overview.key) AS key, overview.schema_name, overview.state, overview.error_code,
       overview.n_verified, overview.n_unsettled, overview.n_rejected, overview.n_rounds, overview.wall_s, overview.finished_at
FROM (SELECT * FROM run_overview WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 50) overview
LEFT JOIN LATERAL (
    SELECT DISTINCT bucket, key FROM source_state held
    WHERE held.document_id = overview.document_id AND held.state = 'current' ORDER BY bucket, key LIMIT 10
) held ON true
ORDER BY overview.finished_at DESC, key;


-- ============================================================ the night

-- name: night
-- Board "Night": the last hours in one row. Refused objects are counted up to 10,000. `newest`: when a run ended last.
SELECT ended.n_done, ended.n_failed, ended.n_pages, refused.n_refused, running.n_running, newest.finished_at AS newest
FROM (
    SELECT coalesce(sum(n_done), 0)::bigint AS n_done, coalesce(sum(n_failed), 0)::bigint AS n_failed,
           coalesce(sum(n_pages), 0)::bigint AS n_pages
    FROM schema_hour WHERE hour > now() - make_interval(hours => %(hours)s)
) ended
CROSS JOIN (
    SELECT count(*) AS n_refused
    FROM (SELECT FROM quarantine WHERE created_at >= now() - make_interval(hours => %(hours)s) LIMIT 10000) q
) refused
CROSS JOIN (SELECT count(*) AS n_running FROM (SELECT FROM run WHERE state = 'running' LIMIT 10000) r) running
LEFT JOIN (SELECT finished_at FROM run WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 1) newest ON true;

-- name: days
-- Board "Night": how runs ended, by day and schema, and the pages of those done.
SELECT day, schema_name, sum(n_done)::bigint AS n_done, sum(n_failed)::bigint AS n_failed, sum(n_superseded)::bigint AS n_superseded,
       sum(n_pages)::bigint AS n_pages
FROM schema_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY day, schema_name ORDER BY day, schema_name;

-- name: slowest_runs
-- Board "Night": the documents that took longest, of the newest 5,000 that ended in the last hours. The counts are made for these few. A
-- row for each key that holds the document (at most 10), or for the one that held it.
SELECT slow.seconds, overview.run_id::text AS run_id, coalesce(held.key, overview.key) AS key, overview.schema_name, overview.state, overview.n_rounds,
       overview.n_answers, overview.tokens_in, overview.tokens_out
FROM (
    SELECT run_id, coalesce((summary ->> 'seconds')::double precision, extract(epoch FROM finished_at - created_at)) AS seconds
    FROM (SELECT run_id, summary, created_at, finished_at FROM run
          WHERE finished_at >= now() - make_interval(hours => %(hours)s) ORDER BY finished_at DESC LIMIT 5000) newest
    ORDER BY seconds DESC LIMIT 10
) slow
JOIN run_overview overview ON overview.run_id = slow.run_id
LEFT JOIN LATERAL (
    SELECT DISTINCT bucket, key FROM source_state held
    WHERE held.document_id = overview.document_id AND held.state = 'current' ORDER BY bucket, key LIMIT 10
) held ON true
ORDER BY slow.seconds DESC, key;

-- name: refused_by_code
-- Board "Night": why the reader refused objects in the last days.
SELECT code, sum(n_objects)::bigint AS n_objects, max(day) AS last_day
FROM quarantine_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY code ORDER BY n_objects DESC, code;

-- name: refused_by_day
-- Board "Night": how many objects were refused, by day and reason.
SELECT day, code, n_objects
FROM quarantine_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
ORDER BY day, code;

-- name: call_errors_by_day
-- Board "Night": calls that a model server refused or left without an answer, by day, model and reason.
SELECT day, model || ' ' || code AS failed_call, n_calls
FROM call_error_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
ORDER BY day, failed_call;

-- name: newest_refused
-- Board "Night": the objects that were refused last.
SELECT key, code, message, created_at FROM quarantined_source ORDER BY created_at DESC LIMIT 50;


-- ============================================================ quality

-- name: unsettled_by_day
-- Board "Quality": of the values that stand, the share that is still doubted, by day and schema.
SELECT day, schema_name, sum(n_verified)::bigint AS n_verified, sum(n_unsettled)::bigint AS n_unsettled,
       sum(n_unsettled)::double precision / nullif(sum(n_verified + n_unsettled), 0)::double precision AS unsettled_share
FROM version_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY day, schema_name ORDER BY day, schema_name;

-- name: reviewed_by_day
-- Board "Quality": of the cells that the runs of a day left open, the share that has a review by now.
SELECT coalesce(left_open.day, reviewed.day) AS day, coalesce(left_open.n_cells, 0) AS n_open_cells, coalesce(reviewed.n_cells, 0) AS n_reviewed,
       reviewed.n_cells::double precision / nullif(left_open.n_cells, 0)::double precision AS reviewed_share
FROM (
    SELECT day, sum(n_unsettled_cells + n_failed_cells)::bigint AS n_cells FROM field_day
    WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
    GROUP BY day
) left_open
FULL JOIN (
    SELECT day, sum(n_cells)::bigint AS n_cells FROM review_day
    WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
    GROUP BY day
) reviewed ON reviewed.day = left_open.day
ORDER BY 1;

-- name: reviews_by_day
-- Board "Quality": what people decided, by the day on which they did.
SELECT day, decision.name AS decision, decision.n AS n_reviews
FROM (
    SELECT day, sum(n_accepted)::bigint AS n_accepted, sum(n_corrected)::bigint AS n_corrected, sum(n_rejected)::bigint AS n_rejected,
           sum(n_gold_wrong)::bigint AS n_gold_wrong, sum(n_not_in_document)::bigint AS n_not_in_document,
           sum(n_withdrawn)::bigint AS n_withdrawn
    FROM review_day
    WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
    GROUP BY day
) by_day
CROSS JOIN LATERAL (VALUES ('accepted', n_accepted), ('corrected', n_corrected), ('rejected', n_rejected), ('gold_wrong', n_gold_wrong),
                           ('not_in_document', n_not_in_document), ('withdrawn', n_withdrawn)) decision (name, n)
WHERE decision.n > 0
ORDER BY day, decision.name;

-- name: flags_by_kind
-- Board "Quality": findings of all rounds by day and kind.
SELECT day, flag.kind, sum(flag.n)::bigint AS n_findings
FROM version_day
CROSS JOIN LATERAL (VALUES ('redundant', n_redundant), ('missing', n_missing), ('malformed', n_malformed), ('boundary', n_boundary))
    flag (kind, n)
WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
  AND flag.n > 0
GROUP BY day, flag.kind ORDER BY day, flag.kind;

-- name: flags_by_field
-- Board "Quality": the fields with most findings, by kind. An empty field: about an answer as a whole.
SELECT schema_name, field, sum(n_redundant)::bigint AS n_redundant, sum(n_missing)::bigint AS n_missing, sum(n_malformed)::bigint AS n_malformed,
       sum(n_boundary)::bigint AS n_boundary, sum(n_redundant + n_missing + n_malformed + n_boundary)::bigint AS n_findings
FROM field_day
WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
GROUP BY schema_name, field
HAVING sum(n_redundant + n_missing + n_malformed + n_boundary) > 0
ORDER BY n_findings DESC, schema_name, field LIMIT 40;

-- name: fields
-- Board "Quality": how each field fared in the last days: values by status, cells left open, the critic's mean score.
SELECT schema_name, field, sum(n_verified)::bigint AS n_verified, sum(n_unsettled)::bigint AS n_unsettled, sum(n_rejected)::bigint AS n_rejected,
       sum(n_unsettled_cells)::bigint AS n_unsettled_cells, sum(n_failed_cells)::bigint AS n_failed_cells,
       sum(n_unsettled)::double precision / nullif(sum(n_verified) + sum(n_unsettled), 0)::double precision AS unsettled_share,
       sum(score) / nullif(sum(n_scored), 0)::double precision AS mean_score
FROM field_day
WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
  AND field <> ''
GROUP BY schema_name, field ORDER BY schema_name, field;

-- name: field_by_day
-- Board "Quality": one field over time, or all of them together.
SELECT day, sum(n_verified)::bigint AS n_verified, sum(n_unsettled)::bigint AS n_unsettled, sum(n_rejected)::bigint AS n_rejected,
       sum(n_unsettled_cells)::bigint AS n_unsettled_cells, sum(n_failed_cells)::bigint AS n_failed_cells,
       sum(score) / nullif(sum(n_scored), 0)::double precision AS mean_score
FROM field_day
WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
  AND (%(field)s::text = '' OR field = %(field)s::text)
GROUP BY day ORDER BY day;

-- name: rounds
-- Board "Quality": how many rounds the runs of the last days took, by schema.
SELECT n_rounds, schema_name, sum(n_runs)::bigint AS n_runs
FROM round_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY n_rounds, schema_name ORDER BY n_rounds, schema_name;

-- name: questions
-- Board "Quality": what the review asks, by schema, reason and age; of the 10,000 questions that gain most, those of documents that a key
-- holds now.
WITH worthy AS MATERIALIZED (
    SELECT document_id, schema_name, reason, created_at FROM review_item WHERE is_open ORDER BY worth DESC, item_id LIMIT 10000
), held AS MATERIALIZED (
    SELECT document_id FROM (SELECT DISTINCT document_id FROM worthy) asking
    WHERE (SELECT true FROM source_state held WHERE held.document_id = asking.document_id AND held.state = 'current' LIMIT 1)
)
SELECT schema_name, reason, count(*) AS n_questions, count(*) FILTER (WHERE created_at >= now() - interval '1 day') AS n_new,
       count(*) FILTER (WHERE created_at < now() - interval '7 days') AS n_week_old,
       count(*) FILTER (WHERE created_at < now() - interval '30 days') AS n_month_old, min(created_at) AS oldest
FROM worthy JOIN held USING (document_id)
GROUP BY schema_name, reason ORDER BY n_questions DESC, schema_name, reason;

-- name: open_cells
-- Board "Quality": what runs of the last days left to a reviewer, newest first, for each key that holds the document (at most 10). Without the limit the planner, which does not know how
-- few cells are reviewed or superseded, starts two parallel workers.
SELECT open_cell.run_id::text AS run_id, held.key, open_cell.schema_name, chunk.chunk_index, open_cell.field, open_cell.state,
       open_cell.reason, open_cell.finished_at
FROM open_cell
JOIN chunk ON chunk.chunk_id = open_cell.chunk_id
CROSS JOIN LATERAL (
    SELECT DISTINCT bucket, key FROM source_state held
    WHERE held.document_id = open_cell.document_id AND held.state = 'current' ORDER BY bucket, key LIMIT 10
) held
WHERE open_cell.finished_at >= now() - make_interval(days => %(days)s)
ORDER BY open_cell.finished_at DESC
LIMIT 100;


-- ============================================================ versions

-- name: versions
-- Board "Versions": which versions processed documents in the last days, and how they fared. `empty_share`: of the fields that were
-- looked for, those without a value.
SELECT schema_name, generator, critic, reader_version, min(day) AS first_day, max(day) AS last_day, sum(n_runs)::bigint AS n_runs,
       sum(score) / nullif(sum(n_scored), 0)::double precision AS mean_score,
       sum(n_unsettled)::double precision / nullif(sum(n_verified + n_unsettled), 0)::double precision AS unsettled_share,
       sum(n_empty)::double precision / nullif(sum(n_fields), 0)::double precision AS empty_share,
       sum(n_redundant + n_missing + n_malformed + n_boundary)::double precision / nullif(sum(n_runs), 0)::double precision AS findings_per_run
FROM version_day WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY schema_name, generator, critic, reader_version ORDER BY last_day DESC, n_runs DESC, schema_name, generator, critic, reader_version;

-- name: versions_by_day
-- Board "Versions": runs by day and version.
SELECT day, concat_ws(', ', generator, nullif(critic, ''), reader_version) AS version, sum(n_runs)::bigint AS n_runs
FROM version_day
WHERE day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer AND (%(schema_name)s::text = '' OR schema_name = %(schema_name)s::text)
GROUP BY day, version ORDER BY day, version;

-- name: drift
-- Board "Versions": weeks by schema and version, each beside the week before of the same schema, whatever versions it had then.
WITH by_week AS (
    SELECT date_trunc('week', day::timestamp)::date AS week, schema_name, concat_ws(', ', generator, nullif(critic, ''), reader_version) AS version,
           sum(n_runs) AS n_runs, sum(score) AS score, sum(n_scored) AS n_scored, sum(n_unsettled) AS n_unsettled,
           sum(n_verified + n_unsettled) AS n_values, sum(n_empty) AS n_empty, sum(n_fields) AS n_fields
    FROM version_day
    WHERE day >= date_trunc('week', now() AT TIME ZONE 'UTC')::date - 7 * (%(weeks)s::integer + 1)
    GROUP BY 1, 2, 3
), of_schema AS (
    SELECT week, schema_name, sum(score) AS score, sum(n_scored) AS n_scored, sum(n_unsettled) AS n_unsettled, sum(n_values) AS n_values,
           sum(n_empty) AS n_empty, sum(n_fields) AS n_fields
    FROM by_week GROUP BY week, schema_name
)
SELECT by_week.week, by_week.schema_name, by_week.version, concat_ws(': ', by_week.schema_name, by_week.version) AS label,
       by_week.n_runs::bigint AS n_runs,
       by_week.score / nullif(by_week.n_scored, 0)::double precision AS mean_score,
       before.score / nullif(before.n_scored, 0)::double precision AS mean_score_before,
       by_week.n_unsettled::double precision / nullif(by_week.n_values, 0)::double precision AS unsettled_share,
       before.n_unsettled::double precision / nullif(before.n_values, 0)::double precision AS unsettled_share_before,
       by_week.n_empty::double precision / nullif(by_week.n_fields, 0)::double precision AS empty_share,
       before.n_empty::double precision / nullif(before.n_fields, 0)::double precision AS empty_share_before
FROM by_week
LEFT JOIN of_schema before ON before.week = by_week.week - 7 AND before.schema_name = by_week.schema_name
WHERE by_week.week > date_trunc('week', now() AT TIME ZONE 'UTC')::date - 7 * (%(weeks)s::integer + 1)
ORDER BY by_week.week DESC, by_week.schema_name, by_week.version;


-- ============================================================ cost

-- name: cost_by_day
-- Board "Cost": money, tokens and seconds by day and schema, at the prices of their time.
SELECT day, schema_name, nullif(currency, '') AS currency, n_costed AS n_runs, money, tokens_in, tokens_out, seconds
FROM schema_day WHERE n_costed > 0 AND day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
ORDER BY day, schema_name, currency;

-- name: cost_per_page
-- Board "Cost": what a page costs, by day and schema.
SELECT day, schema_name, sum(n_pages)::bigint AS n_pages,
       sum(tokens_in + tokens_out)::double precision / nullif(sum(n_pages), 0)::double precision AS tokens_per_page,
       sum(seconds) / nullif(sum(n_pages), 0)::double precision AS seconds_per_page
FROM schema_day WHERE n_costed > 0 AND day >= (now() AT TIME ZONE 'UTC')::date - %(days)s::integer
GROUP BY day, schema_name ORDER BY day, schema_name;

-- name: dearest_runs
-- Board "Cost": the runs with most tokens, or where no tokens were counted most seconds of model calls, of the newest 5,000 that were
-- done in the last hours. A run is paid once, so it has one row, under the first key of its document.
SELECT dear.run_id::text AS run_id, name.key, dear.schema_name, dear.cost ->> 'currency' AS currency, (dear.cost ->> 'money')::double precision AS money,
       coalesce((dear.cost ->> 'tokens_in')::bigint, 0) AS tokens_in, coalesce((dear.cost ->> 'tokens_out')::bigint, 0) AS tokens_out,
       coalesce((dear.cost ->> 'seconds')::double precision, 0) AS seconds, dear.finished_at
FROM (
    SELECT run_id, document_id, schema_name, cost, finished_at
    FROM (SELECT run_id, document_id, schema_name, summary -> 'cost' AS cost, finished_at FROM run
          WHERE finished_at >= now() - make_interval(hours => %(hours)s) ORDER BY finished_at DESC LIMIT 5000) newest
    WHERE cost IS NOT NULL
    ORDER BY coalesce((cost ->> 'tokens_in')::bigint, 0) + coalesce((cost ->> 'tokens_out')::bigint, 0) DESC,
             coalesce((cost ->> 'seconds')::double precision, 0) DESC
    LIMIT 20
) dear
LEFT JOIN document_name name ON name.document_id = dear.document_id
ORDER BY coalesce((dear.cost ->> 'tokens_in')::bigint, 0) + coalesce((dear.cost ->> 'tokens_out')::bigint, 0) DESC, seconds DESC;


-- ============================================================ backfills

-- name: backfills
-- Board "Backfill": how far the newest have come.
SELECT name, state, reason, schema_name, n_documents, n_waiting, n_submitted, n_done, n_unchanged, n_refused, n_failed,
       started_at, finished_at
FROM backfill_overview ORDER BY backfill_id DESC LIMIT 5;

-- name: backfill_reasons
-- Board "Backfill": why documents of the newest backfills were refused or could not be finished; up to 5,000 of each backfill.
SELECT newest.name, ended.state, ended.reason, count(*) AS n_documents
FROM (SELECT backfill_id, name FROM backfill ORDER BY backfill_id DESC LIMIT 5) newest
CROSS JOIN LATERAL (
    SELECT state::text AS state, coalesce(reason, '') AS reason FROM backfill_document
    WHERE backfill_document.backfill_id = newest.backfill_id AND state IN ('refused', 'failed') LIMIT 5000
) ended
GROUP BY newest.backfill_id, newest.name, ended.state, ended.reason
ORDER BY newest.backfill_id DESC, n_documents DESC, ended.state, ended.reason LIMIT 50;


-- ============================================================ one document

-- name: runs_of_document
-- Board "Document": the newest runs of one key, over all its versions, or of the document of a run under all its keys; without both, those
-- of the document that was done last. `content`: what the key holds now; the runs over that come first.
WITH named AS (
    SELECT document_id, NULL::text AS key FROM run WHERE %(key)s::text = '' AND run_id = nullif(%(run_id)s::text, '')::uuid
    UNION ALL
    (SELECT document_id, NULL FROM run WHERE %(key)s::text = '' AND %(run_id)s::text = '' AND state = 'done' AND finished_at IS NOT NULL
     ORDER BY finished_at DESC LIMIT 1)
), held AS (
    SELECT document_id, bucket, key, state, since, source_id FROM source_state WHERE key = %(key)s::text AND document_id IS NOT NULL
    UNION ALL
    SELECT named.document_id, by_document.bucket, by_document.key, by_document.state, by_document.since, by_document.source_id
    FROM named JOIN source_state by_document ON by_document.document_id = named.document_id
), once AS (
    SELECT DISTINCT ON (document_id, bucket, key) document_id, bucket, key, state, since FROM held
    ORDER BY document_id, bucket, key, state, source_id DESC
)
SELECT overview.run_id::text AS run_id, once.key, once.state::text AS content, once.since, overview.schema_name, overview.state,
       overview.error_code, overview.generator, overview.critic, overview.n_verified, overview.n_unsettled, overview.n_rejected,
       overview.n_rounds, overview.wall_s, overview.created_at
FROM once JOIN run_overview overview ON overview.document_id = once.document_id
ORDER BY once.state, overview.created_at DESC, once.key LIMIT 20;

-- name: cost_of_run
-- Board "Document": what each model cost in each stage and round of one run; without a run that of the key's that was done last, over what it
-- holds now, if there is one, and without both of the one that was done last.
SELECT run_id::text AS run_id, model, stage, round_number, n_answers, coalesce(tokens_in, 0) AS tokens_in,
       coalesce(tokens_out, 0) AS tokens_out, seconds
FROM run_cost
WHERE run_id = coalesce(
    nullif(%(run_id)s::text, '')::uuid,
    (SELECT run.run_id FROM source_state held JOIN run ON run.document_id = held.document_id
     WHERE held.key = %(key)s::text AND run.state = 'done' ORDER BY held.state, run.finished_at DESC LIMIT 1),
    (SELECT run_id FROM run WHERE %(key)s::text = '' AND state = 'done' AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 1))
ORDER BY round_number, stage, model;
