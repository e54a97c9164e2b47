SET LOCAL search_path = public;

COMMENT ON COLUMN generation.error IS 'A code when the model gave no answer; raw is then empty, or what had come before it broke off. budget_...: it was not asked, because that budget had ended.';
