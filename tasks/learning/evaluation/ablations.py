"""The systems that one run gives: what would stand with each part of the loop alone, on the same contracts. Pure functions.

Always with the control beside the gain: the same generator without critic at its own best threshold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tasks.learning.evaluation.baselines import quotes_above
from tasks.learning.evaluation.matching import Quotes, tally
from tasks.learning.evaluation.replayed_run import Worked
from tasks.learning.evaluation.scores import Scores, scores, total
from tasks.learning.labelled import GoldContract

FIRST_DRAFT = "generator, first draft"
CONTROL = "generator alone at its best threshold (control)"
REDUNDANT_ONLY = "redundant path only: draft without what round 1 flags"
MISSING_ONLY = "missing path only: control and what was added on a finding"
VERIFIED = "generator and critic, verified"
WITH_UNSETTLED = "verified, and unsettled taken as right"
ORDER = (FIRST_DRAFT, CONTROL, REDUNDANT_ONLY, MISSING_ONLY, VERIFIED, WITH_UNSETTLED)


class _Quoted(Protocol):
    @property
    def field(self) -> str: ...
    @property
    def quote(self) -> str: ...


def systems_of(worked: Sequence[Worked], alone_threshold: float | None) -> dict[str, list[Quotes]]:
    """For each system the quotes by field of every contract.

    Args:
        alone_threshold: The generator's own best threshold, found out of fold; None: it reports none, and there is no control. The
            missing path alone then adds to the whole first draft.
    """
    found: dict[str, list[Quotes]] = {
        FIRST_DRAFT: [quotes_of(w.draft) for w in worked],
        REDUNDANT_ONLY: [
            quotes_of(v for v in w.draft if v.right is not None and not v.is_flagged) for w in worked
        ],
        MISSING_ONLY: [
            joined(quotes_above(w.draft, alone_threshold or 0.0), quotes_of(w.added)) for w in worked
        ],
        VERIFIED: [quotes_of(w.verified) for w in worked],
        WITH_UNSETTLED: [quotes_of([*w.verified, *w.unsettled]) for w in worked],
    }
    if alone_threshold is not None:
        found[CONTROL] = [quotes_above(w.draft, alone_threshold) for w in worked]
    return {name: found[name] for name in ORDER if name in found}


def quotes_of(values: Iterable[_Quoted]) -> dict[str, list[str]]:
    """The quotes of values, by field."""
    quotes: dict[str, list[str]] = defaultdict(list)
    for value in values:
        quotes[value.field].append(value.quote)
    return dict(quotes)


def joined(one: Quotes, other: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {f: [*one.get(f, ()), *other.get(f, ())] for f in {**one, **other}}


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
