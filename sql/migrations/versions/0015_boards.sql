-- Flags, rounds, versions, hours, reviews and refusals are counted as they happen, as runs and values are since 0010.

SET LOCAL search_path = public;

-- Nothing may end between the counting of the past and the triggers. Readers do not wait.
LOCK TABLE run, review, quarantine IN SHARE ROW EXCLUSIVE MODE;

ALTER TABLE field_day
    ADD COLUMN n_redundant bigint NOT NULL DEFAULT 0,
    ADD COLUMN n_missing bigint NOT NULL DEFAULT 0,
    ADD COLUMN n_malformed bigint NOT NULL DEFAULT 0,
    ADD COLUMN n_boundary bigint NOT NULL DEFAULT 0;
COMMENT ON TABLE field_day IS 'What the runs done on a day (UTC) found for each field, what was flagged, and what was left open. Kept by trigger.';
COMMENT ON COLUMN field_day.field IS 'Empty: findings about an answer as a whole.';
COMMENT ON COLUMN field_day.n_redundant IS 'Findings of that kind in all rounds, as are the three columns after it.';

CREATE TABLE version_day (
    day            date NOT NULL,
    schema_name    text NOT NULL,
    generator      text NOT NULL,
    critic         text NOT NULL,
    reader_version text NOT NULL,
    n_runs         bigint NOT NULL,
    n_fields       bigint NOT NULL,
    n_empty        bigint NOT NULL,
    n_verified     bigint NOT NULL,
    n_unsettled    bigint NOT NULL,
    n_rejected     bigint NOT NULL,
    n_scored       bigint NOT NULL,
    score          double precision NOT NULL,
    n_redundant    bigint NOT NULL,
    n_missing      bigint NOT NULL,
    n_malformed    bigint NOT NULL,
    n_boundary     bigint NOT NULL,
    CONSTRAINT version_day_pkey PRIMARY KEY (day, schema_name, generator, critic, reader_version)
) WITH (fillfactor = 50);
COMMENT ON TABLE version_day IS
'What the runs done on a day (UTC) with one set of versions found: it shows drift from one version to the next. Kept by trigger.';
COMMENT ON COLUMN version_day.generator IS 'Name and version, as in `generator/1`.';
COMMENT ON COLUMN version_day.critic IS 'Name and version; empty: the runs had none.';
COMMENT ON COLUMN version_day.n_fields IS 'Fields of the schema, summed over the runs: how often a field was looked for in a document.';
COMMENT ON COLUMN version_day.n_empty IS 'How often of these neither a verified nor an unsettled value was found.';
COMMENT ON COLUMN version_day.score IS 'Sum of the critic''s scores over n_scored values.';

CREATE TABLE round_day (
    day         date NOT NULL,
    schema_name text NOT NULL,
    n_rounds    integer NOT NULL,
    n_runs      bigint NOT NULL,
    CONSTRAINT round_day_pkey PRIMARY KEY (day, schema_name, n_rounds)
) WITH (fillfactor = 50);
COMMENT ON TABLE round_day IS 'How many of the runs done on a day (UTC) took so many rounds. Kept by trigger.';

CREATE TABLE schema_hour (
    hour        timestamptz NOT NULL,
    schema_name text NOT NULL,
    n_done      bigint NOT NULL,
    n_failed    bigint NOT NULL,
    n_pages     bigint NOT NULL,
    CONSTRAINT schema_hour_pkey PRIMARY KEY (hour, schema_name)
) WITH (fillfactor = 50);
COMMENT ON TABLE schema_hour IS 'Runs that were done and that gave up in an hour, and the pages of those done. Kept by trigger.';

CREATE TABLE review_day (
    day          date NOT NULL,
    schema_name  text NOT NULL,
    field        text NOT NULL,
    n_accepted   bigint NOT NULL,
    n_corrected  bigint NOT NULL,
    n_rejected   bigint NOT NULL,
    n_gold_wrong bigint NOT NULL,
    n_cells      bigint NOT NULL,
    CONSTRAINT review_day_pkey PRIMARY KEY (day, schema_name, field)
) WITH (fillfactor = 50);
COMMENT ON TABLE review_day IS
'Decisions that people made on a day (UTC). Apart from field_day, so that a reviewer never waits for the end of a run. Kept by trigger.';
COMMENT ON COLUMN review_day.n_cells IS
'Of the cells that runs done on this day left unsettled or failed: how many have a review by now, whenever it was made.';

