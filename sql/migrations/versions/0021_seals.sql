-- What a run ended with is in its trail, runs are a chain of their own, and checkpoints fix both for a signature.

SET LOCAL search_path = public;

CREATE TABLE seal (
    seal_id        bigint GENERATED ALWAYS AS IDENTITY,
    run_id         uuid NOT NULL,
    facts          jsonb NOT NULL,
    trail_position integer NOT NULL,
    prev_hash      bytea NOT NULL,
    row_hash       bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seal_pkey PRIMARY KEY (seal_id),
    CONSTRAINT seal_once_per_run UNIQUE (run_id),
    CONSTRAINT seal_position_once UNIQUE (run_id, trail_position),
    CONSTRAINT seal_run_fkey FOREIGN KEY (run_id) REFERENCES run
);
COMMENT ON TABLE seal IS 'The end of a run in its trail: what identifies it, and digests of its values, its coverage and of what it read.';
COMMENT ON COLUMN seal.facts IS
'{"run": {...}, "summary": digest, "reading": digest, "values": {extraction_id: "digest digest"}, "cells": {chunk_id: "digest digest"}}. Of two digests the
first covers what stays when words are erased, the second the words.';


CREATE TABLE run_chain (
    database_id uuid NOT NULL DEFAULT gen_random_uuid(),
    n_runs      bigint NOT NULL,
    run_hash    bytea,
    CONSTRAINT run_chain_pkey PRIMARY KEY (database_id)
);
COMMENT ON TABLE run_chain IS 'The end of the chain of runs. One row; it also makes runs begin one after the other.';

CREATE TABLE checkpoint (
    checkpoint_number bigint NOT NULL,
    statement         text NOT NULL,
    signature         bytea NOT NULL,
    public_key        bytea NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT checkpoint_pkey PRIMARY KEY (checkpoint_number),
    CONSTRAINT checkpoint_number_from_one CHECK (checkpoint_number >= 1)
);
COMMENT ON TABLE checkpoint IS 'A signed head: what the database held at a moment. Its copy outside of the database is what proves something.';
COMMENT ON COLUMN checkpoint.statement IS 'The JSON that is signed: number, digest of the statement before, chain of runs, digest of the entries.';
COMMENT ON COLUMN checkpoint.signature IS 'Ed25519 (RFC 8032) over the statement in UTF-8.';

CREATE TABLE checkpoint_entry (
    checkpoint_number bigint NOT NULL,
    kind              text COLLATE "C" NOT NULL,
    subject           text COLLATE "C" NOT NULL,
    trail_length      integer NOT NULL,
    digest            bytea NOT NULL,
    CONSTRAINT checkpoint_entry_pkey PRIMARY KEY (checkpoint_number, kind, subject),
    CONSTRAINT checkpoint_entry_checkpoint_fkey FOREIGN KEY (checkpoint_number) REFERENCES checkpoint
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT checkpoint_entry_kind_known CHECK (kind IN ('run', 'reading', 'source', 'erasure'))
);
COMMENT ON TABLE checkpoint_entry IS 'What was new or had grown since the checkpoint before.';
COMMENT ON COLUMN checkpoint_entry.subject IS 'run_id, reading_id, source_id or erasure_id.';
COMMENT ON COLUMN checkpoint_entry.trail_length IS 'Of a run: rows of its trail, of which digest is the newest row_hash; else 0.';
CREATE INDEX checkpoint_entry_subject_idx ON checkpoint_entry (kind, subject, checkpoint_number DESC);

CREATE TABLE erasure (
    erasure_id   bigint GENERATED ALWAYS AS IDENTITY,
    document_id  text NOT NULL,
    requested_by text NOT NULL,
    reason       text NOT NULL,
    n_rows       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT erasure_pkey PRIMARY KEY (erasure_id),
    CONSTRAINT erasure_document_fkey FOREIGN KEY (document_id) REFERENCES document,
    CONSTRAINT erasure_says_why CHECK (requested_by <> '' AND reason <> '')
);
COMMENT ON TABLE erasure IS 'The words of a document were taken out of every table. Rows, places, decisions and hashes stay.';
COMMENT ON COLUMN erasure.n_rows IS 'Rows without words now, by table.';
CREATE INDEX erasure_document_idx ON erasure (document_id);

