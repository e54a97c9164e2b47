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
