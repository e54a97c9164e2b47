-- What each key of the bucket holds now, and what each recorded version is by it.

SET LOCAL search_path = public;

CREATE TYPE version_state AS ENUM ('current', 'deleted', 'replaced');
COMMENT ON TYPE version_state IS
'current: the key holds this content, as far as was seen
deleted: the key held it last and is gone
replaced: the key holds, or held at last, another content';

CREATE TYPE withheld_reason AS ENUM ('archived', 'key_denied');
COMMENT ON TYPE withheld_reason IS
'archived: it has to be restored from an archive class before it can be read
key_denied: it is encrypted by a key that may not be used';

ALTER TABLE source ADD COLUMN replaced_at timestamptz;
COMMENT ON COLUMN source.replaced_at IS 'When the key was first seen to hold another content; NULL: it does not, or that is unknown. Kept by a trigger of object.';
COMMENT ON COLUMN source.document_id IS 'NULL: an attachment whose mail was read and that was not read itself yet.';

CREATE TABLE object (
    bucket     text NOT NULL,
    key        text COLLATE "C" NOT NULL,
    etag       text NOT NULL,
    since      timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    gone_since timestamptz,
    withheld   withheld_reason,
    CONSTRAINT object_pkey PRIMARY KEY (bucket, key)
);
COMMENT ON TABLE object IS
'What a key of the bucket holds now, by the newest observation: a fetch or a listing. An older observation that is stored later changes
nothing. source has the history. An attachment follows its mail (object_key) and has no row.';
COMMENT ON COLUMN object.etag IS 'Of the content that is there, or was there last. source has it once it was fetched.';
COMMENT ON COLUMN object.since IS 'When this content was first seen there, or seen again after another one or none.';
COMMENT ON COLUMN object.seen_at IS 'The moment of the newest observation that changed something; a listing that finds what is known writes nothing.';
COMMENT ON COLUMN object.gone_since IS 'When the key was first seen to be deleted; NULL: it is there.';
COMMENT ON COLUMN object.withheld IS 'Why the store does not give the bytes; NULL: it does, or was not asked.';
CREATE INDEX object_withheld_idx ON object (bucket, key) WHERE withheld IS NOT NULL AND gone_since IS NULL;

CREATE FUNCTION object_key(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN strpos(key, '!/') = 0 THEN key
    WHEN substr(key, length(substring(key FROM '(?i)^(.+?\.(?:eml|msg))!/.')) + 3) ~ '^[^/]+(!/[^/]+)*$'
        THEN substring(key FROM '(?i)^(.+?\.(?:eml|msg))!/.')
    ELSE key END;
COMMENT ON FUNCTION object_key IS
'The key of the object that holds a document: of an attachment (MAIL!/NAME) its mail''s. The same rule as tasks/core/reading/mail/part_keys.py.';

CREATE FUNCTION object_replaces() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE source SET replaced_at = CASE WHEN coalesce(source.etag, source.object_version) <> NEW.etag THEN NEW.since END
    WHERE source.bucket = NEW.bucket
      AND (source.key = NEW.key OR (source.key >= NEW.key || '!/' AND source.key < NEW.key || '!0' AND object_key(source.key) = NEW.key))
      AND (coalesce(source.etag, source.object_version) = NEW.etag) = (source.replaced_at IS NOT NULL);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION object_replaces IS 'Notes at the versions of a key, and of the attachments of a mail, when they were replaced, and that one is there again.';
CREATE TRIGGER object_replaces AFTER UPDATE OF etag ON object
    FOR EACH ROW WHEN (NEW.etag <> OLD.etag) EXECUTE FUNCTION object_replaces();

-- The newest version of a key, or of the attachments of its mail, is taken to be there.
INSERT INTO object (bucket, key, etag, since, seen_at)
SELECT DISTINCT ON (bucket, object_key(key)) bucket, object_key(key), coalesce(etag, object_version), created_at, created_at
FROM source ORDER BY bucket, object_key(key), source_id DESC;
UPDATE source SET replaced_at = (
    SELECT next.created_at FROM source next
    WHERE next.bucket = source.bucket AND next.key = object.key AND next.source_id > source.source_id
      AND coalesce(next.etag, next.object_version) <> coalesce(source.etag, source.object_version)
    ORDER BY next.source_id LIMIT 1)
FROM object
WHERE object.bucket = source.bucket AND object.key = object_key(source.key)
  AND object.etag <> coalesce(source.etag, source.object_version);

CREATE VIEW source_state AS
SELECT source.source_id, source.bucket, source.key, source.object_version, source.etag, source.size_bytes, source.document_id, source.created_at,
       CASE WHEN coalesce(source.etag, source.object_version) <> object.etag THEN 'replaced'::version_state
            WHEN object.gone_since IS NOT NULL THEN 'deleted'::version_state
            ELSE 'current'::version_state END AS state,
       CASE WHEN coalesce(source.etag, source.object_version) <> object.etag THEN coalesce(source.replaced_at, object.since)
            ELSE coalesce(object.gone_since, object.since) END AS since
FROM source
JOIN object ON object.bucket = source.bucket AND object.key = object_key(source.key);
COMMENT ON VIEW source_state IS
'Each recorded version of each key with what it is now, and since when it was seen to be so. Filter by document_id or by bucket and key.
A content that was put back is current in all its versions.';

CREATE OR REPLACE VIEW document_name AS
SELECT document.document_id, source.source_id, source.bucket, source.key, source.object_version
FROM document
JOIN source ON source.source_id = coalesce(
    (SELECT held.source_id FROM source_state held
     WHERE held.document_id = document.document_id AND held.state = 'current' ORDER BY held.source_id LIMIT 1),
    (SELECT first.source_id FROM source first WHERE first.document_id = document.document_id ORDER BY first.source_id LIMIT 1));
COMMENT ON VIEW document_name IS
'What a document is called where it has one line: the first key that holds it, or else that held it. A later upload of the same bytes
renames nothing. All its keys are in source_state.';

CREATE OR REPLACE VIEW current_run AS
SELECT DISTINCT ON (document_id, schema_name) *
FROM run
WHERE state = 'done' AND EXISTS (
    SELECT FROM source_state held WHERE held.document_id = run.document_id AND held.state = 'current')
ORDER BY document_id, schema_name, finished_at DESC;
COMMENT ON VIEW current_run IS 'The newest done run of each document that a key holds now, and each schema.';

CREATE VIEW current_object_run AS
SELECT held.bucket, held.key, held.object_version, held.etag, held.document_id, held.since, run.run_id, run.schema_name, run.schema_version_id,
       run.finished_at
FROM (
    SELECT DISTINCT ON (bucket, key) bucket, key, object_version, etag, document_id, since
    FROM source_state WHERE state = 'current' AND document_id IS NOT NULL
    ORDER BY bucket, key, source_id DESC
) held
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (schema_name) run_id, schema_name, schema_version_id, finished_at FROM run
    WHERE run.document_id = held.document_id AND run.state = 'done'
    ORDER BY schema_name, finished_at DESC
) run;
COMMENT ON VIEW current_object_run IS
'What an export contains: each key that is there, with the newest done run of its content for each schema. Filter by bucket and key.';

