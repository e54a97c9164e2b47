-- What persons are asked (review_item), and of a decision what it answered, what was shown, what it takes back and whence it was carried.

SET LOCAL search_path = public;

ALTER TABLE run ADD COLUMN n_review_items integer;
COMMENT ON COLUMN run.n_review_items IS 'Questions to a person that its end made; NULL: none were made yet, as of runs older than the review.';
CREATE INDEX run_flow_run_idx ON run (flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX run_unasked_idx ON run (finished_at DESC) WHERE state = 'done' AND n_review_items IS NULL;

-- A view's `*` is the columns of the day on which it was made.
CREATE OR REPLACE VIEW current_run AS
SELECT DISTINCT ON (document_id, schema_name) *
FROM run WHERE state = 'done'
ORDER BY document_id, schema_name, finished_at DESC;

ALTER TABLE review
    ADD COLUMN item_id bigint,
    ADD COLUMN withdraws bigint,
    ADD COLUMN carried_from bigint,
    ADD COLUMN shown jsonb,
    ADD COLUMN normal text,
    ADD COLUMN pages integer[],
    ADD COLUMN footnote_id bigint,
    ADD CONSTRAINT review_withdraws_fkey FOREIGN KEY (withdraws) REFERENCES review,
    ADD CONSTRAINT review_carried_from_fkey FOREIGN KEY (carried_from) REFERENCES review,
    ADD CONSTRAINT review_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote,
    ADD CONSTRAINT review_withdrawal_says_of_what CHECK ((decision = 'withdrawn') = (withdraws IS NOT NULL));
COMMENT ON TABLE review IS 'A person''s decision over one value, or over a cell that has none.';
COMMENT ON COLUMN review.spans IS 'Of a correction, where the right words stand; of a decision that was carried over to a cell without the value, where the judged ones stand.';
COMMENT ON COLUMN review.item_id IS 'The question that was answered; NULL: it was not asked, as before there was a queue.';
COMMENT ON COLUMN review.withdraws IS 'Of a withdrawal: the decision that is taken back.';
COMMENT ON COLUMN review.carried_from IS 'The decision as the person made it, over an earlier run of the same document and schema; NULL: this is it.';
COMMENT ON COLUMN review.shown IS 'What the person saw: {"kind", "status", "value", "quote", "spans", "score", "worth", "via", "others"}.';
COMMENT ON COLUMN review.normal IS 'Of a correction: its value in the normal form of the field''s type; NULL where it cannot be told for sure.';
CREATE INDEX review_item_idx ON review (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX review_carried_idx ON review (carried_from) WHERE carried_from IS NOT NULL;
CREATE UNIQUE INDEX review_withdrawn_once ON review (withdraws) WHERE withdraws IS NOT NULL;

CREATE TYPE review_item_kind AS ENUM ('value', 'passage', 'lost');
COMMENT ON TYPE review_item_kind IS
'value: a value of the run: is it right?
passage: words in which the critic believes that something of the field was overlooked
lost: a decision over an earlier run whose words do not stand in this reading: it has to be said again';

CREATE TABLE review_item (
    item_id           bigint GENERATED ALWAYS AS IDENTITY,
    run_id            uuid NOT NULL,
    document_id       text NOT NULL,
    schema_name       text NOT NULL,
    schema_version_id text NOT NULL,
    chunk_id          bigint NOT NULL,
    field             text NOT NULL,
    kind              review_item_kind NOT NULL,
    extraction_id     bigint,
    lost_review_id    bigint,
    spans             jsonb,
    pages             integer[],
    footnote_id       bigint,
    status            extraction_status,
    score             double precision,
    worth             double precision NOT NULL,
    reason            text NOT NULL,
    others            bigint[],
    question          jsonb,
    expected          double precision,
    gained            double precision,
    is_open           boolean NOT NULL DEFAULT true,
    claimed_by        text,
    claimed_until     timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT review_item_pkey PRIMARY KEY (item_id),
    CONSTRAINT review_item_cell_fkey FOREIGN KEY (run_id, chunk_id, field) REFERENCES coverage,
    CONSTRAINT review_item_extraction_fkey FOREIGN KEY (extraction_id) REFERENCES extraction,
    CONSTRAINT review_item_lost_review_fkey FOREIGN KEY (lost_review_id) REFERENCES review,
    CONSTRAINT review_item_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote,
    CONSTRAINT review_item_place_whole CHECK (num_nonnulls(spans, pages) IN (0, 2)),
    CONSTRAINT review_item_value_has_its_value CHECK ((kind = 'value') = (extraction_id IS NOT NULL)),
    CONSTRAINT review_item_lost_names_its_decision CHECK ((kind = 'lost') = (lost_review_id IS NOT NULL)),
    CONSTRAINT review_item_others_beside_a_value CHECK (others IS NULL OR kind = 'value'),
    CONSTRAINT review_item_question_is_expected CHECK (question IS NOT NULL OR num_nonnulls(expected, gained) = 0),
    CONSTRAINT review_item_claim_ends CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE review_item IS 'One question to a person about a run. No evidence: everything but the claims can be made again from the run and its reviews.';
COMMENT ON COLUMN review_item.lost_review_id IS 'Of a lost decision: that decision.';
COMMENT ON COLUMN review_item.status IS 'Of a value: what the run made of it.';
COMMENT ON COLUMN review_item.score IS 'The critic''s probability that the value is right; of a passage, that something in it was overlooked.';
COMMENT ON COLUMN review_item.worth IS 'What is gained by asking, higher first.';
COMMENT ON COLUMN review_item.reason IS 'Why it is asked: a code, such as doubtful or overlooked.';
COMMENT ON COLUMN review_item.others IS 'Of a doubted value: further values that the question shows. They are decided with it where they share words with it.';
COMMENT ON COLUMN review_item.question IS 'What its worth follows from: {"kind": verified, doubted or passage, "signals": what the models said, "places": [[[start, end], ...], ...]}; NULL: its worth stays as it is.';
COMMENT ON COLUMN review_item.expected IS 'What an answer is expected to gain, in values found, before experience; worth is that times the factor of review_experience.';
COMMENT ON COLUMN review_item.gained IS 'What its decision gained; NULL: undecided, carried over, or nothing is learned from it.';
COMMENT ON COLUMN review_item.is_open IS 'Kept by triggers: closed by a decision, by the end of a newer run of document and schema, and when the run is superseded; opened again when the decision is withdrawn.';
CREATE INDEX review_item_worth_idx ON review_item (worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_schema_idx ON review_item (schema_name, worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_field_idx ON review_item (field, worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_document_idx ON review_item (document_id, worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_created_idx ON review_item (created_at) WHERE is_open;
CREATE INDEX review_item_run_idx ON review_item (run_id);

CREATE TABLE review_experience (
    schema_name text NOT NULL,
    field       text NOT NULL,
    kind        text NOT NULL,
    expected    double precision NOT NULL,
    gained      double precision NOT NULL,
    CONSTRAINT review_experience_pkey PRIMARY KEY (schema_name, field, kind)
);
COMMENT ON TABLE review_experience IS 'What decisions were expected to gain and what they gained, by field and kind of question. Sums over review_item, kept by who decides.';
COMMENT ON COLUMN review_experience.kind IS 'verified, doubted or passage.';

ALTER TABLE review ADD CONSTRAINT review_item_fkey FOREIGN KEY (item_id) REFERENCES review_item;

CREATE VIEW standing_review AS
SELECT said.* FROM review said
WHERE said.decision <> 'withdrawn'
  AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = said.review_id)
  AND NOT EXISTS (
      SELECT FROM review later
      WHERE later.run_id = said.run_id AND later.chunk_id = said.chunk_id AND later.field = said.field
        AND later.trail_position > said.trail_position AND later.decision <> 'withdrawn'
        AND later.extraction_id IS NOT DISTINCT FROM said.extraction_id
        AND (said.extraction_id IS NOT NULL OR later.item_id IS NOT DISTINCT FROM said.item_id)
        AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = later.review_id));
COMMENT ON VIEW standing_review IS
'The decisions that hold: not withdrawn, and not followed by another one over the same value, or question of a cell. Filter by review_id,
run_id or cell.';

CREATE FUNCTION review_settles_item() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.decision <> 'withdrawn' THEN
        UPDATE review_item item SET is_open = false, claimed_by = NULL, claimed_until = NULL
        WHERE item.run_id = NEW.run_id AND (item.item_id = NEW.item_id OR (
            NEW.item_id IS NULL AND item.chunk_id = NEW.chunk_id AND item.field = NEW.field
            AND item.extraction_id IS NOT DISTINCT FROM NEW.extraction_id));
        RETURN NULL;
    END IF;
    -- An earlier decision over the same question stands again, if there is one. A run that is not the newest asks nothing.
    UPDATE review_item item SET is_open = true
    FROM run
    WHERE item.item_id = NEW.item_id AND run.run_id = item.run_id AND run.state = 'done'
      AND NOT EXISTS (
          SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
          AND later.state = 'done' AND later.finished_at > run.finished_at)
      AND NOT EXISTS (
          SELECT FROM standing_review said
          WHERE said.run_id = item.run_id AND said.chunk_id = item.chunk_id AND said.field = item.field
            AND (said.item_id = item.item_id OR (
                said.item_id IS NULL AND said.extraction_id IS NOT DISTINCT FROM item.extraction_id)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_settles_item IS 'Closes the question that a decision answers, and opens it again when the decision is withdrawn.';
CREATE TRIGGER review_settles_item AFTER INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_settles_item();

CREATE FUNCTION run_closes_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.state = 'superseded' THEN
        UPDATE review_item SET is_open = false WHERE run_id = NEW.run_id AND is_open;
    ELSE
        UPDATE review_item SET is_open = false
        WHERE document_id = NEW.document_id AND schema_name = NEW.schema_name AND run_id <> NEW.run_id AND is_open;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION run_closes_items IS 'Only the newest done run of a document and schema asks anything.';
CREATE TRIGGER run_closes_items AFTER UPDATE OF state ON run
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('done', 'superseded')) EXECUTE FUNCTION run_closes_items();

ALTER TABLE review_day
    ADD COLUMN n_not_in_document bigint NOT NULL DEFAULT 0,
    ADD COLUMN n_withdrawn bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN review_day.n_cells IS
'Of the cells that runs done on this day left unsettled or failed: how many have a review that stands, whenever it was made.';
COMMENT ON COLUMN review_day.n_withdrawn IS 'Decisions taken back on this day; they stay counted on the day on which they were made.';

CREATE OR REPLACE FUNCTION review_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    worked_name text;
    worked_day date;
    cells bigint := 0;
BEGIN
    SELECT schema_name, (finished_at AT TIME ZONE 'UTC')::date INTO worked_name, worked_day FROM run WHERE run_id = NEW.run_id;
    -- Several reviews of a transaction come in a person's order, not in that of the fields: so one transaction counts at a time.
    PERFORM pg_advisory_xact_lock(hashtextextended('review_day', 0));
    -- The first decision over an open cell, or the withdrawal of the last one. The place in the trail tells which came first: it is
    -- given under a lock, ids are not.
    IF worked_day IS NOT NULL AND EXISTS (
        SELECT FROM coverage cell
        WHERE cell.run_id = NEW.run_id AND cell.chunk_id = NEW.chunk_id AND cell.field = NEW.field AND cell.state IN ('unsettled', 'failed')
    ) AND NOT EXISTS (
        SELECT FROM review earlier WHERE earlier.run_id = NEW.run_id AND earlier.chunk_id = NEW.chunk_id
        AND earlier.field = NEW.field AND earlier.trail_position < NEW.trail_position
        AND earlier.decision <> 'withdrawn' AND earlier.review_id IS DISTINCT FROM NEW.withdraws
        AND NOT EXISTS (
            SELECT FROM review taken_back
            WHERE taken_back.withdraws = earlier.review_id AND taken_back.trail_position < NEW.trail_position)
    ) THEN
        cells := CASE NEW.decision WHEN 'withdrawn' THEN -1 ELSE 1 END;
    END IF;
    INSERT INTO review_day AS counted (day, schema_name, field, n_accepted, n_corrected, n_rejected, n_gold_wrong, n_cells,
                                       n_not_in_document, n_withdrawn)
    SELECT said.day, worked_name, NEW.field, sum(said.n_accepted), sum(said.n_corrected), sum(said.n_rejected), sum(said.n_gold_wrong),
           sum(said.n_cells), sum(said.n_not_in_document), sum(said.n_withdrawn)
    FROM (
        -- What was carried over from an earlier run was counted when it was decided.
        SELECT (now() AT TIME ZONE 'UTC')::date AS day, (NEW.decision = 'accepted')::integer AS n_accepted,
               (NEW.decision = 'corrected')::integer AS n_corrected, (NEW.decision = 'rejected')::integer AS n_rejected,
               (NEW.decision = 'gold_wrong')::integer AS n_gold_wrong, 0 AS n_cells,
               (NEW.decision = 'not_in_document')::integer AS n_not_in_document, (NEW.decision = 'withdrawn')::integer AS n_withdrawn
        WHERE NEW.carried_from IS NULL
        UNION ALL
        SELECT worked_day, 0, 0, 0, 0, cells, 0, 0 WHERE cells <> 0
    ) said
    GROUP BY said.day
    ON CONFLICT ON CONSTRAINT review_day_pkey DO UPDATE SET
        n_accepted = counted.n_accepted + excluded.n_accepted,
        n_corrected = counted.n_corrected + excluded.n_corrected,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_gold_wrong = counted.n_gold_wrong + excluded.n_gold_wrong,
        n_cells = counted.n_cells + excluded.n_cells,
        n_not_in_document = counted.n_not_in_document + excluded.n_not_in_document,
        n_withdrawn = counted.n_withdrawn + excluded.n_withdrawn;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_counted_by_day IS
'Adds a decision to its day, and the first one on an open cell to the day of the cell''s run; a withdrawal gives the cell back. Deferred, as
run_counted_by_day is.';

CREATE OR REPLACE FUNCTION review_enters_book() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    judged extraction%ROWTYPE;
    worked run%ROWTYPE;
    right_words text := coalesce(NEW.quote, NEW.value);
    first_char integer := (NEW.spans #>> '{0,0}')::integer;
    is_right boolean;
    entered entry_kind[];
    entering entry_kind;
    said_in bigint;
BEGIN
    -- A decision that is carried over entered the book when it was made; a withdrawn one stays in it, overruled.
    IF NEW.carried_from IS NOT NULL OR NEW.decision = 'withdrawn' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO worked FROM run WHERE run_id = NEW.run_id;
    SELECT * INTO judged FROM extraction WHERE extraction_id = NEW.extraction_id;
    IF NEW.decision = 'corrected' THEN
        entered := CASE
            WHEN judged.extraction_id IS NULL THEN ARRAY['missing']
            WHEN judged.spans <> NEW.spans AND spans_touch(judged.spans, NEW.spans) THEN ARRAY['boundary']
            ELSE ARRAY['redundant', 'missing'] END;
    ELSIF judged.extraction_id IS NOT NULL THEN
        is_right := CASE NEW.decision
            WHEN 'accepted' THEN true
            WHEN 'rejected' THEN false
            WHEN 'not_in_document' THEN false
            -- The annotation is wrong: about a value that it has, or about one that it lacks? The book knows, if it was compared.
            ELSE coalesce(
                (SELECT entry.kind <> 'correct' FROM error_entry entry
                 WHERE entry.source = 'gold' AND entry.chunk_id = judged.chunk_id AND entry.field = judged.field
                   AND entry.spans = judged.spans ORDER BY entry.error_entry_id DESC LIMIT 1),
                judged.status <> 'rejected') END;
        entered := CASE WHEN is_right THEN ARRAY['correct'] ELSE ARRAY['redundant'] END;
    END IF;
    IF 'missing' = ANY (entered) AND first_char IS NOT NULL THEN
        -- The right words may stand in another chunk than those that were asked about.
        SELECT chunk.chunk_id INTO said_in
        FROM chunk CROSS JOIN jsonb_array_elements(chunk.passages) own CROSS JOIN jsonb_array_elements(own -> 'segments') segment
        WHERE chunk.chunk_id = NEW.chunk_id AND (segment ->> 1)::integer <= first_char
          AND first_char < (segment ->> 1)::integer + (segment ->> 2)::integer LIMIT 1;
        IF said_in IS NULL THEN
            SELECT chunk.chunk_id INTO said_in
            FROM chunk CROSS JOIN jsonb_array_elements(chunk.passages -> 0 -> 'segments') segment
            WHERE chunk.reading_id = worked.reading_id AND (segment ->> 1)::integer <= first_char
              AND first_char < (segment ->> 1)::integer + (segment ->> 2)::integer ORDER BY chunk.chunk_index LIMIT 1;
        END IF;
    END IF;
    FOREACH entering IN ARRAY coalesce(entered, '{}') LOOP
        INSERT INTO error_entry (source, review_id, position, kind, schema_version_id, generator_id, chunk_id, field,
                                 value, quote, spans, pages, score, gold_quote)
        SELECT 'review', NEW.review_id, array_position(entered, entering) - 1, entering,
               worked.schema_version_id, worked.generator_id, place.chunk_id, NEW.field, place.value, place.quote, place.spans, place.pages,
               place.score, place.gold_quote
        FROM (
            SELECT judged.chunk_id, judged.value, judged.quote, judged.spans, judged.pages, judged.score,
                   CASE entering WHEN 'correct' THEN judged.quote WHEN 'boundary' THEN right_words END AS gold_quote
            WHERE entering <> 'missing'
            UNION ALL
            SELECT coalesce(said_in, NEW.chunk_id), NEW.value, right_words, pages.spans, pages.numbers, NULL, right_words
            FROM (SELECT CASE WHEN count(*) > 0 THEN NEW.spans END AS spans, array_agg(DISTINCT page.page_number) AS numbers
                  FROM page JOIN jsonb_array_elements(NEW.spans) AS span
                    ON page.start_char < (span ->> 1)::integer AND page.end_char > (span ->> 0)::integer
                  WHERE page.reading_id = worked.reading_id) pages
            WHERE entering = 'missing'
        ) place;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_enters_book IS
'A person''s decision as entries of the error book. accepted: correct. rejected, not_in_document: redundant. corrected: boundary where the
right words touch the drafted ones, else redundant and missing; of a cell without a value missing alone. gold_wrong: correct where gold
lacks the value, redundant where gold has it. A cell that is rightly empty enters nothing, nor does what is withdrawn or carried over.';

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
  );
COMMENT ON VIEW open_cell IS
'What a person still has to look at: doubted or failed cells of the newest done run of a document and schema, without a review that
stands. Filter or order by finished_at.';

CREATE OR REPLACE VIEW error_book AS
SELECT
    entry.error_entry_id, entry.source, entry.kind, reading.document_id, chunk.reading_id, entry.chunk_id, chunk.chunk_index,
    schema_version.name AS schema_name, entry.schema_version_id, generator.name AS generator_name,
    generator.name || '/' || generator.version AS generator,
    entry.field, entry.value, entry.quote, entry.spans, entry.pages, entry.score, entry.gold_quote,
    entry.comparison_id, entry.review_id, entry.created_at,
    CASE entry.source
        WHEN 'gold' THEN EXISTS (
            SELECT FROM standing_review said LEFT JOIN extraction ON extraction.extraction_id = said.extraction_id
            WHERE said.chunk_id = entry.chunk_id AND said.field = entry.field AND CASE
                WHEN said.extraction_id IS NULL
                    THEN entry.kind = 'missing' AND said.decision IN ('gold_wrong', 'rejected', 'not_in_document')
                WHEN entry.kind = 'missing' THEN said.decision <> 'corrected' AND spans_touch(extraction.spans, entry.spans)
                ELSE extraction.spans = entry.spans END)
        ELSE EXISTS (
            -- The decision itself, or what was carried over from it to a newer run.
            SELECT FROM review said
            WHERE (said.review_id = entry.review_id OR said.carried_from = entry.review_id)
              AND NOT EXISTS (SELECT FROM standing_review held WHERE held.review_id = said.review_id))
    END AS is_overruled
FROM error_entry entry
JOIN chunk ON chunk.chunk_id = entry.chunk_id
JOIN reading ON reading.reading_id = chunk.reading_id
JOIN schema_version ON schema_version.schema_version_id = entry.schema_version_id
JOIN model_version generator ON generator.model_version_id = entry.generator_id;
COMMENT ON VIEW error_book IS
'The error book with names. is_overruled: a reviewer said otherwise later, or took it back; whoever learns from the book leaves it out.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT ON review_item, review_experience TO countersign_writer;
        GRANT UPDATE (expected, gained) ON review_experience TO countersign_writer;
        GRANT UPDATE (worth, expected, gained, is_open, claimed_by, claimed_until) ON review_item TO countersign_writer;
        GRANT UPDATE (n_review_items) ON run TO countersign_writer;
        GRANT SELECT ON standing_review TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON review_item, review_experience, standing_review TO countersign_reader;
    END IF;

    -- Last, because whoever migrates may then change these tables only as a member of the owner role.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            ALTER TABLE review_item OWNER TO countersign_owner;
            ALTER TABLE review_experience OWNER TO countersign_owner;
            ALTER VIEW standing_review OWNER TO countersign_owner;
            ALTER TYPE review_item_kind OWNER TO countersign_owner;
            ALTER FUNCTION review_settles_item OWNER TO countersign_owner;
            ALTER FUNCTION run_closes_items OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the new tables stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
