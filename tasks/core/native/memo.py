"""A bounded memory of pure results: the same chunk comes again in every round, and to generator and critic alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Held = TypeVar("Held")


class Memo(Generic[Key, Value]):
    """Keeps the results asked for last; forgets the rest. Never holds anything that a key does not determine."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._held: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key, made if it is not held."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        value = make()
        self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        self._held[key] = value
        while len(self._held) > self.size:
            self._held.popitem(last=False)

    def newest(self) -> Iterator[Key]:
        """The keys, what was asked for last first."""
        return reversed(self._held)

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def __getitem__(self, key: Key) -> Value:
        return self._held[key]


class MemoOf(Generic[Held, Value]):
    """The same for results about an object itself: it is found by identity, for hashing a chunk's lines costs more than most results.

    It holds the object with the result, so that no other object can come by its id.
    """

    def __init__(self, size: int) -> None:
        self._held: Memo[int, tuple[Held, Value]] = Memo(size)

    def get(self, about: Held, make: Callable[[], Value]) -> Value:
        return self._held.get(id(about), lambda: (about, make()))[1]

    def put(self, about: Held, value: Value) -> None:
        self._held.put(id(about), (about, value))

    def __contains__(self, about: Held) -> bool:
        return id(about) in self._held

    def __getitem__(self, about: Held) -> Value:
        return self._held[id(about)][1]
