"""Read JSON as language models write it, from any position in a text, and record the repairs.

The reader never raises and never guesses content. An object, list or string in which the text ends
has its own type (`CutObject`, `CutList`, `CutText`), so that half a quote is not taken for a whole
one. Words that it cannot read are counted as noise. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from tasks.core.answers.models import Repair

MAX_DEPTH = 40  # deeper than any answer: the rest of the text is noise


class CutObject(dict[str, Any]):
    """An object in which the text ends."""


class CutList(list[Any]):
    """A list in which the text ends: there may have been more entries."""


class CutText(str):
    """A string in which the text ends."""

    __slots__ = ()


class Number(float):
    """A number with its digits as written: the source may have `2.50`, not `2.5`."""

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> Number:
        number = super().__new__(cls, literal)
        number.literal = literal
        return number


def members(pairs: list[tuple[str, Any]]) -> tuple[dict[str, Any], bool]:
    """The object of key-value pairs, and whether it has a list for a duplicate key."""
    body = dict(pairs)
    if len(body) == len(pairs):
        return body, False
    many: dict[str, list[Any]] = {}
    for key, value in pairs:
        many.setdefault(key, []).append(value)
    return {k: v[0] if len(v) == 1 or all(o == v[0] for o in v) else v for k, v in many.items()}, True


_SPACE = re.compile(r"\s*")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|$(?!\n))|\#[^\n]*|<!--.*?(?:-->|$(?!\n))", re.S)
_WORD_KEY = re.compile(r"([\w$-]{1,64})\s*[:：=]")
_WORD = re.compile(r"[^,，\]}\n\r]*")
_LITERALS: dict[str, Any] = {"true": True, "false": False, "null": None}
_LOOSE: dict[str, Any] = dict.fromkeys(("none", "undefined", "nan", "infinity", "-infinity", "inf"))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LOOSE_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_START = re.compile(
    r"""\{\s*(?:$|[}{"'“‘「]|//|/\*|\#|[\w$-]{1,64}\s*[:：])|\[\s*(?:$|[\[{\]"“「]|'|-?\d|//|/\*|\#|true|false|null)"""
)


def may_start(text: str, index: int) -> bool:
    """Whether the bracket at `index` may begin JSON: prose has brackets too."""
    return _START.match(text, index) is not None


class Reader:
    """Reads one value; afterwards `end`, `repairs` and `n_noise` say how far and how well."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.end = text, start
        self.repairs: set[Repair] = set()
        self.n_noise = 0  # pieces inside the value that could not be read
        self._open: list[str] = []
        self._comma_taken = False  # by an object without its bracket, from the list around it

    def read(self, place: Place = "alone") -> Any:
        char = self._peek()
        if char in "{[":
            if len(self._open) >= MAX_DEPTH:
                self.n_noise += 1
                self.end = len(self.text)
                return CutList()
            self._open.append(char)
            self.end += 1
            value = self._object() if char == "{" else self._list()
            self._open.pop()
            return value
        return self._string(place) if char in CLOSERS and char else self._word()

    def _object(self) -> dict[str, Any]:
        pairs: list[tuple[str, Any]] = []
        while True:
            self._commas("}", first=not pairs)
            char = self._peek()
            if not char:
                return CutObject(self._members(pairs))
            if char == "{" and not pairs:
                return self._doubled()
            if self._ends_object(char):
                return self._members(pairs)
            key = self._key()
            if key is None:
                self._skip()
            elif isinstance(key, CutText) or not self._colon():
                return CutObject(self._members(pairs))
            else:
                pairs.append((key, self._member()))

    def _members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        body, twice = members(pairs)
        if twice:
            self.repairs.add(Repair.DUPLICATE_KEY)
        return body

    def _ends_object(self, char: str) -> bool:
        """Whether the object ends here, at its bracket or where one was forgotten."""
        if char == "}":
            self.end += 1
            return True
        forgotten = self.text.startswith("```", self.end) or (char in "]{[" and "[" in self._open)
        if forgotten:
            self.repairs.add(Repair.BRACKET)
            self._comma_taken = char in "{["
        return forgotten

    def _doubled(self) -> dict[str, Any]:
        """`{{...}}`, a brace as templates write it."""
        self.repairs.add(Repair.BRACKET)
        value = self.read()
        if self._peek() == "}":
            self.end += 1
        return value

    def _key(self) -> str | None:
        if self._peek() in CLOSERS:
            return self._string("key")
        word = _WORD_KEY.match(self.text, self.end)
        if word is None:
            return None
        self.repairs.add(Repair.QUOTES)
        self.end = word.end(1)
        return word.group(1)

    def _colon(self) -> bool:
        """Skip the separator between a key and its value; False at the end of the text."""
        char = self._peek()
        if char == ":":
            self.end += 1
        elif char in "：=":
            self.repairs.add(Repair.COMMA)
            self.end += 2 if self.text.startswith("=>", self.end) else 1
        else:
            self.repairs.add(Repair.COMMA)
        return bool(self._peek())

    def _member(self) -> Any:
        if self._peek() in ",，}]":
            self.repairs.add(Repair.LITERAL)
            return None
        return self.read("member")

    def _list(self) -> list[Any]:
        items: list[Any] = []
        while True:
            self._commas("]", first=not items)
            char = self._peek()
            if char == "]":
                self.end += 1
                return items
            if not char:
                return CutList(items)
            if self.text.startswith("```", self.end):
                self.repairs.add(Repair.BRACKET)
                return items
            if char == "}":
                self.repairs.add(Repair.BRACKET)
                if self._closes_object():
                    return items
                self.end += 1
            elif self.text.startswith(("...", "…"), self.end) or char in ":：":
                self._skip()
            else:
                items.append(self.read("element"))

    def _closes_object(self) -> bool:
        """Whether a `}` inside a list ends the object around it: not if the list continues."""
        after = _SPACE.match(self.text, self.end + 1)
        next_char = self.text[after.end() : after.end() + 1] if after else ""
        return "{" in self._open and next_char not in (",", "，", "]", "{")

    def _commas(self, closer: str, first: bool) -> None:
        """Skip commas; a missing or extra one is a repair."""
        n_commas, self._comma_taken = int(self._comma_taken), False
        while (char := self._peek()) and char in ",，;":
            if char != ",":
                self.repairs.add(Repair.COMMA)
            n_commas += 1
            self.end += 1
        n_expected = 0 if first or not char or char == closer else 1
        if (n_commas != n_expected and char not in ("", "]", "}", "`")) or (n_commas and char == closer):
            self.repairs.add(Repair.COMMA)

    def _peek(self) -> str:
        """The next character that is neither white space nor a comment; "" at the end."""
        while True:
            space = _SPACE.match(self.text, self.end)
            self.end = space.end() if space else self.end
            comment = _COMMENT.match(self.text, self.end)
            if comment is None:
                return self.text[self.end : self.end + 1]
            self.repairs.add(Repair.COMMENT)
            self.end = comment.end()

    def _skip(self) -> None:
        """Skip what no rule fits, up to the next comma, bracket or line."""
        self.n_noise += 1
        word = _WORD.match(self.text, self.end)
        self.end = max(self.end + 1, word.end() if word else 0)

    def _string(self, place: Place) -> str:
        opener = self.text[self.end]
        if self.text.startswith('"""', self.end) and (close := self.text.find('"""', self.end + 3)) > 0:
            body, self.end = self.text[self.end + 3 : close], close + 3
            self.repairs.add(Repair.QUOTES)
            return unescape(body)[0]
        if opener != '"':
            self.repairs.add(Repair.QUOTES)
        close, inner = string_end(self.text, self.end + 1, opener, place)
        if inner:
            self.repairs.add(Repair.INNER_QUOTE)
        if close < 0:
            body, self.end = self.text[self.end + 1 :], len(self.text)
            return CutText(unescape(body)[0])
        body, self.end = self.text[self.end + 1 : close], close + 1
        string, is_strict = unescape(body)
        if not is_strict:
            self.repairs.add(Repair.ESCAPE)
        return string

    def _word(self) -> Any:
        """A number, a literal, or text without quotes."""
        match = _WORD.match(self.text, self.end)
        word = match.group() if match else ""
        word = re.split(r"\s(?=//|/\*|#)", word, maxsplit=1)[0].rstrip()
        if not word:
            self._skip()
            return None
        self.end += len(word)
        at_end = not self.text[self.end :].strip() if self.end > len(self.text) - 100 else False
        if word in _LITERALS:
            return _LITERALS[word]
        if word.casefold() in _LITERALS or word.casefold() in _LOOSE:
            self.repairs.add(Repair.LITERAL)
            return (_LITERALS | _LOOSE)[word.casefold()]
        if _LOOSE_NUMBER.fullmatch(word):
            return self._number(word)
        self.repairs.add(Repair.QUOTES)
        return CutText(word) if at_end else word

    def _number(self, word: str) -> int | float | str:
        if _NUMBER.fullmatch(word) is None:
            self.repairs.add(Repair.NUMBER)
        if word.lstrip("+-").isdigit() and len(word) < 400:
            return int(word)
        return Number(word) if len(word) < 400 else word


def read_value(text: str, start: int) -> tuple[Any, Reader]:
    """The value that begins at `start`, and the reader that knows its end and its repairs."""
    reader = Reader(text, start)
    return reader.read(), reader


# What a string is: a key, the value of a member, an element of a list, or the whole text.
Place = Literal["key", "member", "element", "alone"]

# Opening mark -> closing mark; a `"` closes every typographic one too.
CLOSERS = {'"': '"', "'": "'", "“": "”", "”": "”", "‘": "’", "’": "’", "「": "」", "『": "』", "`": "`"}

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
# Models escape these as in Markdown or in other quotes: the backslash is not in the source.
_MARKDOWN = frozenset("'`_*[](){}$&%#-.!~<>|“”‘’")
_CONTROL = re.compile(r"[\x00-\x1f]")


def string_end(text: str, start: int, opener: str, place: Place) -> tuple[int, bool]:
    """The end of a string opened before `start`.

    Returns:
        The index of the closing mark, or -1; and whether there are such marks inside the string.
    """
    closer, has_inner = CLOSERS[opener], False
    marks = f'{closer}"' if closer in "”’」』" else closer
    ends = re.compile(rf"\\.|[{re.escape(marks)}]", re.S)
    for mark in ends.finditer(text, start):
        if mark.group()[0] == "\\":
            continue
        if _AFTER[place].match(text, mark.end()):
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
