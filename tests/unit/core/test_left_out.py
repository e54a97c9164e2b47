"""Files that are not read are named, with what to do; hidden ones are only counted."""

from __future__ import annotations

import pytest

from tasks.core.left_out import NEEDS_OCR, LeftOut, is_hidden, why_left_out


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a.pdf", None),
        ("A.PDF", None),
        ("a.docx", None),
        ("a.eml", None),
        ("scan.jpeg", None),
        ("lease", None),
        ("Lease No. 12", None),
        ("lease v1.2", None),
        ("Deed of Berg & Co.", None),
        ("a.xlsx", ""),
        ("side-letter.docx.tmp", ""),
        ("a.zip", "unpack it"),
        ("old.doc", "save it as .docx"),
        ("a.7z", "unpack it"),
    ],
)
def test_suffix_decides(name: str, why: str | None) -> None:
    assert why_left_out(name, has_ocr=True) == why


def test_images_need_ocr() -> None:
    assert (why_left_out("a.tif", has_ocr=False), why_left_out("a.tif", has_ocr=True)) == (NEEDS_OCR, None)


@pytest.mark.parametrize(
    "path", [".DS_Store", "~$lease.docx", "Thumbs.db", "x/._a.pdf", ".git/a.pdf", "__MACOSX/a.pdf"]
)
def test_files_of_programs_are_hidden(path: str) -> None:
    assert is_hidden(path)


def test_files_are_named_with_the_reason_and_hidden_ones_counted() -> None:
    left = LeftOut()
    paths = ["a.pdf", "b/side-letter.docx.tmp", "scan.tif", ".DS_Store", "~$a.docx"]
    assert [left.takes(path, has_ocr=False) for path in paths] == [False, True, True, True, True]
    assert left.in_words() == (
        f"2 files left out: side-letter.docx.tmp, scan.tif ({NEEDS_OCR}); 2 hidden or lock files not looked at"
    )


def test_more_than_ten_are_counted() -> None:
    left = LeftOut()
    for n in range(1012):
        left.add(f"{n}.xlsx")
    assert left.in_words("attachment").startswith("1,012 attachments left out: 0.xlsx, 1.xlsx, ")
    assert left.in_words().endswith(", 9.xlsx and 1,002 more") and len(left.names) == 10


def test_nothing_is_said_of_nothing() -> None:
    assert LeftOut().in_words() == ""


def test_file_without_a_suffix_may_be_told_to_be_left_out() -> None:
    assert LeftOut().takes("x/Makefile", has_ocr=False, needs_suffix=True)
    assert not LeftOut().takes("x/a.pdf", has_ocr=False, needs_suffix=True)


def test_a_key_that_the_database_cannot_hold_is_named_and_never_recorded_as_another() -> None:
    left_out = LeftOut()
    assert left_out.takes("in/a\0b.pdf", has_ocr=True, under="in/")
    assert "PostgreSQL cannot store: rename it" in left_out.in_words()
    assert not left_out.takes("in/a\u2400b.pdf", has_ocr=True, under="in/")
