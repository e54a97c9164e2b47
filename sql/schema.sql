-- Countersign's database, whole, in reading order. `sql/migrations` builds it step by step; a test holds the two together.
--
-- It is a database of its own, never Prefect's. PostgreSQL 15 or newer, no extensions. Everything lives in schema `public`.
-- Offsets are code points of the document text (`reading.text`), half-open, from 0: substr(text, start_char + 1, end_char - start_char).
-- Lists of spans are JSON: [[start, end], ...], one per page that is touched. `page_number` counts from 1 as printed.

SET LOCAL search_path = public;


-- ============================================================ states

CREATE TYPE version_state AS ENUM ('current', 'deleted', 'replaced');
COMMENT ON TYPE version_state IS
'current: the key holds this content, as far as was seen
deleted: the key held it last and is gone
replaced: the key holds, or held at last, another content';

CREATE TYPE withheld_reason AS ENUM ('archived', 'key_denied');
COMMENT ON TYPE withheld_reason IS
'archived: it has to be restored from an archive class before it can be read
key_denied: it is encrypted by a key that may not be used';

CREATE TYPE reading_status AS ENUM ('ok', 'partial', 'needs_ocr', 'error');
COMMENT ON TYPE reading_status IS
'ok: every page was read
partial: some pages could not be read; reading.reason says which kind
needs_ocr: images and no text
error: nothing was read; reading.reason is the code';

CREATE TYPE page_status AS ENUM ('ok', 'needs_ocr', 'failed', 'ocr');
COMMENT ON TYPE page_status IS
'ok: the page has its text
needs_ocr: an image and no text
failed: the page could not be read
ocr: an image, and the text that optical character recognition saw in it';

CREATE TYPE chunk_kind AS ENUM ('body', 'note');
COMMENT ON TYPE chunk_kind IS
'body: whole paragraphs of body text, with copies of the notes they cite
note: one footnote on its own, with the sentence that cites it as lead-in';

CREATE TYPE model_kind AS ENUM ('generator', 'critic');
COMMENT ON TYPE model_kind IS
'generator: proposes values
critic: judges them and finds what is missing';

CREATE TYPE run_state AS ENUM ('running', 'done', 'failed', 'superseded');
COMMENT ON TYPE run_state IS
'running: claimed and not finished; nobody holding its lock means its worker died, and the next claim resumes it
done: every coverage cell is there and the results stand
failed: it gave up with run.error_code; the next claim resumes it
superseded: a later attempt with the same key took its place';

CREATE TYPE generation_stage AS ENUM ('generate', 'critique');
COMMENT ON TYPE generation_stage IS
'generate: the raw answer of the generator
critique: the raw answer of the critic';

CREATE TYPE token_source AS ENUM ('server', 'tokenizer', 'estimate');
COMMENT ON TYPE token_source IS
'server: the model server counted
tokenizer: the server told none, and the tokenizer of the settings counted
estimate: nobody counted; estimated from the characters';

CREATE TYPE finding_kind AS ENUM ('redundant', 'missing', 'malformed', 'boundary');
COMMENT ON TYPE finding_kind IS
'redundant: a value that should not be there
missing: the text says something of the field that no value covers
malformed: an answer, or an item of one, that is not valid
boundary: a value whose quote begins or ends in the wrong place';

CREATE TYPE finding_source AS ENUM ('grounding', 'parser', 'critic');
COMMENT ON TYPE finding_source IS
'grounding: the quote or value does not stand in the chunk; no model was asked
parser: the answer could not be read
critic: the critic says so';

CREATE TYPE match_kind AS ENUM ('exact', 'normalised');
COMMENT ON TYPE match_kind IS
'exact: the quote stands in the document text as the generator wrote it
normalised: equal after folding of white space, quotes, hyphens and full-width forms';

CREATE TYPE extraction_status AS ENUM ('verified', 'unsettled', 'rejected');
COMMENT ON TYPE extraction_status IS
'verified: cited, and countersigned by the critic
unsettled: still doubted when the rounds were over
rejected: withdrawn, or its quote is not in the text';

CREATE TYPE cell_state AS ENUM ('found', 'absent', 'unsettled', 'failed');
COMMENT ON TYPE cell_state IS
'found: the chunk has at least one verified value of the field and nothing open
absent: the chunk was read for the field and says nothing of it
unsettled: something about the field is still doubted
failed: no usable answer; nobody may take this for absent';

CREATE TYPE review_decision AS ENUM ('accepted', 'corrected', 'rejected', 'gold_wrong', 'not_in_document', 'withdrawn');
COMMENT ON TYPE review_decision IS
'accepted: the value is right as it stands
corrected: the review carries the right value and quote
rejected: there is no such value
gold_wrong: the annotation it was compared with is wrong
not_in_document: the document has no value of the field at all
withdrawn: the decision that review.withdraws names is taken back';

CREATE TYPE review_item_kind AS ENUM ('value', 'passage', 'lost');
COMMENT ON TYPE review_item_kind IS
'value: a value of the run: is it right?
passage: words in which the critic believes that something of the field was overlooked
lost: a decision over an earlier run whose words do not stand in this reading: it has to be said again';

CREATE TYPE backfill_state AS ENUM ('planned', 'running', 'paused', 'done', 'cancelled');
COMMENT ON TYPE backfill_state IS
'planned: selected and estimated, nothing submitted
running: batches are being submitted
paused: nothing new is begun; what has begun may finish
done: no document is left to do
cancelled: stopped by a person for good';

CREATE TYPE backfill_document_state AS ENUM ('waiting', 'submitted', 'done', 'unchanged', 'refused', 'failed');
COMMENT ON TYPE backfill_document_state IS
'waiting: in no batch
submitted: in a batch that has not ended it
done: this backfill made its run
unchanged: it had been done with the same versions
refused: the reader refuses it, and quarantine says why; or the store withholds it, and the reason says why
failed: it could not be finished; the next `run` takes it up again';

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


-- ============================================================ what is read

CREATE TABLE document (
    document_id text NOT NULL,
    size_bytes  bigint NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT document_pkey PRIMARY KEY (document_id),
    CONSTRAINT document_id_is_sha256 CHECK (document_id ~ '^[0-9a-f]{64}$'),
    CONSTRAINT document_size_not_negative CHECK (size_bytes >= 0)
);
COMMENT ON TABLE document IS 'One content. The same bytes under two keys are one document.';
COMMENT ON COLUMN document.document_id IS 'SHA-256 of the bytes, hex.';

CREATE TABLE source (
    source_id      bigint GENERATED ALWAYS AS IDENTITY,
    bucket         text NOT NULL,
    key            text COLLATE "C" NOT NULL,
    object_version text COLLATE "C" NOT NULL,
    etag           text,
    size_bytes     bigint,
    document_id    text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    replaced_at    timestamptz,
    CONSTRAINT source_pkey PRIMARY KEY (source_id),
    CONSTRAINT source_recorded_once UNIQUE (bucket, key, object_version),
    CONSTRAINT source_document_fkey FOREIGN KEY (document_id) REFERENCES document
);
COMMENT ON TABLE source IS 'One version of one S3 object, and the content it held. Keys sort by bytes, as S3 lists them.';
COMMENT ON COLUMN source.object_version IS 'The S3 version id; the ETag where the bucket keeps no versions.';
COMMENT ON COLUMN source.document_id IS 'NULL: an attachment whose mail was read and that was not read itself yet.';
COMMENT ON COLUMN source.replaced_at IS 'When the key was first seen to hold another content; NULL: it does not, or that is unknown. Kept by a trigger of object.';
CREATE INDEX source_document_idx ON source (document_id, source_id DESC);
CREATE INDEX source_key_idx ON source (key);
CREATE INDEX source_created_idx ON source (created_at);
CREATE INDEX source_file_name_idx ON source (split_part(key, '/', -1));

CREATE TABLE object (
    bucket     text NOT NULL,
    key        text COLLATE "C" NOT NULL,
    etag       text NOT NULL,
    since      timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    gone_since timestamptz,
    withheld   withheld_reason,
    CONSTRAINT object_pkey PRIMARY KEY (bucket, key)
);
COMMENT ON TABLE object IS
'What a key of the bucket holds now, by the newest observation: a fetch or a listing. An older observation that is stored later changes
nothing. source has the history. An attachment follows its mail (object_key) and has no row.';
COMMENT ON COLUMN object.etag IS 'Of the content that is there, or was there last. source has it once it was fetched.';
COMMENT ON COLUMN object.since IS 'When this content was first seen there, or seen again after another one or none.';
COMMENT ON COLUMN object.seen_at IS 'The moment of the newest observation that changed something; a listing that finds what is known writes nothing.';
COMMENT ON COLUMN object.gone_since IS 'When the key was first seen to be deleted; NULL: it is there.';
COMMENT ON COLUMN object.withheld IS 'Why the store does not give the bytes; NULL: it does, or was not asked.';
CREATE INDEX object_withheld_idx ON object (bucket, key) WHERE withheld IS NOT NULL AND gone_since IS NULL;

