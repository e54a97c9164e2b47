"""What a run ended with is in its trail, runs are a chain of their own, and checkpoints fix both for a signature.

Every run that was ever done is sealed as it stands now: an edit of before this migration is sealed with it.
`countersign replay` compares such a run with its answers. The table of runs is written once anew, since every
row gets its number.

Locks: `run` and `extraction` and `coverage` until the end; about 3 ms for each run that was done.
"""

from sql.migrate import sql_migration

revision = "0021_seals"
down_revision = "0019_objects"
upgrade = sql_migration(revision)
