"""Who counted the tokens of an answer, and views over what work cost."""

from sql.migrate import sql_migration

revision = "0007_cost"
down_revision = "0006_any_generator"
upgrade = sql_migration(revision)
