"""The queue as a sheet of text cells: its columns, and how a text is written so that no spreadsheet runs it.

A sheet is opened by programs that run what looks like a formula, and texts of contracts are a
stranger's. In a workbook every cell is of the type text. CSV has no types, so there an apostrophe
stands before such a text, as spreadsheets write it themselves; reading takes it away again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

COLUMNS = (
    "item", "seen", "document", "page", "schema", "field", "question", "value", "quote", "context",
    "probability", "decision", "right words", "reason",
)  # fmt: skip
NEEDED = ("item", "seen", "field", "value", "decision", "right words", "reason")
"""What an import cannot do without; other columns are for the person."""
WHOLE_NUMBERS = ("item", "seen")
REFUSED_BECAUSE = "refused because"
"""The first column of a file of refused rows; an import passes over it."""
MAX_ROWS = 20_000
MAX_CELL_CHARS = 32_767
"""Of a spreadsheet's cell. Source: Excel specifications and limits, Microsoft."""
_CUT = "…"

_STARTS = "=+\\-@＝＋－＠\\t\\r\\n|%"
"""What begins a formula, in full width too (OWASP, CSV Injection), or a call of another program."""
_RUNS = re.compile(rf"'*\s*[{_STARTS}]")
_MARKED = re.compile(rf"'+\s*[{_STARTS}]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What a workbook, which is XML, cannot hold."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as it was read: text by column, and what is wrong with it."""

    number: int
    """Of the row in the file, from 1; the header is row 1."""
    cells: Mapping[str, str]
    faults: tuple[str, ...] = ()
    items: tuple[int, int] | None = field(default=None)
    """item and seen; None: one of them is no number, which is among the faults."""

    @property
    def is_decided(self) -> bool:
        return bool(self.cells.get("decision", "").strip())


def harmless(text: str) -> str:
    """A text for a cell of a CSV file."""
    return "'" + text if _RUNS.match(text) else text


def for_workbook(text: str) -> str:
    """A text for a cell of the type text; only one that would read as `harmless` text is marked."""
    text = _CONTROLS.sub(
        "\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")
    )  # XML knows one end of a line
    return "'" + text if _MARKED.match(text) else text


def without_controls(text: str) -> str:
    """A text without what a workbook cannot hold, and without what stands there for it."""
    return _CONTROLS.sub("", text).replace("\ufffd", "")


def as_written(text: str) -> str:
    """The text of a cell, without what `harmless` or `for_workbook` put before it."""
    return text[1:] if _MARKED.match(text) else text


def cut(text: str) -> str:
    """What a cell can hold of a text."""
    most = MAX_CELL_CHARS - 2  # an apostrophe may come before it
    return text if len(text) <= most else text[: most - 1] + _CUT


def checked_row(number: int, cells: Mapping[str, str], faults: tuple[str, ...]) -> SheetRow:
    """A row with its numbers read."""
    numbers: list[int] = []
    found = list(faults)
    for column in WHOLE_NUMBERS:
        if re.fullmatch(r"\d{1,18}", text := cells.get(column, "").strip()):
            numbers.append(int(text))
        else:
            found.append(f"`{column}` is {'empty' if not text else 'no whole number'}")
    both = (numbers[0], numbers[1]) if len(numbers) == len(WHOLE_NUMBERS) else None
    return SheetRow(number, cells, tuple(found), both)
