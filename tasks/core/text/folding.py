"""Fold texts so that they can be compared, and map folded positions back to the original text.

Folding applies NFKC character by character, straightens quotes and hyphens, makes one space of a
run of white space (none beside Chinese characters), and treats hyphens at line ends.
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
# Ideographs, kana and CJK punctuation, folded or not: white space beside them has no meaning.
_CJK_CLASS = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_CJK = re.compile(f"[{_CJK_CLASS}]")
_LINE_END = re.compile("[-‐‑‒–—―−\ufffe]" + r"(?=(\s+)\S)")
_SPACES = re.compile("  +")
_BESIDE_CJK = re.compile(f"(?<=[{_CJK_CLASS}]) | (?=[{_CJK_CLASS}])")
# A text may be cut between two such characters: folding one side does not depend on the other.
_INSIDE = re.compile("[A-Za-z0-9\u4e00-\u9fff](?=[A-Za-z0-9\u4e00-\u9fff])")
_BLOCK_CHARS = 400
# What folding may change: all but plain ASCII (without the back quote) and common ideographs.
_UNUSUAL = re.compile("[^ -_a-~\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text with the text that it was made from."""

    text: str
    source: str
    join_hyphens: bool

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original range of a folded range that is not empty, without dropped white space."""
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, index: int) -> int:
        # Mapping is slow, so it is done only for the block around the character.
        blocks = _blocks(self.source, self.join_hyphens)
        at = bisect.bisect_right(blocks, index, key=lambda block: block[1]) - 1
        first, folded_first = blocks[at]
        last = blocks[at + 1][0] if at + 1 < len(blocks) else len(self.source)
        return first + _origins(self.source[first:last], self.join_hyphens)[index - folded_first]


@lru_cache(maxsize=4096)
def fold(text: str, join_hyphens: bool = False) -> Folded:
    """Fold a text. `join_hyphens` drops hyphens at line ends: "obliga-\\ntion" is "obligation"."""
    if join_hyphens and not _has_line_end(text):
        return fold(text)
    return Folded(_folded(text, join_hyphens), text, join_hyphens)


def is_cjk(character: str) -> bool:
    return bool(_CJK.match(character))


def _has_line_end(text: str) -> bool:
    return any("\n" in match[1] for match in _LINE_END.finditer(text))


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
        cut = _INSIDE.search(text, start + _BLOCK_CHARS)
        if cut is None:
            return
        start = cut.end()


def _folded(text: str, join_hyphens: bool) -> str:
    # Must give the same as `_folded_characters`, which is slower but keeps the positions.
    if "\n" in text:
        text = _without_line_ends(text, join_hyphens)
    text = _SPACES.sub(" ", _UNUSUAL.sub(_fold_match, text))
    if not text.isascii():
        text = _BESIDE_CJK.sub("", text)
    return text.strip(" ")


def _without_line_ends(text: str, join_hyphens: bool) -> str:
    pieces: list[str] = []
    done = 0
    for match in _LINE_END.finditer(text):
        if match.start() >= done and "\n" in match[1]:
            pieces.append(text[done : match.start()] + ("" if join_hyphens else "-"))
            done = match.end(1)
    return "".join([*pieces, text[done:]])


def _fold_match(match: re.Match[str]) -> str:
    return _fold_character(match[0])


@lru_cache(maxsize=20_000)
def _fold_character(letter: str) -> str:
    parts = (_NAMED.get(p, p) for p in unicodedata.normalize("NFKC", _NAMED.get(letter, letter)))
    return "".join(" " if part.isspace() else part for part in parts)


@lru_cache(maxsize=1024)
def _origins(text: str, join_hyphens: bool) -> tuple[int, ...]:
    """For each folded character of a block, its index in the original."""
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
    return tuple(origin)


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