CREATE TABLE quarantine_day (
    day       date NOT NULL,
    code      text NOT NULL,
    n_objects bigint NOT NULL,
    CONSTRAINT quarantine_day_pkey PRIMARY KEY (day, code)
) WITH (fillfactor = 50);
COMMENT ON TABLE quarantine_day IS 'How many object versions were refused on a day (UTC), by reason. Kept by trigger.';

CREATE FUNCTION field_counts(counted_run uuid) RETURNS TABLE (
    field text, n_verified bigint, n_unsettled bigint, n_rejected bigint, n_unsettled_cells bigint, n_failed_cells bigint,
    n_scored bigint, score double precision, n_redundant bigint, n_missing bigint, n_malformed bigint, n_boundary bigint)
LANGUAGE sql STABLE
AS $$
    SELECT said.field, sum(said.n_verified)::bigint, sum(said.n_unsettled)::bigint, sum(said.n_rejected)::bigint,
           sum(said.n_unsettled_cells)::bigint, sum(said.n_failed_cells)::bigint, sum(said.n_scored)::bigint, sum(said.score),
           sum(said.n_redundant)::bigint, sum(said.n_missing)::bigint, sum(said.n_malformed)::bigint, sum(said.n_boundary)::bigint
    FROM (
        SELECT extraction.field, count(*) FILTER (WHERE status = 'verified') AS n_verified,
               count(*) FILTER (WHERE status = 'unsettled') AS n_unsettled, count(*) FILTER (WHERE status = 'rejected') AS n_rejected,
               0 AS n_unsettled_cells, 0 AS n_failed_cells, count(extraction.score) AS n_scored, coalesce(sum(extraction.score), 0) AS score,
               0 AS n_redundant, 0 AS n_missing, 0 AS n_malformed, 0 AS n_boundary
        FROM extraction WHERE run_id = counted_run GROUP BY extraction.field
        UNION ALL
        SELECT coverage.field, 0, 0, 0, count(*) FILTER (WHERE state = 'unsettled'), count(*) FILTER (WHERE state = 'failed'), 0, 0, 0, 0, 0, 0
        FROM coverage WHERE run_id = counted_run AND state IN ('unsettled', 'failed') GROUP BY coverage.field
        UNION ALL
        SELECT coalesce(finding.field, ''), 0, 0, 0, 0, 0, 0, 0,
               count(*) FILTER (WHERE kind = 'redundant'), count(*) FILTER (WHERE kind = 'missing'),
               count(*) FILTER (WHERE kind = 'malformed'), count(*) FILTER (WHERE kind = 'boundary')
        FROM finding WHERE run_id = counted_run GROUP BY coalesce(finding.field, '')
    ) said
    GROUP BY said.field
$$;
COMMENT ON FUNCTION field_counts IS
'What one run found, flagged and left open, by field; the field is empty for findings about an answer as a whole.';

CREATE OR REPLACE FUNCTION run_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    is_done boolean := NEW.state = 'done';
    cost jsonb := CASE WHEN NEW.state = 'done' THEN NEW.summary -> 'cost' END;
    seen_pages bigint := CASE WHEN NEW.state = 'done' THEN (SELECT n_pages FROM reading WHERE reading.reading_id = NEW.reading_id) ELSE 0 END;
    found field_day[];
