"""Batch: what its documents share: a budget, and one event loop with one Triton client.

The one client bounds the batch's requests in flight, and it belongs to one event loop. Each
document has a thread of its own and runs only its model calls on the loop: nothing on the loop may
block.

Requires:
    `TRITON_URL` and the `COUNTERSIGN_TRITON_*` settings. The first document opens the connection.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from tasks.core.cost.budget import Budget, batch_budget
from tasks.core.errors import CountersignError
from tasks.settings import Settings
from tasks.store import store
from tasks.triton import TritonClient, open_client

Result = TypeVar("Result")
logger = logging.getLogger("countersign.verify")


class Batch:
    """A context manager: the end cancels what still runs on the loop and closes the client."""

    def __init__(self, config: Settings) -> None:
        self.budget: Budget = batch_budget(config.batch_limits)
        self._config = config
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="batch-loop", daemon=True)
        self._client: TritonClient | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._count_call_errors()

    def _count_call_errors(self) -> None:
        """Store them for boards and metrics. A batch does not fail for that."""
        if self._client is None or not self._client.call_errors:
            return
        try:
            store().runs.count_call_errors(self._client.call_errors)
        except CountersignError as error:
            logger.warning("failed calls of this batch are in no metric: %s", error)

    def ask(self, work: Callable[[TritonClient], Awaitable[Result]]) -> Result:
        """Run `work` on the loop and wait for its result. Do not call it on the loop.

        Args:
            work: Gets a client with the batch's channel and bounds, which identifies models itself.

        Raises:
            ConfigurationError: the settings of TLS or headers are wrong.
        """
        return asyncio.run_coroutine_threadsafe(self._with_client(work), self._loop).result()

    @property
    def formless(self) -> tuple[str, ...]:
        """The language models whose servers take the answer's schema in no form, as far as they were asked."""
        return self._client.formless if self._client else ()

    async def _with_client(self, work: Callable[[TritonClient], Awaitable[Result]]) -> Result:
        client = self._client or open_client(self._config)
        if self._client is None:  # opening awaits nothing, so no other call comes in between
            self._client = await client.__aenter__()
        return await work(client.sibling())

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._client is not None:
            await self._client.__aexit__(None, None, None)
        await asyncio.get_running_loop().shutdown_default_executor()
