"""Slots of deployments that nothing would give back: runs whose process died while the Prefect server was down.

A run that takes a slot of its deployment has a lease on it. A server that keeps its leases in
memory forgets them when it ends, and keeps the slots (`findings/`). The automation `countersign run
stuck` watches the heartbeats that arrive: a run that was silent before the server came back is not
seen by it.

Requires:
    The Prefect server, with its events: they tell which run still sends heartbeats.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.filters import EventFilter
from prefect.states import Crashed

from tasks.core.text.display import counted

HEARTBEAT = "prefect.flow-run.heartbeat"
SILENT = timedelta(minutes=5)
"""Five heartbeats of `prefect.yaml`; the automation waits as long."""
NOT_BEGUN = timedelta(minutes=30)
"""For a run that a worker took and that has not begun; as the automation `countersign run never began`."""
WATCH_S = 150.0
"""How long a silent run is watched: a live one sends two heartbeats, also if the server came back just now."""
_PAGE = 200
"""The most that the server returns at once. Source: PREFECT_SERVER_API_DEFAULT_LIMIT, Prefect 3.9."""
_HOLDING = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


@dataclass(frozen=True, slots=True)
class SurplusSlots:
    """Taken slots of a deployment that no unfinished run accounts for."""

    deployment: str
    limit: str
    n_slots: int


@dataclass(frozen=True, slots=True)
class StuckSlots:
    """What holds slots and does not live. Empty: nothing does."""

    runs: tuple[FlowRun, ...] = ()
    """Unfinished runs without a sign of life."""
    surplus: tuple[SurplusSlots, ...] = ()

    @property
    def n_slots(self) -> int:
        return len(self.runs) + sum(one.n_slots for one in self.surplus)

    def __bool__(self) -> bool:
        return bool(self.runs or self.surplus)


def _watch(_suspects: StuckSlots) -> None:
    time.sleep(WATCH_S)


def stuck_slots(
    client: SyncPrefectClient,
    deployment_ids: Collection[UUID],
    but: str | None = None,
    watch: Callable[[StuckSlots], None] = _watch,
) -> StuckSlots:
    """Find what looks stuck, and return what still does after it was watched.

    Returns at once if nothing looks stuck.

    Args:
        but: The id of the flow run that asks.
        watch: Is given what looks stuck, and returns after `WATCH_S`.
    """
    if not deployment_ids:  # an empty filter would match every flow run of the server
        return StuckSlots()
    first = _look(client, deployment_ids, but)
    if not first:
        return first
    watch(first)
    again = _look(client, deployment_ids, but)
    suspects = {run.id: run.state_id for run in first.runs}
    surplus = {one.limit: one.n_slots for one in first.surplus}
    return StuckSlots(
        tuple(run for run in again.runs if suspects.get(run.id) == run.state_id),
        tuple(
            replace(one, n_slots=min(one.n_slots, surplus[one.limit]))
            for one in again.surplus
            if one.limit in surplus
        ),
    )


def free(client: SyncPrefectClient, stuck: StuckSlots) -> None:
    """Set the runs Crashed, by which the server takes their slots back, and free the slots of no run."""
    for run in stuck.runs:
        reason = "No sign of life, and its slot was not given back. What is stored stays; the next night takes up the rest."
        client.set_flow_run_state(run.id, Crashed(message=reason), force=True)
    for one in stuck.surplus:
        taken = client.read_global_concurrency_limit_by_name(one.limit).active_slots
        freed = GlobalConcurrencyLimitUpdate(active_slots=max(0, taken - one.n_slots))
        client.update_global_concurrency_limit(one.limit, freed)


def in_words(stuck: StuckSlots) -> list[str]:
    """One line for each run and each limit; names of runs are keys and prefixes."""
    lines = [
        f"the flow run {run.name} ({run.id}) holds a slot and gives no sign of life" for run in stuck.runs
    ]
    return lines + [
        f"{counted(one.n_slots, 'taken slot')} of the deployment {one.deployment} without a run"
        for one in stuck.surplus
    ]


def _look(client: SyncPrefectClient, deployment_ids: Collection[UUID], but: str | None) -> StuckSlots:
    # Limits first: a run that takes a slot after that is counted as a holder, and explains one slot more.
    limits = _taken(client, deployment_ids)
    runs = _unfinished(client, deployment_ids)
    silent = _silent(client, [run for run in runs if str(run.id) != but])
    holders = [run.deployment_id for run in runs]
    surplus = {owner: one.n_slots - holders.count(owner) for owner, one in limits.items()}
    return StuckSlots(
        tuple(silent), tuple(replace(limits[owner], n_slots=n) for owner, n in surplus.items() if n > 0)
    )


def _taken(client: SyncPrefectClient, deployment_ids: Collection[UUID]) -> Mapping[UUID, SurplusSlots]:
    """All taken slots of each deployment that has a limit."""
    deployments = [client.read_deployment(deployment_id) for deployment_id in deployment_ids]
    return {
        d.id: SurplusSlots(d.name, d.global_concurrency_limit.name, d.global_concurrency_limit.active_slots)
        for d in deployments
        if d.global_concurrency_limit
    }


def _unfinished(client: SyncPrefectClient, deployment_ids: Collection[UUID]) -> list[FlowRun]:
    """Runs that may hold a slot. One that waits for its retry holds it, too, and is Scheduled."""
    conditions: dict[str, Any] = {"deployment_id": {"any_": list(deployment_ids)}}
    found: list[FlowRun] = []
    for state in ({"type": {"any_": list(_HOLDING)}}, {"name": {"any_": ["AwaitingRetry"]}}):
        wanted = FlowRunFilter.model_validate({**conditions, "state": state})
        offset = 0
        while page := client.read_flow_runs(flow_run_filter=wanted, limit=_PAGE, offset=offset):
            found, offset = found + page, offset + len(page)
    return found


def _silent(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> list[FlowRun]:
    """Runs of which nothing was heard for so long that their process is gone."""
    now = datetime.now(UTC)
    waiting = [r for r in runs if _is(r, StateType.PENDING) and now - _since(r) > NOT_BEGUN]
    begun = [r for r in runs if _is(r, StateType.RUNNING, StateType.CANCELLING) and now - _since(r) > SILENT]
    if not begun or not _heartbeats(client, now - timedelta(days=7), None):
        return waiting  # a server that keeps no events tells of no run whether it lives
    return waiting + [run for run in begun if not _heartbeats(client, now - SILENT, run.id)]


def _heartbeats(client: SyncPrefectClient, since: datetime, run_id: UUID | None) -> int:
    """How many the server got, of this run or of any."""
    conditions: dict[str, Any] = {"event": {"name": [HEARTBEAT]}, "occurred": {"since": since}}
    if run_id is not None:
        conditions["resource"] = {"id": [f"prefect.flow-run.{run_id}"]}
    return client.read_events(EventFilter.model_validate(conditions), limit=1).total


def _is(run: FlowRun, *types: StateType) -> bool:
    return run.state is not None and run.state.type in types


def _since(run: FlowRun) -> datetime:
    assert run.state is not None
    return run.state.timestamp
