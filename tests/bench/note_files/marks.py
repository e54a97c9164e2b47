"""Note marks as houses print them: a family of marks and an ordinal from 1."""

from __future__ import annotations

from typing import Final

SYMBOLS: Final = "*†‡§¶"
GLYPHS: Final = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
WRAPS: Final = {
    "num": "{}",
    "paren": "({})",
    "brack": "[{}]",
    "rparen": "{})",
    "star": "*{}",
    "kome": "※{}",
    "zhu": "注{}",
    "zhu_space": "注 {}",
    "lenticular": "【注{}】",
    "tortoise": "〔{}〕",
}
"""Families that put a digit between signs."""

WESTERN: Final = (
    "num", "num", "num", "sym", "sym", "let", "let_paren", "LET", "rom", "ROM", "paren", "brack", "rparen",
)  # fmt: skip
LATIN: Final = tuple(family for family in WESTERN if family != "sym")
BY_LANGUAGE: Final = {
    "en": WESTERN,
    "de": WESTERN,
    "fr": WESTERN,
    "zh": ("num", "circ", "circ", "dark", "brack", "lenticular", "tortoise", "zhu", "zhu_space", "sym"),
    "ja": ("num", "star", "star", "kome", "zhu", "zhu_space", "rparen", "circ", "paren", "sym"),
}
ON_THE_LINE: Final = frozenset({"zhu", "zhu_space", "lenticular", "tortoise", "brack", "paren", "kome"})
"""Families that are also printed at full size on the line; bare digits and letters never are."""


def roman(n: int) -> str:
    pairs = ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
    text = ""
    for value, sign in pairs:
        while n >= value:
            text, n = text + sign, n - value
    return text


def letter(n: int) -> str:
    return chr(96 + n) if n <= 26 else letter((n - 1) // 26) + letter((n - 1) % 26 + 1)


def circled(n: int) -> str:
    """Up to 50: Unicode keeps them in three rows."""
    if n <= 20:
        return chr(0x245F + n)
    return chr(0x3251 + n - 21) if n <= 35 else chr(0x32B1 + n - 36)


def dark(n: int) -> str:
    """Up to 20."""
    return chr(0x2775 + n) if n <= 10 else chr(0x24EB + n - 11)


def mark(family: str, n: int) -> str:
    """The `n`th mark of a family, as the house prints it (raised or not)."""
    if family in WRAPS:
        return WRAPS[family].format(n)
    if family == "sym":
        return SYMBOLS[(n - 1) % len(SYMBOLS)] * ((n - 1) // len(SYMBOLS) + 1)
    if family == "let_paren":
        return f"({letter(n)})"
    made = {"let": letter, "LET": letter, "rom": roman, "ROM": roman, "circ": circled, "dark": dark}[family](
        n
    )
    return made.upper() if family in ("LET", "ROM") else made
