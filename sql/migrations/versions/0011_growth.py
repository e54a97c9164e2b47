"""A batch of a backfill and the newest objects are found however many there are."""

from sql.migrate import sql_migration

revision = "0011_growth"
down_revision = "0010_days"
upgrade = sql_migration(revision)