BEGIN
    -- In one order of tables, and of rows in each: two runs that end together then wait for each other, and never in a ring.
    INSERT INTO schema_day AS counted (day, schema_name, currency, n_done, n_failed, n_superseded, n_pages, n_costed,
                                       money, tokens_in, tokens_out, seconds)
    SELECT today, NEW.schema_name, coalesce(cost ->> 'currency', ''),
           is_done::integer, (NEW.state = 'failed')::integer, (NEW.state = 'superseded')::integer, seen_pages,
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
    IF NEW.state = 'superseded' THEN
        RETURN NULL;
    END IF;
    INSERT INTO schema_hour AS counted (hour, schema_name, n_done, n_failed, n_pages)
    VALUES (date_trunc('hour', now(), 'UTC'), NEW.schema_name, is_done::integer, (NOT is_done)::integer, seen_pages)
    ON CONFLICT ON CONSTRAINT schema_hour_pkey DO UPDATE SET
        n_done = counted.n_done + excluded.n_done,
        n_failed = counted.n_failed + excluded.n_failed,
        n_pages = counted.n_pages + excluded.n_pages;
    IF NOT is_done THEN
        RETURN NULL;
    END IF;
    INSERT INTO round_day AS counted (day, schema_name, n_rounds, n_runs)
    VALUES (today, NEW.schema_name,
            CASE WHEN jsonb_typeof(NEW.summary -> 'n_rounds') = 'number' THEN (NEW.summary -> 'n_rounds')::integer
                 ELSE (SELECT coalesce(max(round_number), 0) FROM generation
                       WHERE generation.run_id = NEW.run_id AND NOT starts_with(coalesce(error, ''), 'budget_')) END, 1)
    ON CONFLICT ON CONSTRAINT round_day_pkey DO UPDATE SET n_runs = counted.n_runs + excluded.n_runs;
    -- Read once, counted twice.
    SELECT coalesce(array_agg(ROW(today, NEW.schema_name, said.*)::field_day ORDER BY said.field), '{}') INTO found
    FROM field_counts(NEW.run_id) said;
    INSERT INTO version_day AS counted (day, schema_name, generator, critic, reader_version, n_runs, n_fields, n_empty, n_verified,
                                        n_unsettled, n_rejected, n_scored, score, n_redundant, n_missing, n_malformed, n_boundary)
    SELECT today, NEW.schema_name,
           (SELECT name || '/' || version FROM model_version WHERE model_version_id = NEW.generator_id),
           coalesce((SELECT name || '/' || version FROM model_version WHERE model_version_id = NEW.critic_id), ''),
           NEW.reader_version, 1, asked.n_fields, asked.n_fields - said.n_with_value, said.n_verified,
           said.n_unsettled, said.n_rejected, said.n_scored, said.score, said.n_redundant, said.n_missing, said.n_malformed, said.n_boundary
    FROM (SELECT cardinality(field_names) AS n_fields FROM schema_version WHERE schema_version_id = NEW.schema_version_id) asked
    CROSS JOIN (
        SELECT count(*) FILTER (WHERE n_verified + n_unsettled > 0) AS n_with_value,
               coalesce(sum(n_verified), 0) AS n_verified, coalesce(sum(n_unsettled), 0) AS n_unsettled,
               coalesce(sum(n_rejected), 0) AS n_rejected, coalesce(sum(n_scored), 0) AS n_scored, coalesce(sum(score), 0) AS score,
               coalesce(sum(n_redundant), 0) AS n_redundant, coalesce(sum(n_missing), 0) AS n_missing,
               coalesce(sum(n_malformed), 0) AS n_malformed, coalesce(sum(n_boundary), 0) AS n_boundary
        FROM unnest(found)
    ) said
    ON CONFLICT ON CONSTRAINT version_day_pkey DO UPDATE SET
        n_runs = counted.n_runs + excluded.n_runs,
        n_fields = counted.n_fields + excluded.n_fields,
        n_empty = counted.n_empty + excluded.n_empty,
        n_verified = counted.n_verified + excluded.n_verified,
        n_unsettled = counted.n_unsettled + excluded.n_unsettled,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_scored = counted.n_scored + excluded.n_scored,
        score = counted.score + excluded.score,
        n_redundant = counted.n_redundant + excluded.n_redundant,
        n_missing = counted.n_missing + excluded.n_missing,
        n_malformed = counted.n_malformed + excluded.n_malformed,
        n_boundary = counted.n_boundary + excluded.n_boundary;
    INSERT INTO field_day AS counted
    SELECT * FROM unnest(found) ORDER BY field
    ON CONFLICT ON CONSTRAINT field_day_pkey DO UPDATE SET
        n_verified = counted.n_verified + excluded.n_verified,
        n_unsettled = counted.n_unsettled + excluded.n_unsettled,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_unsettled_cells = counted.n_unsettled_cells + excluded.n_unsettled_cells,
        n_failed_cells = counted.n_failed_cells + excluded.n_failed_cells,
        n_scored = counted.n_scored + excluded.n_scored,
        score = counted.score + excluded.score,
        n_redundant = counted.n_redundant + excluded.n_redundant,
        n_missing = counted.n_missing + excluded.n_missing,
        n_malformed = counted.n_malformed + excluded.n_malformed,
        n_boundary = counted.n_boundary + excluded.n_boundary;
    RETURN NULL;
END
$$;

CREATE FUNCTION review_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    worked_name text;
    worked_day date;
