-- What a run promised of its verified values decides what it verifies, so it belongs to the run's identity.

SET LOCAL search_path = public;

ALTER TABLE run ADD COLUMN promise double precision;
COMMENT ON COLUMN run.promise IS 'The share of verified values of fields without a trained head that must be right; NULL: nothing was promised.';
COMMENT ON COLUMN run.run_key IS 'SHA-256 over document, schema, generator, critic, reader version, rounds and promise: two runs with one key would give one result.';

CREATE OR REPLACE FUNCTION run_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF (OLD.run_key, OLD.attempt, OLD.document_id, OLD.schema_version_id, OLD.schema_name, OLD.generator_id,
        OLD.critic_id, OLD.reader_version, OLD.max_rounds, OLD.promise, OLD.created_at)
        IS DISTINCT FROM
       (NEW.run_key, NEW.attempt, NEW.document_id, NEW.schema_version_id, NEW.schema_name, NEW.generator_id,
        NEW.critic_id, NEW.reader_version, NEW.max_rounds, NEW.promise, NEW.created_at)
        OR (OLD.reading_id IS NOT NULL AND OLD.reading_id IS DISTINCT FROM NEW.reading_id)
    THEN
        RAISE EXCEPTION 'run %: what identifies a run does not change', OLD.run_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'run_identity_fixed';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('running', 'done'), ('running', 'failed'), ('running', 'superseded'),
        ('failed', 'running'), ('failed', 'superseded'), ('done', 'superseded'))
    THEN
        RAISE EXCEPTION 'run %: it cannot go from % to %', OLD.run_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'run_state_order';
    END IF;
    RETURN NEW;
END
$$;

-- A view's `*` is the columns of the day on which it was made.
CREATE OR REPLACE VIEW current_run AS
SELECT DISTINCT ON (document_id, schema_name) *
FROM run WHERE state = 'done'
ORDER BY document_id, schema_name, finished_at DESC;
