"""Starts, pauses, resumes and cancels backfills, at any moment and from any process.

A stop only changes the state in the store: the driver (`run.py`) and the batches read it, and begin
no further document.

Requires:
    PostgreSQL; to start or resume, also the Prefect server with its deployments.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from tasks.backfill.deployment import (
    check_deployed,
    driver_runs,
    mark_crashed,
    newest_driver,
    prefect_client,
    running_s,
    start_driver,
    switch_keeper,
)
from tasks.backfill.plan import budget
from tasks.core.backfill.progress import BackfillState, expected_from_json, over_budget
from tasks.core.errors import BackfillConflict, ConfigurationError
from tasks.postgres.backfills import DRIVER, Backfill
from tasks.store import store

_PLANNED, _RUNNING, _PAUSED = BackfillState.PLANNED, BackfillState.RUNNING, BackfillState.PAUSED
_DONE, _CANCELLED = BackfillState.DONE, BackfillState.CANCELLED

_GRACE_S = 20.0
"""A driver takes its lock a moment after the server shows it as running."""
_REPORT_S = 120.0
"""How long the tables of a backfill may take that has ended: it compares every document."""
_POLL_S = 1.0

logger = logging.getLogger("countersign.backfill")


def set_running(name: str, confirmed: bool = False) -> Backfill:
    """Set a backfill to running and its failed documents to waiting. Starts no flow run.

    Raises:
        ConfigurationError: it may cost more than the budget of the settings, and `confirmed` is not
            set.
        BackfillConflict: it was cancelled, has nothing left to do, or another backfill is running.
    """
    backfills = store().backfills
    backfill = backfills.by_name(name)
    if backfill.state is _CANCELLED:
        raise BackfillConflict(f"backfill {name} was cancelled and cannot be started again. Plan a new one.")
    if others := [b.name for b in backfills.running() if b.name != name]:
        raise BackfillConflict(f"backfill {others[0]} is running, and one runs at a time. Pause it or wait.")
    if backfill.state is _PLANNED and not confirmed:
        _check_budget(backfill)
    n_failed = backfills.retry_failed(backfill.backfill_id)
    if backfill.state is _DONE and not n_failed:
        raise BackfillConflict(f"backfill {name} is done and no document failed: there is nothing to do")
    backfills.set_state(backfill.backfill_id, _RUNNING, [_PLANNED, _PAUSED, _DONE, _RUNNING])
    return backfills.by_name(name)


def start(name: str, confirmed: bool = False) -> Backfill:
    """Set a backfill to running, and start a driver if it has none. Raises as `set_running` and
    `check_deployed`; then nothing was changed."""
    check_deployed()
    backfill = set_running(name, confirmed)
    switch_keeper(True)
    with prefect_client() as client:
        is_scheduled = bool(driver_runs(client, name, is_begun=False))
    if not is_scheduled and not store().backfills.is_held(backfill.backfill_id, DRIVER):
        start_driver(name)
    return backfill


def resume(name: str) -> Backfill:
    """Start a backfill that was paused, or whose flow runs were killed.

    Raises BackfillConflict if it is neither.
    """
    state = store().backfills.by_name(name).state
    if state not in (_PAUSED, _RUNNING):
        raise BackfillConflict(f"backfill {name} is {state}: only a paused one can be resumed")
    return start(name, confirmed=True)


def pause(name: str, reason: str | None = None) -> Backfill:
    """Begin no further document; finish those in progress.

    Raises BackfillConflict if it is not running.
    """
    return _stop(name, _PAUSED, [_RUNNING], reason)


def cancel(name: str, reason: str | None = None) -> Backfill:
    """Stop for good: as `pause`, but it cannot be resumed.

    Results stay. Raises BackfillConflict if it is done or cancelled.
    """
    return _stop(name, _CANCELLED, [_PLANNED, _RUNNING, _PAUSED], reason)


def driver_failure(name: str, is_over: bool) -> str | None:
    """Why the flow run that drives a backfill failed; None: it did not.

    Args:
        is_over: The backfill has ended, so the flow run only has its tables left: wait for its end.
            Otherwise a run that crashed does not count, because the keeper starts another one.
    """
    until = time.monotonic() + (_REPORT_S if is_over else 0)
    while True:
        with prefect_client() as client:
            run = newest_driver(client, name)
        if run is None or run.state is None:
            return None
        if run.state.is_failed() or (is_over and run.state.is_crashed()):
            return f"the flow run {run.id} ended {run.state.name}: {run.state.message or 'without a message'}"
        if not run.state.is_running() or time.monotonic() >= until:
            return None
        time.sleep(_POLL_S)


def _stop(
    name: str, state: BackfillState, from_states: Sequence[BackfillState], reason: str | None
) -> Backfill:
    backfills = store().backfills
    backfill = backfills.by_name(name)
    if not backfills.set_state(backfill.backfill_id, state, from_states, reason):
        raise BackfillConflict(f"backfill {name} is {backfill.state} and cannot become {state}")
    return backfills.by_name(name)


def _check_budget(backfill: Backfill) -> None:
    if exceeded := over_budget(expected_from_json(backfill.forecast), budget()):
        raise ConfigurationError(
            f"backfill {backfill.name} may cost more than the budget: {'; '.join(exceeded)}. "
            "Confirm it, or raise COUNTERSIGN_BACKFILL_MAX_*."
        )


def restart_lost() -> list[str]:
    """Start a driver for each running backfill without one; return their names.

    If no backfill is running, the keeper's next check comes later (see `switch_keeper`).
    """
    running, started = store().backfills.running(), list[str]()
    switch_keeper(bool(running))
    with prefect_client() as client:
        for backfill in running:
            crashed = _crashed_drivers(client, backfill)
            if crashed is None:
                continue
            for run in crashed:
                mark_crashed(client, run)
            logger.warning("backfill %s has lost its driver: starting another", backfill.name)
            start_driver(backfill.name)
            started.append(backfill.name)
    return started


def _crashed_drivers(client: SyncPrefectClient, backfill: Backfill) -> list[FlowRun] | None:
    """Driver runs that the server shows as running, but whose process has died; None: a driver is
    alive."""
    if store().backfills.is_held(backfill.backfill_id, DRIVER):
        return None
    if driver_runs(client, backfill.name, is_begun=False):
        return None
    begun = driver_runs(client, backfill.name, is_begun=True)
    return None if any(running_s(run) < _GRACE_S for run in begun) else begun
