"""The progress and cost forecast of a backfill, and what it changes."""
