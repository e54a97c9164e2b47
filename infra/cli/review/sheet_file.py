"""Writes and reads a sheet as an Excel workbook or as CSV.

openpyxl 3.1.5 (June 2024, the newest) does the workbooks. XlsxWriter 3.2 writes only; python-calamine 0.5
reads values only, and a formula, a merged cell or a hidden row must be seen to be refused.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli.review.sheet import (
    COLUMNS,
    MAX_ROWS,
    NEEDED,
    WHOLE_NUMBERS,
    SheetRow,
    as_written,
    checked_row,
    cut,
    for_workbook,
    harmless,
)
from tasks.core.errors import ConfigurationError, SheetError
from tasks.core.text.display import one_line

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SUFFIXES = (".xlsx", ".csv")
_TITLE = "review"
_MAX_FILE_BYTES, _MAX_UNPACKED_BYTES = 64 * 2**20, 512 * 2**20
_WIDTHS = {
    "document": 24,
    "field": 22,
    "question": 24,
    "value": 40,
    "quote": 50,
    "context": 70,
    "right words": 50,
    "reason": 30,
}
_TO_FILL = ("decision", "right words", "reason")
_DECISIONS_LISTED = 1000
"""Rows beyond those of the sheet that also offer the list of decisions."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How strings of a workbook write what XML cannot hold, and these very letters (ECMA-376, ST_Xstring). Of cells openpyxl 3.1.5
writes none of it, and reads no more than the letters, where they stand in the table of shared strings."""
_CONTROL = re.compile(r"_x005[Ff](?=_x[0-9A-Fa-f]{4}_)|(?<!_x005F)(?<!_x005f)_x00([01][0-9A-Fa-f])_")
_MARK = "\ufeff"


def kind_of(path: Path) -> str:
    """
    Raises:
        ConfigurationError: it is neither a workbook nor CSV, by its name.
    """
    if (suffix := path.suffix.lower()) in SUFFIXES:
        return suffix
    raise ConfigurationError(f"{path.name}: give the name of a file that ends with {' or '.join(SUFFIXES)}.")


# ---------------------------------------------------------------- writing


def as_csv(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> bytes:
    """RFC 4180, with a byte order mark, without which Excel takes UTF-8 for another encoding."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([harmless(cut(row.get(column, ""))) for column in columns] for row in rows)
    return (_MARK + text.getvalue()).encode("utf-8")


def as_workbook(
    rows: Iterable[Mapping[str, str]], decisions: Sequence[str], columns: Sequence[str] = COLUMNS
) -> bytes:
    """A workbook of one sheet, whose cells are texts.

    Args:
        decisions: What its column `decision` offers.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = _TITLE
    to_fill, wrapped = PatternFill("solid", fgColor="FFF7DC"), Alignment(wrap_text=True, vertical="top")
    for x, column in enumerate(columns, start=1):
        _write(sheet, 1, x, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(x)].width = _WIDTHS.get(column, 14)
    n_rows = 0
    for n_rows, row in enumerate(rows, start=1):
        for x, column in enumerate(columns, start=1):
            cell = _write(sheet, n_rows + 1, x, row.get(column, ""))
            cell.alignment = wrapped
            if column in _TO_FILL:
                cell.fill = to_fill
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{n_rows + 1}"
    offered = DataValidation(type="list", formula1=f'"{",".join(decisions)}"', allow_blank=True)
    letter = get_column_letter(list(columns).index("decision") + 1)
    offered.add(f"{letter}2:{letter}{n_rows + 1 + _DECISIONS_LISTED}")
    sheet.add_data_validation(offered)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write(sheet: Worksheet, y: int, x: int, text: str) -> Any:
    cell: Any = sheet.cell(y, x)
    cell.value = _ESCAPED.sub("_x005F\\g<0>", for_workbook(cut(text))) or None
    if cell.value is not None:
        cell.data_type = "s"  # else `=1` is a formula
        cell.quotePrefix = True  # stays text where a person edits it
    cell.number_format = "@"
    return cell


# ---------------------------------------------------------------- reading


def read_sheet(path: Path) -> list[SheetRow]:
    """The rows of a file, in order; empty ones are passed over. A row that is not what it should be carries its faults.

    Raises:
        SheetError: the whole file cannot be taken; the message says why.
    """
    suffix = kind_of(path)
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise SheetError(f"{path.name} has more than {_MAX_FILE_BYTES // 2**20} MiB. Nothing was stored.")
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path} cannot be read ({error.strerror}). Nothing was stored.") from error
    rows = list(_workbook_rows(content, path.name) if suffix == ".xlsx" else _csv_rows(content, path.name))
    return [_without_twins(row, _twins(rows)) for row in rows]


def _csv_rows(content: bytes, name: str) -> Iterator[SheetRow]:
    text = _decoded(content, name)
    if "\0" in text:
        raise SheetError(f"{name} is no text file. Nothing was stored.")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        places = _places([as_written(cell) for cell in next(lines, [])], name)
        for number, line in enumerate(lines, start=2):
            _check_number(number, name)
            if any(cell.strip() for cell in line):
                faults = (
                    ()
                    if len(line) >= max(places.values()) + 1
                    else ("the row has fewer cells than the first row",)
                )
                cells = {column: as_written(line[x]) if x < len(line) else "" for column, x in places.items()}
                yield checked_row(number, cells, (*faults, *_csv_faults(line, places)))
    except csv.Error as error:
        raise SheetError(f"{name}, line {lines.line_num}: {error}. Nothing was stored.") from None


def _csv_faults(line: Sequence[str], places: Mapping[str, int]) -> Iterator[str]:
    """A text that a spreadsheet would run was not written by us."""
    for column in _TO_FILL:
        x = places.get(column, len(line))
        if x < len(line) and line[x].lstrip().startswith(("=", "＝")):
            yield f"`{column}` is a formula; write its words, with an apostrophe before them"


def _decoded(content: bytes, name: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise SheetError(
            f"{name} is not UTF-8. In a spreadsheet, save it as `CSV UTF-8`. Nothing was stored."
        ) from None


def _delimiter(text: str) -> str:
    """Comma, or what spreadsheets write where the comma is a decimal sign."""
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _workbook_rows(content: bytes, name: str) -> Iterator[SheetRow]:
    sheet = _the_sheet(content, name)
    if (sheet.max_row or 0) > MAX_ROWS + 1:
        _check_number(sheet.max_row, name)
    merged = [(area.min_row, area.max_row) for area in sheet.merged_cells.ranges]
    if any(first == 1 for first, _ in merged):
        raise SheetError(f"{name}: cells of the first row are merged. Nothing was stored.")
    places: dict[str, int] = {}
    for number, line in enumerate(sheet.iter_rows(), start=1):
        if number == 1:
            places = _places([str(cell.value or "") for cell in line], name)
        elif any(cell.value not in (None, "") for cell in line):
            cells = {column: _text(line[x]) for column, x in places.items()}
            faults = [fault for column, x in places.items() for fault in _faults(column, line[x])]
            if any(first <= number <= last for first, last in merged):
                faults.append("cells of this row are merged")
            if sheet.row_dimensions[number].hidden and cells["decision"].strip():
                faults.append("the row is hidden, perhaps by a filter: show it")
            yield checked_row(number, cells, tuple(faults))
    if not places:
        _places([], name)


def _the_sheet(content: bytes, name: str) -> Worksheet:
    """
    Raises:
        SheetError: there is no such workbook, or none of its sheets is meant.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _MAX_UNPACKED_BYTES:
                raise SheetError(f"{name} unpacks to more than a sheet can need. Nothing was stored.")
        with warnings.catch_warnings(action="ignore"):  # of extensions that it does not keep
            book = load_workbook(io.BytesIO(content))
    except SheetError:
        raise
    except Exception as error:  # openpyxl lets out whatever a broken part raises
        raise SheetError(
            f"{name} is no workbook that can be read (perhaps it has a password, or is an `.xls`). Nothing was stored."
        ) from error
    named = [sheet for sheet in book.worksheets if sheet.title == _TITLE] or book.worksheets
    if len(named) != 1:
        raise SheetError(
            f"{name} has {len(named)} sheets; name the one that is meant `{_TITLE}`. Nothing was stored."
        )
    return named[0]


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return as_written(_CONTROL.sub(_unescaped, str(value)))


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return ""
    letter = chr(int(found[1], 16))
    return letter if letter.isspace() else "\ufffd"


