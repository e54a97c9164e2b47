"""The other places where a document says a value.

Locks: a column without a default changes the catalogue alone, in milliseconds; no row is written.
Rows of earlier versions have none, because each of their places is a row of its own. Workers of an
older version go on.
"""

from sql.migrate import sql_migration

revision = "0013_places"
down_revision = "0012_marks"
upgrade = sql_migration(revision)
