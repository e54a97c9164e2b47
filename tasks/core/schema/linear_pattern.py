"""Searches for a user's pattern in a time that grows with the text, by google-re2.

RE2 has no look around, and its `\\b` knows only ASCII. So the places where such an assertion holds are
found first, by RE2 as well, and marked in the text by characters that no text has. The pattern then
asks for the mark. What a match is stays as in Python and in `regex`.

Library: google-re2 1.1.20251105, because `re` and `regex` try every way to split a text; of other
engines without backtracking, `rure` has had no release since 2019, and `hyperscan` has no groups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from time import thread_time
from typing import Any, cast

import re2  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.schema.letter_sets import FIRST_MARK, LAST_MARK, Letters, word_edges
from tasks.core.schema.pattern_tree import (
    Assertion,
    Choice,
    Group,
    Many,
    Node,
    NotLinear,
    Sequel,
    can_be_empty,
    has_groups,
    longest_stay,
    pattern_tree,
)

Found = tuple[int, int, int, int]
"""Start and end of a match, and of the value in it: its first group, or all of it."""
_ENGINE = cast(Any, re2)  # it has no types
_MARKS = f"[\\x{{{FIRST_MARK:x}}}-\\x{{{LAST_MARK:x}}}]*"
_MAX_ASSERTIONS = LAST_MARK - FIRST_MARK + 1
_MAX_STAY = 4
_NO_TEXT = re.compile(f"[\ud800-\udfff{chr(FIRST_MARK)}-{chr(LAST_MARK)}]")
_MARKED = re.compile(f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]+")
_LINE_ENDS = re.compile(r"(?=\n)|\Z")
_Places = Callable[[str, float], Sequence[int]]


class LinearPattern:
    """A pattern that is searched for without backtracking.

    Args:
        source: A pattern that is valid for the library `regex` and ignores case.

    Raises:
        NotLinear: it has a part that needs backtracking, or is too large.
    """

    __slots__ = ("_conditions", "_has_value", "_marked", "_plain", "_repeats")

    def __init__(self, source: str) -> None:
        tree = pattern_tree(source)
        if can_be_empty(tree):
            raise NotLinear(
                "it also matches where there is nothing: write `+` for a `*`, and no `?` behind all of it"
            )
        self._set(tree)

    @classmethod
    def of_tree(cls, tree: Node) -> LinearPattern:
        """The pattern of a tree."""
        made = cls.__new__(cls)
        made._set(tree)
        return made

    def _set(self, tree: Node) -> None:
        self._repeats = longest_stay(tree)
        if self._repeats > _MAX_STAY:
            raise NotLinear(f"more than {_MAX_STAY} edges or looks stand at one place: write fewer")
        conditions: list[Assertion] = []
        self._marked = _compiled(_written(tree, conditions, True))
        self._plain = _compiled(_written(tree, conditions, False))
        self._conditions = tuple(_places_of(condition) for condition in conditions)
        self._has_value = has_groups(tree)

    def matches(self, text: str, limit_s: float) -> Sequence[Found]:
        """All matches, from left to right.

        Args:
            limit_s: Seconds of processor time for the looks around; a search alone needs none.

        Raises:
            TimeoutError: they took longer.
        """
        if self._plain.search(_encoded(text)) is None:
            return ()
        until = thread_time() + limit_s
        return tuple(self._found(*self._searched(text, until), until))

    def starts(self, text: str, until: float) -> Sequence[int]:
        """Every place where a match can begin, also within another one.

        Raises:
            TimeoutError: it is later than `until`, by `thread_time`.
        """
        if self._plain.search(_encoded(text)) is None:
            return ()
        pattern, data = self._searched(text, until)
        found: list[int] = []
        at, n_letters = 0, 0
        while match := pattern.search(data, at):
            start = _before_marks(data, match.start())
            n_letters += _count(data, at, start)
            found.append(n_letters)
            if start >= len(data) or not (after := _after_letter(data, start)):
                break
            n_letters, at = n_letters + 1, after
            _hurry(until)
        return found

    def _searched(self, text: str, until: float) -> tuple[Any, bytes]:
        """What is searched for, and in what: with marks only where there are assertions."""
        if not self._conditions:
            return self._plain, _encoded(text)
        marks = [places(text, until) for places in self._conditions]
        return self._marked, _with_marks(text, marks, self._repeats)

    def _found(self, pattern: Any, data: bytes, until: float) -> Iterator[Found]:
        at, counted, n_letters = 0, 0, 0
        while match := pattern.search(data, at):
            start, end = match.span()
            n_letters += _count(data, counted, start)
            counted, first = start, n_letters
            n_letters += _count(data, counted, end)
            counted, last = end, n_letters
            yield first, last, *self._value(match, data, first, last)
            # A mark that this match asked for may be asked for again by the next one.
            at = _before_marks(data, end)
            _hurry(until)

    def _value(self, match: Any, data: bytes, first: int, last: int) -> tuple[int, int]:
        if not self._has_value:
            return first, last
        start, end = match.span(1)
        if start < 0:
            return -1, -1
        before = first + _count(data, match.start(), start)
        return before, before + _count(data, start, end)


@lru_cache(4096)  # every pattern of a schema reads the same lines
def _encoded(text: str) -> bytes:
    return _NO_TEXT.sub("\ufffd", text).encode()


def _count(data: bytes, start: int, end: int) -> int:
    """Letters between two places of a marked text, which the marks are not."""
    return len(_MARKED.sub("", data[start:end].decode()))


def _before_marks(data: bytes, at: int) -> int:
    while at >= 3 and _is_mark(data[at - 3 : at]):
        at -= 3
    return at


def _after_letter(data: bytes, at: int) -> int:
    """The place after the next letter; 0 at the end."""
    while _is_mark(data[at : at + 3]):
        at += 3
    if at >= len(data):
        return 0
    at += 1
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


def _is_mark(data: bytes) -> bool:
    return len(data) == 3 and data[0] == 0xEF and data[1] == 0xB7 and 0x90 <= data[2] <= 0xAF


def _hurry(until: float) -> None:
    if thread_time() > until:
        raise TimeoutError


def _with_marks(text: str, places: Sequence[Sequence[int]], repeats: int) -> bytes:
    """The text with a mark for each condition at each place where it holds.

    Assertions at one place may follow each other in any order, so the marks stand there `repeats` times.
    """
    marks: dict[int, str] = {}
    for number, found in enumerate(places):
        mark = chr(FIRST_MARK + number)
        for place in found:
            marks[place] = marks.get(place, "") + mark
    text = _NO_TEXT.sub("\ufffd", text)
    pieces: list[str] = []
    last = 0
    for place in sorted(marks):
        pieces += (text[last:place], marks[place] * repeats)
        last = place
    return "".join([*pieces, text[last:]]).encode()


def _written(node: Node, conditions: list[Assertion], has_marks: bool) -> str:
    """The tree in RE2's syntax: for marked text, or for plain text as if every assertion held."""
    if isinstance(node, Letters):
        return f"(?:{_MARKS}{node.source})" if has_marks else node.source
    if isinstance(node, Assertion):
        return _mark_of(node, conditions) if has_marks else "(?:)"
    if isinstance(node, Group):
        return f"({_written(node.inner, conditions, has_marks)})"
    if isinstance(node, Sequel):
        return "".join(_written(part, conditions, has_marks) for part in node.parts)
    if isinstance(node, Choice):
        return f"(?:{'|'.join(_written(way, conditions, has_marks) for way in node.ways)})"
    return f"(?:{_written(node.inner, conditions, has_marks)}){_repeat(node)}"


