"""The error book: what drafts got right and wrong against gold, and where the critic disagrees with gold."""
