"""Several coroutines at once, and one plain error where they fail: all of them meet the same dead server.

Requires:
    A running event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from tasks.core.errors import CountersignError

Result = TypeVar("Result")


async def at_once(coroutines: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results of all, in order.

    Raises:
        CountersignError: of the first that failed; the others are cancelled.
    """
    first: BaseException | None = None
    running: list[asyncio.Task[Result]] = []
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(coroutine) for coroutine in coroutines]
    except* CountersignError as errors:
        first = errors.exceptions[0]
    if first is not None:
        # Not inside the handler: Python 3.11 before 3.11.4 makes a group again of what is raised there.
        raise first
    return [task.result() for task in running]
