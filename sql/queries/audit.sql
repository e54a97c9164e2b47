-- Proof that what is stored was not changed. Every name is qualified and nothing of ours is called: the session's search path is
-- pg_catalog alone, so that no function or operator that somebody put into the database is asked (see `proving`).

-- name: run_ids
-- All runs, oldest first.
SELECT run_id::text AS run_id FROM public.run ORDER BY run_number;

-- name: known_runs
-- The runs of a list that there are.
SELECT run_id::text FROM public.run WHERE run_id = ANY (%(run_ids)s::uuid[]);

-- name: verify_trails
-- Recomputes every hash of some runs. Gives the number of rows, and the first row that does not hold, with what is wrong with it.
-- An erased row keeps its hash and its place; what it said can no longer be recomputed.
WITH wanted AS (
    SELECT run.run_id, run.trail_length, run.trail_hash,
           EXISTS (SELECT FROM public.erasure WHERE erasure.document_id = run.document_id) AS is_erased,
           (SELECT seal.trail_position FROM public.seal WHERE seal.run_id = run.run_id LIMIT 1) AS sealed_at
    FROM public.run WHERE run_id = ANY (%(run_ids)s::uuid[])
), entry AS (
    SELECT 'generation' AS place, stored.generation_id AS id, stored.run_id, stored.trail_position, stored.prev_hash, stored.row_hash,
           sha256(stored.prev_hash || convert_to((jsonb_strip_nulls(to_jsonb(stored)) - 'row_hash')::text, 'UTF8')) AS computed,
           words.raw = '' AS is_blank, stored.raw_digest = sha256(convert_to(words.raw, 'UTF8')) AS words_hold
    FROM public.generation words
    CROSS JOIN LATERAL (
        -- All columns but the words: to make JSON of long answers takes longer than everything else.
        SELECT words.generation_id, words.run_id, words.chunk_id, words.round_number, words.stage, words.model, words.raw_digest,
               words.latency_ms, words.tokens_in, words.tokens_out, words.error, words.trail_position, words.prev_hash, words.row_hash,
               words.created_at, words.repairs, words.tokens_by
    ) stored
    WHERE words.run_id = ANY (%(run_ids)s::uuid[])
    UNION ALL
    SELECT 'finding', finding_id, run_id, trail_position, prev_hash, row_hash,
           sha256(prev_hash || convert_to((jsonb_strip_nulls(to_jsonb(finding)) - 'row_hash' - 'quote')::text, 'UTF8')),
           quote = '' AND reason = '', quote_digest = sha256(convert_to(quote, 'UTF8'))
    FROM public.finding WHERE run_id = ANY (%(run_ids)s::uuid[])
    UNION ALL
    SELECT 'seal', seal_id, run_id, trail_position, prev_hash, row_hash,
           sha256(prev_hash || convert_to((jsonb_strip_nulls(to_jsonb(seal)) - 'row_hash')::text, 'UTF8')), false, true
    FROM public.seal WHERE run_id = ANY (%(run_ids)s::uuid[])
    UNION ALL
    SELECT 'review', review_id, run_id, trail_position, prev_hash, row_hash,
           sha256(prev_hash || convert_to((jsonb_strip_nulls(to_jsonb(review)) - 'row_hash')::text, 'UTF8')),
           coalesce(value, '') = '' AND coalesce(quote, '') = '' AND reason = '' AND num_nonnulls(normal, shown) = 0, true
    FROM public.review WHERE run_id = ANY (%(run_ids)s::uuid[])
), chained AS (
    SELECT entry.*, wanted.is_erased, wanted.sealed_at, row_number() OVER chain AS wanted_position,
           lag(row_hash, 1, sha256(convert_to('countersign run ' || entry.run_id::text, 'UTF8'))) OVER chain AS wanted_prev
    FROM entry JOIN wanted ON wanted.run_id = entry.run_id
    WINDOW chain AS (PARTITION BY entry.run_id ORDER BY entry.trail_position)
), judged AS (
    SELECT chained.run_id, place, id, trail_position, row_hash, CASE
        WHEN trail_position <> wanted_position THEN 'the row before it is missing, or a row was put in'
        WHEN prev_hash <> wanted_prev THEN 'it does not follow the row before it'
        WHEN computed <> row_hash AND NOT (is_erased AND is_blank) THEN 'the row was changed'
        WHEN NOT words_hold AND NOT (is_erased AND is_blank) THEN 'its text was changed'
        WHEN place IN ('generation', 'finding') AND trail_position > sealed_at THEN 'the row was added after the run was done'
        END AS fault
    FROM chained
), faulty AS (
    SELECT DISTINCT ON (run_id) run_id, place, id, trail_position, fault FROM judged WHERE fault IS NOT NULL ORDER BY run_id, trail_position
), newest AS (
    SELECT DISTINCT ON (run_id) run_id, trail_position, row_hash, count(*) OVER (PARTITION BY run_id) AS n_rows
    FROM judged ORDER BY run_id, trail_position DESC
)
SELECT wanted.run_id::text AS run_id, coalesce(newest.n_rows, 0) AS n_rows, wanted.trail_length,
       coalesce(newest.trail_position, 0) = wanted.trail_length AND newest.row_hash IS NOT DISTINCT FROM wanted.trail_hash AS end_holds,
       faulty.place, faulty.id, faulty.trail_position, faulty.fault
