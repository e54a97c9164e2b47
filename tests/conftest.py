"""Fixtures for every kind of test."""

from __future__ import annotations

from pathlib import Path

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
    "tests/stack/": None,
    "tests/flows/": "a Prefect server",
    "tests/db/": "PostgreSQL",
    "tests/reading/": "readers",
    "tests/": None,
}
"""What shares servers, by the beginning of its path, the longest first: one worker of pytest-xdist runs all of a group.
None: each file for itself."""
_ORDER = list(GROUPS)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, what waits for servers begins first; alone, the order is that of `testpaths`."""
    if not (config.getoption("numprocesses", None) or hasattr(config, "workerinput")):
        return
    rank: dict[str, int] = {}
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        begins = next(begin for begin in GROUPS if path.startswith(begin))
        group = GROUPS[begins] or path
        item.add_marker(pytest.mark.xdist_group(group))
        rank[item.nodeid] = _ORDER.index(begins)
    items.sort(key=lambda item: rank[item.nodeid])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of corpora beside the checkout; skips where there is none. Mark such tests `needs_data`."""
    if not (_SHARED / "cuad").is_dir():
        pytest.skip("no corpora beside the checkout (../shared)")
    return _SHARED
