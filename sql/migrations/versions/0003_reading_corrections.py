"""The way back from the corrected text to the file's own letters."""

from sql.migrate import sql_migration

revision = "0003_reading_corrections"
down_revision = "0002_reading_extras"
upgrade = sql_migration(revision)
