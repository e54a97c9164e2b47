"""Finds tables and says, for each cell, the head of its column and the label of its row.

A table is a run of rows whose words stand in the same columns. A false table does little harm, since
a cell only adds words to what the page says; yet prose, lists, signature blocks, tables of contents
and two columns of prose are left out. A table without a head that begins a page continues that which
ended the page before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tasks.core.reading.drawing import Box
from tasks.core.reading.layout.table_body import TableRow, column_of, is_figure, table_rows
from tasks.core.reading.layout.table_heads import head_rows
from tasks.core.reading.layout.table_pairs import is_grid_of_pairs, pair_labels
from tasks.core.reading.layout.table_rows import CellBlock, PrintedRow, page_rows
from tasks.core.reading.layout.table_runs import TableRun, firm_columns, merged, runs_of, split_at
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag, TableCell

_MAX_CHARS = 200  # of a head or a label
_SAME_X = 12.0  # points: how far the columns of a continued table may be off
_CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_SIGNATURE = re.compile(
    r"(?:by|name|title|its|date[d]?|signed?|signature|witness(?:ed)?|attest|print(?:ed)?\s+name|address|telephone|phone|fax|e-?mail|attention|attn"
    r"|/s/.*|telefax|tel|facsimile|mail|messenger|if to .*"
    r"|签字|盖章|法定代表人|授权代表|姓名|日期|职务|地址|电话|传真)\s*(?:[:：_/].*)?|.*_{5,}.*",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(r"(?:[A-Z]{1,2}-)?\d{1,4}|[ivxlc]{1,6}", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_SHORT_MARK = re.compile(r"[\W_]*|\(?\w{1,4}[.)]+|\d{1,3}(?:\.\d{1,3})*[.)]?|[•·▪●○■◦–-]")


@dataclass(slots=True)
class _Table:
    columns: list[tuple[float, float]]
    heads: list[str]
    """By column; empty: none."""
    rows: list[TableRow]
    label: int | None
    """The column of the row labels."""
    first: int
    last: int
    """Indexes of its first and last line on the page."""
    has_head: bool = field(default=False)
    is_grid: bool = False
    """Label, value, label, value."""


def find_cells(
    pages: Sequence[Sequence[PageLine]], rules: Sequence[Sequence[Box]], starts: dict[int, int]
) -> tuple[TableCell, ...]:
    """The cells of all tables, in the order of the document text.

    Args:
        pages: Lines by page, with their tags.
        rules: Thin horizontal strokes by page.
        starts: The document offset of each line, by the line's `id`.
    """
    cells: list[TableCell] = []
    before: _Table | None = None
    for lines, strokes in zip(pages, rules, strict=True):
        tables = _page_tables(lines, strokes)
        for table in tables:
            if before is not None and not table.has_head and _continues(before, table):
                table.heads, table.has_head = before.heads, before.has_head
                table.label = before.label
            cells += _cells_of(table, lines, starts)
            before = table
        if not tables or _has_body_behind(lines, tables[-1]):
            before = None
    return tuple(sorted(set(cells), key=lambda c: (c.start, c.end)))


def _continues(before: _Table, table: _Table) -> bool:
    """Whether the columns are those of the table before."""
    same = len(before.columns) == len(table.columns)
    pairs = zip(before.columns, table.columns, strict=False)
    return same and all(a0 < b1 + _SAME_X and b0 < a1 + _SAME_X for (a0, a1), (b0, b1) in pairs)


def _has_body_behind(lines: Sequence[PageLine], table: _Table) -> bool:
    lowest = min(lines[i].box[1] for i in range(table.first, table.last + 1))
    below = (n for n in lines if n.tag is LineTag.BODY and n.box[3] <= lowest and not n.is_unseen)
    return sum(1 for _ in below) > 2


# ---------------------------------------------------------------- tables of a page


def _page_tables(lines: Sequence[PageLine], strokes: Sequence[Box]) -> list[_Table]:
    tables: list[_Table] = []
    for run in runs_of(page_rows(lines)):
        table = _table(run, strokes)
        if table is not None:
            tables.append(table)
    return tables


def _table(run: TableRun, strokes: Sequence[Box]) -> _Table | None:
    """The table of a run; None: it is none."""
    left, right = min(r.blocks[0].x0 for r in run.rows), max(r.blocks[-1].x1 for r in run.rows)
    inside = _crossing(strokes, left, right, run.rows)
    columns = firm_columns(run)
    is_grid = is_grid_of_pairs([split_at(r, columns) for r in run.rows if r.is_parted], columns)
    heads = [] if is_grid else head_rows(run, inside)
    body = [row for row in run.rows if row not in heads and not row.is_typed_rule]
    heads, body = [split_at(r, columns) for r in heads], [split_at(r, columns) for r in body]
    if len(columns) < 2 or sum(row.is_parted for row in body) < (1 if heads else 2):
        return None
    if _is_none(body, columns, bool(heads), len(inside)):
        return None
    label = _label_column(body, columns)
    rows = table_rows(body, columns, label, inside)
    indexes = [b.line for row in run.rows for b in row.blocks]
    texts = _head_texts(heads, columns)
    return _Table(columns, texts, rows, label, min(indexes), max(indexes), bool(heads), is_grid)


def _crossing(strokes: Sequence[Box], left: float, right: float, rows: Sequence[PrintedRow]) -> list[float]:
    """Heights, from the top down, at which strokes lie over most of the table's width."""
    top, bottom = rows[0].top + rows[0].size, rows[-1].baseline - rows[-1].size
    by_height: dict[int, list[Box]] = {}
    for box in strokes:
        if bottom <= box[1] <= top:
            by_height.setdefault(round(box[1] / 2), []).append(box)
    heights: list[float] = []
    for boxes in by_height.values():
        covered = sum(max(0.0, min(right, b[2]) - max(left, b[0])) for b in boxes)
        if covered > 0.6 * (right - left):
            heights.append(boxes[0][1])
    return sorted(heights, reverse=True)


