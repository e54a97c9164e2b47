-- A backfill: planned in one transaction, processed in batches, compared with the results before it.

-- name: measured
-- Sums over the newest done runs of a schema and a generator: pages against calls, tokens, seconds of model calls, money and
-- wall-clock time. Documents without pages and calls that a budget forbade do not count. Wall-clock time during which several of these
-- runs were active is divided among them, so that the sum is the time they took together.
WITH measured_run AS (
    SELECT run.run_id, reading.n_pages::double precision AS n_pages, (run.summary #>> '{cost,money}')::double precision AS money,
           run.finished_at - make_interval(secs => coalesce((run.summary ->> 'seconds')::double precision, 0)) AS began_at,
           run.finished_at AS ended_at
    FROM run
    JOIN reading USING (reading_id)
    JOIN model_version generator ON generator.model_version_id = run.generator_id
    WHERE run.state = 'done' AND run.schema_name = %(schema_name)s AND generator.name = %(generator)s AND reading.n_pages > 0
      AND run.finished_at IS NOT NULL  -- written out, because the index holds only such rows
    ORDER BY run.finished_at DESC
    LIMIT %(max_runs)s
), edge AS (
    SELECT at, sum(step) AS step
    FROM (SELECT began_at AS at, 1 AS step FROM measured_run UNION ALL SELECT ended_at, -1 FROM measured_run) both_ends
    GROUP BY at
), stretch AS (
    SELECT at, sum(step) OVER (ORDER BY at) AS n_runs, extract(epoch FROM lead(at) OVER (ORDER BY at) - at)::double precision AS seconds
    FROM edge
), shared AS (
    SELECT at, coalesce(sum(CASE WHEN n_runs > 0 THEN seconds / n_runs ELSE 0 END)
                        OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS seconds
    FROM stretch
), spent AS (
    SELECT measured_run.n_pages, quantity.name AS quantity, quantity.amount
    FROM measured_run
    JOIN shared at_begin ON at_begin.at = measured_run.began_at
    JOIN shared at_end ON at_end.at = measured_run.ended_at
    CROSS JOIN LATERAL (
        SELECT count(*)::double precision AS calls, coalesce(sum(answer.latency_ms), 0) / 1000 AS seconds,
               coalesce(sum(answer.tokens_in), 0)::double precision AS tokens_in,
               coalesce(sum(answer.tokens_out), 0)::double precision AS tokens_out
        FROM generation answer
        WHERE answer.run_id = measured_run.run_id AND NOT starts_with(coalesce(answer.error, ''), 'budget_')
    ) total
    CROSS JOIN LATERAL (VALUES ('calls', total.calls), ('seconds', total.seconds), ('tokens_in', total.tokens_in),
                               ('tokens_out', total.tokens_out), ('money', measured_run.money),
                               ('clock_s', at_end.seconds - at_begin.seconds)) AS quantity (name, amount)
    WHERE quantity.amount IS NOT NULL
)
SELECT quantity, count(*) AS n_runs, sum(n_pages) AS n_pages, sum(amount) AS amount, sum(n_pages * n_pages) AS pages_squared,
       sum(n_pages * amount) AS pages_by_amount, sum(amount * amount) AS amount_squared
FROM spent
GROUP BY quantity;


-- ============================================================ planning, in one transaction

-- name: listed
-- A temporary table for the listing of the bucket.
CREATE TEMPORARY TABLE listed (
    key text COLLATE "C" NOT NULL, etag text NOT NULL, reader_version text NOT NULL
) ON COMMIT DROP;

-- name: copy_listed
-- Copies the listing in.
COPY listed (key, etag, reader_version) FROM STDIN;

-- name: chosen
-- A temporary table for the documents that the selection chooses.
CREATE TEMPORARY TABLE chosen (
    position integer NOT NULL, key text COLLATE "C" NOT NULL, document_id text, n_pages integer,
    is_current boolean NOT NULL, earlier_run_id uuid
) ON COMMIT DROP;

-- name: choose
-- Chooses the listed objects that match the selection. A run counts for the content that is listed now: an object that has changed
-- since has no run.
INSERT INTO chosen
SELECT row_number() OVER (ORDER BY listed.key), listed.key, source.document_id, seen.n_pages,
       same_versions.is_done IS NOT NULL, newest.run_id
FROM listed
LEFT JOIN LATERAL (
    SELECT source.source_id, source.document_id FROM source
    WHERE source.bucket = %(bucket)s AND source.key = listed.key AND source.etag = listed.etag
    ORDER BY source.source_id DESC LIMIT 1
) source ON true
LEFT JOIN LATERAL (
    SELECT reading.n_pages FROM reading WHERE reading.document_id = source.document_id ORDER BY reading.reading_id DESC LIMIT 1
) seen ON true
LEFT JOIN LATERAL (
    SELECT run.run_id, run.schema_version_id, run.generator_id, run.critic_id, run.reader_version FROM run
    WHERE run.document_id = source.document_id AND run.schema_name = %(schema_name)s AND run.state = 'done'
    ORDER BY run.finished_at DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT true AS is_done FROM run
    WHERE run.document_id = source.document_id AND run.schema_name = %(schema_name)s AND run.state = 'done'
      AND run.schema_version_id = %(schema_digest)s AND run.reader_version = listed.reader_version
      AND run.max_rounds = %(max_rounds)s AND run.generator_id = %(generator_id)s
      AND run.critic_id IS NOT DISTINCT FROM %(critic_id)s AND run.promise IS NOT DISTINCT FROM %(promise)s::double precision
    LIMIT 1
) same_versions ON true
WHERE (NOT %(is_about_versions)s OR (newest.run_id IS NOT NULL AND (
        newest.schema_version_id = ANY (%(older_schemas)s::text[])
        OR newest.generator_id = ANY (%(older_generators)s::bigint[])
        OR newest.critic_id = ANY (%(older_critics)s::bigint[])
        OR (%(without_critic)s AND newest.critic_id IS NULL)
        OR (%(older_reader)s AND newest.reader_version <> listed.reader_version))))
  AND (NOT %(unsettled)s OR EXISTS (
        SELECT FROM coverage WHERE coverage.run_id = newest.run_id AND coverage.state IN ('unsettled', 'failed')))
  AND (%(error_codes)s::text[] IS NULL
       OR (SELECT run.error_code FROM run
           WHERE run.document_id = source.document_id AND run.schema_name = %(schema_name)s AND run.state <> 'superseded'
           ORDER BY run.created_at DESC LIMIT 1) = ANY (%(error_codes)s)
       OR (SELECT quarantine.code FROM quarantine WHERE quarantine.source_id = source.source_id
           ORDER BY quarantine.quarantine_id DESC LIMIT 1) = ANY (%(error_codes)s)
       OR EXISTS (SELECT FROM generation WHERE generation.run_id = newest.run_id AND generation.error = ANY (%(error_codes)s)));

-- name: count_chosen
-- How many documents are chosen, and how many pages they have; `due`: without those already done with the deployed versions.
SELECT count(*) AS n_documents, count(*) FILTER (WHERE is_current) AS n_current, count(*) FILTER (WHERE earlier_run_id IS NULL) AS n_new,
       count(n_pages) AS n_read, coalesce(sum(n_pages), 0) AS n_pages,
       count(n_pages) FILTER (WHERE NOT is_current) AS n_due_read, coalesce(sum(n_pages) FILTER (WHERE NOT is_current), 0) AS n_due_pages
FROM chosen;

-- name: keys_known
-- What those of these keys hold that were fetched and are there, by the newest observation.
SELECT DISTINCT key, etag FROM source_state
WHERE bucket = %(bucket)s AND key = ANY (%(keys)s) AND etag IS NOT NULL AND state = 'current'
ORDER BY key;

-- name: add
-- Stores a plan.
INSERT INTO backfill (name, selection, n_documents, forecast)
VALUES (%(name)s, %(selection)s, %(n_documents)s, %(forecast)s)
RETURNING backfill_id;

-- name: keep_chosen
-- Stores the chosen documents of a plan.
INSERT INTO backfill_document (backfill_id, position, key, document_id, n_pages, is_current, earlier_run_id)
SELECT %(backfill_id)s, position, key, document_id, n_pages, is_current, earlier_run_id FROM chosen;

-- name: older_schemas
-- Versions of a schema before the one that is named; without a name, all but the deployed one.
SELECT schema_version_id FROM schema_version
WHERE name = %(schema_name)s AND CASE WHEN %(named)s::text IS NULL THEN schema_version_id <> %(deployed)s ELSE created_at < (
    SELECT max(created_at) FROM schema_version
    WHERE name = %(schema_name)s AND starts_with(schema_version_id, %(named)s)) END;

-- name: known_schemas
-- Versions of a schema that runs used, newest first; with a name, those that begin with it.
SELECT left(schema_version_id, 12) FROM schema_version WHERE name = %(schema_name)s
  AND (%(named)s::text IS NULL OR starts_with(schema_version_id, %(named)s))
ORDER BY created_at DESC LIMIT 5;

-- name: older_models
-- Versions of models of one kind before the one that is named; without a name, all but the deployed one.
SELECT model_version_id FROM model_version
WHERE kind = %(kind)s AND CASE WHEN %(named)s::text IS NULL THEN (name, version) <> (%(name)s::text, %(version)s::text) ELSE created_at < (
    SELECT max(created_at) FROM model_version WHERE kind = %(kind)s AND starts_with(version, %(named)s)) END;

-- name: known_models
-- Versions of models of one kind that runs used, newest first; with a name, those that begin with it.
SELECT version FROM model_version WHERE kind = %(kind)s AND (%(named)s::text IS NULL OR starts_with(version, %(named)s))
ORDER BY created_at DESC LIMIT 5;


-- ============================================================ its state

-- name: by_name
-- One backfill by its name.
SELECT backfill_id, name, state, reason, selection, forecast, n_documents, created_at, started_at, finished_at
FROM backfill WHERE name = %(name)s;

-- name: newest
-- The newest backfills, newest first.
SELECT backfill_id, name, state, reason, selection, forecast, n_documents, created_at, started_at, finished_at
FROM backfill ORDER BY backfill_id DESC LIMIT %(n_rows)s;

-- name: running
-- Backfills in state running, oldest first.
SELECT backfill_id, name, state, reason, selection, forecast, n_documents, created_at, started_at, finished_at
FROM backfill WHERE state = 'running' ORDER BY backfill_id;

-- name: set_state
-- Sets the state, if the backfill is in one of `from_states`. No row: it was in none of them.
UPDATE backfill SET state = %(state)s::backfill_state, reason = %(reason)s,
    started_at = CASE WHEN %(state)s::backfill_state = 'running' THEN coalesce(started_at, now()) ELSE started_at END,
    finished_at = CASE WHEN %(state)s::backfill_state IN ('done', 'cancelled') THEN now() END
WHERE backfill_id = %(backfill_id)s AND state = ANY (%(from_states)s::backfill_state[])
RETURNING backfill_id;

-- name: take_up_failed
-- Sets the failed documents waiting again.
UPDATE backfill_document SET state = 'waiting', ended_at = NULL, batch_number = NULL, n_batches = 0
WHERE backfill_id = %(backfill_id)s AND state = 'failed';

-- name: lock
-- A lock of the session: of the flow run that controls the backfill (number 0), and of each batch while its process lives.
SELECT pg_try_advisory_lock(hashtextextended('backfill ' || %(backfill_id)s::bigint || ' ' || %(number)s::integer, 0));

-- name: unlock
-- Releases what `lock` took.
SELECT pg_advisory_unlock(hashtextextended('backfill ' || %(backfill_id)s::bigint || ' ' || %(number)s::integer, 0));

-- name: is_held
-- Whether a session holds the lock. It is taken and released, because pg_locks shows the locks of other databases, too.
SELECT NOT pg_try_advisory_xact_lock(hashtextextended('backfill ' || %(backfill_id)s::bigint || ' ' || %(number)s::integer, 0));

-- name: is_running
-- Whether the backfill is in state running.
SELECT state = 'running' FROM backfill WHERE backfill_id = %(backfill_id)s;

-- name: standing
-- Documents and pages of a backfill by state.
SELECT state, count(*), count(n_pages), coalesce(sum(n_pages), 0), min(ended_at) FROM backfill_document
WHERE backfill_id = %(backfill_id)s GROUP BY state;


-- ============================================================ its batches

-- name: take_batch
-- Puts the next waiting documents into a new batch of a running backfill and gives its number. Two callers never take the same document.
WITH numbered AS (
    UPDATE backfill SET n_batches = n_batches + 1
    WHERE backfill_id = %(backfill_id)s AND state = 'running' AND EXISTS (
        SELECT FROM backfill_document WHERE backfill_document.backfill_id = %(backfill_id)s AND backfill_document.state = 'waiting')
    RETURNING n_batches
), next AS (
    SELECT position FROM backfill_document
    WHERE backfill_id = %(backfill_id)s AND state = 'waiting'
    ORDER BY position LIMIT %(n_documents)s FOR UPDATE SKIP LOCKED
)
UPDATE backfill_document SET state = 'submitted', batch_number = numbered.n_batches, n_batches = backfill_document.n_batches + 1
FROM next, numbered
WHERE backfill_document.backfill_id = %(backfill_id)s AND backfill_document.position = next.position
RETURNING numbered.n_batches;

-- name: open_batches
-- How many documents each submitted batch has not finished.
SELECT batch_number, count(*)::integer FROM backfill_document
WHERE backfill_id = %(backfill_id)s AND state = 'submitted' GROUP BY batch_number ORDER BY batch_number;

-- name: batch_keys
-- Keys of the documents that a batch has not finished.
SELECT key FROM backfill_document
WHERE backfill_id = %(backfill_id)s AND state = 'submitted' AND batch_number = %(batch_number)s ORDER BY position;

-- name: release_batch
-- Sets the unfinished documents of a batch waiting again. A document that was in too many batches fails, because it may be what kills
-- them. Without `counts`, this batch is not one of them.
UPDATE backfill_document SET
    state = CASE WHEN %(counts)s::boolean AND n_batches >= %(max_batches)s::integer THEN 'failed' ELSE 'waiting' END::backfill_document_state,
    ended_at = CASE WHEN %(counts)s::boolean AND n_batches >= %(max_batches)s::integer THEN now() END,
    n_batches = n_batches - CASE WHEN %(counts)s::boolean THEN 0 ELSE 1 END, reason = %(reason)s
WHERE backfill_id = %(backfill_id)s AND state = 'submitted' AND batch_number = %(batch_number)s;

-- name: batch_ends
-- How many documents of a batch failed, of how many, and the reason of one of them.
SELECT count(*) FILTER (WHERE state = 'failed')::integer, count(*)::integer, min(reason) FILTER (WHERE state = 'failed') FROM backfill_document
WHERE backfill_id = %(backfill_id)s AND batch_number = %(batch_number)s;

-- name: end_document
-- Records how a document ended. `unchanged` means that another run had done it; if it was a run of this backfill, which a killed batch
-- could not report any more, the document is `done`.
UPDATE backfill_document SET
    state = CASE WHEN %(state)s::text = 'unchanged' AND EXISTS (
        SELECT FROM run WHERE run.run_id = %(run_id)s::uuid AND run.backfill_id = %(backfill_id)s) THEN 'done' ELSE %(state)s::text END::backfill_document_state,
    run_id = coalesce(%(run_id)s::uuid, run_id), n_pages = coalesce(%(n_pages)s::integer, n_pages), reason = %(reason)s, ended_at = now()
WHERE backfill_id = %(backfill_id)s AND key = %(key)s AND state IN ('waiting', 'submitted');

-- name: put_back
-- Sets a document that was not begun waiting again. Without `counts`, its batch does not count.
UPDATE backfill_document SET
    state = CASE WHEN %(counts)s::boolean AND n_batches >= %(max_batches)s::integer THEN 'failed' ELSE 'waiting' END::backfill_document_state,
    ended_at = CASE WHEN %(counts)s::boolean AND n_batches >= %(max_batches)s::integer THEN now() END,
    n_batches = n_batches - CASE WHEN %(counts)s::boolean THEN 0 ELSE 1 END, reason = %(reason)s
WHERE backfill_id = %(backfill_id)s AND key = %(key)s AND state = 'submitted';


-- ============================================================ what it changed

-- name: pairs
-- Each document that was done, with the run before it and its own; a page at a time, by position.
SELECT document.position, document.key, document.earlier_run_id::text, document.run_id::text
FROM backfill_document document
WHERE document.backfill_id = %(backfill_id)s AND document.state = 'done' AND document.position > %(last_position)s
ORDER BY document.position LIMIT %(page_rows)s;

-- name: identities
-- What identifies each of these runs: document, schema, models, reader, rounds and promise.
SELECT run.run_id::text, run.document_id, run.schema_version_id, generator.name, generator.version, critic.name, critic.version,
       run.reader_version, run.max_rounds, run.promise
FROM run
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
WHERE run.run_id = ANY (%(run_ids)s::uuid[]);

-- name: values
-- The extracted values of these runs.
SELECT run_id::text, field, status, value, normal FROM extraction WHERE run_id = ANY (%(run_ids)s::uuid[])
ORDER BY run_id, extraction_id;

-- name: reviewed
-- What persons said of the values of these runs, as it holds. Of a correction, the right words, and then the value that was wrong;
-- without a value: the document has none of the field. What is wrong about gold is said of gold.
SELECT held.run_id::text, held.field, held.reviewer, said.is_right, said.value, said.normal
FROM standing_review held
LEFT JOIN extraction judged ON judged.extraction_id = held.extraction_id
CROSS JOIN LATERAL (
    SELECT true AS is_right, coalesce(held.value, judged.value) AS value, CASE WHEN held.value IS NULL THEN judged.normal ELSE held.normal END AS normal
    WHERE held.decision IN ('accepted', 'corrected')
    UNION ALL
    SELECT false, coalesce(judged.value, held.quote), judged.normal
    WHERE held.decision = 'rejected' OR held.decision = 'corrected' AND judged.extraction_id IS NOT NULL
    UNION ALL
    SELECT false, NULL, NULL WHERE held.decision = 'not_in_document'
) said
WHERE held.run_id = ANY (%(run_ids)s::uuid[]) AND (said.value IS NOT NULL OR held.decision = 'not_in_document')
ORDER BY held.run_id, held.trail_position;

-- name: failures
-- Documents that were refused or failed, with their reasons.
SELECT key, state, reason FROM backfill_document
WHERE backfill_id = %(backfill_id)s AND state IN ('refused', 'failed') ORDER BY position LIMIT %(n_rows)s;