CREATE OR REPLACE VIEW run_overview AS
SELECT
    run.run_id, run.state, run.error_code, run.attempt, name.bucket, name.key, run.document_id, run.schema_name,
    generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
    said.n_verified, said.n_unsettled, said.n_rejected,
    asked.n_rounds, asked.n_answers, asked.tokens_in, asked.tokens_out,
    extract(epoch FROM run.finished_at - run.created_at)::double precision AS wall_s,
    run.summary, run.created_at, run.finished_at
FROM run
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
LEFT JOIN document_name name ON name.document_id = run.document_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'verified') AS n_verified,
           count(*) FILTER (WHERE status = 'unsettled') AS n_unsettled,
           count(*) FILTER (WHERE status = 'rejected') AS n_rejected
    FROM extraction WHERE extraction.run_id = run.run_id
) said
CROSS JOIN LATERAL (
    SELECT coalesce(max(round_number), 0) AS n_rounds, count(*) AS n_answers,
           sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out
    FROM generation WHERE generation.run_id = run.run_id AND NOT starts_with(coalesce(error, ''), 'budget_')
) asked;
COMMENT ON VIEW run_overview IS 'One row per run with its counts. Filter by run_id, created_at or finished_at: the counts are made per row.';

CREATE OR REPLACE VIEW open_cell AS
SELECT coverage.run_id, run.document_id, run.schema_name, coverage.chunk_id, coverage.field, coverage.state, coverage.reason,
       run.finished_at
FROM coverage JOIN run ON run.run_id = coverage.run_id
WHERE coverage.state IN ('unsettled', 'failed') AND run.state = 'done'
  AND NOT EXISTS (
      SELECT FROM review WHERE review.run_id = coverage.run_id
      AND review.chunk_id = coverage.chunk_id AND review.field = coverage.field AND review.decision <> 'withdrawn'
      AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = review.review_id)
  )
  AND NOT EXISTS (
      SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
      AND later.state = 'done' AND later.finished_at > run.finished_at
  )
  -- As a value, because a join might begin with all keys of the bucket.
  AND (SELECT true FROM source_state held WHERE held.document_id = run.document_id AND held.state = 'current' LIMIT 1);
COMMENT ON VIEW open_cell IS
'What a person still has to look at: doubted or failed cells of the newest done run of a schema and a document that a key holds now,
without a review that stands. Filter or order by finished_at.';

COMMENT ON TYPE backfill_document_state IS
'waiting: in no batch
submitted: in a batch that has not ended it
done: this backfill made its run
unchanged: it had been done with the same versions
refused: the reader refuses it, and quarantine says why; or the store withholds it, and the reason says why
failed: it could not be finished; the next `run` takes it up again';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT ON object TO countersign_writer;
        GRANT UPDATE (replaced_at) ON source TO countersign_writer;
        GRANT UPDATE (etag, since, seen_at, gone_since, withheld) ON object TO countersign_writer;
        GRANT SELECT ON source_state, current_object_run TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON object, source_state, current_object_run TO countersign_reader;
    END IF;

    -- Last, because whoever migrates may then change these tables only as a member of the owner role.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE object OWNER TO countersign_owner;
            ALTER VIEW source_state OWNER TO countersign_owner;
            ALTER VIEW current_object_run OWNER TO countersign_owner;
            ALTER TYPE version_state OWNER TO countersign_owner;
            ALTER TYPE withheld_reason OWNER TO countersign_owner;
            ALTER FUNCTION object_key OWNER TO countersign_owner;
            ALTER FUNCTION object_replaces OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the new table stays with %: it may not give it to countersign_owner', current_user;
        END;
    END IF;
END
$$;
