#!/usr/bin/env bash
# Guess: libraries differ in blanks and line ends, but on the same page they read the same words.
# What happens: `/ActualText` tells programs what to read in place of the letters that are drawn. pypdf and pdfplumber ignore it;
#   pdfium and MuPDF follow it, and not alike: an empty one removes the letters in MuPDF and changes nothing in pdfium, one around a form
#   counts in MuPDF only, one inside a form in both. The page shows EUR 9,000 in all cases. pdfium also makes up the places of such letters:
#   it cuts the box of what is drawn into equal parts, as if they stood on the page. MuPDF has a switch (`TEXT_IGNORE_ACTUALTEXT`).
# Versions: pypdfium2 5.15.2 (pdfium 8149), PyMuPDF 2.0, pypdf 7.1.1, pdfplumber 0.11.10 (pdfminer.six 20260107).
# Why here: a person signs what is drawn. An extraction with pdfium that trusts its text can hold a price that is not to be seen, with a
#   place on the page as its proof. The reader takes the marks off before it loads the text, and marks the words that differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pypdfium2==5.15.2 pymupdf==2.0 pypdf==7.1.1 pdfplumber==0.11.10 pdfminer.six==20260107
"$folder/venv/bin/python" - <<'PY'
import io
import sys

import pdfplumber
import pymupdf
import pypdf
import pypdfium2
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject

FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
PRICE = "BT /F 12 Tf 60 250 Td (EUR 9,000) Tj ET"
OTHER = "/Span <</ActualText (USD 1,000)>> BDC {} EMC"
CASES = {  # what stands on the page, and in the form that it may draw
    "no ActualText": (PRICE, ""),
    "around the letters": (OTHER.format(PRICE), ""),
    "empty": (f"/Span <</ActualText ()>> BDC {PRICE} EMC", ""),
    "around a form": (OTHER.format("/X Do"), PRICE),
    "in a form": ("/X Do", OTHER.format(PRICE)),
}


def page_with(price: str, in_form: str) -> bytes:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = writer._add_object(DictionaryObject({NameObject(key): NameObject(value) for key, value in FONT.items()}))
    fonts = DictionaryObject({NameObject("/F"): font})
    form, content = DecodedStreamObject(), DecodedStreamObject()
    form.set_data(in_form.encode())
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(map(NumberObject, (0, 0, 300, 300)))
    form[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    forms = DictionaryObject({NameObject("/X"): writer._add_object(form)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts, NameObject("/XObject"): forms})
    content.set_data(f"BT /F 12 Tf 20 250 Td (Price ) Tj ET {price} BT /F 12 Tf 130 250 Td (a month) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(content)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def read(content: bytes) -> dict[str, str]:
    texts = {
        "pdfium": pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range(),
        "MuPDF": pymupdf.open(stream=content)[0].get_text(),
        "pypdf": pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text(),
        "pdfplumber": pdfplumber.open(io.BytesIO(content)).pages[0].extract_text(),
    }
    return {library: " ".join(text.split()) for library, text in texts.items()}


def widths(content: bytes, words: str) -> list[float]:
    """The widths of the letters' boxes, as pdfium gives them."""
    page = pypdfium2.PdfDocument(content)[0].get_textpage()
    start = page.get_text_range().index(words)
    boxes = [page.get_charbox(start + number, loose=False) for number in range(len(words))]
    return [round(right - left, 1) for left, _, right, _ in boxes]


print("pypdfium2", pypdfium2.PYPDFIUM_INFO, pypdfium2.PDFIUM_INFO, "PyMuPDF", pymupdf.__version__, end=" ")
print("pypdf", pypdf.__version__, "pdfplumber", pdfplumber.__version__)
found = {case: read(page_with(*drawn)) for case, drawn in CASES.items()}
for case, texts in found.items():
    print(f"{case}: " + "; ".join(f"{library}: {text}" for library, text in texts.items()))
made_up = widths(page_with(*CASES["around the letters"]), "USD 1,000")
true = widths(page_with(*CASES["no ActualText"]), "EUR 9,000")
print("pdfium's widths of the letters of USD 1,000:", made_up, "and of EUR 9,000:", true)
eur, usd, none = "Price EUR 9,000 a month", "Price USD 1,000 a month", "Price a month"
expected = {
    "no ActualText": [eur, eur, eur, eur],
    "around the letters": [usd, usd, eur, eur],
    "empty": [eur, none, eur, eur],
    "around a form": [eur, usd, eur, eur],
    "in a form": [usd, usd, eur, eur],
}
same = {case: list(texts.values()) for case, texts in found.items()} == expected
sys.exit(not (same and max(made_up) - min(made_up) < 0.2 and max(true) - min(true) > 2))
PY
