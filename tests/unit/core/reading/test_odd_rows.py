"""What only broken files have: letters without a sign, sizes of zero, words that go back."""

from __future__ import annotations

import pytest
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tasks.core.reading.layout.table_rows import page_rows
from tasks.core.reading.layout.tables import find_cells
from tasks.core.reading.lines import PageLine, page_lines
from tasks.core.reading.rows.word_gaps import WordRun
from tasks.core.reading.seen.forms.form_fields import inherited
from tasks.core.reading.seen.page_pieces import PagePieces
from tasks.core.reading.text_runs import Piece, upright


def piece(text: str, x: float) -> Piece:
    box = (x, 400.0, x + 5 * len(text), 407.0)
    return Piece(text, (x, box[1], x + 5, box[3]), (box[2] - 5, *box[1:]), box, 400.0, 10.0)


def page_of(*pieces: Piece) -> PagePieces:
    return PagePieces(list(pieces), [], 612, 792, 0.0, 0, upright(0, (0, 0, 612, 792)))


def test_control_code_behind_a_number_loses_no_line() -> None:
    found = page_lines(page_of(piece("12", 72), piece("\x01", 84), piece(" The price", 92)), 0)
    assert [line.text for line in found] == ["12 The price"]
    assert [edge.number.text for edge in found[0].edge_numbers] == ["12"]


def line_of(*runs: WordRun, text: str) -> PageLine:
    line = PageLine(0, text, 10.0, (72, 400, 400, 410), (), False)
    line.stretches = runs
    return line


def test_words_of_no_size_are_no_row() -> None:
    words = [WordRun(2 * i, 2 * i + 1, 72 + 40 * i, 80 + 40 * i, 400, 0.0, 1) for i in range(7)]
    solid = line_of(WordRun(0, 1, 72, 80, 380, 10.0, 1), text="h")
    assert len(page_rows([line_of(*words, text="a b c d e f g"), solid])) == 1


def test_no_cell_ends_before_it_begins_where_words_go_back() -> None:
    """Of each row the second word stands before the first, as near as words of one cell."""
    lines: list[PageLine] = []
    for at, (rate, name, sum_) in enumerate([("$5.00", "Rent", "$9.00"), ("$6.00", "Fees", "$8.00")]):
        y, text = 400.0 - 15 * at, f"{rate} {name} {sum_}"
        runs = (WordRun(0, 5, 93, 118, y, 10.0, 1), WordRun(6, 10, 72, 92, y, 10.0, 1))
        lines.append(line_of(*runs, WordRun(11, 16, 200, 225, y, 10.0, 1), text=text))
    starts = {id(line): 20 * i for i, line in enumerate(lines)}
    cells = find_cells([lines], [[]], starts)
    assert [cell.end - cell.start for cell in cells]
    assert all(cell.start < cell.end for cell in cells)


@pytest.mark.parametrize("n_fields", [1, 2, 40])
def test_parents_in_a_circle_have_nothing_to_inherit(n_fields: int) -> None:
    fields = [DictionaryObject() for _ in range(n_fields)]
    for field, parent in zip(fields, [*fields[1:], fields[0]], strict=True):
        field[NameObject("/Parent")] = parent
    fields[-1][NameObject("/T")] = TextStringObject("last")
    assert inherited(fields[0], "/FT") is None
    assert (inherited(fields[0], "/T") == "last") is (n_fields < 40)
