"""Extract: what happens to a batch of contracts.

    S3 -> fetch -> read (pages, notes, chunks) -> verify (generate, ground, critique, revise; stored round by round) -> report

Requires:
    The four parts of the settings: S3, PostgreSQL, Triton, Prefect. A document that fails never stops the others. Limits of a whole
    batch: `COUNTERSIGN_MAX_BATCH_S`, `COUNTERSIGN_MAX_BATCH_TOKENS`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing
from functools import partial

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect.utilities.annotations import quote
from pydantic import TypeAdapter

from tasks.backfill.batches import BackfillBatch, BackfillRecorder, open_recorder
from tasks.core.cost.budget import Budget
from tasks.core.errors import CountersignError, DocumentError, RunHeld
from tasks.core.schema import Schema, load_schema
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus, RunOptions
from tasks.fetch import fetch
from tasks.read import Refused, read
from tasks.report import Progress, report, summary
from tasks.runtime.concurrency import map_in_threads
from tasks.settings import settings
from tasks.verify.batch import Batch
from tasks.verify.task import verify

logger = logging.getLogger("countersign.extract")


def _run_name() -> str:
    given = flow_run.get_parameters().get("documents") or []
    documents = TypeAdapter(list[DocumentRequest]).validate_python(given)
    first = documents[0].name if documents else "nothing"
    return first if len(documents) <= 1 else f"{first} and {len(documents) - 1} more"


@flow(flow_run_name=_run_name, validate_parameters=True)
def extract(
    documents: list[DocumentRequest],
    options: RunOptions = RunOptions(),  # noqa: B008
    backfill: BackfillBatch | None = None,
) -> State[list[Outcome]]:
    """Take a batch of documents the whole way.

    Args:
        documents: Which objects, each with its schema; 50 to 100 a batch.
        options: Rounds, critic, force.
        backfill: Whose batch this is; given by its driver.

    Returns:
        Completed with the outcomes; Failed, with the outcomes too, when some document could not be finished now.
    """
    # Once for the batch: a schema that is wrong stops it before anything is written.
    schemas = {name: load_schema(name) for name in {d.schema_name for d in documents}}
    limits = settings()
    progress = Progress(len(documents))
    outcomes: list[Outcome] = []
    with open_recorder(backfill) as recorder, Batch(limits) as batch:
        through = partial(take_through, schemas=schemas, options=options, batch=batch, recorder=recorder)
        with closing(map_in_threads(through, documents, limits.document_threads)) as ends:
            for outcome in ends:
                outcomes.append(outcome)
                progress.advance(outcome)
    report(outcomes)
    failed = any(o.status is OutcomeStatus.FAILED for o in outcomes)
    return (Failed if failed else Completed)(message=summary(outcomes), data=outcomes)


def take_through(
    request: DocumentRequest,
    schemas: Mapping[str, Schema],
    options: RunOptions,
    batch: Batch,
    recorder: BackfillRecorder,
) -> Outcome:
    """One document's way, and its end as an outcome, whatever happens to it."""
    outcome = _taken(request, schemas[request.schema_name], options, batch, recorder)
    recorder.record(outcome)
    return outcome


def _taken(
    request: DocumentRequest, schema: Schema, options: RunOptions, batch: Batch, recorder: BackfillRecorder
) -> Outcome:
    try:
        if reason := _held_back(batch.budget, recorder):
            return _outcome(request, OutcomeStatus.POSTPONED, reason)
        # `quote`: Prefect would search every field of an argument for futures, twice; for a long document
        # that takes longer than all the rest of its way in this process.
        document = read(quote(fetch(request)))  # pyright: ignore[reportArgumentType]
        if isinstance(document, Refused):
            outcome = _refused(request, document)
        else:
            given = quote(document), quote(schema)
            outcome = verify(*given, options, batch, recorder.backfill_id)  # pyright: ignore[reportArgumentType]
        return outcome
    except DocumentError as error:
        return _outcome(request, OutcomeStatus.QUARANTINED, error.code)
    except RunHeld as error:
        return _outcome(request, OutcomeStatus.POSTPONED, f"not begun: {error}")
    except CountersignError as error:
        logger.warning("%s: %s", request.key, error)
        return _outcome(request, OutcomeStatus.FAILED, f"{type(error).__name__}: {error}")
    except Exception as error:  # the loop that isolates documents
        logger.exception("%s: unexpected %s", request.key, type(error).__name__)
        return _outcome(request, OutcomeStatus.FAILED, f"unexpected {type(error).__name__}")


def _held_back(batch: Budget, recorder: BackfillRecorder) -> str | None:
    """Why no further document is begun; None: go on."""
    ended = batch.ended()
    return f"not begun: {ended.reason}" if ended else recorder.stop_reason()


def _refused(request: DocumentRequest, refused: Refused) -> Outcome:
    if refused.needs_ocr:
        return _outcome(request, OutcomeStatus.UNSETTLED, f"needs_ocr: {refused.code}")
    return _outcome(request, OutcomeStatus.QUARANTINED, refused.code)


def _outcome(request: DocumentRequest, status: OutcomeStatus, reason: str) -> Outcome:
    return Outcome(key=request.key, schema_name=request.schema_name, status=status, reason=reason)
