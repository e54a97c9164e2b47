-- The review: questions to persons, their decisions, and what is carried over to newer runs.
--
-- Every query that shows or decides something has the scope of the person: `prefixes` of keys and `schemas`, NULL: all. `said about an item`
-- always means: over its cell and by its number, or, of decisions without a number, over its value.

-- name: chosen
-- The open questions of a filter, the most worthy first, as far as a person may see them. A document that no key holds any more asks
-- nothing, until a key holds it again. Questions of few documents or runs are read and sorted;
-- the planner, who takes them for evenly spread, might look for them through all questions in their order.
SELECT item.item_id
FROM review_item item
CROSS JOIN LATERAL (
    SELECT FROM source_state held
    WHERE held.document_id = item.document_id AND held.state = 'current'
      AND (%(prefixes)s::text[] IS NULL OR held.key ^@ ANY (%(prefixes)s::text[]))
    LIMIT 1
) seen
WHERE item.is_open
  AND (%(schemas)s::text[] IS NULL OR item.schema_name = ANY (%(schemas)s::text[]))
  AND (%(schema_name)s::text IS NULL OR item.schema_name = %(schema_name)s::text)
  AND (%(field)s::text IS NULL OR item.field = %(field)s::text)
  AND (%(document_ids)s::text[] IS NULL OR item.document_id = ANY (%(document_ids)s::text[]))
  AND (%(older_than_days)s::double precision IS NULL
       OR item.created_at < now() - %(older_than_days)s::double precision * interval '1 day')
  AND (%(reason)s::text IS NULL OR item.reason = %(reason)s::text)
  AND (%(kind)s::review_item_kind IS NULL OR item.kind = %(kind)s::review_item_kind)
  AND (%(run_ids)s::uuid[] IS NULL OR item.run_id = ANY (%(run_ids)s::uuid[]))
  AND (%(for_reviewer)s::text IS NULL OR item.claimed_by IS NULL OR item.claimed_by = %(for_reviewer)s::text OR item.claimed_until <= now())
  AND (%(after_worth)s::double precision IS NULL OR (item.worth <= %(after_worth)s::double precision AND (
      item.worth < %(after_worth)s::double precision OR item.item_id > %(after_id)s::bigint)))
ORDER BY CASE WHEN %(is_few)s::boolean THEN item.worth + 0 ELSE item.worth END DESC, item.item_id
LIMIT %(limit)s::bigint;

-- name: documents_under
-- Documents under prefixes, at most so many of each: those of a few are looked up, those of many are met on the way.
SELECT DISTINCT held.document_id
FROM unnest(%(prefixes)s::text[]) allowed
CROSS JOIN LATERAL (
    SELECT source.document_id FROM source
    WHERE source.key >= allowed AND source.key < allowed || chr(1114111) AND source.document_id IS NOT NULL
    ORDER BY source.key LIMIT %(most)s
) held;

-- name: open_documents
-- The documents with open questions, at most so many, and whether they are under a prefix. It leaps from one document to the next.
WITH RECURSIVE held (document_id) AS (
    (SELECT document_id FROM review_item WHERE is_open ORDER BY document_id LIMIT 1)
    UNION ALL
    SELECT (SELECT item.document_id FROM review_item item WHERE item.is_open AND item.document_id > held.document_id
            ORDER BY item.document_id LIMIT 1)
    FROM held WHERE held.document_id IS NOT NULL
)
SELECT asking.document_id, EXISTS (
    SELECT FROM source WHERE source.document_id = asking.document_id AND source.key ^@ ANY (%(prefixes)s::text[])) AS is_under
FROM (SELECT document_id FROM held WHERE document_id IS NOT NULL LIMIT %(most)s) asking;

-- name: runs_of
-- The runs of a backfill or of a batch that ask something.
SELECT run.run_id::text FROM run
WHERE run.state = 'done' AND run.n_review_items > 0
  AND (%(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[]))
  AND (%(schema_name)s::text IS NULL OR run.schema_name = %(schema_name)s::text)
  AND (%(batch)s::text IS NULL OR run.flow_run_id = %(batch)s::text)
  AND (%(backfill)s::text IS NULL OR run.backfill_id = (SELECT backfill_id FROM backfill WHERE name = %(backfill)s::text));

-- name: known_names
-- Whether anything ever had the names of a filter.
SELECT %(backfill)s::text IS NULL OR EXISTS (SELECT FROM backfill WHERE name = %(backfill)s::text) AS backfill,
       %(batch)s::text IS NULL OR EXISTS (SELECT FROM run WHERE flow_run_id = %(batch)s::text) AS batch,
       %(schema_name)s::text IS NULL OR EXISTS (SELECT FROM review_item WHERE schema_name = %(schema_name)s::text) AS schema,
       %(field)s::text IS NULL OR EXISTS (SELECT FROM review_item WHERE field = %(field)s::text) AS field;

