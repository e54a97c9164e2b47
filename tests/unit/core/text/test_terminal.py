"""No text steers a terminal: what a key or a contract holds is shown, and a program's own colours stay."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from infra.cli.console import plain_console, print_plain, record_table, text_table
from infra.cli.main import error_message
from tasks.core.errors import ObjectMissing
from tasks.core.text.terminal import TerminalStream, guard_terminal, with_colours_only, without_steering

STEERING = [
    "\x1b]0;title\x07", "\x1b[2J", "\x9b2J", "\x9d0;t\x9c", "\x1b[8mconcealed", "\x1bP+q\x1b\\", "a\rb", "a\x08b", "\x7f", "\u202egpj.exe",
]  # fmt: skip
OBEYED = set(map(chr, [*range(0, 9), *range(11, 32), *range(0x7F, 0xA0)])) | set("\u202d\u202e\u2066\u2067")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text())
def test_a_text_without_steering_is_as_long_and_obeys_nothing(text: str) -> None:
    shown = without_steering(text)
    assert len(shown) == len(text) and OBEYED.isdisjoint(shown)
    assert without_steering(shown) == shown


@given(
    st.lists(st.sampled_from(["\x1b", "[", "8", "3", "1", ";", "m", "H", "J", "a"]), max_size=12).map("".join)
)
def test_colours_are_all_that_stays_of_escapes(text: str) -> None:
    for piece in with_colours_only(text).split("\x1b")[1:]:
        numbers, end, _ = piece.removeprefix("[").partition("m")
        assert piece.startswith("[") and end and all(n.isdigit() or not n for n in numbers.split(";"))
        assert "8" not in numbers.split(";")


@pytest.mark.parametrize("text", STEERING)
def test_tables_lines_and_messages_show_it_and_obey_nothing(text: str) -> None:
    console = plain_console(file=io.StringIO(), width=200)
    console.print(text, Text(text))
    console.print(text_table((text, "head"), [(text, Text(text))], text))
    console.print(record_table([{text: text}], text))
    print_plain(console, text)
    assert OBEYED.isdisjoint(console.file.getvalue())  # pyright: ignore[reportAttributeAccessIssue]


def test_a_terminal_keeps_colours_and_a_pipe_every_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", pipe)
    guard_terminal()
    guard_terminal()
    message = error_message(ObjectMissing("reading s3://b/\x1b[2Jkey\x9b1m: not found"))
    print(message, "\x1b[1;31mred\x1b[0m")
    print(message, file=sys.stderr)
    plain_console().print(Text("bold", style="bold"), "\x1b[5m")
    assert isinstance(sys.stdout, TerminalStream)
    assert "␛[2Jkey\ufffd1m" in terminal.getvalue() and "\x1b[1;31mred\x1b[0m" in terminal.getvalue()
    assert "\x1b[1mbold" in terminal.getvalue() and "␛[5m" in terminal.getvalue()
    assert "\x1b[2J" in pipe.getvalue()
