"""What was delivered to the results prefix: the table `delivery`, by which it is known what is due.

Locks nothing that is there; adds an index to no table of before.
"""

from sql.migrate import sql_migration

revision = "0022_delivery"
down_revision = "0021_seals"
upgrade = sql_migration(revision)