-- name: n_of
-- How many open questions documents or runs have, counted no further than so many.
SELECT count(*) FROM (
    SELECT FROM review_item item
    WHERE item.is_open AND (%(document_ids)s::text[] IS NULL OR item.document_id = ANY (%(document_ids)s::text[]))
      AND (%(run_ids)s::uuid[] IS NULL OR item.run_id = ANY (%(run_ids)s::uuid[]))
    LIMIT %(most)s
) counted;

-- name: items
-- Questions by number with all that a person is shown, as far as the person may see them.
SELECT item.item_id, item.run_id::text AS run_id, item.document_id, name.keys[1] AS document, name.keys[:20] AS documents, name.is_current,
       item.schema_name, item.field, item.kind, item.status,
       coalesce(extraction.value, lost.value, judged.value, '') AS value,
       coalesce(extraction.normal, lost.normal, judged.normal) AS normal,
       coalesce(extraction.quote, passage.quote, lost.quote, judged.quote, '') AS quote,
       coalesce(item.spans, '[]') AS spans, coalesce(item.pages, '{}') AS pages, footnote.marker AS footnote,
       item.score, item.worth, item.reason, item.is_open,
       CASE WHEN item.claimed_until > now() THEN item.claimed_by END AS claimed_by,
       CASE WHEN item.claimed_until > now() THEN item.claimed_until END AS claimed_until,
       coalesce(newest.review_id, 0) AS seen, held.decision, held.reviewer AS decided_by, item.created_at, item.extraction_id, chunk.chunk_index,
       EXISTS (SELECT FROM comparison WHERE comparison.reading_id = run.reading_id
               AND comparison.schema_version_id = item.schema_version_id) AS has_gold, others.shown AS others
FROM review_item item
JOIN run ON run.run_id = item.run_id
JOIN chunk ON chunk.chunk_id = item.chunk_id
LEFT JOIN extraction ON extraction.extraction_id = item.extraction_id
LEFT JOIN review lost ON lost.review_id = item.lost_review_id
LEFT JOIN extraction judged ON judged.extraction_id = lost.extraction_id
LEFT JOIN footnote ON footnote.footnote_id = item.footnote_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(key ORDER BY source_id) FILTER (WHERE state = 'current'), array_agg(key ORDER BY source_id)) AS keys,
           bool_or(state = 'current') AS is_current
    FROM (
        SELECT DISTINCT ON (key) key, state, source_id FROM source_state held
        WHERE held.document_id = item.document_id AND (%(prefixes)s::text[] IS NULL OR held.key ^@ ANY (%(prefixes)s::text[]))
        ORDER BY key, state, source_id
    ) each_key
) name
LEFT JOIN LATERAL (
    -- One piece of the text is taken out of its store, and the spans out of that piece.
    SELECT string_agg(substr(piece.words, (own.span ->> 0)::integer - piece.first_char + 1, (own.span ->> 1)::integer - (own.span ->> 0)::integer),
                      '' ORDER BY own.position) AS quote
    FROM (
        SELECT substr(reading.text, ends.first_char + 1, ends.end_char - ends.first_char) AS words, ends.first_char
        FROM reading
        CROSS JOIN (SELECT (item.spans #>> '{0,0}')::integer AS first_char, (item.spans #>> '{-1,1}')::integer AS end_char) ends
        WHERE reading.reading_id = run.reading_id AND item.kind = 'passage' OFFSET 0
    ) piece
    CROSS JOIN jsonb_array_elements(item.spans) WITH ORDINALITY own (span, position)
) passage ON true
LEFT JOIN LATERAL (
    SELECT said.review_id FROM review said
    WHERE said.run_id = item.run_id AND said.chunk_id = item.chunk_id AND said.field = item.field
      AND (said.item_id = item.item_id OR (said.item_id IS NULL AND said.extraction_id IS NOT DISTINCT FROM item.extraction_id))
    ORDER BY said.trail_position DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT said.decision, said.reviewer FROM standing_review said
    WHERE said.run_id = item.run_id AND said.chunk_id = item.chunk_id AND said.field = item.field
      AND (said.item_id = item.item_id OR (said.item_id IS NULL AND said.extraction_id IS NOT DISTINCT FROM item.extraction_id))
    ORDER BY said.trail_position DESC LIMIT 1
) held ON newest.review_id IS NOT NULL
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('extraction_id', beside.extraction_id, 'value', beside.value, 'spans', beside.spans,
                                        'pages', beside.pages, 'status', beside.status, 'score', beside.score)
                     ORDER BY beside.spans -> 0 -> 0, beside.extraction_id) AS shown
    FROM extraction beside WHERE beside.extraction_id = ANY (item.others)
) others ON item.others IS NOT NULL
WHERE item.item_id = ANY (%(item_ids)s::bigint[]) AND name.keys IS NOT NULL
  AND (%(schemas)s::text[] IS NULL OR item.schema_name = ANY (%(schemas)s::text[]))
ORDER BY item.worth DESC, item.item_id;

-- name: claim
-- Claims a question for a person, unless another one has claimed it.
UPDATE review_item SET claimed_by = %(reviewer)s, claimed_until = now() + %(minutes)s * interval '1 minute'
WHERE item_id = %(item_id)s AND (claimed_by IS NULL OR claimed_by = %(reviewer)s OR claimed_until <= now());

