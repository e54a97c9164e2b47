"""Drive: the batches of one backfill go to the work pool, a few in flight, until nothing is left or somebody stops it.

    take the next documents -> one `extract` run -> its ledger ends them -> the next; dead batches are found and their documents wait again

Requires:
    PostgreSQL, the Prefect server with its deployments, a worker. Holds no document list: the rows are the truth, so that a driver which is
    killed is followed by another that goes on where it stopped.
"""

from __future__ import annotations

import time
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.backfill.batches import BackfillBatch
from tasks.backfill.deployment import (
    crash,
    flow_runs,
    is_begun,
    prefect_client,
    running_s,
    submit_batch,
    switch_keeper,
    withdraw,
)
from tasks.backfill.report import duration
from tasks.core.backfill.progress import BackfillProgress, BackfillState, DocumentState, Pace
from tasks.documents import DocumentRequest, RunOptions
from tasks.postgres.backfills import DRIVER, Backfill
from tasks.store import store

WITHDRAWN = "was withdrawn: the backfill was paused or cancelled before it began"
SUSPENDED = "suspended on Prefect's page"
SUSPENDED_EVENT = "countersign.backfill.suspended"
_POLL_S = 2.0
_KEEPER_S = 60.0
"""How often the keeper's schedule is seen to: a deployment that is registered anew switches it off."""
_GRACE_S = 20.0
"""A batch's process takes its lock a moment after the server knows that it runs."""
_ALL_FAILED = 5
"""A batch of so many documents that all failed says that something is broken, not they."""


class Driver:
    """Drives one backfill while the process lives. Only whoever holds its lock may make one."""

    def __init__(self, backfill: Backfill, client: SyncPrefectClient) -> None:
        self._backfill, self._client = backfill, client
        self._in_flight = int(backfill.selection["batches_in_flight"])
        self._batch_size = int(backfill.selection["batch_size"])
        self._runs: dict[int, UUID] = {}
        self._pace = Pace()
        self._artifact_id = create_progress_artifact(
            progress=0.0, key=f"backfill-{backfill.name}", description="begun"
        )
        self._keeper_seen_s = 0.0

    @property
    def _id(self) -> int:
        return self._backfill.backfill_id

    def drive(self) -> State | None:
        """Go on until the backfill is over or stopped.

        Returns:
            The state of this flow run if somebody suspended it on Prefect's page, else None.
        """
        while True:
            if suspended := self._suspended():
                store().backfills.set_state(
                    self._id, BackfillState.PAUSED, [BackfillState.RUNNING], SUSPENDED
                )
                _say_suspended()
                return suspended
            if not self._step():
                return None
            time.sleep(_POLL_S)

    def _step(self) -> bool:
        """One look at everything; False: there is nothing more to do."""
        backfills = store().backfills
        is_running = backfills.is_running(self._id)
        self._close_batches(is_running)
        while is_running and len(self._runs) < self._in_flight and self._begin_batch():
            pass
        standing = backfills.standing(self._id)
        self._tell(standing)
        self._see_to_keeper()
        if is_running and not standing.n_open:
            backfills.set_state(self._id, BackfillState.DONE, [BackfillState.RUNNING])
            return False
        return is_running or bool(self._runs)

    def _suspended(self) -> State | None:
        own = flow_run.get_id()
        found = flow_runs(self._client, [UUID(own)]).get(UUID(own)) if own else None
        return found.state if found and found.state and found.state.is_paused() else None

    # ------------------------------------------------------------ batches

    def _begin_batch(self) -> bool:
        number = store().backfills.take_batch(self._id, self._batch_size)
        if number is None:
            return False
        self._hand_over(number)
        return True

    def _hand_over(self, number: int) -> None:
        """Also of a batch that an earlier driver took: the server finds its flow run by the key."""
        said = self._backfill.selection
        documents = [
            DocumentRequest(key=key, schema_name=said["schema_name"], bucket=said["bucket"])
            for key in store().backfills.batch_keys(self._id, number)
        ]
        batch = BackfillBatch(backfill_id=self._id, number=number)
        options = RunOptions.model_validate(said["options"])
        self._runs[number] = submit_batch(self._backfill.name, batch, documents, options)

    def _close_batches(self, is_running: bool) -> None:
        """What has ended, or died, is no longer in flight; nor, where nothing new may begin, what no worker has taken yet."""
        still_open = store().backfills.open_batches(self._id)
        for number in still_open.keys() - self._runs.keys():
            self._hand_over(number)
        known = flow_runs(self._client, list(self._runs.values()))
        for number, run_id in list(self._runs.items()):
            ended = self._ended(number, known.get(run_id), is_running) if number in still_open else "ended"
            if ended is None:
                continue
            if number in still_open:
                counts = ended != WITHDRAWN
                store().backfills.release_batch(self._id, number, f"its batch {ended}", counts)
            del self._runs[number]
            self._heed_failures(number)

    def _ended(self, number: int, run: FlowRun | None, is_running: bool) -> str | None:
        """How a batch ended that has documents left; None: it has not."""
        if run is None or run.state is None:
            return "was deleted"
        if run.state.is_final():
            return f"ended {run.state.name}"
        if self._has_died(number, running_s(run)):
            crash(self._client, run)
            return "died"
        if not is_running and not is_begun(run):
            withdraw(self._client, run)
            return WITHDRAWN
        return None

    def _has_died(self, number: int, alive_s: float) -> bool:
        return alive_s > _GRACE_S and not store().backfills.is_held(self._id, number)

    def _heed_failures(self, number: int) -> None:
        """Pause where a whole batch failed: the rest would only fail as well."""
        ends = store().backfills.batch_ends(self._id, number)
        if ends.n_documents >= _ALL_FAILED and ends.n_failed == ends.n_documents:
            reason = f"all {ends.n_failed} documents of batch {number} failed: {ends.reason}"
            store().backfills.set_state(self._id, BackfillState.PAUSED, [BackfillState.RUNNING], reason)

    # ------------------------------------------------------------ what is shown

    def _tell(self, standing: BackfillProgress) -> None:
        self._pace.add(standing, time.monotonic())
        if isinstance(self._artifact_id, UUID):
            update_progress_artifact(
                artifact_id=self._artifact_id,
                progress=100 * standing.share,
                description=progress_in_words(standing, self._pace),
            )

    def _see_to_keeper(self) -> None:
        if time.monotonic() - self._keeper_seen_s > _KEEPER_S:
            switch_keeper(True)
            self._keeper_seen_s = time.monotonic()


def drive(backfill: Backfill) -> State | None:
    """Drive a backfill that was set going; see `Driver.drive`.

    Raises:
        BackfillStands: another flow run drives it.
    """
    with store().backfills.held(backfill.backfill_id, DRIVER), prefect_client() as client:
        return Driver(backfill, client).drive()


def progress_in_words(standing: BackfillProgress, pace: Pace) -> str:
    """How far, how fast, and how long it will take."""
    left_s, rate = pace.seconds_left(standing), pace.pages_per_s
    if not standing.n_open or left_s is None or rate is None:
        return standing.in_words()
    failed = standing.n(DocumentState.FAILED)
    heed = f" ({failed:,} failed: see `countersign backfill show`)" if failed else ""
    return f"{standing.in_words()}; {rate:.3g} pages/s, about {duration(left_s)} left{heed}"


def _say_suspended() -> None:
    """No further heartbeat will come, and that is right: a last one may have followed the server's own event."""
    emit_event(SUSPENDED_EVENT, resource={"prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}"})