ALTER TABLE run ADD COLUMN run_number bigint, ADD COLUMN prev_run_hash bytea, ADD COLUMN run_hash bytea;
COMMENT ON COLUMN run.run_number IS 'Its place in the chain of runs, without gaps, in the order in which they began.';
COMMENT ON COLUMN run.run_hash IS 'SHA-256 over prev_run_hash and what identifies the run: a run that is missing shows.';

CREATE OR REPLACE FUNCTION trail_append() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    newest record;
BEGIN
    -- One writer at a time per run, until its transaction ends: two could otherwise take the same predecessor.
    PERFORM pg_advisory_xact_lock(hashtextextended('trail ' || NEW.run_id::text, 0));
    SELECT entry.trail_position, entry.row_hash INTO newest FROM (
        (SELECT g.trail_position, g.row_hash FROM generation g WHERE g.run_id = NEW.run_id ORDER BY g.trail_position DESC LIMIT 1)
        UNION ALL
        (SELECT f.trail_position, f.row_hash FROM finding f WHERE f.run_id = NEW.run_id ORDER BY f.trail_position DESC LIMIT 1)
        UNION ALL
        (SELECT s.trail_position, s.row_hash FROM seal s WHERE s.run_id = NEW.run_id)
        UNION ALL
        (SELECT r.trail_position, r.row_hash FROM review r WHERE r.run_id = NEW.run_id ORDER BY r.trail_position DESC LIMIT 1)
    ) entry ORDER BY entry.trail_position DESC LIMIT 1;
    NEW.trail_position := coalesce(newest.trail_position, 0) + 1;
    NEW.prev_hash := coalesce(newest.row_hash, trail_genesis(NEW.run_id));
    NEW.row_hash := trail_digest(NEW, NEW.prev_hash);
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    -- An erasure takes words out of rows. Who may not update the table gains nothing by the setting.
    IF TG_OP = 'UPDATE' AND current_setting('countersign.erasing', true) = 'yes'
       AND TG_TABLE_NAME NOT IN ('seal', 'checkpoint', 'checkpoint_entry', 'erasure') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused: the trail is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;

CREATE FUNCTION run_digest(entry run) RETURNS bytea
LANGUAGE sql STABLE SET timezone = 'UTC' SET extra_float_digits = 1 SET search_path = public, pg_temp
AS $$
    SELECT sha256(entry.prev_run_hash || convert_to(jsonb_build_array(
        entry.run_id, entry.run_number, entry.run_key, entry.attempt, entry.document_id, entry.schema_version_id, entry.schema_name,
        entry.generator_id, entry.critic_id, entry.reader_version, entry.max_rounds, entry.promise, entry.created_at)::text, 'UTF8'))
$$;
COMMENT ON FUNCTION run_digest IS 'The hash of what identifies a run, and of the run before it.';

CREATE FUNCTION run_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    chain_end record;
BEGIN
    -- The row lock lasts until the transaction ends, so the runs that can be seen are always the first ones of the chain.
    SELECT n_runs, run_hash INTO STRICT chain_end FROM run_chain FOR UPDATE;
    NEW.run_number := chain_end.n_runs + 1;
    NEW.prev_run_hash := coalesce(chain_end.run_hash, sha256('countersign runs'));
    NEW.run_hash := run_digest(NEW);
    UPDATE run_chain SET n_runs = NEW.run_number, run_hash = NEW.run_hash;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION run_append IS 'Gives a run the next number, and links it to the run before it.';

CREATE FUNCTION reading_digest(digested bigint) RETURNS bytea
LANGUAGE sql STABLE SET extra_float_digits = 1 SET bytea_output = 'hex' SET search_path = public, pg_temp
AS $$
    SELECT sha256(convert_to(jsonb_build_array(
               reading.reading_id, reading.document_id, reading.reader_version, reading.status, reading.reason, reading.flags, reading.n_pages,
               reading.chunker, reading.extras, reading.marks, reading.corrections, reading.agreements, reading.cells)::text, 'UTF8')
        || sha256(convert_to(reading.text, 'UTF8'))
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(page_number, start_char, end_char, status)::text || lines::text, 'UTF8')),
                                       '' ORDER BY page_number) FROM page WHERE page.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         footnote_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence)::text, 'UTF8')), '' ORDER BY footnote_index)
                     FROM footnote WHERE footnote.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         chunk_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position, cells)::text,
                         'UTF8')), '' ORDER BY chunk_index)
                     FROM chunk WHERE chunk.reading_id = reading.reading_id), ''))
    FROM reading WHERE reading.reading_id = digested
