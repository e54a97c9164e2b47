"""The queue of one run: its items by what a decision about each is worth, after every decision anew.

A decision changes what stands of its field, so the worth of the field's other items is computed
again: with a value found, the next one is less likely, and a copy of it is worth little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tasks.core.records import FieldName
from tasks.core.review.decided import Experience, gain_of
from tasks.core.review.held_values import HeldValues
from tasks.core.review.questions import Question
from tasks.core.review.worth import Worth


class RunQueue:
    """The open items of one run and their worth."""

    def __init__(self, items: Sequence[Question], worth: Worth, experience: Experience) -> None:
        self.items = tuple(items)
        self.held = HeldValues(self.items)
        self._worth, self._experience = worth, experience
        self._of_field: dict[FieldName, list[int]] = defaultdict(list)
        for index, item in enumerate(self.items):
            self._of_field[item.field].append(index)
        self.open = {index: self._expected(index) for index in range(len(self.items))}
        """Expected gain of each open item, by its index, before experience."""

    def worth_of(self, index: int) -> float:
        item = self.items[index]
        return self.open[index] * self._experience.factor(item.field, item.kind)

    def next(self) -> int | None:
        """The index of the item that is worth most; of equals the first. None: all are decided."""
        return max(self.open, key=lambda i: (self.worth_of(i), -i), default=None)

    def decide(self, index: int, texts: Sequence[str]) -> None:
        """Close an item.

        Args:
            texts: The words that stand for it now: those of the value, corrected ones, those
                selected in a passage; none if the answer was no.
        """
        expected = self.open.pop(index)
        item = self.items[index]
        self._experience.add(item, expected, gain_of(item, texts, self.held.n_copies(index, texts)))
        self.held.hold(index, texts)
        for other in self._of_field[item.field]:
            if other in self.open:
                self.open[other] = self._expected(other)

    def _expected(self, index: int) -> float:
        return self._worth(self.items[index], self.held.relation_of(index))
