"""Strings and words as language models write them: where they end, and what they mean."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, cast

from tasks.core.answers.key_places import HALF_KEY
from tasks.core.answers.loose_values import Number, Pairs
from tasks.core.answers.models import Repair

# What a string is: a key, the value of a member, an element of a list, or the whole text.
Place = Literal["key", "member", "element", "alone"]

# Opening mark -> closing mark; a `"` closes every typographic one too.
CLOSERS = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "「": "」", "『": "』", "`": "`"}

_KEY = r"""(?:"(?:[^"\\\n]|\\.){0,200}"|'(?:[^'\\\n]|\\.){0,200}'|[“”][^“”"\n]{0,200}[“”"]|[\w$-]{1,64})\s*[:：]"""
AFTER = {
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
# Models escape these as in Markdown or in other quotes: the backslash is not in the source.
_MARKDOWN = frozenset("'`_*[](){}$&%#-.!~<>|“”‘’")
_CONTROL = re.compile(r"[\x00-\x1f]")


_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
_LOOSE: dict[str, Any] = dict.fromkeys(("none", "undefined", "nan", "infinity", "-infinity", "inf"))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LOOSE_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def word_value(word: str) -> tuple[Any, Repair | None]:
    """A number, a literal, or text without marks, with the repair that it needed."""
    if word in _LITERALS:
        return _LITERALS[word], None
    if word.casefold() in _LITERALS or word.casefold() in _LOOSE:
        return (_LITERALS | _LOOSE)[word.casefold()], Repair.LITERAL
    if _LOOSE_NUMBER.fullmatch(word) is None:
        return word, Repair.QUOTES
    repair = None if _NUMBER.fullmatch(word) else Repair.NUMBER
    if len(word) >= 400:
        return word, repair
    return int(word) if word.lstrip("+-").isdigit() else Number(word), repair


def string_end(
    text: str, start: int, opener: str, place: Place, limit: int | None = None
) -> tuple[int, bool]:
    """The end of a string opened before `start`.

    Args:
        limit: Marks from here on do not count.

    Returns:
        The index of the closing mark, or -1; and whether there are such marks inside the string.
    """
    closer, has_inner = CLOSERS[opener], False
    marks = f'{closer}"' if closer in "”’」』" else closer
    ends = re.compile(rf"\\.|[{re.escape(marks)}]", re.S)
    for mark in ends.finditer(text, start, len(text) if limit is None else limit):
        if mark.group()[0] == "\\":
            continue
        if AFTER[place].match(text, mark.end()):
            return mark.start(), has_inner
        has_inner = True
    return -1, has_inner


def unescape(body: str) -> tuple[str, bool]:
    """The text of a string's body, and whether it is valid JSON."""
    is_strict = _CONTROL.search(body) is None

    def character(match: re.Match[str]) -> str:
        nonlocal is_strict
        high, low, code, char = match.groups()
        if high:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if code:
            return chr(int(code, 16))
        if char in _PLAIN:
            return _PLAIN[char]
        is_strict = False
        return char if char in _MARKDOWN else match.group()

    text = _ESCAPE.sub(character, body) if "\\" in body else body
    return text, is_strict


def lost_end(text: str, start: int, key: int) -> tuple[int, bool] | None:
    """Where a string ended that runs into a key, and whether it broke off there.

    None if that is not certain: between the string and the key must be a comma or a brace.
    """
    end = key
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",，;{}[]`"):
        end -= 1
    border = text[end:key].strip()
    # A bracket that the string itself has opened is its own.
    for opener, closer in ("[]", "{}"):
        if border.startswith(closer) and text.count(opener, start, end) > text.count(closer, start, end):
            end, border = text.index(closer, end) + 1, border[1:].strip()
    if not border:
        return None
    return end, border[0] in "{[`"


def is_balanced(text: str) -> bool:
    """Whether each bracket of a text is closed in it, and none is closed that it does not open."""
    open_brackets: list[str] = []
    for char in text:
        if char in "{[":
            open_brackets.append(char)
        elif char in "}]" and (not open_brackets or open_brackets.pop() != "{["["}]".index(char)]):
            return False
    return not open_brackets


def without_mark(body: str, opener: str) -> str:
    """A string's body without its closing mark, if one is left over: marks inside come in pairs."""
    closer = CLOSERS[opener]
    return body[:-1] if body.endswith(closer) and body.count(closer) % 2 else body


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def plain_object_at(text: str, start: int) -> tuple[dict[str, Any], int] | None:
    """The object that begins here, if it is JSON as it stands, and its end.

    None also for one with a key twice, and for one in whose strings a key seems to stand: both may be
    several objects that lost what was between them.
    """
    try:
        value, end = _STRICT.raw_decode(text, start)
        return None if _holds_key(value) else (value, end)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: Pairs) -> dict[str, Any]:
    if len(body := dict(pairs)) != len(pairs):
        raise ValueError("a key twice")
    return body


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Number, parse_constant=_no_constant)


def _holds_key(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_key, cast("dict[str, Any]", value).values()))
    if isinstance(value, list):
        return any(map(_holds_key, cast("list[Any]", value)))
    return isinstance(value, str) and HALF_KEY.search(value) is not None
