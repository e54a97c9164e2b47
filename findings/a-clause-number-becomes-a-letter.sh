#!/usr/bin/env bash
# Guess: openpyxl gives back the string that a workbook holds, and another program shows the string that openpyxl was given.
# What happens: a string of a workbook writes what XML cannot hold as `_xHHHH_`, and these very letters as `_x005F_xHHHH_` (ECMA-376 part 1,
#   22.9.2.19, ST_Xstring). Of cells openpyxl writes none of it and reads the second form only (in the table of shared strings), though `openpyxl.utils.escape` can do all:
#   a clause that says `_x0041_` is read as `A` by a program that follows the standard, and a line end that such a program wrote comes back
#   as the seven letters `_x000D_`.
# Versions: openpyxl 3.1.5, XlsxWriter 3.2.9, python-calamine 0.6.1.
# Why here: a reviewer decides in a spreadsheet, and the words come back to be looked for on the page, letter for letter. A clause with such
#   letters would be refused, or shown to the reviewer as another one. So both directions are done around openpyxl.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet openpyxl==3.1.5 XlsxWriter==3.2.9 python-calamine==0.6.1
"$folder/venv/bin/python" - <<'PY'
import io
import sys
from importlib.metadata import version

import openpyxl
import xlsxwriter
from openpyxl.utils.escape import escape, unescape
from python_calamine import CalamineWorkbook

BROKEN, CLAUSE = "30 days\rafter notice", "form _x0041_ of the schedule"


def by_xlsxwriter() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, text in enumerate((BROKEN, CLAUSE)):
        sheet.write_string(row, 0, text)
    book.close()
    return file.getvalue()


def by_openpyxl() -> bytes:
    file = io.BytesIO()
    book = openpyxl.Workbook()
    for text in (BROKEN.replace("\r", "\n"), CLAUSE):
        book.active.append([text])
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> dict[str, list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return {
        "openpyxl": [row[0].value for row in openpyxl.load_workbook(io.BytesIO(content)).active.rows],
        "calamine": [row[0] for row in sheet.to_python()],
    }


print(*(f"{name} {version(name)}" for name in ("openpyxl", "XlsxWriter", "python-calamine")))
found = {"XlsxWriter wrote": read(by_xlsxwriter()), "openpyxl wrote": read(by_openpyxl())}
for writer, readers in found.items():
    for reader, texts in readers.items():
        print(f"{writer}, {reader} reads:", texts)
standard, own = found["XlsxWriter wrote"], found["openpyxl wrote"]
not_read = standard["calamine"] == [BROKEN, CLAUSE] and standard["openpyxl"][0] == "30 days_x000D_after notice"
not_written = own["calamine"][1] == "form A of the schedule" and own["openpyxl"][1] == CLAUSE
could = unescape("30 days_x000D_after notice") == BROKEN and escape("\r") != "\r"
print("openpyxl.utils.escape does it:", could)
sys.exit(not (not_read and not_written and could))
PY
