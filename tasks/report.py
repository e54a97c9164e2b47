"""Report: a batch's progress, outcomes and cost as Prefect artifacts, without contract text.

    progress    while the batch runs
    summary     Markdown: what happened, what needs a look, what to do
    evidence-*  a link to the evidence page of each document that needs a look most
    batch       a table of all documents, those that need a look first
    cost        a table by model, stage and round

Requires:
    A flow run of the Prefect server. Artifacts may be deleted at any time: the store is the record.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from prefect import task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE

from tasks.core.cost.costs import Cost, cost_in_words, cost_row
from tasks.core.reading.mail.part_keys import display_name
from tasks.core.text.display import counted
from tasks.core.text.markdown import bar_chart, code, is_web_link, link, link_address, literal, table_cells
from tasks.documents import Outcome, OutcomeStatus, formless_words

# Left out of the summary where there are none: `unsettled` is also a word for values.
_RARE = {OutcomeStatus.UNSETTLED, OutcomeStatus.POSTPONED, OutcomeStatus.WITHHELD}
# A person sees no faster progress, and each update is a request that the server stores.
_UPDATE_INTERVAL_S = 1.0

MAX_LINKS = 50
"""Evidence pages with an artifact of their own; the table `batch` names them all."""
_MAX_LISTED = 20
_WHAT_TO_DO = {
    OutcomeStatus.FAILED: "Failed: read the reason and this run's log. The next nightly, or the same batch again, "
    "continues where it stopped.",
    OutcomeStatus.QUARANTINED: "Quarantined: these files cannot be read. Send a better copy under the same key; the same "
    "file is not tried again.",
    OutcomeStatus.WITHHELD: "Withheld: the object store does not give these objects. Restore those that are archived; allow "
    "or enable the key of the others (key_denied). The next nightly takes them then.",
    OutcomeStatus.UNSETTLED: "Without text: these are scans. A worker with OCR takes them; "
    "docs/reading.md says how to switch it on.",
    OutcomeStatus.POSTPONED: "Postponed: nothing to do. The next nightly takes them.",
}
_TO_REVIEW = "Unsettled values: decide them on the review page, or with `countersign review list`; the most worthy come first."

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
        self._note = ""
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
            self._update(self._artifact_id)

    def note(self, words: str) -> None:
        """Show beside the count what the batch waits for; empty: nothing."""
        self._note = words
        if isinstance(self._artifact_id, UUID):
            self._update(self._artifact_id)

    def _update(self, artifact_id: UUID) -> None:
        count = f"{self._n_done} of {counted(self._n_documents, 'document')}"
        update_progress_artifact(
            artifact_id=artifact_id,
            progress=100.0 * self._n_done / self._n_documents,
            description="; ".join(filter(None, [count, self._note])),
        )


@task(task_run_name="report", cache_policy=NO_CACHE)
def report(outcomes: Sequence[Outcome]) -> None:
    """The batch's tables, its evidence links and, last, its summary, which the page shows first."""
    ordered = by_need(outcomes)
    rows = table_cells([_row(outcome) for outcome in ordered])
    create_table_artifact(key="batch", table=rows, description=summary(outcomes))
    cost = batch_cost(outcomes)
    create_table_artifact(
        key="cost", table=[cost_row(line) for line in cost.lines], description=cost_in_words(cost)
    )
    for outcome in [outcome for outcome in ordered if outcome.evidence][:MAX_LINKS]:
        _link_evidence(outcome)
    create_markdown_artifact(key="summary", markdown=batch_markdown(ordered), description=summary(outcomes))


def by_need(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Failed, quarantined, unreadable and postponed documents; then those with most unsettled values."""
    rank = {status: number for number, status in enumerate(_WHAT_TO_DO)}
    last = len(rank)
    return sorted(outcomes, key=lambda o: (rank.get(o.status, last), -o.n_unsettled, -o.n_rejected, o.key))


def batch_markdown(ordered: Sequence[Outcome]) -> str:
    """What happened, what needs a look, what to do.

    Args:
        ordered: As `by_need` gives them.
    """
    charts = bar_chart("documents", _by_status(ordered)), bar_chart("values", _by_value(ordered))
    looked = [o for o in ordered if o.status in _WHAT_TO_DO or o.n_unsettled]
    parts = [f"**{literal(summary(ordered))}**", *charts, literal(formless_words(ordered))]
    if not looked:
        return "\n\n".join(filter(None, [*parts, "Nothing needs a look."]))
    listed = [_list_item(outcome) for outcome in looked[:_MAX_LISTED]]
    if len(looked) > _MAX_LISTED:
        listed.append(f"- and {len(looked) - _MAX_LISTED:,} more, in the table `batch` of this run")
    statuses = [words for status, words in _WHAT_TO_DO.items() if any(o.status is status for o in looked)]
    to_do = [*statuses, *([_TO_REVIEW] if any(o.n_unsettled for o in looked) else [])]
    parts += [
        "### What needs a look",
        "\n".join(listed),
        "### What to do",
        "\n".join(f"- {w}" for w in to_do),
    ]
    return "\n\n".join(filter(None, parts))


def evidence_key(outcome: Outcome) -> str:
    """The key of a document's link artifact: the same in every run, so the page has its history."""
    digest = hashlib.sha256(f"{outcome.key}\0{outcome.schema_name}".encode()).hexdigest()[:8]
    name = re.sub(r"[^a-z0-9]+", "-", display_name(outcome.key).lower()).strip("-")[:40].strip("-")
    return "-".join(filter(None, ("evidence", name, digest)))


def _link_evidence(outcome: Outcome) -> None:
    key, words = evidence_key(outcome), f"{code(outcome.key)}: {_in_words(outcome)}"
    if is_web_link(outcome.evidence):
        address = link_address(outcome.evidence)
        create_link_artifact(key=key, link=address, link_text="Open the evidence page", description=words)
    else:  # the page makes no link of `s3:` and `file:` addresses
        create_markdown_artifact(key=key, markdown=link("Evidence page", outcome.evidence), description=words)


def _list_item(outcome: Outcome) -> str:
    page = link("evidence page", outcome.evidence) if outcome.evidence else ""
    return "; ".join(filter(None, [f"- {code(outcome.key)}: {_in_words(outcome)}", page]))


def _in_words(outcome: Outcome) -> str:
    reason = literal(outcome.reason)
    ended = f"{outcome.status.value} ({reason})" if reason else outcome.status.value
    values = f"{counted(outcome.n_unsettled, 'unsettled value')}" if outcome.n_unsettled else ""
    return ", ".join(filter(None, (ended, values)))


def _by_status(outcomes: Iterable[Outcome]) -> dict[str, int]:
    counts = Counter(outcome.status for outcome in outcomes)
    done = [status for status in OutcomeStatus if status not in _WHAT_TO_DO]
    return {status.value: counts[status] for status in (*_WHAT_TO_DO, *done)}


def _by_value(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {
        "verified": sum(o.n_verified for o in outcomes),
        "unsettled": sum(o.n_unsettled for o in outcomes),
        "rejected": sum(o.n_rejected for o in outcomes),
    }


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


def _without_form(outcome: Outcome) -> str:
    return f"answers held to no form: {', '.join(outcome.formless)}" if outcome.formless else ""


def _row(outcome: Outcome) -> dict[str, str | int | float]:
    cost = outcome.cost.total
    return {
        "document": outcome.key,
        "schema": outcome.schema_name,
        "status": outcome.status.value,
        "evidence": outcome.evidence,
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
        "reason": "; ".join(filter(None, (outcome.reason, outcome.left_out, _without_form(outcome)))),
        "run": outcome.run_id or "",
    }
