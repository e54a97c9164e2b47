"""What a file carries beside its text, where its text is hidden, and pages that were read by OCR."""

from sql.migrate import sql_migration

revision = "0002_reading_extras"
down_revision = "0001_skeleton"
upgrade = sql_migration(revision)
