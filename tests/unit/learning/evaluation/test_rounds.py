from tasks.learning.evaluation.replayed_run import RoundOutcome
from tasks.learning.evaluation.rounds import RoundChange, round_rows, stop_reasons
from tests.unit.learning.evaluation.contracts import gold, replayed, value

GOLD = gold(term=["five years", "ten days", "one week"])
RIGHT, RIGHT_TOO, LATE = value("term", "five years"), value("term", "ten days"), value("term", "one week")
WRONG, WRONG_TOO = value("term", "blue sky"), value("term", "green grass")
FIRST = RoundOutcome((RIGHT,), (RIGHT, RIGHT_TOO, WRONG, WRONG_TOO), 3)
SECOND = RoundOutcome((RIGHT, LATE), (RIGHT, LATE, WRONG_TOO), 2)


def test_a_round_counts_kept_dropped_and_added_values() -> None:
    first, second = round_rows([replayed(GOLD, rounds=(FIRST, SECOND))])
    assert first.change == RoundChange(added_right=2, added_wrong=2)
    assert second.change == RoundChange(
        kept_right=1, kept_wrong=1, dropped_right=1, dropped_wrong=1, added_right=1
    )
    assert (first.n_chunks, second.n_chunks) == (3, 2)
    assert (second.verified.n_predicted, second.verified.precision_off) == (2, 1.0)
    assert second.standing.n_predicted == 3


def test_a_contract_with_fewer_rounds_keeps_its_last_results() -> None:
    rows = round_rows([replayed(GOLD, rounds=(FIRST, SECOND)), replayed(GOLD, rounds=(FIRST,))])
    assert rows[1].change.kept_right == 1 + 2 and rows[1].change.dropped_right == 1
    assert rows[1].n_chunks == 2


def test_a_contract_that_was_not_processed_has_no_round_and_spoils_none() -> None:
    rows = round_rows([replayed(GOLD), replayed(GOLD, rounds=(FIRST,))])
    assert len(rows) == 1 and rows[0].standing.n_predicted == 4


def test_stop_reasons_add_up_over_contracts() -> None:
    assert stop_reasons([replayed(GOLD), replayed(GOLD)]) == {"clean": 2}
