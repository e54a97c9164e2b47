"""The documents of the generated note files, and the rules by which notes are scored."""

from __future__ import annotations

import re

import pytest

from tasks.core.records import Footnote, NoteReference, Reading, ReadStatus, Span
from tests.bench.note_files import marks
from tests.bench.note_files.compose import FLOW, Abilities, compose
from tests.bench.note_files.model import Cite, Document, Para, plain
from tests.bench.note_files.truth import NoteTruth, UnknownTruth, bare, find
from tests.bench.note_reading import CODE_WITHIN, judge

SEEDS = range(40)
ABILITIES = Abilities(features=FLOW | {"page", "forms", "line", "glyph"}, places=("foot", "end"))


def documents() -> list[Document]:
    return [compose("any", ABILITIES, seed, house) for seed in SEEDS for house in ("train", "check")]


@pytest.mark.parametrize(
    ("family", "n", "shown"),
    [
        ("sym", 6, "**"),
        ("let", 27, "aa"),
        ("ROM", 14, "XIV"),
        ("circ", 21, "㉑"),
        ("dark", 11, "⓫"),
        ("kome", 3, "※3"),
        ("let_paren", 2, "(b)"),
        ("lenticular", 1, "【注1】"),
    ],
)
def test_a_mark_is_shown_as_its_family_prints_it(family: str, n: int, shown: str) -> None:
    assert marks.mark(family, n) == shown


def test_the_same_seed_makes_the_same_document() -> None:
    assert compose("any", ABILITIES, 7, "train") == compose("any", ABILITIES, 7, "train")
    assert compose("any", ABILITIES, 7, "train") != compose("any", ABILITIES, 8, "train")


def test_each_note_begins_and_ends_with_codes_of_its_own() -> None:
    for document in documents():
        codes = [code for note in document.notes for code in (note.first_code, note.last_code)]
        assert len(set(codes)) == len(codes)
        for note in document.notes:
            text = "".join(plain(pieces, {}) for pieces in note.paragraphs) + "".join(
                text for _, text in note.items
            )
            assert text.count(note.first_code) == text.count(note.last_code) == 1


def test_the_code_stands_close_before_each_first_citation() -> None:
    for document in documents():
        shown = {note.index: "" for note in document.notes}
        told: set[int] = set()
        for block in document.blocks:
            for n, piece in enumerate(block.pieces if isinstance(block, Para) else ()):
                if isinstance(piece, Cite) and not told & set(piece.notes) and isinstance(block, Para):
                    before = re.sub(r"\s", "", plain(block.pieces[:n], shown))
                    assert document.notes[piece.notes[0]].body_code in before[-CODE_WITHIN:]
                    told.update(piece.notes)


def test_some_files_have_no_notes_at_all() -> None:
    empty = [document for document in documents() if not document.notes]
    assert 0 < len(empty) < len(documents()) / 3


def test_a_code_that_is_not_printed_is_refused() -> None:
    with pytest.raises(UnknownTruth, match="K10001"):
        find(["one page", "another"], "K10001")


def test_brackets_and_look_alikes_do_not_count_in_a_mark() -> None:
    assert bare("【注 1】") == bare("注1")
    assert bare("\u2217") == "*"


def reading(text: str, notes: tuple[Footnote, ...]) -> Reading:
    return Reading(ReadStatus.OK, None, (), 1, text, (), (), notes, "test")


def note_at(text: str, words: str, marker: str, ref: int | None, page_number: int = 1) -> Footnote:
    start = text.index(words)
    references = () if ref is None else (NoteReference(ref, ref + 1, 1),)
    return Footnote(marker, (Span(start, start + len(words)),), page_number, page_number, references, 1.0)


TEXT = "Rent is due under K10001.1 More words here.\n1 The tenant pays R10001 as told in Z10001."
WORDS = "The tenant pays R10001 as told in Z10001."
TRUTH = NoteTruth(
    id=0,
    kind="footnote",
    marker="1",
    text=WORDS,
    body_code="K10001",
    first_code="R10001",
    last_code="Z10001",
    ref_page=1,
    page_start=1,
    page_end=1,
)


def test_a_note_behind_its_code_is_found_and_linked() -> None:
    made = judge(reading(TEXT, (note_at(TEXT, WORDS, "(1)", TEXT.index("1 More")),)), [TRUTH])
    assert (made.score.found, made.score.linked, made.false) == (1, 1, [])


def test_a_note_with_another_mark_or_page_is_false() -> None:
    for note in (note_at(TEXT, WORDS, "2", None), note_at(TEXT, WORDS, "1", None, page_number=2)):
        made = judge(reading(TEXT, (note,)), [TRUTH])
        assert (made.score.found, len(made.false), made.missed) == (0, 1, [TRUTH])


def test_a_citation_far_from_its_code_is_not_linked() -> None:
    made = judge(reading(TEXT, (note_at(TEXT, WORDS, "1", TEXT.index("words here") + 10),)), [TRUTH])
    assert (made.score.found, made.score.linked) == (1, 0)


def test_a_note_in_a_file_without_notes_is_counted() -> None:
    made = judge(reading(TEXT, (note_at(TEXT, WORDS, "1", None),)), [])
    assert made.score.in_empty_files == 1
