"""What is left for a person: how many values end unsettled, how many of them are right, and what accepting all would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.evaluation.matching import tally
from tasks.evaluation.scores import Scores, scores, total
from tasks.evaluation.systems import quotes_of
from tasks.evaluation.worked import Worked
from tasks.learning.labelled import GoldContract


@dataclass(frozen=True, slots=True)
class Unsettled:
    n: int
    alone: Scores
    """Of the unsettled values as if they were the whole answer: their precision is the share that is right."""
    if_accepted: Scores
    """Of verified and unsettled values together."""


def unsettled_of(golds: Sequence[GoldContract], worked: Sequence[Worked]) -> Unsettled:
    pairs = list(zip(golds, worked, strict=True))
    alone = [tally(g.quotes, quotes_of(w.unsettled)) for g, w in pairs]
    both = [tally(g.quotes, quotes_of([*w.verified, *w.unsettled])) for g, w in pairs]
    return Unsettled(sum(len(w.unsettled) for w in worked), scores(total(alone)), scores(total(both)))
