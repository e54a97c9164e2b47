"""Corrects single letters that a PDF's character map gets wrong for a reader and a search.

The stored text is the corrected one. Only letters change here, never their order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LINE_END_HYPHEN = "\ufffe"
"""How pdfium marks a hyphen at the end of a line (a non-character)."""

# Unicode's EquivalentUnifiedIdeograph for the CJK Radicals Supplement; Chromium's PDFs carry them instead of the letters.
_RADICALS = {
    "⺁": "厂", "⺂": "乛", "⺃": "乚", "⺄": "乙", "⺅": "亻", "⺆": "冂", "⺇": "几", "⺈": "刀", "⺉": "刂",
    "⺊": "卜", "⺋": "㔾", "⺌": "小", "⺍": "小", "⺎": "兀", "⺏": "尣", "⺐": "尢", "⺑": "𡯂", "⺒": "巳",
    "⺓": "幺", "⺔": "彑", "⺕": "彐", "⺖": "忄", "⺗": "㣺", "⺘": "扌", "⺙": "攵", "⺛": "旡", "⺜": "日",
    "⺝": "月", "⺞": "歺", "⺟": "母", "⺠": "民", "⺡": "氵", "⺢": "氺", "⺣": "灬", "⺤": "爫", "⺥": "爫",
    "⺦": "丬", "⺧": "牛", "⺨": "犭", "⺩": "王", "⺪": "疋", "⺫": "目", "⺬": "示", "⺭": "礻", "⺮": "竹",
    "⺯": "糹", "⺰": "纟", "⺱": "罓", "⺲": "罒", "⺳": "网", "⺴": "网", "⺵": "网", "⺶": "羊", "⺷": "羊",
    "⺸": "羊", "⺹": "耂", "⺺": "肀", "⺻": "聿", "⺼": "肉", "⺽": "臼", "⺾": "艹", "⺿": "艹", "⻀": "艹",
    "⻁": "虎", "⻂": "衤", "⻃": "西", "⻄": "西", "⻅": "见", "⻆": "角", "⻇": "角", "⻈": "讠", "⻉": "贝",
    "⻊": "足", "⻋": "车", "⻌": "辶", "⻍": "辶", "⻎": "辶", "⻏": "阝", "⻐": "钅", "⻑": "長", "⻒": "镸",
    "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阝", "⻗": "雨", "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风",
    "⻜": "飞", "⻝": "食", "⻞": "𩙿", "⻟": "飠", "⻠": "饣", "⻡": "𩠐", "⻢": "马", "⻣": "骨", "⻤": "鬼",
    "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦", "⻩": "黄", "⻪": "黾", "⻫": "斉", "⻬": "齐", "⻭": "歯",
    "⻮": "齿", "⻯": "竜", "⻰": "龙", "⻱": "龜", "⻲": "亀", "⻳": "龟",
}  # fmt: skip


@lru_cache(maxsize=4096)
def corrected(letter: str) -> str:
    """The letter a reader sees: one code point to none, one or (ligatures) a few.

    NUL and other control codes vanish (PostgreSQL takes no NUL), lone surrogates become U+FFFD.
    """
    code = ord(letter)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return " " if letter in "\t\n\r\x0b\x0c\x85" else ""
    if letter == LINE_END_HYPHEN or code == 0xAD:
        return "-"
    if letter == "\u037e":  # Greek question mark; stands for ";" in CUAD
        return ";"
    if 0xD800 <= code <= 0xDFFF or code == 0xFFFF:
        return "\ufffd"
    if 0x2F00 <= code <= 0x2FDF or 0xFB00 <= code <= 0xFB06:  # Kangxi radicals; Latin ligatures
        return unicodedata.normalize("NFKC", letter)
    return _RADICALS.get(letter, letter)


def corrections(text: str) -> Iterator[tuple[int, int, str]]:
    """What was corrected: (start, end) in the corrected text, and the letter the file says there."""
    at = 0
    for letter in text:
        shown = corrected(letter)
        if shown != letter:
            yield at, at + len(shown), letter
        at += len(shown)


def corrected_text(text: str) -> str:
    """The letters a reader sees; plain ASCII, which most text is, needs no look at each."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(corrected, text))
