"""The driver of one backfill: submits its batches, a few at once, until none is left or the user
stops it.

    take the next documents -> one `extract` run, which records their ends -> the next batch;
    the documents of a batch that died wait again

Requires:
    PostgreSQL, the Prefect server with its deployments, a worker. All progress is stored, so that
    another driver continues where a killed one stopped.
"""

from __future__ import annotations

import time
from math import ceil
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.backfill.batches import BackfillBatch
from tasks.backfill.deployment import (
    flow_runs,
    is_begun,
    mark_crashed,
    prefect_client,
    running_s,
    submit_batch,
    switch_keeper,
    withdraw,
)
from tasks.backfill.report import duration
from tasks.core.backfill.progress import BackfillProgress, BackfillState, DocumentState, Pace
from tasks.core.batch_sizes import ORDINARY, batch_of_pages
from tasks.documents import DocumentRequest, RunOptions
from tasks.postgres.backfills import DRIVER, Backfill
from tasks.schemas import reference_of
from tasks.store import store

WITHDRAWN = "was withdrawn: the backfill was paused or cancelled before it began"
SUSPENDED = "suspended on Prefect's page"
SUSPENDED_EVENT = "countersign.backfill.suspended"
_POLL_S = 2.0
_KEEPER_S = 60.0
"""How often the keeper's schedule is switched on: deploying the keeper again switches it off."""
_GRACE_S = 20.0
"""The process of a batch takes its lock a moment after the server shows it as running."""
_MAX_REASON_CHARS = 500
_MIN_ALL_FAILED = 5
"""If all documents of a batch of at least this size failed, the documents are not the cause."""


