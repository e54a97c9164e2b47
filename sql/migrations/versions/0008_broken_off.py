"""What had come of an answer before it failed is kept."""

from sql.migrate import sql_migration

revision = "0008_broken_off"
down_revision = "0007_cost"
upgrade = sql_migration(revision)
