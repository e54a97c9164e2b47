"""Everything a contract needs on its way: source, reading, run, trail, results, views, roles."""

from sql.migrate import sql_migration

revision = "0001_skeleton"
down_revision = None
upgrade = sql_migration(revision)
