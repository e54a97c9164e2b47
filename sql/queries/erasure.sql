-- Taking the words of a document out of every table. Rows, places, decisions and hashes stay, so that the chains hold.

-- name: may_erase
-- Whether the session may update what holds words: the owner's right.
SELECT has_table_privilege('generation', 'UPDATE') AND has_table_privilege('reading', 'UPDATE')
   AND has_table_privilege('erasure', 'INSERT');

-- name: documents_before
-- Documents whose newest run or reading is older than a moment, that still have their words; the oldest first.
SELECT document.document_id FROM document
WHERE NOT EXISTS (SELECT FROM erasure WHERE erasure.document_id = document.document_id)
  AND greatest(
      (SELECT max(reading.created_at) FROM reading WHERE reading.document_id = document.document_id),
      (SELECT max(coalesce(run.finished_at, run.created_at)) FROM run WHERE run.document_id = document.document_id)
  ) < %(before)s
ORDER BY document.created_at;

-- name: erased_at
-- When the words of a document were erased first.
SELECT created_at FROM erasure WHERE document_id = %(document_id)s ORDER BY erasure_id LIMIT 1;

-- name: running
-- Unfinished runs of a document that a worker may still write.
SELECT run_id::text FROM run WHERE document_id = %(document_id)s AND state = 'running';

-- name: runs
-- All runs of a document, with their schemas.
SELECT run_id::text, schema_name FROM run WHERE document_id = %(document_id)s ORDER BY run_number;

-- name: keys
-- The keys under which a document was seen.
SELECT DISTINCT bucket, key FROM source WHERE document_id = %(document_id)s ORDER BY bucket, key;

-- name: begin
-- Lets this transaction update what is append-only.
SELECT set_config('countersign.erasing', 'yes', true);

-- name: end
-- The refusal holds again.
SELECT set_config('countersign.erasing', '', true);

-- name: erase_reading
-- Text, lists, marks' letters and cells of the readings.
UPDATE reading SET text = '', extras = '[]', corrections = '[]', agreements = '[]', cells = '[]' WHERE document_id = %(document_id)s;

-- name: erase_footnote
-- Markers are a letter or a number, but they are the document's.
UPDATE footnote SET marker = '' FROM reading WHERE reading.reading_id = footnote.reading_id AND reading.document_id = %(document_id)s;

-- name: erase_chunk
-- What models saw.
UPDATE chunk SET passages = '[]', lead_in = '', context_before = '', context_after = '', headings = '{}', cells = '[]'
FROM reading WHERE reading.reading_id = chunk.reading_id AND reading.document_id = %(document_id)s;

-- name: erase_generation
-- What models answered.
UPDATE generation SET raw = '' FROM run WHERE run.run_id = generation.run_id AND run.document_id = %(document_id)s;

-- name: erase_finding
-- What was found about the answers.
UPDATE finding SET quote = '', reason = '' FROM run WHERE run.run_id = finding.run_id AND run.document_id = %(document_id)s;

-- name: erase_extraction
-- Values. The number keeps two values of one place apart.
UPDATE extraction SET value = '[erased ' || extraction_id || ']', quote = '', normal = NULL, parts = NULL, reason = ''
FROM run WHERE run.run_id = extraction.run_id AND run.document_id = %(document_id)s;

-- name: erase_coverage
-- Why a cell is open may quote the text.
UPDATE coverage SET reason = '' FROM run WHERE run.run_id = coverage.run_id AND run.document_id = %(document_id)s AND coverage.reason <> '';

-- name: erase_review
-- What persons gave and saw.
UPDATE review SET value = CASE WHEN value IS NOT NULL THEN '' END, quote = CASE WHEN quote IS NOT NULL THEN '' END, reason = '', normal = NULL, shown = NULL
FROM run WHERE run.run_id = review.run_id AND run.document_id = %(document_id)s;

-- name: erase_review_item
-- Nothing is left to be asked.
UPDATE review_item SET question = NULL, expected = NULL, gained = NULL, is_open = false, claimed_by = NULL, claimed_until = NULL
WHERE document_id = %(document_id)s;

-- name: erase_error_entry
-- The error book's words.
UPDATE error_entry SET value = '', quote = '', gold_quote = CASE WHEN gold_quote IS NOT NULL THEN '' END
FROM chunk JOIN reading ON reading.reading_id = chunk.reading_id
WHERE chunk.chunk_id = error_entry.chunk_id AND reading.document_id = %(document_id)s;

-- name: erase_run
-- Checks of the schema name values in their summary.
UPDATE run SET summary = summary - 'checks' WHERE document_id = %(document_id)s AND summary ? 'checks';

-- name: record
-- That it was done, by whom and why.
INSERT INTO erasure (document_id, requested_by, reason, n_rows)
VALUES (%(document_id)s, %(requested_by)s, %(reason)s, %(n_rows)s)
RETURNING erasure_id;
