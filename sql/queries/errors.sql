-- The error book: written whole for each document and generator, read as a list, as lines for training, and as counts.

-- name: is_compared
-- Whether a reading was compared with this gold for this schema and generator.
SELECT EXISTS (
    SELECT FROM comparison
    JOIN reading ON reading.reading_id = comparison.reading_id
    JOIN model_version generator ON generator.model_version_id = comparison.generator_id
    WHERE reading.document_id = %(document_id)s AND reading.reader_version = %(reader_version)s
      AND comparison.schema_version_id = %(schema_digest)s AND comparison.gold_name = %(gold_name)s
      AND comparison.gold_digest = %(gold_digest)s AND generator.kind = 'generator'
      AND generator.name = %(generator_name)s AND generator.version = %(generator_version)s
);

-- name: add_comparison
-- Stores the head of a comparison. No row: it is stored already, or its reading is missing.
INSERT INTO comparison (reading_id, schema_version_id, generator_id, gold_name, gold_digest, n_gold, n_unplaced, n_ungrounded, n_malformed)
SELECT reading_id, %(schema_digest)s, %(generator_id)s, %(gold_name)s, %(gold_digest)s,
       %(n_gold)s, %(n_unplaced)s, %(n_ungrounded)s, %(n_malformed)s
FROM reading WHERE document_id = %(document_id)s AND reader_version = %(reader_version)s
ON CONFLICT ON CONSTRAINT comparison_made_once DO NOTHING
RETURNING comparison_id, reading_id;

-- name: copy_entry
-- Copies the entries of a comparison in.
COPY error_entry (source, comparison_id, position, kind, schema_version_id, generator_id, chunk_id, field, value, quote, spans, pages,
                  score, gold_quote) FROM STDIN;

-- name: list
-- Entries for users, newest first. Of comparisons only the newest of each document, schema and generator, unless one version is named.
SELECT error_book.error_entry_id AS entry, error_book.source, error_book.kind, error_book.field, error_book.schema_name AS schema,
       coalesce(compared.gold_name, name.key) AS document, error_book.document_id, error_book.chunk_index AS chunk,
       error_book.value, error_book.quote, error_book.gold_quote AS gold, coalesce(error_book.spans, '[]') AS spans,
       coalesce(error_book.pages, '{}') AS pages, error_book.score, error_book.generator, error_book.is_overruled AS overruled,
       error_book.created_at
FROM error_book
LEFT JOIN comparison compared ON compared.comparison_id = error_book.comparison_id
LEFT JOIN document_name name ON name.document_id = error_book.document_id
WHERE (%(kind)s::entry_kind IS NULL OR error_book.kind = %(kind)s::entry_kind)
  AND (%(field)s::text IS NULL OR error_book.field = %(field)s::text)
  AND (%(generator)s::text IS NULL OR error_book.generator_name = %(generator)s::text OR error_book.generator = %(generator)s::text)
  AND (%(document)s::text IS NULL OR compared.gold_name = %(document)s::text OR error_book.document_id IN (
      SELECT source.document_id FROM source WHERE source.key = %(document)s::text
      UNION SELECT source.document_id FROM source WHERE split_part(source.key, '/', -1) = %(document)s::text
      UNION SELECT document.document_id FROM document WHERE document.document_id = %(document)s::text))
  AND (error_book.comparison_id IS NULL OR error_book.generator = %(generator)s::text
       OR error_book.comparison_id IN (SELECT comparison_id FROM current_comparison))
ORDER BY error_book.error_entry_id DESC
LIMIT %(limit)s;

-- name: comparisons
-- The comparisons in the book: the newest of each document, schema and generator; of a generator version that is named, its own.
SELECT DISTINCT ON (reading.document_id, comparison.gold_name, schema_version.name, generator.name)
    comparison.comparison_id, comparison.reading_id, reading.document_id, reading.reader_version, comparison.gold_name,
    schema_version.name AS schema_name, schema_version.definition AS schema_definition,
    generator.name || '/' || generator.version AS generator
