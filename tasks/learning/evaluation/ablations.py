"""The systems that one run gives: results with each part of the loop alone. Pure functions.

The control is the same generator without a critic, at its own best threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.learning.evaluation.baselines import values_above
from tasks.learning.evaluation.matching import Quotes, quotes_of, tally
from tasks.learning.evaluation.replayed_run import ReplayedContract
from tasks.learning.evaluation.scores import Scores, scores, total

FIRST_DRAFT = "generator, first draft"
CONTROL = "generator alone at its best threshold (control)"
REDUNDANT_ONLY = "redundant path only: draft without what round 1 flags"
MISSING_ONLY = "missing path only: control and what was added on a finding"
VERIFIED = "generator and critic, verified"
WITH_UNSETTLED = "verified, and unsettled taken as right"


def systems_of(
    contracts: Sequence[ReplayedContract], alone_threshold: float | None
) -> dict[str, list[Quotes]]:
    """For each system the quotes of every contract.

    Args:
        alone_threshold: The generator's own best threshold, found out of fold. None: there is no
            control, and the missing path alone adds to the whole first draft.
    """
    threshold = alone_threshold or 0.0
    systems: dict[str, list[Quotes]] = {
        FIRST_DRAFT: [quotes_of(c.draft) for c in contracts],
        CONTROL: [quotes_of(values_above(c.draft, threshold)) for c in contracts],
        REDUNDANT_ONLY: [
            quotes_of(v for v in c.draft if v.right is not None and not v.is_flagged) for c in contracts
        ],
        MISSING_ONLY: [quotes_of([*values_above(c.draft, threshold), *c.added]) for c in contracts],
        VERIFIED: [quotes_of(c.verified) for c in contracts],
        WITH_UNSETTLED: [quotes_of([*c.verified, *c.unsettled]) for c in contracts],
    }
    if alone_threshold is None:
        del systems[CONTROL]
    return systems


@dataclass(frozen=True, slots=True)
class Unsettled:
    n: int
    alone: Scores
    """Of the unsettled values alone: their precision is the share that is right."""
    if_accepted: Scores
    """Of verified and unsettled values together."""


def unsettled_of(contracts: Sequence[ReplayedContract]) -> Unsettled:
    alone = [tally(c.gold.quotes, quotes_of(c.unsettled)) for c in contracts]
    both = [tally(c.gold.quotes, quotes_of([*c.verified, *c.unsettled])) for c in contracts]
    n_unsettled = sum(len(c.unsettled) for c in contracts)
    return Unsettled(n_unsettled, scores(total(alone)), scores(total(both)))
