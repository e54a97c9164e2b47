-- Rounds: what every model answered and what was found about it. Rows are written in the order of the trail.

-- name: copy_generation
-- Copies the answers of a round in, of generator and critic.
COPY generation (run_id, chunk_id, round_number, stage, model, raw, raw_digest, latency_ms, tokens_in, tokens_out, error,
                 repairs, tokens_by) FROM STDIN;

-- name: copy_finding
-- Copies the findings of a round in.
COPY finding (run_id, chunk_id, round_number, kind, source, field, candidate_index, quote, quote_digest, spans, pages, footnote_id,
              match, score, reason, part) FROM STDIN;

-- name: generations
-- Every answer of a run in the order of the trail.
SELECT generation.round_number, generation.stage, chunk.chunk_index, generation.raw, generation.model, generation.latency_ms,
       generation.tokens_in, generation.tokens_out, generation.error, generation.repairs,
       generation.tokens_by
FROM generation JOIN chunk ON chunk.chunk_id = generation.chunk_id
WHERE generation.run_id = %(run_id)s
ORDER BY generation.trail_position;

-- name: findings
-- Every finding of a run in the order of the trail.
SELECT finding.round_number, chunk.chunk_index, finding.kind, finding.source, finding.field, finding.candidate_index,
       finding.quote, finding.spans, finding.pages, footnote.footnote_index, finding.match, finding.score, finding.reason,
       finding.part
FROM finding
JOIN chunk ON chunk.chunk_id = finding.chunk_id
LEFT JOIN footnote ON footnote.footnote_id = finding.footnote_id
WHERE finding.run_id = %(run_id)s
ORDER BY finding.trail_position;

-- name: answered_in
-- Row ids of the generator's answers by chunk and round, to which extractions refer.
SELECT chunk_id, round_number, generation_id FROM generation WHERE run_id = %(run_id)s AND stage = 'generate';

-- name: copy_extraction
-- Copies the extractions of a run in.
COPY extraction (run_id, chunk_id, generation_id, field, status, value, quote, spans, pages, footnote_id, match, round_number,
                 score, reason, normal, parts, places) FROM STDIN;

-- name: extractions
-- The extractions of a run in the order in which they were written.
SELECT chunk.chunk_index, extraction.field, extraction.status, extraction.value, extraction.quote, extraction.spans, extraction.pages,
       footnote.footnote_index, extraction.match, extraction.round_number, extraction.score, extraction.reason, extraction.normal,
       extraction.parts, extraction.places
FROM extraction
JOIN chunk ON chunk.chunk_id = extraction.chunk_id
LEFT JOIN footnote ON footnote.footnote_id = extraction.footnote_id
WHERE extraction.run_id = %(run_id)s
ORDER BY extraction.extraction_id;

-- name: coverage
-- The state of every field in every chunk of a run.
SELECT chunk.chunk_index, coverage.field, coverage.state, coverage.reason
FROM coverage JOIN chunk ON chunk.chunk_id = coverage.chunk_id
WHERE coverage.run_id = %(run_id)s
ORDER BY chunk.chunk_index, coverage.field;

-- name: copy_coverage
-- Copies the coverage of a run in.
COPY coverage (run_id, chunk_id, field, state, reason) FROM STDIN;
