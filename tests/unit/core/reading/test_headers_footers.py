"""Headers, footers and page numbers."""

from __future__ import annotations

import pytest

from tasks.core.reading.layout.headers_footers import tag_running
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag
from tests.unit.core.reading.page_lines import line

WORDS = ["Subject", "Notwithstanding", "Whereas", "However", "Therefore"]


def running(pages: list[list[PageLine]]) -> list[str]:
    tag_running(pages, [(595.0, 842.0)] * len(pages))
    return [n.text for lines in pages for n in lines if n.tag is LineTag.RUNNING]


def page(index: int, header: str, last: str, footer: str) -> list[PageLine]:
    rows = [(header, 800), (f"{WORDS[index]} begins the page", 700), (last, 80), (footer, 40)]
    return [line(text, y=y, page_index=index) for text, y in rows]


def test_counting_footer_and_constant_header_are_running() -> None:
    pages = [page(i, "Supply Agreement", f"so the {WORDS[i]} ends", f"Exhibit A - {i + 3}") for i in range(4)]
    assert running(pages) == [text for i in range(4) for text in ("Supply Agreement", f"Exhibit A - {i + 3}")]


def test_last_body_line_whose_numbers_do_not_count_with_pages_is_body() -> None:
    pages = [page(i, "Supply Agreement", f"rights (see Z{13003 + 11 * i}).", f"{i + 1}") for i in range(4)]
    assert not any("rights" in text for text in running(pages))


def test_line_opening_with_a_superscript_is_never_running() -> None:
    pages = [
        [
            line(f"{WORDS[i]} begins the page", y=700, page_index=i),
            line("1 See Schedule 4.", y=60, page_index=i, raised=((0, 1),)),
        ]
        for i in range(5)
    ]
    assert running(pages) == []


def test_page_numbers_left_in_mid_page_are_running() -> None:
    lines = [line(f"Clause words number {i}", y=790 - 4 * i) for i in range(120)]
    for number in range(1, 6):
        lines.insert(20 * number, line(str(number), y=400))
    assert running([lines]) == ["1", "2", "3", "4", "5"]


def test_numbers_of_a_list_are_body() -> None:
    rows = [text for number in range(1, 9) for text in (str(number), f"Item text {number} stands here")]
    lines = [line(text, y=600 - 12 * i) for i, text in enumerate(rows)]
    assert running([lines]) == []


@pytest.mark.parametrize(
    "footer",
    [
        "Ref. GH/2024/778 - {page} - KGS{bates:04d}",
        "Page {page} of 5 ALDER-{bates:08d}",
        "Sheet {page}/{page} rev 2",
    ],
)
def test_footer_in_which_several_numbers_count_is_running(footer: str) -> None:
    footers = [footer.format(page=i + 1, bates=i + 41) for i in range(5)]
    assert running([page(i, f"{WORDS[i]} a", f"{WORDS[i]} b", footers[i]) for i in range(5)]) == footers


def test_footer_with_a_counting_page_and_a_number_that_skips_is_running() -> None:
    footers = [f"Ref. GH/778 - {i + 1} - KGS{1000 + 37 * i:07d}" for i in range(4)]
    assert running([page(i, f"{WORDS[i]} a", f"{WORDS[i]} b", footers[i]) for i in range(4)]) == footers


def test_header_of_left_and_right_pages_is_running() -> None:
    headers = [
        f"{i + 1} Alder supplies Birch" if i % 2 else f"Alder supplies Birch {i + 1}" for i in range(3)
    ]
    assert running([page(i, headers[i], f"{WORDS[i]} b", f"{WORDS[i]} c") for i in range(3)]) == headers


def test_last_row_with_several_amounts_is_body() -> None:
    rows = [f"Rent for lot {7 * i + 3} USD {12000 + 100 * i} and {31000 + 70 * i}" for i in range(4)]
    assert not any(
        "Rent" in text for text in running([page(i, "Lease", rows[i], f"{i + 1}") for i in range(4)])
    )


def test_notes_whose_numbers_count_with_the_pages_are_no_footer() -> None:
    notes = [f"[{i + 6}] Item R{5500 + i} is qualified by Z{7100 + i}" for i in range(4)]
    assert not any(
        "Item" in t for t in running([page(i, "Lease", f"{WORDS[i]} b", notes[i]) for i in range(4)])
    )