-- name: release
-- Gives up a person's claim.
UPDATE review_item SET claimed_by = NULL, claimed_until = NULL WHERE item_id = %(item_id)s AND claimed_by = %(reviewer)s;

-- name: sees_run
-- Whether a person may see a run.
SELECT FROM run
WHERE run.run_id = %(run_id)s::uuid
  AND (%(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[]))
  AND (%(prefixes)s::text[] IS NULL OR EXISTS (
      SELECT FROM source WHERE source.document_id = run.document_id AND source.key ^@ ANY (%(prefixes)s::text[])));

-- name: words
-- The pages of a question, with one before and one after.
SELECT run.run_id::text AS run_id, run.document_id, reading.reader_version, reading.n_pages, page.page_number, page.start_char, page.end_char,
       substr(reading.text, page.start_char + 1, page.end_char - page.start_char) AS text
FROM review_item item
JOIN run ON run.run_id = item.run_id
JOIN reading ON reading.reading_id = run.reading_id
JOIN chunk ON chunk.chunk_id = item.chunk_id
CROSS JOIN LATERAL (
    -- A lost decision has no pages: those of its chunk are shown.
    SELECT coalesce(min(cited.number), 1) AS first_page, coalesce(max(cited.number), 1) AS last_page FROM (
        SELECT unnest(item.pages) AS number
        UNION ALL
        SELECT own.page_number FROM page own
        WHERE item.pages IS NULL AND own.reading_id = run.reading_id
          AND (chunk.passages #>> '{0,segments,0,1}')::integer BETWEEN own.start_char AND own.end_char
    ) cited
) shown
JOIN page ON page.reading_id = run.reading_id AND page.page_number BETWEEN shown.first_page - 1 AND shown.last_page + 1
WHERE item.item_id = %(item_id)s
ORDER BY page.page_number;

-- name: history
-- Every decision about a question, oldest first, with the further values that it named: over its run, the one that was carried over to it,
-- and those over earlier runs with the same reading about words that it touches.
SELECT said.review_id, said.run_id::text AS run_id, said.item_id, said.extraction_id, said.decision, coalesce(said.value, further.value) AS value,
       coalesce(said.normal, further.normal) AS normal, coalesce(said.quote, further.quote) AS quote, coalesce(said.spans, further.spans, '[]') AS spans,
       said.reviewer, said.reason, said.shown ->> 'via' AS via, said.shown ->> 'by_user' AS by_user, said.created_at AS at,
       EXISTS (SELECT FROM standing_review held WHERE held.review_id = said.review_id) AS holds, said.withdraws, said.carried_from, said.asked_with
FROM review_item item
JOIN run ON run.run_id = item.run_id
JOIN run other ON other.document_id = item.document_id AND other.schema_name = item.schema_name
JOIN review said ON said.run_id = other.run_id AND said.field = item.field
LEFT JOIN extraction judged ON judged.extraction_id = said.extraction_id
LEFT JOIN extraction further ON further.extraction_id = said.extraction_id AND said.asked_with IS NOT NULL AND said.decision = 'accepted'
WHERE item.item_id = %(item_id)s
  AND (said.review_id = item.lost_review_id OR said.asked_with = item.item_id
       OR (said.run_id = item.run_id AND said.chunk_id = item.chunk_id
           AND (said.item_id = item.item_id OR (said.item_id IS NULL AND said.extraction_id IS NOT DISTINCT FROM item.extraction_id)))
       OR said.review_id IN (SELECT copy.carried_from FROM review copy WHERE copy.item_id = item.item_id)
       OR (other.run_id <> item.run_id AND other.reading_id = run.reading_id
           AND spans_touch(coalesce(said.spans, judged.spans), item.spans)))
ORDER BY said.created_at, said.review_id;

-- name: lock
-- Decisions over a document and schema, and the ends of its runs, come one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('review ' || %(document_id)s || ' ' || %(schema_name)s, 0));

-- name: lock_item
-- Takes that lock for a question.
SELECT pg_advisory_xact_lock(hashtextextended('review ' || document_id || ' ' || schema_name, 0)) FROM review_item WHERE item_id = %(item_id)s;

-- name: lock_review
-- Takes that lock for a decision.
SELECT pg_advisory_xact_lock(hashtextextended('review ' || run.document_id || ' ' || run.schema_name, 0))
FROM review JOIN run ON run.run_id = review.run_id WHERE review.review_id = %(review_id)s;

-- name: state_of_run
-- Whether a run still asks: its state, and the newest run of document and schema that was done after it.
SELECT run.state, run.reading_id, run.schema_version_id, run.document_id, run.schema_name,
       (SELECT later.run_id::text FROM run later
        WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name AND later.state = 'done'
          AND later.run_id <> run.run_id AND later.finished_at >= run.finished_at
        ORDER BY later.finished_at DESC LIMIT 1) AS newer_run
