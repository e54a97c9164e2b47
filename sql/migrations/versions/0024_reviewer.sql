-- A role for the review alone. What a decision writes into the error book is written with the rights of the table's owner, so that
-- nobody who decides may write there anything else.

SET LOCAL search_path = public;

ALTER FUNCTION review_enters_book() SECURITY DEFINER;

DO $$
BEGIN
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_reviewer') THEN
            CREATE ROLE countersign_reviewer NOLOGIN;
            COMMENT ON ROLE countersign_reviewer IS 'Countersign: the review';
        END IF;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN RAISE NOTICE 'role countersign_reviewer is not there and may not be created: its grants are skipped';
    END;

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
END
$$;
