"""Prefect: server, deployments and worker, killed and mended. Slow: the first start makes Prefect's database."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from infra import stack
from infra.stack import Part
from infra.stack.prefect import WORK_POOL
from infra.stack.prefect_api import ask
from tests.stack.processes import alive, kill, pids

PREFECT = (Part.PREFECT, Part.WORKER)


def deployments(api: str) -> dict[str, Any]:
    return {found["name"]: found for found in ask(api, "POST", "/deployments/filter", {})}


def sleeping_run(api: str) -> str:
    """A flow run that does nothing for ten minutes, handed to the worker."""
    flow = ask(api, "POST", "/flows/", {"name": "sleep"})
    command = shlex.join([sys.executable, "-c", "import time; time.sleep(600)"])
    deployment = ask(
        api,
        "POST",
        "/deployments/",
        {
            "name": "sleep",
            "flow_id": flow["id"],
            "work_pool_name": WORK_POOL,
            "job_variables": {"command": command},
        },
    )
    run = ask(api, "POST", f"/deployments/{deployment['id']}/create_flow_run", {})
    return run["id"]


def state_of(api: str, run: str) -> str:
    return ask(api, "GET", f"/flow_runs/{run}")["state_type"]


def scheduled(api: str, deployment: str) -> list[Any]:
    query = {
        "deployments": {"name": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    return ask(api, "POST", "/flow_runs/filter", query)


def automations(word: str) -> str:
    command = [sys.executable, "-m", "infra.cli.main", "automations", word]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stderr


def test_prefect_is_up_with_our_deployments_and_mends_what_was_killed(home: Path):
    api = stack.ensure_up(PREFECT)["PREFECT_API_URL"]
    assert {"extract", "nightly"} <= deployments(api).keys()
    assert deployments(api)["nightly"]["schedules"][0]["schedule"]["timezone"] == "Europe/Berlin"
    assert deployments(api)["nightly"]["work_queue_name"] == "nightly"
    assert deployments(api)["nightly"]["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert ask(api, "POST", "/automations/filter", {}) == [], "on SQLite they would stand in everybody's way"
    assert "SQLite" in automations("deploy"), "who brings them is told so"
    automations("remove")
    queues = ask(api, "POST", f"/work_pools/{WORK_POOL}/queues/filter", {})
    assert {q["name"]: q["priority"] for q in queues} == {
        "operator": 1,
        "nightly": 2,
        "bulk": 3,
        "default": 4,
    }
    until = time.monotonic() + 90
    while not scheduled(api, "nightly"):
        assert time.monotonic() < until, "the server plans the nightly runs"
        time.sleep(0.5)
    before = pids(home)
    assert stack.ensure_up(PREFECT)["PREFECT_API_URL"] == api
    assert pids(home) == before

    run = sleeping_run(api)
    until = time.monotonic() + 30
    while not any("time.sleep(600)" in " ".join(process.cmdline()) for process in alive(home)):
        assert time.monotonic() < until, "the worker takes the run"
        time.sleep(0.2)
    for pid in before.values():
        kill(pid)
    assert stack.ensure_up(PREFECT)["PREFECT_API_URL"] == api
    assert not any("time.sleep(600)" in " ".join(process.cmdline()) for process in alive(home))
    assert state_of(api, run) == "CRASHED", "a dead run holds no slot of the pool"
    assert {"extract", "nightly"} <= deployments(api).keys()
    stack.down()
    assert alive(home) == []
