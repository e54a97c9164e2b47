"""Line margins that were computed before: the same chunk comes again in every round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from cachetools import LRUCache

from tasks.core.native.request import Request
from tasks.core.native.sheet import SheetLine
from tasks.core.native.words import FloatArray

_MAX_CHUNKS = 512


class MarginCache:
    """The margins of the chunks seen last, safe to use from several threads.

    A chunk is found by the identity of its lines, because hashing them costs more than most results.
    """

    def __init__(self) -> None:
        # An entry holds its lines, so that no other object can get their id while it is here.
        self._cache: LRUCache[int, tuple[tuple[SheetLine, ...], FloatArray]] = LRUCache(_MAX_CHUNKS)
        self._lock = Lock()

    def margins(
        self, requests: Sequence[Request], compute: Callable[[list[Request]], FloatArray]
    ) -> list[FloatArray]:
        """The margins of each request's lines.

        Args:
            compute: Gets the requests whose margins are not held, and returns those of all their lines in order.
        """
        with self._lock:
            held = {key: self._cache[key][1] for r in requests if (key := id(r.lines)) in self._cache}
        fresh = {id(r.lines): r for r in requests if id(r.lines) not in held}
        if fresh:
            computed, at = compute(list(fresh.values())), 0
            with self._lock:
                for key, request in fresh.items():
                    held[key] = computed[at : at + len(request.lines)]
                    self._cache[key] = request.lines, held[key]
                    at += len(request.lines)
        return [held[id(r.lines)] for r in requests]
