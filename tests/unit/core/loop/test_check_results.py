"""Checks of a schema over the verified values of a run."""

from __future__ import annotations

from tasks.core.loop.results import RunResults
from tasks.core.schema import Schema
from tests.unit.core.loop.drafts import LEASE, UNSETTLED, VERIFIED, Draft


def with_checks(*checks: str) -> Schema:
    return LEASE.model_copy(update={"checks": checks})


def checked(draft: Draft, *checks: str) -> RunResults:
    return draft.settled(schema=with_checks(*checks))


def test_check_that_fails_doubts_its_values_in_words():
    draft = Draft().add("rent", "USD 2,000", 10).add("deposit", "USD 20,000", 1010).add("fees", "USD 5", 2010)
    done = checked(draft, "deposit <= 6 * rent")
    assert [(e.field, e.status) for e in done.extractions] == [
        ("rent", UNSETTLED),
        ("deposit", UNSETTLED),
        ("fees", VERIFIED),
    ]
    assert {e.reason for e in done.extractions if e.reason} == {
        "the check `deposit <= 6 * rent` fails: Deposit (USD 20000) is not at most 6 times Monthly rent (USD 2000)"
    }
    (result,) = done.checks
    assert (result.outcome, result.fields) == ("fails", ("deposit", "rent"))
    assert "20" not in result.summary
    assert {c.field: c.state.value for c in done.coverage}.items() >= {
        ("rent", "unsettled"),
        ("fees", "found"),
    }


def test_check_that_holds_or_lacks_a_field_doubts_nothing():
    draft = Draft().add("rent", "USD 2,000", 10).add("deposit", "USD 4,000", 1010)
    done = checked(draft, "deposit <= 6 * rent", "start < signed", "start + term > signed")
    assert {e.status for e in done.extractions} == {VERIFIED}
    assert [(c.outcome.value, c.says) for c in done.checks] == [
        ("holds", ""),
        ("passed over", "there is no verified value of 'Start'"),
        ("passed over", "there is no verified value of 'Start'"),
    ]


def test_check_that_cannot_be_calculated_says_so_and_doubts_nothing():
    draft = Draft().add("rent", "USD 2,000", 10).add("deposit", "EUR 4,000", 1010)
    done = checked(draft, "deposit <= 6 * rent")
    assert {e.status for e in done.extractions} == {VERIFIED}
    assert [(c.outcome.value, c.says) for c in done.checks] == [
        ("cannot be calculated", "two currencies or units cannot be compared")
    ]


def test_sum_needs_all_values_of_its_field():
    draft = Draft().add("rent", "USD 50", 10).add("fees", "USD 20", 1010).add("fees", "USD 30", 2010)
    assert checked(draft, "sum(fees) == rent").checks[0].outcome == "holds"
    open_too = draft.add("fees", "USD 7", 3010, 0.3)
    assert checked(open_too, "sum(fees) == rent").checks[0].says == "not all values of 'Fees' are verified"


def test_of_a_chain_only_the_pair_that_fails_is_doubted():
    draft = Draft().add("signed", "1 May 2024", 10).add("start", "1 June 2024", 1010)
    done = checked(draft.add("term", "two years", 2010), "start < signed and term > 'P1Y'")
    assert [(e.field, e.status) for e in done.extractions if e.status is VERIFIED] == [("term", VERIFIED)]
    assert done.checks[0].says == "Start (2024-06-01) is not before Signed (2024-05-01)"
