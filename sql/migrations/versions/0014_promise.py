"""What each run promised of its verified values.

Locks: a column without a default changes the catalogue alone, in milliseconds; no row is written.
Runs of earlier versions promised nothing. Workers of an older version go on, and promise nothing, too.
"""

from sql.migrate import sql_migration

revision = "0014_promise"
down_revision = "0013_places"
upgrade = sql_migration(revision)
