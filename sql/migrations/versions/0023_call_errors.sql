-- How often model servers refused requests, or did not answer them.

SET LOCAL search_path = public;

CREATE TABLE call_error_day (
    day     date NOT NULL,
    model   text NOT NULL,
    code    text NOT NULL,
    n_calls bigint NOT NULL,
    CONSTRAINT call_error_day_pkey PRIMARY KEY (day, model, code)
) WITH (fillfactor = 50);
COMMENT ON TABLE call_error_day IS
'How many requests to a model a server refused or left without an answer on a day (UTC); most were sent again. Written when a batch ends.';
COMMENT ON COLUMN call_error_day.code IS '`busy`: its queue was full; `timed_out`; `unavailable`.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT, UPDATE ON call_error_day TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON call_error_day TO countersign_reader;
    END IF;

    -- Last, because whoever migrates may then change these tables only as a member of the owner role.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE call_error_day OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the new table stays with %: it may not give it to countersign_owner', current_user;
        END;
    END IF;
END
$$;
