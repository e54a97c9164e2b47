"""A batch that ends Failed is one line in the logs; an error that nobody expected keeps its traceback."""

from __future__ import annotations

import logging

import pytest
from prefect.exceptions import FailedRun
from prefect.states import Failed, get_state_exception

from tasks.runtime.failed_state import log_returned_failure_once

WORDS = "Engine execution exited with unexpected exception"


@pytest.mark.parametrize(
    ("error", "n_lines"),
    [(FailedRun("2 documents: 1 failed"), 0), (ValueError("a bug"), 1), (TypeError("another"), 1)],
)
def test_only_a_returned_state_is_not_told_twice(
    error: Exception, n_lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert logged(error, monkeypatch) == n_lines


def test_state_with_data_is_not_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Prefect words it; with another version this test says so."""
    try:
        get_state_exception(Failed(message="2 documents: 1 failed", data=["outcome"]), _sync=True)  # type: ignore[call-arg]
    except TypeError as error:
        assert logged(error, monkeypatch) == 0
    else:
        pytest.fail("Prefect gives such a state an exception: the filter may go")


def logged(error: Exception, monkeypatch: pytest.MonkeyPatch) -> int:
    log_returned_failure_once()
    log_returned_failure_once()  # safe to repeat
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("prefect.flow_runs")
    monkeypatch.setattr(logger, "callHandlers", records.append)
    logger.handle(
        logger.makeRecord(logger.name, logging.ERROR, "f", 1, WORDS, (), (type(error), error, None))
    )
    return len(records)
