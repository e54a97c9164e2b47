"""The long-lived commands of Prefect give back what only Python's collector frees."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.stack.prefect import Prefect
from infra.stack.prefect_memory import EVERY_S, keep_giving_back
from infra.stack.state import StackState
from infra.stack.worker import Worker


class Client:
    """Closed and dropped, but in a cycle, as an HTTP client is."""

    def __init__(self) -> None:
        self.itself = self


class EnoughSeen(Exception):
    pass


@pytest.fixture
def collector() -> Iterator[None]:
    """No collection but those of the code under test, and nothing set aside afterwards."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("collector")
def test_clients_in_a_cycle_are_freed_each_minute_and_what_stays_is_looked_at_once() -> None:
    dropped: list[weakref.ref[Client]] = []
    alive_before: list[bool] = []

    def sleep(seconds: float) -> None:
        assert seconds == EVERY_S
        alive_before.extend(client() is not None for client in dropped)
        if len(dropped) == 3:
            raise EnoughSeen
        dropped.append(weakref.ref(Client()))

    with pytest.raises(EnoughSeen):
        keep_giving_back(sleep=sleep)
    assert alive_before == [False, False, False, False, False, False], "each is gone a minute later"
    assert gc.get_freeze_count() > 1000, "modules and classes are set aside"


def test_server_and_worker_are_started_with_it(tmp_path: Path) -> None:
    ports = {"prefect": 1}
    state = StackState(home=tmp_path, ports=ports)
    worker = Worker(lambda _state: {}).launch(state).argv
    assert [Path(worker[2]).name, *worker[3:5]] == ["prefect_memory.py", "worker", "start"]
    assert worker[1] == "-P", "else modules beside the script stand before Prefect's own"
    server = Path(Prefect().launch(state).argv[2])
    assert "prefect_memory.py" in server.read_text(encoding="utf-8")
