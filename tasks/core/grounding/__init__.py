"""Find quotes in the source and check candidates against it, without a model."""
