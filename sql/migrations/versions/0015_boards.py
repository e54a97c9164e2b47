"""What boards show of flags, reviews, rounds, versions, refusals and hours is counted as it happens.

Counts of the past come from the newest 100,000 runs that are done and not older than 92 days, whole
days only, so that the step reads at most their answers, findings and values however old the
database is. Hours are those of the last 8 days. Reviews and refusals are counted since ever: there
is one row for each, and they are narrow.

Locks: ends of runs, reviews and refusals wait until it is over; boards can be read. New columns
have a constant default, so no old row is written anew, but those of the days that are counted.
"""

from sql.migrate import sql_migration

revision = "0015_boards"
down_revision = "0014_promise"
upgrade = sql_migration(revision)
