"""What the decisions so far teach: which questions about a field are worth more than expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tasks.core.records import FieldName
from tasks.core.review.questions import Question, QuestionKind
from tasks.core.review.worth import FOUND, REMOVED

CALM = 3.0
"""Expected gain that the prior weighs: so much must be seen before a factor moves half of the way."""


def gain_of(item: Question, texts: Sequence[str]) -> float:
    """What a decision gained, as far as it can be known without gold.

    Args:
        texts: The words that stand for the item after the decision.
    """
    if item.kind is QuestionKind.VERIFIED:
        n_new = sum(t not in item.texts for t in texts)
        n_gone = sum(t not in texts for t in item.texts)
        return FOUND * n_new + REMOVED * n_gone
    return FOUND * len(texts)


def factor_of(expected: float, gained: float) -> float:
    """What sums over decisions make of the worth of the next question."""
    return (CALM + gained) / (CALM + expected)


class Experience:
    """Gains of decisions beside what was expected of them, by field and kind of item.

    A factor is the mean of a gamma-Poisson posterior, (CALM + gained) / (CALM + expected): 1 without
    decisions, and less for a field whose questions are mostly answered no.
    """

    def __init__(self) -> None:
        self._expected: dict[tuple[FieldName, QuestionKind], float] = defaultdict(float)
        self._gained: dict[tuple[FieldName, QuestionKind], float] = defaultdict(float)

    def add(self, item: Question, expected: float, texts: Sequence[str]) -> None:
        key = item.field, item.kind
        self._expected[key] += expected
        self._gained[key] += gain_of(item, texts)

    def factor(self, field: FieldName, kind: QuestionKind) -> float:
        key = field, kind
        return factor_of(self._expected.get(key, 0.0), self._gained.get(key, 0.0))