BEGIN
    SELECT schema_name, (finished_at AT TIME ZONE 'UTC')::date INTO worked_name, worked_day FROM run WHERE run_id = NEW.run_id;
    -- Several reviews of a transaction come in a person's order, not in that of the fields: so one transaction counts at a time.
    PERFORM pg_advisory_xact_lock(hashtextextended('review_day', 0));
    INSERT INTO review_day AS counted (day, schema_name, field, n_accepted, n_corrected, n_rejected, n_gold_wrong, n_cells)
    SELECT said.day, worked_name, NEW.field, sum(said.n_accepted), sum(said.n_corrected), sum(said.n_rejected), sum(said.n_gold_wrong),
           sum(said.n_cells)
    FROM (
        SELECT (now() AT TIME ZONE 'UTC')::date AS day, (NEW.decision = 'accepted')::integer AS n_accepted,
               (NEW.decision = 'corrected')::integer AS n_corrected, (NEW.decision = 'rejected')::integer AS n_rejected,
               (NEW.decision = 'gold_wrong')::integer AS n_gold_wrong, 0 AS n_cells
        UNION ALL
        -- The place in the trail tells which review of a cell was first: it is given under a lock, ids are not.
        SELECT worked_day, 0, 0, 0, 0, 1
        FROM coverage cell
        WHERE cell.run_id = NEW.run_id AND cell.chunk_id = NEW.chunk_id AND cell.field = NEW.field AND cell.state IN ('unsettled', 'failed')
          AND worked_day IS NOT NULL AND NOT EXISTS (
              SELECT FROM review earlier WHERE earlier.run_id = NEW.run_id AND earlier.chunk_id = NEW.chunk_id
              AND earlier.field = NEW.field AND earlier.trail_position < NEW.trail_position)
    ) said
    GROUP BY said.day
    ON CONFLICT ON CONSTRAINT review_day_pkey DO UPDATE SET
        n_accepted = counted.n_accepted + excluded.n_accepted,
        n_corrected = counted.n_corrected + excluded.n_corrected,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_gold_wrong = counted.n_gold_wrong + excluded.n_gold_wrong,
        n_cells = counted.n_cells + excluded.n_cells;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_counted_by_day IS
'Adds a decision to its day, and the first one on an open cell to the day of the cell''s run. Deferred, as run_counted_by_day is.';
CREATE CONSTRAINT TRIGGER review_counted_by_day AFTER INSERT ON review
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION review_counted_by_day();

CREATE FUNCTION quarantine_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('quarantine_day', 0));
    INSERT INTO quarantine_day AS counted (day, code, n_objects)
    VALUES ((NEW.created_at AT TIME ZONE 'UTC')::date, NEW.code, 1)
    ON CONFLICT ON CONSTRAINT quarantine_day_pkey DO UPDATE SET n_objects = counted.n_objects + excluded.n_objects;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION quarantine_counted_by_day IS 'Adds a refusal to its day. Deferred, as run_counted_by_day is.';
CREATE CONSTRAINT TRIGGER quarantine_counted_by_day AFTER INSERT ON quarantine
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION quarantine_counted_by_day();


-- Counts of the past: of whole days, at most 92, and of at most 100,000 runs, so that this step takes minutes in any database.
CREATE TEMPORARY TABLE counted_run ON COMMIT DROP AS
SELECT run.run_id, (run.finished_at AT TIME ZONE 'UTC')::date AS day, run.schema_name, run.schema_version_id, run.generator_id, run.critic_id,
       run.reader_version, run.summary
FROM run
WHERE (run.state = 'done' OR run.state = 'superseded' AND run.summary <> '{}')
  AND run.finished_at >= greatest(
      date_trunc('day', now(), 'UTC') - interval '92 days',
      (SELECT date_trunc('day', finished_at, 'UTC') + interval '1 day' FROM run WHERE finished_at IS NOT NULL
       ORDER BY finished_at DESC OFFSET 100000 LIMIT 1));

CREATE TEMPORARY TABLE counted_field ON COMMIT DROP AS
SELECT counted_run.run_id, counted_run.day, counted_run.schema_name, said.*
FROM counted_run CROSS JOIN LATERAL field_counts(counted_run.run_id) said;

INSERT INTO field_day AS counted
SELECT day, schema_name, field, sum(n_verified), sum(n_unsettled), sum(n_rejected), sum(n_unsettled_cells), sum(n_failed_cells),
       sum(n_scored), sum(score), sum(n_redundant), sum(n_missing), sum(n_malformed), sum(n_boundary)
FROM counted_field
GROUP BY day, schema_name, field
-- What was counted when the runs ended stands: here only what is new is added.
ON CONFLICT ON CONSTRAINT field_day_pkey DO UPDATE SET
    n_redundant = excluded.n_redundant, n_missing = excluded.n_missing, n_malformed = excluded.n_malformed, n_boundary = excluded.n_boundary;

