#!/usr/bin/env bash
# Guess: `check()` of a pdf-lib check box and `addToPage()` may come in either order: the field is checked, and so the box is.
# What happens: `check()` sets the value, and the appearance of the widgets that exist; `addToPage()` gives a new widget the appearance
#   `/Off`. Checked first and added then, the field has `/V /Yes` and the box `/AS /Off`: no viewer draws a check, and pdf-lib's own
#   `isChecked()` says true. The readers disagree: pypdf and PyMuPDF say Yes, by the value; pdfium and pdfplumber say Off, by the box.
# Versions: pdf-lib 1.17.1 (npm), pypdf 7.1.1, pypdfium2 5.15.2 (pdfium 8149), PyMuPDF 2.0, pdfplumber 0.11.10. Needs Node.js and npm.
# Why here: whether a party chose an option is what the box shows, and what a program says of it depends on the library. The reader
#   looks at both, and says so if they differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pypdf==7.1.1 pypdfium2==5.15.2 pymupdf==2.0 pdfplumber==0.11.10 pdfminer.six==20260107 pillow==13.0.0
npm install --silent --no-audit --no-fund --prefix "$folder" pdf-lib@1.17.1
cat >"$folder/write.mjs" <<'JS'
import { readFileSync, writeFileSync } from 'node:fs'
import { PDFDocument } from 'pdf-lib'

const version = JSON.parse(readFileSync('node_modules/pdf-lib/package.json')).version
console.log(`pdf-lib ${version}, Node.js ${process.version}`)
for (const order of ['added, checked', 'checked, added']) {
  const document = await PDFDocument.create()
  const page = document.addPage([300, 300])
  const box = document.getForm().createCheckBox('renewal')
  const steps = { added: () => box.addToPage(page, { x: 50, y: 200, width: 20, height: 20 }), checked: () => box.check() }
  for (const step of order.split(', ')) steps[step]()
  writeFileSync(`${order}.pdf`, await document.save())
  const saved = await PDFDocument.load(readFileSync(`${order}.pdf`))
  console.log(`${order}: pdf-lib says of the file: ${saved.getForm().getCheckBox('renewal').isChecked()}`)
}
JS
cd "$folder"
node write.mjs
"$folder/venv/bin/python" - <<'PY'
import io
import pathlib
import sys

import pdfplumber
import pymupdf
import pypdf
import pypdfium2
from PIL import Image

BOX = 53, 83, 67, 97  # inside its border, from the top left, in points


def dark(picture: Image.Image, scale: int = 4) -> int:
    return picture.convert("L").crop([scale * edge for edge in BOX]).histogram()[0]


def by_pdfium(content: bytes) -> tuple[str, int]:
    raw = pypdfium2.raw
    document = pypdfium2.PdfDocument(content)
    document.init_forms()
    page = document[0]
    annotation = raw.FPDFPage_GetAnnot(page, 0)
    is_checked = bool(raw.FPDFAnnot_IsChecked(document.formenv, annotation))
    raw.FPDFPage_CloseAnnot(annotation)
    return "Yes" if is_checked else "Off", dark(page.render(scale=4).to_pil())


def by_mupdf(content: bytes) -> tuple[str, int]:
    page = pymupdf.open(stream=content)[0]
    picture = page.get_pixmap(matrix=pymupdf.Matrix(4, 4))
    (field,) = page.widgets()
    return field.field_value, dark(Image.frombytes("RGB", (picture.width, picture.height), picture.samples))


def read(content: bytes) -> tuple[dict[str, str], bool]:
    """What the libraries say of the box, and whether both renderers draw a check into it."""
    (value, drawn), (other, also_drawn) = by_pdfium(content), by_mupdf(content)
    (widget,) = pdfplumber.open(io.BytesIO(content)).pages[0].annots
    said = {
        "pypdf": pypdf.PdfReader(io.BytesIO(content)).get_fields()["renewal"].value.removeprefix("/"),
        "PyMuPDF": other,
        "pdfium": value,
        "pdfplumber": widget["data"]["AS"].name,
    }
    assert bool(drawn) == bool(also_drawn)
    return said, bool(drawn)


print("pypdf", pypdf.__version__, "pypdfium2", pypdfium2.PYPDFIUM_INFO, pypdfium2.PDFIUM_INFO, end=" ")
print("PyMuPDF", pymupdf.__version__, "pdfplumber", pdfplumber.__version__)
found = {order: read(pathlib.Path(f"{order}.pdf").read_bytes()) for order in ("added, checked", "checked, added")}
for order, (said, drawn) in found.items():
    print(f"{order}: {said}; pdfium and MuPDF draw a check: {drawn}")
alike = found["added, checked"] == (dict.fromkeys(("pypdf", "PyMuPDF", "pdfium", "pdfplumber"), "Yes"), True)
parted = found["checked, added"] == ({"pypdf": "Yes", "PyMuPDF": "Yes", "pdfium": "Off", "pdfplumber": "Off"}, False)
sys.exit(not (alike and parted))
PY
