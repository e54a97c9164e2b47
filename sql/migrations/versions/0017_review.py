"""What persons are asked, and what they saw when they decided: the table `review_item`, and more
columns of `review`.

Runs of before have no items yet: `run.n_review_items` is NULL, and `countersign review refresh`
makes them, newest first. Decisions of before stay as they are and count as they did.

Locks: `run` and `review` for the moment of adding columns without a default, and for two indexes
over `run` (0.7 s for a million runs).
"""

from sql.migrate import sql_migration

revision = "0017_review"
down_revision = "0016_review_decisions"
upgrade = sql_migration(revision)
