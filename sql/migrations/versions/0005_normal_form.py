"""Values in one form that people sort and compare by, beside the words of the document."""

from sql.migrate import sql_migration

revision = "0005_normal_form"
down_revision = "0004_error_book"
upgrade = sql_migration(revision)
