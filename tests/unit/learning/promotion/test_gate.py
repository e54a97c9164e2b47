"""The rule that publishes: a gain beyond noise, and no field that falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tasks.core.records import Span
from tasks.learning.evaluation.missing_task import Cell, Cells
from tasks.learning.evaluation.replayed_run import DraftValue, ReplayedContract, Value
from tasks.learning.labelled import GoldContract
from tasks.learning.promotion.gate import GateVerdict, decide, gate_figures

FIELDS = ("governing_law", "term")
N = 30


def gold(i: int) -> GoldContract:
    quotes = {name: [f"{name} number {i}"] for name in FIELDS}
    return GoldContract(f"contract {i}", "test", quotes, {name: [frozenset()] for name in FIELDS})


GOLDS = [gold(i) for i in range(N)]


def value(name: str, quote: str) -> Value:
    return Value(name, quote, quote, (Span(0, 1),), (1,))


def replayed(
    i: int, names: Sequence[str], right: float = 0.9, wrong: float = 0.1, missing: float = 0.5
) -> ReplayedContract:
    """Has some fields of contract i; its critic gives the probabilities `right` and `wrong`."""
    verified = tuple(value(name, f"{name} number {i}") for name in names)
    draft = (
        DraftValue("term", f"term number {i}", 0.5, right, False),
        DraftValue("term", "nothing of the kind", 0.5, wrong, False),
    )
    cells = Cells((Cell(missing, True, True), Cell(0.2, False, True)))
    return ReplayedContract(GOLDS[i], draft, verified, cells=cells)


def judged(kind: str, before: Sequence[ReplayedContract], after: Sequence[ReplayedContract]) -> GateVerdict:
    return decide(kind, gate_figures(FIELDS, before, after))


HALF = [replayed(i, FIELDS[:1] if i % 2 else FIELDS) for i in range(N)]
ALL = [replayed(i, FIELDS) for i in range(N)]


@pytest.mark.parametrize("kind", ["generator", "critic"])
def test_a_gain_beyond_noise_is_published(kind: str):
    assert judged(kind, HALF, ALL).publish


@pytest.mark.parametrize("kind", ["generator", "critic"])
def test_the_same_again_is_refused(kind: str):
    verdict = judged(kind, HALF, HALF)
    assert not verdict.publish and "+0.0 [+0.0, +0.0]" in verdict.reasons[0]


def test_a_gain_that_noise_can_explain_is_refused():
    one_better = [replayed(i, FIELDS) if i == 1 else c for i, c in enumerate(HALF)]
    figures = gate_figures(FIELDS, HALF, one_better)
    assert figures.f1_off.gain.value > 0
    assert not decide("critic", figures).publish


def test_a_loss_is_refused():
    assert not judged("critic", ALL, HALF).publish


def test_a_field_that_falls_stops_a_gain_elsewhere():
    before = [replayed(i, ["term"] if i % 3 else []) for i in range(N)]
    after = [
        replayed(i, ["governing_law"] if i % 3 == 0 else ["governing_law", "term"][: 1 + i % 2])
        for i in range(N)
    ]
    verdict = judged("generator", before, after)
    assert not verdict.publish
    assert verdict.reasons[0].endswith("above 0") and "not above" not in verdict.reasons[0]
    assert "term falls by more than noise" in verdict.reasons[1]


def test_a_field_of_little_gold_is_not_believed_to_fall():
    golds = [
        g
        if i < 19
        else GoldContract(
            g.doc_id, "test", {"governing_law": g.quotes["governing_law"]}, {"governing_law": [frozenset()]}
        )
        for i, g in enumerate(GOLDS)
    ]
    before = [replayed(i, ["term"] if i < 19 else []) for i in range(N)]
    after = [replayed(i, ["governing_law"]) for i in range(N)]
    sides = ([replace(c, gold=g) for g, c in zip(golds, side, strict=True)] for side in (before, after))
    figures = gate_figures(FIELDS, *sides)
    term = next(f for f in figures.fields if f.name == "term")
    assert term.n_gold == 19 and term.f1_off.is_below and not term.falls
    assert decide("generator", figures).publish


def test_a_critic_that_ranks_better_without_loss_is_published_and_a_generator_is_not():
    mixed = [replayed(i, FIELDS, *((0.9, 0.1) if i % 2 else (0.1, 0.9))) for i in range(N)]
    assert judged("critic", mixed, ALL).publish
    assert "AUROC of the redundant critic" in judged("critic", mixed, ALL).reasons[1]
    assert not judged("generator", mixed, ALL).publish


def test_ranking_better_on_one_path_does_not_pay_for_the_other():
    before = [replayed(i, FIELDS, *((0.9, 0.1) if i % 2 else (0.1, 0.9)), missing=0.9) for i in range(N)]
    after = [replayed(i, FIELDS, missing=0.9 if i % 2 else 0.1) for i in range(N)]
    assert not judged("critic", before, after).publish


def test_a_critic_that_reports_nothing_overlooked_is_compared_without():
    silent = [ReplayedContract(c.gold, c.draft, c.verified) for c in ALL]
    figures = gate_figures(FIELDS, silent, ALL)
    assert figures.missing_auroc is None and figures.redundant_auroc is not None


def test_values_of_fields_that_the_gold_does_not_speak_of_do_not_count():
    loud = [replace(c, verified=(*c.verified, value("other", "x"))) for c in ALL]
    assert gate_figures(FIELDS, ALL, loud).f1_off.gain.value == 0