CREATE FUNCTION object_key(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN strpos(key, '!/') = 0 THEN key
    WHEN substr(key, length(substring(key FROM '(?i)^(.+?\.(?:eml|msg))!/.')) + 3) ~ '^[^/]+(!/[^/]+)*$'
        THEN substring(key FROM '(?i)^(.+?\.(?:eml|msg))!/.')
    ELSE key END;
COMMENT ON FUNCTION object_key IS
'The key of the object that holds a document: of an attachment (MAIL!/NAME) its mail''s. The same rule as tasks/core/reading/mail/part_keys.py.';

CREATE FUNCTION object_replaces() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE source SET replaced_at = CASE WHEN coalesce(source.etag, source.object_version) <> NEW.etag THEN NEW.since END
    WHERE source.bucket = NEW.bucket
      AND (source.key = NEW.key OR (source.key >= NEW.key || '!/' AND source.key < NEW.key || '!0' AND object_key(source.key) = NEW.key))
      AND (coalesce(source.etag, source.object_version) = NEW.etag) = (source.replaced_at IS NOT NULL);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION object_replaces IS 'Notes at the versions of a key, and of the attachments of a mail, when they were replaced, and that one is there again.';
CREATE TRIGGER object_replaces AFTER UPDATE OF etag ON object
    FOR EACH ROW WHEN (NEW.etag <> OLD.etag) EXECUTE FUNCTION object_replaces();

CREATE TABLE quarantine (
    quarantine_id  bigint GENERATED ALWAYS AS IDENTITY,
    source_id      bigint NOT NULL,
    reader_version text NOT NULL,
    code           text NOT NULL,
    message        text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT quarantine_pkey PRIMARY KEY (quarantine_id),
    CONSTRAINT quarantine_said_once UNIQUE (source_id, reader_version),
    CONSTRAINT quarantine_source_fkey FOREIGN KEY (source_id) REFERENCES source
);
COMMENT ON TABLE quarantine IS 'An object version that one reader version refused, and why. A newer reader may try again.';
COMMENT ON COLUMN quarantine.message IS 'What a person reads. Never contract text.';
CREATE INDEX quarantine_created_idx ON quarantine (created_at);

CREATE TABLE reading (
    reading_id     bigint GENERATED ALWAYS AS IDENTITY,
    document_id    text NOT NULL,
    reader_version text NOT NULL,
    status         reading_status NOT NULL,
    reason         text,
    flags          text[] NOT NULL,
    n_pages        integer NOT NULL,
    text           text NOT NULL,
    chunker        jsonb NOT NULL,
    content_digest bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    extras         jsonb NOT NULL DEFAULT '[]',
    marks          jsonb NOT NULL DEFAULT '[]',
    corrections    jsonb NOT NULL DEFAULT '[]',
    agreements     jsonb NOT NULL DEFAULT '[]',
    cells          jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT reading_pkey PRIMARY KEY (reading_id),
    CONSTRAINT reading_once_per_version UNIQUE (document_id, reader_version),
    CONSTRAINT reading_document_fkey FOREIGN KEY (document_id) REFERENCES document
);
COMMENT ON TABLE reading IS 'What one version of reader and chunker saw in a document.';
COMMENT ON COLUMN reading.text IS 'The document text: page texts in reading order. Nothing is ever deleted from it, lines are only tagged.';
COMMENT ON COLUMN reading.chunker IS 'The settings the chunks were cut with.';
COMMENT ON COLUMN reading.content_digest IS 'SHA-256 over everything that was read and cut: the same version may not see two things in one document.';
COMMENT ON COLUMN reading.extras IS '[[kind, page_number, name, text], ...]; kind: form_value, annotation or attachment. Listed, never part of the text.';
COMMENT ON COLUMN reading.marks IS
'[[start, end, kind], ...] in order: ranges of the text that are not plain text on the page. kind: hidden, covered, layer_off, struck, blank,
inserted, filled_in, redaction, replaced or unticked. Readings older than reader-6 know hidden alone.';
COMMENT ON COLUMN reading.corrections IS '[[start, end, code point], ...]: where the text says what a reader sees and the file has another letter, in order.';
COMMENT ON COLUMN reading.agreements IS '[[start, end, title, page_number], ...] in order, without gaps: the agreements of a file that holds several.';
COMMENT ON COLUMN reading.cells IS '[[start, end, column, row], ...] in order: cells of tables with the head of their column and the label of their row.';

CREATE TABLE page (
    reading_id  bigint NOT NULL,
    page_number integer NOT NULL,
    start_char  integer NOT NULL,
    end_char    integer NOT NULL,
    status      page_status NOT NULL,
    lines       jsonb NOT NULL,
    CONSTRAINT page_pkey PRIMARY KEY (reading_id, page_number),
    CONSTRAINT page_reading_fkey FOREIGN KEY (reading_id) REFERENCES reading,
    CONSTRAINT page_number_from_one CHECK (page_number >= 1),
    CONSTRAINT page_range_in_order CHECK (0 <= start_char AND start_char <= end_char)
);
COMMENT ON COLUMN page.lines IS '[[start, end, tag, x0, y0, x1, y1, font_size], ...] in reading order; tag: body, note or running; PDF points.';

CREATE TABLE footnote (
    footnote_id      bigint GENERATED ALWAYS AS IDENTITY,
    reading_id       bigint NOT NULL,
    footnote_index   integer NOT NULL,
    marker           text NOT NULL,
    spans            jsonb NOT NULL,
    page_number      integer NOT NULL,
    last_page_number integer NOT NULL,
    cited_at         jsonb NOT NULL,
    confidence       double precision NOT NULL,
    CONSTRAINT footnote_pkey PRIMARY KEY (footnote_id),
    CONSTRAINT footnote_once UNIQUE (reading_id, footnote_index),
    CONSTRAINT footnote_reading_fkey FOREIGN KEY (reading_id) REFERENCES reading,
    CONSTRAINT footnote_pages_in_order CHECK (page_number <= last_page_number)
);
COMMENT ON COLUMN footnote.cited_at IS '[[start, end, page_number], ...]: the markers in the body that cite the note. Empty: none was found.';

CREATE TABLE chunk (
    chunk_id       bigint GENERATED ALWAYS AS IDENTITY,
    reading_id     bigint NOT NULL,
    chunk_index    integer NOT NULL,
    kind           chunk_kind NOT NULL,
    footnote_id    bigint,
    passages       jsonb NOT NULL,
    lead_in        text NOT NULL,
    context_before text NOT NULL,
    context_after  text NOT NULL,
    headings       text[] NOT NULL,
    position       double precision NOT NULL,
    cells          jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT chunk_pkey PRIMARY KEY (chunk_id),
    CONSTRAINT chunk_once UNIQUE (reading_id, chunk_index),
    CONSTRAINT chunk_reading_fkey FOREIGN KEY (reading_id) REFERENCES reading,
    CONSTRAINT chunk_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote
);
COMMENT ON TABLE chunk IS 'What a model sees at once. Nothing may be extracted from lead_in and the contexts.';
COMMENT ON COLUMN chunk.footnote_id IS 'Of a note chunk: its note.';
COMMENT ON COLUMN chunk.passages IS '[{kind, text, footnote_index, segments: [[start, doc_start, length], ...]}, ...]; the first is the chunk''s own text.';
COMMENT ON COLUMN chunk.lead_in IS 'Of a note chunk: the sentence that cites the note.';
COMMENT ON COLUMN chunk.cells IS '[[start, end, column, row], ...]: the cells of tables that lie in the chunk, as in reading.cells.';
CREATE INDEX chunk_footnote_idx ON chunk (footnote_id) WHERE footnote_id IS NOT NULL;


-- ============================================================ what is asked, and of whom

CREATE TABLE schema_version (
    schema_version_id text NOT NULL,
    name              text NOT NULL,
    field_names       text[] NOT NULL,
    definition        jsonb NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_version_pkey PRIMARY KEY (schema_version_id),
    CONSTRAINT schema_version_id_is_sha256 CHECK (schema_version_id ~ '^[0-9a-f]{64}$')
);
COMMENT ON COLUMN schema_version.schema_version_id IS 'The schema''s digest: any change of wording is another version.';
CREATE INDEX schema_version_name_idx ON schema_version (name, created_at DESC);

CREATE TABLE model_version (
    model_version_id bigint GENERATED ALWAYS AS IDENTITY,
    kind             model_kind NOT NULL,
    name             text NOT NULL,
    version          text NOT NULL,
    details          jsonb NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT model_version_pkey PRIMARY KEY (model_version_id),
    CONSTRAINT model_version_once UNIQUE (kind, name, version)
);
COMMENT ON COLUMN model_version.version IS 'The served version and, for native models, the first digits of the weights'' SHA-256.';
COMMENT ON COLUMN model_version.details IS 'What the model says of itself: weights, trained fields.';

CREATE TABLE backfill (
    backfill_id bigint GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    state       backfill_state NOT NULL DEFAULT 'planned',
    selection   jsonb NOT NULL,
    n_documents integer NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    forecast    jsonb NOT NULL DEFAULT '{}',
    reason      text,
    n_batches   integer NOT NULL DEFAULT 0,
    started_at  timestamptz,
    CONSTRAINT backfill_pkey PRIMARY KEY (backfill_id),
    CONSTRAINT backfill_name_once UNIQUE (name)
);
COMMENT ON COLUMN backfill.selection IS 'What was asked for, as it was asked.';
COMMENT ON COLUMN backfill.forecast IS 'What the plan expected: counts, and each quantity with its interval.';
COMMENT ON COLUMN backfill.reason IS 'Why it is paused or was cancelled, for a person; NULL: somebody wanted it so.';
COMMENT ON COLUMN backfill.n_batches IS 'How many batches were numbered so far.';


-- ============================================================ runs

CREATE TABLE run (
    run_id            uuid NOT NULL DEFAULT gen_random_uuid(),
    run_key           text NOT NULL,
    attempt           integer NOT NULL,
    state             run_state NOT NULL DEFAULT 'running',
    document_id       text NOT NULL,
    reading_id        bigint,
    schema_version_id text NOT NULL,
    schema_name       text NOT NULL,
    generator_id      bigint NOT NULL,
    critic_id         bigint,
    reader_version    text NOT NULL,
    max_rounds        integer NOT NULL,
    backfill_id       bigint,
    flow_run_id       text,
    error_code        text,
    summary           jsonb NOT NULL DEFAULT '{}',
    trail_length      integer NOT NULL DEFAULT 0,
    trail_hash        bytea,
    created_at        timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz,
    promise           double precision,
    n_review_items    integer,
    run_number        bigint NOT NULL,
    prev_run_hash     bytea NOT NULL,
    run_hash          bytea NOT NULL,
    CONSTRAINT run_pkey PRIMARY KEY (run_id),
    CONSTRAINT run_not_done_twice UNIQUE (run_key, attempt),
    CONSTRAINT run_number_once UNIQUE (run_number),
    CONSTRAINT run_document_fkey FOREIGN KEY (document_id) REFERENCES document,
    CONSTRAINT run_reading_fkey FOREIGN KEY (reading_id) REFERENCES reading,
    CONSTRAINT run_schema_version_fkey FOREIGN KEY (schema_version_id) REFERENCES schema_version,
    CONSTRAINT run_generator_fkey FOREIGN KEY (generator_id) REFERENCES model_version,
    CONSTRAINT run_critic_fkey FOREIGN KEY (critic_id) REFERENCES model_version,
    CONSTRAINT run_backfill_fkey FOREIGN KEY (backfill_id) REFERENCES backfill,
    CONSTRAINT run_attempt_from_one CHECK (attempt >= 1),
    CONSTRAINT run_failed_says_why CHECK (state <> 'failed' OR error_code IS NOT NULL),
    CONSTRAINT run_over_says_when CHECK (state = 'running' OR finished_at IS NOT NULL)
);
COMMENT ON TABLE run IS 'One pass over one document with one schema and one set of models.';
COMMENT ON COLUMN run.run_key IS 'SHA-256 over document, schema, generator, critic, reader version, rounds and promise: two runs with one key would give one result.';
COMMENT ON COLUMN run.attempt IS '1 unless forced: so an unforced second run of the same key breaks run_not_done_twice. A forced one takes the next number.';
COMMENT ON COLUMN run.reading_id IS 'NULL until the first round is stored.';
COMMENT ON COLUMN run.promise IS 'The share of verified values of fields without a trained head that must be right; NULL: nothing was promised.';
COMMENT ON COLUMN run.n_review_items IS 'Questions to a person that its end made; NULL: none were made yet, as of runs older than the review.';
COMMENT ON COLUMN run.run_number IS 'Its place in the chain of runs, without gaps, in the order in which they began.';
COMMENT ON COLUMN run.run_hash IS 'SHA-256 over prev_run_hash and what identifies the run: a run that is missing shows.';
COMMENT ON COLUMN run.trail_length IS 'Rows of the trail so far; kept by trigger, so that a row missing at the end shows.';
COMMENT ON COLUMN run.trail_hash IS 'row_hash of the newest row of the trail.';
CREATE UNIQUE INDEX run_one_open_per_key ON run (run_key) WHERE state IN ('running', 'failed');
CREATE UNIQUE INDEX run_one_done_per_key ON run (run_key) WHERE state = 'done';
CREATE INDEX run_current_idx ON run (document_id, schema_name, finished_at DESC) WHERE state = 'done';
CREATE INDEX run_document_idx ON run (document_id, created_at DESC) INCLUDE (state, schema_name);
CREATE INDEX run_finished_idx ON run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX run_unfinished_idx ON run (state, created_at) WHERE state IN ('running', 'failed');
CREATE INDEX run_backfill_idx ON run (backfill_id) WHERE backfill_id IS NOT NULL;
CREATE INDEX run_flow_run_idx ON run (flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX run_unasked_idx ON run (finished_at DESC) WHERE state = 'done' AND n_review_items IS NULL;

CREATE TABLE backfill_document (
    backfill_id    bigint NOT NULL,
    position       integer NOT NULL,
    key            text COLLATE "C" NOT NULL,
    document_id    text,
    n_pages        integer,
    is_current     boolean NOT NULL,
    earlier_run_id uuid,
    state          backfill_document_state NOT NULL DEFAULT 'waiting',
    batch_number   integer,
    n_batches      integer NOT NULL DEFAULT 0,
    run_id         uuid,
    reason         text,
    ended_at       timestamptz,
    CONSTRAINT backfill_document_pkey PRIMARY KEY (backfill_id, position),
    CONSTRAINT backfill_document_chosen_once UNIQUE (backfill_id, key),
    CONSTRAINT backfill_document_backfill_fkey FOREIGN KEY (backfill_id) REFERENCES backfill,
    CONSTRAINT backfill_document_earlier_run_fkey FOREIGN KEY (earlier_run_id) REFERENCES run,
    CONSTRAINT backfill_document_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT backfill_document_submitted_in_a_batch CHECK (state <> 'submitted' OR batch_number IS NOT NULL),
    CONSTRAINT backfill_document_over_says_when CHECK ((state IN ('waiting', 'submitted')) = (ended_at IS NULL))
);
COMMENT ON TABLE backfill_document IS 'One object that a backfill was planned for, and how far it has come.';
COMMENT ON COLUMN backfill_document.document_id IS 'As it was known when the plan was made; NULL: seen in the listing, never fetched.';
COMMENT ON COLUMN backfill_document.n_pages IS 'NULL until it was read.';
COMMENT ON COLUMN backfill_document.is_current IS 'When the plan was made it was done with the versions of that day: unless forced, nothing will be asked about it.';
COMMENT ON COLUMN backfill_document.earlier_run_id IS 'The newest done run when the plan was made: what `backfill diff` compares with.';
COMMENT ON COLUMN backfill_document.n_batches IS 'In how many batches it was: one that kills its worker is given up after some.';
CREATE INDEX backfill_document_waiting_idx ON backfill_document (backfill_id, position) WHERE state = 'waiting';
CREATE INDEX backfill_document_batch_idx ON backfill_document (backfill_id, batch_number) WHERE batch_number IS NOT NULL;
CREATE INDEX backfill_document_state_idx ON backfill_document (backfill_id, state) INCLUDE (n_pages);
CREATE INDEX backfill_document_run_idx ON backfill_document (run_id) WHERE run_id IS NOT NULL;


-- ============================================================ the trail: append-only, chained by hash

CREATE TABLE generation (
    generation_id  bigint GENERATED ALWAYS AS IDENTITY,
    run_id         uuid NOT NULL,
    chunk_id       bigint NOT NULL,
    round_number   integer NOT NULL,
    stage          generation_stage NOT NULL,
    model          text NOT NULL,
    raw            text NOT NULL,
    raw_digest     bytea NOT NULL,
    latency_ms     double precision NOT NULL,
    tokens_in      integer,
    tokens_out     integer,
    error          text,
    trail_position integer NOT NULL,
    prev_hash      bytea NOT NULL,
    row_hash       bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    repairs        text[],
    tokens_by      token_source,
    CONSTRAINT generation_pkey PRIMARY KEY (generation_id),
    CONSTRAINT generation_once_per_round UNIQUE (run_id, chunk_id, round_number, stage),
    CONSTRAINT generation_position_once UNIQUE (run_id, trail_position),
    CONSTRAINT generation_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT generation_chunk_fkey FOREIGN KEY (chunk_id) REFERENCES chunk,
    CONSTRAINT generation_round_from_one CHECK (round_number >= 1),
    CONSTRAINT generation_digest_is_of_raw CHECK (raw_digest = sha256(convert_to(raw, 'UTF8')) OR raw = '')
);
COMMENT ON TABLE generation IS 'Every raw answer of a model, as it came. An answer is never dropped.';
COMMENT ON COLUMN generation.error IS 'A code when the model gave no answer; raw is then empty, or what had come before it broke off. budget_...: it was not asked, because that budget had ended.';
COMMENT ON COLUMN generation.tokens_by IS 'Who counted the tokens, the least certain where there were several calls; NULL: none, as with native models.';
COMMENT ON COLUMN generation.repairs IS 'What had to be mended before the answer could be read, in order; NULL: nothing.';
COMMENT ON COLUMN generation.raw_digest IS 'SHA-256 of raw. The chain covers this and not raw itself, so that a text can be erased where the law asks and the chain still holds.';

CREATE TABLE finding (
    finding_id      bigint GENERATED ALWAYS AS IDENTITY,
    run_id          uuid NOT NULL,
    chunk_id        bigint NOT NULL,
    round_number    integer NOT NULL,
    kind            finding_kind NOT NULL,
    source          finding_source NOT NULL,
    field           text,
    candidate_index integer,
    quote           text NOT NULL,
    quote_digest    bytea NOT NULL,
    spans           jsonb,
    pages           integer[],
    footnote_id     bigint,
    match           match_kind,
    score           double precision NOT NULL,
    reason          text NOT NULL,
    trail_position  integer NOT NULL,
    prev_hash       bytea NOT NULL,
    row_hash        bytea NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    part            text,
    CONSTRAINT finding_pkey PRIMARY KEY (finding_id),
    CONSTRAINT finding_position_once UNIQUE (run_id, trail_position),
    CONSTRAINT finding_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT finding_chunk_fkey FOREIGN KEY (chunk_id) REFERENCES chunk,
    CONSTRAINT finding_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote,
    CONSTRAINT finding_digest_is_of_quote CHECK (quote_digest = sha256(convert_to(quote, 'UTF8')) OR quote = ''),
    CONSTRAINT finding_citation_whole CHECK (num_nonnulls(spans, pages, match) IN (0, 3))
);
COMMENT ON COLUMN finding.field IS 'NULL: the answer as a whole.';
COMMENT ON COLUMN finding.candidate_index IS 'Which item of the round''s answer; NULL for what is missing or malformed.';
COMMENT ON COLUMN finding.part IS 'Which part of a record it is about; NULL: the whole candidate.';
CREATE INDEX finding_chunk_idx ON finding (run_id, chunk_id, round_number);

CREATE TABLE seal (
    seal_id        bigint GENERATED ALWAYS AS IDENTITY,
    run_id         uuid NOT NULL,
    facts          jsonb NOT NULL,
    trail_position integer NOT NULL,
    prev_hash      bytea NOT NULL,
    row_hash       bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seal_pkey PRIMARY KEY (seal_id),
    CONSTRAINT seal_once_per_run UNIQUE (run_id),
    CONSTRAINT seal_position_once UNIQUE (run_id, trail_position),
    CONSTRAINT seal_run_fkey FOREIGN KEY (run_id) REFERENCES run
);
COMMENT ON TABLE seal IS 'The end of a run in its trail: what identifies it, and digests of its values, its coverage and of what it read.';
COMMENT ON COLUMN seal.facts IS
'{"run": {...}, "summary": digest, "reading": digest, "values": {extraction_id: "digest digest"}, "cells": {chunk_id: "digest digest"}}. Of two digests the
first covers what stays when words are erased, the second the words.';


-- ============================================================ results

CREATE TABLE extraction (
    extraction_id bigint GENERATED ALWAYS AS IDENTITY,
    run_id        uuid NOT NULL,
    chunk_id      bigint NOT NULL,
    generation_id bigint NOT NULL,
    field         text NOT NULL,
    status        extraction_status NOT NULL,
    value         text NOT NULL,
    quote         text NOT NULL,
    spans         jsonb,
    pages         integer[],
    footnote_id   bigint,
    match         match_kind,
    round_number  integer NOT NULL,
    score         double precision,
    reason        text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    normal        text,
    parts         jsonb,
    places        jsonb,
    CONSTRAINT extraction_pkey PRIMARY KEY (extraction_id),
    CONSTRAINT extraction_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT extraction_chunk_fkey FOREIGN KEY (chunk_id) REFERENCES chunk,
    CONSTRAINT extraction_generation_fkey FOREIGN KEY (generation_id) REFERENCES generation,
    CONSTRAINT extraction_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote,
    CONSTRAINT extraction_citation_whole CHECK (num_nonnulls(spans, pages, match) IN (0, 3)),
    CONSTRAINT extraction_cited_unless_rejected CHECK (
        status = 'rejected' OR (spans IS NOT NULL AND jsonb_array_length(spans) > 0 AND cardinality(pages) > 0)
    ),
    CONSTRAINT extraction_verified_without_but CHECK (status <> 'verified' OR reason = '')
);
COMMENT ON COLUMN extraction.quote IS 'Exactly the document text of its spans.';
COMMENT ON COLUMN extraction.generation_id IS 'The answer in which the value first stood.';
COMMENT ON COLUMN extraction.parts IS 'Of a record: [{"name", "value", "normal", "quote", "spans", "pages", "footnote_id", "match"}, ...]; NULL: no record.';
COMMENT ON COLUMN extraction.normal IS 'The value in its type''s normal form (ISO 8601, ISO 4217); NULL where it cannot be told for sure.';
COMMENT ON COLUMN extraction.places IS 'Where else the document says the value: [{"spans", "pages", "footnote_id", "match"}, ...]; NULL: nowhere else.';
COMMENT ON COLUMN extraction.score IS 'The critic''s probability that the value is right; less where other values of its field compete with it.';
CREATE INDEX extraction_field_idx ON extraction (field, status, created_at DESC);
-- By hash, because a value may be longer than an index row; not md5, which a server in FIPS mode has not.
CREATE UNIQUE INDEX extraction_found_once ON extraction (run_id, field, hashtextextended(value, 0), jsonb_hash_extended(spans, 0));

CREATE TABLE coverage (
    run_id   uuid NOT NULL,
    chunk_id bigint NOT NULL,
    field    text NOT NULL,
    state    cell_state NOT NULL,
    reason   text NOT NULL,
    CONSTRAINT coverage_pkey PRIMARY KEY (run_id, chunk_id, field),
    CONSTRAINT coverage_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT coverage_chunk_fkey FOREIGN KEY (chunk_id) REFERENCES chunk
);
COMMENT ON TABLE coverage IS 'One cell for every chunk and field of a run. A run cannot be done while one is missing.';
CREATE INDEX coverage_open_idx ON coverage (run_id, state) WHERE state IN ('unsettled', 'failed');

CREATE TABLE review (
    review_id      bigint GENERATED ALWAYS AS IDENTITY,
    run_id         uuid NOT NULL,
    chunk_id       bigint NOT NULL,
    field          text NOT NULL,
    extraction_id  bigint,
    decision       review_decision NOT NULL,
    value          text,
    quote          text,
    spans          jsonb,
    reviewer       text NOT NULL,
    reason         text NOT NULL,
    trail_position integer NOT NULL,
    prev_hash      bytea NOT NULL,
    row_hash       bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    item_id        bigint,
    withdraws      bigint,
    carried_from   bigint,
    shown          jsonb,
    normal         text,
    pages          integer[],
    footnote_id    bigint,
    asked_with     bigint,
    CONSTRAINT review_pkey PRIMARY KEY (review_id),
    CONSTRAINT review_position_once UNIQUE (run_id, trail_position),
    CONSTRAINT review_cell_fkey FOREIGN KEY (run_id, chunk_id, field) REFERENCES coverage,
    CONSTRAINT review_extraction_fkey FOREIGN KEY (extraction_id) REFERENCES extraction,
    CONSTRAINT review_corrected_has_value CHECK ((decision = 'corrected') = (value IS NOT NULL)),
    CONSTRAINT review_withdraws_fkey FOREIGN KEY (withdraws) REFERENCES review,
    CONSTRAINT review_carried_from_fkey FOREIGN KEY (carried_from) REFERENCES review,
    CONSTRAINT review_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote,
    CONSTRAINT review_withdrawal_says_of_what CHECK ((decision = 'withdrawn') = (withdraws IS NOT NULL))
);
COMMENT ON TABLE review IS 'A person''s decision over one value, or over a cell that has none.';
COMMENT ON COLUMN review.spans IS 'Of a correction, where the right words stand; of a decision that was carried over to a cell without the value, where the judged ones stand.';
COMMENT ON COLUMN review.item_id IS 'The question that was answered; NULL: it was not asked, as before there was a queue.';
COMMENT ON COLUMN review.withdraws IS 'Of a withdrawal: the decision that is taken back.';
COMMENT ON COLUMN review.carried_from IS 'The decision as the person made it, over an earlier run of the same document and schema; NULL: this is it.';
COMMENT ON COLUMN review.shown IS 'What the person saw: {"kind", "status", "value", "quote", "spans", "score", "worth", "via", "others"}.';
COMMENT ON COLUMN review.normal IS 'Of a correction: its value in the normal form of the field''s type; NULL where it cannot be told for sure.';
COMMENT ON COLUMN review.asked_with IS 'Of a further value that a decision named: the question that was answered. It holds as long as no other decision about that question follows.';
CREATE INDEX review_extraction_idx ON review (extraction_id) WHERE extraction_id IS NOT NULL;
CREATE INDEX review_cell_idx ON review (chunk_id, field);
CREATE INDEX review_item_idx ON review (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX review_asked_with_idx ON review (asked_with) WHERE asked_with IS NOT NULL;
CREATE INDEX review_carried_idx ON review (carried_from) WHERE carried_from IS NOT NULL;
CREATE UNIQUE INDEX review_withdrawn_once ON review (withdraws) WHERE withdraws IS NOT NULL;

CREATE TABLE review_item (
    item_id           bigint GENERATED ALWAYS AS IDENTITY,
    run_id            uuid NOT NULL,
    document_id       text NOT NULL,
    schema_name       text NOT NULL,
    schema_version_id text NOT NULL,
    chunk_id          bigint NOT NULL,
    field             text NOT NULL,
    kind              review_item_kind NOT NULL,
    extraction_id     bigint,
    lost_review_id    bigint,
    spans             jsonb,
    pages             integer[],
    footnote_id       bigint,
    status            extraction_status,
    score             double precision,
    worth             double precision NOT NULL,
    reason            text NOT NULL,
    others            bigint[],
    question          jsonb,
    expected          double precision,
    gained            double precision,
    is_open           boolean NOT NULL DEFAULT true,
    claimed_by        text,
    claimed_until     timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT review_item_pkey PRIMARY KEY (item_id),
    CONSTRAINT review_item_cell_fkey FOREIGN KEY (run_id, chunk_id, field) REFERENCES coverage,
    CONSTRAINT review_item_extraction_fkey FOREIGN KEY (extraction_id) REFERENCES extraction,
    CONSTRAINT review_item_lost_review_fkey FOREIGN KEY (lost_review_id) REFERENCES review,
    CONSTRAINT review_item_footnote_fkey FOREIGN KEY (footnote_id) REFERENCES footnote,
    CONSTRAINT review_item_place_whole CHECK (num_nonnulls(spans, pages) IN (0, 2)),
    CONSTRAINT review_item_value_has_its_value CHECK ((kind = 'value') = (extraction_id IS NOT NULL)),
    CONSTRAINT review_item_lost_names_its_decision CHECK ((kind = 'lost') = (lost_review_id IS NOT NULL)),
    CONSTRAINT review_item_others_beside_a_value CHECK (others IS NULL OR kind = 'value'),
    CONSTRAINT review_item_question_is_expected CHECK (question IS NOT NULL OR num_nonnulls(expected, gained) = 0),
    CONSTRAINT review_item_claim_ends CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
) WITH (fillfactor = 80);
COMMENT ON TABLE review_item IS 'One question to a person about a run. No evidence: everything but the claims can be made again from the run and its reviews.';
COMMENT ON COLUMN review_item.lost_review_id IS 'Of a lost decision: that decision.';
COMMENT ON COLUMN review_item.status IS 'Of a value: what the run made of it.';
COMMENT ON COLUMN review_item.score IS 'The critic''s probability that the value is right; of a passage, that something in it was overlooked.';
COMMENT ON COLUMN review_item.worth IS 'What is gained by asking, higher first.';
COMMENT ON COLUMN review_item.reason IS 'Why it is asked: a code, such as doubtful or overlooked.';
COMMENT ON COLUMN review_item.others IS 'Of a doubted value: further values that the question shows. They are decided with it where they share words with it.';
COMMENT ON COLUMN review_item.question IS 'What its worth follows from: {"kind": verified, doubted or passage, "signals": what the models said, "places": [[[start, end], ...], ...]}; NULL: its worth stays as it is.';
COMMENT ON COLUMN review_item.expected IS 'What an answer is expected to gain, in values found, before experience; worth is that times the factor of review_experience.';
COMMENT ON COLUMN review_item.gained IS 'What its decision gained; NULL: undecided, carried over, or nothing is learned from it.';
COMMENT ON COLUMN review_item.is_open IS 'Kept by triggers: closed by a decision, by the end of a newer run of document and schema, and when the run is superseded; opened again when the decision is withdrawn.';
CREATE INDEX review_item_worth_idx ON review_item (worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_schema_idx ON review_item (schema_name, worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_field_idx ON review_item (field, worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_document_idx ON review_item (document_id, worth DESC, item_id) WHERE is_open;
CREATE INDEX review_item_created_idx ON review_item (created_at) WHERE is_open;
CREATE INDEX review_item_run_idx ON review_item (run_id);

CREATE TABLE review_experience (
    schema_name text NOT NULL,
    field       text NOT NULL,
    kind        text NOT NULL,
    expected    double precision NOT NULL,
    gained      double precision NOT NULL,
    CONSTRAINT review_experience_pkey PRIMARY KEY (schema_name, field, kind)
);
COMMENT ON TABLE review_experience IS 'What decisions were expected to gain and what they gained, by field and kind of question. Sums over review_item, kept by who decides.';
COMMENT ON COLUMN review_experience.kind IS 'verified, doubted or passage.';

ALTER TABLE review
    ADD CONSTRAINT review_item_fkey FOREIGN KEY (item_id) REFERENCES review_item,
    ADD CONSTRAINT review_asked_with_fkey FOREIGN KEY (asked_with) REFERENCES review_item;


-- ============================================================ what left the house

CREATE TABLE delivery (
    delivery_id  bigint GENERATED ALWAYS AS IDENTITY,
    log_number   bigint NOT NULL,
    place        text NOT NULL,
    bucket       text NOT NULL,
    key          text COLLATE "C" NOT NULL,
    schema_name  text NOT NULL,
    state        version_state NOT NULL,
    since        timestamptz NOT NULL,
    document_id  text NOT NULL,
    run_id       uuid NOT NULL,
    revision     integer NOT NULL,
    object_key   text NOT NULL,
    n_values     integer NOT NULL,
    sha256       text NOT NULL,
    supersedes   bigint,
    is_newest    boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    announced_at timestamptz,
    CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id),
    CONSTRAINT delivery_document_fkey FOREIGN KEY (document_id) REFERENCES document,
    CONSTRAINT delivery_run_fkey FOREIGN KEY (run_id) REFERENCES run,
    CONSTRAINT delivery_supersedes_fkey FOREIGN KEY (supersedes) REFERENCES delivery,
    CONSTRAINT delivery_sha256_is_hex CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE delivery IS
'One file of values that was written to the results prefix, or the word that such a file is not current any more. What differs between its
newest rows and the present is due.';
COMMENT ON COLUMN delivery.log_number IS 'The file of the log that names it, from 1 in each place; one writer at a time.';
COMMENT ON COLUMN delivery.place IS 'The results prefix, as s3://BUCKET/PREFIX/: another one is delivered to anew.';
COMMENT ON COLUMN delivery.state IS 'current: its values were delivered; deleted or replaced: the document that they are of is not there any more.';
COMMENT ON COLUMN delivery.since IS 'Since when the key was seen to be so.';
COMMENT ON COLUMN delivery.revision IS 'run.trail_length: another decision of a person makes another revision.';
COMMENT ON COLUMN delivery.object_key IS 'The key of the file of values below the prefix; if not current, of the one that is withdrawn.';
COMMENT ON COLUMN delivery.sha256 IS 'Of the bytes of that file.';
COMMENT ON COLUMN delivery.supersedes IS 'The delivery before of the same key and schema; NULL: the first.';
COMMENT ON COLUMN delivery.is_newest IS 'Whether no other delivery supersedes it.';
COMMENT ON COLUMN delivery.announced_at IS 'When its file of the log was written; NULL: not yet, the next delivery begins with it.';
CREATE UNIQUE INDEX delivery_newest ON delivery (place, bucket, key, schema_name) WHERE is_newest;
CREATE INDEX delivery_supersedes_idx ON delivery (supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX delivery_document_idx ON delivery (document_id);
CREATE INDEX delivery_run_idx ON delivery (run_id);
CREATE INDEX delivery_log_idx ON delivery (place, log_number);
CREATE INDEX delivery_unannounced_idx ON delivery (place, log_number) WHERE announced_at IS NULL;


-- ============================================================ the chain
-- Every row of generation, finding, review and seal stands in one chain per run: row_hash = sha256(prev_hash || the row as JSON).
-- The triggers fill it in, so that no code path can forget it; what a client sends in these columns is overwritten.

CREATE FUNCTION trail_digest(entry anyelement, prev_hash bytea) RETURNS bytea
LANGUAGE sql STABLE
SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET search_path = public, pg_temp
AS $$
    SELECT sha256(prev_hash || convert_to(
        (jsonb_strip_nulls(line) - 'row_hash' - 'raw' - CASE WHEN line ? 'quote_digest' THEN 'quote' ELSE '' END)::text, 'UTF8'))
    FROM to_jsonb(entry) AS line
$$;
COMMENT ON FUNCTION trail_digest IS
'The hash of one row of the trail. Canonical form: the row as jsonb without row_hash, with raw_digest and quote_digest standing for
their texts, and without NULLs, so that a column added later does not change old hashes. The settings are fixed because they would
change the JSON.';

CREATE FUNCTION trail_genesis(run_id uuid) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
AS $$ SELECT sha256(convert_to('countersign run ' || run_id::text, 'UTF8')) $$;
COMMENT ON FUNCTION trail_genesis IS 'What the first row of a run has as its predecessor''s hash: a chain cannot be moved to another run.';

CREATE FUNCTION trail_append() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    newest record;
BEGIN
    -- One writer at a time per run, until its transaction ends: two could otherwise take the same predecessor.
    PERFORM pg_advisory_xact_lock(hashtextextended('trail ' || NEW.run_id::text, 0));
    SELECT entry.trail_position, entry.row_hash INTO newest FROM (
        (SELECT g.trail_position, g.row_hash FROM generation g WHERE g.run_id = NEW.run_id ORDER BY g.trail_position DESC LIMIT 1)
        UNION ALL
        (SELECT f.trail_position, f.row_hash FROM finding f WHERE f.run_id = NEW.run_id ORDER BY f.trail_position DESC LIMIT 1)
        UNION ALL
        (SELECT s.trail_position, s.row_hash FROM seal s WHERE s.run_id = NEW.run_id)
        UNION ALL
        (SELECT r.trail_position, r.row_hash FROM review r WHERE r.run_id = NEW.run_id ORDER BY r.trail_position DESC LIMIT 1)
    ) entry ORDER BY entry.trail_position DESC LIMIT 1;
    NEW.trail_position := coalesce(newest.trail_position, 0) + 1;
    NEW.prev_hash := coalesce(newest.row_hash, trail_genesis(NEW.run_id));
    NEW.row_hash := trail_digest(NEW, NEW.prev_hash);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION trail_append IS 'Links a new row to the newest row of its run''s trail.';

CREATE FUNCTION trail_anchor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE run SET trail_length = newest.trail_position, trail_hash = newest.row_hash
    FROM (SELECT DISTINCT ON (run_id) run_id, trail_position, row_hash FROM added ORDER BY run_id, trail_position DESC) newest
    WHERE run.run_id = newest.run_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION trail_anchor IS 'Notes the trail''s length and newest hash in run, so that rows cut off its end show.';

CREATE FUNCTION trail_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    -- An erasure takes words out of rows. Who may not update the table gains nothing by the setting.
    IF TG_OP = 'UPDATE' AND current_setting('countersign.erasing', true) = 'yes'
       AND TG_TABLE_NAME NOT IN ('seal', 'checkpoint', 'checkpoint_entry', 'erasure') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused: the trail is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;

CREATE TRIGGER generation_append BEFORE INSERT ON generation FOR EACH ROW EXECUTE FUNCTION trail_append();
CREATE TRIGGER generation_anchor AFTER INSERT ON generation
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION trail_anchor();
CREATE TRIGGER generation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON generation
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE generation ENABLE ALWAYS TRIGGER generation_append_only;

CREATE TRIGGER finding_append BEFORE INSERT ON finding FOR EACH ROW EXECUTE FUNCTION trail_append();
CREATE TRIGGER finding_anchor AFTER INSERT ON finding
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION trail_anchor();
CREATE TRIGGER finding_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finding
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE finding ENABLE ALWAYS TRIGGER finding_append_only;

CREATE TRIGGER review_append BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION trail_append();
CREATE TRIGGER review_anchor AFTER INSERT ON review
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION trail_anchor();
CREATE TRIGGER review_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON review
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE review ENABLE ALWAYS TRIGGER review_append_only;

CREATE FUNCTION run_digest(entry run) RETURNS bytea
LANGUAGE sql STABLE SET timezone = 'UTC' SET extra_float_digits = 1 SET search_path = public, pg_temp
AS $$
    SELECT sha256(entry.prev_run_hash || convert_to(jsonb_build_array(
        entry.run_id, entry.run_number, entry.run_key, entry.attempt, entry.document_id, entry.schema_version_id, entry.schema_name,
        entry.generator_id, entry.critic_id, entry.reader_version, entry.max_rounds, entry.promise, entry.created_at)::text, 'UTF8'))
$$;
COMMENT ON FUNCTION run_digest IS 'The hash of what identifies a run, and of the run before it.';

CREATE FUNCTION run_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    chain_end record;
BEGIN
    -- The row lock lasts until the transaction ends, so the runs that can be seen are always the first ones of the chain.
    SELECT n_runs, run_hash INTO STRICT chain_end FROM run_chain FOR UPDATE;
    NEW.run_number := chain_end.n_runs + 1;
    NEW.prev_run_hash := coalesce(chain_end.run_hash, sha256('countersign runs'));
    NEW.run_hash := run_digest(NEW);
    UPDATE run_chain SET n_runs = NEW.run_number, run_hash = NEW.run_hash;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION run_append IS 'Gives a run the next number, and links it to the run before it.';

CREATE FUNCTION reading_digest(digested bigint) RETURNS bytea
LANGUAGE sql STABLE SET extra_float_digits = 1 SET bytea_output = 'hex' SET search_path = public, pg_temp
AS $$
    SELECT sha256(convert_to(jsonb_build_array(
               reading.reading_id, reading.document_id, reading.reader_version, reading.status, reading.reason, reading.flags, reading.n_pages,
               reading.chunker, reading.extras, reading.marks, reading.corrections, reading.agreements, reading.cells)::text, 'UTF8')
        || sha256(convert_to(reading.text, 'UTF8'))
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(page_number, start_char, end_char, status)::text || lines::text, 'UTF8')),
                                       '' ORDER BY page_number) FROM page WHERE page.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         footnote_id, footnote_index, marker, spans, page_number, last_page_number, cited_at, confidence)::text, 'UTF8')), '' ORDER BY footnote_index)
                     FROM footnote WHERE footnote.reading_id = reading.reading_id), '')
        || coalesce((SELECT string_agg(sha256(convert_to(jsonb_build_array(
                         chunk_id, chunk_index, kind, footnote_id, passages, lead_in, context_before, context_after, headings, position, cells)::text,
                         'UTF8')), '' ORDER BY chunk_index)
                     FROM chunk WHERE chunk.reading_id = reading.reading_id), ''))
    FROM reading WHERE reading.reading_id = digested
