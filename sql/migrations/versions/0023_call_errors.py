"""How often model servers refused requests: the table `call_error_day`, for boards and metrics.

Locks nothing that is there.
"""

from sql.migrate import sql_migration

revision = "0023_call_errors"
down_revision = "0022_delivery"
upgrade = sql_migration(revision)