FROM wanted
LEFT JOIN newest ON newest.run_id = wanted.run_id
LEFT JOIN faulty ON faulty.run_id = wanted.run_id;

-- name: verify_seals
-- What the seals of some runs say of the runs themselves, against what is stored now.
SELECT run.run_id::text AS run_id, CASE
    WHEN run.state IN ('running', 'failed') AND (seal.run_id IS NOT NULL OR ended.has_cells OR ended.has_values)
        THEN 'it is ' || run.state || ', but it was done'
    WHEN run.state IN ('running', 'failed') THEN NULL
    WHEN seal.run_id IS NULL AND (run.state = 'done' OR ended.has_cells OR ended.has_values) THEN 'it is done without a seal'
    WHEN seal.run_id IS NULL THEN NULL
    WHEN run.state = 'superseded' AND NOT EXISTS (
        SELECT FROM public.run later JOIN public.seal after ON after.run_id = later.run_id
        WHERE later.run_key = run.run_key AND later.attempt > run.attempt) THEN 'it is superseded, but no later attempt was done'
    WHEN run.state = 'done' AND EXISTS (
        SELECT FROM public.run later JOIN public.seal after ON after.run_id = later.run_id
        WHERE later.run_key = run.run_key AND later.attempt > run.attempt) THEN 'it is done, but a later attempt took its place'
    WHEN seal.facts -> 'run' IS DISTINCT FROM jsonb_build_object(
            'run_number', run.run_number, 'reading_id', run.reading_id, 'finished_at', run.finished_at,
            'definition', encode(sha256(convert_to(schema_version.definition::text, 'UTF8')), 'hex'),
            'generator', generator.name || '/' || generator.version, 'critic', critic.name || '/' || critic.version)
        THEN 'its end, schema or models were changed'
    WHEN seal.facts ->> 'summary' IS DISTINCT FROM encode(sha256(convert_to(run.summary::text, 'UTF8')), 'hex')
        AND NOT (NOT run.summary ? 'checks' AND EXISTS (SELECT FROM public.erasure WHERE erasure.document_id = run.document_id))
        THEN 'its summary was changed'
    END AS fault
FROM public.run
LEFT JOIN public.seal ON seal.run_id = run.run_id
LEFT JOIN public.schema_version ON schema_version.schema_version_id = run.schema_version_id
LEFT JOIN public.model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN public.model_version critic ON critic.model_version_id = run.critic_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM public.coverage WHERE coverage.run_id = run.run_id) AS has_cells,
           EXISTS (SELECT FROM public.extraction WHERE extraction.run_id = run.run_id) AS has_values
) ended
WHERE run.run_id = ANY (%(run_ids)s::uuid[]);

