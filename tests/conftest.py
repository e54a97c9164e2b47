"""Fixtures for every kind of test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

_SHARED = Path(__file__).resolve().parents[2] / "shared"


settings.register_profile("countersign", deadline=None)
"""How long an example takes says how busy the machine is; pytest's own timeout ends what hangs."""
settings.load_profile("countersign")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of corpora beside the checkout; skips where there is none. Mark such tests `needs_data`."""
    if not (_SHARED / "cuad").is_dir():
        pytest.skip("no corpora beside the checkout (../shared)")
    return _SHARED
