"""Folding: texts made comparable, with the way back. What grounding, values and normal forms look at instead of the letters themselves.

NFKC character by character, straight quotes and hyphens, one space for a run of white space and none beside Chinese characters, and
hyphens at line ends. Fast because it is done to whole texts at once; where a folded character comes from is worked out only for the
block it lies in, when somebody asks.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

_QUOTES = dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"')
_HYPHENS = dict.fromkeys("‐‑‒–—―−\ufffe", "-")
_DROPPED = dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", "")
_NAMED = _QUOTES | _HYPHENS | _DROPPED
# Ideographs, kana, and CJK punctuation in its folded and unfolded forms: white space beside them carries no meaning.
_CJK_CLASS = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_CJK = re.compile(f"[{_CJK_CLASS}]")
_LINE_END = re.compile("[-‐‑‒–—―−\ufffe]" + r"(?=(\s+)\S)")
_SPACES = re.compile("  +")
_BESIDE_CJK = re.compile(f"(?<=[{_CJK_CLASS}]) | (?=[{_CJK_CLASS}])")
_INSIDE = re.compile("[A-Za-z0-9\u4e00-\u9fff](?=[A-Za-z0-9\u4e00-\u9fff])")
"""Between two such characters a text may be cut: what folds on one side does not hang on the other."""
_BLOCK_CHARS = 400
_UNUSUAL = re.compile("[^ -_a-~\u4e00-\u9fff]")
"""What may fold to something else: all but plain ASCII (without the back quote) and common ideographs."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the way back to the original."""

    text: str
    source: str
    join_hyphens: bool

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original range behind a folded range that is not empty, without white space that was folded away behind it."""
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, index: int) -> int:
        blocks = _blocks(self.source, self.join_hyphens)
        at = bisect.bisect_right(blocks, index, key=lambda block: block[1]) - 1
        first, folded_first = blocks[at]
        last = blocks[at + 1][0] if at + 1 < len(blocks) else len(self.source)
        return first + _origins(self.source[first:last], self.join_hyphens)[index - folded_first]


@lru_cache(maxsize=4096)
def fold(text: str, join_hyphens: bool = False) -> Folded:
    """Fold a text, keeping the way back.

    Args:
        text: Any text.
        join_hyphens: Also drop a hyphen before a line end, so that "obliga-\\ntion" equals "obligation".
    """
    if join_hyphens and not _has_line_end(text):
        return fold(text)
    return Folded(_folded(text, join_hyphens), text, join_hyphens)


def is_cjk(character: str) -> bool:
    return bool(_CJK.match(character))


def _has_line_end(text: str) -> bool:
    return any("\n" in found[1] for found in _LINE_END.finditer(text))


@lru_cache(maxsize=256)
def _blocks(text: str, join_hyphens: bool) -> tuple[tuple[int, int], ...]:
    """(start in the original, start in the folded text) of each block, the first at (0, 0)."""
    starts = list(_starts(text))
    sizes = (len(_folded(text[a:b], join_hyphens)) for a, b in pairwise(starts))
    return tuple(zip(starts, accumulate(sizes, initial=0), strict=True))


def _starts(text: str) -> Iterator[int]:
    start = 0
    while True:
        yield start
        found = _INSIDE.search(text, start + _BLOCK_CHARS)
        if found is None:
            return
        start = found.end()


def _folded(text: str, join_hyphens: bool) -> str:
    """The folded text. Says the same as `_folded_characters`, at the speed of whole texts."""
    if "\n" in text:
        text = _without_line_ends(text, join_hyphens)
    text = _SPACES.sub(" ", _UNUSUAL.sub(_fold_match, text))
    if not text.isascii():
        text = _BESIDE_CJK.sub("", text)
    return text.strip(" ")


def _without_line_ends(text: str, join_hyphens: bool) -> str:
    pieces: list[str] = []
    done = 0
    for found in _LINE_END.finditer(text):
        if found.start() >= done and "\n" in found[1]:
            pieces.append(text[done : found.start()] + ("" if join_hyphens else "-"))
            done = found.end(1)
    return "".join([*pieces, text[done:]])


def _fold_match(found: re.Match[str]) -> str:
    return _fold_character(found[0])


@lru_cache(maxsize=20_000)
def _fold_character(letter: str) -> str:
    parts = (_NAMED.get(p, p) for p in unicodedata.normalize("NFKC", _NAMED.get(letter, letter)))
    return "".join(" " if part.isspace() else part for part in parts)


def _origins(text: str, join_hyphens: bool) -> list[int]:
    """For each folded character of a block, where it comes from."""
    characters: list[str] = []
    origin: list[int] = []
    for index, folded in _folded_characters(text, join_hyphens):
        if folded == " " and (not characters or characters[-1] == " " or is_cjk(characters[-1])):
            continue
        if characters and characters[-1] == " " and is_cjk(folded):
            characters.pop()
            origin.pop()
        characters.append(folded)
        origin.append(index)
    return origin


def _folded_characters(text: str, join_hyphens: bool) -> Iterator[tuple[int, str]]:
    ends = {f.start(): f.end(1) for f in _LINE_END.finditer(text) if "\n" in f[1]}
    skip_until = 0
    for index, letter in enumerate(text):
        if index < skip_until:
            continue
        if index in ends:
            skip_until = ends[index]
            if not join_hyphens:
                yield index, "-"
            continue
        for part in _fold_character(letter):
            yield index, part
