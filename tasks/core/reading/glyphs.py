"""Letters that a PDF's character map gets wrong: corrects single ones and detects garbled text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from tasks.core.text.swapped_letters import meant_letters

LINE_END_HYPHEN = "\ufffe"
"""How pdfium marks a hyphen at the end of a line (a non-character)."""

# Unicode's EquivalentUnifiedIdeograph of the CJK Radicals Supplement, which Chromium's PDFs have.
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
    """The letters that the page shows for one code point: none, one, or for a ligature several."""
    code = ord(letter)
    # PostgreSQL takes neither NUL nor lone surrogates.
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


_MAY_BE_WRONG = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u037e\u2e80-\u2eff\u2f00-\u2fdf\ud800-\udfff\ufb00-\ufb06\ufffe\uffff]"
)
"""What `corrected` looks at: all else is as it should be."""


_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def paired(text: str) -> str:
    """The text with one code point for each pair of surrogates: pdfium gives a letter outside the BMP as two."""
    if text.isascii() or not _PAIR.search(text):  # most text
        return text
    return _PAIR.sub(_letter_of_pair, text)


def _letter_of_pair(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def corrections(text: str) -> Iterator[tuple[int, int, str]]:
    """The corrections: (start, end) in the corrected text, and the file's letter."""
    text = paired(text)
    meant = meant_letters(text)
    if not meant and not _MAY_BE_WRONG.search(text):  # most text
        return
    at = 0
    for offset, letter in enumerate(text):
        shown = meant.get(offset) or corrected(letter)
        if shown != letter:
            yield at, at + len(shown), letter
        at += len(shown)


def shown_letters(text: str) -> Iterator[tuple[str, int, int]]:
    """What `corrected_text` shows for each letter of pdfium's: nothing, one letter or several, and
    the start and end of the letter in `text`.
    """
    whole = paired(text)
    meant = meant_letters(whole)
    start = 0
    for at, letter in enumerate(whole):
        end = start + (1 if letter <= "\uffff" else 2)
        yield meant.get(at) or corrected(letter), start, end
        start = end


def corrected_text(text: str) -> str:
    """The text as the page shows it."""
    if text.isascii() and text.isprintable():  # most text
        return text
    text = paired(text)
    if meant := meant_letters(text):
        return "".join(meant.get(at) or corrected(letter) for at, letter in enumerate(text))
    if not _MAY_BE_WRONG.search(text):
        return text
    return "".join(map(corrected, text))


_WORD = re.compile(r"[^\W\d_]{2,}")
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
_ODD = re.compile(r"[^\W\d_][\d?@<>;:=]|[\d?@<>;:=][^\W\d_]|\d[?@<>;=]|[?@<>;=]\d")
"""A letter next to a digit or sign within one word: `y1881>`."""
_PUNCTUATION = ".,;:!?()[]\"'“”‘’"
_ODD_SHARE = 0.4
_BEHIND_LATIN = "\u2c00"
_MIN_WORDS = 30
_MIN_SHARE = 0.02
_FUNCTION_WORDS = frozenset(
    word
    for row in (
        "the of and to in or any by for with as be this that shall is on at from such not all an no agreement party date",
        "der die das und zu den von mit für auf ist im dem nicht ein eine",
        "le la les de des et du en un une pour dans par sur que est au",
        "el los las del con para por una su se al",
        "il di che della nel per non sono gli",
        "het een van voor met zijn op te",
        "os da do em não uma ao dos",
        "och att som det av för på",
    )
    for word in row.split()
)


def is_garbled(text: str) -> bool:
    """Whether the letters make no words: the font maps them to wrong code points."""
    parts = text.split()
    n_letters = sum(map(len, parts))
    if not n_letters:
        return False
    if not text.isascii() and len(_UNMAPPED.findall(text)) > 0.3 * n_letters:
        return True
    if sum(map(_FUNCTION_WORDS.__contains__, parts)) >= _MIN_SHARE * len(parts):
        return False  # nearly every text: these alone are enough words that are known
    tokens = [t.strip(_PUNCTUATION) for t in parts if t.isascii() or max(t) < _BEHIND_LATIN]
    if sum(map(len, tokens)) < 0.5 * n_letters:
        return False
    known = sum(t.lower() in _FUNCTION_WORDS for t in tokens)
    if len(tokens) < _MIN_WORDS or known >= _MIN_SHARE * len(tokens):
        return False
    words = [w for w in _WORD.findall(text) if w[0] < "\u0250"]
    odd = sum(bool(_ODD.search(t)) for t in tokens)
    is_latin = sum(map(len, words)) >= 0.5 * n_letters
    return is_latin or odd > _ODD_SHARE * len(tokens)
