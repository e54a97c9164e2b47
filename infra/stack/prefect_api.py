"""The stack's few requests to a Prefect server, over plain HTTP: importing Prefect takes seconds."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

TIMEOUT_S = 30
BUSY_S = 120
"""How long a 503 or a time-out is retried. On SQLite the server answers so while another writer,
such as its scheduler, holds the database; a writer gives up after 60 s.
"""
UNFINISHED = ("PENDING", "RUNNING", "CANCELLING")


@dataclass(frozen=True, slots=True)
class SecuredServer:
    """A server that asks for a password."""

    url: str
    auth_string: str = field(repr=False)
    """USER:PASSWORD, as in `PREFECT_API_AUTH_STRING`; empty: none is sent."""

    @staticmethod
    def of(env: Mapping[str, str]) -> SecuredServer:
        """The server that these variables name."""
        return SecuredServer(env["PREFECT_API_URL"], env.get("PREFECT_API_AUTH_STRING", ""))


Server: TypeAlias = str | SecuredServer
"""Where the API is; as a string: its address, and no password."""


def is_healthy(server: Server) -> bool:
    try:
        return _ask_once(server, "GET", "/health", None) is True
    except (OSError, ValueError):
        return False


def ensure_work_pool(server: Server, name: str, max_runs: int) -> None:
    """Create a process pool unless it exists; its worker fills in the job template."""
    body = {"name": name, "type": "process", "concurrency_limit": max_runs, "base_job_template": {}}
    _create(server, "/work_pools/", body)


def ensure_work_queues(server: Server, pool: str, names: Iterable[str]) -> None:
    """Create missing queues of a pool, the first with priority 1.

    Existing ones keep their priority.
    """
    for priority, name in enumerate(names, 1):
        _create(server, f"/work_pools/{pool}/queues", {"name": name, "priority": priority})


def _create(server: Server, path: str, body: Any) -> None:
    try:
        ask(server, "POST", path, body)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 409:
            raise


def last_heartbeat(server: Server, pool: str, worker: str) -> float:
    """Time of the worker's last heartbeat, in seconds since the epoch; 0 if there is none."""
    try:
        workers = ask(server, "POST", f"/work_pools/{pool}/workers/filter", {})
    except (OSError, ValueError):
        return 0
    beats = [w["last_heartbeat_time"] for w in workers if w["name"] == worker and w["last_heartbeat_time"]]
    return max((datetime.fromisoformat(beat.replace("Z", "+00:00")).timestamp() for beat in beats), default=0)


def crash_unfinished_runs(server: Server, pool: str) -> int:
    """Set unfinished runs of a pool to Crashed after its worker was killed; else they keep their
    slots.

    Returns:
        How many there were.
    """
    query = {
        "work_pools": {"name": {"any_": [pool]}},
        "flow_runs": {"state": {"type": {"any_": list(UNFINISHED)}}},
    }
    runs = ask(server, "POST", "/flow_runs/filter", query)
    for run in runs:
        state = {"type": "CRASHED", "message": "its worker was stopped"}
        ask(server, "POST", f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})
    return len(runs)


def is_idle(server: Server, pool: str) -> bool:
    """Whether no run of the pool is unfinished, and no slot of any limit is taken."""
    query = {
        "work_pools": {"name": {"any_": [pool]}},
        "flow_runs": {"state": {"type": {"any_": list(UNFINISHED)}}},
        "limit": 1,
    }
    if ask(server, "POST", "/flow_runs/filter", query):
        return False
    return not any(
        limit["active_slots"] for limit in ask(server, "POST", "/v2/concurrency_limits/filter", {})
    )


def start_if_watched(server: Server, deployment: str, slug: str) -> bool:
    """Start a run of a deployment now if its schedule `slug` is on; False if it is off or missing."""
    try:
        found = ask(server, "GET", f"/deployments/name/{deployment}")
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 404:
            raise
        return False
    if not any(schedule["slug"] == slug and schedule["active"] for schedule in found["schedules"]):
        return False
    ask(server, "POST", f"/deployments/{found['id']}/create_flow_run", {})
    return True


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    """One request, repeated while the server is busy.

    Raises:
        OSError: the server is down, or (`HTTPError`) refuses the request.
        ValueError: the answer is not JSON.
    """
    until = time.monotonic() + BUSY_S
    while True:
        try:
            return _ask_once(server, method, path, body)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > until:
                raise
            error.close()
        except TimeoutError:  # every request here may be repeated
            if time.monotonic() > until:
                raise
        time.sleep(0.5)


def _ask_once(server: Server, method: str, path: str, body: Any) -> Any:
    api = server if isinstance(server, SecuredServer) else SecuredServer(server, "")
    headers = {"Content-Type": "application/json"}
    if api.auth_string:
        headers["Authorization"] = f"Basic {base64.b64encode(api.auth_string.encode()).decode()}"
    request = urllib.request.Request(
        api.url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers=headers,
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy for 127.0.0.1
    with direct.open(request, timeout=TIMEOUT_S) as answer:
        return json.loads(answer.read() or b"null")