$$;
COMMENT ON FUNCTION reading_digest IS 'A digest of everything that was read and cut: text, pages, footnotes and chunks, as they are stored.';

CREATE FUNCTION seal_facts(sealed uuid) RETURNS jsonb
LANGUAGE sql STABLE SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'run', jsonb_build_object(
            'run_number', run.run_number, 'reading_id', run.reading_id, 'finished_at', run.finished_at,
            'definition', encode(sha256(convert_to(schema_version.definition::text, 'UTF8')), 'hex'),
            'generator', generator.name || '/' || generator.version, 'critic', critic.name || '/' || critic.version),
        'summary', encode(sha256(convert_to(run.summary::text, 'UTF8')), 'hex'),
        'reading', encode(reading_digest(run.reading_id), 'hex'),
        'values', (
            SELECT coalesce(jsonb_object_agg(extraction_id::text,
                encode(sha256(convert_to((jsonb_strip_nulls(to_jsonb(extraction)) - '{value,quote,normal,parts,reason}'::text[])::text, 'UTF8')), 'hex')
                || ' ' || encode(sha256(convert_to(jsonb_build_array(value, quote, normal, parts, reason)::text, 'UTF8')), 'hex')), '{}')
            FROM extraction WHERE extraction.run_id = run.run_id),
        'cells', (
            SELECT coalesce(jsonb_object_agg(chunk_id::text, digests), '{}') FROM (
                SELECT chunk_id,
                       encode(sha256(convert_to(jsonb_agg(jsonb_build_array(field, state) ORDER BY field COLLATE "C")::text, 'UTF8')), 'hex') || ' ' ||
                       encode(sha256(convert_to(jsonb_agg(jsonb_build_array(field, reason) ORDER BY field COLLATE "C")::text, 'UTF8')), 'hex') AS digests
                FROM coverage WHERE coverage.run_id = run.run_id GROUP BY chunk_id) cell))
    FROM run
    JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
    JOIN model_version generator ON generator.model_version_id = run.generator_id
    LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
    WHERE run.run_id = sealed
$$;
COMMENT ON FUNCTION seal_facts IS 'What a seal says of a run: see seal.facts.';

CREATE FUNCTION run_sealed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO seal (run_id, facts) VALUES (NEW.run_id, seal_facts(NEW.run_id));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION run_sealed IS 'Puts what a run ended with into its trail, in the statement that sets it done.';

CREATE FUNCTION seal_refuses() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN seal ON seal.run_id = added.run_id) THEN
        RAISE EXCEPTION 'INSERT into % is refused: the run is done', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_before_the_seal';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION seal_refuses IS 'Lets nothing be added to the values and the coverage of a run that is done.';

-- The runs that there are, in the order in which they began.
DO $$
DECLARE
    counted record;
    n bigint := 0;
    newest bytea;
BEGIN
    FOR counted IN SELECT run_id FROM run ORDER BY created_at, run_id LOOP
        n := n + 1;
        UPDATE run SET run_number = n, prev_run_hash = coalesce(newest, sha256('countersign runs')) WHERE run_id = counted.run_id;
        UPDATE run SET run_hash = run_digest(run) WHERE run_id = counted.run_id RETURNING run_hash INTO newest;
    END LOOP;
    INSERT INTO run_chain (n_runs, run_hash) VALUES (n, newest);
END
$$;
ALTER TABLE run ALTER run_number SET NOT NULL, ALTER prev_run_hash SET NOT NULL, ALTER run_hash SET NOT NULL,
    ADD CONSTRAINT run_number_once UNIQUE (run_number);
