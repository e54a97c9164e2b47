import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.ranking import auroc

ROWS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30)


@given(ROWS)
def test_it_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool]]) -> None:
    right, wrong = [s for s, y in rows if y], [s for s, y in rows if not y]
    told = auroc([float(s) for s, _ in rows], [y for _, y in rows])
    if not right or not wrong:
        assert told is None
    else:
        pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in right for b in wrong]
        assert told == pytest.approx(sum(pairs) / len(pairs))
