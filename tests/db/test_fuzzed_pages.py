"""The first requests of `tests.fuzz.web`: no page and no answer of the interface fails."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import pytest

from tasks.postgres.store import Store


@pytest.mark.long
def test_requests_that_nobody_would_send_are_answered(store: Store, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # schemathesis and its libraries warn of their own calls
        from tests.fuzz.web import laws_broken, site_over

        site = site_over(store, tmp_path)
        sent, wrong = laws_broken(site, random.Random(23), requests=1)
    assert wrong == []
    assert sent >= 15 and any(" 200" in status for status in site.statuses)
