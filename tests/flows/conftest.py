"""A Prefect server of the tests' own, in memory of this process tree only."""

import gc
import warnings
from collections.abc import Iterator

import pytest
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="package")
def prefect_server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield
    # Prefect's commands leave connections to the collector, which would blame the next test of another folder.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
