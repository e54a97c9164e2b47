"""What a batch's report says of cost."""

import pytest

from tasks.core.cost.costs import Cost, CostLine, CostShare, cost_in_words
from tasks.core.records import Stage
from tasks.documents import Outcome, OutcomeStatus
from tasks.report import _row, batch_cost, summary


def outcome(
    key: str, tokens_in: int, round_number: int = 1, status: OutcomeStatus = OutcomeStatus.DONE
) -> Outcome:
    line = CostLine("llm/1", Stage.GENERATE, round_number, 1, 2.0, tokens_in, 10, 0, tokens_in / 1e6)
    return Outcome(key=key, schema_name="cv", status=status, cost=Cost((line,), "EUR"))


def test_batch_costs_what_its_documents_cost():
    batch = batch_cost([outcome("a", 1000), outcome("b", 500), outcome("b", 300, round_number=2)])
    assert (batch.total.tokens_in, batch.total.seconds, batch.currency) == (1800, 6.0, "EUR")
    assert batch.added_by(CostShare.REGENERATION) == pytest.approx(0.2)
    assert "regeneration 20%" in cost_in_words(batch)


def test_document_that_was_not_worked_on_costs_nothing():
    idle = Outcome(key="a", schema_name="cv", status=OutcomeStatus.UNCHANGED)
    assert batch_cost([idle]) == Cost()
    assert (_row(idle)["tokens"], _row(idle)["money"]) == ("", "")


def test_table_names_what_the_reader_says_of_a_file():
    seen = outcome("a", 1000).model_copy(update={"flags": ("encrypted", "redline")})
    assert _row(seen)["flags"] == "encrypted, redline"


def test_table_has_tokens_and_money_of_every_document():
    row = _row(outcome("a", 1000))
    assert (row["tokens"], row["money"]) == (1010, 0.001)
    assert summary([outcome("a", 1000)]).startswith("1 document: 1 done")
