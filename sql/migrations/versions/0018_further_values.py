"""One decision may name several values of its field: the column `review.asked_with`.

"Not in this document" over a field with many values is faster: the trigger that enters decisions in
the error book plans its statements once in a session. Decisions of before stay as they are, and so do their
hashes: a column without a value is no part of one.

Locks: `review` for the moment of adding a column without a default, and for an index over no rows.
"""

from sql.migrate import sql_migration

revision = "0018_further_values"
down_revision = "0017_review"
upgrade = sql_migration(revision)
