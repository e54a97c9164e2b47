"""The rule that publishes: a gain beyond noise, and no field that falls."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tasks.core.records import Span
from tasks.learning.evaluation.missing_task import Cells
from tasks.learning.evaluation.replayed_run import DraftValue, Value, Worked
from tasks.learning.labelled import GoldContract
from tasks.learning.promotion.gate import GateVerdict, decide, weigh

FIELDS = ("governing_law", "term")
N = 30


def gold(i: int) -> GoldContract:
    quotes = {name: [f"{name} number {i}"] for name in FIELDS}
    return GoldContract(f"contract {i}", "test", quotes, {name: [frozenset()] for name in FIELDS})


GOLDS = [gold(i) for i in range(N)]


def value(name: str, quote: str) -> Value:
    return Value(name, quote, quote, (Span(0, 1),), (1,))


def worked(
    i: int, found: Sequence[str], right: float = 0.9, wrong: float = 0.1, missing: float = 0.5
) -> Worked:
    """Finds some fields of contract i; its critic says `right` of a right value and `wrong` of a wrong one."""
    verified = tuple(value(name, f"{name} number {i}") for name in found)
    draft = (
        DraftValue("term", f"term number {i}", 0.5, right, False),
        DraftValue("term", "nothing of the kind", 0.5, wrong, False),
    )
    return Worked(draft, verified, (), (), (), {}, Cells([missing, 0.2], [True, False]))


def judged(kind: str, before: Sequence[Worked], after: Sequence[Worked]) -> GateVerdict:
    return decide(kind, weigh(GOLDS, FIELDS, before, after))


HALF = [worked(i, FIELDS[:1] if i % 2 else FIELDS) for i in range(N)]
ALL = [worked(i, FIELDS) for i in range(N)]


@pytest.mark.parametrize("kind", ["generator", "critic"])
def test_a_gain_beyond_noise_is_published(kind: str):
    assert judged(kind, HALF, ALL).publish


@pytest.mark.parametrize("kind", ["generator", "critic"])
def test_the_same_again_is_refused(kind: str):
    verdict = judged(kind, HALF, HALF)
    assert not verdict.publish and "+0.0 [+0.0, +0.0]" in verdict.reasons[0]


def test_a_gain_that_noise_can_explain_is_refused():
    one_better = [worked(i, FIELDS) if i == 1 else w for i, w in enumerate(HALF)]
    weighed = weigh(GOLDS, FIELDS, HALF, one_better)
    assert weighed.f1_off.gain.value > 0
    assert not decide("critic", weighed).publish


def test_a_loss_is_refused():
    assert not judged("critic", ALL, HALF).publish


def test_a_field_that_falls_stops_a_gain_elsewhere():
    before = [worked(i, ["term"] if i % 3 else []) for i in range(N)]
    after = [
        worked(i, ["governing_law"] if i % 3 == 0 else ["governing_law", "term"][: 1 + i % 2])
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
    before = [worked(i, ["term"] if i < 19 else []) for i in range(N)]
    after = [worked(i, ["governing_law"]) for i in range(N)]
    weighed = weigh(golds, FIELDS, before, after)
    term = next(f for f in weighed.fields if f.name == "term")
    assert term.n_gold == 19 and term.f1_off.is_below and not term.falls
    assert decide("generator", weighed).publish


def test_a_critic_that_ranks_better_without_loss_is_published_and_a_generator_is_not():
    mixed = [worked(i, FIELDS, *((0.9, 0.1) if i % 2 else (0.1, 0.9))) for i in range(N)]
    assert judged("critic", mixed, ALL).publish
    assert "AUROC of the redundant critic" in judged("critic", mixed, ALL).reasons[1]
    assert not judged("generator", mixed, ALL).publish


def test_ranking_better_on_one_path_does_not_pay_for_the_other():
    before = [worked(i, FIELDS, *((0.9, 0.1) if i % 2 else (0.1, 0.9)), missing=0.9) for i in range(N)]
    after = [worked(i, FIELDS, missing=0.9 if i % 2 else 0.1) for i in range(N)]
    assert not judged("critic", before, after).publish


def test_a_critic_that_tells_nothing_overlooked_is_weighed_without():
    silent = [Worked(w.draft, w.verified, (), (), (), {}, Cells()) for w in ALL]
    weighed = weigh(GOLDS, FIELDS, silent, ALL)
    assert weighed.missing_auroc is None and weighed.redundant_auroc is not None


def test_values_of_fields_that_the_gold_does_not_speak_of_do_not_count():
    loud = [Worked(w.draft, (*w.verified, value("other", "x")), (), (), (), {}, w.cells) for w in ALL]
    assert weigh(GOLDS, FIELDS, ALL, loud).f1_off.gain.value == 0
