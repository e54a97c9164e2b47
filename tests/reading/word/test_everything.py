"""One document with every construct, each with a word of its own, and two more, through the worker."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from tasks.core.chunking.chunks import chunk_document
from tasks.core.chunking.live import live_text
from tasks.core.reading import FileKind, read_document
from tasks.core.reading.json_form import reading_from_json, reading_to_json
from tasks.core.reading.version import WORD_VERSION
from tasks.core.records import ExtraKind, LineTag, MarkKind, Reading, ReadStatus
from tests.reading.word.packages import body_lines, notes_of

FOLDER = Path(__file__).parent / "documents"
LIVE = [
    "zplain",
    "zhead1",
    "zhead2",
    "zhyph",
    "ztab",
    "zafterbr",
    "zafterlrpb",
    "zlink",
    "zsmart",
    "zcommented",
    "zcell1",
    "zfldresult",
    "zfldsimple",
    "zsdtblock",
    "zsdtcell",
    "zsdtrun",
    "zbox",
    "zcite1",
    "zcite2",
    "zcite3",
    "zmarkone",
    "zmarktwo",
    "zsub1",
    "zsub2",
    "zsuba",
    "zsubi",
]
INSERTED = ("zinserted", "zmoveto")
STRUCK = ("zdeleted", "zdelrow ", "zdelrowb", "zmovefrom", "zinsdel", "zdelfn", "zstruck")


@lru_cache
def everything() -> Reading:
    return read_document(FOLDER / "X-everything.docx", kind=FileKind.WORD)


def kinds_on(reading: Reading, word: str) -> set[MarkKind]:
    at = reading.text.index(word)
    return {mark.kind for mark in reading.marks if mark.start <= at < mark.end}


@pytest.mark.parametrize("word", LIVE)
def test_a_live_word_is_read_once_and_unmarked(word: str) -> None:
    reading = everything()
    assert reading.text.count(word) == 1
    assert kinds_on(reading, word) == set()
    assert sum(chunk.passages[0].text.count(word) for chunk in chunk_document(reading)) == 1


@pytest.mark.parametrize("word", INSERTED)
def test_inserted_and_moved_words_are_live_and_told(word: str) -> None:
    assert everything().text.count(word) == 1
    assert kinds_on(everything(), word) == {MarkKind.INSERTED}


@pytest.mark.parametrize("word", STRUCK)
def test_a_deleted_word_is_kept_struck_and_in_no_chunk(word: str) -> None:
    reading = everything()
    assert reading.text.count(word) == 1
    assert kinds_on(reading, word) == {MarkKind.STRUCK}
    assert word not in live_text(reading)
    assert not any(word in passage.text for chunk in chunk_document(reading) for passage in chunk.passages)


def test_notes_stand_beside_the_words_before_their_citations() -> None:
    marks = [(marker, before, text) for marker, before, text in notes_of(everything())]
    assert marks == [
        ("1", "The fee is 2%", "zfootnote The fee rises to 3%."),
        ("2", "Deleted reference", "zdelfn deleted note."),
        ("i", "An endnote", "zendnote text."),
    ]
    tags = [
        line.tag for line in everything().lines if "zfootnote" in everything().text[line.start : line.end]
    ]
    assert tags == [LineTag.NOTE]


def test_a_comment_is_listed_beside_the_text() -> None:
    reading = everything()
    assert "zcomment " not in reading.text
    assert [(e.kind, e.page_number, e.name, e.text) for e in reading.extras] == [
        (ExtraKind.ANNOTATION, 1, "comment", "A: zcomment please confirm")
    ]


def test_hidden_words_headers_and_instructions_are_no_text() -> None:
    reading = everything()
    assert kinds_on(reading, "zhidden") == {MarkKind.HIDDEN}
    header = next(line for line in reading.lines if "zheader" in reading.text[line.start : line.end])
    assert header.tag is LineTag.RUNNING
    assert "zinstr" not in reading.text


def test_numbers_pages_and_signs_are_those_of_word() -> None:
    lines = body_lines(everything())
    for shown in (
        "Section 1. zhead1 Term",
        "2.1 zsub1 First.",
        "2.2 zsub2 Second.",
        "(a) zsuba letter a.",
        "(i) zsubi roman.",
        "zmarkone first half zmarktwo second half",
        "zhyph non-renewal and tab\tztab end; symbol ☒",
        "Dated zfldsimple 5 May 2020.",
        "zcell1 Amount\tzsdtcell USD 7",
    ):
        assert shown in lines
    pages = {
        n.page_number: everything().text[n.start : n.end] for n in everything().lines if n.tag is LineTag.BODY
    }
    assert everything().n_pages == 3
    assert pages[2].startswith("zafterlrpb")
    assert {"redline", "hidden_text", "annotations", "pages_as_last_saved"} <= set(everything().flags)


def test_a_reading_survives_its_json() -> None:
    assert reading_from_json(reading_to_json(everything())) == everything()
    assert (everything().status, everything().reader_version) == (ReadStatus.OK, WORD_VERSION)


def test_an_amount_stays_apart_from_the_marker_behind_it() -> None:
    reading = read_document(FOLDER / "21-footnotes.docx", kind=FileKind.WORD)
    assert [(marker, before[-13:]) for marker, before, _ in notes_of(reading)] == [
        ("1", "USD 5,000,000"),
        ("2", "2% per annum."),
    ]
    assert "5,000,0001" not in reading.text
    assert len(chunk_document(reading)[0].passages) == 3


def test_a_redline_reads_as_it_would_if_accepted() -> None:
    reading = read_document(FOLDER / "01-redline.docx", kind=FileKind.WORD)
    live = live_text(reading)
    for gone in ("New York", "automatically renew", "for convenience", "2,000,000", "five (5)"):
        assert gone in reading.text and gone not in live
    assert "exceed the sum of USD 500,000." in live and "laws of Sweden" in live
