"""The values that the lenient reader makes, and what it knows about each beside its content."""

from __future__ import annotations

from typing import Any, cast


class CutObject(dict[str, Any]):
    """An object in which the text ends, or a string of it does."""


class MixedObject(dict[str, Any]):
    """An object that may hold members of several: a person could not say which belong together."""


class Siblings(list[Any]):
    """Objects that follow each other without the braces between them."""


class CutList(list[Any]):
    """A list in which the text ends: there may have been more entries."""


class CutText(str):
    """A string in which the text ends."""

    __slots__ = ()


class BareText(str):
    """Text without any mark around it."""

    __slots__ = ()


class Number(float):
    """A number with its digits as written: the source may have `2.50`, not `2.5`."""

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> Number:
        number = super().__new__(cls, literal)
        number.literal = literal
        return number


Pairs = list[tuple[str, Any]]
_LONGEST_RUN = 500  # objects in one pair of braces; more are no answer


def members(pairs: Pairs) -> tuple[dict[str, Any], bool]:
    """The object of key-value pairs, and whether it has a list for a duplicate key."""
    body = dict(pairs)
    if len(body) == len(pairs):
        return body, False
    many: dict[str, list[Any]] = {}
    for key, value in pairs:
        many.setdefault(key, []).append(value)
    return {k: v[0] if len(v) == 1 or all(o == v[0] for o in v) else v for k, v in many.items()}, True


def separated(pairs: Pairs) -> list[dict[str, Any]] | None:
    """The objects that pairs with duplicate keys were, each from the first key to the next of it.

    None if that is not certain: every object must have the same keys in the same order, at least
    two; only its last ones may be missing, since they are optional.
    """
    first = pairs[0][0]
    runs: list[Pairs] = []
    for pair in pairs:
        if pair[0] == first:
            runs.append([])
        runs[-1].append(pair)
    orders = [[key for key, _ in run] for run in runs]
    longest = max(orders, key=len)
    is_certain = 2 <= len(runs) <= _LONGEST_RUN and all(
        2 <= len(order) == len(set(order)) and order == longest[: len(order)] for order in orders
    )
    return [dict(run) for run in runs] if is_certain else None


def differing_keys(pairs: Pairs) -> dict[str, Any]:
    """The keys that stand more than once with different values, and one of these values."""
    values: dict[str, Any] = {}
    differing: dict[str, Any] = {}
    for key, value in pairs:
        if values.setdefault(key, value) != value:
            differing[key] = value
    return differing


def is_mixed(value: Any) -> bool:
    """Whether a value is, or holds, an object that may be several."""
    if isinstance(value, dict):
        body = cast("dict[str, Any]", value)
        return isinstance(value, MixedObject) or any(map(is_mixed, body.values()))
    return isinstance(value, list) and any(map(is_mixed, cast("list[Any]", value)))


def is_cut(value: Any) -> bool:
    """Whether the text ends in a value, or broke off in it."""
    if isinstance(value, CutObject | CutList | CutText):
        return True
    if isinstance(value, dict):
        return any(map(is_cut, cast("dict[str, Any]", value).values()))
    return isinstance(value, list) and any(map(is_cut, cast("list[Any]", value)))
