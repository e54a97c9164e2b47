"""A backfill knows each of its documents, and what was forecast of it."""

from sql.migrate import sql_migration

revision = "0009_backfill"
down_revision = "0008_broken_off"
upgrade = sql_migration(revision)
