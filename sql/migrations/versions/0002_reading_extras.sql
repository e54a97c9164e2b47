SET LOCAL search_path = public;

ALTER TABLE reading
    ADD COLUMN extras jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN hidden jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN reading.extras IS '[[kind, page_number, name, text], ...]; kind: form_value, annotation or attachment. Listed, never part of the text.';
COMMENT ON COLUMN reading.hidden IS 'Ranges of the text that nobody sees on the page. No value that touches one is verified.';

ALTER TYPE page_status ADD VALUE 'ocr';
COMMENT ON TYPE page_status IS
'ok: the page has its text
needs_ocr: an image and no text
failed: the page could not be read
ocr: an image, and the text that optical character recognition saw in it';
