"""Gives the ligatures, quotes and dashes of TeX's bitmap fonts their letters.

Such a Type 3 font has no name and no Unicode map, so pdfium gives the font's own codes. Those of
ligatures are control codes, which no other letter has; they also tell the font's encoding.

Source: the encodings OT1 and T1 of LaTeX (encguide.pdf, 2023), which pdfTeX 1.40 and dvips write with
bitmap fonts (cm, ec); PDFium (pypdfium2 5.15).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from tasks.core.reading.pdfium import TextPage, font_name

_LIGATURES = "\ufb00\ufb01\ufb02\ufb03\ufb04"
_OT1 = dict(zip("\x0b\x0c\r\x0e\x0f", _LIGATURES, strict=True))
_OT1_SIGNS = dict(zip('\\"{|', "\u201c\u201d\u2013\u2014", strict=True))
_T1_LIGATURES = dict(zip("\x1b\x1c\x1d\x1e\x1f", _LIGATURES, strict=True))
_T1_SIGNS = dict(
    zip("\x10\x11\x12\x13\x14\x15\x16", "\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014", strict=True)
)
_T1_LETTERS = dict(zip("\xd7\xf7\xff", "\u0152\u0153\u00df", strict=True))
_T1 = _T1_LIGATURES | _T1_SIGNS | _T1_LETTERS
_CODE = re.compile(r"[\x0b\x0c\x0e-\x16\x1b-\x1f]|\r(?!\n)")  # with \n it is a line break of pdfium's
_CONTROL = re.compile(r"[\x0b\x0c\x0e-\x16\x1b-\x1f]")
_SIGN = re.compile(f"[{re.escape(''.join(_OT1_SIGNS | _T1_LETTERS))}]")
_MAX_CODES = 20_000  # of a page


def tex_letters(text_page: TextPage, letters: str) -> str:
    """The page's letters, as many as before."""
    if _CONTROL.search(letters) is None and letters.count("\r") == letters.count("\r\n"):
        return letters  # nearly every page
    codes = _by_font(text_page, letters, _CODE)
    used = {font: {letters[at] for at in places} for font, places in codes.items()}
    is_t1 = any(not own.isdisjoint(_T1_LIGATURES) for own in used.values())
    encodings = {font: _encoding(own, is_t1) for font, own in used.items()}
    shown = list(letters)
    for found in (codes, _by_font(text_page, letters, _SIGN)):
        for font, places in found.items():
            for at in places:
                shown[at] = encodings.get(font, {}).get(shown[at], shown[at])
    return "".join(shown)


def _by_font(text_page: TextPage, letters: str, code: re.Pattern[str]) -> dict[int, list[int]]:
    """The places of the codes, by font, where the font has no name."""
    found: dict[int, list[int]] = defaultdict(list)
    fonts: dict[int, int] = {}
    for n_codes, match in enumerate(code.finditer(letters)):
        item = text_page.object_at(match.start())
        if n_codes == _MAX_CODES:
            break
        if item is None:
            continue
        if item not in fonts:
            fonts[item] = 0 if font_name(item) else text_page.font_of(item)
        if fonts[item]:
            found[fonts[item]].append(match.start())
    return found


def _encoding(codes: set[str], is_t1_page: bool) -> Mapping[str, str]:
    """What the codes of a font stand for, by those it has; without a ligature, by the page's other fonts."""
    n_ot1, n_t1 = len(codes & _OT1.keys()), len(codes & _T1_LIGATURES.keys())
    if n_ot1 > n_t1:
        return _OT1 | _OT1_SIGNS
    return _T1 if n_t1 or is_t1_page else {}
