"""Budgets end at their limits, say which one it was, and may be shared by threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.core.cost.budget import Budget, BudgetLimits, Budgets, CutOff, batch_budget, cut_off


class Clock:
    def __init__(self) -> None:
        self.time_s = 100.0

    def __call__(self) -> float:
        return self.time_s


def test_no_limit_never_ends():
    clock = Clock()
    budget = Budget(BudgetLimits(), now=clock)
    budget.spend(10**12)
    clock.time_s += 10**9
    assert budget.ended() is None


def test_tokens_end_at_the_limit():
    budget = Budget(BudgetLimits(max_tokens=10))
    budget.spend(9)
    assert budget.ended() is None
    budget.spend(1)
    assert budget.ended() is CutOff.DOCUMENT_TOKENS


def test_seconds_run_from_the_moment_it_is_made():
    clock = Clock()
    budget = Budget(BudgetLimits(max_s=5), now=clock)
    clock.time_s += 4.9
    assert budget.ended() is None
    clock.time_s += 0.1
    assert budget.ended() is CutOff.DOCUMENT_S


def test_budget_of_a_batch_counts_what_all_threads_spend():
    budget = batch_budget(BudgetLimits(max_tokens=8000))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: [budget.spend(1) for _ in range(1000)], range(8)))
    assert budget.ended() is CutOff.BATCH_TOKENS


@pytest.mark.parametrize("code", CutOff)
def test_every_code_differs_from_errors_of_models_and_has_a_reason(code: CutOff):
    assert cut_off(code.value) is code
    assert code.value.startswith("budget_")
    assert code.reason in {
        f"the {a} of the {b} were used up" for a in ("seconds", "tokens") for b in ("document", "batch")
    }


@pytest.mark.parametrize("error", [None, "", "timed_out", "budget", "model_failed"])
def test_other_errors_name_no_budget(error: str | None):
    assert cut_off(error) is None


def test_batch_stops_no_first_round_and_the_document_stops_every_round():
    used_up = BudgetLimits(max_tokens=1)
    batch = batch_budget(used_up)
    budgets = Budgets(Budget(BudgetLimits()), batch)
    budgets.spend(1)
    assert (budgets.ended(1), budgets.ended(2)) == (None, CutOff.BATCH_TOKENS)
    both = Budgets(Budget(used_up), batch)
    both.spend(1)
    assert (both.ended(1), both.ended(2)) == (CutOff.DOCUMENT_TOKENS, CutOff.DOCUMENT_TOKENS)


def test_what_a_document_spends_is_spent_of_the_batch():
    batch = batch_budget(BudgetLimits(max_tokens=3))
    for document in (Budgets(Budget(BudgetLimits()), batch), Budgets(Budget(BudgetLimits()), batch)):
        document.spend(2)
    assert batch.ended() is CutOff.BATCH_TOKENS
