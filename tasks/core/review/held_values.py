"""What stands of each field while a reviewer works: verified values, and what decisions made of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.records import FieldName, Span
from tasks.core.review.questions import Question, QuestionKind

NEAR_CHARS = 400
"""A value this close to an item belongs to the same provision."""
_COPY = 0.5
"""Texts that share this much of their words say the same."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Relation:
    """How an item stands beside the other values of its field."""

    n_others: int
    """Values that stand elsewhere in the document."""
    is_copy: bool
    """Whether one of them has about the same words."""
    is_near: bool
    """Whether one of them is within `NEAR_CHARS`."""
    is_shared: bool
    """Whether a standing value of another field has words of this item."""


@dataclass(frozen=True, slots=True)
class _Held:
    spans: tuple[Span, ...]
    words: tuple[frozenset[str], ...]


class HeldValues:
    """The values of one document that stand, by the index of the item that gave them."""

    def __init__(self, items: Sequence[Question]) -> None:
        self._items = items
        self._words = [tuple(map(words_of, i.texts)) for i in items]
        self._held: dict[FieldName, dict[int, _Held]] = defaultdict(dict)
        for index, item in enumerate(items):
            if item.kind is QuestionKind.VERIFIED:
                self.hold(index, item.texts)

    def hold(self, index: int, texts: Sequence[str]) -> None:
        """These words stand for an item now; none: it was refused."""
        item = self._items[index]
        held = self._held[item.field]
        held.pop(index, None)
        if texts:
            held[index] = _Held(item.spans, tuple(map(words_of, texts)))

    def n_copies(self, index: int, texts: Sequence[str]) -> int:
        """How many words that are to stand for an item say what another value of its field says."""
        others = [h for i, h in self._held[self._items[index].field].items() if i != index]
        said = [one for h in others for one in h.words]
        return sum(any(_alike(one, words_of(text)) for one in said) for text in texts)

    def relation_of(self, index: int) -> Relation:
        item, words = self._items[index], self._words[index]
        others = [h for i, h in self._held[item.field].items() if i != index]
        shared = any(
            touch(h.spans, item.spans)
            for f, held in self._held.items()
            if f != item.field
            for h in held.values()
        )
        return Relation(
            sum(len(h.words) for h in others),
            any(_alike(one, other) for h in others for one in h.words for other in words),
            any(touch(h.spans, item.spans, NEAR_CHARS) for h in others),
            shared,
        )


def words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def is_copy(one: str, other: str) -> bool:
    """Whether two texts have about the same words."""
    return _alike(words_of(one), words_of(other))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= _COPY * len(one | other)


def touch(one: Sequence[Span], other: Sequence[Span], distance: int = 0) -> bool:
    """Whether two places share a character, or are nearer than so many characters."""
    return any(a.start < b.end + distance and b.start < a.end + distance for a in one for b in other)
