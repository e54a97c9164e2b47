"""Slots that dead runs hold, on a real Prefect server: found, and given back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import GlobalConcurrencyLimitResponse
from prefect.settings import get_current_settings

from infra.stack.prefect_api import ask, ensure_work_pool, is_idle
from tasks.runtime import slots
from tasks.runtime.slots import StuckSlots, free, in_words, stuck_slots
from tests.flows.test_deployments import set_state, start

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("prefect_server")]


def beat(api: str, run: str) -> None:
    """A heartbeat, as a flow's process sends it; returns when the server has stored it."""
    now = datetime.now(UTC)
    event = {"event": slots.HEARTBEAT, "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"}}
    ask(api, "POST", "/events", [event | {"id": str(uuid4()), "occurred": now.isoformat()}])
    with get_client(sync_client=True) as client:
        until = time.monotonic() + 30
        while not slots._heartbeats(client, now - timedelta(seconds=1), UUID(run)):
            assert time.monotonic() < until, "the server stores events"
            time.sleep(0.2)


def test_slot_of_a_dead_run_is_freed_and_that_of_a_live_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    api, pool = get_current_settings().api.url or "", f"pool-{uuid4()}"
    ensure_work_pool(api, pool, max_runs=10)
    body = {
        "name": pool,
        "flow_id": ask(api, "POST", "/flows/", {"name": pool})["id"],
        "work_pool_name": pool,
    }
    deployment = UUID(ask(api, "POST", "/deployments/", body | {"concurrency_limit": 3})["id"])
    live, dead = start(api, str(deployment)), start(api, str(deployment))
    for run in (live, dead):
        set_state(api, run, "PENDING")
        assert set_state(api, run, "RUNNING") == "RUNNING"
    assert not is_idle(api, pool)
    seen: list[StuckSlots] = []

    def watch(suspects: StuckSlots) -> None:
        """As after a restart of the server: the live one sends its heartbeats again."""
        seen.append(suspects)
        beat(api, live)

    with get_client(sync_client=True) as client:

        def limit() -> GlobalConcurrencyLimitResponse:
            found = client.read_deployment(deployment).global_concurrency_limit
            assert found is not None
            return found

        assert not stuck_slots(client, [deployment], watch=watch), "they began just now"
        assert not stuck_slots(client, [], watch=watch)
        monkeypatch.setattr(slots, "_since", lambda _run: datetime.now(UTC) - timedelta(minutes=10))
        with monkeypatch.context() as without_events:
            without_events.setattr(slots, "_heartbeats", lambda *_: 0)
            assert not stuck_slots(client, [deployment], watch=watch), "such a server tells of no run"
        assert seen == []
        ask(
            api, "POST", "/v2/concurrency_limits/increment", {"names": [limit().name], "slots": 1}
        )  # by no run
        beat(api, str(uuid4()))
        found = stuck_slots(client, [deployment], watch=watch)
        assert {str(run.id) for run in seen[0].runs} == {live, dead}
        assert [str(run.id) for run in found.runs] == [dead]
        assert [(one.deployment, one.n_slots) for one in found.surplus] == [(pool, 1)]
        assert found.n_slots == len(in_words(found)) == 2 and limit().active_slots == 3
        free(client, found)
        assert limit().active_slots == 1
        assert client.read_flow_run(UUID(dead)).state_name == "Crashed"
        assert client.read_flow_run(UUID(live)).state_name == "Running"
        assert not stuck_slots(client, [deployment], but=live, watch=watch)
        assert len(seen) == 1
        set_state(api, live, "COMPLETED")
