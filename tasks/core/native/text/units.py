"""Splits a text into units, the smallest pieces of a clause. English and Chinese.

A unit ends with a paragraph, with a sentence, at a `;` before an enumerator, or after `MAX_CHARS`.
Hard-wrapped lines are joined: a contract's PDF and its running text give the same units.
Units are in order, never overlap, and have no white space at their ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import ascii_uppercase

from tasks.core.text.look_alikes import folded

MAX_CHARS = 1200
_WRAP_SHARE = 0.7
"""A line with at least this share of the text's usual width was broken by typesetting."""

_CAPITALS = ascii_uppercase.encode()
_ENUMERATOR = re.compile(
    r"\s*(?:(?:ARTICLE|Article|SECTION|Section|EXHIBIT|Exhibit|SCHEDULE|Schedule|APPENDIX|ANNEX)\s+[\dA-Z][\w.]*"
    r"|\d{1,3}(?:\.\d{1,3}){0,4}[.)]?|\(?(?:[a-zA-Z]|[ivxlIVXL]{1,5}|\d{1,2})\)|[a-zA-Z][.)]|[IVX]{1,5}\.|[•·▪●○■\-–—*]"
    r"|第[一二三四五六七八九十百\d]+[条章节款]|[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|[①-⑳])(?=[\s\"“]|$|(?<=[条章节款、）])|(?<=[①-⑳]))"
)
_NOT_BROKEN = re.compile(r"[^\n]+")
_BOX = "\u2610-\u2612\U0001f5f5\U0001f5f9"
"""Ballot boxes: each begins an option."""
_BULLET = re.compile(rf"[•·▪●○■‣◦{_BOX}]|[-–*]\s|\[[xX✓✔]\]\s")
# All alternatives begin with one of these characters: named first, the others are passed over in C.
_SENTENCE_END = re.compile(
    r"[.!?;。！？；](?:(?<=[.!?])['\"’”)\]]*\s+(?=[\"“‘(\[]?[A-Z0-9(\[])"
    # a note's marker may stand behind the sentence
    r"|(?<=[A-Za-z)”\"][.!?])[\"”)]?(?:\d{1,2}|\[\w{1,4}\]|[*†‡§¶¹²³⁴-⁹①-⑳]{1,3})\s+(?=[\"“‘(\[]?[A-Z])"
    r"|(?<=[。！？；])[”’』」）)]*(?:[①-⑳¹²³⁴-⁹]|\[\w{1,4}\]|\d{1,2}(?=\s))?\s*"
    r"|(?<=;)\s+(?:and\s+|or\s+|and/or\s+)?(?=\(?[a-z0-9]{1,4}[.)]\s)"
    rf"|(?<=[.!?;])\s+(?=[{_BOX}]))"
)
_TERMINAL = re.compile(r"(?:[.!?;:。；！？：][\"”’)\]]*|[;,:]\s*(?:and|or|and/or))\s*$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Inc|Corp|Co|Ltd|No|Nos|Sec|Art|vs|etc|Mr|Mrs|Ms|Dr|St|Jr|Sr|Ave|Blvd|Dept|approx|Fed|Reg|Stat|para|cl|pp?|"
    r"Messrs|Bros|Esq|Hon|Ph\.D|e\.g|i\.e|et al|L\.P|N\.A|S\.A|Bldg|Rm|Ste|Ph|Tel|Attn|Vol|Fig|Ref|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|\b[A-Z]|\b[A-Za-z]\.[A-Za-z])$"
)
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}")
_WORDS = re.compile(r"[^\W\d_]{2,}|[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A half-open range of a text."""

    start: int
    end: int
    begins_paragraph: bool
    """False: the unit follows another one of its paragraph."""

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def split_units(text: str) -> tuple[Unit, ...]:
    """The units of a text, in order. Page numbers and rules are no units."""
    plain = folded(text)
    units: list[Unit] = []
    for start, end in _paragraphs(plain):
        for number, (unit_start, unit_end) in enumerate(_sentences(plain, start, end)):
            units.append(Unit(unit_start, unit_end, number == 0))
    return tuple(_worded(units, plain))


@lru_cache(8192)
def enumerator(text: str) -> str:
    """The enumerator that a text begins with (`2.1`, `(a)`, `Section 3`), or an empty string."""
    match = _ENUMERATOR.match(text)
    return match.group().strip() if match else ""


@lru_cache(8192)
def is_heading(text: str) -> bool:
    """Whether a unit reads like a heading: short, in title case or capitals, not a sentence."""
    bare = text.strip()
    if not 3 <= len(bare) <= 100:
        return False
    rest = bare[len(enumerator(bare)) :].strip(" .:\t\n-–—")
    if re.search(r"[\u4e00-\u9fff]", rest):
        return len(rest) <= 20 and bool(enumerator(bare)) and not re.search(r"[。；，]", rest)
    words = re.findall(r"[A-Za-z][A-Za-z'’]+", rest)
    if not words or len(words) > 12 or bare.endswith((";", ",")):
        return False
    if re.match(r"\d", bare) and len(words) <= 5 and words[0][0].isupper() and not bare.endswith((".", ":")):
        return True  # "5. Force majeure"
    capital = sum(w[0].isupper() for w in words)
    long_words = [w for w in words if len(w) > 3]
    return capital == len(words) or (bool(long_words) and all(w[0].isupper() for w in long_words))


def _worded(units: list[Unit], plain: str) -> Iterator[Unit]:
    """Drop units without words; a lone enumerator becomes the start of the next unit."""
    carried: Unit | None = None
    for unit in units:
        text = unit.of(plain)
        if carried is not None:
            unit, carried = Unit(carried.start, unit.end, True), None
        if _is_lone_enumerator(text):
            carried = unit
        elif _WORDS.search(text):
            yield unit


def _is_lone_enumerator(text: str) -> bool:
    mark = enumerator(text)
    is_alone = bool(mark) and mark == text.strip() and len(mark) < 12
    return is_alone and bool(re.search(r"[.)）、]|Section|Article", mark))


@dataclass(frozen=True, slots=True)
class _Printed:
    """A printed line without the white space around it."""

    start: int
    end: int
    text: str
    width: float


def _paragraphs(plain: str) -> Iterator[tuple[int, int]]:
    """The ranges of paragraphs: hard-wrapped lines are joined, all other lines are apart."""
    lines = [
        _Printed(m.start(), m.end(), text, _width(text))
        for m in _NOT_BROKEN.finditer(plain)
        if (text := m.group().strip())
    ]
    if not lines:
        return
    width = _usual_width(lines)
    start = lines[0].start
    for before, after in pairwise(lines):
        blank = plain.count("\n", before.end, after.start) > 1
        if _breaks(before, after.text, blank, width):
            yield start, before.end
            start = after.start
    yield start, lines[-1].end


def _usual_width(lines: list[_Printed]) -> float:
    """The width of a full line: four in five lines are not wider."""
    # In a Chinese text only Chinese lines count, without the dot leaders of a table of contents.
    chinese = [n for n in lines if _CJK.search(n.text) and not _LEADER.search(n.text)]
    widths = [n.width for n in (chinese if len(chinese) > len(lines) / 3 else lines)]
    long_lines = sorted(n for n in widths if n > 20) or sorted(widths)
    return float(long_lines[int(0.8 * (len(long_lines) - 1))])


def _width(line: str) -> float:
    """A line's width in small letters; a capital is about a third wider."""
    if line.isascii():
        return len(line) + 0.35 * (len(line) - len(line.encode().translate(None, _CAPITALS)))
    return len(line) + 0.35 * sum(map(str.isupper, line))


def _breaks(before: _Printed, after: str, blank: bool, width: float) -> bool:
    """Whether a new paragraph begins between two lines."""
    if _BULLET.match(after):
        return True
    ended = bool(_TERMINAL.search(before.text))
    if after[0].islower() and not (ended and enumerator(after)):
        return False
    short = before.width < _WRAP_SHARE * width
    return blank or short or (ended and bool(enumerator(after)))


def _sentences(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in _SENTENCE_END.finditer(plain, start, end):
        if _is_sentence_end(plain, at, match):
            yield from _bounded(plain, at, match.end())
            at = match.end()
    yield from _bounded(plain, at, end)


def _is_sentence_end(plain: str, at: int, match: re.Match[str]) -> bool:
    if match.group()[0] != ".":
        return True
    before = plain[at : match.start()].strip()
    if not before or _ABBREVIATION.search(before[-8:]):
        return False
    return not re.fullmatch(
        r"(?:(?:Section|SECTION|Article|ARTICLE)\s+)?\(?[\dA-Za-z]{1,4}\)?(?:\.\d{1,3})*", before
    )


def _bounded(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The range without outer white space, cut at `;` or a space after `MAX_CHARS`."""
    while start < end and plain[start].isspace():
        start += 1
    while end > start and plain[end - 1].isspace():
        end -= 1
    while end - start > MAX_CHARS:
        cut = max(plain.rfind(mark, start + MAX_CHARS // 2, start + MAX_CHARS) for mark in ";；")
        if cut < 0:
            cut = max(plain.rfind(" ", start + MAX_CHARS // 2, start + MAX_CHARS), start + MAX_CHARS - 1)
        yield from _bounded(plain, start, cut + 1)
        start = cut + 1
        while start < end and plain[start].isspace():
            start += 1
    if start < end:
        yield start, end
