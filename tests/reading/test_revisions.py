"""A file that was changed after it was signed says what changed; signatures themselves are never verified.

The signed files have a signature's dictionary and a true byte range, and no certificate.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Highlight
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from tasks.core.reading import read_document
from tasks.core.records import Extra, ExtraKind, Reading
from tests.reading.pages import blank

LAW = "This Agreement is governed by the laws of the State of New York."
FEE = "The fee is USD 2,000,000 and is due on March 1, 2023."
_WIDE = 10_000_000_000  # the width of a number of a byte range before it is known


def contract(*, value: str = "") -> bytes:
    """Two pages and a form with one field."""
    buffer, canvas = blank()
    canvas.drawString(72, 700, LAW)
    canvas.acroForm.textfield(name="address", value=value, x=72, y=600)
    canvas.showPage()
    canvas.drawString(72, 700, FEE)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def signed(data: bytes, name: str = "Sig1", *, permission: int | None = None, lock: str = "") -> bytes:
    """The file with one more revision: a signature field whose byte range covers all of it."""

    def add(writer: PdfWriter) -> None:
        value = DictionaryObject(
            {NameObject("/Type"): NameObject("/Sig"), NameObject("/Filter"): NameObject("/X")}
        )
        value[NameObject("/ByteRange")] = ArrayObject([NumberObject(n) for n in (0, _WIDE, _WIDE, _WIDE)])
        value[NameObject("/Contents")] = ByteStringObject(b"\0" * 32)
        if permission is not None:
            rule = DictionaryObject({NameObject("/P"): NumberObject(permission)})
            value[NameObject("/Reference")] = ArrayObject(
                [DictionaryObject({NameObject("/TransformParams"): rule})]
            )
        field = DictionaryObject(
            {NameObject("/FT"): NameObject("/Sig"), NameObject("/T"): TextStringObject(name)}
        )
        field[NameObject("/V")] = writer._add_object(value)
        if lock:
            field[NameObject("/Lock")] = DictionaryObject({NameObject("/Action"): NameObject(lock)})
        form = writer.root_object["/AcroForm"].get_object()
        form["/Fields"].get_object().append(writer._add_object(field))

    file = changed(data, add)
    start = file.rindex(b"/Contents", len(data))
    first = file.index(b"\0" * 8, start) if b"\0" * 8 in file[start:] else file.index(b"(", start)
    end = file.index(b">>", first)
    numbers = [b"0", b"%d" % first, b"%d" % end, b"%d" % (len(file) - end)]
    return re.sub(rb"\[ ?0( %d){3} ?\]" % _WIDE, lambda m: _padded(numbers, len(m[0])), file)


def _padded(numbers: list[bytes], size: int) -> bytes:
    return b"[" + b" ".join(numbers).ljust(size - 2) + b"]"


def changed(data: bytes, change: Callable[[PdfWriter], None]) -> bytes:
    """The file with one more revision."""
    writer = PdfWriter(io.BytesIO(data), incremental=True)
    # pypdf's second update gives a new object the number of the first one's cross-reference stream, and its
    # reader then finds that stream in its place (pypdf 7.1.1): the lost object is this one.
    writer._add_object(NullObject())
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def with_words(data: bytes, page_index: int, old: str, new: str) -> bytes:
    def change(writer: PdfWriter) -> None:
        page = writer.pages[page_index]
        stream = DecodedStreamObject()
        stream.set_data(page.get_contents().get_data().replace(old.encode(), new.encode()))
        page[NameObject("/Contents")] = writer._add_object(stream)

    return changed(data, change)


def filled(data: bytes, value: str) -> bytes:
    return changed(
        data, lambda w: w.update_page_form_field_values(w.pages[0], {"address": value}, auto_regenerate=False)
    )


def revisions(reading: Reading) -> list[Extra]:
    return [extra for extra in reading.extras if extra.kind is ExtraKind.REVISION]


def test_changed_words_are_quoted_with_the_signers_field() -> None:
    reading = read_document(with_words(signed(contract()), 0, "New York", "Nevada"))
    assert "changed_after_signature" in reading.flags
    assert "signed" not in reading.flags
    (change,) = revisions(reading)
    assert (change.page_number, change.name) == (1, "Sig1")
    assert change.text == '"the laws of the State of New York." became "the laws of the State of Nevada."'


def test_unchanged_signed_file_is_signed() -> None:
    reading = read_document(signed(contract()))
    assert "signed" in reading.flags
    assert not revisions(reading)


def test_update_of_an_unsigned_file_is_ordinary() -> None:
    reading = read_document(with_words(contract(), 0, "New York", "Nevada"))
    assert not {"signed", "changed_after_signature"} & set(reading.flags)


def test_further_signature_is_no_change() -> None:
    assert "signed" in read_document(signed(signed(contract()), "Sig2")).flags


def test_change_before_the_second_signature_breaks_the_first_only() -> None:
    file = signed(with_words(signed(contract()), 1, "2,000,000", "9,000,000"), "Sig2")
    (change,) = revisions(read_document(file))
    assert (change.name, change.page_number) == ("Sig1", 2)


def test_change_after_two_signatures_breaks_both() -> None:
    file = with_words(signed(signed(contract()), "Sig2"), 1, "2,000,000", "9,000,000")
    assert [change.name for change in revisions(read_document(file))] == ["Sig1, Sig2"]


def test_blank_field_may_be_filled_in_after_signing() -> None:
    reading = read_document(filled(signed(contract()), "1 First Street"))
    assert "signed" in reading.flags
    (change,) = revisions(reading)
    assert "1 First Street" in change.text
    assert "permits" in change.text


@pytest.mark.parametrize(("permission", "lock"), [(1, ""), (None, "/All")])
def test_filling_in_what_the_signature_locks_is_a_change(permission: int | None, lock: str) -> None:
    reading = read_document(filled(signed(contract(), permission=permission, lock=lock), "1 First Street"))
    assert "changed_after_signature" in reading.flags


def test_another_value_in_a_filled_field_is_a_change() -> None:
    reading = read_document(filled(signed(contract(value="1 First Street")), "2 Second Street"))
    assert "changed_after_signature" in reading.flags
    assert "2 Second Street" in revisions(reading)[0].text


def test_free_text_over_the_page_is_a_change() -> None:
    note = FreeText(text="USD 9,000,000", rect=(72, 690, 300, 720))
    reading = read_document(changed(signed(contract()), lambda w: w.add_annotation(0, note)))
    assert "changed_after_signature" in reading.flags
    assert "USD 9,000,000" in revisions(reading)[0].text


def test_highlight_is_no_change() -> None:
    quad = ArrayObject([FloatObject(n) for n in (72, 712, 300, 712, 72, 695, 300, 695)])
    mark = Highlight(rect=(72, 695, 300, 712), quad_points=quad)
    assert "signed" in read_document(changed(signed(contract()), lambda w: w.add_annotation(0, mark))).flags


def test_metadata_is_no_change() -> None:
    file = changed(signed(contract()), lambda w: w.add_metadata({"/Title": "another"}))
    assert "signed" in read_document(file).flags


def test_white_box_over_words_is_a_change() -> None:
    def paint(writer: PdfWriter) -> None:
        page = writer.pages[0]
        stream = DecodedStreamObject()
        stream.set_data(page.get_contents().get_data() + b"\nq 1 g 72 690 300 24 re f Q")
        page[NameObject("/Contents")] = writer._add_object(stream)

    reading = read_document(changed(signed(contract()), paint))
    assert [change.text for change in revisions(reading)] == ["the page looks different, with the same words"]


def test_added_and_removed_pages_are_told() -> None:
    extra = PdfReader(io.BytesIO(contract())).pages[1]
    added = read_document(changed(signed(contract()), lambda w: w.insert_page(extra, 1)))
    assert [(c.page_number, c.text.partition(":")[0]) for c in revisions(added)] == [
        (2, "the page was added")
    ]
    removed = read_document(changed(signed(contract()), lambda w: w.remove_page(1)))
    assert [c.text.partition(":")[0] for c in revisions(removed)] == ["page 2 was removed"]


@pytest.mark.parametrize(
    "numbers",
    ["0 -5 9 9", "0 99999999999 1 2", "0 500 100 600", "0 10 20 5", "0 1 2", "/A /B /C /D", "5 9 20 9"],
)
def test_byte_range_that_ends_nowhere_is_passed_over(numbers: str) -> None:
    file = with_words(signed(contract()), 0, "New York", "Nevada")
    wrong = re.sub(
        rb"/ByteRange \[[^\]]*\]",
        lambda m: b"/ByteRange [" + numbers.encode().ljust(len(m[0]) - 13) + b"]",
        file,
    )
    reading = read_document(wrong)
    assert reading.text.count("Nevada") == 1
    assert not {"signed", "changed_after_signature"} & set(reading.flags)