FROM run WHERE run.run_id = %(run_id)s::uuid;

-- name: newer_runs
-- The runs of the document and schema of a run that were done after it, the one that stands first.
SELECT later.run_id::text AS run_id
FROM run JOIN run later ON later.document_id = run.document_id AND later.schema_name = run.schema_name
WHERE run.run_id = %(run_id)s::uuid AND later.run_id <> run.run_id AND later.state IN ('done', 'superseded')
  AND later.finished_at >= run.finished_at
ORDER BY later.state = 'done' DESC, later.finished_at DESC;

-- name: schemas_in_scope
-- The schemas of the runs that a person may see.
SELECT DISTINCT run.schema_name
FROM unnest(%(prefixes)s::text[]) allowed
JOIN source ON source.key >= allowed AND source.key < allowed || chr(1114111)
JOIN run ON run.document_id = source.document_id
WHERE %(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[])
ORDER BY run.schema_name;

-- name: reviewer
-- Whose decision it is.
SELECT reviewer FROM review WHERE review_id = %(review_id)s;

-- name: formless
-- The field of right words that have no normal form, also of further values that a decision named.
SELECT said.field, run.schema_version_id
FROM review head
JOIN review said ON said.review_id = head.review_id OR said.asked_with = head.item_id AND said.created_at = head.created_at
JOIN run ON run.run_id = said.run_id
WHERE head.review_id = %(review_id)s AND said.decision = 'corrected' AND said.normal IS NULL LIMIT 1;

-- name: text
-- The text of a reading.
SELECT text FROM reading WHERE reading_id = %(reading_id)s;

-- name: page_ends
-- The ranges of its pages, in order.
SELECT page_number, start_char, end_char FROM page WHERE reading_id = %(reading_id)s ORDER BY page_number;

-- name: note_around
-- The note that holds a range.
SELECT footnote_id FROM footnote
WHERE reading_id = %(reading_id)s AND EXISTS (
    SELECT FROM jsonb_array_elements(spans) own
    WHERE (own ->> 0)::integer <= %(first_char)s AND %(first_char)s < (own ->> 1)::integer)
  AND EXISTS (
    SELECT FROM jsonb_array_elements(spans) own
    WHERE (own ->> 0)::integer < %(end_char)s AND %(end_char)s <= (own ->> 1)::integer)
ORDER BY footnote_index LIMIT 1;

-- name: schema
-- The definition of a schema version.
SELECT definition FROM schema_version WHERE schema_version_id = %(schema_version_id)s;

-- name: kept_value
-- Who holds that the document has a value of the field, by a decision over another question.
SELECT reviewer FROM standing_review
WHERE run_id = %(run_id)s::uuid AND field = %(field)s AND decision IN ('accepted', 'corrected')
  AND item_id IS DISTINCT FROM %(item_id)s::bigint AND asked_with IS DISTINCT FROM %(item_id)s::bigint LIMIT 1;

-- name: add
-- A decision over a question.
INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, value, normal, quote, spans, pages, footnote_id, reviewer, reason, item_id, shown)
SELECT item.run_id, item.chunk_id, item.field, item.extraction_id, %(decision)s, %(value)s, %(normal)s, %(quote)s, %(spans)s, %(pages)s,
       %(footnote_id)s, %(reviewer)s, %(reason)s, item.item_id, %(shown)s
FROM review_item item WHERE item.item_id = %(item_id)s
RETURNING review_id;

-- name: same_words
-- Who decided already about a value of the field in exactly these words.
SELECT said.reviewer
FROM standing_review said LEFT JOIN extraction judged ON judged.extraction_id = said.extraction_id
WHERE said.run_id = %(run_id)s::uuid AND said.field = %(field)s AND %(spans)s::jsonb IN (said.spans, judged.spans) LIMIT 1;

-- name: value_at
-- The undecided value of the run that further words are about: the one in exactly these words; else, of those that the question shows, the
-- likeliest that shares words with them. With the open question about it, if it has one.
SELECT beside.extraction_id, beside.spans = %(spans)s::jsonb AS is_same, beside.chunk_id,
       (SELECT asked.item_id FROM review_item asked
        WHERE asked.run_id = beside.run_id AND asked.extraction_id = beside.extraction_id AND asked.is_open LIMIT 1) AS item_id
FROM review_item item
JOIN extraction beside ON beside.run_id = item.run_id AND beside.field = item.field
WHERE item.item_id = %(item_id)s
  AND (beside.spans = %(spans)s::jsonb OR beside.extraction_id = ANY (item.others) AND spans_touch(beside.spans, %(spans)s::jsonb))
  AND NOT EXISTS (SELECT FROM standing_review said WHERE said.run_id = beside.run_id AND said.chunk_id = beside.chunk_id
                  AND said.field = beside.field AND said.extraction_id = beside.extraction_id)
ORDER BY beside.spans = %(spans)s::jsonb DESC, beside.score DESC NULLS LAST, beside.extraction_id LIMIT 1;

