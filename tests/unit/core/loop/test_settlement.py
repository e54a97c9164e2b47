"""Values of a run are compared with each other: competing, amended, or left to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.loop.assessment import Assessment
from tasks.core.loop.document_facts import DocumentFacts
from tasks.core.loop.results import results_of
from tasks.core.loop.settlement import is_decided_by_bar
from tasks.core.records import Agreement, CellState, Extraction, FindingSource
from tests.unit.core.loop.drafts import LEASE, REJECTED, UNSETTLED, VERIFIED, Draft, statuses


def test_two_equally_probable_values_of_a_field_both_go_to_a_person():
    rows = Draft().add("rent", "USD 2,000", 10).add("rent", "USD 3,000", 6010).rows()
    assert statuses(rows) == {"USD 2,000": UNSETTLED, "USD 3,000": UNSETTLED}
    assert rows[0].reason == (
        "the document gives two values of a field that has one: the other stands on page 7"
    )
    odds = 0.9 / 0.1
    assert rows[0].score == pytest.approx(odds / (1 + 2 * odds))  # pyright: ignore[reportUnknownMemberType]


def test_strong_value_takes_the_field_and_a_hopeless_one_is_rejected():
    done = Draft().add("rent", "USD 2,000", 10, 0.98).add("rent", "USD 9", 6010, 0.2).settled()
    assert statuses(list(done.extractions)) == {"USD 2,000": VERIFIED, "USD 9": REJECTED}
    assert done.extractions[1].reason == "another value of the field is better supported: that on page 1"
    assert [c.state for c in done.coverage if c.field == "rent"] == [CellState.FOUND]


def test_weak_value_that_may_still_be_right_goes_to_a_person():
    rows = Draft().add("rent", "USD 2,000", 10, 0.99).add("rent", "USD 9", 6010, 0.4).rows()
    assert statuses(rows) == {"USD 2,000": VERIFIED, "USD 9": UNSETTLED}


def test_without_a_bar_two_verified_values_both_go_to_a_person():
    draft = Draft().add("rent", "USD 2,000", 10, 0.9, None).add("rent", "USD 9", 6010, 0.6, None)
    assert set(statuses(draft.rows()).values()) == {UNSETTLED}
    doubted = Draft().add("rent", "USD 2,000", 10, 0.9, None).add("rent", "USD 9", 6010, 0.1, None)
    rows = doubted.doubted(FindingSource.CRITIC).rows()
    assert statuses(rows) == {"USD 2,000": VERIFIED, "USD 9": UNSETTLED}


def test_words_that_the_page_does_not_say_do_not_compete():
    draft = Draft().add("rent", "USD 2,000", 10).add("rent", "USD 3,000", 6010)
    rows = draft.doubted(FindingSource.GROUNDING).rows()
    assert statuses(rows) == {"USD 2,000": VERIFIED, "USD 3,000": UNSETTLED}
    assert rows[0].score == 0.9


def test_fields_with_several_values_do_not_compete_unless_it_is_yes_or_no():
    assert set(statuses(Draft().add("fees", "USD 20", 10).add("fees", "USD 30", 40).rows()).values()) == {
        VERIFIED
    }
    rows = Draft().add("pets", "true", 10).add("pets", "true", 50).add("pets", "false", 6010).rows()
    assert [(r.value, r.status, len(r.places)) for r in rows] == [
        ("true", UNSETTLED, 1),
        ("false", UNSETTLED, 0),
    ]


def test_values_of_two_agreements_do_not_compete():
    halves = (Agreement(0, 2000, "LEASE A", 1), Agreement(2000, 9000, "LEASE B", 3))
    draft = Draft().add("rent", "USD 2,000", 10).add("rent", "USD 3,000", 6010)
    assert set(statuses(draft.rows(DocumentFacts(agreements=halves))).values()) == {VERIFIED}
    resumed = (*halves, Agreement(9000, 9900, "LEASE A, ARTICLE 7", 10))
    again = Draft().add("rent", "USD 2,000", 10).add("rent", "USD 3,000", 9010)
    assert set(statuses(again.rows(DocumentFacts(agreements=resumed))).values()) == {UNSETTLED}


# ---------------------------------------------------------------- amendments


def amended(text: str, *values: tuple[str, float]) -> list[Extraction]:
    draft = Draft()
    for value, right in values:
        at = text.index(value)
        draft.add("rent", value, at, right)
    return draft.rows(DocumentFacts(text=text))


def test_new_value_of_an_amendment_holds_and_the_old_one_is_superseded():
    text = f"The rent is USD 2,000.{' ' * 4000}\nThe rent is hereby increased from USD 2,000 to USD 2,300.\n"
    rows = amended(text, ("USD 2,000", 0.95), ("USD 2,300", 0.85))
    assert statuses(rows) == {"USD 2,000": REJECTED, "USD 2,300": VERIFIED}
    assert rows[0].reason == "superseded by an amendment on page 5"
    assert rows[1].score == 0.85


def test_amendment_that_does_not_say_what_it_replaces_replaces_every_other_value():
    text = "The rent is USD 2,000. By agreement the rent is USD 2,300 instead of the amount shown. USD 7"
    rows = amended(text, ("USD 2,000", 0.95), ("USD 2,300", 0.85), ("USD 7", 0.4))
    assert statuses(rows) == {"USD 2,000": REJECTED, "USD 2,300": VERIFIED, "USD 7": REJECTED}


def test_amendment_of_something_else_supersedes_nothing():
    text = "The rent is USD 2,000. The fee is hereby increased from USD 2,000 to USD 2,300."
    rows = amended(text, ("USD 2,000", 0.95), ("USD 2,300", 0.2))
    assert statuses(rows) == {"USD 2,000": VERIFIED, "USD 2,300": REJECTED}


def test_of_two_amendments_in_a_row_the_last_holds():
    text = "Rent USD 1. It is hereby increased from USD 1 to USD 22. It is hereby increased from USD 22 to USD 333."
    rows = amended(text, ("USD 1", 0.9), ("USD 22", 0.9), ("USD 333", 0.9))
    assert statuses(rows) == {"USD 1": REJECTED, "USD 22": REJECTED, "USD 333": VERIFIED}


# ---------------------------------------------------------------- open words, shared words


def test_typed_value_without_a_normal_form_is_unsettled():
    (row,) = Draft().add("start", "3/4/2014", 10).rows()
    assert (row.status, row.normal) == (UNSETTLED, None)
    assert row.reason == "its words leave open which date they mean"


def test_two_fields_with_the_same_words_at_one_place_leave_the_weaker_to_a_person():
    draft = Draft().add("start", "1 May 2024", 10, 0.95).add("signed", "1 May 2024", 10, 0.85)
    rows = draft.rows()
    assert [(r.field, r.status) for r in rows] == [("start", VERIFIED), ("signed", UNSETTLED)]
    assert rows[1].reason == "the field 'Start' has the same words at the same place"


def test_two_fields_may_share_their_words_if_both_are_sure_or_elsewhere():
    sure = Draft().add("start", "1 May 2024", 10, 0.98).add("signed", "1 May 2024", 10, 0.97)
    assert {r.status for r in sure.rows()} == {VERIFIED}
    elsewhere = Draft().add("start", "1 May 2024", 10).add("signed", "1 May 2024", 2010)
    assert {r.status for r in elsewhere.rows()} == {VERIFIED}


def test_cell_of_a_superseded_value_is_absent_and_says_why():
    text = "The rent is USD 2,000. The rent is hereby increased from USD 2,000 to USD 2,300."
    draft = Draft().add("rent", "USD 2,000", 12)
    other = Draft().add("rent", "USD 2,300", text.index("USD 2,300"))
    halves = [Assessment(1, tuple(d.candidates), (0.9,), (), bars=(0.8,)) for d in (draft, other)]
    done = results_of({0: [halves[0]], 1: [halves[1]]}, LEASE, DocumentFacts(text=text))
    cells = {c.chunk_index: (c.state, c.reason) for c in done.coverage if c.field == "rent"}
    assert cells == {
        0: (CellState.ABSENT, "superseded by an amendment on page 1"),
        1: (CellState.FOUND, ""),
    }


@given(st.permutations([("USD 1", 0.9), ("USD 2", 0.7), ("USD 3", 0.2), ("USD 1", 0.95), ("USD 4", 0.04)]))
def test_settled_probabilities_are_one_share_each_in_any_order(values: list[tuple[str, float]]):
    draft = Draft()
    for value, right in values:
        draft.add("rent", value, int(right * 10000), right)
    rows = draft.rows()
    scores = {row.value: row.score or 0.0 for row in rows}
    assert sorted(scores, key=scores.__getitem__) == ["USD 4", "USD 3", "USD 2", "USD 1"]
    assert sum(scores.values()) < 1
    assert statuses(rows)["USD 4"] is REJECTED


def test_a_bar_decides_about_values_that_are_verified_below_it_or_in_conflict():
    verified = Draft().add("rent", "USD 2,000", 10, 0.98)
    weak = Draft().add("rent", "USD 2,000", 10, 0.3)
    conflict = Draft().add("rent", "USD 2,000", 10).add("rent", "USD 3,000", 6010)
    rows = [r for draft in (verified, weak, conflict) for r in draft.rows()]
    assert [r.status for r in rows] == [VERIFIED, UNSETTLED, UNSETTLED, UNSETTLED]
    assert all(is_decided_by_bar(r.status, r.reason) for r in rows)


def test_no_bar_decides_about_values_that_are_in_doubt_for_another_reason():
    doubted = Draft().add("rent", "USD 2,000", 10).doubted(FindingSource.CRITIC)
    rejected = Draft().add("rent", "USD 2,000", 10, 0.98).add("rent", "USD 9", 6010, 0.2)
    rows = [*doubted.rows(), *rejected.rows()[1:]]
    assert [r.status for r in rows] == [UNSETTLED, REJECTED]
    assert not any(is_decided_by_bar(r.status, r.reason) for r in rows)
