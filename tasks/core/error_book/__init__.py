"""The error book: what drafts got right or wrong against gold, and the critic's blind spots."""
