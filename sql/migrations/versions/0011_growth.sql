-- What is asked for each batch and each night is found by an index, however many documents a backfill has and a bucket had.

SET LOCAL search_path = public;

DROP INDEX backfill_document_submitted_idx;
CREATE INDEX backfill_document_batch_idx ON backfill_document (backfill_id, batch_number) WHERE batch_number IS NOT NULL;
CREATE INDEX source_created_idx ON source (created_at);