def _faults(column: str, cell: Any) -> Iterator[str]:
    if cell.value is None:
        return
    if cell.data_type == "f":
        yield f"`{column}` is a formula; write its words"
    elif cell.data_type == "e":
        yield f"`{column}` holds the error {one_line(str(cell.value), 20)}"
    elif cell.data_type == "b" or (
        cell.data_type != "s" and column not in WHOLE_NUMBERS and column in NEEDED
    ):
        kinds = {"n": "a number", "d": "a date", "b": "true or false"}
        yield f"`{column}` is {kinds.get(cell.data_type, 'no text')}; write it as text, as it stands on the page"


# ---------------------------------------------------------------- the whole file


def _places(head: Sequence[str], name: str) -> dict[str, int]:
    """Where each column of ours is.

    Raises:
        SheetError: one is missing, or there twice.
    """
    names = [re.sub(r"\s+", " ", cell).strip().casefold() for cell in head]
    if missing := [column for column in NEEDED if column not in names]:
        listed = ", ".join(f"`{column}`" for column in missing)
        raise SheetError(
            f"{name} lacks the column{'s' if len(missing) > 1 else ''} {listed} in its first row. Nothing was stored."
        )
    if twice := [column for column in COLUMNS if names.count(column) > 1]:
        raise SheetError(f"{name} has the column `{twice[0]}` twice. Nothing was stored.")
    return {column: names.index(column) for column in COLUMNS if column in names}


def _check_number(number: int | None, name: str) -> None:
    if (number or 0) > MAX_ROWS + 1:
        raise SheetError(f"{name} has more than {MAX_ROWS:,} rows. Nothing was stored.")


def _twins(rows: Sequence[SheetRow]) -> dict[int, list[int]]:
    """The rows that decide the same item, by item."""
    counts = Counter(row.items[0] for row in rows if row.items and row.is_decided)
    return {
        item: [row.number for row in rows if row.items and row.items[0] == item and row.is_decided]
        for item, n in counts.items()
        if n > 1
    }


def _without_twins(row: SheetRow, twins: Mapping[int, Sequence[int]]) -> SheetRow:
    """The row; one whose item is decided by another row, too, says so."""
    if not row.items or not row.is_decided or row.items[0] not in twins:
        return row
    others = ", ".join(str(number) for number in twins[row.items[0]] if number != row.number)
    fault = f"row{'s' if ',' in others else ''} {others} decide{'' if ',' in others else 's'} item {row.items[0]}, too"
    return SheetRow(row.number, row.cells, (*row.faults, fault), row.items)
