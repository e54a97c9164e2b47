"""What a decision is worth: the expected gain of an answer, by which the queue is ordered. Pure.

The unit is a value that the results lacked. A log-linear model for each kind of item gives the
expectation; its weights were fitted on training contracts, out of fold
(`tasks.learning.training.fit_worth`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tasks.core.review.held_values import Relation
from tasks.core.review.items import ItemKind, ReviewItem

FOUND, REMOVED, COPY = 1.0, 0.55, 0.15
"""What F1 gains by a value that was lacking, by a wrong one less, and by a right one more that says
what another one says: its derivatives at a precision of 0.77 and a recall of 0.66."""
_VALUE = ("score", "generator", "unsettled")
_PASSAGE = ("margin", "right", "rights", "lines")
_STAND = ("others", "many", "copy", "near", "shared", "length")
COLUMNS: Mapping[ItemKind, tuple[str, ...]] = {
    ItemKind.VERIFIED: (*_VALUE, *_STAND),
    ItemKind.DOUBTED: (*_VALUE, *_STAND),
    ItemKind.PASSAGE: (*_PASSAGE, *_STAND),
}
WEIGHTS = Path(__file__).parent / "worth.json"
_LEAST = 0.005
_MAX_LOG = 2.0


def columns(item: ReviewItem, relation: Relation) -> list[float]:
    """The evidence about an item, in the order of `COLUMNS`."""
    if item.kind is ItemKind.PASSAGE:
        margin, right, rights, n_lines = item.signals
        said = [margin, _logit(right), math.log(rights + _LEAST), math.log(n_lines)]
    else:
        score, generator, is_unsettled = item.signals
        said = [
            _logit(0.3 if score < 0 else score),
            0.0 if generator < 0 else _logit(generator),
            is_unsettled,
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
class Worth:
    """The weights of each kind's columns, and its constant."""

    weights: Mapping[ItemKind, Sequence[float]]
    constants: Mapping[ItemKind, float]

    def __call__(self, item: ReviewItem, relation: Relation) -> float:
        row = zip(self.weights[item.kind], columns(item, relation), strict=True)
        return math.exp(min(_MAX_LOG, self.constants[item.kind] + sum(w * x for w, x in row)))


@lru_cache(maxsize=1)
def packaged_worth() -> Worth:
    """The weights that ship with the product."""
    body = json.loads(WEIGHTS.read_text("utf-8"))
    return Worth(
        {kind: [float(body[kind.value][name]) for name in COLUMNS[kind]] for kind in ItemKind},
        {kind: float(body[kind.value]["constant"]) for kind in ItemKind},
    )
