SET LOCAL search_path = public;

CREATE TYPE entry_kind AS ENUM ('redundant', 'missing', 'boundary', 'correct');
COMMENT ON TYPE entry_kind IS
'redundant: a value was drafted where there is none
missing: there is a value and the draft lacks it
boundary: a value was drafted that begins or ends in the wrong place
correct: the value was drafted as it is';

CREATE TYPE entry_source AS ENUM ('gold', 'review');
COMMENT ON TYPE entry_source IS
'gold: an annotation says so
review: a person says so';

CREATE TABLE comparison (
    comparison_id     bigint GENERATED ALWAYS AS IDENTITY,
    reading_id        bigint NOT NULL,
    schema_version_id text NOT NULL,
    generator_id      bigint NOT NULL,
    gold_name         text NOT NULL,
    gold_digest       text NOT NULL,
    n_gold            integer NOT NULL,
    n_unplaced        integer NOT NULL,
    n_ungrounded      integer NOT NULL,
    n_malformed       integer NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT comparison_pkey PRIMARY KEY (comparison_id),
    CONSTRAINT comparison_made_once UNIQUE (reading_id, schema_version_id, generator_id, gold_name, gold_digest),
    CONSTRAINT comparison_reading_fkey FOREIGN KEY (reading_id) REFERENCES reading,
    CONSTRAINT comparison_schema_version_fkey FOREIGN KEY (schema_version_id) REFERENCES schema_version,
    CONSTRAINT comparison_generator_fkey FOREIGN KEY (generator_id) REFERENCES model_version,
    CONSTRAINT comparison_digest_is_sha256 CHECK (gold_digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT comparison_counts_not_negative CHECK (least(n_gold, n_unplaced, n_ungrounded, n_malformed) >= 0)
);
COMMENT ON TABLE comparison IS 'One first draft of one document by one version of a generator, compared with its gold. Whole: it is written with its entries, or not at all.';
COMMENT ON COLUMN comparison.gold_name IS 'What the gold file calls the document.';
COMMENT ON COLUMN comparison.gold_digest IS 'SHA-256 over the gold spans and the rule of comparing: other gold is another comparison.';
COMMENT ON COLUMN comparison.n_unplaced IS 'Gold spans that do not stand in the text as it was read; no entry can say where they are missing.';
COMMENT ON COLUMN comparison.n_ungrounded IS 'Drafted values whose quote does not stand in the text: grounding refuses them without any critic.';
COMMENT ON COLUMN comparison.n_malformed IS 'Items, or whole answers, that could not be read.';

CREATE TABLE error_entry (
    error_entry_id    bigint GENERATED ALWAYS AS IDENTITY,
    source            entry_source NOT NULL,
    comparison_id     bigint,
    review_id         bigint,
    position          integer NOT NULL,
    kind              entry_kind NOT NULL,
    schema_version_id text NOT NULL,
    generator_id      bigint NOT NULL,
    chunk_id          bigint NOT NULL,
    field             text NOT NULL,
    value             text NOT NULL,
    quote             text NOT NULL,
    spans             jsonb,
    pages             integer[],
    score             double precision,
    gold_quote        text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT error_entry_pkey PRIMARY KEY (error_entry_id),
    CONSTRAINT error_entry_compared_once UNIQUE (comparison_id, position),
    CONSTRAINT error_entry_reviewed_once UNIQUE (review_id, position),
    CONSTRAINT error_entry_comparison_fkey FOREIGN KEY (comparison_id) REFERENCES comparison,
    CONSTRAINT error_entry_review_fkey FOREIGN KEY (review_id) REFERENCES review,
    CONSTRAINT error_entry_schema_version_fkey FOREIGN KEY (schema_version_id) REFERENCES schema_version,
    CONSTRAINT error_entry_generator_fkey FOREIGN KEY (generator_id) REFERENCES model_version,
    CONSTRAINT error_entry_chunk_fkey FOREIGN KEY (chunk_id) REFERENCES chunk,
    CONSTRAINT error_entry_has_its_source CHECK (
        (source = 'gold') = (comparison_id IS NOT NULL) AND (source = 'review') = (review_id IS NOT NULL)
    ),
    CONSTRAINT error_entry_place_whole CHECK (num_nonnulls(spans, pages) IN (0, 2)),
    CONSTRAINT error_entry_redundant_has_no_gold CHECK ((kind = 'redundant') = (gold_quote IS NULL))
);
COMMENT ON TABLE error_entry IS 'The error book: every mistake and every success of a generator, against gold or against a reviewer.';
COMMENT ON COLUMN error_entry.position IS 'Order within its comparison or review.';
COMMENT ON COLUMN error_entry.quote IS 'The document''s words: what was drafted, or for a missing value what should have been.';
COMMENT ON COLUMN error_entry.score IS 'The generator''s own score, where gold is the source and it gave one; of a review, the critic''s probability.';
COMMENT ON COLUMN error_entry.gold_quote IS 'What gold or the reviewer has instead. NULL: nothing.';
CREATE INDEX error_entry_chunk_idx ON error_entry (chunk_id, field);
CREATE INDEX error_entry_kind_idx ON error_entry (kind, field);
CREATE TRIGGER comparison_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON comparison
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE comparison ENABLE ALWAYS TRIGGER comparison_append_only;
CREATE TRIGGER error_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON error_entry
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE error_entry ENABLE ALWAYS TRIGGER error_entry_append_only;

CREATE FUNCTION spans_touch(one jsonb, other jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(one) AS a, jsonb_array_elements(other) AS b
        WHERE (a ->> 0)::integer < (b ->> 1)::integer AND (b ->> 0)::integer < (a ->> 1)::integer
    )
$$;
COMMENT ON FUNCTION spans_touch IS 'Whether two citations share a character. NULL, a citation of nothing, touches nothing.';

CREATE FUNCTION review_enters_book() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    judged extraction%ROWTYPE;
    worked run%ROWTYPE;
    right_words text := coalesce(NEW.quote, NEW.value);
    is_right boolean;
    entered entry_kind[];
    entering entry_kind;
BEGIN
    SELECT * INTO worked FROM run WHERE run_id = NEW.run_id;
    SELECT * INTO judged FROM extraction WHERE extraction_id = NEW.extraction_id;
    IF NEW.decision = 'corrected' THEN
        entered := CASE
            WHEN judged.extraction_id IS NULL THEN ARRAY['missing']
            WHEN judged.spans <> NEW.spans AND spans_touch(judged.spans, NEW.spans) THEN ARRAY['boundary']
            ELSE ARRAY['redundant', 'missing'] END;
    ELSIF judged.extraction_id IS NOT NULL THEN
        is_right := CASE NEW.decision
            WHEN 'accepted' THEN true
            WHEN 'rejected' THEN false
            -- The annotation is wrong: about a value that it has, or about one that it lacks? The book knows, if it was compared.
            ELSE coalesce(
                (SELECT entry.kind <> 'correct' FROM error_entry entry
                 WHERE entry.source = 'gold' AND entry.chunk_id = judged.chunk_id AND entry.field = judged.field
                   AND entry.spans = judged.spans ORDER BY entry.error_entry_id DESC LIMIT 1),
                judged.status <> 'rejected') END;
        entered := CASE WHEN is_right THEN ARRAY['correct'] ELSE ARRAY['redundant'] END;
    END IF;
    FOREACH entering IN ARRAY coalesce(entered, '{}') LOOP
        INSERT INTO error_entry (source, review_id, position, kind, schema_version_id, generator_id, chunk_id, field,
                                 value, quote, spans, pages, score, gold_quote)
        SELECT 'review', NEW.review_id, array_position(entered, entering) - 1, entering,
               worked.schema_version_id, worked.generator_id, place.chunk_id, NEW.field, place.value, place.quote, place.spans, place.pages,
               place.score, place.gold_quote
        FROM (
            SELECT judged.chunk_id, judged.value, judged.quote, judged.spans, judged.pages, judged.score,
                   CASE entering WHEN 'correct' THEN judged.quote WHEN 'boundary' THEN right_words END AS gold_quote
            WHERE entering <> 'missing'
            UNION ALL
            SELECT NEW.chunk_id, NEW.value, right_words, pages.spans, pages.numbers, NULL, right_words
            FROM (SELECT CASE WHEN count(*) > 0 THEN NEW.spans END AS spans, array_agg(DISTINCT page.page_number) AS numbers
                  FROM page JOIN jsonb_array_elements(NEW.spans) AS span
                    ON page.start_char < (span ->> 1)::integer AND page.end_char > (span ->> 0)::integer
                  WHERE page.reading_id = worked.reading_id) pages
            WHERE entering = 'missing'
        ) place;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_enters_book IS
'A person''s decision as entries of the error book. accepted: correct. rejected: redundant. corrected: boundary where the right words touch
the drafted ones, else redundant and missing; of a cell without a value missing alone. gold_wrong: correct where gold lacks the value,
redundant where gold has it. A cell that is rightly empty enters nothing.';
CREATE TRIGGER review_enters_book AFTER INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_enters_book();
CREATE INDEX review_cell_idx ON review (chunk_id, field);

CREATE VIEW error_book AS
SELECT
    entry.error_entry_id, entry.source, entry.kind, reading.document_id, chunk.reading_id, entry.chunk_id, chunk.chunk_index,
    schema_version.name AS schema_name, entry.schema_version_id, generator.name AS generator_name,
    generator.name || '/' || generator.version AS generator,
    entry.field, entry.value, entry.quote, entry.spans, entry.pages, entry.score, entry.gold_quote,
    entry.comparison_id, entry.review_id, entry.created_at,
    CASE entry.source
        WHEN 'gold' THEN EXISTS (
            SELECT FROM review LEFT JOIN extraction ON extraction.extraction_id = review.extraction_id
            WHERE review.chunk_id = entry.chunk_id AND review.field = entry.field AND CASE
                WHEN review.extraction_id IS NULL THEN entry.kind = 'missing' AND review.decision IN ('gold_wrong', 'rejected')
                WHEN entry.kind = 'missing' THEN review.decision <> 'corrected' AND spans_touch(extraction.spans, entry.spans)
                ELSE extraction.spans = entry.spans END)
        ELSE EXISTS (
            SELECT FROM review said JOIN review later ON later.chunk_id = said.chunk_id AND later.field = said.field
            WHERE said.review_id = entry.review_id AND later.run_id = said.run_id AND later.review_id > said.review_id
              AND later.extraction_id IS NOT DISTINCT FROM said.extraction_id)
    END AS is_overruled
FROM error_entry entry
JOIN chunk ON chunk.chunk_id = entry.chunk_id
JOIN reading ON reading.reading_id = chunk.reading_id
JOIN schema_version ON schema_version.schema_version_id = entry.schema_version_id
JOIN model_version generator ON generator.model_version_id = entry.generator_id;
COMMENT ON VIEW error_book IS 'The error book with names. is_overruled: a reviewer said otherwise later; whoever learns from the book leaves it out.';

CREATE VIEW current_comparison AS
SELECT DISTINCT ON (reading.document_id, comparison.gold_name, schema_version.name, generator.name)
    comparison.comparison_id, comparison.reading_id, reading.document_id, comparison.gold_name,
    schema_version.name AS schema_name, comparison.schema_version_id, generator.name AS generator_name,
    generator.name || '/' || generator.version AS generator,
    comparison.n_gold, comparison.n_unplaced, comparison.n_ungrounded, comparison.n_malformed, comparison.created_at
FROM comparison
JOIN reading ON reading.reading_id = comparison.reading_id
JOIN schema_version ON schema_version.schema_version_id = comparison.schema_version_id
JOIN model_version generator ON generator.model_version_id = comparison.generator_id
ORDER BY reading.document_id, comparison.gold_name, schema_version.name, generator.name, comparison.comparison_id DESC;
COMMENT ON VIEW current_comparison IS 'The newest comparison of each document for each schema and generator, whatever its version.';

DO $$
DECLARE
    owned text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT ON comparison, error_entry TO countersign_writer;
        GRANT SELECT ON error_book, current_comparison TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON comparison, error_entry, error_book, current_comparison TO countersign_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            FOREACH owned IN ARRAY '{comparison,error_entry}'::text[] LOOP
                EXECUTE format('ALTER TABLE %I OWNER TO countersign_owner', owned);
            END LOOP;
            FOREACH owned IN ARRAY '{error_book,current_comparison}'::text[] LOOP
                EXECUTE format('ALTER VIEW %I OWNER TO countersign_owner', owned);
            END LOOP;
            FOREACH owned IN ARRAY '{entry_kind,entry_source}'::text[] LOOP
                EXECUTE format('ALTER TYPE %I OWNER TO countersign_owner', owned);
            END LOOP;
            FOREACH owned IN ARRAY '{spans_touch,review_enters_book}'::text[] LOOP
                EXECUTE format('ALTER FUNCTION %I OWNER TO countersign_owner', owned);
            END LOOP;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the tables stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
