-- What work costs: who counted the tokens of an answer, and views over tokens and seconds. Answers that a budget kept from being asked
-- are rows of the trail with an error of their own, and count neither as answers nor as a round.

SET LOCAL search_path = public;

CREATE TYPE token_source AS ENUM ('server', 'tokenizer', 'estimate');
COMMENT ON TYPE token_source IS
'server: the model server counted
tokenizer: the server told none, and the tokenizer of the settings counted
estimate: nobody counted; estimated from the characters';

ALTER TABLE generation ADD COLUMN tokens_by token_source;
COMMENT ON COLUMN generation.error IS 'A code when the model gave no answer; raw is then empty. budget_...: it was not asked, because that budget had ended.';
COMMENT ON COLUMN generation.tokens_by IS 'Who counted the tokens, the least certain where there were several calls; NULL: none, as with native models.';

CREATE OR REPLACE VIEW run_overview AS
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
LEFT JOIN LATERAL (
    SELECT source.bucket, source.key FROM source
    WHERE source.document_id = run.document_id ORDER BY source.source_id DESC LIMIT 1
) name ON true
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

CREATE VIEW run_cost AS
SELECT run_id, model, stage, round_number, count(*) AS n_answers,
       count(*) FILTER (WHERE tokens_by = 'estimate') AS n_estimated,
       sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(latency_ms) / 1000 AS seconds
FROM generation WHERE NOT starts_with(coalesce(error, ''), 'budget_')
GROUP BY run_id, model, stage, round_number;
COMMENT ON VIEW run_cost IS
'What each model cost in each stage and round of a run, by the trail. Seconds are those of the calls, each for itself. Filter by run_id.';

CREATE VIEW day_cost AS
SELECT date_trunc('day', finished_at) AS day, schema_name, summary #>> '{cost,currency}' AS currency, count(*) AS n_runs,
       sum((summary #>> '{cost,money}')::double precision) AS money,
       sum((summary #>> '{cost,tokens_in}')::bigint) AS tokens_in, sum((summary #>> '{cost,tokens_out}')::bigint) AS tokens_out,
       sum((summary #>> '{cost,seconds}')::double precision) AS seconds
FROM run WHERE finished_at IS NOT NULL AND summary ? 'cost'
GROUP BY 1, 2, 3;
COMMENT ON VIEW day_cost IS 'What finished runs cost by day and schema, at the prices of their time; superseded ones too, for they were paid.';

DO $$
DECLARE
    owned text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_writer') THEN
        GRANT SELECT ON run_cost, day_cost TO countersign_writer;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reader') THEN
        GRANT SELECT ON run_cost, day_cost TO countersign_reader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_owner')
       AND pg_has_role(current_user, 'countersign_owner', 'USAGE') THEN
        BEGIN
            FOREACH owned IN ARRAY '{run_cost,day_cost}'::text[] LOOP
                EXECUTE format('ALTER VIEW %I OWNER TO countersign_owner', owned);
            END LOOP;
            ALTER TYPE token_source OWNER TO countersign_owner;
        EXCEPTION
            WHEN insufficient_privilege THEN RAISE NOTICE 'the views stay with %: it may not give them to countersign_owner', current_user;
        END;
    END IF;
END
$$;
