"""Review: what a person is asked about a run, and what becomes of the answers in later runs."""
