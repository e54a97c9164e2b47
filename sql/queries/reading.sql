-- What the reader extracted from a document, written once per reader version.

-- name: add_reading
-- Stores the head of a reading. No row: this reader version is stored already for the document.
INSERT INTO reading (document_id, reader_version, status, reason, flags, n_pages, text, chunker, extras, corrections, marks, agreements, cells,
    content_digest)
VALUES (%(document_id)s, %(reader_version)s, %(status)s, %(reason)s, %(flags)s, %(n_pages)s, %(text)s, %(chunker)s, %(extras)s, %(corrections)s, %(marks)s,
    %(agreements)s, %(cells)s, %(content_digest)s)
ON CONFLICT ON CONSTRAINT reading_once_per_version DO NOTHING
RETURNING reading_id;

-- name: stored_reading
-- The head of a reading, when its document was erased, and the digest of its content.
SELECT reading_id, status, reason, flags, n_pages, text, extras, corrections, marks, agreements, cells,
       (SELECT min(erasure.created_at) FROM erasure WHERE erasure.document_id = reading.document_id) AS erased_at, content_digest
FROM reading WHERE document_id = %(document_id)s AND reader_version = %(reader_version)s;

-- name: copy_page
-- Copies the pages of a reading in.
COPY page (reading_id, page_number, start_char, end_char, status, lines) FROM STDIN;

-- name: copy_footnote
-- Copies the footnotes of a reading in.
COPY footnote (reading_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence) FROM STDIN;

-- name: copy_chunk
-- Copies the chunks of a reading in.
COPY chunk (reading_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position, cells) FROM STDIN;

-- name: footnote_ids
-- Row ids of the footnotes of a reading by their index.
SELECT footnote_index, footnote_id FROM footnote WHERE reading_id = %(reading_id)s;

-- name: chunk_ids
-- Row ids of the chunks of a reading by their index.
SELECT chunk_index, chunk_id FROM chunk WHERE reading_id = %(reading_id)s;

-- name: pages
-- The pages of a reading, in order.
SELECT page_number, start_char, end_char, status, lines FROM page WHERE reading_id = %(reading_id)s ORDER BY page_number;

-- name: footnotes
-- The footnotes of a reading, in order.
SELECT marker, spans, page_number, last_page_number, cited_at, confidence
FROM footnote WHERE reading_id = %(reading_id)s ORDER BY footnote_index;

-- name: chunks
-- The chunks of a reading, in order.
SELECT chunk_index, kind, passages, lead_in, context_before, context_after, headings, position, cells
FROM chunk WHERE reading_id = %(reading_id)s ORDER BY chunk_index;
