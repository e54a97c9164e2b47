"""Plain texts, through the same worker as PDFs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading import FileKind, Limits, kind_of, read_document
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.plain_text import take_text
from tasks.core.reading.version import TEXT_VERSION
from tasks.core.records import LineTag, Reading, ReadStatus

AGREEMENT = (
    "SERVICES AGREEMENT\n\nThis Agreement is made on 3 May 2006\nbetween Alpha and Beta.\n\f"
    "1. Term\n\nThe term is five years.\n\n\nIt renews by itself.\n"
)
LETTERS = st.text(st.sampled_from("ab .\n\f\r\t漢"), max_size=60)


def read(text: str, limits: Limits = DEFAULT_LIMITS) -> Reading:
    return read_document(text.encode(), limits, kind=FileKind.TEXT)


def shown(reading: Reading) -> list[str]:
    return [reading.text[n.start : n.end] for n in reading.lines]


def test_a_form_feed_ends_a_page_and_the_text_is_the_files() -> None:
    reading = read(AGREEMENT)
    assert (reading.status, reading.n_pages, reading.reader_version) == (ReadStatus.OK, 2, TEXT_VERSION)
    assert reading.text == AGREEMENT.replace("\f", "\n")
    assert reading.text[reading.pages[1].start :].startswith("1. Term")


def test_a_form_feed_at_the_end_begins_no_page() -> None:
    assert read("one\n\ftwo\n\f\n").n_pages == 2


def test_line_ends_of_windows_are_plain_ones_and_the_byte_order_mark_goes() -> None:
    reading = read_document(b"\xef\xbb\xbfone\r\ntwo\r\n", kind=FileKind.TEXT)
    assert shown(reading) == ["one\n", "two\n"]


def test_blank_lines_belong_to_the_line_above_and_begin_a_paragraph() -> None:
    lines = ["wrapped at this width and going on", "to the end of the paragraph", "and further still"]
    text = "\n".join(lines) + "\n\n" + "\n".join(lines) + "\n"
    reading = read(text)
    assert shown(reading)[2] == "and further still\n\n"
    chunks = chunk_document(reading, max_chars=120)
    assert [c.passages[0].text for c in chunks] == [text[: len(text) // 2 + 1], text[len(text) // 2 + 1 :]]


def test_what_repeats_on_every_page_is_a_running_line() -> None:
    pages = [
        f"Alpha / Beta\n\n{word} is agreed here at some length.\n\n{n}\n" for n, word in enumerate("wxyz", 1)
    ]
    reading = read("\f".join(pages))
    running = [reading.text[n.start : n.end].strip() for n in reading.lines if n.tag is LineTag.RUNNING]
    assert running == [part for n in range(1, 5) for part in ("Alpha / Beta", str(n))]


def test_a_single_page_has_no_running_line() -> None:
    assert {n.tag for n in read("Contract\n\nIt ends in\n\n2006\n").lines} == {LineTag.BODY}


@pytest.mark.parametrize(
    ("data", "limits", "reason"),
    [
        (b"", Limits(), "empty_file"),
        (b" \n\f\n", Limits(), "no_text"),
        (b"caf\xe9", Limits(), "not_utf8"),
        ("one".encode("utf-16"), Limits(), "not_utf8"),
        (b"a\0b", Limits(), "not_a_text"),
        (b"%PDF-1.7 ...", Limits(), "wrong_type:pdf"),
        (b"one\ftwo\fthree", Limits(max_pages=2), "too_many_pages"),
        (b"one and two", Limits(max_bytes=5), "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, limits: Limits, reason: str) -> None:
    reading = read_document(data, limits, kind=FileKind.TEXT)
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, reason)


def test_the_name_of_a_file_says_that_it_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "deal.TXT"
    path.write_text(AGREEMENT, encoding="utf-8")
    assert read_document(path).status is ReadStatus.OK
    assert [kind_of(n) for n in ("s/deal.TXT", "deal.pdf", "txt")] == [
        FileKind.TEXT,
        FileKind.PDF,
        FileKind.PDF,
    ]


def test_a_text_that_is_named_as_a_pdf_is_no_pdf() -> None:
    assert read_document(AGREEMENT.encode()).reason == "not_a_pdf"


@given(LETTERS)
def test_lines_and_pages_cover_every_character_once(text: str) -> None:
    reading = take_text(text.encode(), DEFAULT_LIMITS)
    if reading.status is ReadStatus.OK:
        assert "".join(shown(reading)) == reading.text
        assert "".join(reading.text[p.start : p.end] for p in reading.pages) == reading.text
        assert all(a.end == b.start for a, b in zip(reading.pages, reading.pages[1:], strict=False))
        chunks = chunk_document(reading)
        body = "".join(reading.text[n.start : n.end] for n in reading.lines if n.tag is LineTag.BODY)
        assert "".join(c.passages[0].text for c in chunks) == body
