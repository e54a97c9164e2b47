"""Backfill: process documents again, or an archive for the first time, at low priority.

    plan_backfill     choose documents, forecast their cost, store both as a plan
    backfill          run the plan in batches of `extract` on the queue `bulk`; report what changed
    steer_backfill    pause, resume or cancel
    keep_backfills    restart a running backfill whose flow run was killed; free slots that dead runs hold

Requires:
    PostgreSQL and the Prefect server with its deployments; a plan also S3 and Triton.
"""

from __future__ import annotations

from typing import Annotated, Literal

from prefect import flow
from prefect.client.schemas.objects import Flow, FlowRun, State
from prefect.exceptions import Pause
from prefect.states import Cancelled, Completed
from pydantic import Field

from tasks.backfill import control
from tasks.backfill.plan import Selection, plan
from tasks.backfill.report import report_end, report_plan
from tasks.backfill.run import drive
from tasks.core.backfill.progress import BackfillState
from tasks.core.errors import BackfillConflict
from tasks.maintenance import free_stuck_slots
from tasks.runtime.slots import in_words
from tasks.store import store
from tasks.verify.parts import through_outages

BackfillName = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9-]*$")]


@flow(flow_run_name="plan {name}", validate_parameters=True)
def plan_backfill(name: BackfillName, selection: Selection) -> State[None]:
    """Choose documents, forecast their cost, and store both as a plan. No document is processed.

    Args:
        name: Name of the backfill: small letters, digits and hyphens.
        selection: Which documents, and how to process them. All conditions must hold.
    """
    return Completed(message=report_plan(plan(name, selection)))


def _cancel_with_flow_run(flow: Flow, flow_run: FlowRun, state: State) -> None:
    """Cancelling the flow run on Prefect's page cancels the backfill."""
    try:
        control.cancel(str(flow_run.parameters["name"]), "cancelled on Prefect's page")
    except BackfillConflict:
        return  # it has ended already


@flow(flow_run_name="backfill {name}", on_cancellation=[_cancel_with_flow_run], validate_parameters=True)  # type: ignore[list-item]
def backfill(name: BackfillName, confirmed: bool = False) -> State[None]:
    """Run a planned backfill, or continue one that was paused, failed or killed.

    Suspending this flow run pauses the backfill, resuming it continues, cancelling it cancels.

    Args:
        name: The plan's name.
        confirmed: Run it even if its forecast is above the budget of the settings.
    """
    try:
        running = through_outages(lambda: control.set_running(name, confirmed))
        suspended = through_outages(lambda: drive(running))
    except BackfillConflict as conflict:
        return Completed(message=f"left alone: {conflict}", name="Skipped")
    if suspended is not None:
        raise Pause(state=suspended)
    ended = store().backfills.by_name(name)
    message = report_end(ended)
    if ended.state is BackfillState.CANCELLED:
        return Cancelled(message=message)
    return Completed(message=f"{ended.state}: {message}" + (f" ({ended.reason})" if ended.reason else ""))


@flow(flow_run_name="{action} {name}", validate_parameters=True)
def steer_backfill(name: BackfillName, action: Literal["pause", "resume", "cancel"]) -> State[None]:
    """Pause, resume or cancel a backfill by its name.

    Args:
        name: The plan's name.
        action: Pause and cancel let documents finish that have begun.
    """
    act = {"pause": control.pause, "resume": control.resume, "cancel": control.cancel}[action]
    return Completed(message=f"backfill {name} is {act(name).state}")


@flow
def keep_backfills() -> State[None]:
    """Start a flow run for every running backfill that has none, and free slots that dead runs hold."""
    started = control.restart_lost()
    # The nightly's only slot, too: without this a night that died with the Prefect server would cancel all later ones.
    stuck = free_stuck_slots(dry_run=False)
    done = [f"started {', '.join(started)}" if started else "", *in_words(stuck)]
    return Completed(message="; ".join(filter(None, done)) or "nothing to do")
