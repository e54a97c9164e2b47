"""A sheet gives back what was written, in both forms, and says what is wrong with a row that a person changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from infra.cli.review import sheet_file
from infra.cli.review.sheet import COLUMNS, MAX_CELL_CHARS, MAX_ROWS, as_written, for_workbook, harmless
from infra.cli.review.sheet_file import as_csv, as_workbook, read_sheet
from tasks.core.errors import ConfigurationError

DECISIONS = ("right", "wrong", "corrected", "not in document", "gold wrong")
HOSTILE = [
    "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "'=1", "''=1", "'quoted'", " =1", "a\nb", 'a "b", c;d',
    "|calc", "%0A", "本金可能损失", "مرحبا", "<script>", "’=", "'",
]  # fmt: skip


def row(**cells: str) -> dict[str, str]:
    usual = {
        "item": "7",
        "seen": "0",
        "field": "rent",
        "value": "EUR 4",
        "decision": "",
        "right words": "",
        "reason": "",
    }
    return usual | {key.replace("_", " "): text for key, text in cells.items()}


def written(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    path.write_bytes(as_csv(rows) if path.suffix == ".csv" else as_workbook(rows, DECISIONS))
    return path


@pytest.fixture(params=[".xlsx", ".csv"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"queue{request.param}"


def changed(path: Path, change: Callable[[Any], None], rows: Sequence[dict[str, str]] | None = None) -> Path:
    """A workbook as a person saves it after a change."""
    written(path, rows or [row(decision="right"), row(item="8", decision="wrong")])
    book = load_workbook(path)
    change(book.worksheets[0])
    book.save(path)
    return path


def column(name: str) -> int:
    return COLUMNS.index(name) + 1


def test_a_sheet_gives_back_every_text(path: Path) -> None:
    rows = [
        row(item=str(n), value=text, right_words=text, quote=text, reason=text)
        for n, text in enumerate(HOSTILE)
    ]
    read = read_sheet(written(path, rows))
    assert [
        (r.cells["value"], r.cells["reason"], r.cells["right words"], r.cells["quote"]) for r in read
    ] == [(t,) * 4 for t in HOSTILE]
    assert [r.items for r in read] == [(n, 0) for n in range(len(HOSTILE))]
    assert [r.faults for r in read if not r.cells["value"].startswith(("=", "＝", " =", "'"))] == [()] * sum(
        not t.startswith(("=", "＝", " =", "'")) for t in HOSTILE
    )


@given(st.text(max_size=30))
def test_what_is_written_reads_as_it_was(text: str) -> None:
    assert as_written(harmless(text)) == text
    assert not harmless(text).lstrip("'").lstrip().startswith("=") or harmless(text).startswith("'")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_a_workbook_keeps_texts_too(text: str) -> None:
    assert as_written(for_workbook(text)) == text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def test_no_program_runs_a_cell(tmp_path: Path) -> None:
    rows = [row(value=text, right_words=text) for text in HOSTILE]
    lines = csv.reader(io.StringIO(as_csv(rows).decode("utf-8-sig"), newline=""))
    for cell in (cell for line in lines for cell in line):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")) and not cell.startswith(("\t", "\r"))
    book = load_workbook(written(tmp_path / "x.xlsx", rows))
    for cell in (cell for line in book.worksheets[0].iter_rows() for cell in line if cell.value):
        assert (cell.data_type, cell.quotePrefix, cell.number_format) == ("s", True, "@")


def test_csv_is_what_excel_reads() -> None:
    content = as_csv([row(quote='says "x",\nthen y')])
    assert content.startswith(b"\xef\xbb\xbfitem,seen,")
    assert b'"says ""x"",\nthen y"' in content and content.endswith(b"\r\n")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_of_another_country_is_read(delimiter: str, tmp_path: Path) -> None:
    text = io.StringIO()
    lines = csv.DictWriter(text, row(), delimiter=delimiter)
    lines.writeheader()
    lines.writerow(row(decision="right", value="a, b"))
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "x.csv").write_text(text.getvalue(), encoding=encoding, newline="")
        (read,) = read_sheet(tmp_path / "x.csv")
        assert (read.cells["decision"], read.cells["value"], read.faults) == ("right", "a, b", ())


def test_a_long_text_is_cut_to_what_a_cell_holds(path: Path) -> None:
    (read,) = read_sheet(written(path, [row(quote="=" + "x" * 40_000)]))
    assert len(read.cells["quote"]) <= MAX_CELL_CHARS and read.cells["quote"].endswith("…")


def test_control_characters_do_not_break_a_workbook(tmp_path: Path) -> None:
    (read,) = read_sheet(written(tmp_path / "x.xlsx", [row(quote="a\x00b\x1fc\ufffed\ud800")]))
    assert read.cells["quote"] == "a\ufffdb\ufffdc\ufffdd\ufffd"


def test_escapes_of_workbooks_are_written_and_read(tmp_path: Path) -> None:
    clause = "Form _x0041_ of Schedule _xFFFF_"
    path = written(tmp_path / "x.xlsx", [row(quote=clause)])
    with ZipFile(path) as packed:
        assert (
            "Form _x005F_x0041_ of Schedule _x005F_xFFFF_" in packed.read("xl/worksheets/sheet1.xml").decode()
        )
    (read,) = read_sheet(path)
    assert read.cells["quote"] == clause
    typed = changed(
        path, lambda sheet: sheet.cell(2, column("reason")).__setattr__("value", "one_x000D_\ntwo_x0001_")
    )
    assert read_sheet(typed)[0].cells["reason"] == "one\r\ntwo\ufffd"


# ---------------------------------------------------------------- rows that are refused


def test_a_formula_is_refused(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.cell(2, column("right words")).value = "=A1&B1"
        sheet.cell(3, column("document")).value = '=HYPERLINK("http://x")'

    first, second = read_sheet(changed(tmp_path / "x.xlsx", change))
    assert first.faults == ("`right words` is a formula; write its words",)
    assert second.faults == ("`document` is a formula; write its words",)


def test_a_formula_in_csv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(
        f"{','.join(row())}\n7,0,rent,EUR 4,corrected,=A1,\n8,0,rent,EUR 4,corrected,'=A1,\n"
    )
    first, second = read_sheet(tmp_path / "x.csv")
    assert "is a formula" in first.faults[0]
    assert second.faults == () and second.cells["right words"] == "=A1"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("right words", 4200, "`right words` is a number"),
        ("decision", True, "`decision` is true or false"),
        ("item", "seven", "`item` is no whole number"),
        ("item", 7.5, "`item` is no whole number"),
        ("seen", None, "`seen` is empty"),
        ("seen", -1, "`seen` is no whole number"),
        ("item", "=7", "`item` is a formula"),
    ],
)
def test_a_cell_of_a_wrong_type_is_refused(name: str, value: object, says: str, tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        cell = sheet.cell(2, column(name))
        cell.value = value

    first, second = read_sheet(changed(tmp_path / "x.xlsx", change))
    assert says in " ".join(first.faults)
    assert second.faults == ()


def test_an_error_of_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        cell = sheet.cell(2, column("reason"))
        cell.value, cell.data_type = "#REF!", "e"

    assert read_sheet(changed(tmp_path / "x.xlsx", change))[0].faults == ("`reason` holds the error #REF!",)


def test_numbers_of_a_spreadsheet_are_taken_for_item_and_seen(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.cell(2, column("item")).value, sheet.cell(2, column("seen")).value = 7, 3.0

    first = read_sheet(changed(tmp_path / "x.xlsx", change))[0]
    assert (first.items, first.faults) == ((7, 3), ())


def test_merged_cells_are_refused_in_their_rows(tmp_path: Path) -> None:
    rows = [row(item=str(n), decision="right") for n in range(1, 5)]
    read = read_sheet(changed(tmp_path / "x.xlsx", lambda sheet: sheet.merge_cells("L3:L4"), rows))
    assert [r.number for r in read if any("merged" in fault for fault in r.faults)] == [3, 4]
    with pytest.raises(ConfigurationError, match="cells of the first row are merged"):
        read_sheet(changed(tmp_path / "y.xlsx", lambda sheet: sheet.merge_cells("A1:B1")))


def test_a_hidden_row_is_refused_if_it_is_decided(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = sheet.row_dimensions[4].hidden = True

    rows = [row(item="7", decision="right"), row(item="8", decision="right"), row(item="9")]
    read = read_sheet(changed(tmp_path / "x.xlsx", change, rows))
    assert [bool(r.faults) for r in read] == [True, False, False]
    assert "hidden" in read[0].faults[0]


def test_two_rows_of_one_item_are_both_refused(path: Path) -> None:
    rows = [row(decision="right"), row(decision="wrong"), row(), row(item="8", decision="right")]
    read = read_sheet(written(path, rows))
    assert [r.faults for r in read] == [
        ("row 3 decides item 7, too",),
        ("row 2 decides item 7, too",),
        (),
        (),
    ]


def test_a_short_row_of_csv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"{','.join(row())}\n7,0,rent\n\n,,\n")
    (read,) = read_sheet(tmp_path / "x.csv")
    assert read.faults == ("the row has fewer cells than the first row",)


# ---------------------------------------------------------------- files that are refused


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lacks the columns `item`, `seen`"),
        (b"item,seen,field,value,decision,reason\r\n", "lacks the column `right words`"),
        (b"item,seen,field,value,decision,right words,reason,item\r\n", "has the column `item` twice"),
        ("item;r\xe9sum\xe9".encode("latin-1"), "is not UTF-8"),
        (b"item\0,seen", "is no text file"),
        (b'item,seen,field,value,decision,right words,reason\r\n1,"2\r\n', "line"),
        (b"PK\x03\x04\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_csv_file_that_is_none_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ConfigurationError, match=says) as refused:
        read_sheet(tmp_path / "x.csv")
    assert "Nothing was stored" in str(refused.value)


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    for content in (b"", b"item,seen", b"PK\x03\x04", b"\xd0\xcf\x11\xe0 password"):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="is no workbook"):
            read_sheet(path)
    with ZipFile(path, "w") as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(ConfigurationError, match="is no workbook"):
        read_sheet(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_file, "_MAX_UNPACKED_BYTES", 2**20)
    with (
        ZipFile(tmp_path / "x.xlsx", "w", ZIP_DEFLATED) as packed,
        packed.open("xl/a.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(20):
            part.write(bytes(2**16))
    with pytest.raises(ConfigurationError, match="unpacks to more"):
        read_sheet(tmp_path / "x.xlsx")


def test_missing_columns_of_a_workbook_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lacks the column `seen`"):
        read_sheet(changed(tmp_path / "x.xlsx", lambda sheet: sheet.delete_cols(column("seen"))))
    Workbook().save(tmp_path / "y.xlsx")
    with pytest.raises(ConfigurationError, match="lacks the columns"):
        read_sheet(tmp_path / "y.xlsx")


def test_a_sheet_among_others_is_found_by_its_name(tmp_path: Path) -> None:
    written(tmp_path / "x.xlsx", [row(decision="right")])
    book = load_workbook(tmp_path / "x.xlsx")
    book.create_sheet("notes", 0)
    book.save(tmp_path / "x.xlsx")
    assert len(read_sheet(tmp_path / "x.xlsx")) == 1
    book["review"].title = "other"
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(ConfigurationError, match="has 2 sheets"):
        read_sheet(tmp_path / "x.xlsx")


def test_columns_may_stand_in_another_order_and_have_company(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.insert_cols(1)
        sheet.cell(1, 1).value, sheet.cell(2, 1).value = "my notes", 3
        sheet.cell(1, column("decision") + 1).value = " Decision "

    assert read_sheet(changed(tmp_path / "x.xlsx", change))[0].cells["decision"] == "right"


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"{','.join(row())}\n" + "7,0,rent,EUR 4,right,,\n" * (MAX_ROWS + 1))
    with pytest.raises(ConfigurationError, match="more than 20,000 rows"):
        read_sheet(tmp_path / "x.csv")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"ends with \.xlsx or \.csv"):
        read_sheet(tmp_path / "x.ods")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_sheet(tmp_path / "x.csv")
