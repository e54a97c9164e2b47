-- Days are counted while runs end. What boards show of weeks and months took every run and value of that time until now.

SET LOCAL search_path = public;

-- What boards show of weeks and months, counted while runs end: to count afterwards would read every run and value of the time.
-- Rows are only ever added to: what was done on a day stays done on that day, whatever supersedes it later.

CREATE TABLE schema_day (
    day          date NOT NULL,
    schema_name  text NOT NULL,
    currency     text NOT NULL,
    n_done       bigint NOT NULL DEFAULT 0,
    n_failed     bigint NOT NULL DEFAULT 0,
    n_superseded bigint NOT NULL DEFAULT 0,
    n_pages      bigint NOT NULL DEFAULT 0,
    n_costed     bigint NOT NULL DEFAULT 0,
    money        double precision,
    tokens_in    bigint NOT NULL DEFAULT 0,
    tokens_out   bigint NOT NULL DEFAULT 0,
    seconds      double precision NOT NULL DEFAULT 0,
    CONSTRAINT schema_day_pkey PRIMARY KEY (day, schema_name, currency)
) WITH (fillfactor = 50);
COMMENT ON TABLE schema_day IS 'How often runs of a schema ended in each way on a day (UTC), and what they cost. Kept by trigger.';
COMMENT ON COLUMN schema_day.currency IS 'Of the prices at that time; empty: there were none, or the run did not end in results.';
COMMENT ON COLUMN schema_day.n_failed IS 'How often a run gave up; one that was resumed and gave up again counts twice.';
COMMENT ON COLUMN schema_day.n_costed IS 'Runs done whose cost is known: those that the sums are over.';

CREATE TABLE field_day (
    day               date NOT NULL,
    schema_name       text NOT NULL,
    field             text NOT NULL,
    n_verified        bigint NOT NULL,
    n_unsettled       bigint NOT NULL,
    n_rejected        bigint NOT NULL,
    n_unsettled_cells bigint NOT NULL,
    n_failed_cells    bigint NOT NULL,
    n_scored          bigint NOT NULL,
    score             double precision NOT NULL,
    CONSTRAINT field_day_pkey PRIMARY KEY (day, schema_name, field)
) WITH (fillfactor = 50);
COMMENT ON TABLE field_day IS 'What the runs done on a day (UTC) found for each field, and left open. Kept by trigger.';
COMMENT ON COLUMN field_day.score IS 'Sum of the critic''s scores over n_scored values.';

