"""Records with parts, and what had to be mended in a model's answer."""

from sql.migrate import sql_migration

revision = "0006_any_generator"
down_revision = "0005_normal_form"
upgrade = sql_migration(revision)
