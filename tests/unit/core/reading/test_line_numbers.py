"""Line numbers in the margin."""

from __future__ import annotations

from tasks.core.reading.layout.line_numbers import split_line_numbers
from tasks.core.reading.lines import EdgeNumber, PageLine
from tasks.core.records import LineTag
from tests.unit.core.reading.page_lines import line

PROSE = [
    "The Supplier shall deliver the goods to the warehouse of the",
    "buyer within ten days of the order and shall bear the cost of",
    "carriage. If the goods are late, the buyer may withhold one",
    "per cent of the price for each week of delay, but no more",
    "than ten per cent in all. The buyer inspects the goods when",
    "they arrive and gives notice of any defect that is visible",
]
ROWS = ["Jane Smith, 12 High Street, Leeds", "Omar Haddad, 4 Mill Lane, York, and his heirs"] * 3


def numbered(text: str, number: int, y: float, *, page_index: int = 0) -> PageLine:
    """A line as read: the number and its text on one baseline."""
    head = line(str(number), y=y, x=54 if number < 10 else 49, page_index=page_index)
    rest = line(text, y=y, x=80, page_index=page_index)
    whole = line(f"{number} {text}", y=y, x=54, page_index=page_index)
    whole.edge_numbers = (EdgeNumber(head, rest, is_head=True),)
    return whole


def page(texts: list[str], first: int = 1, page_index: int = 0) -> list[PageLine]:
    return [numbered(text, first + i, 720 - 24 * i, page_index=page_index) for i, text in enumerate(texts)]


def tagged(lines: list[PageLine], tag: LineTag) -> list[str]:
    return [n.text for n in lines if n.tag is tag]


def test_number_of_each_line_of_prose_becomes_a_running_line() -> None:
    lines = page(PROSE)
    split_line_numbers([lines])
    assert tagged(lines, LineTag.BODY) == PROSE
    assert tagged(lines, LineTag.RUNNING) == ["1", "2", "3", "4", "5", "6"]
    assert [n.text for n in lines[:2]] == ["1", PROSE[0]]


def test_numbers_drawn_apart_are_running_lines_where_they_stand() -> None:
    lines = [line(str(i + 1), y=720 - 24 * i, x=54) for i in range(6)]
    lines += [line(text, y=718 - 24 * i, x=80) for i, text in enumerate(PROSE)]
    split_line_numbers([lines])
    assert tagged(lines, LineTag.BODY) == PROSE


def test_number_at_every_fifth_line_is_a_running_line() -> None:
    texts = [line(text, y=720 - 14 * i, x=80) for i, text in enumerate(PROSE * 3)]
    numbers = [line(str(n), y=720 - 14 * (n - 1), x=54) for n in (5, 10, 15)]
    lines = texts + numbers
    split_line_numbers([lines])
    assert tagged(lines, LineTag.RUNNING) == ["5", "10", "15"]


def test_page_with_two_lines_is_numbered_as_the_pages_before() -> None:
    pages = [page(PROSE), page(["and gives the buyer", "a credit note."], first=7, page_index=1)]
    split_line_numbers(pages)
    assert tagged(pages[1], LineTag.BODY) == ["and gives the buyer", "a credit note."]


def test_rows_of_a_numbered_list_stay_whole() -> None:
    lines = page(ROWS)
    split_line_numbers([lines])
    assert tagged(lines, LineTag.BODY) == [f"{i + 1} {row}" for i, row in enumerate(ROWS)]


def test_numbered_items_that_run_over_lines_stay_whole() -> None:
    lines: list[PageLine] = []
    for i, text in enumerate(PROSE):
        y = 720 - 28 * i
        lines += [numbered(text, i + 1, y), line("and the rest of the item follows on here", y=y - 14, x=80)]
    split_line_numbers([lines])
    assert tagged(lines, LineTag.RUNNING) == []


def test_years_at_line_starts_stay_whole() -> None:
    lines = page(PROSE, first=2020)
    split_line_numbers([lines])
    assert tagged(lines, LineTag.RUNNING) == []


def test_few_numbered_lines_within_a_page_of_others_stay_whole() -> None:
    lines = page(PROSE) + [line(text, y=500 - 14 * i, x=80) for i, text in enumerate(PROSE * 2)]
    split_line_numbers([lines])
    assert tagged(lines, LineTag.RUNNING) == []
