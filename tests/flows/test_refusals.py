"""How a batch tells of documents that were not read."""

import pytest

from flows.extract import _refused
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus
from tasks.read import Refused
from tasks.report import summary
from tasks.s3 import SourceObject

REQUEST = DocumentRequest(key="inbox/cv/scan.pdf", schema_name="cv")
SOURCE = SourceObject("contracts", REQUEST.key, "etag", 1)


@pytest.mark.parametrize(
    ("refused", "status", "reason"),
    [
        (
            Refused(SOURCE, "no_text_layer", needs_ocr=True),
            OutcomeStatus.UNSETTLED,
            "needs_ocr: no_text_layer",
        ),
        (Refused(SOURCE, "truncated"), OutcomeStatus.QUARANTINED, "truncated"),
    ],
)
def test_scan_is_unsettled_and_a_bad_file_quarantined(
    refused: Refused, status: OutcomeStatus, reason: str
) -> None:
    outcome = _refused(REQUEST, refused)
    assert (outcome.status, outcome.reason) == (status, reason)


def test_summary_counts_scans_only_where_there_are_some() -> None:
    done = Outcome(key="a", schema_name="cv", status=OutcomeStatus.DONE)
    scan = Outcome(key="b", schema_name="cv", status=OutcomeStatus.UNSETTLED)
    assert summary([done]) == (
        "1 document: 1 done, 0 unchanged, 0 quarantined, 0 failed; 0 values verified, 0 unsettled"
    )
    assert summary([done, scan]).startswith(
        "2 documents: 1 done, 0 unchanged, 1 unsettled, 0 quarantined, 0 failed"
    )
