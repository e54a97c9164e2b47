#!/usr/bin/env bash
# Guess: pdfium gives the lines of a page in the order in which they were written, whatever direction they run in; only a page that
#   is turned by `/Rotate` needs care.
# What happens: text objects that begin at one height of the *page* are put in order from left to right, as if they stood on one line.
#   The lines of a column that reads downwards begin at one height, and the second stands left of the first: they come out last line
#   first, on a page with `/Rotate 0`. `FPDFPage_SetRotation` before `FPDFText_LoadPage` cures them and spoils another direction: with each
#   of the four rotations, one direction in four is wrong. pypdf gives all four in order.
# Versions: pypdfium2 5.15.2 (pdfium 8149), pypdf 7.1.1, reportlab 5.1.0.
# Why here: a landscape table or a clause along the margin of an upright page reads backwards, last line first, without any error.
#   The reader turns the page to its main direction before it loads the text, and puts the objects of other directions in order itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pypdfium2==5.15.2 pypdf==7.1.1 reportlab==5.1.0
"$folder/venv/bin/python" - <<'PY'
import io
import sys

import pypdf
import pypdfium2
import reportlab
from reportlab.pdfgen.canvas import Canvas

LINES = ["The fee is", "9,000 euros", "a month."]
DIRECTIONS = {"rightwards": 0, "upwards": 90, "leftwards": 180, "downwards": 270}


def page_with(angle: int) -> bytes:
    """Three lines in the middle of an upright page, turned as a whole."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(300, 300))
    canvas.translate(150, 150)
    canvas.rotate(angle)
    for number, line in enumerate(LINES):
        canvas.drawString(-80, 20 - 20 * number, line)
    canvas.save()
    return file.getvalue()


def read(content: bytes, rotation: int) -> list[str]:
    page = pypdfium2.PdfDocument(content)[0]
    page.set_rotation(rotation)
    return page.get_textpage().get_text_range().split("\r\n")


print("pypdfium2", pypdfium2.PYPDFIUM_INFO, pypdfium2.PDFIUM_INFO, "pypdf", pypdf.__version__, "reportlab", reportlab.__version__)
wrong = set()
by_pypdf = True
for direction, angle in DIRECTIONS.items():
    content = page_with(angle)
    by_rotation = {rotation: read(content, rotation) for rotation in (0, 90, 180, 270)}
    wrong |= {(direction, rotation) for rotation, lines in by_rotation.items() if lines == LINES[::-1]}
    by_pypdf &= pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text().splitlines() == LINES
    words = [f"{rotation}: {'in order' if lines == LINES else ' / '.join(lines)}" for rotation, lines in by_rotation.items()]
    print(f"text that runs {direction}, by the rotation of the page: {'; '.join(words)}")
print("pypdf gives all four in order:", by_pypdf)
sys.exit(not (by_pypdf and wrong == {("downwards", 0), ("rightwards", 90), ("upwards", 180), ("leftwards", 270)}))
PY
