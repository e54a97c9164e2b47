import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.learning.evaluation.ranking import auroc, auroc_samples, ranking
from tasks.learning.evaluation.scores import draws

ROWS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30)
N_CONTRACTS = 4


@given(ROWS)
def test_it_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    right, wrong = [s for s, y in rows if y], [s for s, y in rows if not y]
    told = auroc([float(s) for s, _ in rows], [y for _, y in rows])
    if not right or not wrong:
        assert told is None
    else:
        pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in right for b in wrong]
        assert told == pytest.approx(sum(pairs) / len(pairs))


@given(ROWS)
def test_a_sample_of_contracts_is_rated_as_if_its_values_were_all_there_are(
    rows: list[tuple[int, bool]],
) -> None:
    contracts = [i % N_CONTRACTS for i in range(len(rows))]
    told = auroc_samples([float(s) for s, _ in rows], [y for _, y in rows], contracts, N_CONTRACTS)
    if told is None:
        assert len({y for _, y in rows}) == 1
        return
    for sample, value in list(zip(draws(N_CONTRACTS), told[1], strict=True))[:5]:
        again = [row for row, contract in zip(rows, contracts, strict=True) for _ in range(sample[contract])]
        spelt = auroc([float(s) for s, _ in again], [y for _, y in again])
        assert (spelt is None and np.isnan(value)) or spelt == pytest.approx(value)


def test_a_ranking_counts_both_kinds_and_holds_its_value() -> None:
    told = ranking(
        [0.9, 0.2, 0.7, 0.4, 0.8, 0.1], [True, False, False, True, True, False], [0, 0, 1, 1, 2, 2], 3
    )
    assert (told.n_right, told.n_wrong) == (3, 3)
    assert told.auroc is not None and told.auroc.value == pytest.approx(8 / 9)
    assert told.auroc.low <= told.auroc.value <= told.auroc.high


def test_where_nothing_is_wrong_there_is_nothing_to_rank() -> None:
    told = ranking([0.9, 0.2], [True, True], [0, 1], 2)
    assert (told.auroc, told.n_right, told.n_wrong) == (None, 2, 0)
