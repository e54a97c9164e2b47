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
    area = auroc([float(s) for s, _ in rows], [y for _, y in rows])
    if not right or not wrong:
        assert area is None
    else:
        pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in right for b in wrong]
        assert area == pytest.approx(sum(pairs) / len(pairs))


@given(ROWS)
def test_a_sample_of_contracts_is_rated_as_if_its_values_were_all_there_are(
    rows: list[tuple[int, bool]],
) -> None:
    contracts = [[(float(s), y) for s, y in rows[i::N_CONTRACTS]] for i in range(N_CONTRACTS)]
    samples = auroc_samples(contracts)
    if samples is None:
        assert len({y for _, y in rows}) == 1
        return
    for sample, value in list(zip(draws(N_CONTRACTS), samples[1], strict=True))[:5]:
        drawn = [row for own, n in zip(contracts, sample, strict=True) for row in own * int(n)]
        spelt = auroc([s for s, _ in drawn], [y for _, y in drawn])
        assert (spelt is None and np.isnan(value)) or spelt == pytest.approx(value)


def test_a_ranking_counts_both_kinds_and_holds_its_value() -> None:
    rated = ranking([[(0.9, True), (0.2, False)], [(0.7, False), (0.4, True)], [(0.8, True), (0.1, False)]])
    assert (rated.n_right, rated.n_wrong) == (3, 3)
    assert rated.auroc is not None and rated.auroc.value == pytest.approx(8 / 9)
    assert rated.auroc.low <= rated.auroc.value <= rated.auroc.high


def test_where_nothing_is_wrong_there_is_nothing_to_rank() -> None:
    rated = ranking([[(0.9, True)], [(0.2, True)]])
    assert (rated.auroc, rated.n_right, rated.n_wrong) == (None, 2, 0)
