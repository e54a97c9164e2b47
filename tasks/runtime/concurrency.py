"""Concurrent work: coroutines whose first error is raised, and a map in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import Any, TypeVar

from tasks.core.errors import CountersignError

Item = TypeVar("Item")
Result = TypeVar("Result")


async def gather_or_raise(coroutines: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results of all, in order.

    Raises:
        CountersignError: the first that failed; the others are cancelled.
    """
    first: BaseException | None = None
    running: list[asyncio.Task[Result]] = []
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(coroutine) for coroutine in coroutines]
    except* CountersignError as errors:
        first = errors.exceptions[0]
    if first is not None:
        # Not inside the handler: Python before 3.11.4 wraps what is raised there in a group again.
        raise first
    return [task.result() for task in running]


def map_in_threads(
    function: Callable[[Item], Result], items: Sequence[Item], at_once: int
) -> Generator[Result]:
    """The results as calls finish. Closed early, it waits for the running calls only."""
    executor = ThreadPoolExecutor(at_once, thread_name_prefix="document")
    try:
        futures = [executor.submit(copy_context().run, function, item) for item in items]
        for future in as_completed(futures):
            yield future.result()
    finally:
        executor.shutdown(cancel_futures=True)
