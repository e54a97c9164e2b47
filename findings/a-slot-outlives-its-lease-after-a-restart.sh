#!/usr/bin/env bash
# Guess: a slot of a concurrency limit that is taken with a lease comes back when the lease ends, also when the Prefect server was
#   restarted in between: the slots taken are in its database, so it must know what they hang on.
# What happens: by default the slots are in the database and the leases in the server's memory. A server that ends forgets the leases
#   and keeps the slots. They were still taken 45 s after the lease's end (without a restart: free 14 to 16 s after it), and nothing is
#   left that could free them by itself: reset the limit, or end the run that held them.
# Versions: Prefect 3.9.1 with SQLite (`PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE` as it comes).
# Why here: `nightly` runs one at a time and cancels what is due meanwhile. A machine that loses power in the night would cancel the
#   nights after it. So `countersign up` sets dead runs to Crashed, and compose and chart keep leases in Redis.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet prefect==3.9.1 sqlalchemy==2.1.9
DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_SERVER_UI_ENABLED=false PREFECT_LOGGING_SERVER_LEVEL=CRITICAL \
    PREFECT_HOME="$folder/prefect" "$folder/venv/bin/python" - <<'PY'
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import prefect

LEASE_S = 60  # the shortest that the server takes
LOOK_S = 15  # how often it looks for leases that ended, at most


def start() -> tuple[subprocess.Popen, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    api = f"http://127.0.0.1:{port}/api"
    for _ in range(240):
        try:
            ask(api, "/health")
            return server, api
        except (OSError, urllib.error.URLError):
            time.sleep(0.5)
    sys.exit("the server did not start")


def stop(server: subprocess.Popen) -> None:
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def ask(api: str, path: str, body: dict | None = None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(api + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


def take(api: str, name: str) -> None:
    ask(api, "/v2/concurrency_limits/", {"name": name, "limit": 1})
    body = {"names": [name], "slots": 1, "mode": "concurrency", "lease_duration": LEASE_S}
    ask(api, "/v2/concurrency_limits/increment-with-lease", body)


def taken(api: str, name: str) -> int:
    return ask(api, f"/v2/concurrency_limits/{name}")["active_slots"]


def wait_for_the_end_of_the_lease(api: str, name: str) -> float | None:
    """Seconds until the slot was free; None where it never was."""
    began = time.monotonic()
    while time.monotonic() - began < LEASE_S + 3 * LOOK_S:
        if taken(api, name) == 0:
            return time.monotonic() - began
        time.sleep(1)
    return None


server, api = start()
try:
    take(api, "undisturbed")
    undisturbed = wait_for_the_end_of_the_lease(api, "undisturbed")
    take(api, "restarted")
finally:
    stop(server)
server, api = start()
try:
    kept = taken(api, "restarted")
    restarted = wait_for_the_end_of_the_lease(api, "restarted")
finally:
    stop(server)
print("Prefect", prefect.__version__)
print(f"lease of {LEASE_S} s, no restart: slot free after", None if undisturbed is None else f"{undisturbed:.0f} s")
print(f"server restarted: slots taken at first {kept}; free within {LEASE_S + 3 * LOOK_S} s: {restarted is not None}")
sys.exit(not (undisturbed is not None and kept == 1 and restarted is None))
PY
