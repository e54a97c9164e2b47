"""Notes over lines without a PDF: their order, their columns and pages, redlines, errors."""

from __future__ import annotations

import pytest

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes import footnotes
from tasks.core.reading.notes.footnotes import find_notes
from tasks.core.reading.notes.note_evidence import NotePage
from tasks.core.reading.notes.note_extents import PageNote
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
    return find_notes([NotePage(page, [])]).notes


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


# ---------------------------------------------------------------- order


def plain(*texts: str, y: float, x: float = 72, size: float = 11, page_index: int = 0) -> list[PageLine]:
    return [line(t, y=y - 14 * i, x=x, size=size, page_index=page_index) for i, t in enumerate(texts)]


def found(*pages: list[PageLine]) -> list[tuple[str, int, str]]:
    notes = find_notes([NotePage(page, []) for page in pages]).notes
    return [(n.marker.text, n.lines[0].page_index + 1, n.lines[-1].text) for n in notes]


def test_enumeration_in_the_body_is_no_note() -> None:
    listed = plain("Documents: ①licence; ②charter.", "① the licence;", "② the charter.", BODY, BODY, y=700)
    assert found(listed) == []


def test_reference_list_is_no_note() -> None:
    page = plain(
        "As the standard [1] and its review [2] say, the price holds.",
        *[BODY] * 4,
        "References",
        "[1] Standard of measure, third edition.",
        "[2] Review of the standard, volume 12.",
        y=700,
    )
    assert found(page) == []


def test_end_notes_count_on_over_the_pages_that_cite_them() -> None:
    first = plain("The price is fixed.[1] It", *[BODY] * 4, y=700)
    second = plain("The term is fixed.[2] It", *[BODY] * 4, y=700, page_index=1)
    third = plain("Notes", "[1] Net of tax.", "[2] From signing.", y=700, page_index=2)
    assert found(first, second, third) == [("[1]", 3, "[1] Net of tax."), ("[2]", 3, "[2] From signing.")]


def test_second_citation_of_a_note_is_kept() -> None:
    cited = body(600, (13, 14), text="The price is.1 paid")
    again = body(586, (13, 14), text="The delay is.1 long")
    notes = notes_of(cited, again, note("1 Net of tax.", 80, 1))
    assert links(notes) == [("1", [("1", 13), ("1", 13)])]


def test_note_goes_on_at_the_foot_of_the_next_column() -> None:
    cited = [line("The price is.1 paid", y=600, raised=((13, 14),))]
    left = [*plain(*[BODY] * 4, y=700), *cited, note("1 Net of tax and of all", 80, 1)]
    right = [*plain(*[BODY] * 4, y=700, x=420), line("charges.", y=80, x=420, size=8)]
    notes = find_notes([NotePage([*left, *right], [])]).notes
    assert [[n.text for n in found.lines] for found in notes] == [["1 Net of tax and of all", "charges."]]


# ---------------------------------------------------------------- errors


def test_an_error_costs_the_notes_of_its_page_only(monkeypatch: pytest.MonkeyPatch) -> None:
    openings = footnotes.page_openings

    def fails_on_the_first(view):
        if view.lines[0].page_index == 0:
            raise ValueError("a mark that nobody thought of")
        return openings(view)

    monkeypatch.setattr(footnotes, "page_openings", fails_on_the_first)
    pages = [[*plain(*[BODY] * 4, y=700, page_index=i), *cited_note(i)] for i in range(2)]
    result = find_notes([NotePage(page, []) for page in pages])
    assert not result.is_complete
    assert [n.lines[0].page_index for n in result.notes] == [1]
    assert all(n.tag is LineTag.BODY for n in pages[0])


def cited_note(page_index: int) -> list[PageLine]:
    return [
        line("The price is.1 paid", y=600, raised=((13, 14),), page_index=page_index),
        line("1 Net of tax.", y=80, size=8, raised=((0, 1),), page_index=page_index),
    ]


@pytest.mark.parametrize("mark", ["➀", "❶", "⓫", "㊿", "⁂", "¹²³", "Ⅳ", "٣"])
def test_odd_marks_are_read_or_left_and_break_nothing(mark: str) -> None:
    cited = line(f"The price is.{mark} paid", y=600, raised=((13, 13 + len(mark)),))
    page = [
        *plain(*[BODY] * 4, y=700),
        cited,
        line(f"{mark} Net of tax.", y=80, size=8, raised=((0, len(mark)),)),
    ]
    assert find_notes([NotePage(page, [])]).is_complete
