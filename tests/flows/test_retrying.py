from collections import Counter

import pytest
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from tasks.core.errors import CountersignError, ModelUnavailable, SourceMissing
from tasks.runtime.retries import is_retryable

tried: Counter[str] = Counter()
ERRORS: dict[str, type[Exception]] = {"gone": ModelUnavailable, "missing": SourceMissing, "fault": KeyError}


@task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[0.01, 0.01], retry_condition_fn=is_retryable)
def fail(kind: str) -> None:
    tried[kind] += 1
    raise ERRORS[kind](kind)


@flow
def try_each() -> None:
    for kind in ERRORS:
        with pytest.raises((CountersignError, KeyError)):
            fail(kind)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("prefect_server")
def test_only_what_may_go_through_later_is_tried_again():
    try_each()
    assert tried == {"gone": 3, "missing": 1, "fault": 1}
