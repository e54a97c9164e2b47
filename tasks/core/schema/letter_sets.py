"""Sets of letters of a user's pattern, as the linear engine writes them, equal to those of the library `regex`.

RE2 knows only ASCII in `\\w`, `\\d` and `\\s`. What such a name stands for is asked of `regex` once in a process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import regex

from tasks.core.schema.pattern_text import CLASS_ENTRY, character_of

FIRST_MARK, LAST_MARK = 0xFDD0, 0xFDEF
"""Characters that no text has (Source: Unicode 17, 23.7, noncharacters): they mark places. No set holds them."""
_MARKS = f"\\x{{{FIRST_MARK:x}}}-\\x{{{LAST_MARK:x}}}"
_CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# RE2 folds case as `regex` does, but for these: `regex` has i = İ and I = ı besides (each pair on its own).
_TURKISH = {"i": "\u0130", "I": "\u0131"}


@dataclass(frozen=True, slots=True)
class Letters:
    """One character out of a set."""

    members: str
    """Entries of a class in RE2's syntax, without brackets."""
    is_negative: bool = False
    ignores_case: bool = False

    @property
    def source(self) -> str:
        """The set in RE2's syntax."""
        if not self.is_negative and not self.members:
            return "[^\\x{0}-\\x{10ffff}]"
        members = f"[^{self.members}{_MARKS}]" if self.is_negative else f"[{self.members}]"
        return f"(?i:{members})" if self.ignores_case else members


def one_letter(letter: str, ignores_case: bool) -> Letters:
    """A character."""
    if ignores_case and letter in "\u0130\u0131":
        return _scanned(re.escape(letter), True)
    more = _TURKISH.get(letter, "") if ignores_case else ""
    return Letters("".join(map(_code, letter + more)), ignores_case=ignores_case)


def escaped_letters(text: str, ignores_case: bool) -> Letters | None:
    """What a backslash stands for; None: it is no set of characters."""
    if text[1] in "wWdDsS" and len(text) == 2:
        return Letters(_named(text.lower()), is_negative=text[1].isupper())
    if text[1] in "pPN" and len(text) > 2:
        return _scanned(text, ignores_case)
    if text[1] in _CONTROLS and len(text) == 2:
        return one_letter(_CONTROLS[text[1]], ignores_case)
    letter = character_of(text)
    return one_letter(letter, ignores_case) if letter else None


def class_letters(text: str, ignores_case: bool) -> Letters:
    """A class in brackets."""
    head = "[^" if text.startswith("[^") else "["
    members: list[str] = []
    for entry in CLASS_ENTRY.finditer(text[len(head) : -1]):
        first, last = _of_class(entry[1]), _of_class(entry[2] or "")
        if entry[2] is None and entry[1] in (r"\w", r"\d", r"\s"):
            members.append(_named(entry[1]))
        elif not first or (entry[2] is not None and not last) or entry[1] == "[":
            return _scanned(text, ignores_case)
        else:
            last = last or first
            if ignores_case and any(first <= c <= last for c in "\u0130\u0131"):
                return _scanned(text, ignores_case)
            members.append(_code(first) if first == last else f"{_code(first)}-{_code(last)}")
            members += [_code(t) for c, t in _TURKISH.items() if ignores_case and first <= c <= last]
    return Letters("".join(members), head == "[^", ignores_case)


def _of_class(text: str) -> str:
    if len(text) == 2 and text[0] == "\\" and text[1] in _CONTROLS:
        return _CONTROLS[text[1]]
    return character_of(text)


@lru_cache(1024)
def _scanned(text: str, ignores_case: bool) -> Letters:
    """The set that `regex` gives for a class or an escape, range by range."""
    flags = regex.VERSION0 | (regex.IGNORECASE if ignores_case else 0)
    return Letters(_ranges(text, _letters_below(0x110000), flags))


@lru_cache
def _named(text: str) -> str:
    # Behind the third plane there are only variation selectors, and what no name means.
    return _ranges(text, _letters_below(0x40000), regex.VERSION0) + (
        _ranges(text, "".join(map(chr, range(0xE0000, 0xE1000))), regex.VERSION0)
    )


def _ranges(text: str, letters: str, flags: int) -> str:
    runs = regex.finditer(f"(?:{text})+", letters, flags)
    return "".join(f"{_code(m[0][0])}-{_code(m[0][-1])}" for m in runs)


@lru_cache(1)
def _letters_below(end: int) -> str:
    """Code points but halves of pairs and marks, which are letters for no name."""
    pieces = (range(0xD800), range(0xE000, FIRST_MARK), range(LAST_MARK + 1, end))
    return "".join(chr(code) for piece in pieces for code in piece)


def _code(character: str) -> str:
    return f"\\x{{{ord(character):x}}}"


@lru_cache
def word_edges() -> re.Pattern[str]:
    """Finds places between a letter of `\\w` and one that is none, as `\\b` of `regex` does."""
    word = re.sub(r"\\x\{([0-9a-f]+)\}", lambda m: f"\\U{int(m[1], 16):08x}", _named(r"\w"))
    return re.compile(f"(?<=[{word}])(?![{word}])|(?<![{word}])(?=[{word}])")
