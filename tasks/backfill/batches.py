"""Records how each document of a backfill's batch ended, at once, so that a killed batch loses
nothing.

Requires:
    PostgreSQL. Holds a connection while the batch lasts: its lock shows the driver that the batch's
    process is alive.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tasks.attachments import recorded_parts
from tasks.core.backfill.progress import DocumentState
from tasks.core.errors import CountersignError
from tasks.core.schema import Schema
from tasks.documents import Outcome, OutcomeStatus
from tasks.s3 import SourceObject
from tasks.store import store

logger = logging.getLogger("countersign.backfill")

# A form needs a bound for every number; these are those of the columns.
_MAX_BIGINT, _MAX_INTEGER = 2**63 - 1, 2**31 - 1

STOPPED = "not begun: the backfill was paused or cancelled"

_END_STATES = {
    OutcomeStatus.DONE: DocumentState.DONE,
    OutcomeStatus.UNCHANGED: DocumentState.UNCHANGED,
    OutcomeStatus.QUARANTINED: DocumentState.REFUSED,
    OutcomeStatus.UNSETTLED: DocumentState.REFUSED,
    OutcomeStatus.WITHHELD: DocumentState.REFUSED,
    OutcomeStatus.FAILED: DocumentState.FAILED,
}


class BackfillBatch(BaseModel):
    """The batch of a backfill that a flow run processes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backfill_id: Annotated[int, Field(ge=1, le=_MAX_BIGINT, description="the backfill's number in the store")]
    number: Annotated[int, Field(ge=1, le=_MAX_INTEGER, description="the batch's number within the backfill")]


class BackfillRecorder:
    """Records how each document of a batch ended; does nothing if the batch belongs to no backfill."""

    def __init__(self, batch: BackfillBatch | None) -> None:
        self._batch = batch

    @property
    def backfill_id(self) -> int | None:
        return self._batch.backfill_id if self._batch else None

    def stop_reason(self) -> str | None:
        """Why no further document may begin; None: go on."""
        if self._batch is None or store().backfills.is_running(self._batch.backfill_id):
            return None
        return STOPPED

    def not_planned(self, keys: Sequence[str], mail: SourceObject, schema: Schema) -> Sequence[str]:
        """Which of a mail's attachments follow it; without a backfill all.

        A plan has those that were done or refused before as documents of their own.
        """
        if self._batch is None or not keys:
            return keys
        rows = recorded_parts(mail.bucket, mail.key, schema.name)
        settled = {row.key for row in rows if row.etag == mail.etag and row.is_settled}
        return [key for key in keys if key not in settled]

    def record(self, outcome: Outcome) -> None:
        """Record how a document ended, or that it was not begun.

        If the store does not answer, the document stays submitted, and a later batch processes it
        again.
        """
        if self._batch is None:
            return
        try:
            _record(self._batch.backfill_id, outcome)
        except CountersignError as error:
            logger.warning("%s: the backfill could not record its result: %s", outcome.key, error)


def _record(backfill_id: int, outcome: Outcome) -> None:
    backfills = store().backfills
    if outcome.status is OutcomeStatus.POSTPONED:
        backfills.put_back(backfill_id, outcome.key, outcome.reason, outcome.reason != STOPPED)
        return
    state, n_pages = _END_STATES[outcome.status], outcome.n_pages or None
    backfills.end_document(backfill_id, outcome.key, state, outcome.run_id, n_pages, outcome.reason or None)


@contextmanager
def open_recorder(batch: BackfillBatch | None) -> Iterator[BackfillRecorder]:
    """The recorder of a batch, whose lock is held for the length of the block.

    Raises:
        BackfillConflict: another process runs this batch.
    """
    if batch is None:
        yield BackfillRecorder(None)
        return
    with store().backfills.held(batch.backfill_id, batch.number):
        yield BackfillRecorder(batch)