-- name: verify_values
-- The values of some runs that are not those of the seal, the first of each run.
WITH sealed AS (
    SELECT seal.run_id, own.key AS id, split_part(own.value, ' ', 1) AS shape, split_part(own.value, ' ', 2) AS words
    FROM public.seal CROSS JOIN LATERAL jsonb_each_text(seal.facts -> 'values') own
    WHERE seal.run_id = ANY (%(run_ids)s::uuid[])
), stored AS (
    SELECT run_id, extraction_id::text AS id,
           encode(sha256(convert_to((jsonb_strip_nulls(to_jsonb(extraction)) - '{value,quote,normal,parts,reason}'::text[])::text, 'UTF8')), 'hex')
               AS shape,
           encode(sha256(convert_to(jsonb_build_array(value, quote, normal, parts, reason)::text, 'UTF8')), 'hex') AS words,
           value = '[erased ' || extraction_id || ']' AND quote = '' AND reason = '' AND num_nonnulls(normal, parts) = 0 AS is_blank,
           -- A child table may hold it once more.
           count(*) OVER (PARTITION BY extraction_id) AS n_times
    FROM public.extraction WHERE run_id = ANY (%(run_ids)s::uuid[])
)
SELECT DISTINCT ON (run_id) coalesce(sealed.run_id, stored.run_id)::text AS run_id, id, CASE
    WHEN sealed.run_id IS NULL OR stored.n_times > 1 THEN 'was put in' WHEN stored.run_id IS NULL THEN 'is missing' ELSE 'was changed' END AS fault
FROM sealed FULL JOIN stored USING (run_id, id)
WHERE sealed.run_id IS NULL OR stored.run_id IS NULL OR stored.n_times > 1 OR sealed.shape <> stored.shape OR sealed.words <> stored.words AND NOT (
    stored.is_blank AND EXISTS (SELECT FROM public.erasure JOIN public.run ON run.document_id = erasure.document_id WHERE run.run_id = stored.run_id))
ORDER BY run_id, id::bigint;

-- name: verify_cells
-- The chunks of some runs whose coverage is not that of the seal, the first of each run.
WITH sealed AS (
    SELECT seal.run_id, own.key AS id, split_part(own.value, ' ', 1) AS shape, split_part(own.value, ' ', 2) AS words
    FROM public.seal CROSS JOIN LATERAL jsonb_each_text(seal.facts -> 'cells') own
    WHERE seal.run_id = ANY (%(run_ids)s::uuid[])
), stored AS (
    SELECT run_id, chunk_id::text AS id,
           encode(sha256(convert_to(jsonb_agg(jsonb_build_array(field, state) ORDER BY field COLLATE "C")::text, 'UTF8')), 'hex') AS shape,
           encode(sha256(convert_to(jsonb_agg(jsonb_build_array(field, reason) ORDER BY field COLLATE "C")::text, 'UTF8')), 'hex') AS words,
           bool_and(reason = '') AS is_blank
    FROM public.coverage WHERE run_id = ANY (%(run_ids)s::uuid[]) GROUP BY run_id, chunk_id
)
SELECT DISTINCT ON (run_id) coalesce(sealed.run_id, stored.run_id)::text AS run_id, id, CASE
    WHEN sealed.run_id IS NULL THEN 'was put in' WHEN stored.run_id IS NULL THEN 'is missing' ELSE 'was changed' END AS fault
FROM sealed FULL JOIN stored USING (run_id, id)
WHERE sealed.run_id IS NULL OR stored.run_id IS NULL OR sealed.shape <> stored.shape OR sealed.words <> stored.words AND NOT (
    stored.is_blank AND EXISTS (SELECT FROM public.erasure JOIN public.run ON run.document_id = erasure.document_id WHERE run.run_id = stored.run_id))
ORDER BY run_id, id::bigint;

