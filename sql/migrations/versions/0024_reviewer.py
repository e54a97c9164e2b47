"""A role for the review alone: it reads everything, and writes decisions.

Locks `review` for a moment.
"""

from sql.migrate import sql_migration

revision = "0024_reviewer"
down_revision = "0023_call_errors"
upgrade = sql_migration(revision)
