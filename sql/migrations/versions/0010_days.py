"""Days are counted as runs end, so that a board reads a row a day and not every run."""

from sql.migrate import sql_migration

revision = "0010_days"
down_revision = "0009_backfill"
upgrade = sql_migration(revision)
