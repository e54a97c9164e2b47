"""Sorts the words of a page into rows of blocks, by height.

The order of the lines does not matter: programs draw tables by rows, by cells or by columns.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tasks.core.reading.lines import PageLine
from tasks.core.reading.rows.word_gaps import WordRun
from tasks.core.records import NOT_LIVE, LineTag, MarkKind

_GUTTER = 0.7  # of the size: the least gap between columns
_TYPED_GUTTER = 1.05  # the same in a fixed-width font, where a single blank is up to 0.95
_SAME_ROW = 0.35  # of the size: how far base lines of one row may be apart
BESIDE = 0.8  # of the size: rows so near stand beside each other, as cells set in the middle do
_MANY_WORDS = 5  # stretches of a line: more are words that were set far apart, not cells
_SPACED = 1.7  # gutters are so much wider than gaps between words
_MAX_BLOCKS = 4000  # of a page
_TYPED_WIDTH, _TYPED_SLACK = 0.6, 0.45  # of the size: Courier's letters, and the room around the ink
_CURRENCY = re.compile(r"\(?(?:[$€£¥￥]|US\$|HK\$|USD|EUR|GBP|RMB|CNY|CHF|HKD|人民币)\s*\(?")
_ENUMERATOR = re.compile(
    r"\(?(?:[a-z]|[ivx]{1,5}|\d{1,2}(?:\.\d{1,2})*)[.)]|\d{1,2}(?:\.\d{1,2})+|[•·▪●○■◦*–-]", re.IGNORECASE
)
_TAIL = re.compile(r"\)|%|\)%|％")
_AMOUNT = re.compile(r"[$€£¥￥%％‰]|\d[.,]\d|\d\s*(?:万|亿|元)|\bper\s?cent", re.IGNORECASE)
_HEAD_NUMBER = re.compile(
    r"(?:fiscal\s+|lease\s+|contract\s+|calendar\s+)?(?:years?|months?|quarters?|periods?|phases?|tiers?|tranches?|levels?|plans?|options?|units?|q|fy)?"
    r"\s*[(\[#]?\d{1,4}(?:\s*[-–]\s*\d{1,4})?[)\]]?|第[一二三四五六七八九十\d]+[年期季档]?|\d{4}\s*年(?:度)?",
    re.IGNORECASE,
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    rf"(?:(?:{_MONTHS})[a-z]*\.?\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+(?:{_MONTHS})[a-z]*\.?\s+\d{{4}}|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}})",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-=_–—.\s]{3,}")
_DEAD = NOT_LIVE - {MarkKind.BLANK}  # a blank is what a cell has before it is filled in


@dataclass(slots=True)  # not frozen: a page may have thousands, and it costs a third as much
class CellBlock:
    """Words of one column in one printed line, with their place in the page's lines."""

    text: str
    line: int
    """Index into the page's lines."""
    start: int
    end: int
    """Offsets in the line's text."""
    x0: float
    x1: float
    baseline: float
    font: int
    parts: tuple[WordRun, ...] = ()
    """Its words between gaps that may be gutters: in order, at least one."""
    live: str = ""
    """`text` with blanks for the words that are struck out or not seen. They tell where the columns are, as do the others."""

    @property
    def is_rule(self) -> bool:
        return bool(_RULE.fullmatch(self.text))

    @property
    def is_amount(self) -> bool:
        return bool(_AMOUNT.search(self.text)) and not _DATE.fullmatch(self.text.strip())

    @property
    def may_head(self) -> bool:
        """Whether a column's head may read like this: no figures but a year's, a date's, a number's."""
        text = self.text.strip()
        if not re.search(r"\d", text) or _HEAD_NUMBER.fullmatch(text) or _DATE.fullmatch(text):
            return True
        return not _AMOUNT.search(text.split("(")[0]) and text[:1].isalpha() and len(text) <= 40


@dataclass(slots=True)
class PrintedRow:
    """The blocks at one height, from left to right."""

    blocks: list[CellBlock]
    baseline: float
    """Of its last line."""
    size: float
    top: float
    """The base line of its first line."""

    @property
    def is_parted(self) -> bool:
        return len(self.blocks) > 1

    @property
    def is_typed_rule(self) -> bool:
        return all(block.is_rule for block in self.blocks)

    @property
    def has_figures(self) -> bool:
        """Whether a block behind the first is something that no head would be."""
        return any(not block.may_head for block in self.blocks[1:])

    @property
    def has_amounts(self) -> bool:
        """Whether a block behind the first is a sum, a share, a date."""
        return any(b.is_amount or _DATE.search(b.text) for b in self.blocks[1:])