-- name: ask_further
-- A question about further words that no value of the run has: it is answered with the decision that names them, and never asked.
INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, spans, pages, footnote_id, worth, reason, is_open)
SELECT run_id, document_id, schema_name, schema_version_id, chunk_id, field, 'passage', %(spans)s::jsonb, %(pages)s::integer[], %(footnote_id)s, 0,
       'added', false
FROM review_item WHERE item_id = %(asked_with)s
RETURNING item_id, chunk_id;

-- name: add_further
-- A further value of the field that a decision names.
INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, value, normal, quote, spans, pages, footnote_id, reviewer, reason, item_id,
                    asked_with, shown)
VALUES (%(run_id)s::uuid, %(chunk_id)s, %(field)s, %(extraction_id)s, %(decision)s, %(value)s, %(normal)s, %(quote)s, %(spans)s, %(pages)s::integer[],
        %(footnote_id)s, %(reviewer)s, %(reason)s, %(item_id)s, %(asked_with)s, %(shown)s);

-- name: open_named
-- Opens the questions about values that an earlier decision about a question named, and that the new one leaves undecided.
UPDATE review_item freed SET is_open = true
FROM review said
WHERE said.asked_with = %(item_id)s AND freed.item_id = said.item_id AND freed.reason <> 'added' AND NOT freed.is_open
  AND NOT EXISTS (SELECT FROM standing_review held WHERE held.run_id = freed.run_id AND held.chunk_id = freed.chunk_id
                  AND held.field = freed.field AND held.extraction_id = freed.extraction_id);

-- name: add_to_rest
-- A decision over all else of the field that is undecided: open questions, and values that are not rejected.
INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason, item_id, shown)
SELECT rest.run_id, rest.chunk_id, rest.field, rest.extraction_id, %(decision)s, %(reviewer)s, %(reason)s, rest.item_id, rest.shown
FROM (
    SELECT item.run_id, item.chunk_id, item.field, item.extraction_id, item.item_id,
           jsonb_build_object('kind', item.kind, 'status', item.status, 'spans', item.spans, 'score', item.score, 'worth', item.worth)
               || %(how)s::jsonb AS shown
    FROM review_item item
    WHERE item.run_id = %(run_id)s::uuid AND item.field = %(field)s AND item.is_open AND item.item_id <> %(item_id)s
    UNION ALL
    SELECT extraction.run_id, extraction.chunk_id, extraction.field, extraction.extraction_id, NULL, %(how)s::jsonb
    FROM extraction
    WHERE extraction.run_id = %(run_id)s::uuid AND extraction.field = %(field)s AND extraction.status <> 'rejected'
      AND NOT EXISTS (SELECT FROM review_item item WHERE item.run_id = extraction.run_id AND item.extraction_id = extraction.extraction_id
                      AND (item.is_open OR item.item_id = %(item_id)s))
      AND NOT EXISTS (SELECT FROM standing_review said WHERE said.run_id = extraction.run_id AND said.chunk_id = extraction.chunk_id
                      AND said.field = extraction.field AND said.extraction_id = extraction.extraction_id)
) rest
ORDER BY rest.item_id NULLS LAST, rest.extraction_id;

-- name: reject_others
-- The other values that a question shows, as far as they are undecided and touch the words that are right (NULL: all).
INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason, item_id, shown)
SELECT beside.run_id, beside.chunk_id, beside.field, beside.extraction_id, 'rejected', %(reviewer)s, %(reason)s, own.item_id,
       jsonb_build_object('kind', 'value', 'status', beside.status, 'value', beside.value, 'spans', beside.spans, 'score', beside.score)
           || %(how)s::jsonb
FROM review_item item
JOIN extraction beside ON beside.extraction_id = ANY (item.others)
LEFT JOIN LATERAL (
    SELECT asked.item_id FROM review_item asked
    WHERE asked.run_id = item.run_id AND asked.extraction_id = beside.extraction_id AND asked.is_open LIMIT 1
) own ON true
WHERE item.item_id = %(item_id)s AND (%(right)s::jsonb IS NULL OR spans_touch(beside.spans, %(right)s::jsonb))
  AND NOT EXISTS (SELECT FROM standing_review said WHERE said.run_id = beside.run_id AND said.chunk_id = beside.chunk_id
                  AND said.field = beside.field AND said.extraction_id = beside.extraction_id)
ORDER BY beside.extraction_id;

-- name: open_rest
-- Opens the questions about what was left of a question before.
UPDATE review_item rest SET is_open = true
FROM review_item item
WHERE item.item_id = %(item_id)s AND rest.run_id = item.run_id AND rest.item_id > item.item_id AND NOT rest.is_open
  AND rest.extraction_id = ANY (item.others)
  AND NOT EXISTS (SELECT FROM standing_review said WHERE said.run_id = rest.run_id AND said.chunk_id = rest.chunk_id
                  AND said.field = rest.field AND said.extraction_id = rest.extraction_id);

-- name: ask_rest
-- One question about the other values that are left undecided, the likeliest first. Its worth follows.
INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, extraction_id, others, spans, pages,
                         footnote_id, status, score, worth, expected, reason, question)
