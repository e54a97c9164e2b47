"""A backfill knows an end for every outcome of a document."""

from tasks.backfill.batches import _END_STATES
from tasks.core.backfill.progress import DocumentState
from tasks.documents import OutcomeStatus


def test_every_outcome_ends_a_document_but_one_that_was_not_begun():
    assert set(_END_STATES) == set(OutcomeStatus) - {OutcomeStatus.POSTPONED}
    assert _END_STATES[OutcomeStatus.WITHHELD] is DocumentState.REFUSED, "R22: told, and no failure"