def _is_none(
    body: Sequence[PrintedRow], columns: Sequence[tuple[float, float]], has_head: bool, n_rules: int
) -> bool:
    """Whether rows in columns are something else: prose, a list, signatures, contents."""
    parted = [row for row in body if row.is_parted]
    texts = [b.text.strip() for row in parted for b in row.blocks]
    n_amounts = sum(row.has_amounts for row in parted)
    if sum(bool(_SIGNATURE.fullmatch(t)) for t in texts) > 0.3 * len(texts) and n_amounts < 0.5 * len(parted):
        return True
    firsts = [row.blocks[0].text.strip() for row in parted]
    is_marked = len(columns) == 2 and _most(_SHORT_MARK.fullmatch(t) for t in firsts)
    if is_marked and not _most(is_figure(row.blocks[1:]) for row in parted):
        return True
    if _most(t[:1].islower() for t in firsts):
        return True  # lines of prose
    lasts = [row.blocks[-1].text.strip() for row in parted]
    numbered = sum(bool(_PAGE_NUMBER.fullmatch(t)) for t in lasts)
    if not has_head and len(columns) <= 3 and numbered > 0.7 * len(lasts):
        return True
    is_ruled = n_rules >= len(parted)
    if n_amounts == 0:
        return not has_head or (not is_ruled and (len(columns) < 3 or len(parted) < 3))
    long = sum(len(b.text) > 45 for row in parted for b in row.blocks[:2])
    is_prose = long > len(parted) and not has_head and not is_ruled
    return is_prose or (n_amounts < 0.34 * len(parted) and not has_head and not is_ruled)


def _most(facts: Iterable[object]) -> bool:
    """Whether more than half of the facts hold."""
    held = [bool(fact) for fact in facts]
    return 2 * sum(held) > len(held)


def _label_column(body: Sequence[PrintedRow], columns: Sequence[tuple[float, float]]) -> int | None:
    """The first column whose cells are words, dates or numbers of rows; None: all are amounts."""
    by_column: dict[int, list[CellBlock]] = {}
    for row in body:
        for block in row.blocks:
            by_column.setdefault(column_of(block, columns), []).append(block)
    first = by_column.get(0, [])
    if not first:
        return None
    worded = sum(bool(_LETTER.search(b.text)) and not b.is_amount for b in first)
    amounts = sum(b.is_amount and not _LETTER.search(b.text) for b in first)
    if worded < 0.5 * len(first) and len(columns) > 2:
        second = by_column.get(1, [])
        has_words = sum(bool(_LETTER.search(b.text)) and not b.is_amount for b in second)
        if second and has_words > 0.7 * len(second) and max(len(b.text) for b in first) <= 6:
            return 1
    return None if amounts > 0.5 * len(first) else 0