SELECT item.run_id, item.document_id, item.schema_name, item.schema_version_id, item.chunk_id, item.field, 'value', head.extraction_id,
       nullif(rest.extraction_ids[2:], '{}'), head.spans, head.pages, head.footnote_id, head.status, head.score, 0, 0,
       CASE head.status WHEN 'rejected' THEN 'nearly_right' ELSE 'doubtful' END,
       jsonb_build_object('kind', 'doubted', 'places', rest.places, 'signals',
                          jsonb_build_array(coalesce(head.score, -1), -1, rest.is_unsettled, cardinality(rest.extraction_ids), 0))
FROM review_item item
CROSS JOIN LATERAL (
    SELECT array_agg(beside.extraction_id ORDER BY beside.score DESC NULLS LAST, beside.extraction_id) AS extraction_ids,
           jsonb_agg(beside.spans ORDER BY beside.score DESC NULLS LAST, beside.extraction_id) AS places,
           max((beside.status = 'unsettled')::integer) AS is_unsettled
    FROM extraction beside
    WHERE beside.extraction_id = ANY (item.others)
      AND NOT EXISTS (SELECT FROM standing_review said WHERE said.run_id = beside.run_id AND said.chunk_id = beside.chunk_id
                      AND said.field = beside.field AND said.extraction_id = beside.extraction_id)
      AND NOT EXISTS (SELECT FROM review_item asked WHERE asked.run_id = item.run_id AND asked.is_open
                      AND (asked.extraction_id = beside.extraction_id OR beside.extraction_id = ANY (asked.others)))
) rest
JOIN extraction head ON head.extraction_id = rest.extraction_ids[1]
WHERE item.item_id = %(item_id)s;

-- name: close_rest
-- Closes the questions about what was left of questions that are open again, which show it themselves.
UPDATE review_item rest SET is_open = false
FROM review_item item
WHERE item.item_id = ANY (%(item_ids)s::bigint[]) AND item.is_open AND rest.run_id = item.run_id AND rest.is_open
  AND rest.item_id > item.item_id AND rest.extraction_id = ANY (item.others);

-- name: withdrawable
-- A decision that a person may see, whether it holds, and what was decided with it in one act.
SELECT review.run_id::text AS run_id, review.reviewer, review.decision,
       EXISTS (SELECT FROM standing_review held WHERE held.review_id = review.review_id) AS holds,
       -- What is carried over is written in one transaction, too, and was decided one by one.
       CASE WHEN review.decision <> 'not_in_document' AND review.carried_from IS NOT NULL THEN ARRAY[review.review_id] ELSE ARRAY(
           SELECT act.review_id FROM standing_review act
           WHERE act.run_id = review.run_id AND act.field = review.field AND act.reviewer = review.reviewer
             AND act.created_at = review.created_at
             AND (act.decision = review.decision OR review.decision <> 'not_in_document' AND act.carried_from IS NULL)
           ORDER BY act.review_id = review.review_id DESC, act.review_id) END AS act,
       ARRAY(SELECT DISTINCT act.item_id FROM review act
             WHERE act.run_id = review.run_id AND act.field = review.field AND act.reviewer = review.reviewer
               AND act.created_at = review.created_at AND act.item_id IS NOT NULL) AS item_ids
FROM review JOIN run ON run.run_id = review.run_id
WHERE review.review_id = %(review_id)s
  AND (%(schemas)s::text[] IS NULL OR run.schema_name = ANY (%(schemas)s::text[]))
  AND (%(prefixes)s::text[] IS NULL OR EXISTS (
      SELECT FROM source WHERE source.document_id = run.document_id AND source.key ^@ ANY (%(prefixes)s::text[])));

-- name: withdraw
-- Takes decisions back.
INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason, item_id, asked_with, withdraws, shown)
SELECT review.run_id, review.chunk_id, review.field, review.extraction_id, 'withdrawn', %(reviewer)s, '', review.item_id, review.asked_with,
       review.review_id, %(shown)s::jsonb
FROM review JOIN unnest(%(act)s::bigint[]) WITH ORDINALITY chosen (review_id, position) ON chosen.review_id = review.review_id
ORDER BY chosen.position
RETURNING review_id;

-- name: lock_run
-- Takes the lock of decisions for a run.
SELECT pg_advisory_xact_lock(hashtextextended('review ' || document_id || ' ' || schema_name, 0)) FROM run WHERE run_id = %(run_id)s::uuid;

-- name: facts
-- What the questions of a run need to know of it.
SELECT run.document_id, run.schema_name, run.schema_version_id, run.reading_id, run.reader_version, schema_version.field_names,
       schema_version.definition
FROM run JOIN schema_version ON schema_version.schema_version_id = run.schema_version_id
WHERE run.run_id = %(run_id)s::uuid;

-- name: reading_of
-- The reading of a run.
SELECT reading_id FROM run WHERE run_id = %(run_id)s::uuid;

