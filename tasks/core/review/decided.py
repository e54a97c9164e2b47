"""What the decisions so far teach: which questions about a field are worth more than expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tasks.core.records import FieldName
from tasks.core.review.held_values import is_copy
from tasks.core.review.questions import Question, QuestionKind
from tasks.core.review.worth import COPY, FOUND, REMOVED

CALM = 10.0
"""Expected gain that the prior weighs: so much must be seen before a factor moves half of the way."""


def gain_of(item: Question, texts: Sequence[str], n_copies: int = 0) -> float:
    """What a decision gained, as far as it can be known without gold; in the unit of what was expected.

    Args:
        texts: The words that stand for the item after the decision.
        n_copies: How many of them say what another value of the field says.
    """
    before = item.texts if item.kind is QuestionKind.VERIFIED else ()
    # Words with another extent count as right before and after.
    n_new = sum(not any(is_copy(text, old) for old in before) for text in texts)
    n_gone = sum(not any(is_copy(text, old) for text in texts) for old in before)
    n_copies = min(n_copies, n_new)
    return FOUND * (n_new - n_copies) + COPY * n_copies + REMOVED * n_gone


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

    def add(self, item: Question, expected: float, gained: float) -> None:
        key = item.field, item.kind
        self._expected[key] += expected
        self._gained[key] += gained

    def factor(self, field: FieldName, kind: QuestionKind) -> float:
        key = field, kind
        return factor_of(self._expected.get(key, 0.0), self._gained.get(key, 0.0))
