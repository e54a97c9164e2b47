"""Says how one text became another, in quoted words. Pure logic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

_CONTEXT = 6  # unchanged words around a change
_NEAR = 3  # unchanged words between two changes that are told as one
_MAX_WORDS = 1500  # that are compared word by word, after the equal ends are cut off
_MAX_QUOTE_CHARS = 240
_UNPRINTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff\u00ad]")

_Ranges = tuple[int, int, int, int]
"""Start and end in the old words, start and end in the new ones."""


def word_changes(old: str, new: str) -> Iterator[str]:
    """Sentences such as `"State of New York" became "State of Nevada"`, in reading order."""
    before, after = _words(old), _words(new)
    if "".join(before) == "".join(after):
        return
    for a, b, c, d in _grouped(list(_ranges(before, after))):
        yield _sentence(before, after, (a, b, c, d))


def first_words(text: str) -> str:
    """A quote of the text's beginning."""
    return _quote(_words(text))


def _words(text: str) -> list[str]:
    return _UNPRINTED.sub("", text).split()


def _ranges(before: list[str], after: list[str]) -> Iterator[_Ranges]:
    start = 0
    shorter = min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    same = 0
    while same < shorter - start and before[-1 - same] == after[-1 - same]:
        same += 1
    old, new = before[start : len(before) - same], after[start : len(after) - same]
    if len(old) > _MAX_WORDS or len(new) > _MAX_WORDS:  # comparing them takes quadratic time
        yield start, start + len(old), start, start + len(new)
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield start + a, start + b, start + c, start + d


def _grouped(ranges: list[_Ranges]) -> list[_Ranges]:
    grouped: list[_Ranges] = []
    for a, b, c, d in ranges:
        if grouped and a - grouped[-1][1] <= _NEAR:
            a, c = grouped[-1][0], grouped[-1][2]
            grouped.pop()
        grouped.append((a, b, c, d))
    return grouped


def _sentence(before: list[str], after: list[str], ranges: _Ranges) -> str:
    a, b, c, d = ranges
    lead, tail = before[max(0, a - _CONTEXT) : a], before[b : b + _CONTEXT]
    if a == b:
        return (
            f"{_quote(after[c:d])} was added after {_quote(lead)}"
            if lead
            else f"{_quote(after[c:d])} was added"
        )
    if c == d:
        return (
            f"{_quote(before[a:b])} was removed after {_quote(lead)}"
            if lead
            else f"{_quote(before[a:b])} was removed"
        )
    old, new = [*lead, *before[a:b], *tail], [*lead, *after[c:d], *tail]
    return f"{_quote(old)} became {_quote(new)}"


def _quote(words: list[str]) -> str:
    text = " ".join(words)
    return f'"{text}"' if len(text) <= _MAX_QUOTE_CHARS else f'"{text[: _MAX_QUOTE_CHARS - 2]} …"'
