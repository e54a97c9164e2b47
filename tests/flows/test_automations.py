"""The set of automations on a real Prefect server: brought there once, and each of them seen to fire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events import emit_event
from prefect.events.schemas.automations import AutomationCore
from prefect.settings import get_current_settings
from ruamel.yaml import YAML

from infra.deploy.automations import automations
from infra.deploy.automations.automations import Done
from infra.stack.prefect_api import ask
from tasks.backfill.run import SUSPENDED_EVENT
from tasks.core.errors import ConfigurationError

pytestmark = pytest.mark.timeout(180)
ROOT = Path(__file__).parents[2]
PREFECT_YAML = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text())
FAILED, MISSING, RISING, STUCK, NEVER_BEGAN = (one.name for one in automations.automations())
SLEEPS = """
from prefect import flow
from prefect.events import emit_event
from prefect.runtime import flow_run
import time

@flow
def sleeps():
    if "suspended" in flow_run.get_name():
        time.sleep(2)
        emit_event(EVENT, resource={"prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}"})
    time.sleep(600)
"""


@pytest.fixture
def api(prefect_server: None) -> str:
    return get_current_settings().api.url or ""


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        try:
            yield client
        finally:
            automations.remove(client)


@pytest.fixture
def received() -> Iterator[tuple[str, list[str]]]:
    """An address that takes notifications, and what it took."""
    bodies: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def done(changes: list[automations.AutomationChange]) -> set[Done]:
    assert len(changes) == len(automations.automations())
    return {change.done for change in changes}


def test_set_that_is_deployed_twice_is_the_same_set(client: SyncPrefectClient) -> None:
    assert done(automations.deploy(client)) == {Done.CREATED}
    first = {one.name: one.id for one in automations.deployed(client)}
    assert done(automations.deploy(client)) == {Done.UNCHANGED}
    assert {one.name: one.id for one in automations.deployed(client)} == first
    assert done(automations.remove(client)) == {Done.REMOVED}
    assert automations.deployed(client) == []


def test_what_an_operator_edited_is_set_right_and_what_was_paused_stays_paused(
    client: SyncPrefectClient,
) -> None:
    automations.deploy(client)
    edited = next(one for one in automations.deployed(client) if one.name == STUCK)
    mine = edited.model_dump(exclude={"id", "owner_resource"}) | {"description": "mine"}
    client.update_automation(edited.id, AutomationCore.model_validate(mine))
    client.pause_automation(edited.id)
    changes = {change.name: change.done for change in automations.deploy(client)}
    assert changes.pop(STUCK) == Done.UPDATED
    assert set(changes.values()) == {Done.UNCHANGED}
    again = next(one for one in automations.deployed(client) if one.name == STUCK)
    assert (again.id, again.enabled) == (edited.id, False)
    assert again.description != "mine"


def test_block_that_is_not_there_or_cannot_notify_is_refused(client: SyncPrefectClient) -> None:
    Secret(value="word").save("no-hook", overwrite=True)  # pyright: ignore[reportArgumentType]
    for name, why in (("slack-webhook/nobody", "has no block"), ("no-slash", "has no block"), ("secret/no-hook", "cannot notify")):  # fmt: skip
        with pytest.raises(ConfigurationError, match=why):
            automations.deploy(client, name)
    assert automations.deployed(client) == []


def test_failed_night_and_rising_refusals_are_told_to_whoever_is_named(
    client: SyncPrefectClient, api: str, received: tuple[str, list[str]]
) -> None:
    url, bodies = received
    text = {"text": "{{subject}}: {{body}}"}
    hook = CustomWebhookNotificationBlock(name="ops", url=url, json_data=text, headers=None, cookies=None)
    hook.save("ops", overwrite=True)
    automations.deploy(client, "custom-webhook/ops")
    wait_for(lambda: watched(client))
    night = start(api, deployment(api, "nightly"))
    set_state(api, night, "RUNNING")
    set_state(api, night, "FAILED", "3 documents: 2 done, 1 left")
    wait_for(lambda: len(bodies) == 1)
    text = json.loads(bodies[0])["text"]
    assert text.startswith(f"{FAILED}: A night ended Failed or Crashed.")
    assert "3 documents: 2 done, 1 left" in text and night in text
    other = start(api, deployment(api, "nightly", name="weekly"))
    set_state(api, other, "FAILED")
    emit_event(
        "countersign.quarantine.rising",
        resource={"prefect.resource.id": f"prefect.flow-run.{night}"},
        payload={"told": "9 of 12 new documents refused, 2.0% before"},
    )
    wait_for(lambda: len(bodies) == 2)
    text = json.loads(bodies[1])["text"]
    assert text.startswith(f"{RISING}: ") and "9 of 12 new documents refused" in text
    wait_for(lambda: in_the_feed(api, "prefect.automation.action.executed") >= 4)


def test_run_whose_heartbeat_stops_and_run_that_never_begins_are_crashed(
    client: SyncPrefectClient, api: str, tmp_path: Path
) -> None:
    for one in automations.automations():
        if one.name in (STUCK, NEVER_BEGAN):
            trigger = one.trigger.model_copy(update={"within": timedelta(seconds=10)})
            client.create_automation(one.model_copy(update={"trigger": trigger}))
    (tmp_path / "sleeps.py").write_text(SLEEPS.replace("EVENT", repr(SUSPENDED_EVENT)))
    entrypoint: dict[str, Any] = {"entrypoint": "sleeps.py:sleeps", "path": str(tmp_path)}
    of_ours = deployment(api, "sleeps", **entrypoint)
    waits = start(api, of_ours)
    set_state(api, waits, "PENDING")
    tenants = start(api, deployment(api, "sleeps", name="a tenant's", tags=[]))
    set_state(api, tenants, "PENDING")
    runs, suspended = start(api, of_ours), start(api, of_ours, name="suspended")
    processes = [execute(api, run, tmp_path) for run in (runs, suspended)]
    try:
        wait_for(lambda: heartbeats(api, runs) and in_the_feed(api, SUSPENDED_EVENT))
        assert state_of(api, runs) == "RUNNING"
    finally:
        for process in processes:
            kill_tree(process)
    wait_for(lambda: state_of(api, runs) == state_of(api, waits) == "CRASHED")
    assert (state_of(api, tenants), state_of(api, suspended)) == ("PENDING", "RUNNING")
    assert ask(api, "GET", f"/flow_runs/{runs}")["state"]["message"].startswith("No heartbeat")


def test_every_deployment_is_watched_and_sends_heartbeats_often_enough() -> None:
    by_name = {one.name: one for one in automations.automations()}
    within: Any = by_name[STUCK].trigger
    for deployed in PREFECT_YAML["deployments"]:
        assert "countersign" in deployed["tags"], deployed["name"]
        env = deployed["work_pool"]["job_variables"]["env"]
        assert int(env["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]) * 5 <= within.within.total_seconds()


def test_set_is_deployed_wherever_the_deployments_are() -> None:
    register = (ROOT / "infra/deploy/image/register.sh").read_text()
    assert register.index("infra.deploy.registration") < register.index("infra.cli.main automations deploy")


def deployment(api: str, flow: str, name: str = "", tags: list[str] | None = None, **how: str) -> str:
    flow_id = ask(api, "POST", "/flows/", {"name": flow})["id"]
    labels = ["countersign"] if tags is None else tags
    body = {"name": name or flow, "flow_id": flow_id, "tags": labels, **how}
    return ask(api, "POST", "/deployments/", body)["id"]


def start(api: str, deployment_id: str, **how: str) -> str:
    return ask(api, "POST", f"/deployments/{deployment_id}/create_flow_run", how)["id"]


def set_state(api: str, run: str, state: str, message: str = "") -> None:
    ask(api, "POST", f"/flow_runs/{run}/set_state", {"state": {"type": state, "message": message}})


def state_of(api: str, run: str) -> str:
    return ask(api, "GET", f"/flow_runs/{run}")["state_type"]


def execute(api: str, run: str, folder: Path) -> subprocess.Popen[bytes]:
    """The run in a process group of its own, with nobody who would notice its death."""
    env = {**os.environ, "PREFECT_API_URL": api, "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    command = [sys.executable, "-m", "prefect", "flow-run", "execute", run]
    with (folder / f"{run}.log").open("wb") as log:
        return subprocess.Popen(
            command, env=env, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Prefect runs the flow itself in a process of another session."""
    parent = psutil.Process(process.pid)
    for one in [*parent.children(recursive=True), parent]:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


def heartbeats(api: str, run: str) -> int:
    return in_the_feed(api, "prefect.flow-run.heartbeat", {"resource": {"id": [f"prefect.flow-run.{run}"]}})


def in_the_feed(api: str, event: str, which: dict[str, Any] | None = None) -> int:
    wanted = {"event": {"name": [event]}} | (which or {})
    return ask(api, "POST", "/events/filter", {"filter": wanted})["total"]


def watched(client: SyncPrefectClient) -> bool:
    """The server takes up new automations every few seconds."""
    time.sleep(6)
    return True


def wait_for(met: Callable[[], Any], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, "the server does it in time"
        time.sleep(0.5)
