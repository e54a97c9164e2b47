"""What one worker of pytest-xdist runs: all that shares servers, and no property after a Prefect server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.conftest import pytest_xdist_make_scheduler

FLOWS = [f"tests/flows/test_f.py::test_{n}" for n in range(3)]
UNIT = [f"tests/unit/test_u{file}.py::test_{n}" for file in range(3) for n in range(3)]
STACK = [f"tests/stack/test_stack_s.py::test_{n}" for n in range(3)]


class Worker:
    """Runs what it is sent at once, when it is let."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.sent: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.sent += indices

    def shutdown(self) -> None:
        self.shutting_down = True


class Config:
    """As much of pytest's as a scheduler looks at."""

    option = SimpleNamespace(loadscopereorder=False)

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers

    def getoption(self, name: str) -> str:
        return {"dist": "loadscope"}[name]

    def getvalue(self, name: str) -> list[str]:
        return {"tx": ["popen"] * self.n_workers}[name]


def dealt(tests: list[str], n_workers: int) -> list[list[str]]:
    """What each worker runs, one test each in turns."""
    config: Any = Config(n_workers)
    scheduler = pytest_xdist_make_scheduler(config, None)
    workers = [Worker(f"gw{n}") for n in range(n_workers)]
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, tests)
    scheduler.schedule()
    ran: dict[str, list[str]] = {worker.gateway.id: [] for worker in workers}
    while scheduler.has_pending:
        for worker in workers:
            if worker.sent:
                index = worker.sent.pop(0)
                ran[worker.gateway.id].append(tests[index])
                scheduler.mark_test_complete(worker, index)
    return list(ran.values())


def folders(tests: list[str]) -> set[str]:
    return {test.split("/")[1] for test in tests}


def test_worker_that_ran_a_prefect_server_runs_no_property_afterwards() -> None:
    shares = dealt([*FLOWS, *UNIT, *STACK], 2)
    assert sorted(test for share in shares for test in share) == sorted([*FLOWS, *UNIT, *STACK])
    (after_flows,) = [share for share in shares if "flows" in folders(share)]
    assert folders(after_flows) == {"flows", "stack"}


def test_one_worker_runs_everything() -> None:
    assert sorted(dealt([*FLOWS, *UNIT], 1)[0]) == sorted([*FLOWS, *UNIT])
