"""What a person sees of a reading with marks: colours on a terminal, words in a pipe."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from infra.cli.read.show import show
from tasks.core.chunking.live import live_text
from tasks.core.reading.legend import MARK_WORDS
from tasks.core.records import (
    NOT_LIVE,
    Agreement,
    Footnote,
    Line,
    LineTag,
    Mark,
    MarkKind,
    Page,
    Reading,
    ReadStatus,
    Span,
    TableCell,
)

TEXT = "The price is USD 5,000,000 3,000,000 a year.\n1 As the auditors determine.\n"
OLD, NEW = (Mark(at := TEXT.index(n), at + 9, MarkKind.STRUCK) for n in ("5,000,000", "3,000,000"))
NEW = replace(NEW, kind=MarkKind.INSERTED)
NOTE_AT = TEXT.index("As the")


def reading(*marks: Mark, **more: object) -> Reading:
    first = TEXT.index("1 As")
    lines = (
        Line(0, first, 1, LineTag.BODY, (0, 0, 0, 0), 10),
        Line(first, len(TEXT), 1, LineTag.NOTE, (0, 0, 0, 0), 8),
    )
    notes = (Footnote("1", (Span(NOTE_AT, len(TEXT) - 1),), 1, 1, (), 0.9),)
    head = (ReadStatus.OK, None, (), 1, TEXT, (Page(1, 0, len(TEXT), "ok"),), lines, notes, "test")
    return Reading(*head, marks=marks, **more)  # pyright: ignore[reportArgumentType]


def shown(seen: Reading, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=200, force_terminal=terminal, color_system="standard" if terminal else None
    )
    show(Path("deal.pdf"), seen, console)
    return out.getvalue()


def test_pipe_says_marks_in_words() -> None:
    printed = shown(reading(OLD, NEW))
    assert "The price is USD [struck out: 5,000,000] [inserted: 3,000,000] a year.\n" in printed
    assert "marks: struck out (1), inserted (1)\n" in printed


def test_terminal_says_marks_in_colours_and_not_in_the_text() -> None:
    printed = shown(reading(OLD, NEW), terminal=True)
    assert "\x1b[9m5,000,000\x1b[0m" in printed
    assert "\x1b[4;32m3,000,000\x1b[0m" in printed
    assert "[struck" not in printed


@pytest.mark.parametrize("kind", MarkKind)
def test_every_kind_is_said_and_only_what_is_not_live_is_listed(kind: MarkKind) -> None:
    printed = shown(reading(replace(OLD, kind=kind)))
    assert f"[{MARK_WORDS[kind]}: 5,000,000]" in printed
    assert (f"{MARK_WORDS[kind]}  5,000,000  page 1" in printed) == (kind in NOT_LIVE)


def test_words_struck_over_a_line_end_are_listed_as_one() -> None:
    first, second = TEXT.index("a year"), TEXT.index("1 As")
    printed = shown(
        reading(Mark(first, second - 1, MarkKind.STRUCK), Mark(second, len(TEXT) - 1, MarkKind.STRUCK))
    )
    assert "struck out  a year. 1 As the auditors determine.  page 1\n" in printed.split("not shown")[1]


def test_words_of_two_marks_have_both() -> None:
    part = Mark(OLD.start, OLD.start + 5, MarkKind.COVERED)
    assert "[covered, struck out: 5,000][struck out: ,000]" in shown(reading(part, OLD))


def test_reading_without_marks_shows_its_lines_as_they_are() -> None:
    printed = shown(reading())
    assert all(f"{line}\n" in printed for line in TEXT.splitlines())
    assert "marks:" not in printed and "not shown" not in printed


def test_struck_note_says_that_none_of_it_is_shown() -> None:
    printed = shown(reading(Mark(NOTE_AT, len(TEXT) - 1, MarkKind.STRUCK)))
    assert "1  (none of its words is shown)  page 1" in printed


def test_agreements_and_cells_are_listed_with_their_pages() -> None:
    two = (Agreement(0, 5, "LEASE", 1), Agreement(5, len(TEXT), "EXHIBIT A: SERVICES", 1))
    printed = shown(reading(agreements=two, cells=(TableCell(OLD.start, OLD.end, "Price", "Year [1]"),)))
    assert "page 1  LEASE\n" in printed and "page 1  EXHIBIT A: SERVICES\n" in printed
    assert "5,000,000  column 'Price', row 'Year [1]'  page 1" in printed


def test_versions_are_the_text_after_and_before_the_changes() -> None:
    from infra.cli.read import _LEFT_OUT, Version  # pyright: ignore[reportPrivateUsage]

    covered = Mark(at := TEXT.index(" a year"), at + 7, MarkKind.COVERED)
    seen = reading(OLD, NEW, covered)
    note = TEXT[TEXT.index("1 As") :]
    assert live_text(seen, _LEFT_OUT[Version.LIVE]) == "The price is USD 3,000,000.\n" + note
    assert live_text(seen, _LEFT_OUT[Version.ORIGINAL]) == "The price is USD 5,000,000.\n" + note
