"""Columns of prose that are drawn row by row."""

from __future__ import annotations

from tasks.core.reading.rows.columns import PieceRow, column_by_column
from tasks.core.reading.text_runs import Piece

CAPITALS = [
    "7. Limit. EXCEPT FOR BREACHES OF ITS",
    "DUTIES OF CONFIDENTIALITY, IN NO EVENT",
    "WILL THE AGGREGATE LIABILITY OF EITHER",
    "PARTY EXCEED GBP 475,000. Each of the",
    "parties keeps the information of the",
    "other secret for five years. The terms",
    "of this agreement are governed by and",
    "construed under the laws of Singapore.",
]
LEFT = [
    "1. Price. The purchase price is paid",
    "for each machine that is delivered to",
    "the works of the buyer. Invoices are",
    "due within thirty days of receipt. A",
    "discount of two per cent is granted",
    "for payment within ten days. The risk",
    "passes when the goods are handed over",
    "to the first carrier at the works.",
]
RIGHT = [
    "5. Warranty. The seller warrants the",
    "machines for a period of two years",
    "from acceptance. The liability of the",
    "seller is limited to the price of the",
    "machine in question. Each party keeps",
    "the information of the other secret",
    "for five years. These terms are under",
    "the laws of the State of Delaware.",
]


def piece(text: str, x: float, y: float) -> Piece:
    box = (x, y, x + 5 * len(text), y + 8)
    return Piece(text, (*box[:2], x + 5, box[3]), (box[2] - 5, *box[1:]), box, y, 10.0)


def rows(*columns: list[str], pitch: float = 220) -> list[PieceRow]:
    depth = max(map(len, columns))
    return [
        PieceRow(
            i,
            [
                piece(column[i], 60 + pitch * k, 700 - 12 * i)
                for k, column in enumerate(columns)
                if i < len(column)
            ],
        )
        for i in range(depth)
    ]


def read(rows: list[PieceRow]) -> list[str]:
    return [" ".join(piece.text for piece in row.pieces) for row in column_by_column(rows)]


def test_two_columns_of_prose_come_one_after_the_other() -> None:
    assert read(rows(LEFT, RIGHT)) == LEFT + RIGHT


def test_three_columns_of_prose_come_one_after_the_other() -> None:
    assert read(rows(LEFT, RIGHT, LEFT)) == LEFT + RIGHT + LEFT


def test_heading_across_the_columns_stays_where_it_is() -> None:
    heading = PieceRow(0, [piece("GENERAL TERMS OF SUPPLY OF MACHINES AND PARTS", 150, 730)])
    closing = PieceRow(99, [piece("In witness whereof the parties have signed this agreement.", 60, 560)])
    texts = read([heading, *rows(LEFT, RIGHT), closing])
    assert texts[0] == heading.pieces[0].text
    assert texts[1:-1] == LEFT + RIGHT
    assert texts[-1] == closing.pieces[0].text


def test_column_that_was_wrapped_by_letters_is_prose_though_its_capitals_are_wide() -> None:
    lines = rows(LEFT, CAPITALS)
    for row in lines[1:3]:
        last = row.pieces[-1]
        last.box = (*last.box[:2], last.box[2] + 110, last.box[3])
    assert read(lines) == LEFT + CAPITALS


def test_line_that_comes_near_to_the_next_column_is_cut_from_it() -> None:
    lines = rows(LEFT, RIGHT)
    wide = lines[3].pieces[0]
    wide.box = (*wide.box[:2], 276.5, wide.box[3])
    assert read(lines) == LEFT + RIGHT


def test_short_line_below_the_columns_comes_after_both() -> None:
    below = PieceRow(99, [piece("Signatures", 60, 570)])
    assert read([*rows(LEFT, RIGHT), below]) == [*LEFT, *RIGHT, "Signatures"]


def test_rows_of_a_table_stay_together() -> None:
    items = ["pump with seal kit", "gear box", "valve, large", "hose of steel", "motor", "bearing, small"]
    prices = [f"USD {i}00.00 a piece" for i in range(6)]
    assert read(rows(items, prices)) == [f"{a} {b}" for a, b in zip(items, prices, strict=True)]


def test_terms_and_their_meanings_stay_together() -> None:
    terms = ["Affiliate", "Losses", "Software", "Territory", "Services", "Business Day"]
    meanings = LEFT[1:7]
    assert read(rows(terms, meanings)) == [f"{a} {b}" for a, b in zip(terms, meanings, strict=True)]


def test_signature_blocks_stay_together() -> None:
    ours = ["ACME LIMITED", "By: __________", "Name: J. Smith", "Title: Director", "Date: 3 May", "Leeds"]
    theirs = ["FIRST BANK", "By: __________", "Name: A. Moore", "Title: Manager", "Date: 4 May", "York"]
    assert read(rows(ours, theirs)) == [f"{a} {b}" for a, b in zip(ours, theirs, strict=True)]