FROM comparison
JOIN reading ON reading.reading_id = comparison.reading_id
JOIN schema_version ON schema_version.schema_version_id = comparison.schema_version_id
JOIN model_version generator ON generator.model_version_id = comparison.generator_id
WHERE (%(generator)s::text IS NULL OR generator.name = %(generator)s::text OR generator.name || '/' || generator.version = %(generator)s::text)
  AND (%(schema_name)s::text IS NULL OR schema_version.name = %(schema_name)s::text)
ORDER BY reading.document_id, comparison.gold_name, schema_version.name, generator.name, comparison.comparison_id DESC;

-- name: reviewed
-- Runs whose reviews are in the book and whose reading was never compared for this schema: each as if it were a comparison.
SELECT DISTINCT run.run_id::text AS run_id, run.reading_id, reading.document_id, reading.reader_version,
       regexp_replace(split_part(name.key, '/', -1), '\.[^.]*$', '') AS gold_name,
       schema_version.name AS schema_name, schema_version.definition AS schema_definition,
       generator.name || '/' || generator.version AS generator
FROM error_entry
JOIN review ON review.review_id = error_entry.review_id
JOIN run ON run.run_id = review.run_id
JOIN reading ON reading.reading_id = run.reading_id
JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN document_name name ON name.document_id = run.document_id
WHERE (%(generator)s::text IS NULL OR generator.name = %(generator)s::text OR generator.name || '/' || generator.version = %(generator)s::text)
  AND (%(schema_name)s::text IS NULL OR schema_version.name = %(schema_name)s::text)
  AND NOT EXISTS (
      SELECT FROM comparison JOIN schema_version compared ON compared.schema_version_id = comparison.schema_version_id
      WHERE comparison.reading_id = run.reading_id AND compared.name = schema_version.name
  )
ORDER BY reading.document_id, generator, run_id;

-- name: entries
-- Entries of one comparison, with the reviews of the same reading; or entries of the reviews of one run.
SELECT error_book.chunk_index, error_book.kind, error_book.field, error_book.value, error_book.quote, error_book.spans,
       error_book.pages, error_book.score, error_book.gold_quote, error_book.source, error_book.is_overruled
FROM error_book
WHERE error_book.reading_id = %(reading_id)s
  AND (error_book.comparison_id = %(comparison_id)s::bigint
       OR (error_book.source = 'review' AND NOT error_book.is_overruled AND error_book.schema_name = %(schema_name)s
           AND (%(comparison_id)s::bigint IS NOT NULL
                OR error_book.review_id IN (SELECT review.review_id FROM review WHERE review.run_id = %(run_id)s::uuid))))
ORDER BY error_book.chunk_index, error_book.error_entry_id;

-- name: counts
-- How many entries of each kind these comparisons have, by field.
SELECT error_book.field, error_book.kind, count(*) AS n
FROM error_book
WHERE error_book.comparison_id = ANY (%(comparison_ids)s::bigint[]) AND NOT error_book.is_overruled
GROUP BY error_book.field, error_book.kind;

-- name: runs_of_files
-- For each file name the newest done run with a critic over its content, the content that is there now first.
SELECT DISTINCT ON (split_part(source.key, '/', -1))
    split_part(source.key, '/', -1) AS file_name, run.run_id::text AS run_id, run.document_id, run.reader_version,
    generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic
FROM source_state source
JOIN run ON run.document_id = source.document_id AND run.state = 'done' AND run.schema_name = %(schema_name)s
JOIN model_version generator ON generator.model_version_id = run.generator_id
JOIN model_version critic ON critic.model_version_id = run.critic_id
WHERE split_part(source.key, '/', -1) = ANY (%(file_names)s::text[])
ORDER BY split_part(source.key, '/', -1), source.state, run.finished_at DESC;
