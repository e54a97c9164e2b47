"""Learns from marked examples what stands before and behind a value, and finds the same in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.native.own.phrases import phrases_from
from tasks.core.schema.fields import MarkedExample
from tasks.core.text.look_alikes import folded

_TOKEN = re.compile(r"[^\W\d_\u4e00-\u9fff]+|[\u4e00-\u9fff]|\d+|[^\w\s]")
_SLIGHT_WORDS = 'a an the of to in on at by for from with and or as is are be ( “ " , . ;'
_SLIGHT = frozenset(_SLIGHT_WORDS.split())
_WINDOW = 200  # characters behind an anchor in which a value ends


@dataclass(frozen=True, slots=True)
class Anchor:
    """The words around a marked value, and what the value looks like."""

    before: re.Pattern[str] | None
    """None: the value begins the example."""
    after: re.Pattern[str] | None
    shape: str
    max_chars: int


@lru_cache(512)
def anchors_of(examples: tuple[str | MarkedExample, ...]) -> tuple[Anchor, ...]:
    """One anchor for each marked example that has words around its value."""
    found: list[Anchor] = []
    for example in examples:
        if isinstance(example, MarkedExample):
            at = example.text.index(example.value)
            before = _words(folded(example.text[:at]), -1)
            after = _words(folded(example.text[at + len(example.value) :]), 0)
            if before is not None or after is not None:
                found.append(Anchor(before, after, shape(example.value), 3 * len(example.value) + 20))
    return tuple(found)


def shape(value: str) -> str:
    """`A` for a value that begins with a capital, `a`, `1`, or `汉`."""
    first = value.lstrip(" (\"“'")[:1]
    if first.isdigit():
        return "1"
    if "\u4e00" <= first <= "\u9fff":
        return "汉"
    return "A" if first.isupper() else "a"


def anchored(anchor: Anchor, text: str) -> Iterator[tuple[int, int]]:
    """The ranges of a text between the same words as an example's value."""
    if anchor.before is None:
        yield from _until_after(anchor, text, 0)
        return
    for match in anchor.before.finditer(text):
        start = match.end()
        while start < len(text) and text[start] in ' \n\t"“‘':
            start += 1
        if shape(text[start : start + 1]) != anchor.shape and anchor.shape != "a":
            continue
        yield from _until_after(anchor, text, start)
        for first, last in phrases_from(text, start):
            if last - first <= anchor.max_chars:
                yield first, last


def _until_after(anchor: Anchor, text: str, start: int) -> Iterator[tuple[int, int]]:
    if anchor.after is None:
        return
    match = anchor.after.search(text, start + 1, min(len(text), start + _WINDOW))
    if match is not None and match.start() - start <= anchor.max_chars:
        yield start, match.start()


def _words(text: str, nearest: int) -> re.Pattern[str] | None:
    """The nearest words of one side of a value: as many as it takes to have one that says something."""
    tokens = _TOKEN.findall(text)
    side = tokens[::-1] if nearest == -1 else tokens
    taken: list[str] = []
    for token in side[:4]:
        taken.append(token)
        if token.lower() not in _SLIGHT and (len(taken) > 1 or not "\u4e00" <= token <= "\u9fff"):
            break
    if not taken:
        return None
    words = taken[::-1] if nearest == -1 else taken
    return re.compile(_edge(words[0]) + r"\s*".join(map(_one, words)) + _edge(words[-1]), re.IGNORECASE)


def _one(token: str) -> str:
    return '["“”]' if token in '"“”' else "['‘’]" if token in "'‘’" else re.escape(token)


def _edge(token: str) -> str:
    return r"\b" if token[0].isalnum() and not "\u4e00" <= token[0] <= "\u9fff" else ""
