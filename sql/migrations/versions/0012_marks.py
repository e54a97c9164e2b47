"""What a reader of the page sees of the text, the agreements of a file, and its table cells.

Locks: writers of readings wait while the table `reading` is scanned once, without its texts (0.1 s
for 150,000 readings, of which 3,000 change); its readers wait only for the changes of the
catalogue, some milliseconds. Only readings with hidden words are written anew. Workers of an older
version fail until they are updated.
"""

from sql.migrate import sql_migration

revision = "0012_marks"
down_revision = "0011_growth"
upgrade = sql_migration(revision)