def _mark_of(node: Assertion, conditions: list[Assertion]) -> str:
    if node not in conditions:
        if len(conditions) == _MAX_ASSERTIONS:
            raise NotLinear(f"it has more than {_MAX_ASSERTIONS} edges and looks: write fewer")
        conditions.append(node)
    return f"{_MARKS}?\\x{{{FIRST_MARK + conditions.index(node):x}}}"


def _repeat(node: Many) -> str:
    counts = f"{{{node.least},{'' if node.most is None else node.most}}}"
    return counts + ("?" if node.is_lazy else "")


def _compiled(source: str) -> Any:
    options = _ENGINE.Options()
    options.log_errors = False
    try:
        return _ENGINE.compile(source.encode(), options)
    except _ENGINE.error as error:
        raise NotLinear(
            "it is too large when its repeats are written out: write smaller numbers in {}, or fewer repeats within repeats"
        ) from error


def _places_of(condition: Assertion) -> _Places:
    """Finds the places of a text where the assertion holds."""
    if condition.inner is None:
        return _EDGES[condition.kind]
    inner = LinearPattern.of_tree(condition.inner)
    if condition.kind == "ahead":
        return lambda text, until: _turned(inner.starts(text, until), condition.is_negative, text)

    def behind(text: str, until: float) -> Sequence[int]:
        ends = [len(text) - n for n in inner.starts(text[::-1], until)]
        return _turned(ends, condition.is_negative, text)

    return behind


def _turned(places: Sequence[int], is_negative: bool, text: str) -> Sequence[int]:
    if not is_negative:
        return places
    left_out = set(places)
    return [n for n in range(len(text) + 1) if n not in left_out]


def _word_edges(text: str, _until: float) -> Sequence[int]:
    return _edges_of(text)


@lru_cache(4096)
def _edges_of(text: str) -> tuple[int, ...]:
    return tuple(m.start() for m in word_edges().finditer(text))


_EDGES: dict[str, _Places] = {
    "word_edge": _word_edges,
    "no_word_edge": lambda text, _: _turned(_edges_of(text), True, text),
    "start": lambda _text, _: (0,),
    "end": lambda text, _: (len(text),),
    "last_line_end": lambda text, _: (*((len(text) - 1,) if text.endswith("\n") else ()), len(text)),
    "line_start": lambda text, _: (0, *(m.end() for m in re.finditer("\n", text))),
    "line_end": lambda text, _: [m.start() for m in _LINE_ENDS.finditer(text)],
}