-- name: earlier_run
-- The newest earlier run of the same document and schema over which anything was decided.
SELECT other.run_id::text AS run_id, other.reading_id
FROM run JOIN run other ON other.document_id = run.document_id AND other.schema_name = run.schema_name
WHERE run.run_id = %(run_id)s::uuid AND other.run_id <> run.run_id AND other.state IN ('done', 'superseded')
  AND EXISTS (SELECT FROM review WHERE review.run_id = other.run_id)
ORDER BY other.finished_at DESC LIMIT 1;

-- name: decisions_to_carry
-- The decisions that hold over a run, oldest first, with what they judged; and those over still earlier runs that were lost in it and not
-- said again.
SELECT coalesce(said.carried_from, said.review_id) AS origin_id, said.chunk_id, said.field, said.decision, said.reviewer, said.reason, said.shown,
       said.value AS said_value, said.normal AS said_normal, said.quote AS said_quote, said.spans AS said_spans, said.pages AS said_pages,
       said.footnote_id AS said_footnote_id,
       judged.value AS judged_value, judged.normal AS judged_normal, judged.quote AS judged_quote, judged.spans AS judged_spans,
       judged.pages AS judged_pages, judged.footnote_id AS judged_footnote_id, item.spans AS asked
FROM (
    SELECT review_id FROM standing_review WHERE run_id = %(run_id)s::uuid
    UNION ALL
    SELECT lost.lost_review_id FROM review_item lost
    WHERE lost.run_id = %(run_id)s::uuid AND lost.kind = 'lost'
      AND NOT EXISTS (SELECT FROM standing_review answer WHERE answer.run_id = lost.run_id AND answer.chunk_id = lost.chunk_id
                      AND answer.field = lost.field AND answer.item_id = lost.item_id)
) held
JOIN review said ON said.review_id = held.review_id
LEFT JOIN extraction judged ON judged.extraction_id = said.extraction_id
LEFT JOIN review_item item ON item.item_id = said.item_id
ORDER BY said.review_id;

-- name: add_item
-- A question that is answered already: its decision follows.
INSERT INTO review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, extraction_id, lost_review_id, spans,
                         pages, footnote_id, status, score, worth, reason, others, question, expected)
VALUES (%(run_id)s, %(document_id)s, %(schema_name)s, %(schema_version_id)s, %(chunk_id)s, %(field)s, %(kind)s, %(extraction_id)s,
        %(lost_review_id)s, %(spans)s, %(pages)s::integer[], %(footnote_id)s, %(status)s, %(score)s, %(worth)s, %(reason)s,
        %(others)s::bigint[], %(question)s, %(expected)s)
RETURNING item_id;

-- name: add_carried
-- A decision over an earlier run, over this one.
INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, value, normal, quote, spans, pages, footnote_id, reviewer, reason, item_id,
                    carried_from, shown)
VALUES (%(run_id)s, %(chunk_id)s, %(field)s, %(extraction_id)s, %(decision)s, %(value)s, %(normal)s, %(quote)s, %(spans)s, %(pages)s,
        %(footnote_id)s, %(reviewer)s, %(reason)s, %(item_id)s, %(carried_from)s, %(shown)s);

-- name: copy_item
-- Copies the open questions of a run in.
COPY review_item (run_id, document_id, schema_name, schema_version_id, chunk_id, field, kind, extraction_id, lost_review_id, spans, pages,
                  footnote_id, status, score, worth, reason, others, question, expected) FROM STDIN;

-- name: close_decided
-- Closes questions over what was decided before there were questions.
UPDATE review_item item SET is_open = false
WHERE item.run_id = %(run_id)s::uuid AND item.is_open AND item.kind <> 'lost' AND EXISTS (
    SELECT FROM standing_review said WHERE said.run_id = item.run_id AND said.chunk_id = item.chunk_id AND said.field = item.field
    AND said.item_id IS NULL AND said.extraction_id IS NOT DISTINCT FROM item.extraction_id);

-- name: count_items
-- Notes that the questions of a run were made.
UPDATE run SET n_review_items = %(n_items)s WHERE run_id = %(run_id)s::uuid;

-- name: runs_without_items
-- Done runs whose questions were never made, newest first; only the newest of document and schema asks anything.
SELECT run.run_id::text FROM run
WHERE run.state = 'done' AND run.n_review_items IS NULL AND NOT EXISTS (
    SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
    AND later.state = 'done' AND later.finished_at > run.finished_at)
ORDER BY run.finished_at DESC LIMIT %(limit)s;

-- name: wants_items
-- Whether the questions of a run are to be made.
SELECT FROM run
WHERE run.run_id = %(run_id)s::uuid AND run.state = 'done' AND run.n_review_items IS NULL AND NOT EXISTS (
    SELECT FROM run later WHERE later.document_id = run.document_id AND later.schema_name = run.schema_name
    AND later.state = 'done' AND later.finished_at > run.finished_at)
FOR UPDATE OF run;

