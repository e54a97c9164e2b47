"""Items in threads: bounded, in the caller's context, and none begun after the caller has left."""

import threading
import time
from contextvars import ContextVar

import pytest

from tasks.runtime.concurrency import map_in_threads

flow_run: ContextVar[str] = ContextVar("flow_run")


def test_items_run_together_in_the_callers_context_up_to_the_bound():
    most, here, lock = 0, 0, threading.Lock()

    def work(item: int) -> tuple[int, str]:
        nonlocal most, here
        with lock:
            here += 1
            most = max(most, here)
        time.sleep(0.01)
        with lock:
            here -= 1
        return item, flow_run.get()

    flow_run.set("this one")
    done = list(map_in_threads(work, range(12), 3))
    assert sorted(done) == [(n, "this one") for n in range(12)]
    assert 1 < most <= 3


def test_nothing_more_begins_once_the_caller_has_left():
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        time.sleep(0.05)

    results = map_in_threads(work, range(20), 2)
    next(results)
    results.close()
    assert len(begun) < 20


def test_what_an_item_raises_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(map_in_threads(lambda n: 1 // n, [1, 0], 2))
