"""The report of one evaluation as a JSON object, from replayed contracts. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

from tasks.learning.evaluation.ablations import Unsettled, systems_of, unsettled_of
from tasks.learning.evaluation.baselines import NullBaseline, null_baseline
from tasks.learning.evaluation.comparison import (
    FieldRow,
    NearDuplicates,
    PageRight,
    Row,
    compare,
    compare_fields,
    near_duplicates,
    page_right,
)
from tasks.learning.evaluation.effort import (
    EffortRow,
    LookedAt,
    ReviewCase,
    effort,
    looked_at,
    without_places,
)
from tasks.learning.evaluation.matching import Point, sweep
from tasks.learning.evaluation.promise import PromiseReport, promise_report
from tasks.learning.evaluation.ranking import Ranking, Reliability, calibration, ranking
from tasks.learning.evaluation.replayed_run import ReplayedContract
from tasks.learning.evaluation.rounds import RoundRow, round_rows, stop_reasons


@dataclass(frozen=True, slots=True)
class EvaluationSetup:
    """What was evaluated, and how."""

    schema: str
    schema_digest: str
    fields: tuple[str, ...]
    generator: str
    """name/version-weights"""
    critic: str
    reader_versions: tuple[str, ...]
    max_rounds: int
    alone_threshold: float | None
    """None: the generator reports no threshold of its own, so there is no control."""
    read_from_text: tuple[str, ...] = ()
    """Contracts without a PDF; their pages are not judged."""
    not_worked_on: dict[str, str] = field(default_factory=dict[str, str])
    """Contract -> reason; their gold counts as not found."""
    own_fields: tuple[str, ...] = ()
    """Those of `fields` that have no trained head."""
    promise: float | None = None
    """The share of their verified values that must be right; None: nothing is promised."""
    critic_bar: float | None = None
    """The least probability of a verified value of the other fields; None: the critic does not tell."""


@dataclass(frozen=True, slots=True)
class Redundant:
    """How the critic, and the generator's own score, rank the judged values of the first draft."""

    critic: Ranking
    generator: Ranking
    n_without_verdict: int


@dataclass(frozen=True, slots=True)
class MissingTask:
    """How the critic ranks cells (`missing_task`); None if it reports no `overlooked`."""

    all_cells: Ranking | None
    hard_cells: Ranking | None
    n_missing: int
    n_not_located: int


@dataclass(frozen=True, slots=True)
class Report:
    """All figures; the names of the attributes are the keys of the JSON object."""

    subject: EvaluationSetup
    n_contracts: int
    n_pages: int
    n_chunks: int
    systems: dict[str, Row]
    fields: dict[str, FieldRow]
    page_right: PageRight
    rounds: tuple[RoundRow, ...]
    stops: dict[str, int]
    redundant: Redundant
    missing: MissingTask
    calibration_right: Reliability | None
    calibration_overlooked: Reliability | None
    sweep_generator: tuple[Point, ...]
    sweep_critic: tuple[Point, ...]
    floor: NullBaseline
    near_duplicates: NearDuplicates
    unsettled: Unsettled
    promise: PromiseReport
    effort: tuple[EffortRow, ...] = ()
    """What review pays; empty: it was not asked for."""
    looked_at: LookedAt | None = None

    def as_json(self) -> dict[str, Any]:
        return _without_nan(asdict(self))


def report(contracts: Sequence[ReplayedContract], setup: EvaluationSetup) -> Report:
    """Every figure of one run."""
    golds = [c.gold for c in contracts]
    systems = systems_of(contracts, setup.alone_threshold)
    by_score = [[(v.field, v.quote, v.score) for v in c.draft if v.score is not None] for c in contracts]
    by_right = [[(v.field, v.quote, v.right) for v in c.draft if v.right is not None] for c in contracts]
    cases = _review_cases(contracts)
    return Report(
        subject=setup,
        n_contracts=len(contracts),
        n_pages=sum(c.n_pages for c in contracts),
        n_chunks=sum(c.n_chunks for c in contracts),
        systems=compare(golds, systems),
        fields=compare_fields(golds, systems, setup.fields),
        page_right=page_right(contracts),
        rounds=round_rows(contracts),
        stops=stop_reasons(contracts),
        redundant=_redundant(contracts),
        missing=_missing(contracts),
        calibration_right=calibration([*chain.from_iterable(c.verdicts() for c in contracts)]),
        calibration_overlooked=calibration([*chain.from_iterable(c.suspicions() for c in contracts)]),
        sweep_generator=sweep(golds, by_score),
        sweep_critic=sweep(golds, by_right),
        floor=null_baseline(golds, setup.fields, systems),
        near_duplicates=near_duplicates(golds, systems),
        unsettled=unsettled_of(contracts),
        promise=promise_report(contracts, _trained(setup), setup.own_fields, setup.promise, setup.critic_bar),
        effort=effort(cases) if cases else (),
        looked_at=looked_at(cases) if cases else None,
    )


def _review_cases(contracts: Sequence[ReplayedContract]) -> list[ReviewCase]:
    """Every contract's, or none if they were not wanted."""
    if all(c.review is None for c in contracts):
        return []
    return [c.review or without_places(c.gold) for c in contracts]


def _trained(setup: EvaluationSetup) -> tuple[str, ...]:
    return tuple(name for name in setup.fields if name not in setup.own_fields)


def _redundant(contracts: Sequence[ReplayedContract]) -> Redundant:
    """Both rankings are over the values that have a verdict, so that they can be compared."""
    generator = [
        [(v.score, right) for v, right in c.draft_truth() if v.right is not None and v.score is not None]
        for c in contracts
    ]
    n_without = sum(v.right is None for c in contracts for v in c.draft)
    return Redundant(ranking([c.verdicts() for c in contracts]), ranking(generator), n_without)


def _missing(contracts: Sequence[ReplayedContract]) -> MissingTask:
    hard = [[(x.probability, x.is_missing) for x in c.cells.rows if x.is_hard] for c in contracts]
    has_cells = any(c.cells.rows for c in contracts)
    return MissingTask(
        ranking([c.suspicions() for c in contracts]) if has_cells else None,
        ranking(hard) if has_cells else None,
        sum(c.cells.n_missing for c in contracts),
        sum(c.cells.n_not_located for c in contracts),
    )


def _without_nan(value: Any) -> Any:
    """JSON has no nan: a figure without a sample is null."""
    if isinstance(value, dict):
        return {k: _without_nan(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value
