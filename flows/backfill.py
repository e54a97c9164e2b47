"""Backfill: what is there already is done again, or done at last, at low priority and under control.

    plan_backfill (choose, forecast, store) -> backfill (batches of `extract` in the queue `bulk`) -> table, what changed, event
    steer_backfill pauses, resumes or cancels it; keep_backfills starts it again after a kill

Requires:
    PostgreSQL and the Prefect server with its deployments; a plan also S3 and Triton. One backfill runs at a time.
"""

from __future__ import annotations

from typing import Literal

from prefect import flow
from prefect.client.schemas.objects import Flow, FlowRun, State
from prefect.exceptions import Pause
from prefect.states import Cancelled, Completed

from tasks.backfill import control as steer
from tasks.backfill.control import restart_lost
from tasks.backfill.plan import Selection, plan
from tasks.backfill.report import report_end, report_plan
from tasks.backfill.run import drive
from tasks.core.backfill.progress import BackfillState
from tasks.core.errors import BackfillStands
from tasks.store import store


@flow(flow_run_name="plan {name}", validate_parameters=True)
def plan_backfill(name: str, selection: Selection) -> State[None]:
    """Choose documents, say what they will cost, and store both as a plan. Nothing is begun: `backfill` does that.

    Args:
        name: What the backfill will be called: small letters, digits and hyphens.
        selection: Which documents, and how they are worked on. All that is given must hold.
    """
    return Completed(message=report_plan(plan(name, selection)))


def _cancelled_on_the_page(flow: Flow, flow_run: FlowRun, state: State) -> None:
    """Whoever cancels the flow run means the backfill."""
    try:
        steer.cancel(str(flow_run.parameters["name"]), "cancelled on Prefect's page")
    except BackfillStands:
        return  # it was over already


@flow(flow_run_name="backfill {name}", on_cancellation=[_cancelled_on_the_page], validate_parameters=True)  # type: ignore[list-item]
def backfill(name: str, confirmed: bool = False) -> State[None]:
    """Run a planned backfill, or go on with one that was paused, failed or killed.

    Suspending this flow run pauses the backfill, resuming it goes on, cancelling it cancels the backfill.

    Args:
        name: The plan's name.
        confirmed: Though it may cost more than the budget of the settings.
    """
    try:
        suspended = drive(steer.set_running(name, confirmed))
    except BackfillStands as conflict:
        return Completed(message=f"left alone: {conflict}", name="Skipped")
    if suspended is not None:
        raise Pause(state=suspended)
    found = store().backfills.by_name(name)
    said = report_end(found)
    if found.state is BackfillState.CANCELLED:
        return Cancelled(message=said)
    return Completed(message=f"{found.state}: {said}" + (f" ({found.reason})" if found.reason else ""))


@flow(flow_run_name="{action} {name}", validate_parameters=True)
def steer_backfill(name: str, action: Literal["pause", "resume", "cancel"]) -> State[None]:
    """Pause, resume or cancel a backfill, whichever flow run drives it."""
    do = {"pause": steer.pause, "resume": steer.resume, "cancel": steer.cancel}[action]
    return Completed(message=f"backfill {name} is {do(name).state}")


@flow
def keep_backfills() -> State[None]:
    """See that every running backfill has a flow run that drives it."""
    started = restart_lost()
    return Completed(message=f"started {', '.join(started)}" if started else "nothing to do")
