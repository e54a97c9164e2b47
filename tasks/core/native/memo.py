"""A bounded memory of pure results: the same chunk comes again in every round, and to generator and critic alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


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

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    def __getitem__(self, key: Key) -> Value:
        return self._held[key]
