"""When Prefect retries a task: only if the error is `retryable`."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from tasks.core.errors import CountersignError

RETRIES = 2
RETRY_DELAYS_S = [2.0, 8.0]


def is_retryable(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Prefect's retry condition. An error that is not ours is a bug, so it is not retried."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, CountersignError) and error.retryable
