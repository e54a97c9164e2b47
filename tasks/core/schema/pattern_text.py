"""Reads the text of a user's regular expression: what it needs, and how to write it more loosely.

Contracts are set by printers: a quote is curly, a dash long, and a blank may be the end of a line.
`loosened` rewrites a pattern so that it finds such text as if it had been typed. It searches text
that `as_typed` has folded, one sentence or table row at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.text.look_alikes import KEYBOARD

ANY_BLANKS, ONE_BLANK = r"\s+", r"\s"
_ESCAPE = r"\\(?:N\{[^}]*\}|[pP]\{[^}]*\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)"
_TOKEN = re.compile(
    rf"""
    (?P<comment>\(\?\#[^)]*\))
  | (?P<flags>\(\?[A-Za-z0-9-]+\))
  | (?P<open>\((?:\?(?:[:=!>|]|<[=!]|P?<\w+>|[A-Za-z-]*:))?)
  | (?P<close>\))
  | (?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])
  | (?P<repeat>(?:[*+?]|\{{(?:\d+(?:,\d*)?|,\d+)\}})[?+]?)
  | (?P<escape>{_ESCAPE})
  | (?P<char>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_VERBOSE = re.compile(r"\(\?[A-Za-z0-9]*x")
_ONLY_BLANKS = re.compile(r"\[\^?(?:\s|\\[tnrfvs ])+\]")
CLASS_ENTRY = re.compile(rf"({_ESCAPE}|.)(?:-({_ESCAPE}|[^\]]))?", re.DOTALL)
"""A letter or escape within a class; with a second one, the range up to it."""


@dataclass(frozen=True, slots=True)
class PatternToken:
    """A letter, class, escape, repeat or bracket of a pattern; `kind` is the name of its group in `_TOKEN`."""

    kind: str
    text: str


def pattern_tokens(pattern: str) -> Sequence[PatternToken]:
    """All tokens, in order."""
    return [PatternToken(t.lastgroup or "", t[0]) for t in _TOKEN.finditer(pattern)]


def loosened(pattern: str, blank: str = ANY_BLANKS) -> str:
    """The pattern with the quotes and dashes of a keyboard, and with `blank` for its blanks.

    A blank in brackets beside other characters stands for white space of any kind; brackets around
    nothing but blanks, `[ ]`, and patterns with the flag `x` keep theirs. A dot that is repeated up
    to what follows it (`.+?`, `.*?`) passes the ends of lines, too; any other dot stays on its line.
    """
    tokens = list(_TOKEN.finditer(pattern))
    keeps_blanks = any(_VERBOSE.match(t[0]) for t in tokens if t.lastgroup in ("flags", "open"))
    pieces: list[str] = []
    n_blanks = 0
    for token, after in zip(tokens, [*tokens[1:], None], strict=False):
        kind, text = token.lastgroup, token[0]
        character = KEYBOARD.get(character_of(text), character_of(text)) if kind in ("char", "escape") else ""
        if character == " " and not keeps_blanks:
            n_blanks += 1
        elif n_blanks and kind == "repeat":
            pieces.append(_repeated_blank(text, n_blanks))
            n_blanks = 0
        else:
            pieces.append(blank if n_blanks else "")
            pieces.append(_loose(token, after, character, keeps_blanks))
            n_blanks = 0
    return "".join([*pieces, blank if n_blanks else ""])


def least_length(pattern: str) -> int:
    """How many characters a match has at least, as if no part could be left out.

    The library `regex` writes required repeats out when it compiles: `a{1000000000}` takes all memory.
    """
    sizes, last = [0], 0
    for token in _TOKEN.finditer(pattern):
        kind, text = token.lastgroup, token[0]
        if kind == "open":
            sizes.append(0)
        elif kind == "close":
            last = sizes.pop() if len(sizes) > 1 else 0
            sizes[-1] += last
        elif kind == "repeat":
            digits = text[1:-1].split(",")[0].rstrip("}") if text.startswith("{") else ""
            times = max(1, int(digits)) if digits.isdecimal() else 1
            sizes[-1] += last * (times - 1)
            last *= times
        elif kind in ("class", "escape", "char"):
            last = 1
            sizes[-1] += 1
    return sum(sizes)


def has_group(pattern: str) -> bool:
    """Whether a part of the pattern in parentheses is the value."""
    opened = (t[0] for t in _TOKEN.finditer(pattern) if t.lastgroup == "open")
    return any(text == "(" or re.fullmatch(r"\(\?P?<\w+>", text) for text in opened)


def character_of(text: str) -> str:
    """The character that a letter or an escape stands for; empty for others."""
    if len(text) == 1:
        return text
    if text[:2] in (r"\x", r"\u", r"\U") and len(text) > 2:
        code = int(text[2:], 16)
        return chr(code) if code < 0x110000 else ""
    return text[1] if len(text) == 2 and not text[1].isalnum() else ""


def _loose(token: re.Match[str], after: re.Match[str] | None, character: str, keeps_blanks: bool) -> str:
    text = token[0]
    if token.lastgroup == "class":
        return _loose_class(text, keeps_blanks)
    if text == "." and after is not None and after.lastgroup == "repeat" and after[0][1:].endswith("?"):
        return "(?s:.)"
    is_folded = character != "" and character != character_of(text)
    return re.escape(character) if is_folded else text


def _repeated_blank(repeat: str, n_blanks: int) -> str:
    is_optional = n_blanks == 1 and repeat.startswith(("?", "*", "{0", "{,"))
    manner = repeat[-1] if len(repeat) > 1 and repeat[-1] in "?+" else ""
    return (r"\s*" if is_optional else r"\s+") + manner


def _loose_class(text: str, keeps_blanks: bool) -> str:
    if _ONLY_BLANKS.fullmatch(text):
        return text
    head = "[^" if text.startswith("[^") else "["
    return head + "".join(_class_entries(text[len(head) : -1], keeps_blanks)) + "]"


def _class_entries(inner: str, keeps_blanks: bool) -> Iterator[str]:
    for entry in CLASS_ENTRY.finditer(inner):
        first, last = character_of(entry[1]), character_of(entry[2] or "")
        if entry[2] is not None:
            yield entry[0]
            inside = {KEYBOARD[c] for c in KEYBOARD if first and first <= c <= last}
            yield "".join(_in_class(c) for c in sorted(inside))
        elif first in KEYBOARD or first == "-" or (first == " " and not keeps_blanks):
            yield _in_class(KEYBOARD.get(first, first))
        else:
            yield entry[0]


def _in_class(character: str) -> str:
    return ONE_BLANK if character == " " else re.escape(character)