CREATE OR REPLACE FUNCTION run_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF (OLD.run_key, OLD.attempt, OLD.document_id, OLD.schema_version_id, OLD.schema_name, OLD.generator_id,
        OLD.critic_id, OLD.reader_version, OLD.max_rounds, OLD.promise, OLD.created_at, OLD.run_number, OLD.run_hash)
        IS DISTINCT FROM
       (NEW.run_key, NEW.attempt, NEW.document_id, NEW.schema_version_id, NEW.schema_name, NEW.generator_id,
        NEW.critic_id, NEW.reader_version, NEW.max_rounds, NEW.promise, NEW.created_at, NEW.run_number, NEW.run_hash)
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

CREATE TRIGGER seal_append BEFORE INSERT ON seal FOR EACH ROW EXECUTE FUNCTION trail_append();
CREATE TRIGGER seal_anchor AFTER INSERT ON seal
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION trail_anchor();
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE seal ENABLE ALWAYS TRIGGER seal_append_only;

CREATE TRIGGER extraction_before_the_seal AFTER INSERT ON extraction
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION seal_refuses();
CREATE TRIGGER extraction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON extraction
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE extraction ENABLE ALWAYS TRIGGER extraction_append_only;

CREATE TRIGGER coverage_before_the_seal AFTER INSERT ON coverage
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION seal_refuses();
CREATE TRIGGER coverage_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE coverage ENABLE ALWAYS TRIGGER coverage_append_only;

CREATE TRIGGER run_append BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION run_append();
CREATE TRIGGER run_append_only BEFORE DELETE OR TRUNCATE ON run
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE run ENABLE ALWAYS TRIGGER run_append_only;
CREATE TRIGGER run_sealed AFTER UPDATE OF state ON run
    FOR EACH ROW WHEN (OLD.state <> 'done' AND NEW.state = 'done') EXECUTE FUNCTION run_sealed();

CREATE TRIGGER checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_append_only;
CREATE TRIGGER checkpoint_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint_entry
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE checkpoint_entry ENABLE ALWAYS TRIGGER checkpoint_entry_append_only;
CREATE TRIGGER erasure_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE erasure ENABLE ALWAYS TRIGGER erasure_append_only;

-- What earlier versions ended with is sealed as it stands. A run that was superseded before it was done has no coverage.
INSERT INTO seal (run_id, facts)
SELECT run_id, seal_facts(run_id) FROM run
WHERE state = 'done' OR state = 'superseded' AND EXISTS (SELECT FROM coverage WHERE coverage.run_id = run.run_id)
ORDER BY run_number;

ALTER TABLE generation DROP CONSTRAINT generation_digest_is_of_raw,
    ADD CONSTRAINT generation_digest_is_of_raw CHECK (raw_digest = sha256(convert_to(raw, 'UTF8')) OR raw = '');
ALTER TABLE finding DROP CONSTRAINT finding_digest_is_of_quote,
    ADD CONSTRAINT finding_digest_is_of_quote CHECK (quote_digest = sha256(convert_to(quote, 'UTF8')) OR quote = '');

CREATE OR REPLACE VIEW current_run AS
SELECT DISTINCT ON (document_id, schema_name) *
FROM run
WHERE state = 'done' AND EXISTS (
    SELECT FROM source_state held WHERE held.document_id = run.document_id AND held.state = 'current')
ORDER BY document_id, schema_name, finished_at DESC;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT ON seal, run_chain, erasure TO countersign_writer;
        GRANT SELECT, INSERT ON checkpoint, checkpoint_entry TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON seal, run_chain, checkpoint, checkpoint_entry, erasure TO countersign_reader;
    END IF;

    -- Last, because whoever migrates may then change these tables only as a member of the owner role.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE seal OWNER TO countersign_owner;
            ALTER TABLE run_chain OWNER TO countersign_owner;
            ALTER TABLE checkpoint OWNER TO countersign_owner;
            ALTER TABLE checkpoint_entry OWNER TO countersign_owner;
            ALTER TABLE erasure OWNER TO countersign_owner;
            ALTER FUNCTION run_digest OWNER TO countersign_owner;
            ALTER FUNCTION run_append OWNER TO countersign_owner;
            ALTER FUNCTION reading_digest OWNER TO countersign_owner;
            ALTER FUNCTION seal_facts OWNER TO countersign_owner;
            ALTER FUNCTION run_sealed OWNER TO countersign_owner;
            ALTER FUNCTION seal_refuses OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the new tables stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
