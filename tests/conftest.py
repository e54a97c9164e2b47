"""Fixtures for every kind of test."""

from __future__ import annotations

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of corpora beside the checkout; skips where there is none. Mark such tests `needs_data`."""
    if not (_SHARED / "cuad").is_dir():
        pytest.skip("no corpora beside the checkout (../shared)")
    return _SHARED
