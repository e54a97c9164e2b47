"""The whole report of one evaluation: from gold and what the product made of it to every figure, as one JSON object. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.learning.evaluation.ablations import Unsettled, systems_of, unsettled_of
from tasks.learning.evaluation.baselines import Floor, floor
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
from tasks.learning.evaluation.matching import Point, sweep, truth_of
from tasks.learning.evaluation.ranking import Calibration, Ranking, calibration, ranking
from tasks.learning.evaluation.replayed_run import Worked
from tasks.learning.evaluation.rounds import RoundRow, round_rows, stop_reasons
from tasks.learning.labelled import GoldContract


@dataclass(frozen=True, slots=True)
class Subject:
    """What was evaluated."""

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


@dataclass(frozen=True, slots=True)
class Redundant:
    """The redundant critic over all grounded values of the first draft, and the generator's own score over the same."""

    critic: Ranking
    generator: Ranking
    n_without_verdict: int


@dataclass(frozen=True, slots=True)
class MissingTask:
    """The missing critic over cells of chunk and field (`tasks.learning.evaluation.missing_task`); None where it reports no `overlooked`."""

    all_cells: Ranking | None
    hard_cells: Ranking | None
    n_missing: int
    n_not_located: int


@dataclass(frozen=True, slots=True)
class Report:
    subject: Subject
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
    calibration_right: Calibration | None
    calibration_overlooked: Calibration | None
    sweep_generator: tuple[Point, ...]
    sweep_critic: tuple[Point, ...]
    floor: Floor
    near_duplicates: NearDuplicates
    unsettled: Unsettled

    def as_json(self) -> dict[str, Any]:
        return _plain(asdict(self))


def report(golds: Sequence[GoldContract], worked: Sequence[Worked], subject: Subject) -> Report:
    """Every figure of one run.

    Args:
        golds: Contracts in the order of `worked`.
    """
    systems = systems_of(worked, subject.alone_threshold)
    rights, truths = _judged(golds, worked)
    cells = [(said, truth) for w in worked for said, truth in zip(w.cells.said, w.cells.truth, strict=True)]
    return Report(
        subject=subject,
        n_contracts=len(golds),
        n_pages=sum(w.n_pages for w in worked),
        n_chunks=sum(w.n_chunks for w in worked),
        systems=compare(golds, systems),
        fields=compare_fields(golds, systems, subject.fields),
        page_right=page_right(golds, worked),
        rounds=round_rows(golds, worked),
        stops=stop_reasons(worked),
        redundant=_redundant(golds, worked),
        missing=_missing(worked),
        calibration_right=calibration(rights, truths),
        calibration_overlooked=calibration([said for said, _ in cells], [truth for _, truth in cells]),
        sweep_generator=sweep(
            golds, [[(v.field, v.quote, v.score) for v in w.draft if v.score is not None] for w in worked]
        ),
        sweep_critic=sweep(
            golds, [[(v.field, v.quote, v.right) for v in w.draft if v.right is not None] for w in worked]
        ),
        floor=floor(golds, subject.fields, systems),
        near_duplicates=near_duplicates(golds, systems),
        unsettled=unsettled_of(golds, worked),
    )


def _judged(golds: Sequence[GoldContract], worked: Sequence[Worked]) -> tuple[list[float], list[bool]]:
    """The critic's `right` of every value it gave a verdict on, and whether the value is."""
    rights: list[float] = []
    truths: list[bool] = []
    for gold, work in zip(golds, worked, strict=True):
        are_right = truth_of(gold, [(v.field, v.quote) for v in work.draft]).right
        for value, truth in zip(work.draft, are_right, strict=True):
            if value.right is not None:
                rights.append(value.right)
                truths.append(truth)
    return rights, truths


def _redundant(golds: Sequence[GoldContract], worked: Sequence[Worked]) -> Redundant:
    rows: list[tuple[float | None, float, bool, int]] = []
    n_without = 0
    for index, (gold, work) in enumerate(zip(golds, worked, strict=True)):
        are_right = truth_of(gold, [(v.field, v.quote) for v in work.draft]).right
        for value, truth in zip(work.draft, are_right, strict=True):
            if value.right is None:
                n_without += 1
            else:
                rows.append((value.score, value.right, truth, index))
    scored = [(score, truth, index) for score, _, truth, index in rows if score is not None]
    critic = ranking([r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows], len(golds))
    own = ranking([r[0] for r in scored], [r[1] for r in scored], [r[2] for r in scored], len(golds))
    return Redundant(critic, own, n_without)


def _missing(worked: Sequence[Worked]) -> MissingTask:
    rows = [
        (said, truth, hard, index)
        for index, w in enumerate(worked)
        for said, truth, hard in zip(w.cells.said, w.cells.truth, w.cells.is_hard, strict=True)
    ]
    every = _ranked(rows, len(worked)) if rows else None
    hard = _ranked([r for r in rows if r[2]], len(worked)) if rows else None
    n_missing, n_lost = sum(w.cells.n_missing for w in worked), sum(w.cells.n_not_located for w in worked)
    return MissingTask(every, hard, n_missing, n_lost)


def _ranked(rows: Sequence[tuple[float, bool, bool, int]], n_contracts: int) -> Ranking:
    return ranking([r[0] for r in rows], [r[1] for r in rows], [r[3] for r in rows], n_contracts)


def _plain(value: Any) -> Any:
    """JSON knows no nan: a figure that no sample gave is null."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value
