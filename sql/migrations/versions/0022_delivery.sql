-- What was delivered to the results prefix.

SET LOCAL search_path = public;

CREATE TABLE delivery (
    delivery_id  bigint GENERATED ALWAYS AS IDENTITY,
    log_number   bigint NOT NULL,
    place        text NOT NULL,
    bucket       text NOT NULL,
    key          text COLLATE "C" NOT NULL,
    schema_name  text NOT NULL,
    state        version_state NOT NULL,
    since        timestamptz NOT NULL,
    document_id  text NOT NULL,
    run_id       uuid NOT NULL,
    revision     integer NOT NULL,
    object_key   text NOT NULL,
    n_values     integer NOT NULL,
    sha256       text NOT NULL,
    supersedes   bigint,
    is_newest    boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    announced_at timestamptz,
    CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id),
    CONSTRAINT delivery_document_fkey FOREIGN KEY (document_id) REFERENCES document,
    CONSTRAINT delivery_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT delivery_supersedes_fkey FOREIGN KEY (supersedes) REFERENCES delivery,
    CONSTRAINT delivery_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE delivery IS
'One file of values that was written to the results prefix, or the word that such a file is not current any more. What differs between its
newest rows and the present is due.';
COMMENT ON COLUMN delivery.log_number IS 'The file of the log that names it, from 1 in each place; one writer at a time.';
COMMENT ON COLUMN delivery.place IS 'The results prefix, as s3://BUCKET/PREFIX/: another one is delivered to anew.';
COMMENT ON COLUMN delivery.state IS 'current: its values were delivered; deleted or replaced: the document that they are of is not there any more.';
COMMENT ON COLUMN delivery.since IS 'Since when the key was seen to be so.';
COMMENT ON COLUMN delivery.revision IS 'run.trail_length: another decision of a person makes another revision.';
COMMENT ON COLUMN delivery.object_key IS 'The key of the file of values below the prefix; if not current, of the one that is withdrawn.';
COMMENT ON COLUMN delivery.sha256 IS 'Of the bytes of that file.';
COMMENT ON COLUMN delivery.supersedes IS 'The delivery before of the same key and schema; NULL: the first.';
COMMENT ON COLUMN delivery.is_newest IS 'Whether no other delivery supersedes it.';
COMMENT ON COLUMN delivery.announced_at IS 'When its file of the log was written; NULL: not yet, the next delivery begins with it.';
CREATE UNIQUE INDEX delivery_newest ON delivery (place, bucket, key, schema_name) WHERE is_newest;
CREATE INDEX delivery_supersedes_idx ON delivery (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX delivery_document_idx ON delivery (document_id);
CREATE INDEX delivery_run_idx ON delivery (run_id);
CREATE INDEX delivery_log_idx ON delivery (place, log_number);
CREATE INDEX delivery_unannounced_idx ON delivery (place, log_number) WHERE announced_at IS NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT ON delivery TO countersign_writer;
        GRANT UPDATE (is_newest, announced_at) ON delivery TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON delivery TO countersign_reader;
    END IF;

    -- Last, because whoever migrates may then change these tables only as a member of the owner role.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE delivery OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the new table stays with %: it may not give it to countersign_owner', current_user;
        END;
    END IF;
END
$$;
