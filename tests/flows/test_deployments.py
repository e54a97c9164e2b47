"""`prefect.yaml`, the flows and the README's table say the same."""

from __future__ import annotations

import asyncio
import importlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import get_current_settings
from ruamel.yaml import YAML

from infra.stack.prefect_api import ask, ensure_work_pool, ensure_work_queues
from tasks.documents import RunOptions
from tasks.runtime.work_queues import WorkQueue
from tasks.submit import submit

ROOT = Path(__file__).parents[2]
DEPLOYMENTS: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text())["deployments"]


def entrypoint(deployment: dict[str, Any]) -> Any:
    path, _, name = deployment["entrypoint"].partition(":")
    return getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)


def test_what_runs_on_its_own_or_by_a_click_is_deployed():
    assert {d["name"] for d in DEPLOYMENTS} >= {"extract", "nightly", "maintenance"}


def test_maintenance_is_dry_and_waits_for_a_person_to_switch_it_on():
    maintenance = next(d for d in DEPLOYMENTS if d["name"] == "maintenance")
    assert entrypoint(maintenance).parameters.properties["dry_run"]["default"] is True
    assert "dry_run" not in (maintenance.get("parameters") or {})
    assert [schedule["active"] for schedule in maintenance["schedules"]] == [False]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_entrypoint_is_a_flow_and_its_parameters_validate(deployment: dict[str, Any]):
    flow = entrypoint(deployment)
    known = set(flow.parameters.properties)
    parameters = deployment.get("parameters") or {}
    assert set(parameters) <= known
    if set(flow.parameters.required or ()) <= set(parameters):
        flow.validate_parameters(parameters)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_deployment_stands_in_the_readme_table(deployment: dict[str, Any]):
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert any(line.startswith(f"| `{deployment['name']}`") for line in rows)


def test_every_deployment_has_a_queue_of_ours() -> None:
    queues = {d["name"]: d["work_pool"]["work_queue_name"] for d in DEPLOYMENTS}
    assert set(queues.values()) <= set(WorkQueue)
    assert (queues["extract"], queues["nightly"]) == (WorkQueue.OPERATOR, WorkQueue.NIGHTLY)


def test_servers_of_your_own_get_the_same_queues() -> None:
    assert f"for queue in {' '.join(WorkQueue)}; do" in (ROOT / "infra/deploy/image/register.sh").read_text()


@pytest.fixture
def api(prefect_server: None) -> str:
    return get_current_settings().api.url or ""


@pytest.fixture
def pool(api: str) -> str:
    name = f"pool-{uuid4()}"
    ensure_work_pool(api, name, max_runs=10)
    ensure_work_queues(api, name, WorkQueue)
    return name


@pytest.mark.timeout(180)
def test_free_worker_takes_an_operators_run_before_the_nights_and_bulk(api: str, pool: str) -> None:
    ensure_work_queues(api, pool, WorkQueue)  # again: nothing changes
    found = ask(api, "POST", f"/work_pools/{pool}/queues/filter", {})
    assert [q["name"] for q in sorted(found, key=lambda q: q["priority"])] == [*WorkQueue, "default"]
    flow = ask(api, "POST", "/flows/", {"name": pool})["id"]
    for queue in ("default", *reversed(WorkQueue)):  # the least urgent was there first
        body = {"name": queue, "flow_id": flow, "work_pool_name": pool, "work_queue_name": queue}
        start(api, ask(api, "POST", "/deployments/", body)["id"])
    names = {q["id"]: q["name"] for q in found}
    due = ask(api, "POST", f"/work_pools/{pool}/get_scheduled_flow_runs", {"limit": 3})
    assert [names[run["flow_run"]["work_queue_id"]] for run in due] == list(WorkQueue)