$$;
COMMENT ON FUNCTION reading_digest IS 'A digest of everything that was read and cut: text, pages, footnotes and chunks, as they are stored.';

CREATE FUNCTION seal_facts(sealed uuid) RETURNS jsonb
LANGUAGE sql STABLE SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET search_path = public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'run', jsonb_build_object(
            'run_number', run.run_number, 'reading_id', run.reading_id, 'finished_at', run.finished_at,
            'definition', encode(sha256(convert_to(schema_version.definition::text, 'UTF8')), 'hex'),
            'generator', generator.name || '/' || generator.version, 'critic', critic.name || '/' || critic.version),
        'summary', encode(sha256(convert_to(run.summary::text, 'UTF8')), 'hex'),
        'reading', encode(reading_digest(run.reading_id), 'hex'),
        'values', (
            SELECT coalesce(jsonb_object_agg(extraction_id::text,
                encode(sha256(convert_to((jsonb_strip_nulls(to_jsonb(extraction)) - '{value,quote,normal,parts,reason}'::text[])::text, 'UTF8')), 'hex')
                || ' ' || encode(sha256(convert_to(jsonb_build_array(value, quote, normal, parts, reason)::text, 'UTF8')), 'hex')), '{}')
            FROM extraction WHERE extraction.run_id = run.run_id),
        'cells', (
            SELECT coalesce(jsonb_object_agg(chunk_id::text, digests), '{}') FROM (
                SELECT chunk_id,
                       encode(sha256(convert_to(jsonb_agg(jsonb_build_array(field, state) ORDER BY field COLLATE "C")::text, 'UTF8')), 'hex') || ' ' ||
                       encode(sha256(convert_to(jsonb_agg(jsonb_build_array(field, reason) ORDER BY field COLLATE "C")::text, 'UTF8')), 'hex') AS digests
                FROM coverage WHERE coverage.run_id = run.run_id GROUP BY chunk_id) cell))
    FROM run
    JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
    JOIN model_version generator ON generator.model_version_id = run.generator_id
    LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
    WHERE run.run_id = sealed
