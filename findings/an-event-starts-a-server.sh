#!/usr/bin/env bash
# Guess: `emit_event` in a program that knows no Prefect server does nothing, or fails: there is nobody to tell.
# What happens: it starts a Prefect server of its own (a process, with a database in PREFECT_HOME), tells that one, and the server ends
#   with the program. The call does not return before the server answers. Nobody who listens elsewhere hears the event.
# Versions: Prefect 3.9.1.
# Why here: `countersign deliver` emits an event and runs where no server may be. It emits none if PREFECT_API_URL is not set.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet prefect==3.9.1 sqlalchemy==2.1.9 psutil
env -u PREFECT_API_URL DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_LOGGING_LEVEL=ERROR \
    PREFECT_HOME="$folder/prefect" "$folder/venv/bin/python" - <<'PY'
import sys
import time

import psutil
from prefect.events import emit_event

began = time.monotonic()
event = emit_event("shop.closed", resource={"prefect.resource.id": "shop"})
took_s = time.monotonic() - began
children = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
servers = [line for line in children if "prefect.server" in line or "uvicorn" in line]
print(f"{took_s:.1f} s; an event: {event is not None}; servers started: {len(servers)}")
sys.exit(0 if event is not None and servers else "the behaviour has changed")
PY
