"""Reads JSON as language models write it, from any place in a text, and says what it had to overlook.

Never raises, and never guesses content: an object, list or string that the text ends in is given a type of its own (`CutObject`,
`CutList`, `CutText`), so that nobody takes half a quote for a whole one; words it can make nothing of are counted as `noise`. Each
character is read once, so a long answer costs no more than its length.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from tasks.core.answers.models import Repair

MAX_DEPTH = 40
"""Deeper than any answer: what is inside is noise."""


class CutObject(dict[str, Any]):
    """An object the text ends in."""


class CutList(list[Any]):
    """A list the text ends in: what might have followed is not known."""


class CutText(str):
    """A string the text ends in."""

    __slots__ = ()


class Number(float):
    """A number with the digits as written: `2.50` is a sum, 2.5 is not what the source says."""

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> Number:
        number = super().__new__(cls, literal)
        number.literal = literal
        return number


def members(pairs: list[tuple[str, Any]]) -> tuple[dict[str, Any], bool]:
    """An object of key-value pairs, and whether a key stood twice: then its value is the list of all its values."""
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
_LOOSE: dict[str, Any] = {
    "none": None,
    "undefined": None,
    "nan": None,
    "infinity": None,
    "-infinity": None,
    "inf": None,
}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LOOSE_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_START = re.compile(
    r"""\{\s*(?:$|[}{"'“‘「]|//|/\*|\#|[\w$-]{1,64}\s*[:：])|\[\s*(?:$|[\[{\]"“「]|'|-?\d|//|/\*|\#|true|false|null)"""
)


def may_start(text: str, index: int) -> bool:
    """Whether JSON may begin with the bracket at `index`: prose uses brackets too."""
    return _START.match(text, index) is not None


class Reader:
    """Reads one value; `end`, `repairs` and `n_noise` then say how far and how well."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.end = text, start
        self.repairs: set[Repair] = set()
        self.n_noise = 0
        """Stretches inside the value that could not be read."""
        self._open: list[str] = []
        self._comma_taken = False
        """An object without its bracket took the comma that belongs to the list around it."""

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

    # ------------------------------------------------------------ objects

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
        """At its bracket, or where a list's end, its next object or a fence shows that the bracket was forgotten."""
        if char == "}":
            self.end += 1
            return True
        forgotten = self.text.startswith("```", self.end) or (char in "]{[" and "[" in self._open)
        if forgotten:
            self.repairs.add(Repair.BRACKET)
            self._comma_taken = char in "{["
        return forgotten

    def _doubled(self) -> dict[str, Any]:
        """`{{...}}`, as templates write a brace."""
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
        """Go past what parts a key from its value; False at the end of the text."""
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

    # ------------------------------------------------------------ lists

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
        """Whether a `}` inside a list ends the object around it: not if the list goes on behind it."""
        after = _SPACE.match(self.text, self.end + 1)
        next_char = self.text[after.end() : after.end() + 1] if after else ""
        return "{" in self._open and next_char not in (",", "，", "]", "{")

    # ------------------------------------------------------------ what lies between and inside

    def _commas(self, closer: str, first: bool) -> None:
        """Go past commas; one too many or one missing is a repair."""
        n_commas, self._comma_taken = int(self._comma_taken), False
        while (char := self._peek()) and char in ",，;":
            if char != ",":
                self.repairs.add(Repair.COMMA)
            n_commas += 1
            self.end += 1
        wanted = 0 if first or not char or char == closer else 1
        if (n_commas != wanted and char not in ("", "]", "}", "`")) or (n_commas and char == closer):
            self.repairs.add(Repair.COMMA)

    def _peek(self) -> str:
        """The next character that is neither space nor comment, "" at the end."""
        while True:
            space = _SPACE.match(self.text, self.end)
            self.end = space.end() if space else self.end
            comment = _COMMENT.match(self.text, self.end)
            if comment is None:
                return self.text[self.end : self.end + 1]
            self.repairs.add(Repair.COMMENT)
            self.end = comment.end()

    def _skip(self) -> None:
        """Leave out what no rule fits, up to the next comma, bracket or line."""
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
        meant, strict = unescape(body)
        if not strict:
            self.repairs.add(Repair.ESCAPE)
        return meant

    def _word(self) -> Any:
        """A number, a literal, or text without quotes."""
        found = _WORD.match(self.text, self.end)
        word = found.group() if found else ""
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
    """The value that begins at `start`, and the reader that says where it ends and what was overlooked."""
    reader = Reader(text, start)
    return reader.read(), reader


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
