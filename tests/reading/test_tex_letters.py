"""Ligatures and quotes of TeX's bitmap fonts, which have no names and no Unicode maps."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
)

from tasks.core.reading import read_document
from tests.reading.pages import blank


def page_in_bitmap_font(content: bytes) -> bytes:
    """One line in a Type 3 font with a glyph for each code, as pdfTeX and dvips write it."""
    buffer, canvas = blank()
    canvas.showPage()
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(buffer))
    glyph = DecodedStreamObject()
    glyph.set_data(b"50 0 0 0 45 70 d1 5 0 35 60 re f")
    drawn = writer._add_object(glyph)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type3"),
            NameObject("/FontMatrix"): ArrayObject(map(FloatObject, (0.01, 0, 0, 0.01, 0, 0))),
            NameObject("/FontBBox"): ArrayObject(map(NumberObject, (0, 0, 50, 70))),
            NameObject("/FirstChar"): NumberObject(0),
            NameObject("/LastChar"): NumberObject(255),
            NameObject("/Widths"): ArrayObject([NumberObject(50)] * 256),
            NameObject("/Encoding"): DictionaryObject(
                {
                    NameObject("/Differences"): ArrayObject(
                        [NumberObject(0), *(NameObject(f"/a{code}") for code in range(256))]
                    )
                }
            ),
            NameObject("/CharProcs"): DictionaryObject(
                {NameObject(f"/a{code}"): drawn for code in range(256)}
            ),
        }
    )
    page = writer.pages[0]
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
    )
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 10 Tf 72 700 Td (" + content + b") Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("fi", "ffi", "opening", "closing"),
    [(0x1C, 0x1E, b"\\020", b"\\021"), (0x0C, 0x0E, b"\\\\", b'"')],
    ids=["T1", "OT1"],
)
def test_ligatures_and_quotes_of_a_bitmap_font_are_letters(
    fi: int, ffi: int, opening: bytes, closing: bytes
) -> None:
    content = b"".join(
        (b"forty-\\%03ove (45) days to the " % fi, opening, b"o\\%03oce" % ffi, closing, b" of the Client.")
    )
    reading = read_document(page_in_bitmap_font(content))
    assert reading.text == "forty-five (45) days to the \u201coffice\u201d of the Client.\n"


def test_line_with_a_code_that_is_a_carriage_return_is_not_broken() -> None:
    reading = read_document(page_in_bitmap_font(b"principles of con\\015icts and o\\016ces"))
    assert reading.text == "principles of conflicts and offices\n"


def test_quotes_stay_as_they_are_in_a_font_without_codes() -> None:
    reading = read_document(page_in_bitmap_font(b'The "Client" {one|two}'))
    assert reading.text == 'The "Client" {one|two}\n'
