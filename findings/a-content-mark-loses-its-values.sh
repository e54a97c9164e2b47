#!/usr/bin/env bash
# Guess: `FPDFPageObjMark_GetParamStringValue` reads what a content mark says: the `/Subtype` of an artifact, and the `/ActualText` of a
#   span as UTF-16, as fpdf_edit.h promises.
# What happens: for a *name* it returns false. pdfium says that the value is a name (`GetParamValueType`), and has no function that
#   gives it: `/Artifact <</Subtype /Watermark>>` and `/Artifact <</Subtype /Header>>` are the same. A *string* in UTF-16,
#   the form for all that is not Latin, is taken for UTF-8: the result is other letters, and the call succeeds. Only the blob is right.
# Versions: pypdfium2 5.15.2 (pdfium 8149), pypdf 7.1.1 (writes the page).
# Why here: DRAFT across a contract is not told from its page header by its mark, so the reader asks for slant, size and place as well. And
#   the words that a file gives in place of its letters have to be taken as a blob and decoded, or an honest file looks forged.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pypdfium2==5.15.2 pypdf==7.1.1
"$folder/venv/bin/python" - <<'PY'
import ctypes
import io
import sys

import pypdf
import pypdfium2
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
KEYS = {
    "/Artifact <</Type /Pagination /Subtype /Watermark>>": "Subtype",
    "/Artifact <</Type /Pagination /Subtype /Header>>": "Subtype",
    "/Span <</ActualText (fee)>>": "ActualText",
    "/Span <</ActualText <FEFF006600650065>>>": "ActualText",  # fee
    "/Span <</ActualText <FEFF4E00>>>": "ActualText",  # 一, one
}


def page_with(mark: str) -> bytes:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = writer._add_object(DictionaryObject({NameObject(key): NameObject(value) for key, value in FONT.items()}))
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F"): font})})
    content = DecodedStreamObject()
    content.set_data(f"{mark} BDC BT /F 12 Tf 50 150 Td (DRAFT) Tj ET EMC".encode())
    page[NameObject("/Contents")] = writer._add_object(content)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def values(content: bytes, key: str) -> tuple[bool, str | None, bytes | None]:
    """Whether it is a name, the string that pdfium gives, and the blob."""
    raw = pypdfium2.raw
    document = pypdfium2.PdfDocument(content)
    page = document[0]
    mark = raw.FPDFPageObj_GetMark(next(iter(page.get_objects())), 0)
    size = ctypes.c_ulong()
    words, blob = (ctypes.c_ushort * 50)(), (ctypes.c_ubyte * 100)()
    has_words = raw.FPDFPageObjMark_GetParamStringValue(mark, key.encode(), words, 100, size)
    string = bytes(words)[: size.value - 2].decode("utf-16-le") if has_words else None
    has_blob = raw.FPDFPageObjMark_GetParamBlobValue(mark, key.encode(), blob, 100, size)
    is_name = raw.FPDFPageObjMark_GetParamValueType(mark, key.encode()) == raw.FPDF_OBJECT_NAME
    return is_name, string, bytes(blob[: size.value]) if has_blob else None


print("pypdfium2", pypdfium2.PYPDFIUM_INFO, pypdfium2.PDFIUM_INFO, "pypdf", pypdf.__version__)
found = []
for mark, key in KEYS.items():
    found.append(values(page_with(mark), key))
    print(f"{mark}: a name: {found[-1][0]}, string: {found[-1][1]!r}, blob: {found[-1][2]!r}")
names_are_lost = found[0] == found[1] == (True, None, None)
latin_is_right = found[2] == (False, "fee", b"fee")
utf16_is_garbled = found[3][1] not in ("fee", None) and found[4][1] not in ("一", None)
blobs_are_right = found[3][2].decode("utf-16") == "fee" and found[4][2].decode("utf-16") == "一"
print("the name is lost:", names_are_lost, "- UTF-16 comes out as other letters:", utf16_is_garbled, "- its blob is right:", blobs_are_right)
sys.exit(not (names_are_lost and latin_is_right and utf16_is_garbled and blobs_are_right))
PY