-- name: set_worths
-- Changes what open questions are worth. It waits for no other writer, so that the end of a run is never caught between two of them.
UPDATE review_item item SET worth = wanted.worth
FROM (
    SELECT item_id FROM review_item WHERE item_id = ANY (%(item_ids)s::bigint[]) AND is_open FOR UPDATE SKIP LOCKED
) free
JOIN unnest(%(item_ids)s::bigint[], %(worths)s::double precision[]) wanted (item_id, worth) ON wanted.item_id = free.item_id
WHERE item.item_id = free.item_id;

-- name: chunk_near
-- The chunk of a reading that begins on a page, or nearest to it.
SELECT chunk.chunk_id
FROM chunk LEFT JOIN page ON page.reading_id = chunk.reading_id
    AND (chunk.passages #>> '{0,segments,0,1}')::integer >= page.start_char AND (chunk.passages #>> '{0,segments,0,1}')::integer < page.end_char
WHERE chunk.reading_id = %(reading_id)s
ORDER BY abs(page.page_number - %(page_number)s), chunk.chunk_index LIMIT 1;

-- name: experience
-- What decisions over a schema taught.
SELECT field, kind, expected, gained FROM review_experience
WHERE schema_name = %(schema_name)s AND (%(field)s::text IS NULL OR field = %(field)s::text);

-- name: asked_in
-- The questions of a run whose worth follows from something, in their order.
SELECT item_id, field, chunk.chunk_index, question, expected, gained, is_open, array_remove(extraction_id || others, NULL) AS extraction_ids
FROM review_item item JOIN chunk ON chunk.chunk_id = item.chunk_id
WHERE item.run_id = %(run_id)s::uuid AND item.question IS NOT NULL
ORDER BY item.item_id;

-- name: values_in
-- What stands of other fields, and all values of one that have a place.
SELECT extraction_id, field, status = 'verified' AS is_verified, spans, places FROM extraction
WHERE run_id = %(run_id)s::uuid AND spans IS NOT NULL AND (status = 'verified' OR field = %(field)s)
ORDER BY extraction_id;

-- name: said_in
-- The decisions that hold over a run, oldest first.
SELECT item_id, extraction_id, field, decision, quote, spans, asked_with FROM standing_review WHERE run_id = %(run_id)s::uuid ORDER BY review_id;

-- name: field_of_items
-- Of which run and field questions are.
SELECT DISTINCT item.run_id::text AS run_id, item.schema_name, item.field, run.reading_id
FROM review_item item JOIN run ON run.run_id = item.run_id
WHERE item.item_id = ANY (%(item_ids)s::bigint[]);

-- name: set_gained
-- Notes what the decision about a question gained.
UPDATE review_item SET gained = %(gained)s WHERE item_id = %(item_id)s;

-- name: add_experience
-- Adds what a decision was expected to gain and what it gained.
INSERT INTO review_experience AS known (schema_name, field, kind, expected, gained)
VALUES (%(schema_name)s, %(field)s, %(kind)s, %(expected)s, %(gained)s)
ON CONFLICT ON CONSTRAINT review_experience_pkey DO UPDATE
SET expected = greatest(0, known.expected + excluded.expected), gained = greatest(0, known.gained + excluded.gained);

-- name: set_expected
-- Changes what open questions are expected to gain, and their worth. It waits for no other writer.
UPDATE review_item item SET expected = wanted.expected, worth = wanted.worth
FROM (
    SELECT item_id FROM review_item WHERE item_id = ANY (%(item_ids)s::bigint[]) AND is_open FOR UPDATE SKIP LOCKED
) free
JOIN unnest(%(item_ids)s::bigint[], %(expected)s::double precision[], %(worths)s::double precision[]) wanted (item_id, expected, worth)
    ON wanted.item_id = free.item_id
WHERE item.item_id = free.item_id AND (item.expected, item.worth) IS DISTINCT FROM (wanted.expected, wanted.worth);

-- name: apply_experience
-- Gives open questions behind one the worth that experience says, at most so many; where it hardly changes it stays.
WITH stale AS (
    SELECT item.item_id, item.expected * (%(calm)s + coalesce(known.gained, 0)) / (%(calm)s + coalesce(known.expected, 0)) AS worth
    FROM review_item item
    LEFT JOIN review_experience known ON known.schema_name = item.schema_name AND known.field = item.field
        AND known.kind = item.question ->> 'kind'
    WHERE item.item_id > %(after)s AND item.is_open AND item.expected IS NOT NULL
    ORDER BY item.item_id LIMIT %(limit)s
), free AS (
    SELECT item.item_id FROM review_item item JOIN stale USING (item_id)
    WHERE item.is_open AND abs(stale.worth - item.worth) > 0.01 * item.worth FOR UPDATE OF item SKIP LOCKED
), changed AS (
    UPDATE review_item item SET worth = stale.worth
    FROM free JOIN stale USING (item_id) WHERE item.item_id = free.item_id
    RETURNING item.item_id
)
SELECT max(stale.item_id) AS last_id, (SELECT count(*) FROM changed) AS n_changed FROM stale;