-- name: verify_readings
-- The runs of a list whose reading is not the one that was sealed, or that a checkpoint saw. A reading of several runs is digested once.
WITH digested AS (
    SELECT reading.reading_id, reading.text = '' AS is_blank,
           sha256(convert_to(jsonb_build_array(
               reading.reading_id, reading.document_id, reading.reader_version, reading.status, reading.reason, reading.flags, reading.n_pages,
               reading.chunker, reading.extras, reading.marks, reading.corrections, reading.agreements, reading.cells)::text, 'UTF8')
        || sha256(convert_to(reading.text, 'UTF8'))
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(page_number, start_char, end_char, status)::text || lines::text, 'UTF8')),
                                       '' ORDER BY page_number) FROM public.page WHERE page.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         footnote_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence)::text, 'UTF8')), '' ORDER BY footnote_index)
                     FROM public.footnote WHERE footnote.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         chunk_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position, cells)::text,
                         'UTF8')), '' ORDER BY chunk_index)
                     FROM public.chunk WHERE chunk.reading_id = reading.reading_id), '')) AS digest
    FROM public.reading
    WHERE reading.reading_id IN (SELECT reading_id FROM public.run WHERE run_id = ANY (%(run_ids)s::uuid[]))
)
SELECT seal.run_id::text AS run_id
FROM public.seal JOIN public.run ON run.run_id = seal.run_id
LEFT JOIN digested ON digested.reading_id = run.reading_id
WHERE seal.run_id = ANY (%(run_ids)s::uuid[]) AND seal.facts ->> 'reading' IS DISTINCT FROM encode(digested.digest, 'hex')
  AND NOT coalesce(digested.is_blank AND EXISTS (SELECT FROM public.erasure WHERE erasure.document_id = run.document_id), false)
UNION
SELECT run.run_id::text
FROM public.run
JOIN public.checkpoint_entry entry ON entry.kind = 'reading' AND entry.subject = run.reading_id::text
LEFT JOIN digested ON digested.reading_id = run.reading_id
WHERE run.run_id = ANY (%(run_ids)s::uuid[]) AND entry.digest IS DISTINCT FROM digested.digest
  AND NOT coalesce(digested.is_blank AND EXISTS (SELECT FROM public.erasure WHERE erasure.document_id = run.document_id), false);

-- name: verify_entries
-- The runs of a list whose trail has another row where a checkpoint saw its newest one, and the checkpoint.
SELECT DISTINCT ON (entry.subject) entry.subject AS run_id, entry.checkpoint_number, entry.trail_length
FROM public.checkpoint_entry entry
WHERE entry.kind = 'run' AND entry.subject = ANY (%(run_ids)s::text[]) AND NOT EXISTS (
    SELECT FROM public.generation held
    WHERE held.run_id = entry.subject::uuid AND held.trail_position = entry.trail_length AND held.row_hash = entry.digest
    UNION ALL SELECT FROM public.finding held
    WHERE held.run_id = entry.subject::uuid AND held.trail_position = entry.trail_length AND held.row_hash = entry.digest
    UNION ALL SELECT FROM public.seal held
    WHERE held.run_id = entry.subject::uuid AND held.trail_position = entry.trail_length AND held.row_hash = entry.digest
    UNION ALL SELECT FROM public.review held
    WHERE held.run_id = entry.subject::uuid AND held.trail_position = entry.trail_length AND held.row_hash = entry.digest)
ORDER BY entry.subject, entry.checkpoint_number;