$$;
COMMENT ON FUNCTION seal_facts IS 'What a seal says of a run: see seal.facts.';

CREATE FUNCTION run_sealed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO seal (run_id, facts) VALUES (NEW.run_id, seal_facts(NEW.run_id));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION run_sealed IS 'Puts what a run ended with into its trail, in the statement that sets it done.';

CREATE FUNCTION seal_refuses() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN seal ON seal.run_id = added.run_id) THEN
        RAISE EXCEPTION 'INSERT into % is refused: the run is done', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_before_the_seal';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION seal_refuses IS 'Lets nothing be added to the values and the coverage of a run that is done.';

CREATE TABLE run_chain (
    database_id uuid NOT NULL DEFAULT gen_random_uuid(),
    n_runs      bigint NOT NULL,
    run_hash    bytea,
    CONSTRAINT run_chain_pkey PRIMARY KEY (database_id)
);
COMMENT ON TABLE run_chain IS 'The end of the chain of runs. One row; it also makes runs begin one after the other.';

CREATE TABLE checkpoint (
    checkpoint_number bigint NOT NULL,
    statement         text NOT NULL,
    signature         bytea NOT NULL,
    public_key        bytea NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT checkpoint_pkey PRIMARY KEY (checkpoint_number),
    CONSTRAINT checkpoint_number_from_one CHECK (checkpoint_number >= 1)
);
COMMENT ON TABLE checkpoint IS 'A signed head: what the database held at a moment. Its copy outside of the database is what proves something.';
COMMENT ON COLUMN checkpoint.statement IS 'The JSON that is signed: number, digest of the statement before, chain of runs, digest of the entries.';
COMMENT ON COLUMN checkpoint.signature IS 'Ed25519 (RFC 8032) over the statement in UTF-8.';

