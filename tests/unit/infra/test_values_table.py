"""The table of values: one row for a value, a line for each of its places."""

from __future__ import annotations

import io
import shlex
from typing import Any

import pytest
from rich.console import Console

from infra.cli.results.values_table import print_values


def row(
    number: int | None, value: str, page: int, status: str = "verified", field: str = "parties", **more: Any
) -> dict[str, Any]:
    plain = {"quote": value, "footnote": None, "round": 1, "agreement": None, "places": []}
    return {"extraction": number, "field": field, "status": status, "value": value, "pages": [page], **plain, **more}  # fmt: skip


def shown(*rows: dict[str, Any], document: str = "deals/a.pdf") -> tuple[str, list[list[str]]]:
    """The whole table as text, and the cells of its lines."""
    console = Console(file=io.StringIO(), width=140)
    print_values(console, "a.pdf", document, rows)
    text = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    lines = [line for line in text.splitlines() if line.startswith("│")]
    return text, [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_same_value_on_two_pages_is_one_row_with_its_places() -> None:
    text, lines = shown(
        row(1, "Tarn AB", 3),
        row(7, "Oslo\nBank", 4),
        row(9, "Tarn\nAB", 48, footnote="8", round=2),
    )
    assert lines == [
        ["parties", "verified", "Tarn AB", "3", "", "1", "1"],
        ["", "", "", "48", "8", "2", "9"],
        ["parties", "verified", "Oslo Bank", "4", "", "1", "7"],
    ]
    assert text.startswith("a.pdf: 3 verified, 0 unsettled, 0 rejected")


def test_other_places_of_a_value_are_lines_of_its_row() -> None:
    note = {"spans": [[9, 16]], "pages": [48], "footnote": "8"}
    across = {"spans": [[30, 40], [44, 50]], "pages": [50, 51], "footnote": None}
    _, lines = shown(row(1, "Tarn AB", 3, places=[note, across]))
    assert lines == [
        ["parties", "verified", "Tarn AB", "3", "", "1", "1"],
        ["", "", "", "48", "8", "", ""],
        ["", "", "", "50, 51", "", "", ""],
    ]
    _, lines = shown(row(1, "Tarn AB", 3, places=[note] * 7))
    assert len(lines) == 6 and lines[-1][-1] == "3 more places"


@pytest.mark.parametrize(
    "other",
    [{"status": "unsettled"}, {"field": "payer"}, {"value": "TARN AB"}],
    ids=str,
)
def test_values_of_another_status_field_or_wording_are_rows_of_their_own(other: dict[str, str]) -> None:
    _, lines = shown(row(1, "Tarn AB", 3), {**row(2, "Tarn AB", 4), **other})
    assert [line[-1] for line in lines] == ["1", "2"] and all(line[0] for line in lines)


def test_value_of_two_agreements_is_a_row_of_each() -> None:
    text, lines = shown(
        row(1, "Tarn AB", 3, agreement="LEASE"), row(2, "Tarn AB", 9, agreement="EXHIBIT A:\nSERVICES")
    )
    assert [(line[2], line[3], line[-1]) for line in lines] == [
        ("Tarn AB", "3", "LEASE"),
        ("Tarn AB", "9", "EXHIBIT A: SERVICES"),
    ]
    assert " agreement " in text and " agreement " not in shown(row(1, "Tarn AB", 3))[0]


def test_value_that_stands_on_many_pages_says_how_many_are_not_shown() -> None:
    _, lines = shown(*(row(n, "Tarn AB", n) for n in range(1, 9)))
    assert [line[-1] for line in lines] == ["1", "2", "3", "4", "5", "3 more places"]


def test_rejected_values_are_counted_and_left_to_the_export() -> None:
    text, lines = shown(row(1, "Tarn AB", 3), row(2, "Invented", 3, "rejected", pages=[]))
    assert len(lines) == 1
    assert "0 unsettled, 1 rejected" in text
    assert "countersign export --document deals/a.pdf" in text


def test_long_chinese_value_is_broken_into_lines_and_not_cut() -> None:
    value = "本计划的目标年化收益率以成立日的份额净值为基数" * 4
    _, lines = shown(row(1, value, 3))
    assert len(lines) > 1 and "".join(line[2] for line in lines) == value


def test_chinese_value_is_shown_without_a_blank_and_brackets_stay() -> None:
    _, lines = shown(row(1, "补\n足", 3), row(2, "[bold]x[/bold]", 4))
    assert [line[2] for line in lines] == ["补足", "[bold]x[/bold]"]


def test_command_is_one_line_that_a_shell_can_run() -> None:
    document = f"uploads/1/{'long ' * 30}[draft] it's.pdf"
    text, _ = shown(row(1, "Tarn AB", 3), document=document)
    command = text.splitlines()[-1].partition(": ")[2]
    assert shlex.split(command) == ["countersign", "export", "--document", document]


def test_terminal_of_80_columns_leaves_the_value_room_for_words() -> None:
    console = Console(file=io.StringIO(), width=80)
    value = "The Investor acknowledges that in the event of force majeure the principal may be lost"
    print_values(
        console, "a.pdf", "a.pdf", [row(176, value, 48, field="permitted_investments", footnote="8")]
    )
    lines = console.file.getvalue().splitlines()  # pyright: ignore[reportAttributeAccessIssue]
    assert all(
        any(word in line.split() for line in lines)
        for word in [*value.split(), "verified", "extraction", "176"]
    )
    assert len(lines) <= 13 and max(map(len, lines)) <= 80


def test_document_without_values_shows_no_empty_table() -> None:
    text, _ = shown()
    assert text == "a.pdf: 0 verified, 0 unsettled, 0 rejected\n"


def test_a_persons_decision_is_in_the_table_with_the_persons_name() -> None:
    text, lines = shown(
        row(1, "Tarn AB", 3, "unsettled"),
        row(2, "Oslo Bank", 9, "accepted", review={"decision": "accepted", "reviewer": "ada"}),
        row(3, "Bergen AS", 9, "rejected", review={"decision": "rejected", "reviewer": "ada"}),
        row(None, "Voss AS", 4, "accepted", round=None, review={"decision": "corrected", "reviewer": "ben"}),
    )
    assert lines == [
        ["parties", "accepted by ben", "Voss AS", "4", "", "", ""],
        ["parties", "accepted by ada", "Oslo Bank", "9", "", "1", "2"],
        ["parties", "unsettled", "Tarn AB", "3", "", "1", "1"],
    ]
    assert text.startswith("a.pdf: 2 accepted by a person, 0 verified, 1 unsettled, 1 rejected")
