"""Tells the rows of heads at the top of a table from its body, by font, rules, figures and words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.core.reading.layout.table_pairs import is_value_row
from tasks.core.reading.layout.table_rows import PrintedRow
from tasks.core.reading.layout.table_runs import TableRun

_MAX_ROWS = 4  # printed rows of heads
_TIGHT = 1.6  # of the size: lines of one head are so near
_ENOUGH = 2  # evidence
_MAX_HEAD_CHARS = 60
_NOUN = re.compile(
    r"\b(?:amounts?|rates?|price|fees?|charges?|cost|rent|date|due|period|year|month|term|item|description|services?|quantity|qty|units?|total|balance|payments?"
    r"|principal|interest|limits?|coverage|deductible|premium|commitment|percentage|share|product|part|sku|no\.?|number|type|name|role|milestone|deliverable|tier|level|discount"
    r"|threshold|ratio|margin|currency|schedule|tenant|suite|premises|area|sq|instal(?:l)?ment|value|sum|territory|remarks?|notes?|category|parameter)\b"
    r"|项目|名称|金额|单价|数量|单位|总价|合计|费率|费用|日期|期限|期间|期数|本金|利息|余额|备注|序号|租金|面积|年度|月份|比例|限额|保险|税率|价格|类别|规格|型号|付款",
    re.IGNORECASE,
)


def head_rows(run: TableRun, strokes: Sequence[float]) -> list[PrintedRow]:
    """The rows with the heads of the columns, the upper first; none if nothing speaks for one.

    Args:
        strokes: Heights of strokes across the table, from the top down.
    """
    rows = run.rows
    typed = next((i for i, row in enumerate(rows[: _MAX_ROWS + 1]) if row.is_typed_rule), None)
    if typed is not None and 0 < typed < len(rows) - 1 and not any(r.has_figures for r in rows[:typed]):
        return [row for row in rows[:typed] if row.is_parted or row is not rows[0]]
    n_above = next((i for i, row in enumerate(rows) if row.has_figures), 0)
    if n_above == 0:
        n_above = _n_above_without_figures(run, strokes)
    parted = [row for row in rows[: min(n_above, 12)] if row.is_parted]
    if not parted:
        return []
    found = next((row for row in parted if _is_head(row, run, strokes)), None)
    return [] if found is None else _whole_head(rows, rows.index(found), n_above)


def _n_above_without_figures(run: TableRun, strokes: Sequence[float]) -> int:
    """In a table of words, the first row may be a head."""
    if any(row.has_figures for row in run.rows):
        return 0
    first = run.rows[0]
    has_font = _has_own_font(first, run.rows[1:])
    return 1 if has_font and first.is_parted else 0


def _is_head(row: PrintedRow, run: TableRun, strokes: Sequence[float]) -> bool:
    points = _evidence(row, run, strokes)
    return points >= _ENOUGH and not is_value_row(row, run.rows, points)


def _evidence(row: PrintedRow, run: TableRun, strokes: Sequence[float]) -> int:
    """What speaks for a row of heads, in points."""
    body = [r for r in run.rows if r.baseline < row.baseline]
    texts = [b.text.strip() for b in row.blocks]
    if (
        not body
        or max(map(len, texts)) > _MAX_HEAD_CHARS
        or any(t.endswith((".", ";")) and t.count(" ") > 5 for t in texts)
    ):
        return 0
    if any(t.endswith((":", "：")) or t[:1] in "•·▪●○■◦" for t in texts):
        return 0
    points = 2 * _has_own_font(row, body) + 2 * _is_underlined(row, body[0], strokes)
    named = sum(bool(_NOUN.search(t)) for t in texts)
    is_pair = len(texts) == 2 and _ends_in_noun(texts[1])
    points += 2 if is_pair or (named >= 2 and len(texts) > 2) else int(bool(named) and len(texts) > 2)
    figures = [r for r in body if r.has_figures]
    is_contrast = len(figures) >= 0.7 * sum(r.is_parted for r in body)
    points += is_contrast * (2 if len(row.blocks) > 2 else 1)
    return points if is_contrast or _has_own_font(row, body) else points - 1


def _ends_in_noun(text: str) -> bool:
    """Whether the last word, before any brackets, is one that heads end in: "Due date (UTC)"."""
    bare = text.split("(")[0].split("（")[0].rstrip(" :.")
    return any(match.end() == len(bare) for match in _NOUN.finditer(bare))


def _has_own_font(row: PrintedRow, body: Sequence[PrintedRow]) -> bool:
    """Whether no block behind the first in the rows below is in the row's font."""
    fonts = {b.font for b in row.blocks[1:]}
    below = {b.font for r in body for b in r.blocks[1:]}
    return bool(fonts) and bool(below) and not (fonts & below)


def _is_underlined(row: PrintedRow, below: PrintedRow, strokes: Sequence[float]) -> bool:
    """Whether a stroke lies under the row, and not under every row."""
    return len(strokes) <= 3 and any(below.top < y < row.baseline for y in strokes)


def _whole_head(rows: Sequence[PrintedRow], found: int, n_above: int) -> list[PrintedRow]:
    """The head with its other lines: those near it, without figures."""
    first, last = found, found
    font = rows[found].blocks[-1].font
    while first > 0 and found - first < _MAX_ROWS and _joins(rows[first - 1], rows[first], font):
        first -= 1
    while last + 1 < n_above and last - found < _MAX_ROWS and _joins(rows[last], rows[last + 1], font):
        if rows[last + 1].blocks[-1].font != font and rows[last + 1].is_parted:
            break
        last += 1
    return list(rows[first : last + 1])


def _joins(upper: PrintedRow, lower: PrintedRow, font: int) -> bool:
    drop = upper.baseline - lower.top
    is_near = drop < _TIGHT * max(upper.size, lower.size)
    is_head = all(len(b.text) <= _MAX_HEAD_CHARS for r in (upper, lower) for b in r.blocks)
    return is_near and is_head and (upper.blocks[-1].font == font or lower.blocks[-1].font == font)