class Driver:
    """Drives one backfill. The caller must hold its lock."""

    def __init__(self, backfill: Backfill, client: SyncPrefectClient) -> None:
        self._backfill, self._client = backfill, client
        self._id = backfill.backfill_id
        self._in_flight = int(backfill.selection["batches_in_flight"])
        self._batch_size: int | None = backfill.selection["batch_size"]
        """None: by the pages of the documents that have been read so far."""
        self._has_died = False
        """Whether a batch died, or an earlier driver: a document may have killed it, and how often each was in such a batch is counted."""
        self._runs: dict[int, UUID] = {}
        """The flow run of each batch in flight, by the number of the batch."""
        self._pace = Pace()
        self._artifact_id = create_progress_artifact(
            progress=0.0, key=f"backfill-{backfill.name}", description="begun"
        )
        self._keeper_switched_s = 0.0

    def drive(self) -> State | None:
        """Submit and close batches until the backfill is done or stopped.

        Returns:
            The state of this flow run if it was suspended on Prefect's page, otherwise None.
        """
        while True:
            if suspended := self._suspended():
                self._pause(SUSPENDED)
                _report_suspended()
                return suspended
            if not self._step():
                return None
            time.sleep(_POLL_S)

    def _step(self) -> bool:
        """Close and begin batches; False: the backfill is done or stopped."""
        backfills = store().backfills
        is_running = backfills.is_running(self._id)
        self._close_batches(is_running)
        progress = backfills.progress(self._id)
        size = self._batch_size or self._size_of_next(progress)
        while is_running and len(self._runs) < self._in_flight and self._begin_batch(size):
            pass
        self._show_progress(progress)
        self._switch_keeper_on()
        if is_running and not progress.n_open:
            backfills.set_state(self._id, BackfillState.DONE, [BackfillState.RUNNING])
            return False
        return is_running or bool(self._runs)

    def _suspended(self) -> State | None:
        run_id = flow_run.get_id()
        run = flow_runs(self._client, [UUID(run_id)]).get(UUID(run_id)) if run_id else None
        return run.state if run and run.state and run.state.is_paused() else None

    def _pause(self, reason: str) -> None:
        store().backfills.set_state(self._id, BackfillState.PAUSED, [BackfillState.RUNNING], reason)

    # ------------------------------------------------------------ batches

    def _size_of_next(self, progress: BackfillProgress) -> int:
        """Short documents go in larger batches, but not so many that a part of the batches in flight has none."""
        if self._has_died:
            return ORDINARY
        share = ceil(progress.n(DocumentState.WAITING) / self._in_flight)
        return max(ORDINARY, min(batch_of_pages(progress.mean_pages), share))

    def _begin_batch(self, n_documents: int) -> bool:
        number = store().backfills.take_batch(self._id, n_documents)
        if number is not None:
            self._submit(number)
        return number is not None

    def _submit(self, number: int) -> None:
        selection = self._backfill.selection
        name, digest = selection["schema_name"], selection.get("schema_digest")
        schema = reference_of(name, digest) if digest else name  # none: planned by an earlier version
        documents = [
            DocumentRequest(key=key, schema_name=schema, bucket=selection["bucket"])
            for key in store().backfills.batch_keys(self._id, number)
        ]
        batch = BackfillBatch(backfill_id=self._id, number=number)
        options = RunOptions.model_validate(selection["options"])
        self._runs[number] = submit_batch(self._backfill.name, batch, documents, options)

    def _close_batches(self, is_running: bool) -> None:
        """Release batches that have ended or died and, if the backfill is stopped, those not begun."""
        still_open = store().backfills.open_batches(self._id)
        for number in still_open.keys() - self._runs.keys():
            self._has_died = True
            self._submit(number)  # an earlier driver took it: the server finds its flow run by the key
        known = flow_runs(self._client, list(self._runs.values()))
        for number, run_id in list(self._runs.items()):
            ended = self._ended(number, known.get(run_id), is_running) if number in still_open else "ended"
            if ended is None:
                continue
            if number in still_open:
                counts = ended != WITHDRAWN
                store().backfills.release_batch(self._id, number, f"its batch {ended}", counts)
                self._has_died |= counts
            del self._runs[number]
            self._pause_if_all_failed(number)

    def _ended(self, number: int, run: FlowRun | None, is_running: bool) -> str | None:
        """How a batch ended although it has documents left; None: it has not ended."""
        if run is None or run.state is None:
            return "was deleted"
        if run.state.is_final():
            why = (
                f": {run.state.message[:_MAX_REASON_CHARS]}"
                if run.state.message and run.state.is_failed()
                else ""
            )
            return f"ended {run.state.name}{why}"
        if running_s(run) > _GRACE_S and not store().backfills.is_held(self._id, number):
            mark_crashed(self._client, run)
            return "died"
        if not is_running and not is_begun(run):
            withdraw(self._client, run)
            return WITHDRAWN
        return None

    def _pause_if_all_failed(self, number: int) -> None:
        ends = store().backfills.batch_ends(self._id, number)
        if ends.n_documents >= _MIN_ALL_FAILED and ends.n_failed == ends.n_documents:
            self._pause(f"all {ends.n_failed} documents of batch {number} failed: {ends.reason}")

    # ------------------------------------------------------------ progress

    def _show_progress(self, progress: BackfillProgress) -> None:
        self._pace.add(progress, time.monotonic())
        if isinstance(self._artifact_id, UUID):
            update_progress_artifact(
                artifact_id=self._artifact_id,
                progress=100 * progress.share,
                description=progress_line(progress, self._pace),
            )

    def _switch_keeper_on(self) -> None:
        if time.monotonic() - self._keeper_switched_s > _KEEPER_S:
            switch_keeper(True)
            self._keeper_switched_s = time.monotonic()


def drive(backfill: Backfill) -> State | None:
    """Drive a running backfill; see `Driver.drive`.

    Raises:
        BackfillConflict: another flow run drives it.
    """
    with store().backfills.held(backfill.backfill_id, DRIVER), prefect_client() as client:
        return Driver(backfill, client).drive()


def progress_line(progress: BackfillProgress, pace: Pace) -> str:
    """Documents by state, pages a second, and the time left."""
    left_s, rate = pace.seconds_left(progress), pace.pages_per_s
    if not progress.n_open or left_s is None or rate is None:
        return progress.in_words()
    n_failed = progress.n(DocumentState.FAILED)
    failures = f" ({n_failed:,} failed: see `countersign backfill show`)" if n_failed else ""
    return f"{progress.in_words()}; {rate:.3g} pages/s, about {duration(left_s)} left{failures}"


def _report_suspended() -> None:
    # The automation that misses heartbeats listens for this event: a last heartbeat may have come after the
    # server's own event of the suspension.
    emit_event(SUSPENDED_EVENT, resource={"prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}"})