-- name: verify_runs
-- The first run that does not follow the run before it, or whose own hash does not hold; then the end of the chain.
WITH chained AS (
    SELECT run_id, run_number, prev_run_hash, run_hash, row_number() OVER chain AS wanted_number,
           lag(run_hash, 1, sha256('countersign runs')) OVER chain AS wanted_prev,
           sha256(prev_run_hash || convert_to(jsonb_build_array(
               run_id, run_number, run_key, attempt, document_id, schema_version_id, schema_name, generator_id, critic_id, reader_version,
               max_rounds, promise, created_at)::text, 'UTF8')) AS computed
    FROM public.run WINDOW chain AS (ORDER BY run_number)
), faulty AS (
    SELECT run_id, run_number, CASE
        WHEN run_number <> wanted_number THEN 'the run before it is missing, or a run was put in'
        WHEN prev_run_hash <> wanted_prev THEN 'it does not follow the run before it'
        ELSE 'what identifies it was changed' END AS fault
    FROM chained WHERE run_number <> wanted_number OR prev_run_hash <> wanted_prev OR computed <> run_hash
    ORDER BY run_number LIMIT 1
), newest AS (
    SELECT run_number, run_hash FROM public.run ORDER BY run_number DESC LIMIT 1
)
SELECT (SELECT count(*) FROM public.run) AS n_runs, run_chain.n_runs AS n_noted, faulty.run_id::text AS run_id, faulty.run_number, faulty.fault,
       (SELECT count(*) FROM public.run_chain) = 1 AND coalesce(newest.run_number, 0) = run_chain.n_runs
           AND newest.run_hash IS NOT DISTINCT FROM run_chain.run_hash AS end_holds
FROM (SELECT) one LEFT JOIN public.run_chain ON true LEFT JOIN newest ON true LEFT JOIN faulty ON true
LIMIT 1;

-- name: run_hash_at
-- The hash of a run by its number, and of no run.
SELECT run_hash FROM public.run WHERE run_number = %(run_number)s;

-- name: verify_subjects
-- What checkpoints saw and what is no longer there, or has other words. Readings of runs are looked at with their runs.
WITH digested AS (
    SELECT reading.reading_id, reading.document_id, reading.text = '' AS is_blank,
           sha256(convert_to(jsonb_build_array(
               reading.reading_id, reading.document_id, reading.reader_version, reading.status, reading.reason, reading.flags, reading.n_pages,
               reading.chunker, reading.extras, reading.marks, reading.corrections, reading.agreements, reading.cells)::text, 'UTF8')
        || sha256(convert_to(reading.text, 'UTF8'))
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(page_number, start_char, end_char, status)::text || lines::text, 'UTF8')),
                                       '' ORDER BY page_number) FROM public.page WHERE page.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         footnote_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence)::text, 'UTF8')), '' ORDER BY footnote_index)
                     FROM public.footnote WHERE footnote.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         chunk_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position, cells)::text,
                         'UTF8')), '' ORDER BY chunk_index)
                     FROM public.chunk WHERE chunk.reading_id = reading.reading_id), '')) AS digest
    FROM public.reading
    WHERE NOT EXISTS (SELECT FROM public.run WHERE run.reading_id = reading.reading_id)
)
SELECT entry.kind, entry.subject, entry.checkpoint_number
FROM public.checkpoint_entry entry
WHERE CASE entry.kind
    WHEN 'run' THEN NOT EXISTS (SELECT FROM public.run WHERE run.run_id = entry.subject::uuid)
    WHEN 'source' THEN NOT EXISTS (
        SELECT FROM public.source WHERE source.source_id = entry.subject::bigint AND entry.digest = sha256(convert_to(
            jsonb_build_array(source.source_id, source.bucket, source.key, source.object_version, source.document_id)::text, 'UTF8')))
    WHEN 'reading' THEN NOT EXISTS (SELECT FROM public.run WHERE run.reading_id = entry.subject::bigint) AND NOT EXISTS (
        SELECT FROM digested WHERE digested.reading_id = entry.subject::bigint AND (digested.digest = entry.digest
            OR digested.is_blank AND EXISTS (SELECT FROM public.erasure WHERE erasure.document_id = digested.document_id)))
    ELSE NOT EXISTS (
        SELECT FROM public.erasure WHERE erasure.erasure_id = entry.subject::bigint
        AND entry.digest = sha256(convert_to(jsonb_strip_nulls(to_jsonb(erasure))::text, 'UTF8'))) END
