-- Beside the words of the document: one form to sort, sum and compare by.

SET LOCAL search_path = public;

ALTER TABLE extraction ADD COLUMN normal text;
COMMENT ON COLUMN extraction.normal IS 'The value in its type''s normal form (ISO 8601, ISO 4217); NULL where it cannot be told for sure.';
