"""Notes of a redline, over lines without a PDF."""

from __future__ import annotations

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.footnotes import find_notes
from tasks.core.reading.notes.note_links import PageNote
from tasks.core.records import LineTag, MarkKind
from tests.unit.core.reading.page_lines import line

Range = tuple[int, int]
BODY = "The price is paid within thirty days of the invoice and in euros."


def body(y: float, *raised: Range, struck: tuple[Range, ...] = (), text: str = BODY) -> PageLine:
    shown = line(text, y=y, raised=raised)
    shown.marks = tuple((*bounds, MarkKind.STRUCK) for bounds in struck)
    return shown


def note(text: str, y: float, n_raised: int, *struck: Range) -> PageLine:
    shown = line(text, y=y, size=8, raised=((0, n_raised),))
    shown.marks = tuple((*bounds, MarkKind.STRUCK) for bounds in struck)
    return shown


def notes_of(*lines: PageLine) -> list[PageNote]:
    page = [*(line(BODY, y=700 - 14 * i) for i in range(4)), *lines]
    return find_notes([page], [[]])


def links(notes: list[PageNote]) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(n.marker.text, [(m.text, m.start) for _, m in n.references]) for n in notes]


def test_note_with_a_new_number_is_cited_by_the_new_number() -> None:
    cited = body(600, (13, 15), struck=((13, 14),), text="The price is.12 paid")
    assert links(notes_of(cited, note("12 Net of tax.", 80, 2, (0, 1)))) == [("2", [("2", 14)])]


def test_struck_note_keeps_its_lines_and_live_citations_pass_it_over() -> None:
    gone = body(600, (13, 14), struck=((9, 14),), text="The price is.1 paid")
    moved = body(586, (13, 15), struck=((13, 14),), text="The delay is.21 long")
    struck = note("1 Old words of it.", 90, 1, (0, 18))
    found = notes_of(gone, moved, struck, note("21 Net of tax.", 78, 2, (0, 1)))
    assert struck.tag is LineTag.NOTE
    assert [(n.marker.text, n.marker.is_struck) for n in found] == [("1", True), ("1", False)]
    assert [[ref is gone for ref, _ in n.references] for n in found] == [[True], [False]]


def test_note_whose_citation_is_struck_stays_a_note_without_one() -> None:
    gone = body(600, (13, 14), struck=((9, 14),), text="The price is.1 paid")
    found = notes_of(gone, note("1 Net of tax.", 80, 1))
    assert links(found) == [("1", [])]
    assert found[0].lines[0].tag is LineTag.NOTE
