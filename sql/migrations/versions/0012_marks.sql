-- Hidden ranges become marks of a kind; the other kinds, the agreements and the cells of tables have no earlier rows.

SET LOCAL search_path = public;

LOCK TABLE reading IN SHARE ROW EXCLUSIVE MODE;
UPDATE reading SET hidden = (
    SELECT jsonb_agg(span || '["hidden"]' ORDER BY position) FROM jsonb_array_elements(hidden) WITH ORDINALITY ranges (span, position)
) WHERE hidden <> '[]';

ALTER TABLE reading RENAME COLUMN hidden TO marks;
DO $$ BEGIN
    -- Since PostgreSQL 18 NOT NULL is a constraint with a name, which does not follow its column.
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'reading'::regclass AND conname = 'reading_hidden_not_null') THEN
        ALTER TABLE reading RENAME CONSTRAINT reading_hidden_not_null TO reading_marks_not_null;
    END IF;
END $$;
ALTER TABLE reading ADD COLUMN agreements jsonb NOT NULL DEFAULT '[]', ADD COLUMN cells jsonb NOT NULL DEFAULT '[]';
ALTER TABLE chunk ADD COLUMN cells jsonb NOT NULL DEFAULT '[]';

COMMENT ON COLUMN reading.marks IS
'[[start, end, kind], ...] in order: ranges of the text that are not plain text on the page. kind: hidden, covered, layer_off, struck, blank,
inserted, filled_in, redaction, replaced or unticked. Readings older than reader-6 know hidden alone.';
COMMENT ON COLUMN reading.agreements IS '[[start, end, title, page_number], ...] in order, without gaps: the agreements of a file that holds several.';
COMMENT ON COLUMN reading.cells IS '[[start, end, column, row], ...] in order: cells of tables with the head of their column and the label of their row.';
COMMENT ON COLUMN chunk.cells IS '[[start, end, column, row], ...]: the cells of tables that lie in the chunk, as in reading.cells.';