CREATE TABLE checkpoint_entry (
    checkpoint_number bigint NOT NULL,
    kind              text COLLATE "C" NOT NULL,
    subject           text COLLATE "C" NOT NULL,
    trail_length      integer NOT NULL,
    digest            bytea NOT NULL,
    CONSTRAINT checkpoint_entry_pkey PRIMARY KEY (checkpoint_number, kind, subject),
    CONSTRAINT checkpoint_entry_checkpoint_fkey FOREIGN KEY (checkpoint_number) REFERENCES checkpoint
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT checkpoint_entry_kind_known CHECK (kind IN ('run', 'reading', 'source', 'erasure'))
);
COMMENT ON TABLE checkpoint_entry IS 'What was new or had grown since the checkpoint before.';
COMMENT ON COLUMN checkpoint_entry.subject IS 'run_id, reading_id, source_id or erasure_id.';
COMMENT ON COLUMN checkpoint_entry.trail_length IS 'Of a run: rows of its trail, of which digest is the newest row_hash; else 0.';
CREATE INDEX checkpoint_entry_subject_idx ON checkpoint_entry (kind, subject, checkpoint_number DESC);

CREATE TABLE erasure (
    erasure_id   bigint GENERATED ALWAYS AS IDENTITY,
    document_id  text NOT NULL,
    requested_by text NOT NULL,
    reason       text NOT NULL,
    n_rows       jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT erasure_pkey PRIMARY KEY (erasure_id),
    CONSTRAINT erasure_document_fkey FOREIGN KEY (document_id) REFERENCES document,
    CONSTRAINT erasure_says_why CHECK (requested_by <> '' AND reason <> '')
);
COMMENT ON TABLE erasure IS 'The words of a document were taken out of every table. Rows, places, decisions and hashes stay.';
COMMENT ON COLUMN erasure.n_rows IS 'Rows without words now, by table.';
CREATE INDEX erasure_document_idx ON erasure (document_id);

CREATE TRIGGER seal_append BEFORE INSERT ON seal FOR EACH ROW EXECUTE FUNCTION trail_append();
CREATE TRIGGER seal_anchor AFTER INSERT ON seal
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION trail_anchor();
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE seal ENABLE ALWAYS TRIGGER seal_append_only;

CREATE TRIGGER extraction_before_the_seal AFTER INSERT ON extraction
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION seal_refuses();
CREATE TRIGGER extraction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON extraction
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE extraction ENABLE ALWAYS TRIGGER extraction_append_only;

CREATE TRIGGER coverage_before_the_seal AFTER INSERT ON coverage
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION seal_refuses();
CREATE TRIGGER coverage_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE coverage ENABLE ALWAYS TRIGGER coverage_append_only;

CREATE TRIGGER run_append BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION run_append();
CREATE TRIGGER run_append_only BEFORE DELETE OR TRUNCATE ON run
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE run ENABLE ALWAYS TRIGGER run_append_only;
CREATE TRIGGER run_sealed AFTER UPDATE OF state ON run
    FOR EACH ROW WHEN (OLD.state <> 'done' AND NEW.state = 'done') EXECUTE FUNCTION run_sealed();

CREATE TRIGGER checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_append_only;
CREATE TRIGGER checkpoint_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoint_entry
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE checkpoint_entry ENABLE ALWAYS TRIGGER checkpoint_entry_append_only;
CREATE TRIGGER erasure_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();
ALTER TABLE erasure ENABLE ALWAYS TRIGGER erasure_append_only;

INSERT INTO run_chain (n_runs) VALUES (0);


-- ============================================================ what persons are asked

CREATE VIEW standing_review AS
SELECT said.* FROM review said
WHERE said.decision <> 'withdrawn'
  AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = said.review_id)
  AND NOT EXISTS (
      SELECT FROM review later
      WHERE later.run_id = said.run_id AND later.chunk_id = said.chunk_id AND later.field = said.field
        AND later.trail_position > said.trail_position AND later.decision <> 'withdrawn'
        AND later.extraction_id IS NOT DISTINCT FROM said.extraction_id
        AND (said.extraction_id IS NOT NULL OR later.item_id IS NOT DISTINCT FROM said.item_id)
        AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = later.review_id))
  AND (said.asked_with IS NULL OR NOT EXISTS (
      SELECT FROM review later
      WHERE later.item_id = said.asked_with AND later.trail_position > said.trail_position AND later.decision <> 'withdrawn'
        AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = later.review_id)));
COMMENT ON VIEW standing_review IS
'The decisions that hold: not withdrawn, and not followed by another one over the same value, or question of a cell; of a further value,
over the question beside which it was named. Filter by review_id, run_id or cell.';

CREATE FUNCTION review_settles_item() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.decision <> 'withdrawn' THEN
        UPDATE review_item item SET is_open = false, claimed_by = NULL, claimed_until = NULL
        WHERE item.run_id = NEW.run_id AND (item.item_id = NEW.item_id OR (
            NEW.item_id IS NULL AND item.chunk_id = NEW.chunk_id AND item.field = NEW.field
            AND item.extraction_id IS NOT DISTINCT FROM NEW.extraction_id));
        RETURN NULL;
    END IF;
    -- An earlier decision over the same question stands again, if there is one. A run that is not the newest asks nothing, and a
    -- further value (added) is asked about with the question beside which it was named.
    UPDATE review_item item SET is_open = true
    FROM run
    WHERE item.item_id = NEW.item_id AND item.reason <> 'added' AND run.run_id = item.run_id AND run.state = 'done'
      AND NOT EXISTS (
          SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
          AND later.state = 'done' AND later.finished_at > run.finished_at)
      AND NOT EXISTS (
          SELECT FROM standing_review said
          WHERE said.run_id = item.run_id AND said.chunk_id = item.chunk_id AND said.field = item.field
            AND (said.item_id = item.item_id OR (
                said.item_id IS NULL AND said.extraction_id IS NOT DISTINCT FROM item.extraction_id)));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_settles_item IS 'Closes the question that a decision answers, and opens it again when the decision is withdrawn.';
CREATE TRIGGER review_settles_item AFTER INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_settles_item();

CREATE FUNCTION run_closes_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.state = 'superseded' THEN
        UPDATE review_item SET is_open = false WHERE run_id = NEW.run_id AND is_open;
    ELSE
        UPDATE review_item SET is_open = false
        WHERE document_id = NEW.document_id AND schema_name = NEW.schema_name AND run_id <> NEW.run_id AND is_open;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION run_closes_items IS 'Only the newest done run of a document and schema asks anything.';
CREATE TRIGGER run_closes_items AFTER UPDATE OF state ON run
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('done', 'superseded')) EXECUTE FUNCTION run_closes_items();


-- ============================================================ the life of a run

CREATE FUNCTION run_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF (OLD.run_key, OLD.attempt, OLD.document_id, OLD.schema_version_id, OLD.schema_name, OLD.generator_id,
        OLD.critic_id, OLD.reader_version, OLD.max_rounds, OLD.promise, OLD.created_at, OLD.run_number, OLD.run_hash)
        IS DISTINCT FROM
       (NEW.run_key, NEW.attempt, NEW.document_id, NEW.schema_version_id, NEW.schema_name, NEW.generator_id,
        NEW.critic_id, NEW.reader_version, NEW.max_rounds, NEW.promise, NEW.created_at, NEW.run_number, NEW.run_hash)
        OR (OLD.reading_id IS NOT NULL AND OLD.reading_id IS DISTINCT FROM NEW.reading_id)
    THEN
        RAISE EXCEPTION 'run %: what identifies a run does not change', OLD.run_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'run_identity_fixed';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('running', 'done'), ('running', 'failed'), ('running', 'superseded'),
        ('failed', 'running'), ('failed', 'superseded'), ('done', 'superseded'))
    THEN
        RAISE EXCEPTION 'run %: it cannot go from % to %', OLD.run_id, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'run_state_order';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION run_guard IS 'A run keeps its identity, and its state moves only forward (failed may be resumed).';
CREATE TRIGGER run_guarded BEFORE UPDATE ON run FOR EACH ROW EXECUTE FUNCTION run_guard();

CREATE FUNCTION coverage_complete() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    n_wanted bigint;
    n_stored bigint;
    n_fitting bigint;
    asked text[];
BEGIN
    -- Counting is enough: the primary key lets no cell in twice. And it stays linear though the planner, who knows nothing yet of
    -- what this transaction wrote, expects one row of everything: pairing cells with what is wanted would be quadratic.
    SELECT field_names INTO asked FROM schema_version WHERE schema_version_id = NEW.schema_version_id;
    SELECT count(*) * cardinality(asked) INTO n_wanted FROM chunk WHERE reading_id = NEW.reading_id;
    SELECT count(*), count(*) FILTER (WHERE chunk.reading_id = NEW.reading_id AND cell.field = ANY (asked)) INTO n_stored, n_fitting
    FROM coverage cell JOIN chunk ON chunk.chunk_id = cell.chunk_id
    WHERE cell.run_id = NEW.run_id;
    IF NEW.reading_id IS NULL OR n_fitting <> n_wanted OR n_stored <> n_wanted THEN
        RAISE EXCEPTION 'run %: % coverage cells are wanted, % are stored, % of them fit', NEW.run_id, n_wanted, n_stored, n_fitting
            USING ERRCODE = 'check_violation', CONSTRAINT = 'coverage_complete';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION coverage_complete IS 'A done run has exactly one cell for each of its chunks and fields.';
CREATE CONSTRAINT TRIGGER coverage_complete AFTER INSERT OR UPDATE OF state ON run
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION coverage_complete();


-- ============================================================ the days
-- What boards show of weeks and months, counted as it happens: to count afterwards would read every run and value of the time.
-- Rows are only ever added to: what was done on a day stays done on that day, whatever supersedes it later.

CREATE TABLE schema_day (
    day          date NOT NULL,
    schema_name  text NOT NULL,
    currency     text NOT NULL,
    n_done       bigint NOT NULL DEFAULT 0,
    n_failed     bigint NOT NULL DEFAULT 0,
    n_superseded bigint NOT NULL DEFAULT 0,
    n_pages      bigint NOT NULL DEFAULT 0,
    n_costed     bigint NOT NULL DEFAULT 0,
    money        double precision,
    tokens_in    bigint NOT NULL DEFAULT 0,
    tokens_out   bigint NOT NULL DEFAULT 0,
    seconds      double precision NOT NULL DEFAULT 0,
    CONSTRAINT schema_day_pkey PRIMARY KEY (day, schema_name, currency)
) WITH (fillfactor = 50);
COMMENT ON TABLE schema_day IS 'How often runs of a schema ended in each way on a day (UTC), and what they cost. Kept by trigger.';
COMMENT ON COLUMN schema_day.currency IS 'Of the prices at that time; empty: there were none, or the run did not end in results.';
COMMENT ON COLUMN schema_day.n_failed IS 'How often a run gave up; one that was resumed and gave up again counts twice.';
COMMENT ON COLUMN schema_day.n_costed IS 'Runs done whose cost is known: those that the sums are over.';

CREATE TABLE field_day (
    day               date NOT NULL,
    schema_name       text NOT NULL,
    field             text NOT NULL,
    n_verified        bigint NOT NULL,
    n_unsettled       bigint NOT NULL,
    n_rejected        bigint NOT NULL,
    n_unsettled_cells bigint NOT NULL,
    n_failed_cells    bigint NOT NULL,
    n_scored          bigint NOT NULL,
    score             double precision NOT NULL,
    n_redundant       bigint NOT NULL DEFAULT 0,
    n_missing         bigint NOT NULL DEFAULT 0,
    n_malformed       bigint NOT NULL DEFAULT 0,
    n_boundary        bigint NOT NULL DEFAULT 0,
    CONSTRAINT field_day_pkey PRIMARY KEY (day, schema_name, field)
) WITH (fillfactor = 50);
COMMENT ON TABLE field_day IS 'What the runs done on a day (UTC) found for each field, what was flagged, and what was left open. Kept by trigger.';
COMMENT ON COLUMN field_day.field IS 'Empty: findings about an answer as a whole.';
COMMENT ON COLUMN field_day.score IS 'Sum of the critic''s scores over n_scored values.';
COMMENT ON COLUMN field_day.n_redundant IS 'Findings of that kind in all rounds, as are the three columns after it.';