ORDER BY entry.checkpoint_number, entry.kind, entry.subject
LIMIT 20;

-- name: guards
-- The triggers of the trail that are on. What is missing here was switched off or dropped. is_always: on in every session. ENABLE TRIGGER
-- without ALWAYS, as `pg_restore --disable-triggers` writes it, makes such a trigger an ordinary one.
SELECT tgname, tgenabled = 'A' AS is_always FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')
  AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace);

-- name: taught
-- What the database was taught that changes how a table is read or a value is written: a table that is none, a cast from a type of our
-- columns, an overload of a built-in function or operator. What is built in has numbers below 16384.
WITH own AS (
    SELECT wanted.name, pg_class.oid, pg_class.relkind
    FROM unnest(%(tables)s::text[]) wanted (name)
    LEFT JOIN pg_class ON pg_class.relname = wanted.name AND pg_class.relnamespace = 'public'::regnamespace
), own_type AS (
    SELECT DISTINCT unnest(ARRAY[pg_type.oid, pg_type.typelem, pg_type.typbasetype]) AS oid
    FROM own JOIN pg_attribute ON attrelid = own.oid AND attnum > 0 AND NOT attisdropped
    JOIN pg_type ON pg_type.oid = atttypid
)
SELECT 'table ' || name || ' is no table' AS fault FROM own WHERE relkind IS DISTINCT FROM 'r'
UNION ALL
SELECT 'a cast from ' || castsource::regtype || ' to ' || casttarget::regtype || ' was put in'
FROM pg_cast WHERE oid >= 16384 AND casttarget < 16384 AND (castsource < 16384 OR castsource IN (SELECT oid FROM own_type))
UNION ALL
SELECT 'function ' || added.oid::regprocedure || ' was put beside a built-in one'
FROM pg_proc added
WHERE added.oid >= 16384 AND added.pronamespace = 'pg_catalog'::regnamespace
  AND EXISTS (SELECT FROM pg_proc built WHERE built.oid < 16384 AND built.pronamespace = added.pronamespace AND built.proname = added.proname)
UNION ALL
SELECT 'operator ' || oid::regoperator || ' was put beside the built-in ones'
FROM pg_operator WHERE oid >= 16384 AND oprnamespace = 'pg_catalog'::regnamespace
ORDER BY fault;

-- name: unsigned_erasures
-- How many documents were erased since the last checkpoint.
SELECT count(DISTINCT erasure.document_id) AS n FROM public.erasure
WHERE NOT EXISTS (SELECT FROM public.checkpoint_entry entry WHERE entry.kind = 'erasure' AND entry.subject = erasure.erasure_id::text);

-- name: checkpoints
-- All checkpoints, oldest first.
SELECT checkpoint_number, statement, signature, public_key FROM public.checkpoint ORDER BY checkpoint_number;

-- name: newest_checkpoint
-- The newest checkpoint.
SELECT checkpoint_number, statement, signature, public_key FROM public.checkpoint ORDER BY checkpoint_number DESC LIMIT 1;

-- name: one_digest_at_a_time
-- Lets no second checkpoint be made until the transaction ends.
LOCK TABLE public.checkpoint IN SHARE ROW EXCLUSIVE MODE;

-- name: chain_end
-- The end of the chain of runs.
SELECT database_id::text, n_runs, run_hash FROM public.run_chain;

-- name: add_entries
-- Notes what is new or has grown since the last checkpoint. A source is noted once, with the document that it held.
INSERT INTO public.checkpoint_entry (checkpoint_number, kind, subject, trail_length, digest)
SELECT %(number)s, 'run', run.run_id::text, run.trail_length, run.trail_hash
FROM public.run
LEFT JOIN LATERAL (
    SELECT entry.digest FROM public.checkpoint_entry entry
    WHERE entry.kind = 'run' AND entry.subject = run.run_id::text ORDER BY entry.checkpoint_number DESC LIMIT 1
) seen ON true
WHERE run.trail_length > 0 AND seen.digest IS DISTINCT FROM run.trail_hash
UNION ALL
SELECT %(number)s, 'source', source.source_id::text, 0, sha256(convert_to(
    jsonb_build_array(source.source_id, source.bucket, source.key, source.object_version, source.document_id)::text, 'UTF8'))
