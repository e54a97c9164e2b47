SET LOCAL search_path = public;

ALTER TABLE reading ADD COLUMN corrections jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN reading.corrections IS '[[start, end, code point], ...]: where the text says what a reader sees and the file has another letter, in order.';
