-- One decision may name several values of its field: the further ones are rows of their own, beside the question that was answered.

SET LOCAL search_path = public;

ALTER TABLE review
    ADD COLUMN asked_with bigint,
    ADD CONSTRAINT review_asked_with_fkey FOREIGN KEY (asked_with) REFERENCES review_item;
COMMENT ON COLUMN review.asked_with IS 'Of a further value that a decision named: the question that was answered. It holds as long as no other decision about that question follows.';
CREATE INDEX review_asked_with_idx ON review (asked_with) WHERE asked_with IS NOT NULL;

-- A view's `*` is the columns of the day on which it was made.
CREATE OR REPLACE VIEW standing_review AS
SELECT said.* FROM review said
WHERE said.decision <> 'withdrawn'
  AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = said.review_id)
  AND NOT EXISTS (
      SELECT FROM review later
      WHERE later.run_id = said.run_id AND later.chunk_id = said.chunk_id AND later.field = said.field
        AND later.trail_position > said.trail_position AND later.decision <> 'withdrawn'
        AND later.extraction_id IS NOT DISTINCT FROM said.extraction_id
        AND (said.extraction_id IS NOT NULL OR later.item_id IS NOT DISTINCT FROM said.item_id)
        AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = later.review_id))
  AND (said.asked_with IS NULL OR NOT EXISTS (
      SELECT FROM review later
      WHERE later.item_id = said.asked_with AND later.trail_position > said.trail_position AND later.decision <> 'withdrawn'
        AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = later.review_id)));
COMMENT ON VIEW standing_review IS
'The decisions that hold: not withdrawn, and not followed by another one over the same value, or question of a cell; of a further value,
over the question beside which it was named. Filter by review_id, run_id or cell.';

CREATE OR REPLACE FUNCTION review_settles_item() RETURNS trigger
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
    -- An earlier decision over the same question stands again, if there is one. A run that is not the newest asks nothing, and a
    -- further value (added) is asked about with the question beside which it was named.
    UPDATE review_item item SET is_open = true
    FROM run
    WHERE item.item_id = NEW.item_id AND item.reason <> 'added' AND run.run_id = item.run_id AND run.state = 'done'
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
        -- Two statements, each of which is planned once in a session: "not in this document" enters twenty values and more.
        IF entering = 'missing' THEN
            INSERT INTO error_entry (source, review_id, position, kind, schema_version_id, generator_id, chunk_id, field,
                                     value, quote, spans, pages, gold_quote)
            SELECT 'review', NEW.review_id, array_position(entered, entering) - 1, entering, worked.schema_version_id, worked.generator_id,
                   coalesce(said_in, NEW.chunk_id), NEW.field, NEW.value, right_words, pages.spans, pages.numbers, right_words
            FROM (SELECT CASE WHEN count(*) > 0 THEN NEW.spans END AS spans, array_agg(DISTINCT page.page_number) AS numbers
                  FROM page JOIN jsonb_array_elements(NEW.spans) AS span
                    ON page.start_char < (span ->> 1)::integer AND page.end_char > (span ->> 0)::integer
                  WHERE page.reading_id = worked.reading_id) pages;
        ELSE
            INSERT INTO error_entry (source, review_id, position, kind, schema_version_id, generator_id, chunk_id, field,
                                     value, quote, spans, pages, score, gold_quote)
            VALUES ('review', NEW.review_id, array_position(entered, entering) - 1, entering, worked.schema_version_id, worked.generator_id,
                    judged.chunk_id, NEW.field, judged.value, judged.quote, judged.spans, judged.pages, judged.score,
                    CASE entering WHEN 'correct' THEN judged.quote WHEN 'boundary' THEN right_words END);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
