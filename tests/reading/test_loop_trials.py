"""The benchmark of the loop measures what it says: its contracts hold their facts, and models without mistakes make none."""

from __future__ import annotations

from tests.bench.loop_documents import made_contract
from tests.bench.loop_trials import MAJORITY, SYSTEMS, UNION, VERIFIED, Setting, play
from tests.scripted.habits import ALL_SEEING, FAULTLESS
from tests.scripted.truth import place_of

CONTRACT = made_contract(0, seed=0)


def test_made_contract_says_its_facts_and_traps_and_nothing_usual():
    text, truth = CONTRACT.run_input.reading.text, CONTRACT.truth
    assert all(place_of(claim.quote, text) is not None for claim in (*truth.facts, *truth.traps))
    assert not any(place_of(claim.quote, text) is not None for claim in truth.usual)
    assert len({(f.field, f.value) for f in (*truth.facts, *truth.traps)}) == len(truth.facts) + len(
        truth.traps
    )


def test_models_without_mistakes_give_the_whole_truth_in_one_round():
    trial = play(CONTRACT, Setting(FAULTLESS, ALL_SEEING), seed=0)
    n = len(CONTRACT.truth.facts)
    assert {(t.right, t.n_predicted, t.n_gold) for t in trial.tallies.values()} == {(n, n, n)}
    assert list(trial.tallies) == list(SYSTEMS)
    assert [r.n_asked for r in trial.rounds] == [trial.n_chunks]
    assert 3 * trial.loop.generator_tokens == trial.passes.n_tokens


def test_merging_more_passes_finds_more_and_the_loop_is_more_precise():
    trial = play(CONTRACT, Setting(), seed=0)
    union, majority, verified = (trial.tallies[name] for name in (UNION, MAJORITY, VERIFIED))
    assert union.gold_found >= majority.gold_found
    assert verified.right / verified.n_predicted > union.right / union.n_predicted


def test_trial_is_the_same_each_time():
    assert play(CONTRACT, Setting(), seed=3) == play(CONTRACT, Setting(), seed=3)
