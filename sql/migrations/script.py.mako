"""${message}."""

from sql.migrate import sql_migration

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
upgrade = sql_migration(revision)
