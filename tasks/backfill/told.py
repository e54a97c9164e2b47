"""What a backfill shows on Prefect's page: its plan, and at its end a table, what it changed, and an event. Counts, never contract text.

Requires:
    A flow run of the Prefect server, PostgreSQL.
"""

from __future__ import annotations

from prefect.artifacts import create_table_artifact
from prefect.events import emit_event
from prefect.runtime import flow_run

from tasks.backfill.difference import summary
from tasks.backfill.plan import Planned
from tasks.backfill.words import basis, plan_in_words, plan_rows
from tasks.core.backfill import DocumentState
from tasks.core.display import counted
from tasks.postgres.backfills import Backfill
from tasks.store import store

EVENT = "countersign.backfill.finished"


def tell_plan(planned: Planned) -> str:
    """The table `plan-NAME`; gives one line."""
    said = plan_in_words(planned.expected)
    passed = f" Needs to be confirmed: {'; '.join(planned.over_budget)}." if planned.over_budget else ""
    create_table_artifact(
        key=f"plan-{planned.name}",
        table=plan_rows(planned.expected),
        description=f"{said}. {basis(planned.expected)}{passed}",
    )
    return said + (
        f"; needs to be confirmed: {'; '.join(planned.over_budget)}" if planned.over_budget else ""
    )


def tell_end(backfill: Backfill) -> str:
    """The tables `backfill-NAME-end` and `backfill-NAME-diff`, and the event with the counts; gives one line."""
    standing = store().backfills.standing(backfill.backfill_id)
    said = standing.in_words()
    counts = {state.value: standing.n(state) for state in DocumentState}
    create_table_artifact(key=f"backfill-{backfill.name}-end", table=[counts], description=said)
    changed = summary(backfill.backfill_id)
    create_table_artifact(
        key=f"backfill-{backfill.name}-diff",
        table=changed.by_cause(),
        description=f"{changed.n_changed:,} of {counted(changed.n_documents, 'document')} changed. "
        f"Per field and document: `countersign backfill diff {backfill.name}`",
    )
    resource = {
        "prefect.resource.id": f"prefect.flow-run.{flow_run.get_id()}",
        "prefect.resource.role": "flow-run",
    }
    emit_event(EVENT, resource=resource, payload=counts | {"name": backfill.name})
    return said
