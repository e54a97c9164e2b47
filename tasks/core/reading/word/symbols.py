"""The signs of symbol fonts: a letter of Wingdings is a check box.

A sign without a name here stays a letter of private use, so that it is not taken for another one.
"""

from __future__ import annotations

EMPTY_BOX, TICKED_BOX = "\u2610", "\u2612"
_WINGDINGS = {
    **dict.fromkeys((0x6F, 0x71, 0x72, 0xA8), EMPTY_BOX),
    **dict.fromkeys((0x78, 0xFD, 0xFE), TICKED_BOX),
    **{0xFB: "✗", 0xFC: "✓", 0xA7: "▪", 0x9F: "•", 0x6C: "●", 0x6E: "■", 0xA1: "○", 0x76: "❖", 0xD8: "➢"},
    **{0xE0: "→", 0xF0: "⇨", 0xE8: "➔", 0x28: "☎", 0x2A: "✉", 0x4A: "☺"},
    **{0x81 + i: chr(0x2460 + i) for i in range(10)},
    **{0x8C + i: chr(0x2776 + i) for i in range(10)},
}
_WINGDINGS_2 = {
    0xA3: EMPTY_BOX, 0x2A: EMPTY_BOX, **dict.fromkeys((0x52, 0x53, 0x54), TICKED_BOX),
    0x50: "✓", 0x4F: "✗", 0x97: "●", 0xA2: "■",
}  # fmt: skip
_WEBDINGS = {0x63: EMPTY_BOX, 0x67: "■", 0x61: "✓", 0x72: "✗"}
_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_SYMBOL = {
    **{0x41 + i: letter for i, letter in enumerate(_GREEK)},
    **{0x61 + i: letter for i, letter in enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ")},
    **{0xA0: "€", 0xA2: "′", 0xA3: "≤", 0xA5: "∞", 0xB0: "°", 0xB1: "±", 0xB2: "″", 0xB3: "≥", 0xB4: "×"},
    **{0xB7: "•", 0xB8: "÷", 0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xAE: "→", 0xAC: "←", 0xDE: "⇒"},
    **{0xD2: "®", 0xD3: "©", 0xD4: "™", 0xE2: "®", 0xE3: "©", 0xE4: "™", 0xD6: "√", 0xE5: "∑"},
    **{0x2D: "−", 0xA7: "♣", 0xA8: "♦", 0xA9: "♥", 0xAA: "♠"},
}
_FONTS = {
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "wingdings 3": {},
    "webdings": _WEBDINGS,
    "symbol": _SYMBOL,
}
_PRIVATE = 0xF000
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def sign(font: str, code: int) -> str:
    """The sign that a symbol font shows for a code.

    Args:
        font: In lower case.
    """
    if font not in _FONTS:
        return chr(code) if 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    place = code - _PRIVATE if _PRIVATE <= code < _PRIVATE + 0x100 else code
    return _FONTS[font].get(place, chr(_PRIVATE + place) if 0x20 < place < 0x100 else chr(place))


def as_shown(text: str, font: str) -> str:
    """A run's text in its font: letters of a symbol font are signs."""
    if font not in _FONTS or not text:
        return text
    return "".join(sign(font, ord(letter)) if letter > " " else letter for letter in text)


def raised(text: str) -> str:
    """Superscript figures as such, so that `5,000,000` with a raised 1 is not 50,000,001."""
    return text.translate(_RAISED) if text.strip().isdecimal() else text