FROM public.source
WHERE source.document_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM public.checkpoint_entry entry WHERE entry.kind = 'source' AND entry.subject = source.source_id::text)
UNION ALL
SELECT %(number)s, 'reading', reading.reading_id::text, 0,
       sha256(convert_to(jsonb_build_array(
               reading.reading_id, reading.document_id, reading.reader_version, reading.status, reading.reason, reading.flags, reading.n_pages,
               reading.chunker, reading.extras, reading.marks, reading.corrections, reading.agreements, reading.cells)::text, 'UTF8')
        || sha256(convert_to(reading.text, 'UTF8'))
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(page_number, start_char, end_char, status)::text || lines::text, 'UTF8')),
                                       '' ORDER BY page_number) FROM public.page WHERE page.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         footnote_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence)::text, 'UTF8')), '' ORDER BY footnote_index)
                     FROM public.footnote WHERE footnote.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         chunk_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position, cells)::text,
                         'UTF8')), '' ORDER BY chunk_index)
                     FROM public.chunk WHERE chunk.reading_id = reading.reading_id), ''))
FROM public.reading
WHERE NOT EXISTS (SELECT FROM public.checkpoint_entry entry WHERE entry.kind = 'reading' AND entry.subject = reading.reading_id::text)
UNION ALL
SELECT %(number)s, 'erasure', erasure.erasure_id::text, 0, sha256(convert_to(jsonb_strip_nulls(to_jsonb(erasure))::text, 'UTF8'))
FROM public.erasure
WHERE NOT EXISTS (SELECT FROM public.checkpoint_entry entry WHERE entry.kind = 'erasure' AND entry.subject = erasure.erasure_id::text);

-- name: entries
-- The entries of a checkpoint as lines, in the order in which they are digested.
SELECT kind || ' ' || subject || ' ' || trail_length || ' ' || encode(digest, 'hex') || E'\n' AS line
FROM public.checkpoint_entry WHERE checkpoint_number = %(number)s
ORDER BY kind, subject;

-- name: add_checkpoint
-- Stores a signed checkpoint.
INSERT INTO public.checkpoint (checkpoint_number, statement, signature, public_key)
VALUES (%(number)s, %(statement)s, %(signature)s, %(public_key)s);

-- name: run_entries
-- The canonical form of each row of a run's trail, of which its hash is made, with the words that a digest in it stands for.
SELECT canonical, words FROM (
    SELECT trail_position, (jsonb_strip_nulls(to_jsonb(generation)) - 'row_hash' - 'raw')::text AS canonical, raw AS words
    FROM public.generation WHERE run_id = %(run_id)s
    UNION ALL SELECT trail_position, (jsonb_strip_nulls(to_jsonb(finding)) - 'row_hash' - 'quote')::text, quote
    FROM public.finding WHERE run_id = %(run_id)s
    UNION ALL SELECT trail_position, (jsonb_strip_nulls(to_jsonb(seal)) - 'row_hash')::text, NULL
    FROM public.seal WHERE run_id = %(run_id)s
    UNION ALL SELECT trail_position, (jsonb_strip_nulls(to_jsonb(review)) - 'row_hash')::text, NULL
    FROM public.review WHERE run_id = %(run_id)s
) entry ORDER BY trail_position;

-- name: run_values
-- The two canonical forms of each value of a run, of which the seal has the digests.
SELECT extraction_id::text AS id, (jsonb_strip_nulls(to_jsonb(extraction)) - '{value,quote,normal,parts,reason}'::text[])::text AS shape,
       jsonb_build_array(value, quote, normal, parts, reason)::text AS words
FROM public.extraction WHERE run_id = %(run_id)s ORDER BY extraction_id;
