"""Says which cells of a Word document's tables are heads, and gives the others their column and row heads."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.core.reading.word.content import AtomKind, Block, WordParagraph, WordRow, WordTable

_MAX_HEAD_CHARS = 80
_MAX_LABEL_CHARS = 200
_MAX_HEAD_ROWS = 3
_AMOUNT = re.compile(r"[\s$€£¥￥%(]*(?:[A-Z]{1,3}\s?)?[$€£¥￥]?\s?\d[\d.,'’\s]*[\s%)元万亿]*")
_SERIAL = re.compile(r"[(\[]?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)\]]?", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


def name_cells(blocks: Sequence[Block]) -> None:
    """Set the heads of the cells of all tables, also of those inside cells and text boxes."""
    for block in blocks:
        if isinstance(block, WordParagraph):
            for box in block.boxes:
                name_cells(box)
            continue
        _name(block)
        for row in block.rows:
            for cell in row.cells:
                name_cells(cell.blocks)


def _name(table: WordTable) -> None:
    rows = [row for row in table.rows if any(live_text(cell.blocks) for cell in row.cells)]
    n_columns = max((c.column + c.n_columns for row in rows for c in row.cells), default=0)
    if len(rows) < 1 or n_columns < 2:
        return
    n_heads = _n_head_rows(table, rows, n_columns)
    heads = _heads(rows[:n_heads], n_columns)
    label = _label_column(rows[n_heads:])
    above: dict[int, str] = {}
    for row in rows[n_heads:]:
        words = {cell.column: live_text(cell.blocks) for cell in row.cells}
        for cell in row.cells:
            if cell.continues:
                words[cell.column] = above.get(cell.column, "")
        above = {**above, **words}
        its_label = "" if label is None else words.get(label, "")[:_MAX_LABEL_CHARS]
        if len(row.cells) == 1 and n_columns > 1:
            continue  # a caption across the table
        for cell in row.cells:
            named = dict.fromkeys(heads[at] for at in range(cell.column, cell.column + cell.n_columns))
            cell.column_head = " ".join(filter(None, named))
            cell.row_label = "" if cell.column == label else its_label


def _n_head_rows(table: WordTable, rows: Sequence[WordRow], n_columns: int) -> int:
    """The rows of heads: those that Word repeats, else a first row that reads like one."""
    repeated = 0
    while repeated < min(len(rows) - 1, _MAX_HEAD_ROWS) and rows[repeated].is_head:
        repeated += 1
    if repeated:
        return repeated
    if len(rows) < 2 or not _reads_like_heads(rows[0], n_columns):
        return 0
    first = [live_text(cell.blocks) for cell in rows[0].cells]
    below = [[live_text(cell.blocks) for cell in row.cells] for row in rows[1:]]
    has_amounts = any(_AMOUNT.fullmatch(text) for row in below for text in row[1:])
    is_pair = n_columns == 2 and all(_is_labelled(row) for row in [first, *below])
    if is_pair and not table.has_first_row_look:
        return 0
    return 1 if n_columns > 2 or has_amounts or table.has_first_row_look else 0


def _reads_like_heads(row: WordRow, n_columns: int) -> bool:
    texts = [live_text(cell.blocks) for cell in row.cells]
    if len(row.cells) < 2 or any(len(text) > _MAX_HEAD_CHARS for text in texts):
        return False
    worded = [text for text in texts[1:] if _LETTER.search(text)]
    has_amount = any(re.search(r"\d{3}", text) and _AMOUNT.fullmatch(text) for text in texts)
    return (
        len(worded) == len(texts) - 1 and not has_amount and not any(t.endswith((":", "：")) for t in texts)
    )


def _is_labelled(row: Sequence[str]) -> bool:
    """Whether a row is a label and its value."""
    return len(row) == 2 and bool(_LETTER.search(row[0])) and not _AMOUNT.fullmatch(row[1])


def _heads(rows: Sequence[WordRow], n_columns: int) -> list[str]:
    """The head of each column, the upper words first."""
    heads: list[list[str]] = [[] for _ in range(n_columns)]
    for row in rows:
        for cell in row.cells:
            text = live_text(cell.blocks)
            for at in range(cell.column, cell.column + cell.n_columns):
                if text and text not in heads[at]:
                    heads[at].append(text)
    return [" ".join(words)[:_MAX_LABEL_CHARS] for words in heads]


def _label_column(rows: Sequence[WordRow]) -> int | None:
    """The column that names the rows: the first, or the second behind serial numbers."""
    for at in (0, 1):
        texts = [live_text(c.blocks) for row in rows for c in row.cells if c.column == at and not c.continues]
        texts = [text for text in texts if text]
        if not texts:
            continue
        if at == 0 and all(_SERIAL.fullmatch(text) for text in texts):
            continue
        is_worded = sum(bool(_LETTER.search(text)) and not _AMOUNT.fullmatch(text) for text in texts)
        return at if is_worded > len(texts) / 2 else None
    return None


def live_text(blocks: Sequence[Block]) -> str:
    """The words of a cell that are live, in one line."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, WordTable):
            continue
        live = (a.text if a.kind is AtomKind.TEXT else " " for a in block.atoms if a.is_live)
        parts.append("".join(live))
    return " ".join(" ".join(parts).split())
