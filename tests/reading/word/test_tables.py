"""Tables of Word documents: what names each cell."""

from __future__ import annotations

from tasks.core.records import Reading
from tests.reading.word.packages import body_lines, p, read, row, table, tc

HEAD = "<w:tblHeader/>"


def named(reading: Reading) -> list[tuple[str, str, str]]:
    return [(reading.text[c.start : c.end], c.column, c.row) for c in reading.cells]


def test_heads_and_labels_name_the_cells_and_a_row_is_a_line() -> None:
    reading = read(table(row("Item", "Price"), row("Rent", "USD 7"), row("Fee", "USD 9")))
    assert body_lines(reading) == ["Item\tPrice", "Rent\tUSD 7", "Fee\tUSD 9"]
    assert named(reading) == [
        ("Rent", "Item", ""), ("USD 7", "Price", "Rent"), ("Fee", "Item", ""), ("USD 9", "Price", "Fee"),
    ]  # fmt: skip


def test_pairs_without_heads_have_labels() -> None:
    assert named(read(table(row("Landlord", "Alpha"), row("Tenant", "Beta")))) == [
        ("Alpha", "", "Landlord"),
        ("Beta", "", "Tenant"),
    ]


def test_merged_heads_and_cells_reach_over_their_columns_and_rows() -> None:
    reading = read(
        table(
            row("", tc("Price", '<w:gridSpan w:val="2"/>'), properties=HEAD),
            row("Item", "Net", "Gross", properties=HEAD),
            row(tc("Rent", '<w:vMerge w:val="restart"/>'), "USD 7", "USD 8"),
            row(tc("", "<w:vMerge/>"), "USD 9", "USD 10"),
        )
    )
    assert named(reading)[1:3] == [("USD 7", "Price Net", "Rent"), ("USD 8", "Price Gross", "Rent")]
    assert named(reading)[3:] == [("USD 9", "Price Net", "Rent"), ("USD 10", "Price Gross", "Rent")]


def test_long_cells_are_paragraphs_of_their_own_and_nested_tables_are_read() -> None:
    inner = table(row("Tax", "USD 2"))
    reading = read(table(row(tc(p("First " * 20) + p("Second.")), tc(inner + p("")))))
    assert body_lines(reading) == [("First " * 20).strip(), "Second.", "Tax\tUSD 2"]
    assert ("USD 2", "", "Tax") in named(reading)


def test_serial_numbers_are_no_labels() -> None:
    reading = read(table(row("No.", "Item", "Price"), row("1", "Rent", "USD 7"), row("2", "Fee", "USD 9")))
    assert ("USD 9", "Price", "Fee") in named(reading)