CREATE TABLE version_day (
    day            date NOT NULL,
    schema_name    text NOT NULL,
    generator      text NOT NULL,
    critic         text NOT NULL,
    reader_version text NOT NULL,
    n_runs         bigint NOT NULL,
    n_fields       bigint NOT NULL,
    n_empty        bigint NOT NULL,
    n_verified     bigint NOT NULL,
    n_unsettled    bigint NOT NULL,
    n_rejected     bigint NOT NULL,
    n_scored       bigint NOT NULL,
    score          double precision NOT NULL,
    n_redundant    bigint NOT NULL,
    n_missing      bigint NOT NULL,
    n_malformed    bigint NOT NULL,
    n_boundary     bigint NOT NULL,
    CONSTRAINT version_day_pkey PRIMARY KEY (day, schema_name, generator, critic, reader_version)
) WITH (fillfactor = 50);
COMMENT ON TABLE version_day IS
'What the runs done on a day (UTC) with one set of versions found: it shows drift from one version to the next. Kept by trigger.';
COMMENT ON COLUMN version_day.generator IS 'Name and version, as in `generator/1`.';
COMMENT ON COLUMN version_day.critic IS 'Name and version; empty: the runs had none.';
COMMENT ON COLUMN version_day.n_fields IS 'Fields of the schema, summed over the runs: how often a field was looked for in a document.';
COMMENT ON COLUMN version_day.n_empty IS 'How often of these neither a verified nor an unsettled value was found.';
COMMENT ON COLUMN version_day.score IS 'Sum of the critic''s scores over n_scored values.';

CREATE TABLE round_day (
    day         date NOT NULL,
    schema_name text NOT NULL,
    n_rounds    integer NOT NULL,
    n_runs      bigint NOT NULL,
    CONSTRAINT round_day_pkey PRIMARY KEY (day, schema_name, n_rounds)
) WITH (fillfactor = 50);
COMMENT ON TABLE round_day IS 'How many of the runs done on a day (UTC) took so many rounds. Kept by trigger.';

CREATE TABLE schema_hour (
    hour        timestamptz NOT NULL,
    schema_name text NOT NULL,
    n_done      bigint NOT NULL,
    n_failed    bigint NOT NULL,
    n_pages     bigint NOT NULL,
    CONSTRAINT schema_hour_pkey PRIMARY KEY (hour, schema_name)
) WITH (fillfactor = 50);
COMMENT ON TABLE schema_hour IS 'Runs that were done and that gave up in an hour, and the pages of those done. Kept by trigger.';

CREATE TABLE review_day (
    day          date NOT NULL,
    schema_name  text NOT NULL,
    field        text NOT NULL,
    n_accepted   bigint NOT NULL,
    n_corrected  bigint NOT NULL,
    n_rejected   bigint NOT NULL,
    n_gold_wrong bigint NOT NULL,
    n_cells      bigint NOT NULL,
    n_not_in_document bigint NOT NULL DEFAULT 0,
    n_withdrawn       bigint NOT NULL DEFAULT 0,
    CONSTRAINT review_day_pkey PRIMARY KEY (day, schema_name, field)
) WITH (fillfactor = 50);
COMMENT ON TABLE review_day IS
'Decisions that people made on a day (UTC). Apart from field_day, so that a reviewer never waits for the end of a run. Kept by trigger.';
COMMENT ON COLUMN review_day.n_cells IS
'Of the cells that runs done on this day left unsettled or failed: how many have a review that stands, whenever it was made.';
COMMENT ON COLUMN review_day.n_withdrawn IS 'Decisions taken back on this day; they stay counted on the day on which they were made.';

CREATE TABLE quarantine_day (
    day       date NOT NULL,
    code      text NOT NULL,
    n_objects bigint NOT NULL,
    CONSTRAINT quarantine_day_pkey PRIMARY KEY (day, code)
) WITH (fillfactor = 50);
COMMENT ON TABLE quarantine_day IS 'How many object versions were refused on a day (UTC), by reason. Kept by trigger.';

CREATE TABLE call_error_day (
    day     date NOT NULL,
    model   text NOT NULL,
    code    text NOT NULL,
    n_calls bigint NOT NULL,
    CONSTRAINT call_error_day_pkey PRIMARY KEY (day, model, code)
) WITH (fillfactor = 50);
COMMENT ON TABLE call_error_day IS
'How many requests to a model a server refused or left without an answer on a day (UTC); most were sent again. Written when a batch ends.';
COMMENT ON COLUMN call_error_day.code IS '`busy`: its queue was full; `timed_out`; `unavailable`.';

CREATE FUNCTION field_counts(counted_run uuid) RETURNS TABLE (
    field text, n_verified bigint, n_unsettled bigint, n_rejected bigint, n_unsettled_cells bigint, n_failed_cells bigint,
    n_scored bigint, score double precision, n_redundant bigint, n_missing bigint, n_malformed bigint, n_boundary bigint)
LANGUAGE sql STABLE
AS $$
    SELECT said.field, sum(said.n_verified)::bigint, sum(said.n_unsettled)::bigint, sum(said.n_rejected)::bigint,
           sum(said.n_unsettled_cells)::bigint, sum(said.n_failed_cells)::bigint, sum(said.n_scored)::bigint, sum(said.score),
           sum(said.n_redundant)::bigint, sum(said.n_missing)::bigint, sum(said.n_malformed)::bigint, sum(said.n_boundary)::bigint
    FROM (
        SELECT extraction.field, count(*) FILTER (WHERE status = 'verified') AS n_verified,
               count(*) FILTER (WHERE status = 'unsettled') AS n_unsettled, count(*) FILTER (WHERE status = 'rejected') AS n_rejected,
               0 AS n_unsettled_cells, 0 AS n_failed_cells, count(extraction.score) AS n_scored, coalesce(sum(extraction.score), 0) AS score,
               0 AS n_redundant, 0 AS n_missing, 0 AS n_malformed, 0 AS n_boundary
        FROM extraction WHERE run_id = counted_run GROUP BY extraction.field
        UNION ALL
        SELECT coverage.field, 0, 0, 0, count(*) FILTER (WHERE state = 'unsettled'), count(*) FILTER (WHERE state = 'failed'), 0, 0, 0, 0, 0, 0
        FROM coverage WHERE run_id = counted_run AND state IN ('unsettled', 'failed') GROUP BY coverage.field
        UNION ALL
        SELECT coalesce(finding.field, ''), 0, 0, 0, 0, 0, 0, 0,
               count(*) FILTER (WHERE kind = 'redundant'), count(*) FILTER (WHERE kind = 'missing'),
               count(*) FILTER (WHERE kind = 'malformed'), count(*) FILTER (WHERE kind = 'boundary')
        FROM finding WHERE run_id = counted_run GROUP BY coalesce(finding.field, '')
    ) said
    GROUP BY said.field
$$;
COMMENT ON FUNCTION field_counts IS
'What one run found, flagged and left open, by field; the field is empty for findings about an answer as a whole.';

CREATE FUNCTION run_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    is_done boolean := NEW.state = 'done';
    cost jsonb := CASE WHEN NEW.state = 'done' THEN NEW.summary -> 'cost' END;
    seen_pages bigint := CASE WHEN NEW.state = 'done' THEN (SELECT n_pages FROM reading WHERE reading.reading_id = NEW.reading_id) ELSE 0 END;
    found field_day[];
BEGIN
    -- In one order of tables, and of rows in each: two runs that end together then wait for each other, and never in a ring.
    INSERT INTO schema_day AS counted (day, schema_name, currency, n_done, n_failed, n_superseded, n_pages, n_costed,
                                       money, tokens_in, tokens_out, seconds)
    SELECT today, NEW.schema_name, coalesce(cost ->> 'currency', ''),
           is_done::integer, (NEW.state = 'failed')::integer, (NEW.state = 'superseded')::integer, seen_pages,
           (cost IS NOT NULL)::integer, (cost ->> 'money')::double precision,
           coalesce((cost ->> 'tokens_in')::bigint, 0), coalesce((cost ->> 'tokens_out')::bigint, 0),
           coalesce((cost ->> 'seconds')::double precision, 0)
    ON CONFLICT ON CONSTRAINT schema_day_pkey DO UPDATE SET
        n_done = counted.n_done + excluded.n_done,
        n_failed = counted.n_failed + excluded.n_failed,
        n_superseded = counted.n_superseded + excluded.n_superseded,
        n_pages = counted.n_pages + excluded.n_pages,
        n_costed = counted.n_costed + excluded.n_costed,
        money = CASE WHEN excluded.money IS NULL THEN counted.money ELSE coalesce(counted.money, 0) + excluded.money END,
        tokens_in = counted.tokens_in + excluded.tokens_in,
        tokens_out = counted.tokens_out + excluded.tokens_out,
        seconds = counted.seconds + excluded.seconds;
    IF NEW.state = 'superseded' THEN
        RETURN NULL;
    END IF;
    INSERT INTO schema_hour AS counted (hour, schema_name, n_done, n_failed, n_pages)
    VALUES (date_trunc('hour', now(), 'UTC'), NEW.schema_name, is_done::integer, (NOT is_done)::integer, seen_pages)
    ON CONFLICT ON CONSTRAINT schema_hour_pkey DO UPDATE SET
        n_done = counted.n_done + excluded.n_done,
        n_failed = counted.n_failed + excluded.n_failed,
        n_pages = counted.n_pages + excluded.n_pages;
    IF NOT is_done THEN
        RETURN NULL;
    END IF;
    INSERT INTO round_day AS counted (day, schema_name, n_rounds, n_runs)
    VALUES (today, NEW.schema_name,
            CASE WHEN jsonb_typeof(NEW.summary -> 'n_rounds') = 'number' THEN (NEW.summary -> 'n_rounds')::integer
                 ELSE (SELECT coalesce(max(round_number), 0) FROM generation
                       WHERE generation.run_id = NEW.run_id AND NOT starts_with(coalesce(error, ''), 'budget_')) END, 1)
    ON CONFLICT ON CONSTRAINT round_day_pkey DO UPDATE SET n_runs = counted.n_runs + excluded.n_runs;
    -- Read once, counted twice.
    SELECT coalesce(array_agg(ROW(today, NEW.schema_name, said.*)::field_day ORDER BY said.field), '{}') INTO found
    FROM field_counts(NEW.run_id) said;
    INSERT INTO version_day AS counted (day, schema_name, generator, critic, reader_version, n_runs, n_fields, n_empty, n_verified,
                                        n_unsettled, n_rejected, n_scored, score, n_redundant, n_missing, n_malformed, n_boundary)
    SELECT today, NEW.schema_name,
           (SELECT name || '/' || version FROM model_version WHERE model_version_id = NEW.generator_id),
           coalesce((SELECT name || '/' || version FROM model_version WHERE model_version_id = NEW.critic_id), ''),
           NEW.reader_version, 1, asked.n_fields, asked.n_fields - said.n_with_value, said.n_verified,
           said.n_unsettled, said.n_rejected, said.n_scored, said.score, said.n_redundant, said.n_missing, said.n_malformed, said.n_boundary
    FROM (SELECT cardinality(field_names) AS n_fields FROM schema_version WHERE schema_version_id = NEW.schema_version_id) asked
    CROSS JOIN (
        SELECT count(*) FILTER (WHERE n_verified + n_unsettled > 0) AS n_with_value,
               coalesce(sum(n_verified), 0) AS n_verified, coalesce(sum(n_unsettled), 0) AS n_unsettled,
               coalesce(sum(n_rejected), 0) AS n_rejected, coalesce(sum(n_scored), 0) AS n_scored, coalesce(sum(score), 0) AS score,
               coalesce(sum(n_redundant), 0) AS n_redundant, coalesce(sum(n_missing), 0) AS n_missing,
               coalesce(sum(n_malformed), 0) AS n_malformed, coalesce(sum(n_boundary), 0) AS n_boundary
        FROM unnest(found)
    ) said
    ON CONFLICT ON CONSTRAINT version_day_pkey DO UPDATE SET
        n_runs = counted.n_runs + excluded.n_runs,
        n_fields = counted.n_fields + excluded.n_fields,
        n_empty = counted.n_empty + excluded.n_empty,
        n_verified = counted.n_verified + excluded.n_verified,
        n_unsettled = counted.n_unsettled + excluded.n_unsettled,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_scored = counted.n_scored + excluded.n_scored,
        score = counted.score + excluded.score,
        n_redundant = counted.n_redundant + excluded.n_redundant,
        n_missing = counted.n_missing + excluded.n_missing,
        n_malformed = counted.n_malformed + excluded.n_malformed,
        n_boundary = counted.n_boundary + excluded.n_boundary;
    INSERT INTO field_day AS counted
    SELECT * FROM unnest(found) ORDER BY field
    ON CONFLICT ON CONSTRAINT field_day_pkey DO UPDATE SET
        n_verified = counted.n_verified + excluded.n_verified,
        n_unsettled = counted.n_unsettled + excluded.n_unsettled,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_unsettled_cells = counted.n_unsettled_cells + excluded.n_unsettled_cells,
        n_failed_cells = counted.n_failed_cells + excluded.n_failed_cells,
        n_scored = counted.n_scored + excluded.n_scored,
        score = counted.score + excluded.score,
        n_redundant = counted.n_redundant + excluded.n_redundant,
        n_missing = counted.n_missing + excluded.n_missing,
        n_malformed = counted.n_malformed + excluded.n_malformed,
        n_boundary = counted.n_boundary + excluded.n_boundary;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION run_counted_by_day IS
