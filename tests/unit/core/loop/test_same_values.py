"""The same value is said once, with all its places."""

from __future__ import annotations

from tasks.core.loop.document_facts import DocumentFacts
from tasks.core.records import Agreement
from tests.unit.core.loop.drafts import UNSETTLED, VERIFIED, Draft


def test_same_value_is_one_extraction_with_its_places():
    draft = (
        Draft().add("rent", "USD 2,000", 10).add("rent", "USD 2000.00", 2010).add("rent", "USD 2,000", 5010)
    )
    (row,) = draft.rows()
    assert (row.status, row.value, row.citation and row.citation.pages) == (VERIFIED, "USD 2,000", (1,))
    assert [place.pages for place in row.places] == [(3,), (6,)]


def test_countersigned_place_speaks_for_the_value():
    draft = Draft().add("landlord", "Ninebark Homes LLC", 10, 0.5).add("landlord", "NINEBARK HOMES LLC", 2010)
    (row,) = draft.rows()
    assert (row.status, row.value, row.score) == (VERIFIED, "NINEBARK HOMES LLC", 0.9)
    assert [place.pages for place in row.places] == [(1,)]


def test_without_a_countersigned_place_the_best_supported_gives_the_reason():
    draft = Draft().add("rent", "USD 2,000", 10, 0.3).add("rent", "USD 2,000", 2010, 0.6)
    (row,) = draft.rows()
    assert (row.status, row.score) == (UNSETTLED, 0.6)
    assert row.reason.startswith("its probability of being right, 0.60, is below the 0.80")


def test_months_and_years_of_one_length_are_the_same_value():
    assert len(Draft().add("term", "twelve months", 10).add("term", "one year", 2010).rows()) == 1


def test_clauses_and_values_of_two_agreements_stay_apart():
    clauses = Draft().add("repairs", "The tenant repairs.", 10).add("repairs", "The tenant repairs.", 2010)
    assert len(clauses.rows()) == 2
    halves = (Agreement(0, 2000, "LEASE A", 1), Agreement(2000, 9000, "LEASE B", 3))
    rents = Draft().add("rent", "USD 2,000", 10).add("rent", "USD 2,000", 2010)
    rows = rents.rows(DocumentFacts(agreements=halves))
    assert [(r.status, r.places) for r in rows] == [(VERIFIED, ()), (VERIFIED, ())]


def test_trained_field_is_said_once_and_does_not_compete():
    draft = Draft().add("law", "Norland", 10, 0.6, None).add("law", "Norland", 2010, 0.9, None)
    rows = draft.add("law", "Sudland", 3010, 0.9, None).rows()
    assert [(r.value, r.status, len(r.places)) for r in rows] == [
        ("Norland", VERIFIED, 1),
        ("Sudland", VERIFIED, 0),
    ]


def test_short_form_is_a_place_of_the_whole_name():
    draft = (
        Draft().add("landlord", "Ninebark Homes LLC", 10, 0.95).add("landlord", "Ninebark Homes", 2010, 0.85)
    )
    (row,) = draft.rows()
    assert (row.value, row.status, len(row.places)) == ("Ninebark Homes LLC", VERIFIED, 1)
