"""Steer: start, pause, resume or cancel a backfill at any moment, whoever drives it. Its state in the store is what counts.

Requires:
    PostgreSQL; to start or resume, the Prefect server with its deployments.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tasks.backfill.deployment import (
    driver_runs,
    mark_crashed,
    prefect_client,
    running_s,
    start_driver,
    switch_keeper,
)
from tasks.backfill.plan import budget
from tasks.core.backfill.progress import BackfillState, expected_from_json, over_budget
from tasks.core.errors import BackfillStands, ConfigurationError
from tasks.postgres.backfills import DRIVER, Backfill
from tasks.store import store

_PLANNED, _RUNNING, _PAUSED, _DONE = (
    BackfillState.PLANNED,
    BackfillState.RUNNING,
    BackfillState.PAUSED,
    BackfillState.DONE,
)


def set_running(name: str, confirmed: bool = False) -> Backfill:
    """From planned or paused to running; what failed before is taken up again. Starts no flow run.

    Raises:
        ConfigurationError: it may cost more than the budget of the settings, and nobody has confirmed it.
        BackfillStands: it was cancelled, has nothing left to do, or another one is running.
    """
    backfills = store().backfills
    found = backfills.by_name(name)
    if found.state is BackfillState.CANCELLED:
        raise BackfillStands(f"backfill {name} was cancelled, and that is for good: plan another")
    if others := [b.name for b in backfills.running() if b.name != name]:
        raise BackfillStands(f"backfill {others[0]} is running, and one runs at a time: pause it or wait")
    if found.state is _PLANNED and not confirmed:
        _ask_first(found)
    n_failed = backfills.retry_failed(found.backfill_id)
    if found.state is _DONE and not n_failed:
        raise BackfillStands(f"backfill {name} is done, and nothing of it has failed: there is nothing to do")
    backfills.set_state(found.backfill_id, _RUNNING, [_PLANNED, _PAUSED, _DONE, _RUNNING])
    return backfills.by_name(name)


def start(name: str, confirmed: bool = False) -> Backfill:
    """Set it going, and see that a flow run drives it.

    Raises: as `set_running`.
    """
    found = set_running(name, confirmed)
    switch_keeper(True)
    with prefect_client() as client:
        is_waited_for = bool(driver_runs(client, name, is_begun=False))
    if not is_waited_for and not store().backfills.is_held(found.backfill_id, DRIVER):
        start_driver(name)
    return found


def resume(name: str) -> Backfill:
    """As `start`, of one that was paused, or whose flow runs were killed.

    Raises:
        BackfillStands: it is in another state.
    """
    found = store().backfills.by_name(name)
    if found.state not in (_PAUSED, _RUNNING):
        raise BackfillStands(f"backfill {name} is {found.state}: only a paused one can be resumed")
    return start(name, confirmed=True)


def pause(name: str, reason: str | None = None) -> Backfill:
    """Begin nothing new; documents that are being worked on end.

    Raises:
        BackfillStands: it does not run.
    """
    return _stop(name, BackfillState.PAUSED, [_RUNNING], reason)


def cancel(name: str, reason: str | None = None) -> Backfill:
    """As `pause`, for good. What was done stays.

    Raises:
        BackfillStands: it is over already.
    """
    return _stop(name, BackfillState.CANCELLED, [_PLANNED, _RUNNING, _PAUSED], reason)


def _stop(
    name: str, state: BackfillState, from_states: Sequence[BackfillState], reason: str | None
) -> Backfill:
    backfills = store().backfills
    found = backfills.by_name(name)
    if not backfills.set_state(found.backfill_id, state, from_states, reason):
        raise BackfillStands(f"backfill {name} is {found.state} and cannot become {state}")
    return backfills.by_name(name)


def _ask_first(found: Backfill) -> None:
    passed = over_budget(expected_from_json(found.forecast), budget())
    if passed:
        raise ConfigurationError(
            f"backfill {found.name} may cost more than is allowed without asking: {'; '.join(passed)}. "
            "Confirm it, or raise COUNTERSIGN_BACKFILL_MAX_*."
        )


_GRACE_S = 20.0
"""A driver takes its lock a moment after the server knows that it runs."""

logger = logging.getLogger("countersign.backfill")


def restart_lost() -> list[str]:
    """Start a driver for each running backfill that has none; gives their names. Where none runs it looks less often."""
    backfills, started = store().backfills, list[str]()
    running = backfills.running()
    switch_keeper(bool(running))
    with prefect_client() as client:
        for backfill in running:
            if backfills.is_held(backfill.backfill_id, DRIVER) or driver_runs(
                client, backfill.name, is_begun=False
            ):
                continue
            begun = driver_runs(client, backfill.name, is_begun=True)
            if any(running_s(run) < _GRACE_S for run in begun):
                continue
            for run in begun:
                mark_crashed(client, run)
            logger.warning("backfill %s has nobody who drives it: started anew", backfill.name)
            start_driver(backfill.name)
            started.append(backfill.name)
    return started
