"""What the scripted models know: what is true of the documents, and what a model likes to believe of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.text.folding import fold

_WORD = re.compile(r"[^\W_]", re.ASCII)
_TELLING_CHARS, _TELLING_WORDS = 12, 5
"""Shorter pieces stand in too many places to say which is meant."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A value of a field with the words it rests on; true or not is told by the list it stands in."""

    field: str
    value: str
    quote: str
    parts: tuple[Mapping[str, str], ...] = ()

    def item(self) -> dict[str, Any]:
        """As a generator gives it: a clause has no value but its quote."""
        item: dict[str, Any] = {"field": self.field, "quote": self.quote}
        item |= {} if self.value == self.quote else {"value": self.value}
        return item | ({"parts": [dict(part) for part in self.parts]} if self.parts else {})

    def is_about(self, other: Mapping[str, Any]) -> bool:
        """Whether an item, however worded, speaks of this."""
        quote = str(other.get("quote") or "")
        value = str(other.get("value") or quote)
        return other.get("field") == self.field and (
            _folded(value) == _folded(self.value) or says_alike(quote, self.quote)
        )

    def is_met_by(self, other: Mapping[str, Any]) -> bool:
        """Whether an item says just this: its value, on words that are these or more of the same."""
        if other.get("field") != self.field:
            return False
        quote = _folded(str(other.get("quote") or ""))
        if "value" not in other and quote == _folded(self.quote):
            return True
        value = _folded(str(other.get("value") or other.get("quote") or ""))
        return _folded(self.value) in (value, quote) and (
            _folded(self.quote) in quote or quote in _folded(self.quote)
        )


@dataclass(frozen=True, slots=True)
class Truth:
    """Of one or many documents: a claim holds wherever its quote stands."""

    facts: tuple[Claim, ...]
    traps: tuple[Claim, ...] = ()
    """Words that do stand in a document and do not say so of the field: a denied diagnosis, another party's bank."""
    usual: tuple[Claim, ...] = ()
    """What such documents usually say; nothing of it stands there."""

    def __add__(self, other: Truth) -> Truth:
        return Truth(self.facts + other.facts, self.traps + other.traps, self.usual + other.usual)


def truth_of(body: Mapping[str, Any]) -> Truth:
    """From JSON: {"facts": [{"field", "quote", "value"?, "parts"?}...], "traps": [...], "usual": [...]}."""
    return Truth(*(tuple(_claims(body.get(name, ()))) for name in ("facts", "traps", "usual")))


def _claims(rows: Sequence[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        yield Claim(
            row["field"], row.get("value") or row["quote"], row["quote"], tuple(row.get("parts") or ())
        )


def place_of(quote: str, text: str) -> int | None:
    """Where words stand in a text, overlooking what grounding overlooks, and whole: there is no SQL in MySQL."""
    wanted, whole = _folded(quote), _folded(text)
    start = whole.find(wanted) if wanted else -1
    while start >= 0:
        if not _cuts_word(whole, start) and not _cuts_word(whole, start + len(wanted)):
            return start
        start = whole.find(wanted, start + 1)
    return None


def says_alike(one: str, other: str) -> bool:
    """Whether one is the other, or a part of it, or differs in one word as a paraphrase does."""
    a, b = _folded(one.rstrip("…")), _folded(other.rstrip("…"))
    if not a or not b:
        return False
    short, long = sorted((a, b), key=len)
    if len(short) >= min(len(long), _TELLING_CHARS) and place_of(short, long) is not None:
        return True
    pairs = list(zip(words_a := a.split(), words_b := b.split(), strict=False))
    n_other = sum(x != y for x, y in pairs)
    return len(words_a) == len(words_b) >= _TELLING_WORDS and n_other <= 1


def _folded(text: str) -> str:
    return fold(text.strip()).text


def _cuts_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and bool(_WORD.match(text[at - 1]) and _WORD.match(text[at]))
