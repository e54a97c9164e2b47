#!/usr/bin/env bash
# Guess: a line under words is a path as long as the words: what `get_drawings`, `page.curves` or the bounds of a path give, from its first
#   point to its last, is what is underlined.
# What happens: WeasyPrint draws `underline` from the first word to the last, but for `underline wavy` (and `line-through wavy`) its wave
#   begins at the left edge of the *line*, and a clip path shows only the part at the words. By geometry all words before
#   them are underlined, or struck out, as well. pdfplumber gives no clips; PyMuPDF gives them only with `extended=True`.
# Versions: WeasyPrint 70.0, pypdfium2 5.15.2 (pdfium 8149), pdfplumber 0.11.10, PyMuPDF 2.0. WeasyPrint needs Pango and a font.
# Why here: a coloured underline says "inserted" and a line through words says "deleted". Without the clip path the words before a
#   change would be read as changed too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet weasyprint==70.0 pypdfium2==5.15.2 pdfplumber==0.11.10 pdfminer.six==20260107 pymupdf==2.0 pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io
import sys

import pdfplumber
import pymupdf
import pypdfium2
import weasyprint

PIXELS = 4  # a point
STYLE = "<style>@page {{size: 600px 100px; margin: 20px}} u {{text-decoration: red {line}}}</style>"
LINE = STYLE + "The fee is due <u>within thirty days</u> of the invoice."


def over(words: list[dict], left: float, right: float) -> str:
    """The words that stand over the stretch, by their middle."""
    return " ".join(word["text"] for word in words if left < (word["x0"] + word["x1"]) / 2 < right)


def lined(line: str) -> tuple[str, str, str, str]:
    """The words that have the line, by the pixels and by what three libraries say about the path."""
    content = weasyprint.HTML(string=LINE.format(line=line)).write_pdf()
    plumbed = pdfplumber.open(io.BytesIO(content)).pages[0]
    words = plumbed.extract_words()
    page = pypdfium2.PdfDocument(content)[0]
    picture = page.render(scale=PIXELS).to_pil().convert("RGB")
    red = [x for x in range(picture.width) for y in range(picture.height) if picture.getpixel((x, y))[0] > 2 * picture.getpixel((x, y))[1]]
    (path,) = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH])
    left, _, right, _ = path.get_bounds()
    (drawn,) = plumbed.curves + plumbed.lines
    (drawing,) = pymupdf.open(stream=content)[0].get_drawings()
    return (
        over(words, min(red) / PIXELS, max(red) / PIXELS),
        over(words, left, right),
        over(words, drawn["x0"], drawn["x1"]),
        over(words, drawing["rect"].x0, drawing["rect"].x1),
    )


print("WeasyPrint", weasyprint.__version__, "pypdfium2", pypdfium2.PYPDFIUM_INFO, pypdfium2.PDFIUM_INFO, end=" ")
print("pdfplumber", pdfplumber.__version__, "PyMuPDF", pymupdf.__version__)
found = {line: lined(line) for line in ("underline", "underline wavy", "line-through wavy")}
for line, (seen, *said) in found.items():
    print(f"{line}: seen: {seen}; by the path, pdfium: {said[0]}; pdfplumber: {said[1]}; PyMuPDF: {said[2]}")
right = "within thirty days"
more = f"The fee is due {right}"
sys.exit(not (set(found["underline"]) == {right} and found["underline wavy"] == found["line-through wavy"] == (right, more, more, more)))
PY
