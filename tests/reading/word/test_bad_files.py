"""Files that are no Word documents, or damaged or dangerous ones: each told, nothing fetched or run."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from tasks.core.reading import FileKind, read_document
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.refusals import MEANINGS
from tasks.core.reading.version import WORD_VERSION
from tasks.core.reading.word.document import take_word
from tasks.core.records import Reading, ReadStatus
from tests.reading.word.packages import (
    MAIN_TYPE,
    SPACES,
    body_lines,
    cite,
    docx,
    note,
    numbered,
    p,
    packed,
    read,
    relation,
    run,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
STRICT = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "http://purl.oclc.org/ooxml/wordprocessingml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def take(data: bytes) -> Reading:
    return take_word(data, DEFAULT_LIMITS)


def files_of(data: bytes) -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (OLE, "wrong_type:ole"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password_required"),
        (b"%PDF-1.7\n", "wrong_type:pdf"),
        (b"{\\rtf1 words}", "wrong_type:rtf"),
        (b"Plain words.", "not_a_word_file"),
        (b"PK\x03\x04 cut off", "word_broken"),
        (
            packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}),
            "wrong_type:odt",
        ),
        (packed({"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>"}), "wrong_type:excel"),
        (packed({"[Content_Types].xml": "<a/>", "ppt/presentation.xml": "<a/>"}), "wrong_type:powerpoint"),
        (packed({"photo.jpg": b"x"}), "not_a_word_file"),
        (packed({"[Content_Types].xml": "<a/>", "word/styles.xml": "<a/>"}), "word_broken"),
        (docx(""), "no_text"),
        (docx("<w:p>"), "word_broken"),
        (docx('<w:p><w:r><w:drawing><a:blip r:embed="i"/></w:drawing></w:r></w:p>'), "word_images_only"),
    ],
)
def test_it_is_refused_with_a_reason(data: bytes, code: str) -> None:
    reading = take(data)
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, code)
    assert reading.reader_version == WORD_VERSION
    assert code in MEANINGS


def test_too_many_bytes_in_the_file_a_part_or_the_package_are_refused() -> None:
    data = docx(p("Words. " * 100) * 500)
    for name, value, code in (
        ("max_bytes", 100, "too_large"),
        ("max_word_part_bytes", 100_000, "decompression_limit"),
        ("max_word_bytes", 100_000, "decompression_limit"),
    ):
        assert take_word(data, replace(DEFAULT_LIMITS, **{name: value})).reason == code


def test_too_many_pages_are_refused_if_the_file_says_so_and_not_by_estimate() -> None:
    limits = replace(DEFAULT_LIMITS, max_pages=3)
    breaks = p('<w:r><w:br w:type="page"/><w:t>Page.</w:t></w:r>')
    assert take_word(docx(breaks * 5), limits).reason == "too_many_pages"
    assert take_word(docx(p("Words. " * 100) * 50), limits).n_pages == 3


def test_a_directory_that_lies_about_sizes_does_not_help_a_bomb() -> None:
    data = bytearray(docx(p("x" * 300_000)))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")  # the size after decompression
    assert (
        take_word(bytes(data), replace(DEFAULT_LIMITS, max_word_part_bytes=200_000)).status
        is ReadStatus.ERROR
    )


def test_entities_are_not_resolved() -> None:
    files = files_of(docx(p("Words.")))
    inner = f"<w:document {SPACES}><w:body>{p('&x;')}</w:body></w:document>"
    files["word/document.xml"] = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>{inner}'
    assert take(packed(files)).reason == "word_entities"


def test_a_broken_side_part_costs_only_itself() -> None:
    reading = read(
        p(run("Fee") + cite(1)) + numbered("Rent"),
        footnotes=b"<w:footnotes",
        numbering=b"<w:num",
        comments=b"&",
    )
    assert body_lines(reading) == ["Fee[1]", "Rent"]
    assert "parts_not_read" in reading.flags


def test_a_part_that_is_named_but_missing_costs_nothing() -> None:
    reading = take(
        docx(p("Words."), relations=relation("image", "../NULL") + relation("styles", "gone.xml", key="x2"))
    )
    assert body_lines(reading) == ["Words."]


def test_a_part_with_a_wrong_check_sum_is_broken() -> None:
    data = bytearray(packed({**files_of(docx(p("Words."), footnotes=note(1, "N")))}))
    at = data.find(b"PK\x01\x02")
    while b"footnotes" not in data[at : at + 80]:
        at = data.find(b"PK\x01\x02", at + 4)
    data[at + 16] ^= 0xFF
    reading = take(bytes(data))
    assert "parts_not_read" in reading.flags or reading.footnotes == ()
    assert body_lines(reading) == ["Words."]


def test_strict_files_are_read() -> None:
    files = files_of(docx(p(run("Fee") + cite(1)), footnotes=note(1, "N.")))
    for name, content in files.items():
        text = content.decode() if isinstance(content, bytes) else content
        for usual, strict in STRICT.items():
            text = text.replace(usual, strict)
        files[name] = text
    reading = take(packed(files))
    assert body_lines(reading) == ["Fee[1]"]
    assert len(reading.footnotes) == 1


def test_macros_are_told() -> None:
    kind = "application/vnd.ms-word.document.macroEnabled.main+xml"
    assert "macros" in take(docx(p("Words."), main_type=kind)).flags
    assert "macros" in take(docx(p("Words."), relations=relation("vbaProject", "vbaProject.bin"))).flags
    assert "macros" not in take(docx(p("Words."), main_type=MAIN_TYPE)).flags


@pytest.mark.parametrize(
    ("kind", "is_told"), [("image", True), ("attachedTemplate", True), ("hyperlink", False)]
)
def test_links_that_bring_content_are_told(kind: str, is_told: bool) -> None:
    reading = take(docx(p("Words."), relations=relation(kind, "http://example.com/x", external=True)))
    assert ("external_links" in reading.flags) == is_told


def test_many_paragraphs_are_read_within_the_limits() -> None:
    reading = read_document(docx(p("One more clause of rent.") * 20_000), kind=FileKind.WORD)
    assert (reading.status, len(reading.lines)) == (ReadStatus.OK, 20_000)


def test_deeply_nested_tables_are_refused_or_read_and_never_crash() -> None:
    body = p("Words.")
    for _ in range(60):
        body = f"<w:tbl><w:tr><w:tc>{body}{p('')}</w:tc></w:tr></w:tbl>"
    assert "Words." in read_document(docx(body), kind=FileKind.WORD).text