def page_rows(lines: Sequence[PageLine]) -> list[PrintedRow]:
    """The rows of a page's body, from the top down; none if it has no wide gaps."""
    placed = [
        (stretch, index)
        for index, line in enumerate(lines)
        if line.tag is LineTag.BODY and not line.is_unseen
        for stretch in line.stretches
        if stretch.size > 0
    ]
    if not placed or len(placed) > _MAX_BLOCKS:
        return []
    live = [_live_text(line) for line in lines]
    gutter = _TYPED_GUTTER if _is_typed([s for s, _ in placed]) else _GUTTER
    gutter = max(gutter, _SPACED * _word_gap(lines))
    placed.sort(key=lambda p: (-p[0].baseline, p[0].x0))
    rows: list[PrintedRow] = []
    group: list[tuple[WordRun, int]] = []
    for stretch, index in placed:
        if group and group[0][0].baseline - stretch.baseline > _SAME_ROW * stretch.size:
            rows.append(_row(group, lines, live, gutter))
            group = []
        group.append((stretch, index))
    rows.append(_row(group, lines, live, gutter))
    return list(_centred(rows))


def _live_text(line: PageLine) -> str:
    """The line's text with blanks for the words that are struck out or not seen: as long as before."""
    text = line.text
    for start, end, kind in line.marks:
        if kind in _DEAD:
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def _centred(rows: Sequence[PrintedRow]) -> Iterator[PrintedRow]:
    """The rows, with those joined that stand beside each other: cells set in the middle of a row."""
    joined = last = rows[0]
    for row in rows[1:]:
        if _is_beside(last, row):
            blocks = [*joined.blocks, *row.blocks]
            blocks.sort(key=lambda b: b.x0)
            joined = PrintedRow(blocks, row.baseline, max(joined.size, row.size), joined.top)
        else:
            yield joined
            joined = row
        last = row
    yield joined


def _is_beside(upper: PrintedRow, lower: PrintedRow) -> bool:
    is_near = upper.baseline - lower.baseline < BESIDE * min(upper.size, lower.size)
    return is_near and not any(a.x0 < b.x1 and b.x0 < a.x1 for a in upper.blocks for b in lower.blocks)


def _word_gap(lines: Sequence[PageLine]) -> float:
    """The gap between the words of the page's prose, of the size; 0: narrower than is measured."""
    of_lines = [
        [stretch for stretch in line.stretches if stretch.size > 0]
        for line in lines
        if len(line.stretches) > _MANY_WORDS and line.tag is LineTag.BODY
    ]
    gaps = [
        [(b.x0 - a.x1) / b.size for a, b in itertools.pairwise(stretches)]
        for stretches in of_lines
        if len(stretches) > 1
    ]
    spaced = [min(of_line) for of_line in gaps if min(of_line) < 1.2]
    return median(spaced) if len(spaced) > 2 else 0.0


def _is_typed(stretches: Sequence[WordRun]) -> bool:
    """Whether most words are as wide as in a fixed-width font."""
    widths = [(s.end - s.start, (s.x1 - s.x0) / s.size) for s in stretches if 4 <= s.end - s.start <= 30]
    fixed = sum(_TYPED_WIDTH * n - _TYPED_SLACK <= width <= _TYPED_WIDTH * n + 0.05 for n, width in widths)
    return fixed > 0.85 * max(1, len(widths))


def _row(
    group: Sequence[tuple[WordRun, int]], lines: Sequence[PageLine], live: Sequence[str], gutter: float
) -> PrintedRow:
    ordered = sorted(group, key=lambda p: p[0].x0)
    blocks: list[CellBlock] = []
    gaps = [b.x0 - a.x1 for (a, _), (b, _) in itertools.pairwise(ordered)]
    size = max(s.size for s, _ in group)
    if len(gaps) >= 6 and max(gaps) < 1.1 * size and max(gaps) < 1.6 * min(gaps):
        gutter = 1.2  # a line of prose that was spaced out
    for stretch, index in ordered:
        text = lines[index].text[stretch.start : stretch.end]
        place = (index, stretch.start, stretch.end, stretch.x0, stretch.x1, stretch.baseline, stretch.font)
        block = CellBlock(text, *place, (stretch,), live[index][stretch.start : stretch.end])
        last = blocks[-1] if blocks else None
        if last is not None and _is_one(last, block, lines, gutter * size):
            whole = lines[index].text[last.start : block.end]
            place = (index, last.start, block.end, last.x0, block.x1, last.baseline, last.font)
            blocks[-1] = CellBlock(whole, *place, (*last.parts, stretch), live[index][last.start : block.end])
        else:
            blocks.append(block)
    return PrintedRow(blocks, group[0][0].baseline, size, group[0][0].baseline)


def _is_one(last: CellBlock, block: CellBlock, lines: Sequence[PageLine], gutter: float) -> bool:
    """Whether two neighbours are one cell: near, or one is a currency sign, a list's mark, a bracket."""
    # What was written later may stand further left: such words are no range of the line.
    if last.line != block.line or block.start < last.end:
        return False
    if lines[last.line].text[last.end : block.start].strip():
        return False
    if block.x0 - last.x1 < gutter or _CURRENCY.fullmatch(last.text.strip()):
        return True
    is_listed = _ENUMERATOR.fullmatch(last.text.strip()) and block.text[:1].isalpha()
    return bool(is_listed or _TAIL.fullmatch(block.text.strip()))
