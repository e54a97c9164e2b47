-- A value that a document says several times is one row; its other places are beside it.

SET LOCAL search_path = public;

ALTER TABLE extraction ADD COLUMN places jsonb;
COMMENT ON COLUMN extraction.places IS 'Where else the document says the value: [{"spans", "pages", "footnote_id", "match"}, ...]; NULL: nowhere else.';
COMMENT ON COLUMN extraction.score IS 'The critic''s probability that the value is right; less where other values of its field compete with it.';
