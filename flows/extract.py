"""Extract: what happens to a batch of contracts.

    fetch     download the object from S3 and record which document it holds
    read      text, pages, footnotes and chunks; a document that cannot be read is quarantined
    verify    per chunk and round: generate -> ground -> critique -> revise; each round is stored
              An attachment of a mail that can be read goes through the same steps, after its mail
    write_evidence
              the run's evidence page, if `COUNTERSIGN_EVIDENCE` says where to
    deliver_results
              the values that are current now, if `COUNTERSIGN_RESULTS` says where to
    report    the batch's summary, links to evidence pages, and tables on the flow run's page

Requires:
    The four parts of the settings: S3, PostgreSQL, Triton, Prefect. A document that fails never
    stops the others. One of the first three that is down is waited for (`COUNTERSIGN_OUTAGE_S`). Limits of a batch: `COUNTERSIGN_MAX_BATCH_S`, `COUNTERSIGN_MAX_BATCH_TOKENS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect.utilities.annotations import quote
from pydantic import Field, TypeAdapter

from tasks.backfill.batches import BackfillBatch, BackfillRecorder, open_recorder
from tasks.core.cost.budget import Budget
from tasks.core.errors import CountersignError, DocumentError, RunHeld, SourceWithheld
from tasks.core.schema import Schema
from tasks.delivery import deliver_results
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus, RunOptions, worst_of
from tasks.evidence import write_evidence
from tasks.fetch import fetch
from tasks.read import Refused, read
from tasks.report import Progress, report, summary
from tasks.runtime.concurrency import map_in_threads
from tasks.runtime.failed_state import log_returned_failure_once
from tasks.runtime.outages import Outages
from tasks.runtime.run_names import run_name
from tasks.schemas import label, open_schema
from tasks.settings import settings
from tasks.verify.batch import Batch
from tasks.verify.parts import parts_of
from tasks.verify.task import verify

logger = logging.getLogger("countersign.extract")
log_returned_failure_once()


def _run_name() -> str:
    parameter = flow_run.get_parameters().get("documents") or []
    documents = TypeAdapter(list[DocumentRequest]).validate_python(parameter)
    first = documents[0].name if documents else "nothing"
    return run_name(first if len(documents) <= 1 else f"{first} and {len(documents) - 1} more")


@flow(flow_run_name=_run_name, validate_parameters=True)
def extract(
    documents: Annotated[list[DocumentRequest], Field(max_length=1000)],
    options: RunOptions = RunOptions(),  # noqa: B008
    backfill: BackfillBatch | None = None,
) -> State[list[Outcome]]:
    """Fetch, read and verify a batch of documents, then report.

    Args:
        documents: Which objects, each with its schema; 50 to 100 a batch.
        options: Rounds, critic, force.
        backfill: The backfill that this batch belongs to; set by the backfill itself.

    Returns:
        The outcomes. The state is Failed if a document failed, else Completed.
    """
    # Loaded before any document starts: a wrong schema stops the batch before anything is written.
    schemas = {name: open_schema(name) for name in {d.schema_name for d in documents}}
    config = settings()
    progress = Progress(len(documents))
    outcomes: list[Outcome] = []
    with open_recorder(backfill) as recorder, Batch(config) as batch:
        outages = Outages(parts_of(batch, config, options.use_critic), config.outage_s, progress.note)

        def process(request: DocumentRequest) -> list[Outcome]:
            schema = schemas[request.schema_name]
            return process_document(request, schema, options, batch, recorder, outages)

        with closing(map_in_threads(process, documents, config.document_threads)) as finished, outages:
            for ended in finished:
                outcomes += ended
                progress.advance(ended)
    if config.results:
        deliver_results(outcomes)
    report(outcomes)
    failed = any(o.status is OutcomeStatus.FAILED for o in outcomes)
    return (Failed if failed else Completed)(message=summary(outcomes), data=outcomes)


def process_document(
    request: DocumentRequest,
    schema: Schema,
    options: RunOptions,
    batch: Batch,
    recorder: BackfillRecorder,
    outages: Outages,
) -> list[Outcome]:
    """Take one document through its steps, and then the attachments of a mail.

    A backfill records the mail only when its attachments have ended, too: until then the mail stands
    for them.
    """
    outcomes = _process_with_attachments(request, schema, options, batch, recorder, outages)
    recorder.record(worst_of(outcomes))
    return outcomes


def _process_with_attachments(
    request: DocumentRequest,
    schema: Schema,
    options: RunOptions,
    batch: Batch,
    recorder: BackfillRecorder,
    outages: Outages,
) -> list[Outcome]:
    attached: list[str] = []

    def take() -> Outcome:
        if reason := outages.stop_reason() or _stop_reason(batch.budget, recorder):
            return _outcome(request, OutcomeStatus.POSTPONED, reason)
        # `quote`: else Prefect searches every field of an argument for futures, twice. For a long
        # document that takes longer than all its other work in this process.
        document = read(quote(fetch(request)))  # pyright: ignore[reportArgumentType]
        attached[:] = recorder.not_planned(document.attached.keys, document.source, schema)
        if isinstance(document, Refused):
            return _refused(request, document)
        quoted = quote(document), quote(schema)
        verified = verify(*quoted, options, batch, recorder.backfill_id)  # pyright: ignore[reportArgumentType]
        return _with_evidence(verified)

    outcomes = [_isolated(request, lambda: outages.taken_again(take))]
    for key in attached:
        part = request.model_copy(update={"key": key})
        outcomes += _process_with_attachments(part, schema, options, batch, recorder, outages)
    return outcomes


def _with_evidence(outcome: Outcome) -> Outcome:
    """The outcome with the link to its page, if pages are written."""
    if not settings().evidence:
        return outcome
    return outcome.model_copy(update={"evidence": write_evidence(outcome)})


def _isolated(request: DocumentRequest, take: Callable[[], Outcome]) -> Outcome:
    """What became of one document; every error becomes an outcome."""
    try:
        return take()
    except DocumentError as error:
        return _outcome(request, OutcomeStatus.QUARANTINED, error.code)
    except SourceWithheld as error:
        logger.warning("%s: %s", request.key, error)
        return _outcome(request, OutcomeStatus.WITHHELD, error.code)
    except RunHeld as error:
        return _outcome(request, OutcomeStatus.POSTPONED, f"not begun: {error}")
    except CountersignError as error:
        logger.warning("%s: %s", request.key, error)
        return _outcome(request, OutcomeStatus.FAILED, f"{type(error).__name__}: {error}")
    except Exception as error:  # the loop that isolates documents
        logger.exception("%s: unexpected %s", request.key, type(error).__name__)
        return _outcome(request, OutcomeStatus.FAILED, f"unexpected {type(error).__name__}")


def _stop_reason(budget: Budget, recorder: BackfillRecorder) -> str | None:
    """Why no further document starts; None: go on."""
    cut_off = budget.ended()
    return f"not begun: {cut_off.reason}" if cut_off else recorder.stop_reason()


def _refused(request: DocumentRequest, refused: Refused) -> Outcome:
    left_out = refused.attached.left_out
    if refused.needs_ocr:
        return _outcome(request, OutcomeStatus.UNSETTLED, f"needs_ocr: {refused.code}", left_out)
    return _outcome(request, OutcomeStatus.QUARANTINED, refused.code, left_out)


def _outcome(request: DocumentRequest, status: OutcomeStatus, reason: str, left_out: str = "") -> Outcome:
    key, schema_name = request.key, label(request.schema_name)
    return Outcome(key=key, schema_name=schema_name, status=status, reason=reason, left_out=left_out)
