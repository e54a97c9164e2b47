#!/usr/bin/env bash
# Guess: `canvas.setPageRotation(90)` writes `/Rotate 90` and changes nothing else: the page is the same one, shown turned.
# What happens: reportlab swaps width and height of the MediaBox, too, for 90 and 270 but not for 180. The drawing keeps its coordinates, so
#   on an A4 page what stands in the upper 247 points lies outside the page, and is not drawn. pypdf, pdfium and pdfplumber still give its
#   text, and none of them says that nobody sees it.
# Versions: reportlab 5.1.0, pypdf 7.1.1, pypdfium2 5.15.2, pdfplumber 0.11.10.
# Why here: a scan is often turned by this call. The title and the date of such a contract are read, quoted and countersigned, and the page
#   that a lawyer looks at does not have them: a box has to say that its words are not on the picture.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet reportlab==5.1.0 pypdf==7.1.1 pypdfium2==5.15.2 pdfplumber==0.11.10 pdfminer.six==20260107 pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io
import sys

import pdfplumber
import pypdf
import pypdfium2
import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

TITLE, BODY = "SUPPLY AGREEMENT", "dated 3 March 2026"


def written(rotation: int) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.setPageRotation(rotation)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(60, 780, TITLE)
    canvas.drawString(60, 300, BODY)
    canvas.save()
    return file.getvalue()


def seen(content: bytes) -> dict[str, object]:
    page = pypdf.PdfReader(io.BytesIO(content)).pages[0]
    drawn = pypdfium2.PdfDocument(content)[0]
    dark = drawn.render(scale=1).to_pil().convert("L").point(lambda value: 255 * (value < 128))
    plumbed = pdfplumber.open(io.BytesIO(content)).pages[0]
    return {
        "MediaBox": [round(edge) for edge in page.mediabox],
        "pypdf": TITLE in page.extract_text(),
        "pdfium": TITLE in drawn.get_textpage().get_text_range(),
        "pdfplumber": TITLE in "".join(char["text"] for char in plumbed.chars),
        "ink": sum(dark.histogram()[255:]),
    }


print("reportlab", reportlab.__version__, "pypdf", pypdf.__version__, "pypdfium2", pypdfium2.PYPDFIUM_INFO, "pdfplumber", pdfplumber.__version__)
found = {rotation: seen(written(rotation)) for rotation in (0, 90, 180, 270)}
for rotation, what in found.items():
    print(rotation, what)
upright, turned, over = found[0], found[90], found[180]
swapped = turned["MediaBox"] == [0, 0, 842, 595] and upright["MediaBox"] == over["MediaBox"] == [0, 0, 595, 842]
lost = turned["ink"] < 0.7 * upright["ink"] and over["ink"] > 0.9 * upright["ink"]
read = turned["pypdf"] and turned["pdfium"] and turned["pdfplumber"]
sys.exit(not (swapped and lost and read))
PY
