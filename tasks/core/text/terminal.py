"""Texts on a terminal: a key, a name or a contract may hold characters that steer it, and none is obeyed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

# What steers a terminal: C0 but tab and line feed, DEL, C1; and what turns the order of letters on the screen.
# Source: ECMA-48; UAX #9, "Explicit Directional Embedding and Override" and "Isolate" characters.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_COLOUR = re.compile(r"\x1b\[(?:(?!8[;m])[0-9]{0,3}[;m])*(?<=m)")
"""ECMA-48's SGR: colours and weights, but not 8, which conceals."""
_DELETE_PICTURE = "\u2421"


def without_steering(text: str) -> str:
    """A text that no terminal obeys: of a key, a name or a contract, which may hold escape characters.

    Each such character becomes a visible one: the picture of a control (`␛`), for others U+FFFD. Tabs and line ends
    stay. One for one, so the columns of a table stay in line.
    """
    return _STEERING.sub(_picture, text)


def with_colours_only(text: str) -> str:
    """As `without_steering`, but a program's own colours stay."""
    if "\x1b" not in text:
        return without_steering(text)
    pieces, done = list[str](), 0
    for colour in _COLOUR.finditer(text):
        pieces += [without_steering(text[done : colour.start()]), colour[0]]
        done = colour.end()
    return "".join([*pieces, without_steering(text[done:])])


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return _DELETE_PICTURE if code == 0x7F else "\ufffd"


class TerminalStream:
    """Standard output or error on a terminal, which obeys nothing of what is printed but colours.

    For `print`, and for logs and help pages, which have colours of their own. A file or a pipe gets every text as it is.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(with_colours_only(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def guard_terminal() -> None:
    """Put a `TerminalStream` before standard output and error, where they are a terminal."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream.isatty() and not isinstance(stream, TerminalStream):
            setattr(sys, name, TerminalStream(stream))
