"""A batch whose budget is used up begins no document, and says which ones it left."""

import pytest

from flows.extract import process_document
from infra.cli.extract import _exit_code
from tasks.backfill.batches import BackfillRecorder
from tasks.core.cost.budget import BudgetLimits
from tasks.core.schema import load_schema
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus, RunOptions
from tasks.report import summary
from tasks.runtime.outages import Outages
from tasks.settings import Settings
from tasks.verify.batch import Batch


def test_document_that_was_not_begun_is_postponed_and_nothing_is_asked_of_any_part() -> None:
    request = DocumentRequest(key="inbox/cv/a.pdf", schema_name="cv")
    used_up = Settings(
        database_url="postgresql://nowhere",  # type: ignore[arg-type]
        triton_url="nowhere:1",
        max_batch_s=1e-9,
    )
    with Batch(used_up) as batch:
        recorder, outages = BackfillRecorder(None), Outages((), 0)
        (outcome,) = process_document(request, load_schema("cv"), RunOptions(), batch, recorder, outages)
    assert (outcome.status, outcome.run_id) == (OutcomeStatus.POSTPONED, None)
    assert outcome.reason == "not begun: the seconds of the batch were used up"


def test_postponed_documents_are_counted_and_fail_the_command() -> None:
    left = Outcome(key="a", schema_name="cv", status=OutcomeStatus.POSTPONED)
    assert "1 postponed" in summary([left])
    assert "postponed" not in summary([left.model_copy(update={"status": OutcomeStatus.DONE})])
    assert _exit_code([left]) == 1


def test_zero_means_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_DOCUMENT_S", "MAX_DOCUMENT_TOKENS", "MAX_BATCH_S", "MAX_BATCH_TOKENS"):
        monkeypatch.setenv(f"COUNTERSIGN_{name}", "0")
    given = Settings(database_url="postgresql://nowhere", triton_url="nowhere:1")  # type: ignore[arg-type]
    assert given.document_limits == given.batch_limits == BudgetLimits(None, None)
