"""Where a raw answer has the keys of its objects, found without reading its JSON.

A string that lost a quotation mark runs on to the next mark that may end one, which can be in the
next item. The keys in between show it: no contract has `"field":` in its text. This is independent
of the reader, so that a wrong repair is seen, too.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from tasks.core.answers.aliases import ITEM_KEYS, MISSING_KEYS, PART_KEYS, VERDICT_KEYS, WRAPPERS

MARKS = "\"'“”„‘’「」『』`"
_SINGLE = "'‘’"

# The keys that prompts ask for: they are known even with one mark, or without their colon.
ASKED_KEYS = (
    *("items", "field", "value", "quote", "score", "parts", "name", "unable"),
    *("verdict", "verdicts", "missing", "candidate", "right", "flagged", "reason", "bar"),
    *("drop", "add", "item", "part", "why", "extent", "passage", "start", "end"),
)
_TABLES = (ITEM_KEYS, VERDICT_KEYS, MISSING_KEYS)
_KNOWN = frozenset(
    chain(ASKED_KEYS, PART_KEYS, WRAPPERS, *(chain(t, *t.values()) for t in _TABLES), ("字段", "引文", "值"))
)
_ASKED = "|".join(sorted(ASKED_KEYS, key=len, reverse=True))
_NAME = rf"[^{MARKS}\s:：=\\{{}}\[\],，][^{MARKS}\n:：=\\{{}}\[\],，]{{0,63}}"
_QUOTED = re.compile(
    rf"(?<!\\)[{MARKS}]\s*({_NAME})[{MARKS}]\s*[:：=]\s*(?P<opens>\{{\s*[{MARKS}}}]|\[\s*[{MARKS}{{\]])?"
)
HALF_KEY = re.compile(
    rf"[{MARKS}]\s*(?P<opened>{_ASKED})(?=\s*[:：])|(?P<closed>{_ASKED})[{MARKS}](?=\s*[:：])"
    rf"|[{MARKS}](?P<marked>{_ASKED})[{MARKS}](?=\s*[{MARKS}\d\[{{-])"
)
"""A key that lost one of its marks, or its colon."""
MARKED_KEY = re.compile(rf"[{MARKS}]\s*({_NAME})[{MARKS}](?=\s*[:：=])")
"""A key between any two marks."""
# A run of blanks is passed once: models that lose their way write thousands of line ends.
_HALF = re.compile(
    r"(?:[{,，}\]]\s*+|(?<!\s)[^\S\n]*+\n\s*+)" + rf"({HALF_KEY.pattern}|(?:field|quote)\s*[:：=])"
)
_BORDERS = "{,，"


def mark_class(mark: str) -> str:
    """`"` for all kinds of double marks, `'` for single ones, empty for no mark."""
    if mark not in MARKS or not mark:
        return ""
    return "'" if mark in _SINGLE else "`" if mark == "`" else '"'


class KeyPlaces:
    """The places of the keys in one text, by the marks that they are written with."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        self._starts: dict[str, list[int]] = {}
        places = {(start, mark_class(text[start])) for start in _quoted(text, names)}
        for match in _HALF.finditer(text):
            # Of a key that has only its closing mark, that one counts.
            mark = text[match.end("closed")] if match["closed"] else text[match.start(1)]
            places.add((match.start(1), mark_class(mark)))
        for start, style in sorted(places):
            self._starts.setdefault(style, []).append(start)

    def first(self, start: int, end: int, styles: Iterable[str]) -> int | None:
        """The first key in a range that is written with one of these marks."""
        found: list[int] = []
        for style in set(styles):
            starts = self._starts.get(style, ())
            index = bisect_left(starts, start)
            if index < len(starts) and starts[index] < end:
                found.append(starts[index])
        return min(found, default=None)


@lru_cache(maxsize=8)
def key_places(text: str, names: frozenset[str] = frozenset()) -> KeyPlaces:
    """
    Args:
        names: Keys that the answer may have beside the usual ones: its fields.
    """
    return KeyPlaces(text, names)


def _quoted(text: str, names: frozenset[str]) -> Iterator[int]:
    """The places of known keys, of keys that occur twice, and of those with a list or object."""
    matches: list[tuple[int, str, bool]] = []
    at = 0
    while match := _QUOTED.search(text, at):
        matches.append((match.start(), match.group(1).strip(), match.group("opens") is not None))
        at = match.start() + 1  # the mark that seemed to close a key may open the next
    often = Counter(name for start, name, _ in matches if _stands_at_border(text, start))
    for start, name, opens in matches:
        if name in _KNOWN or name in names or opens or often[name] > 1:
            yield start


def _stands_at_border(text: str, start: int) -> bool:
    while start and text[start - 1].isspace():
        start -= 1
    return start > 0 and text[start - 1] in _BORDERS
