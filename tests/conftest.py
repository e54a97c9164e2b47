"""Fixtures for every kind of test."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

_SHARED = Path(__file__).resolve().parents[2] / "shared"


settings.register_profile("countersign", deadline=None)
"""How long an example takes says how busy the machine is; pytest's own timeout ends what hangs."""
settings.load_profile("countersign")


GROUPS = {
    "tests/stack/whole/test_backfill.py": "a stack for backfills",
    "tests/stack/whole/test_operations.py": "a stack for operators",
    "tests/stack/whole/test_workers.py": "a stack for operators",
    "tests/stack/whole/": "a stack for users",
    "tests/faults/test_trials.py": "a stack for faults",
    "tests/stack/": None,
    "tests/flows/": "a Prefect server",
    "tests/db/": "PostgreSQL",
    "tests/reading/": "readers",
    "tests/browser/": "a browser",
    "tests/": None,
}
"""What shares servers, by the beginning of its path, the longest first: one worker of pytest-xdist runs all of a group.
None: each file for itself."""


LEAVES_THREADS = "a Prefect server"
"""Its threads stay in the worker and use `random`, for which hypothesis blames a property
(findings/a-property-fails-for-another-threads-random.sh)."""
WITH_PROPERTIES = ("tests/unit/", "tests/reading/", "tests/db/")


def beginning(path: str) -> str:
    """The key of `GROUPS` that holds for a test file or a test."""
    return next(begins for begins in GROUPS if path.startswith(begins))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deals out groups. Not `xdist_group` marks: with them xdist 3.8 groups nothing under pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return GROUPS[beginning(nodeid)] or nodeid.partition("::")[0]

        def _assign_work_unit(self, node: Any) -> None:
            if LEAVES_THREADS in self.assigned_work[node] and len(self.nodes) > 1:
                units = self.workqueue.items()
                others = [name for name, unit in units if not next(iter(unit)).startswith(WITH_PROPERTIES)]
                if not others:
                    node.shutdown()  # when it has done what it has; the other workers do the rest
                    return
                self.workqueue.move_to_end(others[0], last=False)
            super()._assign_work_unit(node)

    return ByGroup(config, log) if config.getoption("dist") == "loadscope" else None


gc.disable()
"""While thousands of tests are collected nothing becomes free, and each look for it takes longer than the last."""


def pytest_collection_finish() -> None:
    """What was collected stays until the end; the collector need not look at it again."""
    gc.enable()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, what waits for servers begins first; alone, the order is that of `testpaths`."""
    if getattr(config, "workerinput", {}).get("workercount", 1) > 1:
        order = list(GROUPS)
        items.sort(key=lambda item: order.index(beginning(item.nodeid)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of corpora beside the checkout; skips where there is none. Mark such tests `needs_data`."""
    if not (_SHARED / "cuad").is_dir():
        pytest.skip("no corpora beside the checkout (../shared)")
    return _SHARED
