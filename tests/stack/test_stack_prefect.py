"""Prefect: server, deployments and worker, killed and mended. Slow: the first start makes Prefect's database."""

from __future__ import annotations

import asyncio
import shlex
import sys
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from infra import stack
from infra.stack import StackPart, prefect_api
from infra.stack.prefect import WORK_POOL
from infra.stack.prefect_api import SecuredServer, ask
from tests.stack.processes import alive, kill, pids

PREFECT = (StackPart.PREFECT, StackPart.WORKER)


def deployments(api: SecuredServer) -> dict[str, Any]:
    return {found["name"]: found for found in ask(api, "POST", "/deployments/filter", {})}


def sleeping_run(api: SecuredServer) -> str:
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


def state_of(api: SecuredServer, run: str) -> str:
    return ask(api, "GET", f"/flow_runs/{run}")["state_type"]


def scheduled(api: SecuredServer, deployment: str) -> list[Any]:
    query = {
        "deployments": {"name": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    return ask(api, "POST", "/flow_runs/filter", query)


def test_prefect_is_up_with_our_deployments_and_mends_what_was_killed(home: Path):
    api = SecuredServer.of(stack.ensure_up(PREFECT))
    assert {"extract", "nightly"} <= deployments(api).keys()
    assert deployments(api)["nightly"]["schedules"][0]["schedule"]["timezone"] == "Europe/Berlin"
    assert deployments(api)["nightly"]["work_queue_name"] == "nightly"
    assert deployments(api)["nightly"]["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert ask(api, "POST", "/automations/filter", {}) == [], "they are brought by a command of their own"
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
    assert SecuredServer.of(stack.ensure_up(PREFECT)) == api
    assert pids(home) == before

    run = sleeping_run(api)
    until = time.monotonic() + 30
    while not any("time.sleep(600)" in " ".join(process.cmdline()) for process in alive(home)):
        assert time.monotonic() < until, "the worker takes the run"
        time.sleep(0.2)
    for pid in before.values():
        kill(pid)
    assert SecuredServer.of(stack.ensure_up(PREFECT)) == api
    assert not any("time.sleep(600)" in " ".join(process.cmdline()) for process in alive(home))
    assert state_of(api, run) == "CRASHED", "a dead run holds no slot of the pool"
    assert {"extract", "nightly"} <= deployments(api).keys()
    stack.down()
    assert alive(home) == []


def test_prefect_still_opens_sqlite_as_the_server_script_changes_it(tmp_path: Path):
    """Where this fails, `infra/stack/prefect_server.py` may have less to do."""
    from prefect.server.database.configurations import AioSqliteConfiguration

    async def cache_size_and_begin() -> tuple[Any, list[str]]:
        configuration = AioSqliteConfiguration(f"sqlite+aiosqlite:///{tmp_path / 'prefect.db'}")
        engine, statements = await configuration.engine(), []
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        async with (
            await configuration.session(engine) as session,
            configuration.begin_transaction(session),
        ):
            cache_size = (await session.execute(text("PRAGMA cache_size"))).scalar()
        await engine.dispose()
        return cache_size, statements

    cache_size, statements = asyncio.run(cache_size_and_begin())
    assert cache_size == 20_000, "pages of 4 KiB, kept by each connection"
    assert statements[0] == "BEGIN DEFERRED", "it does not say that it writes"


def test_what_is_refused_stops_nobody_else(home: Path, monkeypatch: pytest.MonkeyPatch):
    """A refusal is, in the server, a cursor that failed; with SQLAlchemy 2.0 some ten of them beside writers stopped it for a minute."""
    api = SecuredServer.of(stack.ensure_up([StackPart.PREFECT]))
    monkeypatch.setattr(prefect_api, "BUSY_S", 0)  # nothing is asked twice
    flow = ask(api, "POST", "/flows/", {"name": "nothing"})["id"]
    with ThreadPoolExecutor(3) as some, ThreadPoolExecutor(5) as others:
        refused = [some.submit(is_refused, api) for _ in range(100)]
        accepted = [others.submit(run_that_ends, api, flow) for _ in range(100)]
        try:
            assert all(done.result() for done in as_completed(refused + accepted))
        finally:
            for threads in (some, others):
                threads.shutdown(cancel_futures=True)


def is_refused(api: SecuredServer) -> bool:
    """To make the work pool that is there."""
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(api, "POST", "/work_pools/", {"name": WORK_POOL, "type": "process", "base_job_template": {}})
    refusal.value.close()
    return refusal.value.code == 409


def run_that_ends(api: SecuredServer, flow: str) -> bool:
    run = ask(api, "POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}})["id"]
    said = ask(api, "POST", f"/flow_runs/{run}/set_state", {"state": {"type": "COMPLETED"}})
    return said["status"] == "ACCEPT"
