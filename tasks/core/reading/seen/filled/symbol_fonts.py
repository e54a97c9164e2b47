"""Gives the letters of symbol fonts their signs, where a font tells plain letters for its boxes.

A font such as Wingdings without a Unicode map shows a box for `o`. Only pages with boxes that are
ticked and others that are not are changed: the same letters are bullets elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tasks.core.reading.text_runs import PageText

# By code of the fonts' own charts.
_EMPTY_BOX, _TICKED_BOX = "\u2610", "\u2612"
_WINGDINGS = dict.fromkeys("oq\xa8", _EMPTY_BOX) | dict.fromkeys("x\xfd\xfe", _TICKED_BOX)
_WINGDINGS_2 = {"\xa3": _EMPTY_BOX} | dict.fromkeys("RST", _TICKED_BOX)
_WEBDINGS = {"c": _EMPTY_BOX, "g": _TICKED_BOX}
_DINGBATS = dict.fromkeys("opqr", _EMPTY_BOX) | {"n": _TICKED_BOX}
_NONE: Mapping[str, str] = {}
_FONTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("wingdings2", _WINGDINGS_2),
    ("wingdings3", _NONE),
    ("wingdings", _WINGDINGS),
    ("webdings", _WEBDINGS),
    ("dingbats", _DINGBATS),
)
_LETTERS = frozenset("".join("".join(signs) for _, signs in _FONTS))
_PLACES = {
    (letter, sign): chr(0xF8D0 + number)
    for number, (letter, sign) in enumerate(sorted({pair for _, signs in _FONTS for pair in signs.items()}))
}
"""A letter of private use for each of them, which keeps both until the options are found."""
AS_SIGNS = str.maketrans({place: sign for (_, sign), place in _PLACES.items()})
AS_WRITTEN = str.maketrans({place: letter for (letter, _), place in _PLACES.items()})
HAS_PLACES = re.compile(f"[{''.join(_PLACES.values())}]")
_MAX_LETTERS = 3  # of a text object
_MAX_RUNS = 2000  # of a page
_NO_LETTER = re.compile(r"[^a-z0-9]")


def name_signs(text: PageText) -> None:
    """Replace the letters of boxes in the page's text by `_PLACES`. Call it before its pieces are taken.

    The document text has the file's letters again, as every program shows them.
    """
    found: dict[int, str] = {}
    fonts: dict[int, Mapping[str, str]] = {}
    n_left = _MAX_RUNS
    for start, end, item in text.short_runs(_MAX_LETTERS):
        letters = text.letters[start:end]
        if not _LETTERS.issuperset(letters.strip()):
            continue
        n_left -= 1
        font = text.font_at(item)
        if font not in fonts:
            fonts[font] = _signs(text.font_name_at(item))
        for at, letter in enumerate(letters, start):
            if letter in fonts[font]:
                found[at] = fonts[font][letter]
        if n_left == 0:
            break
    if {_EMPTY_BOX, _TICKED_BOX}.issubset(found.values()):
        letters = list(text.letters)
        for at, sign in found.items():
            letters[at] = _PLACES[letters[at], sign]
        text.letters = "".join(letters)


def _signs(name: str) -> Mapping[str, str]:
    plain = _NO_LETTER.sub("", name.lower())
    return next((signs for part, signs in _FONTS if part in plain), _NONE)
