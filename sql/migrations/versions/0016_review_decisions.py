"""People can say that a document has no value of a field, and take a decision back.

Apart from 0017, which names the new values: PostgreSQL lets nobody use them before the transaction
that adds them is over. Locks: none that anybody notices.
"""

from sql.migrate import sql_migration

revision = "0016_review_decisions"
down_revision = "0015_boards"
upgrade = sql_migration(revision)
