"""What the bucket holds now: the table `object`, and what each version in `source` is by it.

`source` stays the history. A version is current, replaced or deleted by comparison with `object` (view `source_state`), so
an export knows the present without a guess by the newest row. The newest version of each key is taken to be
there still; the next listing of its prefix says better.

Locks: `source` until the end, because a column is added to it: eight seconds for a million versions, of which 50,000
were replaced.
"""

from sql.migrate import sql_migration

revision = "0019_objects"
down_revision = "0018_further_values"
upgrade = sql_migration(revision)