def _head_texts(heads: Sequence[PrintedRow], columns: Sequence[tuple[float, float]]) -> list[str]:
    """The head of each column: by order if there are as many heads as columns, else by place."""
    blocks = _in_order(b for row in heads for b in row.blocks if not b.is_rule)
    ranges = merged([(b.x0, b.x1) for b in blocks])
    skipped = len(columns) - len(ranges)
    by_order = skipped == 0 or (skipped == 1 and bool(ranges) and ranges[0][0] >= columns[0][1])
    parts: list[list[str]] = [[] for _ in columns]
    for block in blocks:
        over = [i for i, (x0, x1) in enumerate(columns) if block.x0 < x1 and block.x1 > x0]
        if by_order:
            over = [skipped + next(i for i, (x0, x1) in enumerate(ranges) if x0 <= block.x0 < x1)]
        for i in over or [column_of(block, columns)]:
            parts[i].append(block.live)
    return [one_line(texts) for texts in parts]


def _in_order(blocks: Iterable[CellBlock]) -> list[CellBlock]:
    """Blocks as they are read: the upper first, then from left to right."""
    return sorted(blocks, key=lambda b: (-round(b.baseline), b.x0))


def one_line(texts: Sequence[str]) -> str:
    """Lines of a cell as one: with a blank between words, without one between Chinese characters."""
    text = ""
    for part in (" ".join(t.split()) for t in texts if t.strip()):
        glued = bool(text) and _CJK.match(text[-1]) and _CJK.match(part[:1])
        text = part if not text else f"{text}{part}" if glued else f"{text} {part}"
    return text[:_MAX_CHARS]


# ---------------------------------------------------------------- cells


def _cells_of(table: _Table, lines: Sequence[PageLine], starts: dict[int, int]) -> Iterator[TableCell]:
    for row in table.rows:
        label = (
            ""
            if table.label is None
            else one_line([b.live for b in _in_order(row.cells.get(table.label, []))])
        )
        pairs = pair_labels(row) if table.is_grid else {}
        for i, blocks in row.cells.items():
            its_label = "" if i == table.label else label
            if table.is_grid:
                its_label = one_line([b.live for b in _in_order(row.cells[pairs[i]])]) if i in pairs else ""
            if table.heads[i] or its_label:
                for start, end in _ranges(blocks, lines, starts):
                    yield TableCell(start, end, table.heads[i], its_label)


def _ranges(
    blocks: Sequence[CellBlock], lines: Sequence[PageLine], starts: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """The document ranges of a cell's live words: one, if its lines follow each other in the text."""
    ordered = sorted((_trimmed(b) for b in blocks if b.live.strip()), key=lambda b: (b.line, b.start))
    if not ordered:
        return
    open_block = ordered[0]
    start = starts[id(lines[open_block.line])] + open_block.start
    for block in ordered[1:]:
        if not _follows(open_block, block, lines):
            yield start, starts[id(lines[open_block.line])] + open_block.end
            start = starts[id(lines[block.line])] + block.start
        open_block = block
    yield start, starts[id(lines[open_block.line])] + open_block.end


def _trimmed(block: CellBlock) -> CellBlock:
    """The block without the words at its ends that are not live."""
    if block.live == block.text:  # most blocks
        return block
    start = block.start + len(block.live) - len(block.live.lstrip())
    words = block.live.strip()
    return replace(block, text=words, start=start, end=start + len(words), live=words)


def _follows(before: CellBlock, after: CellBlock, lines: Sequence[PageLine]) -> bool:
    if before.line == after.line:
        return not lines[before.line].text[before.end : after.start].strip()
    is_end = before.end == len(lines[before.line].text) and after.start == 0
    return is_end and after.line == before.line + 1
