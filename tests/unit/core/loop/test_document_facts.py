"""What the end of a run needs of the document."""

from __future__ import annotations

import pytest

from tasks.core.loop.document_facts import NO_FACTS, DocumentFacts, facts_of
from tasks.core.records import Agreement, Citation, MatchKind, Page, Reading, ReadStatus, Span

AGREEMENTS = (
    Agreement(0, 100, "LEASE", 1),
    Agreement(100, 200, "SERVICES", 2),
    Agreement(200, 300, "LEASE, ARTICLE 7", 3),
)


@pytest.mark.parametrize(("start", "index"), [(0, 0), (99, 0), (100, 1), (199, 1), (250, 0)])
def test_value_stands_in_an_agreement_and_its_rest_is_the_first_one(start: int, index: int) -> None:
    citation = Citation((Span(start, start + 5),), (1,), None, MatchKind.EXACT)
    assert DocumentFacts(agreements=AGREEMENTS).agreement_of(citation) == index
    assert NO_FACTS.agreement_of(citation) == 0


def test_facts_are_those_of_the_reading() -> None:
    pages = (Page(1, 0, 5, "ok"), Page(2, 5, 5, "failed"))
    reading = Reading(ReadStatus.PARTIAL, None, (), 2, "Lease", pages, (), (), "r", agreements=AGREEMENTS)
    facts = facts_of(reading)
    assert (facts.text, facts.agreements, facts.unread) == ("Lease", AGREEMENTS, "pages not read: 2")
