"""Headers, footers and page numbers."""

from __future__ import annotations

from tasks.core.reading.headers_footers import tag_running
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag
from tests.unit.core.reading.page_lines import line

WORDS = ["Subject", "Notwithstanding", "Whereas", "However", "Therefore"]


def running(pages: list[list[PageLine]]) -> list[str]:
    tag_running(pages, [842.0] * len(pages))
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
