"""Caches of results: the same chunk and schema come again in every round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from tasks.core.native.request import Request
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.words import FloatArray

Key = TypeVar("Key")
Result = TypeVar("Result")


class IdentityCache(Generic[Key, Result]):
    """The latest results by the identity of an object. Thread-safe; a pickled copy is empty."""

    def __init__(self, n_objects: int) -> None:
        self._n_objects = n_objects
        # By id, since hashing a chunk's lines costs more than most results.
        # An entry holds its object, so that no other object can get the same id.
        self._entries: LRUCache[int, tuple[Key, Result]] = LRUCache(n_objects)
        self._lock = Lock()

    def get(self, key: Key) -> Result | None:
        with self._lock:
            entry = self._entries.get(id(key))
        return None if entry is None else entry[1]

    def put(self, key: Key, result: Result) -> None:
        with self._lock:
            self._entries[id(key)] = key, result

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._n_objects,)


class MarginCache(IdentityCache[tuple[TextLine, ...], FloatArray]):
    """Margins by the lines of a chunk."""

    def margins(
        self, requests: Sequence[Request], compute: Callable[[list[Request]], FloatArray]
    ) -> list[FloatArray]:
        """The margins of each request's lines.

        Args:
            compute: Computes the margins of all lines of the requests that are not in the cache.
        """
        margins = {id(r.lines): held for r in requests if (held := self.get(r.lines)) is not None}
        fresh = {id(r.lines): r for r in requests if id(r.lines) not in margins}
        if fresh:
            computed, start = compute(list(fresh.values())), 0
            for key, request in fresh.items():
                margins[key] = computed[start : start + len(request.lines)]
                self.put(request.lines, margins[key])
                start += len(request.lines)
        return [margins[id(r.lines)] for r in requests]
