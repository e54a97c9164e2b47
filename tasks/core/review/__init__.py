"""Review: what a person is asked about a run, in which order, and what becomes of the answers. Pure."""