CREATE FUNCTION run_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    cost jsonb := CASE WHEN NEW.state = 'done' THEN NEW.summary -> 'cost' END;
BEGIN
    INSERT INTO schema_day AS counted (day, schema_name, currency, n_done, n_failed, n_superseded, n_pages, n_costed,
                                       money, tokens_in, tokens_out, seconds)
    SELECT today, NEW.schema_name, coalesce(cost ->> 'currency', ''),
           (NEW.state = 'done')::integer, (NEW.state = 'failed')::integer, (NEW.state = 'superseded')::integer,
           CASE WHEN NEW.state = 'done' THEN (SELECT n_pages FROM reading WHERE reading.reading_id = NEW.reading_id) ELSE 0 END,
           (cost IS NOT NULL)::integer, (cost ->> 'money')::double precision,
           coalesce((cost ->> 'tokens_in')::bigint, 0), coalesce((cost ->> 'tokens_out')::bigint, 0),
           coalesce((cost ->> 'seconds')::double precision, 0)
    ON CONFLICT ON CONSTRAINT schema_day_pkey DO UPDATE SET
        n_done = counted.n_done + excluded.n_done,
        n_failed = counted.n_failed + excluded.n_failed,
        n_superseded = counted.n_superseded + excluded.n_superseded,
        n_pages = counted.n_pages + excluded.n_pages,
        n_costed = counted.n_costed + excluded.n_costed,
        money = CASE WHEN excluded.money IS NULL THEN counted.money ELSE coalesce(counted.money, 0) + excluded.money END,
        tokens_in = counted.tokens_in + excluded.tokens_in,
        tokens_out = counted.tokens_out + excluded.tokens_out,
        seconds = counted.seconds + excluded.seconds;
    IF NEW.state <> 'done' THEN
        RETURN NULL;
    END IF;
    -- In the order of the fields: two runs that end together then wait for each other, and never in a ring.
    INSERT INTO field_day AS counted
    SELECT today, NEW.schema_name, field, sum(n_verified), sum(n_unsettled), sum(n_rejected),
           sum(n_unsettled_cells), sum(n_failed_cells), sum(n_scored), sum(score)
    FROM (
        SELECT field, count(*) FILTER (WHERE status = 'verified') AS n_verified,
               count(*) FILTER (WHERE status = 'unsettled') AS n_unsettled, count(*) FILTER (WHERE status = 'rejected') AS n_rejected,
               0 AS n_unsettled_cells, 0 AS n_failed_cells, count(score) AS n_scored, coalesce(sum(score), 0) AS score
        FROM extraction WHERE run_id = NEW.run_id GROUP BY field
        UNION ALL
        SELECT field, 0, 0, 0, count(*) FILTER (WHERE state = 'unsettled'), count(*) FILTER (WHERE state = 'failed'), 0, 0
        FROM coverage WHERE run_id = NEW.run_id AND state IN ('unsettled', 'failed') GROUP BY field
    ) said
    GROUP BY field
    ORDER BY field
    ON CONFLICT ON CONSTRAINT field_day_pkey DO UPDATE SET
        n_verified = counted.n_verified + excluded.n_verified,
        n_unsettled = counted.n_unsettled + excluded.n_unsettled,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_unsettled_cells = counted.n_unsettled_cells + excluded.n_unsettled_cells,
        n_failed_cells = counted.n_failed_cells + excluded.n_failed_cells,
        n_scored = counted.n_scored + excluded.n_scored,
        score = counted.score + excluded.score;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION run_counted_by_day IS
'Adds the end of a run to its day. Deferred, because the rows of a day are shared by all runs that end on it: so they are held
only from the last moment of a transaction to its end.';
CREATE CONSTRAINT TRIGGER run_counted_by_day AFTER UPDATE OF state ON run
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('done', 'failed', 'superseded')) EXECUTE FUNCTION run_counted_by_day();


