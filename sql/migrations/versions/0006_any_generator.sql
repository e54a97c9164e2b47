-- For answers of language models: what was mended in them, and values that are records of named parts.

SET LOCAL search_path = public;

ALTER TABLE generation ADD COLUMN repairs text[];
COMMENT ON COLUMN generation.repairs IS 'What had to be mended before the answer could be read, in order; NULL: nothing.';

ALTER TABLE finding ADD COLUMN part text;
COMMENT ON COLUMN finding.part IS 'Which part of a record it is about; NULL: the whole candidate.';

ALTER TABLE extraction ADD COLUMN parts jsonb;
COMMENT ON COLUMN extraction.parts IS 'Of a record: [{"name", "value", "normal", "quote", "spans", "pages", "footnote_id", "match"}, ...]; NULL: no record.';
