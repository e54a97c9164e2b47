"""Ligatures whose letters ghostscript wrote with swapped bytes: "昀椀nal" stands for "final".

The map of a font gives UTF-16 for each glyph. Ghostscript 10 writes that of a glyph with two letters
with its bytes swapped (U+0066 "f" becomes U+6600 "昀"), and that of one with three letters in two
units, of which the second is the sum of the last two letters: "ffi" becomes U+6600 U+CF00.

Chinese and Japanese text next to Latin letters ("A股", "第3条") is no mixture: only runs that spell a
ligature are mended, and only where no CJK letter stands beside them.

Source: ghostscript 10.00.0, pdfwrite over PDFs of LuaTeX and XeTeX.
"""

from __future__ import annotations

import re

_LIGATURES = (
    "ff", "fi", "fl", "ffi", "ffl", "ft", "fft", "fj", "ffj", "fb", "ffb", "fh", "ffh", "fk", "ffk",
    "tt", "ti", "tti", "tf", "Th", "st", "ct", "sp", "ry", "ty",
)  # fmt: skip


def _swapped(code: int) -> str:
    return chr(code << 8)


def _spelling(ligature: str) -> str:
    """How the letters of a ligature stand in the file."""
    codes = [ord(letter) for letter in ligature]
    if len(codes) == 3:
        codes = [codes[0], codes[1] + codes[2]]
    return "".join(map(_swapped, codes))


def _is_text(spelling: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in spelling)


_MEANT = {_spelling(ligature): ligature for ligature in _LIGATURES if _is_text(_spelling(ligature))}
_LEADS = "".join(sorted({spelling[0] for spelling in _MEANT}))
_CJK = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
_BY_LENGTH = "|".join(sorted(_MEANT, key=len, reverse=True))
_RUN = re.compile(f"(?:{_BY_LENGTH})+")
_BESIDE = re.compile(f"[{_CJK}]")
_MAY_HAVE = re.compile(f"[{_LEADS}]")
_SINGLE = "".join(_swapped(code) for code in (*range(0x61, 0x67), *range(0x68, 0x7B)))
"""Swapped small letters, without U+6700 最, which is a frequent word."""
_MIXED = re.compile(f"[A-Za-z][{_SINGLE}]|[{_SINGLE}][A-Za-z]")
SWAPPED = frozenset("".join(_MEANT))
"""The letters that a file has in place of a ligature's."""


def meant_letters(text: str) -> dict[int, str]:
    """The letters that are meant, by the offset of the swapped letter; empty for nearly every text."""
    if not _MAY_HAVE.search(text):
        return {}
    meant: dict[int, str] = {}
    for run in _RUN.finditer(text):
        beside = text[run.start() - 1 : run.start()] + text[run.end() : run.end() + 1]
        if not _BESIDE.search(beside):
            for match in re.finditer(_BY_LENGTH, run[0]):
                at = run.start() + match.start()
                letters = _MEANT[match[0]]
                meant[at], meant[at + 1] = letters[0], letters[1:]
    return meant


def has_mixed_scripts(text: str) -> bool:
    """Whether a Latin word still holds letters that look swapped and spell no known ligature."""
    return not text.isascii() and _MIXED.search(text) is not None