'Adds the end of a run to its day. Deferred, because the rows of a day are shared by all runs that end on it: so they are held
only from the last moment of a transaction to its end.';
CREATE CONSTRAINT TRIGGER run_counted_by_day AFTER UPDATE OF state ON run
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('done', 'failed', 'superseded')) EXECUTE FUNCTION run_counted_by_day();

CREATE FUNCTION review_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    worked_name text;
    worked_day date;
    cells bigint := 0;
BEGIN
    SELECT schema_name, (finished_at AT TIME ZONE 'UTC')::date INTO worked_name, worked_day FROM run WHERE run_id = NEW.run_id;
    -- Several reviews of a transaction come in a person's order, not in that of the fields: so one transaction counts at a time.
    PERFORM pg_advisory_xact_lock(hashtextextended('review_day', 0));
    -- The first decision over an open cell, or the withdrawal of the last one. The place in the trail tells which came first: it is
    -- given under a lock, ids are not.
    IF worked_day IS NOT NULL AND EXISTS (
        SELECT FROM coverage cell
        WHERE cell.run_id = NEW.run_id AND cell.chunk_id = NEW.chunk_id AND cell.field = NEW.field AND cell.state IN ('unsettled', 'failed')
    ) AND NOT EXISTS (
        SELECT FROM review earlier WHERE earlier.run_id = NEW.run_id AND earlier.chunk_id = NEW.chunk_id
        AND earlier.field = NEW.field AND earlier.trail_position < NEW.trail_position
        AND earlier.decision <> 'withdrawn' AND earlier.review_id IS DISTINCT FROM NEW.withdraws
        AND NOT EXISTS (
            SELECT FROM review taken_back
            WHERE taken_back.withdraws = earlier.review_id AND taken_back.trail_position < NEW.trail_position)
    ) THEN
        cells := CASE NEW.decision WHEN 'withdrawn' THEN -1 ELSE 1 END;
    END IF;
    INSERT INTO review_day AS counted (day, schema_name, field, n_accepted, n_corrected, n_rejected, n_gold_wrong, n_cells,
                                       n_not_in_document, n_withdrawn)
    SELECT said.day, worked_name, NEW.field, sum(said.n_accepted), sum(said.n_corrected), sum(said.n_rejected), sum(said.n_gold_wrong),
           sum(said.n_cells), sum(said.n_not_in_document), sum(said.n_withdrawn)
    FROM (
        -- What was carried over from an earlier run was counted when it was decided.
        SELECT (now() AT TIME ZONE 'UTC')::date AS day, (NEW.decision = 'accepted')::integer AS n_accepted,
               (NEW.decision = 'corrected')::integer AS n_corrected, (NEW.decision = 'rejected')::integer AS n_rejected,
               (NEW.decision = 'gold_wrong')::integer AS n_gold_wrong, 0 AS n_cells,
               (NEW.decision = 'not_in_document')::integer AS n_not_in_document, (NEW.decision = 'withdrawn')::integer AS n_withdrawn
        WHERE NEW.carried_from IS NULL
        UNION ALL
        SELECT worked_day, 0, 0, 0, 0, cells, 0, 0 WHERE cells <> 0
    ) said
    GROUP BY said.day
    ON CONFLICT ON CONSTRAINT review_day_pkey DO UPDATE SET
        n_accepted = counted.n_accepted + excluded.n_accepted,
        n_corrected = counted.n_corrected + excluded.n_corrected,
        n_rejected = counted.n_rejected + excluded.n_rejected,
        n_gold_wrong = counted.n_gold_wrong + excluded.n_gold_wrong,
        n_cells = counted.n_cells + excluded.n_cells,
        n_not_in_document = counted.n_not_in_document + excluded.n_not_in_document,
        n_withdrawn = counted.n_withdrawn + excluded.n_withdrawn;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_counted_by_day IS
'Adds a decision to its day, and the first one on an open cell to the day of the cell''s run; a withdrawal gives the cell back. Deferred, as
run_counted_by_day is.';
CREATE CONSTRAINT TRIGGER review_counted_by_day AFTER INSERT ON review
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION review_counted_by_day();

CREATE FUNCTION quarantine_counted_by_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('quarantine_day', 0));
    INSERT INTO quarantine_day AS counted (day, code, n_objects)
    VALUES ((NEW.created_at AT TIME ZONE 'UTC')::date, NEW.code, 1)
    ON CONFLICT ON CONSTRAINT quarantine_day_pkey DO UPDATE SET n_objects = counted.n_objects + excluded.n_objects;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION quarantine_counted_by_day IS 'Adds a refusal to its day. Deferred, as run_counted_by_day is.';
CREATE CONSTRAINT TRIGGER quarantine_counted_by_day AFTER INSERT ON quarantine
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION quarantine_counted_by_day();


-- ============================================================ the error book
-- What a generator drafted, against gold and against reviewers: a critic learns from it. Evidence, so append-only like the trail.

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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    judged extraction%ROWTYPE;
    worked run%ROWTYPE;
    right_words text := coalesce(NEW.quote, NEW.value);
    first_char integer := (NEW.spans #>> '{0,0}')::integer;
    is_right boolean;
    entered entry_kind[];
    entering entry_kind;
    said_in bigint;
BEGIN
    -- A decision that is carried over entered the book when it was made; a withdrawn one stays in it, overruled.
    IF NEW.carried_from IS NOT NULL OR NEW.decision = 'withdrawn' THEN
        RETURN NULL;
    END IF;
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
            WHEN 'not_in_document' THEN false
            -- The annotation is wrong: about a value that it has, or about one that it lacks? The book knows, if it was compared.
            ELSE coalesce(
                (SELECT entry.kind <> 'correct' FROM error_entry entry
                 WHERE entry.source = 'gold' AND entry.chunk_id = judged.chunk_id AND entry.field = judged.field
                   AND entry.spans = judged.spans ORDER BY entry.error_entry_id DESC LIMIT 1),
                judged.status <> 'rejected') END;
        entered := CASE WHEN is_right THEN ARRAY['correct'] ELSE ARRAY['redundant'] END;
    END IF;
    IF 'missing' = ANY (entered) AND first_char IS NOT NULL THEN
        -- The right words may stand in another chunk than those that were asked about.
        SELECT chunk.chunk_id INTO said_in
        FROM chunk CROSS JOIN jsonb_array_elements(chunk.passages) own CROSS JOIN jsonb_array_elements(own -> 'segments') segment
        WHERE chunk.chunk_id = NEW.chunk_id AND (segment ->> 1)::integer <= first_char
          AND first_char < (segment ->> 1)::integer + (segment ->> 2)::integer LIMIT 1;
        IF said_in IS NULL THEN
            SELECT chunk.chunk_id INTO said_in
            FROM chunk CROSS JOIN jsonb_array_elements(chunk.passages -> 0 -> 'segments') segment
            WHERE chunk.reading_id = worked.reading_id AND (segment ->> 1)::integer <= first_char
              AND first_char < (segment ->> 1)::integer + (segment ->> 2)::integer ORDER BY chunk.chunk_index LIMIT 1;
        END IF;
    END IF;
    FOREACH entering IN ARRAY coalesce(entered, '{}') LOOP
        -- Two statements, each of which is planned once in a session: "not in this document" enters twenty values and more.
        IF entering = 'missing' THEN
            INSERT INTO error_entry (source, review_id, position, kind, schema_version_id, generator_id, chunk_id, field,
                                     value, quote, spans, pages, gold_quote)
            SELECT 'review', NEW.review_id, array_position(entered, entering) - 1, entering, worked.schema_version_id, worked.generator_id,
                   coalesce(said_in, NEW.chunk_id), NEW.field, NEW.value, right_words, pages.spans, pages.numbers, right_words
            FROM (SELECT CASE WHEN count(*) > 0 THEN NEW.spans END AS spans, array_agg(DISTINCT page.page_number) AS numbers
                  FROM page JOIN jsonb_array_elements(NEW.spans) AS span
                    ON page.start_char < (span ->> 1)::integer AND page.end_char > (span ->> 0)::integer
                  WHERE page.reading_id = worked.reading_id) pages;
        ELSE
            INSERT INTO error_entry (source, review_id, position, kind, schema_version_id, generator_id, chunk_id, field,
                                     value, quote, spans, pages, score, gold_quote)
            VALUES ('review', NEW.review_id, array_position(entered, entering) - 1, entering, worked.schema_version_id, worked.generator_id,
                    judged.chunk_id, NEW.field, judged.value, judged.quote, judged.spans, judged.pages, judged.score,
                    CASE entering WHEN 'correct' THEN judged.quote WHEN 'boundary' THEN right_words END);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION review_enters_book IS
'A person''s decision as entries of the error book. accepted: correct. rejected, not_in_document: redundant. corrected: boundary where the
right words touch the drafted ones, else redundant and missing; of a cell without a value missing alone. gold_wrong: correct where gold
lacks the value, redundant where gold has it. A cell that is rightly empty enters nothing, nor does what is withdrawn or carried over.';
CREATE TRIGGER review_enters_book AFTER INSERT ON review FOR EACH ROW EXECUTE FUNCTION review_enters_book();


-- ============================================================ views for dashboards

CREATE VIEW source_state AS
SELECT source.source_id, source.bucket, source.key, source.object_version, source.etag, source.size_bytes, source.document_id, source.created_at,
       CASE WHEN coalesce(source.etag, source.object_version) <> object.etag THEN 'replaced'::version_state
            WHEN object.gone_since IS NOT NULL THEN 'deleted'::version_state
            ELSE 'current'::version_state END AS state,
       CASE WHEN coalesce(source.etag, source.object_version) <> object.etag THEN coalesce(source.replaced_at, object.since)
            ELSE coalesce(object.gone_since, object.since) END AS since
FROM source
JOIN object ON object.bucket = source.bucket AND object.key = object_key(source.key);
COMMENT ON VIEW source_state IS
'Each recorded version of each key with what it is now, and since when it was seen to be so. Filter by document_id or by bucket and key.
A content that was put back is current in all its versions.';

CREATE VIEW document_name AS
SELECT document.document_id, source.source_id, source.bucket, source.key, source.object_version
FROM document
JOIN source ON source.source_id = coalesce(
    (SELECT held.source_id FROM source_state held
     WHERE held.document_id = document.document_id AND held.state = 'current' ORDER BY held.source_id LIMIT 1),
    (SELECT first.source_id FROM source first WHERE first.document_id = document.document_id ORDER BY first.source_id LIMIT 1));
COMMENT ON VIEW document_name IS
'What a document is called where it has one line: the first key that holds it, or else that held it. A later upload of the same bytes
renames nothing. All its keys are in source_state.';

CREATE VIEW current_run AS
SELECT DISTINCT ON (document_id, schema_name) *
FROM run
WHERE state = 'done' AND EXISTS (
    SELECT FROM source_state held WHERE held.document_id = run.document_id AND held.state = 'current')
ORDER BY document_id, schema_name, finished_at DESC;
COMMENT ON VIEW current_run IS 'The newest done run of each document that a key holds now, and each schema.';

CREATE VIEW current_object_run AS
SELECT held.bucket, held.key, held.object_version, held.etag, held.document_id, held.since, run.run_id, run.schema_name, run.schema_version_id,
       run.finished_at
FROM (
    SELECT DISTINCT ON (bucket, key) bucket, key, object_version, etag, document_id, since
    FROM source_state WHERE state = 'current' AND document_id IS NOT NULL
    ORDER BY bucket, key, source_id DESC
) held
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (schema_name) run_id, schema_name, schema_version_id, finished_at FROM run
    WHERE run.document_id = held.document_id AND run.state = 'done'
    ORDER BY schema_name, finished_at DESC
) run;
COMMENT ON VIEW current_object_run IS
'What an export contains: each key that is there, with the newest done run of its content for each schema. Filter by bucket and key.';

CREATE VIEW run_overview AS
SELECT
    run.run_id, run.state, run.error_code, run.attempt, name.bucket, name.key, run.document_id, run.schema_name,
    generator.name || '/' || generator.version AS generator, critic.name || '/' || critic.version AS critic,
    said.n_verified, said.n_unsettled, said.n_rejected,
    asked.n_rounds, asked.n_answers, asked.tokens_in, asked.tokens_out,
    extract(epoch FROM run.finished_at - run.created_at)::double precision AS wall_s,
    run.summary, run.created_at, run.finished_at
