"""Report: a batch's progress, outcomes and cost as Prefect artifacts, without contract text.

Requires:
    A flow run of the Prefect server. Artifacts may be deleted at any time: the store is the record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from prefect import task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from tasks.core.cost.costs import Cost, cost_in_words, cost_row
from tasks.core.text.display import counted
from tasks.documents import Outcome, OutcomeStatus

# Left out of the summary where there are none: `unsettled` is also a word for values.
_RARE = {OutcomeStatus.UNSETTLED, OutcomeStatus.POSTPONED}
# A person sees no faster progress, and each update is a request that the server stores.
_UPDATE_INTERVAL_S = 1.0

ProgressListener = Callable[[Outcome], None]
_listener: ContextVar[ProgressListener | None] = ContextVar("progress_listener", default=None)


@contextmanager
def on_progress(listener: ProgressListener) -> Iterator[None]:
    """Call `listener` with every outcome of batches that run in this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Progress:
    """The batch's progress artifact."""

    def __init__(self, n_documents: int) -> None:
        self._n_documents = max(1, n_documents)
        self._n_done = 0
        self._updated_s = 0.0
        self._artifact_id = create_progress_artifact(
            progress=0.0, description=f"0 of {counted(n_documents, 'document')}"
        )

    def advance(self, ended: Sequence[Outcome]) -> None:
        """Count a document that has ended, and the attachments that came with it."""
        self._n_done += 1
        if (listener := _listener.get()) is not None:
            for outcome in ended:
                listener(outcome)
        now = time.monotonic()
        is_due = self._n_done == self._n_documents or now - self._updated_s >= _UPDATE_INTERVAL_S
        if is_due and isinstance(self._artifact_id, UUID):
            self._updated_s = now
            update_progress_artifact(
                artifact_id=self._artifact_id,
                progress=100.0 * self._n_done / self._n_documents,
                description=f"{self._n_done} of {counted(self._n_documents, 'document')}",
            )


@task(task_run_name="report", cache_policy=NO_CACHE)
def report(outcomes: Sequence[Outcome]) -> None:
    """Two tables: the batch's documents, worst first, and its cost by model, stage and round."""
    order = list(reversed(OutcomeStatus))
    rows = [_row(o) for o in sorted(outcomes, key=lambda o: (order.index(o.status), o.key))]
    create_table_artifact(key="batch", table=rows, description=summary(outcomes))
    cost = batch_cost(outcomes)
    create_table_artifact(
        key="cost", table=[cost_row(line) for line in cost.lines], description=cost_in_words(cost)
    )


def batch_cost(outcomes: Iterable[Outcome]) -> Cost:
    """The cost of all documents together."""
    return sum((o.cost for o in outcomes), Cost())


def summary(outcomes: Iterable[Outcome]) -> str:
    """The batch in one line: documents by status, values by status."""
    ended = list(outcomes)
    counts = {status: sum(o.status is status for o in ended) for status in OutcomeStatus}
    by_status = [
        f"{count} {status.value}" for status, count in counts.items() if count or status not in _RARE
    ]
    verified, unsettled = sum(o.n_verified for o in ended), sum(o.n_unsettled for o in ended)
    values = f"{counted(verified, 'value')} verified, {unsettled} unsettled"
    return f"{counted(len(ended), 'document')}: {', '.join(by_status)}; {values}"


def _row(outcome: Outcome) -> dict[str, str | int | float]:
    cost = outcome.cost.total
    return {
        "document": outcome.key,
        "schema": outcome.schema_name,
        "status": outcome.status.value,
        "pages": outcome.n_pages,
        "chunks": outcome.n_chunks,
        "rounds": outcome.n_rounds,
        "verified": outcome.n_verified,
        "unsettled": outcome.n_unsettled,
        "rejected": outcome.n_rejected,
        "seconds": round(outcome.duration_s, 1),
        "tokens": "" if cost.tokens_in is None else cost.tokens_in + (cost.tokens_out or 0),
        "money": "" if cost.money is None else round(cost.money, 6),
        "flags": ", ".join(outcome.flags),
        "reason": "; ".join(filter(None, (outcome.reason, outcome.left_out))),
        "run": outcome.run_id or "",
    }
