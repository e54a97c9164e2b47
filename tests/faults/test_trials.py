"""A seeded set of the trials that `make faults` runs by the hundred."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.faults import FAULTS
from tests.faults.stack import opened
from tests.faults.trials import Trial, Trials

pytestmark = pytest.mark.timeout(900)
SET = (
    ("PostgreSQL: cut in a COPY", "asks"),
    ("flow process: kill -9", "asks"),
    ("two workers, one batch", "reads"),
)
LONG = (
    ("Triton: SIGTERM", "reads"),
    ("everything: kill -9", "asks"),
    ("worker and Prefect: full disk", "asks"),
    ("PostgreSQL: deadlocks", "asks"),
)
SEED = 22


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    with opened(tmp_path_factory.mktemp("faults")) as stack:
        yield Trials(stack, "test")


@pytest.mark.parametrize(
    ("part", "moment"), [*SET, *(pytest.param(*one, marks=pytest.mark.long) for one in LONG)]
)
def test_nothing_is_lost_double_or_left_over(trials: Trials, part: str, moment: str):
    if "full disk" in part and not trials.has_disks:
        pytest.skip("no small disk can be mounted here (Linux, root)")
    result = trials.run(Trial(0, part, moment, SEED + list(FAULTS).index(part)))
    assert result.faults == (), result
    assert result.is_hit, result
