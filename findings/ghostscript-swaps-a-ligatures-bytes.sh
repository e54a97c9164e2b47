#!/usr/bin/env bash
# Guess: a PDF that went through ghostscript gives the text that it gave before.
# What happens: a glyph that stands for several letters (its font maps it to <00660069>, "fi") comes out with the bytes of each letter
#   swapped: U+6600 U+6900, two CJK letters, so that "final" is no longer found. Of three letters ("ffi", <006600660069>) two come out, and
#   the second is the sum of the last two: U+6600 U+CF00, since 0x66 + 0x69 = 0xCF. So it is for each version of PDF that pdfwrite writes.
# Versions: ghostscript 10.00.0 (Debian 12), typst 0.15.0, pypdf 7.1.1, pypdfium2 5.15.2.
# Why here: the page looks right, and a search for "office" or "certificate" finds nothing in such a contract. Swapping the bytes back, as is
#   advised, mends "fi" and leaves "office" broken. The reader mends both by the arithmetic, and leaves CJK text next to Latin alone.
set -euo pipefail
command -v gs >/dev/null || { echo "needs ghostscript (Debian: ghostscript)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet typst==0.15.0 pypdf==7.1.1 pypdfium2==5.15.2
echo 'The final office.' >"$folder/page.typ"
"$folder/venv/bin/python" -c "import typst; typst.compile('$folder/page.typ', output='$folder/before.pdf')"
gs --version
for level in 1.4 1.7; do
  gs -q -o "$folder/after-$level.pdf" -sDEVICE=pdfwrite -dCompatibilityLevel=$level "$folder/before.pdf"
done
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys

import pypdf
import pypdfium2


def texts(name):
    path = f"{sys.argv[1]}/{name}.pdf"
    with pypdfium2.PdfDocument(path) as document:
        found = {"pdfium": document[0].get_textpage().get_text_bounded(), "pypdf": pypdf.PdfReader(path).pages[0].extract_text()}
    for reader, text in found.items():
        print(f"{name:10s} {reader:7s} {text.strip().encode('unicode_escape').decode()}")
    return found.values()


SWAPPED = "The \u6600\u6900nal o\u6600\ucf00ce."
assert all(text.strip() == "The final office." for text in texts("before")), "the file itself reads wrong"
for level in ("1.4", "1.7"):
    assert all(text.strip() == SWAPPED for text in texts(f"after-{level}")), "ghostscript swaps no longer"
PY
