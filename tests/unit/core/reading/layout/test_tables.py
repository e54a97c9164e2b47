"""Words at places of a page become cells with heads and labels."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tasks.core.reading.layout.tables import find_cells
from tasks.core.reading.lines import PageLine
from tasks.core.reading.rows.word_gaps import WordRun
from tasks.core.records import MarkKind, TableCell

BOLD, PLAIN = 1, 2
Printed = tuple[float, int, Sequence[tuple[float, str]]]
"""The base line, the font, and the words of each column with their left edge."""


def page(rows: Sequence[Printed], page_index: int = 0) -> list[PageLine]:
    """A line for each printed row; letters are 5 points wide and 10 high."""
    lines: list[PageLine] = []
    for y, font, words in rows:
        text, runs = "", list[WordRun]()
        for x, word in words:
            text += " " if text else ""
            runs.append(WordRun(len(text), len(text) + len(word), x, x + 5 * len(word), y, 10.0, font))
            text += word
        line = PageLine(page_index, text, 10.0, (runs[0].x0, y, runs[-1].x1, y + 8), (), False)
        line.stretches = tuple(runs)
        lines.append(line)
    return lines


def cells(*pages: list[PageLine]) -> list[tuple[str, str, str]]:
    """(text, column, row) of each cell."""
    starts: dict[int, int] = {}
    text = ""
    for line in (n for lines in pages for n in lines):
        starts[id(line)] = len(text)
        text += line.text + "\n"
    found: tuple[TableCell, ...] = find_cells(pages, [[] for _ in pages], starts)
    return [(text[c.start : c.end], c.column, c.row) for c in found]


def rent(y: float, year: str, rate: str, month: str) -> Printed:
    return (y, PLAIN, [(72, year), (200, rate), (300, month)])


HEAD: Printed = (700, BOLD, [(72, "Lease year"), (200, "Rate per sq. ft."), (300, "Monthly rent")])
RENTS = [rent(685, "Year 1", "$18.00", "$7,500.00"), rent(670, "Year 2", "$18.54", "$7,725.00")]


def test_cell_knows_the_head_of_its_column_and_the_label_of_its_row() -> None:
    found = cells(page([HEAD, *RENTS]))
    assert ("$18.00", "Rate per sq. ft.", "Year 1") in found
    assert ("$7,725.00", "Monthly rent", "Year 2") in found


def without(row: Printed, first: int, last: int, kind: MarkKind) -> list[PageLine]:
    """A rent roll in which letters of one row are marked."""
    lines = page([HEAD, *RENTS, rent(655, "Year 3", "$19.10", "$7,960.00")])
    at = 1 + [r[0] for r in RENTS].index(row[0])
    lines[at].marks = ((first, last, kind),)
    return lines


@pytest.mark.parametrize("kind", [MarkKind.STRUCK, MarkKind.COVERED, MarkKind.HIDDEN, MarkKind.LAYER_OFF])
def test_row_that_is_not_live_has_no_cells_and_parts_no_table(kind: MarkKind) -> None:
    found = cells(without(RENTS[1], 0, len("Year 2 $18.54 $7,725.00"), kind))
    assert not [text for text, _, _ in found if text in ("Year 2", "$18.54", "$7,725.00")]
    assert ("$19.10", "Rate per sq. ft.", "Year 3") in found
    assert ("$7,500.00", "Monthly rent", "Year 1") in found


def test_struck_label_names_no_cell() -> None:
    found = cells(without(RENTS[1], 0, len("Year 2"), MarkKind.STRUCK))
    assert ("$18.54", "Rate per sq. ft.", "") in found
    assert not [row for _, _, row in found if row == "Year 2"]


def test_cell_begins_behind_its_struck_words() -> None:
    rows = [
        HEAD,
        RENTS[0],
        rent(670, "Year 2", "$18.54 $18.20", "$7,725.00"),
        rent(655, "Year 3", "$19.10", "$7,960.00"),
    ]
    lines = page(rows)
    lines[2].marks = ((len("Year 2 "), len("Year 2 $18.54"), MarkKind.STRUCK),)
    assert ("$18.20", "Rate per sq. ft.", "Year 2") in cells(lines)


def test_struck_head_names_no_column() -> None:
    lines = page([HEAD, *RENTS])
    lines[0].marks = ((len("Lease year "), len("Lease year Rate per sq. ft."), MarkKind.STRUCK),)
    assert ("$18.00", "", "Year 1") in cells(lines)


def test_label_is_a_cell_of_its_own_column_without_a_row() -> None:
    assert ("Year 1", "Lease year", "") in cells(page([HEAD, *RENTS]))


def test_right_aligned_sums_belong_to_left_aligned_heads_by_order() -> None:
    rows = [
        (y, font, [(x + (45 if i and font == PLAIN else 0), w) for i, (x, w) in enumerate(words)])
        for y, font, words in [HEAD, *RENTS]
    ]
    assert ("$7,500.00", "Monthly rent", "Year 1") in cells(page(rows))


def test_wrapped_cell_is_one_cell_under_one_label() -> None:
    rows: list[Printed] = [
        (700, BOLD, [(72, "Charge"), (200, "Amount")]),
        (680, PLAIN, [(72, "Security deposit"), (200, "$15,000.00")]),
        (660, PLAIN, [(72, "Late charge"), (200, "5% of the overdue sum, at")]),
        (648, PLAIN, [(200, "least $100.00")]),
        (628, PLAIN, [(72, "Parking"), (200, "$95.00 per month")]),
    ]
    assert ("5% of the overdue sum, at\nleast $100.00", "Amount", "Late charge") in cells(page(rows))


def test_words_of_keys_and_values_without_a_head_get_their_row_alone() -> None:
    rows: list[Printed] = [
        (700, PLAIN, [(72, "Facility"), (250, "Term loan facility")]),
        (685, PLAIN, [(72, "Total Commitments"), (250, "EUR 12,500,000")]),
        (670, PLAIN, [(72, "Margin"), (250, "2.75 per cent.")]),
    ]
    assert ("EUR 12,500,000", "", "Total Commitments") in cells(page(rows))
    assert ("Term loan facility", "", "Facility") in cells(page(rows))


def test_table_without_a_head_on_the_next_page_has_the_heads_of_the_last_one() -> None:
    second = page([rent(750, "Year 3", "$19.10", "$7,958.33"), rent(735, "Year 4", "$19.67", "$8,195.00")], 1)
    assert ("$8,195.00", "Monthly rent", "Year 4") in cells(page([HEAD, *RENTS]), second)


def test_body_text_between_two_tables_parts_them() -> None:
    prose = page([(y, PLAIN, [(72, "The Tenant pays all taxes in full.")]) for y in (600, 588, 576)])
    second = page([rent(750, "Year 3", "$19.10", "$7,958.33"), rent(735, "Year 4", "$19.67", "$8,195.00")], 1)
    assert ("$8,195.00", "", "Year 4") in cells([*page([HEAD, *RENTS]), *prose], second)


def test_signature_blocks_are_no_table() -> None:
    rows: list[Printed] = [
        (700, PLAIN, [(72, "LANDLORD:"), (300, "TENANT:")]),
        (680, PLAIN, [(72, "By: ____________"), (300, "By: ____________")]),
        (660, PLAIN, [(72, "Name: Jo Ame"), (300, "Name: Rosa Lindt")]),
        (640, PLAIN, [(72, "Date: 1 May 2025"), (300, "Date: 2 May 2025")]),
    ]
    assert cells(page(rows)) == []


def test_numbered_paragraphs_are_no_table() -> None:
    rows: list[Printed] = [
        (700 - 15 * i, PLAIN, [(72, f"{i + 1}."), (100, f"The Tenant pays $5{i}0.00 on time.")])
        for i in range(4)
    ]
    assert cells(page(rows)) == []


def test_contents_with_page_numbers_are_no_table() -> None:
    names = ("Definitions", "The Facility", "Interest", "Governing law")
    rows: list[Printed] = [
        (700 - 15 * i, PLAIN, [(72, n), (500, str(3 * i + 1))]) for i, n in enumerate(names)
    ]
    assert cells(page(rows)) == []


def test_two_columns_of_prose_are_no_table() -> None:
    left, right = "pays the rent in advance on the first day", "and keeps the rooms in a good state of repair"
    rows: list[Printed] = [(700 - 12 * i, PLAIN, [(72, left), (320, right)]) for i in range(8)]
    assert cells(page(rows)) == []


def test_cell_set_in_the_middle_of_a_row_of_two_lines_belongs_to_the_row() -> None:
    rows: list[Printed] = [
        (706, BOLD, [(72, "Item"), (250, "Fee"), (350, "Term")]),
        (686, PLAIN, [(72, "Base package with")]),
        (680, PLAIN, [(250, "$480.00"), (350, "12 months")]),
        (674, PLAIN, [(72, "all modules")]),
        (654, PLAIN, [(72, "Archive"), (250, "$90.00"), (350, "6 months")]),
    ]
    assert ("$480.00", "Fee", "Base package with all modules") in cells(page(rows))


GRID: list[Printed] = [
    (700, PLAIN, [(72, "Contract no."), (170, "KL-2031-07"), (300, "Agent"), (400, "Halden Trading")]),
    (685, PLAIN, [(72, "Buyer"), (170, "Orrin Mills"), (300, "Signed on"), (400, "2031-04-18")]),
    (670, PLAIN, [(72, "Unit price"), (170, "$365.00"), (300, "Quantity"), (400, "6 sets")]),
    (655, PLAIN, [(72, "Total price"), (170, "$2,190.00"), (300, "Place"), (400, "Third floor")]),
]


def test_value_in_a_grid_of_pairs_has_the_label_to_its_left_and_no_head() -> None:
    found = cells(page(GRID))
    assert {
        ("2031-04-18", "", "Signed on"),
        ("$2,190.00", "", "Total price"),
        ("6 sets", "", "Quantity"),
    } <= set(found)
    assert not [column for _, column, _ in found if column]


def test_table_of_four_columns_with_heads_is_no_grid_of_pairs() -> None:
    rows: list[Printed] = [
        (700, BOLD, [(72, "Service"), (170, "Unit"), (300, "Remarks"), (400, "Amount")]),
        (685, PLAIN, [(72, "Cleaning"), (170, "hour"), (300, "by day"), (400, "$40.00")]),
        (670, PLAIN, [(72, "Painting"), (170, "room"), (300, "two coats"), (400, "$310.00")]),
    ]
    assert ("$310.00", "Amount", "Painting") in cells(page(rows))


def test_row_that_counts_on_is_no_head() -> None:
    rows: list[Printed] = [
        (700, PLAIN, [(72, "1"), (120, "Owner"), (300, "Mrs Ida Holm")]),
        (680, PLAIN, [(72, "2"), (120, "Agent of the Owner"), (300, "Ravn Lettings Limited (rent)")]),
        (660, PLAIN, [(72, "3"), (120, "Rent"), (300, "$1,850.00 a month")]),
        (640, PLAIN, [(72, "4"), (120, "Deposit"), (300, "$1,890.00")]),
    ]
    assert ("$1,890.00", "", "Deposit") in cells(page(rows))


def test_sum_is_no_head() -> None:
    rows: list[Printed] = [
        (700, BOLD, [(72, "Credit amount"), (250, "SEK 85 000 000")]),
        (680, PLAIN, [(72, "Set-up charge"), (250, "$7,500.00")]),
        (660, PLAIN, [(72, "Yearly charge"), (250, "$1,200.00")]),
    ]
    assert ("$1,200.00", "", "Yearly charge") in cells(page(rows))


def test_year_is_a_head() -> None:
    rows: list[Printed] = [
        (700, BOLD, [(72, "Item"), (200, "2031"), (300, "2032")]),
        (680, PLAIN, [(72, "Rent"), (200, "$7,500.00"), (300, "$7,725.00")]),
        (660, PLAIN, [(72, "Heating"), (200, "$1,200.00"), (300, "$1,300.00")]),
    ]
    assert ("$7,725.00", "2032", "Rent") in cells(page(rows))
