SET LOCAL search_path = public;

COMMENT ON TYPE backfill_state IS
'planned: selected and estimated, nothing submitted
running: batches are being submitted
paused: nothing new is begun; what has begun may finish
done: no document is left to do
cancelled: stopped by a person for good';

CREATE TYPE backfill_document_state AS ENUM ('waiting', 'submitted', 'done', 'unchanged', 'refused', 'failed');
COMMENT ON TYPE backfill_document_state IS
'waiting: in no batch
submitted: in a batch that has not ended it
done: this backfill made its run
unchanged: it had been done with the same versions
refused: the reader refuses it; quarantine says why
failed: it could not be finished; the next `run` takes it up again';

ALTER TABLE backfill
    ADD COLUMN forecast jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN reason text,
    ADD COLUMN n_batches integer NOT NULL DEFAULT 0,
    ADD COLUMN started_at timestamptz;
COMMENT ON COLUMN backfill.forecast IS 'What the plan expected: counts, and each quantity with its interval.';
COMMENT ON COLUMN backfill.reason IS 'Why it is paused or was cancelled, for a person; NULL: somebody wanted it so.';
COMMENT ON COLUMN backfill.n_batches IS 'How many batches were numbered so far.';

CREATE TABLE backfill_document (
    backfill_id    bigint NOT NULL,
    position       integer NOT NULL,
    key            text COLLATE "C" NOT NULL,
    document_id    text,
    n_pages        integer,
    is_current     boolean NOT NULL,
    earlier_run_id uuid,
    state          backfill_document_state NOT NULL DEFAULT 'waiting',
    batch_number   integer,
    n_batches      integer NOT NULL DEFAULT 0,
    run_id         uuid,
    reason         text,
    ended_at       timestamptz,
    CONSTRAINT backfill_document_pkey PRIMARY KEY (backfill_id, position),
    CONSTRAINT backfill_document_chosen_once UNIQUE (backfill_id, key),
    CONSTRAINT backfill_document_backfill_fkey FOREIGN KEY (backfill_id) REFERENCES backfill,
    CONSTRAINT backfill_document_earlier_run_fkey FOREIGN KEY (earlier_run_id) REFERENCES run,
    CONSTRAINT backfill_document_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT backfill_document_submitted_in_a_batch CHECK (state <> 'submitted' OR batch_number IS NOT NULL),
    CONSTRAINT backfill_document_over_says_when CHECK ((state IN ('waiting', 'submitted')) = (ended_at IS NULL))
);
COMMENT ON TABLE backfill_document IS 'One object that a backfill was planned for, and how far it has come.';
COMMENT ON COLUMN backfill_document.document_id IS 'As it was known when the plan was made; NULL: seen in the listing, never fetched.';
COMMENT ON COLUMN backfill_document.n_pages IS 'NULL until it was read.';
COMMENT ON COLUMN backfill_document.is_current IS 'When the plan was made it was done with the versions of that day: unless forced, nothing will be asked about it.';
COMMENT ON COLUMN backfill_document.earlier_run_id IS 'The newest done run when the plan was made: what `backfill diff` compares with.';
COMMENT ON COLUMN backfill_document.n_batches IS 'In how many batches it was: one that kills its worker is given up after some.';
CREATE INDEX backfill_document_waiting_idx ON backfill_document (backfill_id, position) WHERE state = 'waiting';
CREATE INDEX backfill_document_submitted_idx ON backfill_document (backfill_id, batch_number) WHERE state = 'submitted';
CREATE INDEX backfill_document_state_idx ON backfill_document (backfill_id, state) INCLUDE (n_pages);
CREATE INDEX backfill_document_run_idx ON backfill_document (run_id) WHERE run_id IS NOT NULL;

CREATE VIEW backfill_overview AS
SELECT backfill.backfill_id, backfill.name, backfill.state, backfill.reason, backfill.selection ->> 'schema_name' AS schema_name,
       backfill.created_at, backfill.started_at, backfill.finished_at, backfill.n_documents,
       counted.n_waiting, counted.n_submitted, counted.n_done, counted.n_unchanged, counted.n_refused, counted.n_failed
FROM backfill
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS n_waiting, count(*) FILTER (WHERE state = 'submitted') AS n_submitted,
           count(*) FILTER (WHERE state = 'done') AS n_done, count(*) FILTER (WHERE state = 'unchanged') AS n_unchanged,
           count(*) FILTER (WHERE state = 'refused') AS n_refused, count(*) FILTER (WHERE state = 'failed') AS n_failed
    FROM backfill_document WHERE backfill_document.backfill_id = backfill.backfill_id
) counted;
COMMENT ON VIEW backfill_overview IS 'How far each backfill has come. Filter by name or id.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT ON backfill_document TO countersign_writer;
        GRANT UPDATE (state, batch_number, n_batches, run_id, n_pages, reason, ended_at) ON backfill_document TO countersign_writer;
        GRANT UPDATE (reason, n_batches, started_at) ON backfill TO countersign_writer;
        GRANT SELECT ON backfill_overview TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON backfill_document, backfill_overview TO countersign_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE backfill_document OWNER TO countersign_owner;
            ALTER VIEW backfill_overview OWNER TO countersign_owner;
            ALTER TYPE backfill_document_state OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the table stays with %: it may not give it to countersign_owner', current_user;
        END;
    END IF;
END
$$;
