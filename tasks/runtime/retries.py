"""When Prefect retries a task: only if the error is `retryable`."""

from __future__ import annotations

from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from tasks.core.errors import CountersignError


def is_retryable(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Prefect's retry condition. An error that is not ours is a bug, so it is not retried."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, CountersignError) and error.retryable


RETRIED: Any = {
    "cache_policy": NO_CACHE,
    "retries": 2,
    "retry_delay_seconds": [2.0, 8.0],
    "retry_condition_fn": is_retryable,
}
"""Arguments of `@task` for a step that talks to a server."""
