#!/usr/bin/env bash
# Guess: `FPDFPageObj_GetBounds` of a stroked line is the box of its ink: half the line width on each side, and with butt caps (the
#   usual ones) no longer than the line.
# What happens: the box is larger by the *whole* line width on all four sides, whatever the caps are: a line of 0.7 pt is 1.4 pt thick
#   and 0.7 pt too long at each end. A line of no width has a box that is one point thick. What pdfium itself draws is right.
# Versions: pypdfium2 5.15.2 (pdfium 8149), reportlab 5.1.0, pillow 13.0.0 (counts the pixels).
# Why here: a strike-out ends between two letters. By these bounds it reaches into the next letter, and one that is as narrow as an
#   "l", "i" or "1" would be read as struck out. The ends have to be taken from the path's own points.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pypdfium2==5.15.2 reportlab==5.1.0 pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io
import sys

import pypdfium2
import reportlab
from PIL import ImageOps
from reportlab.pdfgen.canvas import Canvas

CAPS = {"butt": 0, "round": 1, "square": 2}
PIXELS = 8  # a point


def line(width: float, cap: int) -> pypdfium2.PdfPage:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(300, 200))
    canvas.setLineCap(cap)
    canvas.setLineWidth(width)
    canvas.line(100, 100, 200, 100)
    canvas.save()
    return pypdfium2.PdfDocument(file.getvalue())[0]


def bounds(page: pypdfium2.PdfPage) -> list[float]:
    (path,) = page.get_objects()
    return [round(number, 1) for number in path.get_bounds()]


def ink(page: pypdfium2.PdfPage) -> list[float]:
    picture = ImageOps.invert(page.render(scale=PIXELS).to_pil().convert("L"))
    left, top, right, bottom = picture.point(lambda level: 255 * (level > 127)).getbbox()
    return [round(number, 1) for number in (left / PIXELS, 200 - bottom / PIXELS, right / PIXELS, 200 - top / PIXELS)]


def grown(width: float) -> list[float]:
    return [round(number, 1) for number in (100 - width, 100 - width, 200 + width, 100 + width)]


print("pypdfium2", pypdfium2.PYPDFIUM_INFO, pypdfium2.PDFIUM_INFO, "reportlab", reportlab.__version__)
print("a line from (100, 100) to (200, 100): left, bottom, right, top")
for cap, number in CAPS.items():
    for width in (0.7, 2, 4):
        print(f"{width} pt, {cap} caps: bounds {bounds(line(width, number))}, ink {ink(line(width, number))}")
print(f"no width: bounds {bounds(line(0, 0))}")
too_large = all(bounds(line(width, number)) == grown(width) for number in CAPS.values() for width in (0.7, 2, 4))
drawn_right = ink(line(2, 0)) == [100, 99, 200, 101]
print("larger by the whole line width on all sides:", too_large, "- drawn as long as it is:", drawn_right)
sys.exit(not (too_large and drawn_right))
PY
