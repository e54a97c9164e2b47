"""Results that were computed before: the same chunk comes again in every round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from tasks.core.native.request import Request
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.words import FloatArray

Held = TypeVar("Held")
Result = TypeVar("Result")


class IdentityCache(Generic[Held, Result]):
    """The newest results about objects, safe to use from several threads.

    An object is found by its identity, because hashing a chunk's lines costs more than most results. A pickled copy is empty.
    """

    def __init__(self, n_objects: int) -> None:
        self._n_objects = n_objects
        # An entry holds its object, so that no other can get the same id while it is here.
        self._entries: LRUCache[int, tuple[Held, Result]] = LRUCache(n_objects)
        self._lock = Lock()

    def get(self, about: Held) -> Result | None:
        with self._lock:
            entry = self._entries.get(id(about))
        return None if entry is None else entry[1]

    def put(self, about: Held, result: Result) -> None:
        with self._lock:
            self._entries[id(about)] = about, result

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._n_objects,)


class MarginCache(IdentityCache[tuple[TextLine, ...], FloatArray]):
    """The margins of the chunks seen last."""

    def margins(
        self, requests: Sequence[Request], compute: Callable[[list[Request]], FloatArray]
    ) -> list[FloatArray]:
        """The margins of each request's lines.

        Args:
            compute: Gets the requests whose margins are not held, and returns those of all their lines in order.
        """
        found = {id(r.lines): held for r in requests if (held := self.get(r.lines)) is not None}
        fresh = {id(r.lines): r for r in requests if id(r.lines) not in found}
        if fresh:
            computed, at = compute(list(fresh.values())), 0
            for key, request in fresh.items():
                found[key] = computed[at : at + len(request.lines)]
                self.put(request.lines, found[key])
                at += len(request.lines)
        return [found[id(r.lines)] for r in requests]
