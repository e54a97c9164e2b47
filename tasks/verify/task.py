"""Verify: claim a document's run, play its rounds, store its results.

Running it twice writes nothing twice. If the worker dies, the next run with the same identity
resumes at the first round that is not stored.

Requires:
    PostgreSQL, and Triton with both models. Limits: `COUNTERSIGN_MAX_ROUNDS`,
    `COUNTERSIGN_MAX_DOCUMENT_*`, `COUNTERSIGN_TRITON_*`, and the budget of the batch.
"""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import Any

from prefect import task
from prefect.runtime import flow_run

from tasks.core.cost.budget import Budget, CutOff, cut_off
from tasks.core.cost.costs import cost_of
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import RunResults, results_of
from tasks.core.loop.state import RunState
from tasks.core.reading.refusals import unread_pages
from tasks.core.records import ExtractionStatus, RoundRecord, RunId, RunIdentity
from tasks.core.review.items import items_of_run
from tasks.core.schema import Schema
from tasks.documents import Outcome, OutcomeStatus, RunOptions
from tasks.postgres.claims import ClaimState, RunClaim
from tasks.read import ReadDocument
from tasks.runtime.retries import RETRIED
from tasks.runtime.run_names import named
from tasks.runtime.setting_files import price_table, token_counter
from tasks.settings import settings
from tasks.store import store
from tasks.triton import TritonClient
from tasks.verify.batch import Batch
from tasks.verify.model_calls import open_models, promise_by
from tasks.verify.rounds import LoopPlan, run_rounds


@task(task_run_name=named("verify {document.source.key}"), **RETRIED)
def verify(
    document: ReadDocument, schema: Schema, options: RunOptions, batch: Batch, backfill_id: int | None = None
) -> Outcome:
    """Generate, ground, critique and revise until no value is flagged or a budget ends.

    Raises:
        RunHeld: another worker has claimed this run.
        ModelUnavailable, StoreUnavailable: Prefect retries the task; stored rounds stay.
    """
    started = time.monotonic()
    prices = price_table()
    store().runs.register_schema(schema)
    plan = batch.ask(partial(_plan, schema, options, batch.budget))
    identity = _identity(document, schema, plan)
    labels = {"flow_run_id": flow_run.get_id(), "backfill_id": backfill_id}
    with store().runs.claim(identity, force=options.force, **labels) as claim:
        if claim.state is ClaimState.DONE:
            return _unchanged(document, schema, claim.run_id)
        run_input = RunInput(document.reading, document.chunks, schema)
        played: list[RoundRecord] = []
        save = partial(_save, claim, played)
        # The lambda ignores its client: the models keep the one that identified them.
        state = batch.ask(lambda _: run_rounds(plan, run_input, claim.rounds, save))
        results = results_of(state.by_chunk, schema, facts_of(document.reading))
        outcome = _done(document, claim.run_id, results, state, time.monotonic() - started)
        spent = cost_of(played, prices)
        whole = cost_of(claim.rounds, prices) + spent
        checks = [check.as_json() for check in results.checks]
        summary = {"seconds": outcome.duration_s, "n_rounds": outcome.n_rounds, "cost": whole.as_json()}
        summary |= {"checks": checks} if checks else {}
        first = next(iter((*claim.rounds, *played)), None)  # None: a document without text has no chunks
        critiques = () if first is None else first.critiques
        items = items_of_run(run_input, state.by_chunk, results.extractions, critiques)
        store().runs.finish(claim.run_id, results.extractions, results.coverage, summary, items)
        return outcome.model_copy(update={"cost": spent, "formless": batch.formless})


def _save(claim: RunClaim, played: list[RoundRecord], record: RoundRecord) -> None:
    store().runs.save_round(claim.run_id, record)
    played.append(record)


async def _plan(schema: Schema, options: RunOptions, budget: Budget, client: TritonClient) -> LoopPlan:
    config = settings()
    generator, critic = await open_models(client, options.use_critic, counter=token_counter())
    max_rounds = options.max_rounds or config.max_rounds
    promise = promise_by(None if critic is None else critic.served, schema)
    limits = config.document_limits, budget, config.triton_in_flight
    return LoopPlan(generator, critic, max_rounds, *limits, promise)


def _identity(document: ReadDocument, schema: Schema, plan: LoopPlan) -> RunIdentity:
    return RunIdentity(
        document.document_id,
        schema.digest,
        plan.generator.served.identity,
        None if plan.critic is None else plan.critic.served.identity,
        document.reading.reader_version,
        plan.max_rounds,
        plan.promise,
    )


def _done(
    document: ReadDocument, run_id: RunId, results: RunResults, state: RunState, duration_s: float
) -> Outcome:
    statuses = Counter(e.status for e in results.extractions)
    reasons = (
        unread_pages(document.reading),
        *_cut_off(state),
        *(f"{name}: {why}" for name, why in results.not_looked_for.items()),
        *dict.fromkeys(check.summary for check in results.checks if check.is_reported),
    )
    return _outcome(
        document,
        state.run_input.schema,
        OutcomeStatus.DONE,
        run_id,
        n_rounds=state.n_rounds,
        n_verified=statuses[ExtractionStatus.VERIFIED],
        n_unsettled=statuses[ExtractionStatus.UNSETTLED],
        n_rejected=statuses[ExtractionStatus.REJECTED],
        duration_s=duration_s,
        not_looked_for={str(name): why for name, why in results.not_looked_for.items()},
        reason="; ".join(filter(None, reasons)),
    )


def _cut_off(state: RunState) -> list[str]:
    """How many chunks each budget cut off, as the user reads it."""
    cuts: Counter[CutOff] = Counter()
    for history in state.by_chunk.values():
        if history and (budget := cut_off(history[-1].generator_error)):
            cuts[budget] += 1
    return [f"{count} of {len(state.by_chunk)} chunks cut off: {cut.reason}" for cut, count in cuts.items()]


def _unchanged(document: ReadDocument, schema: Schema, run_id: RunId) -> Outcome:
    """The counts of the stored run."""
    stored = store().reports.batch_table([run_id])[0]
    counts = {f"n_{name}": stored[name] for name in ("rounds", "verified", "unsettled", "rejected")}
    reason = "the same content was processed with the same versions"
    return _outcome(document, schema, OutcomeStatus.UNCHANGED, run_id, reason=reason, **counts)


def _outcome(
    document: ReadDocument, schema: Schema, status: OutcomeStatus, run_id: RunId, **details: Any
) -> Outcome:
    return Outcome(
        key=document.source.key,
        bucket=document.source.bucket,
        schema_name=schema.name,
        status=status,
        document_id=document.document_id,
        run_id=run_id,
        n_pages=document.reading.n_pages,
        n_chunks=len(document.chunks),
        flags=document.reading.flags,
        left_out=document.attached.left_out,
        **details,
    )
