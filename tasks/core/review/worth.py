"""What a decision is worth: the expected gain of an answer, by which the queue is ordered. Pure.

The unit is a value that the results lacked. A logistic model for each kind of item says how likely
an answer changes something, times the mean gain if it does. Weights were fitted on training
contracts, out of fold (`tasks.learning.training.fit_worth`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tasks.core.review.held_values import Relation
from tasks.core.review.questions import Question, QuestionKind

FOUND, REMOVED, COPY = 1.0, 0.55, 0.15
"""What F1 gains by a value that was lacking, by a wrong one less, and by a right one more that says
what another one says: its derivatives at a precision of 0.77 and a recall of 0.66."""
_VALUE = ("score", "probability", "generator", "unsettled", "values", "rights")
_PASSAGE = ("margin", "right", "probability", "rights", "sum", "lines")
_STAND = ("others", "many", "copy", "near", "shared", "length")
COLUMNS: Mapping[QuestionKind, tuple[str, ...]] = {
    QuestionKind.VERIFIED: (*_VALUE, *_STAND),
    QuestionKind.DOUBTED: (*_VALUE, *_STAND),
    QuestionKind.PASSAGE: (*_PASSAGE, *_STAND),
}
WEIGHTS = Path(__file__).parent / "worth.json"
_LEAST = 0.005
_UNKNOWN = 0.3
"""Stands for the probability of a value that the critic gave none."""


def columns(item: Question, relation: Relation) -> list[float]:
    """The evidence about an item, in the order of `COLUMNS`."""
    if item.kind is QuestionKind.PASSAGE:
        margin, right, rights, n_lines = item.signals
        said = [margin, _logit(right), right, math.log(rights + _LEAST), rights, math.log(n_lines)]
    else:
        score, generator, is_unsettled, n_values, rights = item.signals
        probability = _UNKNOWN if score < 0 else score
        said = [
            _logit(probability),
            probability,
            0.0 if generator < 0 else _logit(generator),
            is_unsettled,
            math.log(n_values),
            math.log(rights + _LEAST),
        ]
    length = math.log1p(sum(len(span) for span in item.places[0].spans))
    others = float(relation.n_others > 0), math.log1p(relation.n_others)
    return [
        *said,
        *others,
        float(relation.is_copy),
        float(relation.is_near),
        float(relation.is_shared),
        length,
    ]


def _logit(p: float) -> float:
    kept = min(1.0 - _LEAST, max(_LEAST, p))
    return math.log(kept / (1.0 - kept))


@dataclass(frozen=True, slots=True)
class KindWeights:
    """The logistic model of one kind of item."""

    constant: float
    weights: tuple[float, ...]
    """In the order of `COLUMNS`."""
    gain: float
    """Mean gain of an answer that changes something."""


@dataclass(frozen=True, slots=True)
class Worth:
    kinds: Mapping[QuestionKind, KindWeights]

    def __call__(self, item: Question, relation: Relation) -> float:
        """The expected gain of an answer, in values found."""
        kind = self.kinds[item.kind]
        row = zip(kind.weights, columns(item, relation), strict=True)
        return kind.gain / (1.0 + math.exp(-kind.constant - sum(w * x for w, x in row)))


@lru_cache(maxsize=1)
def packaged_worth() -> Worth:
    """The weights that ship with the product."""
    body = json.loads(WEIGHTS.read_text("utf-8"))
    return Worth({kind: _read(body[kind.value], COLUMNS[kind]) for kind in QuestionKind})


def _read(row: Mapping[str, float], names: Sequence[str]) -> KindWeights:
    return KindWeights(float(row["constant"]), tuple(float(row[n]) for n in names), float(row["gain"]))
