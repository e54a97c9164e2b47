"""Read JSON as language models write it, from any position in a text, and record the repairs.

The reader never raises and never guesses content. An object, list or string in which the text ends
has its own type (`CutObject`, `CutList`, `CutText`), so that half a quote is not taken for a whole
one. An object in which a key was read as text is a `MixedObject`: its members may be of two items.
Words that it cannot read are counted as noise. Time is linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

from tasks.core.answers.aliases import ITEM_KEYS
from tasks.core.answers.key_places import HALF_KEY, MARKED_KEY, MARKS, key_places, mark_class
from tasks.core.answers.loose_strings import (
    AFTER,
    CLOSERS,
    Place,
    is_balanced,
    is_json,
    lost_end,
    plain_object_at,
    string_end,
    unescape,
    without_mark,
    word_value,
)
from tasks.core.answers.loose_values import (
    BareText,
    CutList,
    CutObject,
    CutText,
    MixedObject,
    Pairs,
    Siblings,
    differing_keys,
    members,
    separated,
)
from tasks.core.answers.models import Repair

MAX_DEPTH = 40  # deeper than any answer: the rest of the text is noise


_SPACE = re.compile(r"\s*")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|$(?!\n))|\#[^\n]*|<!--.*?(?:-->|$(?!\n))", re.S)
_JSON_KEY = re.compile(r'("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")\s*:')
"""A key as JSON writes it, whatever signs are in it."""
_WORD_KEY = re.compile(r"([\w$-]{1,64})\s*[:：=]")
_UNOPENED = re.compile(r"[^\"”\n]{1,2000}[\"”]")
_MARKED_COLON = re.compile(rf"[{MARKS}]\w*\s*[:：]")
_FIRST_KEY = re.compile(rf"\{{\s*[{MARKS}]?\s*([\w$-]{{1,64}})")
# Two of them in one plain object are two quotes of its field.
_REPEATABLE = frozenset(("value", "quote", *ITEM_KEYS["value"], *ITEM_KEYS["quote"]))
_LEFT_OUT = ("...", "…")  # where a model leaves items out
_WORD = re.compile(r"[^,，\]}\n\r]*")
_START = re.compile(
    r"""\{\s*(?:$|[}{"'“‘「]|//|/\*|\#|[\w$-]{1,64}\s*[:：])|\[\s*(?:$|[\[{\]"“「]|'|-?\d|//|/\*|\#|true|false|null)"""
)


def may_start(text: str, index: int) -> bool:
    """Whether the bracket at `index` may begin JSON: prose has brackets too."""
    return _START.match(text, index) is not None


class Reader:
    """Reads one value; afterwards `end`, `repairs` and `n_noise` say how far and how well."""

    def __init__(self, text: str, start: int, names: frozenset[str] = frozenset()) -> None:
        """
        Args:
            names: Keys that the answer may have beside the usual ones.
        """
        self.text, self.end = text, start
        self.repairs: set[Repair] = set()
        self.n_noise = 0  # pieces inside the value that could not be read
        self._open: list[str] = []
        self._comma_taken = False  # by an object without its bracket, from the list around it
        self._keys = key_places(text, names)
        self._key_style = '"'  # the class of the marks around the last key
        self._mixed: list[bool] = []  # for each open object: whether a key was read as text in it

    def read(self, place: Place = "alone") -> Any:
        char = self._peek()
        if char == "{" and (whole := plain_object_at(self.text, self.end)) is not None:
            value, self.end = whole
            return value
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
        return self._string(place) if char in CLOSERS and char else self._word(place)

    def _object(self) -> Any:
        """An object, or several whose braces between them are lost."""
        pairs: Pairs = []
        begin = self.end - 1
        self._mixed.append(False)
        is_cut = False
        while not is_cut:
            self._commas("}", first=not pairs)
            char = self._peek()
            if char == "{" and not pairs:
                self._mixed.pop()
                return self._doubled()
            if char == "{" and self._continues(pairs[-1][1]):
                pairs[-1] = (pairs[-1][0], self._unopened_list(pairs[-1][1]))
                continue
            if char and self._ends_object(char):
                break
            key = self._key() if char else None
            if char and key is None:
                self._skip()
            elif key is None or isinstance(key, CutText) or not self._colon():
                is_cut = True
            else:
                pairs.append((key, self._member()))
                is_cut = isinstance(pairs[-1][1], CutText)
        return self._made(pairs, begin, is_cut)

    def _continues(self, value: Any) -> bool:
        """Whether an object at this place is of one list with the value before it."""
        one: Any = value[0] if isinstance(value, Siblings) else value
        key = _FIRST_KEY.match(self.text, self.end)
        return (
            isinstance(one, dict)
            and key is not None
            and key[1] == next(iter(cast("dict[str, Any]", one)), None)
        )

    def _unopened_list(self, first: Any) -> list[Any]:
        """A list without its opening bracket."""
        self.repairs.add(Repair.BRACKET)
        items: list[Any] = []
        _extend(items, first)
        while self._peek() == "{":
            _extend(items, self.read("element"))
            self._commas("]", first=False)
        if self._peek() == "]":
            self.end += 1
        return items

    def _made(self, pairs: Pairs, begin: int, is_cut: bool) -> Any:
        body, twice = members(pairs)
        is_mixed = self._mixed.pop()
        if twice:
            self.repairs.add(Repair.DUPLICATE_KEY)
        differing = differing_keys(pairs) if twice else {}
        is_plain = not differing or is_json(self.text[begin : self.end])
        texts = {key for key, value in differing.items() if not isinstance(value, list | dict)}
        is_mixed |= len(texts) < len(differing) and not is_plain
        if texts and not is_mixed:
            siblings = separated(pairs)
            if siblings is not None:
                self.repairs.add(Repair.SPLIT)
                last = CutObject(siblings[-1]) if is_cut else siblings[-1]
                return Siblings([*siblings[:-1], last])
            is_mixed = not (texts <= _REPEATABLE and is_plain)
        if is_cut:
            return CutObject(body)
        return MixedObject(body) if is_mixed else body

    def _mix(self, start: int, end: int, opener: str = "") -> None:
        """Note in the object that a key in a range was read as text, if one was."""
        style = mark_class(opener) or self._key_style
        if self._mixed and self._keys.first(start, end, (self._key_style, style)) is not None:
            self._mixed[-1] = True

    def _at_key(self) -> bool:
        char = self._peek()
        styles = (self._key_style, mark_class(char))
        return self._keys.first(self.end, self.end + 1, styles) is not None

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
        mark = self._peek()
        whole = _JSON_KEY.match(self.text, self.end)
        if whole is not None:
            self._key_style = '"'
            self.end = whole.end(1)
            return json.loads(whole[1])
        known = self._known_key()
        if known is not None:
            self._key_style = mark_class(mark) or '"'
            return known
        if mark in CLOSERS:
            key = self._string("key")  # keys before it had other marks: it may not run over one
            self._key_style = mark_class(mark)
            return key
        word = _WORD_KEY.match(self.text, self.end)
        if word is None:
            return None
        self._key_style = ""
        self.repairs.add(Repair.QUOTES)
        self.end = word.end(1)
        return word.group(1)

    def _known_key(self) -> str | None:
        """A key between any two marks, or one of an answer's keys that lost a mark or its colon."""
        if not self._at_key():
            return None
        match = MARKED_KEY.match(self.text, self.end) or HALF_KEY.match(self.text, self.end)
        if match is None:
            return None
        key = match[match.lastindex or 0].strip()
        if match.group() != f'"{key}"':
            self.repairs.add(Repair.QUOTES)
        self.end = match.end()
        return key

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
        while self._peek() and self._peek() in ":：":
            self.repairs.add(Repair.COMMA)
            self.end += 1
        return bool(self._peek())

    def _member(self) -> Any:
        if self._peek() in ",，}]" or self._at_key():
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
            elif self.text.startswith(_LEFT_OUT, self.end) or char in ":：":
                self._skip()
            elif self._at_key():
                self.repairs.add(Repair.BRACKET)
                if items and not isinstance(items[-1], dict):
                    return items
                self._open.append("{")
                _extend(items, self._object())
                self._open.pop()
            else:
                _extend(items, self.read("element"))

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
            self._mix(self.end, comment.end())
            self.end = comment.end()

    def _skip(self) -> None:
        """Skip what no rule fits, up to the next comma, bracket or line."""
        self.n_noise += 1
        word = _WORD.match(self.text, self.end)
        if self._mixed and not self.text.startswith(_LEFT_OUT, self.end):
            self._mixed[-1] = True
        self.end = max(self.end + 1, word.end() if word else 0)

    def _string(self, place: Place) -> str:
        opener, start = self.text[self.end], self.end + 1
        if self.text.startswith('"""', self.end) and (close := self.text.find('"""', self.end + 3)) > 0:
            body, self.end = self.text[self.end + 3 : close], close + 3
            self.repairs.add(Repair.QUOTES)
            self._mix(start, close, opener)
            return unescape(body)[0]
        if opener != '"':
            self.repairs.add(Repair.QUOTES)
        # The mark that seems to close the string may open a key: only those before count at first.
        key = self._keys.first(start, len(self.text), (self._key_style, mark_class(opener)))
        close, inner = string_end(self.text, start, opener, place, key)
        if close < 0 and key is not None:
            if place != "key" and (ends := lost_end(self.text, start, key)):
                self.repairs.add(Repair.QUOTES)
                self.end, is_cut = ends
                body = unescape(without_mark(self.text[start : self.end], opener))[0].strip()
                return CutText(body) if is_cut else body
            close, inner = string_end(self.text, start, opener, place)
        last = close if close >= 0 else len(self.text)
        self._mix(start, last, opener)
        return self._closed(start, close, inner)

    def _closed(self, start: int, close: int, inner: bool) -> str:
        if inner:
            self.repairs.add(Repair.INNER_QUOTE)
        if close < 0:
            body, self.end = self.text[start:], len(self.text)
            return CutText(unescape(body)[0])
        body, self.end = self.text[start:close], close + 1
        string, is_strict = unescape(body)
        if not is_strict:
            self.repairs.add(Repair.ESCAPE)
        return string

    def _unopened(self) -> str | None:
        """A string that lost its opening mark, without its closing one."""
        match = _UNOPENED.match(self.text, self.end)
        if match is None or not AFTER["member"].match(self.text, match.end()):
            return None
        if not is_balanced(match.group()):
            return None
        if self._keys.first(self.end, match.end(), (self._key_style,)) is not None:
            return None
        self.repairs.add(Repair.QUOTES)
        self.end = match.end()
        return BareText(unescape(match.group()[:-1])[0].strip())

    def _word(self, place: Place) -> Any:
        """A number, a literal, or text without quotes."""
        if place == "member" and (string := self._unopened()) is not None:
            return string
        match = _WORD.match(self.text, self.end)
        word = match.group() if match else ""
        key = self._keys.first(self.end + 1, self.end + len(word), (self._key_style,))
        if key is not None:
            self.repairs.add(Repair.COMMA)
            if (ends := lost_end(self.text, self.end, key)) and ends[1]:
                word, self.end = self.text[self.end : ends[0]], ends[0]
                return CutText(word)
            word = word[: key - self.end]
        word = re.split(r"\s(?=//|/\*|#)", word, maxsplit=1)[0].rstrip()
        if not word:
            self._skip()
            return None
        self.end += len(word)
        at_end = not self.text[self.end :].strip() if self.end > len(self.text) - 100 else False
        value, repair = word_value(word)
        if repair is not None:
            self.repairs.add(repair)
        if repair is Repair.QUOTES:
            if self._mixed and _MARKED_COLON.search(word):
                self._mixed[-1] = True
            return CutText(word) if at_end else BareText(word)
        return value


def _extend(items: list[Any], value: Any) -> None:
    items += value if isinstance(value, Siblings) else [value]


def read_value(text: str, start: int, names: frozenset[str]) -> tuple[Any, Reader]:
    """The value that begins at `start`, and the reader that knows its end and its repairs."""
    reader = Reader(text, start, names)
    return reader.read(), reader
