"""The error book: what a generator drafted against gold and against reviewers."""

from sql.migrate import sql_migration

revision = "0004_error_book"
down_revision = "0003_reading_corrections"
upgrade = sql_migration(revision)
