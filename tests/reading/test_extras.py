"""Form values, annotations and attachments are listed, and none of it is document text."""

from __future__ import annotations

import io
import json

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
)

from tasks.core.reading import read_document
from tasks.core.reading.json_form import public_json, reading_from_json, reading_to_json
from tasks.core.reading.seen.extras import MAX_EXTRA_CHARS
from tasks.core.records import Extra, ExtraKind
from tests.reading.pages import blank, contract


def with_extras() -> bytes:
    """A contract of two pages with a comment, free text and an attachment."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(contract(2))))
    writer.add_annotation(1, Text(rect=(50, 550, 70, 570), text="We never agreed to this."))
    writer.add_annotation(0, FreeText(rect=(50, 550, 200, 650), text="DRAFT ONLY"))
    writer.add_attachment("price list.csv", b"item;price")
    return written(writer)


def with_form() -> bytes:
    buffer, canvas = blank()
    canvas.drawString(72, 700, "The Investor signs here:")
    canvas.showPage()
    canvas.acroForm.textfield(name="investor", value="Ada Lovelace", x=72, y=600)
    canvas.acroForm.textfield(name="witness", value="", x=72, y=500)
    canvas.acroForm.checkbox(name="accepts", checked=True, x=72, y=400)
    canvas.acroForm.checkbox(name="declines", checked=False, x=72, y=300)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def written(writer: PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_annotations_are_listed_with_their_pages() -> None:
    reading = read_document(with_extras())
    notes = [e for e in reading.extras if e.kind is ExtraKind.ANNOTATION]
    assert notes == [
        Extra(ExtraKind.ANNOTATION, 1, "FreeText", "DRAFT ONLY"),
        Extra(ExtraKind.ANNOTATION, 2, "Text", "We never agreed to this."),
    ]
    assert "annotations" in reading.flags


def test_attachments_are_listed_by_name() -> None:
    reading = read_document(with_extras())
    assert [e.name for e in reading.extras if e.kind is ExtraKind.ATTACHMENT] == ["price list.csv"]
    assert "has_attachments" in reading.flags


def test_filled_fields_are_listed_with_page_and_value() -> None:
    reading = read_document(with_form())
    assert reading.extras == (
        Extra(ExtraKind.FORM_VALUE, 2, "investor", "Ada Lovelace"),
        Extra(ExtraKind.FORM_VALUE, 2, "accepts", "Yes"),
    )
    assert "form_values" in reading.flags


def test_extras_are_no_document_text() -> None:
    plain, carrying = read_document(contract(2)), read_document(with_extras())
    assert carrying.text == plain.text
    assert plain.extras == ()


def test_extras_come_back_through_json_and_are_public() -> None:
    reading = read_document(with_extras())
    assert reading_from_json(json.loads(json.dumps(reading_to_json(reading)))) == reading
    shown = public_json(reading)["extras"]
    assert {"kind": "annotation", "page_number": 1, "name": "FreeText", "text": "DRAFT ONLY"} in shown


def test_a_very_long_comment_is_cut() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(contract(1))))
    writer.add_annotation(0, Text(rect=(50, 550, 70, 570), text="a" * (MAX_EXTRA_CHARS + 1)))
    (extra,) = read_document(written(writer)).extras
    assert len(extra.text) == MAX_EXTRA_CHARS


def test_a_parent_that_is_its_own_child_ends() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(with_form())))
    widget = writer.pages[1]["/Annots"][0].get_object()
    widget[NameObject("/Parent")] = widget.indirect_reference
    reading = read_document(written(writer))
    assert reading.status.value == "ok"


def updated(data: bytes, page_index: int, text: str) -> bytes:
    """The file with a comment added by pypdf as an update behind its end."""
    writer = PdfWriter(io.BytesIO(data), incremental=True)
    writer.add_annotation(page_index, Text(rect=(50, 550, 70, 570), text=text))
    return written(writer)


def test_a_file_that_was_updated_twice_loses_no_annotation() -> None:
    reading = read_document(updated(updated(contract(2), 0, "the first"), 1, "the second"))
    assert [extra.text for extra in reading.extras] == ["the first", "the second"]
    assert "extras_incomplete" not in reading.flags


ODD_VALUES: tuple[PdfObject, ...] = (
    NumberObject(10**30),
    NameObject("/Odd"),
    ByteStringObject(b"\xff\xfe\x00\xd8"),
    ArrayObject([NumberObject(1), ArrayObject(), NullObject()]),
)


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize(
    "key", ["T", "V", "FT", "Ff", "Kids", "Parent", "AP", "AS", "DA", "Opt", "Rect", "F"]
)
def test_a_broken_field_loses_neither_the_document_nor_the_others(key: str, odd: PdfObject) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(with_form())))
    writer.pages[1]["/Annots"][2].get_object()[NameObject(f"/{key}")] = odd
    reading = read_document(written(writer))
    assert reading.status.value == "ok"
    assert "Ada Lovelace" in [extra.text for extra in reading.extras]


def test_fields_that_cannot_be_read_are_told() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(with_form())))
    writer._root_object["/AcroForm"]["/Fields"].append(NumberObject(3))
    reading = read_document(written(writer))
    assert "extras_incomplete" in reading.flags
    assert "Ada Lovelace" in [extra.text for extra in reading.extras]


def test_a_name_that_is_no_text_is_listed() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(with_form())))
    writer.pages[1]["/Annots"][0].get_object()[NameObject("/T")] = ByteStringObject(b"\xff\xfe\x00")
    (name, _) = [extra.name for extra in read_document(written(writer)).extras]
    assert name and "\x00" not in name


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize("key", ["AcroForm", "Names", "OpenAction", "Perms", "OCProperties", "AF"])
def test_a_broken_catalog_loses_no_text(key: str, odd: PdfObject) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(contract(1))))
    writer._root_object[NameObject(f"/{key}")] = odd
    assert read_document(written(writer)).text == read_document(contract(1)).text