INSERT INTO version_day
SELECT counted_run.day, counted_run.schema_name, generator.name || '/' || generator.version,
       coalesce(critic.name || '/' || critic.version, ''), counted_run.reader_version, count(*),
       sum(cardinality(schema_version.field_names)), sum(cardinality(schema_version.field_names) - coalesce(said.n_with_value, 0)),
       coalesce(sum(said.n_verified), 0), coalesce(sum(said.n_unsettled), 0), coalesce(sum(said.n_rejected), 0),
       coalesce(sum(said.n_scored), 0), coalesce(sum(said.score), 0), coalesce(sum(said.n_redundant), 0), coalesce(sum(said.n_missing), 0),
       coalesce(sum(said.n_malformed), 0), coalesce(sum(said.n_boundary), 0)
FROM counted_run
JOIN schema_version ON schema_version.schema_version_id = counted_run.schema_version_id
JOIN model_version generator ON generator.model_version_id = counted_run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = counted_run.critic_id
LEFT JOIN (
    SELECT run_id, count(*) FILTER (WHERE n_verified + n_unsettled > 0) AS n_with_value, sum(n_verified) AS n_verified,
           sum(n_unsettled) AS n_unsettled, sum(n_rejected) AS n_rejected, sum(n_scored) AS n_scored, sum(score) AS score,
           sum(n_redundant) AS n_redundant, sum(n_missing) AS n_missing, sum(n_malformed) AS n_malformed, sum(n_boundary) AS n_boundary
    FROM counted_field GROUP BY run_id
) said ON said.run_id = counted_run.run_id
GROUP BY 1, 2, 3, 4, 5;

INSERT INTO round_day
SELECT day, schema_name,
       CASE WHEN jsonb_typeof(summary -> 'n_rounds') = 'number' THEN (summary -> 'n_rounds')::integer
            ELSE (SELECT coalesce(max(round_number), 0) FROM generation
                  WHERE generation.run_id = counted_run.run_id AND NOT starts_with(coalesce(error, ''), 'budget_')) END,
       count(*)
FROM counted_run
GROUP BY 1, 2, 3;

INSERT INTO schema_hour
SELECT date_trunc('hour', run.finished_at, 'UTC'), run.schema_name, count(*) FILTER (WHERE ended.well),
       count(*) FILTER (WHERE run.state = 'failed'), coalesce(sum(reading.n_pages) FILTER (WHERE ended.well), 0)
FROM run
LEFT JOIN reading ON reading.reading_id = run.reading_id
CROSS JOIN LATERAL (SELECT run.state = 'done' OR run.state = 'superseded' AND run.summary <> '{}' AS well) ended
WHERE run.finished_at >= now() - interval '8 days' AND (ended.well OR run.state = 'failed')
GROUP BY 1, 2;

INSERT INTO review_day
SELECT said.day, said.schema_name, said.field, count(*) FILTER (WHERE said.decision = 'accepted'),
       count(*) FILTER (WHERE said.decision = 'corrected'), count(*) FILTER (WHERE said.decision = 'rejected'),
       count(*) FILTER (WHERE said.decision = 'gold_wrong'), count(*) FILTER (WHERE said.decision IS NULL)
FROM (
    SELECT (review.created_at AT TIME ZONE 'UTC')::date AS day, run.schema_name, review.field, review.decision
    FROM review JOIN run ON run.run_id = review.run_id
    UNION ALL
    SELECT (run.finished_at AT TIME ZONE 'UTC')::date, run.schema_name, cell.field, NULL
    FROM (SELECT DISTINCT run_id, chunk_id, field FROM review) cell
    JOIN run ON run.run_id = cell.run_id AND run.finished_at IS NOT NULL
    JOIN coverage ON coverage.run_id = cell.run_id AND coverage.chunk_id = cell.chunk_id AND coverage.field = cell.field
    WHERE coverage.state IN ('unsettled', 'failed')
) said
GROUP BY said.day, said.schema_name, said.field;

INSERT INTO quarantine_day
SELECT (created_at AT TIME ZONE 'UTC')::date, code, count(*) FROM quarantine GROUP BY 1, 2;


DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT ON version_day, round_day, schema_hour, review_day, quarantine_day TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON version_day, round_day, schema_hour, review_day, quarantine_day TO countersign_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE version_day OWNER TO countersign_owner;
            ALTER TABLE round_day OWNER TO countersign_owner;
            ALTER TABLE schema_hour OWNER TO countersign_owner;
            ALTER TABLE review_day OWNER TO countersign_owner;
            ALTER TABLE quarantine_day OWNER TO countersign_owner;
            ALTER FUNCTION field_counts OWNER TO countersign_owner;
            ALTER FUNCTION review_counted_by_day OWNER TO countersign_owner;
            ALTER FUNCTION quarantine_counted_by_day OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the tables stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