FROM run
JOIN model_version generator ON generator.model_version_id = run.generator_id
LEFT JOIN model_version critic ON critic.model_version_id = run.critic_id
LEFT JOIN document_name name ON name.document_id = run.document_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'verified') AS n_verified,
           count(*) FILTER (WHERE status = 'unsettled') AS n_unsettled,
           count(*) FILTER (WHERE status = 'rejected') AS n_rejected
    FROM extraction WHERE extraction.run_id = run.run_id
) said
CROSS JOIN LATERAL (
    SELECT coalesce(max(round_number), 0) AS n_rounds, count(*) AS n_answers,
           sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out
    FROM generation WHERE generation.run_id = run.run_id AND NOT starts_with(coalesce(error, ''), 'budget_')
) asked;
COMMENT ON VIEW run_overview IS 'One row per run with its counts. Filter by run_id, created_at or finished_at: the counts are made per row.';

CREATE VIEW run_cost AS
SELECT run_id, model, stage, round_number, count(*) AS n_answers,
       count(*) FILTER (WHERE tokens_by = 'estimate') AS n_estimated,
       sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(latency_ms) / 1000 AS seconds
FROM generation WHERE NOT starts_with(coalesce(error, ''), 'budget_')
GROUP BY run_id, model, stage, round_number;
COMMENT ON VIEW run_cost IS
'What each model cost in each stage and round of a run, by the trail. Seconds are those of the calls, each for itself. Filter by run_id.';

CREATE VIEW day_cost AS
SELECT day::timestamp AT TIME ZONE 'UTC' AS day, schema_name, nullif(currency, '') AS currency, n_costed AS n_runs, money,
       tokens_in::numeric AS tokens_in, tokens_out::numeric AS tokens_out, seconds
FROM schema_day WHERE n_costed > 0;
COMMENT ON VIEW day_cost IS 'What runs cost by the day they were done and schema, at the prices of their time; superseded ones too, for they were paid.';

CREATE VIEW backfill_overview AS
SELECT backfill.backfill_id, backfill.name, backfill.state, backfill.reason, backfill.selection ->> 'schema_name' AS schema_name,
       backfill.created_at, backfill.started_at, backfill.finished_at, backfill.n_documents,
       counted.n_waiting, counted.n_submitted, counted.n_done, counted.n_unchanged, counted.n_refused, counted.n_failed
FROM backfill
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS n_waiting, count(*) FILTER (WHERE state = 'submitted') AS n_submitted,
           count(*) FILTER (WHERE state = 'done') AS n_done, count(*) FILTER (WHERE state = 'unchanged') AS n_unchanged,
           count(*) FILTER (WHERE state = 'refused') AS n_refused, count(*) FILTER (WHERE state = 'failed') AS n_failed
    FROM backfill_document WHERE backfill_document.backfill_id = backfill.backfill_id
) counted;
COMMENT ON VIEW backfill_overview IS 'How far each backfill has come. Filter by name or id.';

CREATE VIEW field_overview AS
SELECT
    current_run.schema_name, extraction.field,
    count(*) FILTER (WHERE extraction.status = 'verified') AS n_verified,
    count(*) FILTER (WHERE extraction.status = 'unsettled') AS n_unsettled,
    count(*) FILTER (WHERE extraction.status = 'rejected') AS n_rejected,
    count(DISTINCT current_run.document_id) AS n_documents
FROM current_run JOIN extraction ON extraction.run_id = current_run.run_id
GROUP BY current_run.schema_name, extraction.field;
COMMENT ON VIEW field_overview IS 'How each field fares over the newest runs. Reads every value of them: boards take field_day.';

CREATE VIEW day_overview AS
SELECT day::timestamp AT TIME ZONE 'UTC' AS day, schema_name, sum(n_done)::bigint AS n_done, sum(n_failed)::bigint AS n_failed,
       sum(n_superseded)::bigint AS n_superseded, sum(n_pages)::bigint AS n_pages
FROM schema_day
GROUP BY day, schema_name;
COMMENT ON VIEW day_overview IS 'How often runs ended in each way, by day (UTC) and schema, and the pages of those done.';

CREATE VIEW open_cell AS
SELECT coverage.run_id, run.document_id, run.schema_name, coverage.chunk_id, coverage.field, coverage.state, coverage.reason,
       run.finished_at
FROM coverage JOIN run ON run.run_id = coverage.run_id
WHERE coverage.state IN ('unsettled', 'failed') AND run.state = 'done'
  AND NOT EXISTS (
      SELECT FROM review WHERE review.run_id = coverage.run_id
      AND review.chunk_id = coverage.chunk_id AND review.field = coverage.field AND review.decision <> 'withdrawn'
      AND NOT EXISTS (SELECT FROM review taken_back WHERE taken_back.withdraws = review.review_id)
  )
  AND NOT EXISTS (
      SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
      AND later.state = 'done' AND later.finished_at > run.finished_at
  )
  -- As a value, because a join might begin with all keys of the bucket.
  AND (SELECT true FROM source_state held WHERE held.document_id = run.document_id AND held.state = 'current' LIMIT 1);
COMMENT ON VIEW open_cell IS
'What a person still has to look at: doubted or failed cells of the newest done run of a schema and a document that a key holds now,
without a review that stands. Filter or order by finished_at.';

CREATE VIEW quarantined_source AS
SELECT quarantine.quarantine_id, source.bucket, source.key, source.object_version, source.document_id,
       quarantine.reader_version, quarantine.code, quarantine.message, quarantine.created_at
FROM quarantine JOIN source ON source.source_id = quarantine.source_id;

CREATE VIEW error_book AS
SELECT
    entry.error_entry_id, entry.source, entry.kind, reading.document_id, chunk.reading_id, entry.chunk_id, chunk.chunk_index,
    schema_version.name AS schema_name, entry.schema_version_id, generator.name AS generator_name,
    generator.name || '/' || generator.version AS generator,
    entry.field, entry.value, entry.quote, entry.spans, entry.pages, entry.score, entry.gold_quote,
    entry.comparison_id, entry.review_id, entry.created_at,
    CASE entry.source
        WHEN 'gold' THEN EXISTS (
            SELECT FROM standing_review said LEFT JOIN extraction ON extraction.extraction_id = said.extraction_id
            WHERE said.chunk_id = entry.chunk_id AND said.field = entry.field AND CASE
                WHEN said.extraction_id IS NULL
                    THEN entry.kind = 'missing' AND said.decision IN ('gold_wrong', 'rejected', 'not_in_document')
                WHEN entry.kind = 'missing' THEN said.decision <> 'corrected' AND spans_touch(extraction.spans, entry.spans)
                ELSE extraction.spans = entry.spans END)
        ELSE EXISTS (
            -- The decision itself, or what was carried over from it to a newer run.
            SELECT FROM review said
            WHERE (said.review_id = entry.review_id OR said.carried_from = entry.review_id)
              AND NOT EXISTS (SELECT FROM standing_review held WHERE held.review_id = said.review_id))
    END AS is_overruled
FROM error_entry entry
JOIN chunk ON chunk.chunk_id = entry.chunk_id
JOIN reading ON reading.reading_id = chunk.reading_id
JOIN schema_version ON schema_version.schema_version_id = entry.schema_version_id
JOIN model_version generator ON generator.model_version_id = entry.generator_id;
COMMENT ON VIEW error_book IS
'The error book with names. is_overruled: a reviewer said otherwise later, or took it back; whoever learns from the book leaves it out.';

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


-- ============================================================ roles
-- Group roles without login: grant them to the users you have. They belong to the whole cluster, so they may exist already, and
-- whoever migrates may not be allowed to create them: then the grants are skipped with a notice and the migrating user keeps all.

DO $$
DECLARE
    wanted record;
    owned text;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('countersign_owner', 'Countersign: migrates and owns'),
        ('countersign_writer', 'Countersign: the flows'),
        ('countersign_reader', 'Countersign: dashboards and exports'),
        ('countersign_reviewer', 'Countersign: the review')) AS role (name, purpose)
    LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted.name);
                EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.purpose);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN RAISE NOTICE 'role % is not there and may not be created: its grants are skipped', wanted.name;
        END;
    END LOOP;

    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT, INSERT ON document, source, object, quarantine, reading, page, footnote, chunk, schema_version, model_version,
            backfill, backfill_document, run, generation, finding, extraction, coverage, review, comparison, error_entry,
            review_item, review_experience TO countersign_writer;
        GRANT SELECT ON seal, run_chain, erasure TO countersign_writer;
        GRANT SELECT, INSERT ON checkpoint, checkpoint_entry TO countersign_writer;
        GRANT SELECT, INSERT ON delivery TO countersign_writer;
        GRANT UPDATE (is_newest, announced_at) ON delivery TO countersign_writer;
        GRANT SELECT, INSERT, UPDATE ON call_error_day TO countersign_writer;
        GRANT UPDATE (expected, gained) ON review_experience TO countersign_writer;
        GRANT UPDATE (etag, size_bytes, document_id, replaced_at) ON source TO countersign_writer;
        GRANT UPDATE (etag, since, seen_at, gone_since, withheld) ON object TO countersign_writer;
        GRANT UPDATE (details) ON model_version TO countersign_writer;
        GRANT UPDATE (state, finished_at, reason, n_batches, started_at) ON backfill TO countersign_writer;
        GRANT UPDATE (state, batch_number, n_batches, run_id, n_pages, reason, ended_at) ON backfill_document TO countersign_writer;
        GRANT UPDATE (state, reading_id, flow_run_id, error_code, summary, finished_at, n_review_items) ON run TO countersign_writer;
        GRANT UPDATE (worth, expected, gained, is_open, claimed_by, claimed_until) ON review_item TO countersign_writer;
        GRANT SELECT ON document_name, current_run, run_overview, field_overview, day_overview, open_cell, quarantined_source,
            error_book, current_comparison, run_cost, day_cost, backfill_overview, schema_day, field_day,
            version_day, round_day, schema_hour, review_day, quarantine_day, standing_review, source_state, current_object_run TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON document, source, object, quarantine, reading, page, footnote, chunk, schema_version, model_version,
            backfill, backfill_document, run, generation, finding, extraction, coverage, review, comparison, error_entry, schema_day, field_day,
            version_day, round_day, schema_hour, review_day, quarantine_day, review_item, review_experience,
            document_name, current_run, run_overview, field_overview, day_overview, open_cell, quarantined_source,
            error_book, current_comparison, run_cost, day_cost, backfill_overview, standing_review,
            source_state, current_object_run, delivery, call_error_day, seal, run_chain, checkpoint, checkpoint_entry, erasure TO countersign_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reviewer') THEN
        GRANT SELECT ON document, source, object, quarantine, reading, page, footnote, chunk, schema_version, model_version,
            backfill, backfill_document, run, generation, finding, extraction, coverage, review, comparison, error_entry, schema_day, field_day,
            version_day, round_day, schema_hour, review_day, quarantine_day, review_item, review_experience,
            document_name, current_run, run_overview, field_overview, day_overview, open_cell, quarantined_source,
            error_book, current_comparison, run_cost, day_cost, backfill_overview, standing_review,
            source_state, current_object_run, delivery, call_error_day, seal, run_chain, checkpoint, checkpoint_entry, erasure TO countersign_reviewer;
        GRANT INSERT ON review, review_item, review_experience TO countersign_reviewer;
        GRANT UPDATE (expected, gained) ON review_experience TO countersign_reviewer;
        GRANT UPDATE (worth, expected, gained, is_open, claimed_by, claimed_until) ON review_item TO countersign_reviewer;
    END IF;

    -- Last, because whoever migrates may then change these tables only as a member of the owner role.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            GRANT CREATE ON SCHEMA public TO countersign_owner;
            FOREACH owned IN ARRAY '{document,source,object,quarantine,reading,page,footnote,chunk,schema_version,model_version,backfill,backfill_document,
                run,generation,finding,extraction,coverage,review,comparison,error_entry,schema_day,field_day,
                version_day,round_day,schema_hour,review_day,quarantine_day,review_item,review_experience,delivery,call_error_day,
                seal,run_chain,checkpoint,checkpoint_entry,erasure}'::text[] LOOP
                EXECUTE format('ALTER TABLE %I OWNER TO countersign_owner', owned);
            END LOOP;
            FOREACH owned IN ARRAY '{document_name,current_run,run_overview,field_overview,day_overview,open_cell,
                quarantined_source,error_book,current_comparison,run_cost,day_cost,backfill_overview,standing_review,source_state,current_object_run}'::text[] LOOP
                EXECUTE format('ALTER VIEW %I OWNER TO countersign_owner', owned);
            END LOOP;
            FOREACH owned IN ARRAY '{reading_status,page_status,chunk_kind,model_kind,run_state,generation_stage,token_source,finding_kind,
                finding_source,match_kind,extraction_status,cell_state,review_decision,backfill_state,backfill_document_state,entry_kind,entry_source,
                review_item_kind,version_state,withheld_reason}'::text[] LOOP
                EXECUTE format('ALTER TYPE %I OWNER TO countersign_owner', owned);
            END LOOP;
            FOREACH owned IN ARRAY '{trail_digest,trail_genesis,trail_append,trail_anchor,trail_refuse,run_guard,run_digest,run_append,reading_digest,seal_facts,
                run_sealed,seal_refuses,
                coverage_complete,field_counts,run_counted_by_day,review_counted_by_day,quarantine_counted_by_day,
                spans_touch,review_enters_book,review_settles_item,run_closes_items,object_key,object_replaces}'::text[] LOOP
                EXECUTE format('ALTER FUNCTION %I OWNER TO countersign_owner', owned);
            END LOOP;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the tables stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