-- Days before this step, from what still stands: how often a run that was resumed gave up before, nobody knows any more.
INSERT INTO schema_day (day, schema_name, currency, n_done, n_failed, n_superseded, n_pages, n_costed, money, tokens_in, tokens_out, seconds)
SELECT (run.finished_at AT TIME ZONE 'UTC')::date, run.schema_name, coalesce(run.summary #>> '{cost,currency}', ''),
       count(*) FILTER (WHERE ended.well), count(*) FILTER (WHERE run.state = 'failed'), count(*) FILTER (WHERE run.state = 'superseded'),
       coalesce(sum(reading.n_pages) FILTER (WHERE ended.well), 0), count(*) FILTER (WHERE run.summary ? 'cost'),
       sum((run.summary #>> '{cost,money}')::double precision),
       coalesce(sum((run.summary #>> '{cost,tokens_in}')::bigint), 0), coalesce(sum((run.summary #>> '{cost,tokens_out}')::bigint), 0),
       coalesce(sum((run.summary #>> '{cost,seconds}')::double precision), 0)
FROM run
LEFT JOIN reading ON reading.reading_id = run.reading_id
CROSS JOIN LATERAL (SELECT run.state = 'done' OR run.state = 'superseded' AND run.summary <> '{}' AS well) ended
WHERE run.finished_at IS NOT NULL
GROUP BY 1, 2, 3;

INSERT INTO field_day
SELECT (run.finished_at AT TIME ZONE 'UTC')::date, run.schema_name, said.field, sum(said.n_verified), sum(said.n_unsettled),
       sum(said.n_rejected), sum(said.n_unsettled_cells), sum(said.n_failed_cells), sum(said.n_scored), sum(said.score)
FROM (
    SELECT run_id, field, count(*) FILTER (WHERE status = 'verified') AS n_verified,
           count(*) FILTER (WHERE status = 'unsettled') AS n_unsettled, count(*) FILTER (WHERE status = 'rejected') AS n_rejected,
           0 AS n_unsettled_cells, 0 AS n_failed_cells, count(score) AS n_scored, coalesce(sum(score), 0) AS score
    FROM extraction GROUP BY run_id, field
    UNION ALL
    SELECT run_id, field, 0, 0, 0, count(*) FILTER (WHERE state = 'unsettled'), count(*) FILTER (WHERE state = 'failed'), 0, 0
    FROM coverage WHERE state IN ('unsettled', 'failed') GROUP BY run_id, field
) said
JOIN run ON run.run_id = said.run_id
GROUP BY 1, 2, 3;


CREATE OR REPLACE VIEW day_overview AS
SELECT day::timestamp AT TIME ZONE 'UTC' AS day, schema_name, sum(n_done)::bigint AS n_done, sum(n_failed)::bigint AS n_failed,
       sum(n_superseded)::bigint AS n_superseded, sum(n_pages)::bigint AS n_pages
FROM schema_day
GROUP BY day, schema_name;
COMMENT ON VIEW day_overview IS 'How often runs ended in each way, by day (UTC) and schema, and the pages of those done.';

CREATE OR REPLACE VIEW day_cost AS
SELECT day::timestamp AT TIME ZONE 'UTC' AS day, schema_name, nullif(currency, '') AS currency, n_costed AS n_runs, money,
       tokens_in::numeric AS tokens_in, tokens_out::numeric AS tokens_out, seconds
FROM schema_day WHERE n_costed > 0;
COMMENT ON VIEW day_cost IS 'What runs cost by the day they were done and schema, at the prices of their time; superseded ones too, for they were paid.';

CREATE OR REPLACE VIEW open_cell AS
SELECT coverage.run_id, run.document_id, run.schema_name, coverage.chunk_id, coverage.field, coverage.state, coverage.reason,
       run.finished_at
FROM coverage JOIN run ON run.run_id = coverage.run_id
WHERE coverage.state IN ('unsettled', 'failed') AND run.state = 'done'
  AND NOT EXISTS (
      SELECT FROM review WHERE review.run_id = coverage.run_id
      AND review.chunk_id = coverage.chunk_id AND review.field = coverage.field
  )
  AND NOT EXISTS (
      SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
      AND later.state = 'done' AND later.finished_at > run.finished_at
  );
COMMENT ON VIEW open_cell IS
'What a person still has to look at: doubted or failed cells of the newest done run of a document and schema, without a review.
Filter or order by finished_at.';

COMMENT ON VIEW field_overview IS 'How each field fares over the newest runs. Reads every value of them: boards take field_day.';


-- A listing is compared by the index alone, for a run's row is wide; runs at work are found beside however many have failed; open cells
-- are looked up by run.
DROP INDEX run_document_idx;
CREATE INDEX run_document_idx ON run (document_id, created_at DESC) INCLUDE (state, schema_name);
DROP INDEX run_unfinished_idx;
CREATE INDEX run_unfinished_idx ON run (state, created_at) WHERE state IN ('running', 'failed');
DROP INDEX coverage_open_idx;
CREATE INDEX coverage_open_idx ON coverage (run_id, state) WHERE state IN ('unsettled', 'failed');


DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT ON schema_day, field_day TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON schema_day, field_day TO countersign_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE schema_day OWNER TO countersign_owner;
            ALTER TABLE field_day OWNER TO countersign_owner;
            ALTER FUNCTION run_counted_by_day OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the tables stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