@pytest.mark.timeout(180)
def test_night_that_is_due_during_another_is_cancelled(api: str, pool: str) -> None:
    limit = next(d for d in DEPLOYMENTS if d["name"] == "nightly")["concurrency_limit"]
    options = {"collision_strategy": limit["collision_strategy"]}
    body = {"name": pool, "flow_id": ask(api, "POST", "/flows/", {"name": pool})["id"]}
    body |= {"concurrency_limit": limit["limit"], "concurrency_options": options}
    deployment = ask(api, "POST", "/deployments/", body)["id"]
    first, second = start(api, deployment), start(api, deployment)
    assert set_state(api, first, "PENDING") == "PENDING"
    assert set_state(api, first, "RUNNING") == "RUNNING"
    assert set_state(api, second, "PENDING") == "CANCELLED"
    assert set_state(api, first, "COMPLETED") == "COMPLETED"
    assert set_state(api, start(api, deployment), "PENDING") == "PENDING", "the next night may begin"


@pytest.mark.timeout(180)
def test_batch_of_the_night_waits_in_the_nights_queue(api: str, pool: str) -> None:
    flow = ask(api, "POST", "/flows/", {"name": "extract"})["id"]
    body = {"name": "extract", "flow_id": flow, "work_pool_name": pool, "work_queue_name": "operator"}
    deployment = ask(api, "POST", "/deployments/", body)["id"]
    with ThreadPoolExecutor(1) as threads:
        batch = threads.submit(submit.fn, [], RunOptions(), 0)
        run = wait_for_run(api, deployment)
        set_state(api, run["id"], "RUNNING")
        set_state(api, run["id"], "COMPLETED")
        ended = batch.result(timeout=60)
    assert run["work_queue_name"] == WorkQueue.NIGHTLY
    assert (ended.flow_run_id, ended.is_completed) == (run["id"], True)


def wait_for_run(api: str, deployment: str) -> dict[str, Any]:
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    until = time.monotonic() + 60
    while not (runs := ask(api, "POST", "/flow_runs/filter", wanted)):
        assert time.monotonic() < until, "a run is submitted"
        time.sleep(0.2)
    return runs[0]


def start(api: str, deployment: str) -> str:
    return ask(api, "POST", f"/deployments/{deployment}/create_flow_run", {})["id"]


def set_state(api: str, run: str, state: str) -> str:
    """What the server made of a wish."""
    ask(api, "POST", f"/flow_runs/{run}/set_state", {"state": {"type": state}})
    return ask(api, "GET", f"/flow_runs/{run}")["state_type"]


def test_nightly_has_a_cron_schedule_with_a_time_zone():
    nightly = next(d for d in DEPLOYMENTS if d["name"] == "nightly")
    schedule = nightly["schedules"][0]
    assert schedule["cron"] and schedule["timezone"]


def planned(cron: str, zone: str, begin: datetime, hours: int) -> list[str]:
    """By Prefect's own schedule, in UTC."""
    end = begin + timedelta(hours=hours)
    dates = asyncio.run(CronSchedule(cron=cron, timezone=zone).get_dates(start=begin, end=end))
    return [f"{date.astimezone(UTC):%d. %H:%M}" for date in dates]


SPRING = datetime(2027, 3, 27, 12, tzinfo=UTC)
AUTUMN = datetime(2027, 10, 30, 12, tzinfo=UTC)


def test_one_night_runs_in_each_night_of_the_clock_change() -> None:
    """As prefect.yaml and docs/operations.md say: at 03:00 local time in spring, the first 02:00 in autumn."""
    nightly = next(d for d in DEPLOYMENTS if d["name"] == "nightly")["schedules"][0]
    when = nightly["cron"], nightly["timezone"]
    assert planned(*when, SPRING, 24) == ["28. 01:00"]
    assert planned(*when, AUTUMN, 24) == ["31. 00:00"]
    assert planned(*when, AUTUMN, 48) == ["31. 00:00", "01. 01:00"], (
        "25 hours, in the 26 of `nightly missing`"
    )


def test_keeper_leaves_out_no_hour_in_the_nights_of_the_clock_change() -> None:
    keeper = next(d for d in DEPLOYMENTS if d["name"] == "backfill-keeper")["schedules"]
    for begin in (SPRING, AUTUMN):
        for schedule, n_runs in zip(keeper, (24, 24 * 60 + 1), strict=True):
            found = planned(schedule["cron"], schedule["timezone"], begin, 24)
            assert len(found) == min(n_runs, 1000)  # Prefect gives at most 1,000
    assert len(planned("30 * * * *", "Europe/Berlin", AUTUMN, 24)) == 23, "which is why it is in UTC"
