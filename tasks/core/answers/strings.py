"""Strings as language models write them: where one ends, and what its escapes mean.

A quotation mark inside a string ends it only if what follows can follow a string there: `the "Company", a firm` goes on,
`"Go", "score": 1` does not. On valid JSON this is JSON's own rule.
"""

from __future__ import annotations

import re
from typing import Literal

Place = Literal["key", "member", "element", "alone"]
"""What the string is: a key, the value of a member, an element of a list, or the whole text."""

CLOSERS = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "「": "」", "『": "』", "`": "`"}
"""Opening marks, and the mark that closes each; a `"` closes any that is typographic."""

_KEY = r"""(?:"(?:[^"\\\n]|\\.){0,200}"|'(?:[^'\\\n]|\\.){0,200}'|[“”][^“”"\n]{0,200}[“”"]|[\w$-]{1,64})\s*[:：]"""
_AFTER = {
    "key": re.compile(r"\s*(?:[:：=]|[,，}\]]|$)"),
    "member": re.compile(
        rf"\s*(?:$|\}}|\][\s]*(?:[,，}}\]]|$|```)|[,，]\s*(?:$|[}}\]{{]|//|/\*|\#|{_KEY})|{_KEY}|//|/\*|\#|```)"
    ),
    "element": re.compile(
        r"""\s*(?:$|\]|\}\s*(?:[,，}\]]|$|```)|[,，]\s*(?:$|[\]}"'“「\[{.…\d/#-]|true|false|null|None)|//|/\*|\#|```)|\s+["'“{]"""
    ),
    "alone": re.compile(r"\s*$"),
}
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.)|$)", re.S
)
_PLAIN = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MARKDOWN = frozenset("'`_*[](){}$&%#-.!~<>|“”‘’")
"""Escaped by models that think in Markdown or in another quote: the backslash is not the source's."""
_CONTROL = re.compile(r"[\x00-\x1f]")


def string_end(text: str, start: int, opener: str, place: Place) -> tuple[int, bool]:
    """Index of the mark that closes a string opened before `start`, -1 if none does; and whether marks inside were passed over."""
    closer, inner = CLOSERS[opener], False
    marks = f'{closer}"' if closer in "”’」』" else closer
    ends = re.compile(rf"\\.|[{re.escape(marks)}]", re.S)
    for mark in ends.finditer(text, start):
        if mark.group()[0] == "\\":
            continue
        if _AFTER[place].match(text, mark.end()):
            return mark.start(), inner
        inner = True
    return -1, inner


def unescape(body: str) -> tuple[str, bool]:
    """The text that a string's body stands for, and whether it was written as JSON demands."""
    strict = _CONTROL.search(body) is None

    def meant(found: re.Match[str]) -> str:
        nonlocal strict
        high, low, code, char = found.groups()
        if high:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if code:
            return chr(int(code, 16))
        if char in _PLAIN:
            return _PLAIN[char]
        strict = False
        return char if char in _MARKDOWN else found.group()

    return (_ESCAPE.sub(meant, body) if "\\" in body else body), strict
