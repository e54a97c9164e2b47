"""How many documents the driver of a backfill puts into its next batch."""

from types import SimpleNamespace
from typing import Any

import pytest

from tasks.backfill.run import Driver
from tasks.core.backfill.progress import BackfillProgress, BatchTally, DocumentState
from tasks.core.batch_sizes import MOST, ORDINARY


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setattr("tasks.backfill.run.create_progress_artifact", lambda **_: None)
    backfill: Any = SimpleNamespace(
        backfill_id=1, name="it", selection={"batches_in_flight": 2, "batch_size": None}
    )
    nobody: Any = None
    return Driver(backfill, nobody)


def progress(n_waiting: int, n_pages_of_ten: int) -> BackfillProgress:
    ended = {DocumentState.DONE: BatchTally(10, 10, n_pages_of_ten)} if n_pages_of_ten else {}
    return BackfillProgress({DocumentState.WAITING: BatchTally(n_waiting, 0, 0), **ended})


@pytest.mark.parametrize(
    ("n_waiting", "n_pages_of_ten", "size"),
    [
        (5000, 0, ORDINARY),  # none is read yet
        (5000, 185, ORDINARY),
        (5000, 10, MOST),
        (600, 10, 300),  # the other batch in flight has as many
        (30, 10, ORDINARY),
    ],
)
def test_short_documents_go_in_larger_batches(driver: Driver, n_waiting: int, n_pages_of_ten: int, size: int):
    assert driver._size_of_next(progress(n_waiting, n_pages_of_ten)) == size


def test_after_a_batch_died_none_is_large(driver: Driver) -> None:
    driver._has_died = True
    assert driver._size_of_next(progress(5000, 10)) == ORDINARY
