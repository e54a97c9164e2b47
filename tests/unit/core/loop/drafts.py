"""Drafts of a lease, value by value, for the tests of the end of a run."""

from __future__ import annotations

from tasks.core.loop.assessment import Assessment
from tasks.core.loop.document_facts import DocumentFacts
from tasks.core.loop.results import RunResults, results_of
from tasks.core.records import (
    Candidate,
    Citation,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    MatchKind,
    Span,
)
from tasks.core.schema import Schema, parse_schema

VERIFIED, UNSETTLED, REJECTED = ExtractionStatus
LEASE = parse_schema(
    """
name: lease
title: Lease
fields:
  - {name: rent, title: Monthly rent, description: The rent., type: money, cardinality: one}
  - {name: deposit, title: Deposit, description: The deposit., type: money, cardinality: one}
  - {name: landlord, title: Landlord, description: Who lets., type: text, cardinality: one}
  - {name: start, title: Start, description: The first day., type: date, cardinality: one}
  - {name: signed, title: Signed, description: When it was signed., type: date, cardinality: one}
  - {name: term, title: Term, description: How long., type: duration, cardinality: one}
  - {name: fees, title: Fees, description: Other fees., type: money}
  - {name: pets, title: Pets, description: Whether pets may live there., type: boolean}
  - {name: repairs, title: Repairs, description: Who repairs., type: clause, cardinality: one}
  - {name: law, title: Law, description: The law., type: text, cardinality: one, trained_as: cuad/governing_law}
""",
    "lease.yaml",
)


class Draft:
    """Values at their places, with what the critic says of them."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.rights: list[float | None] = []
        self.bars: list[float | None] = []
        self.findings: list[Finding] = []

    def add(
        self, field: str, value: str, start: int, right: float | None = 0.9, bar: float | None = 0.8
    ) -> Draft:
        spans = (Span(start, start + len(value)),)
        citation = Citation(spans, (1 + start // 1000,), None, MatchKind.EXACT)
        self.candidates.append(Candidate(FieldName(field), value, value, 0.5, citation))
        self.rights.append(right)
        self.bars.append(bar)
        return self

    def doubted(self, by: FindingSource) -> Draft:
        last = self.candidates[-1]
        found = (FindingKind.REDUNDANT, by, last.field, len(self.candidates) - 1, last.quote)
        self.findings.append(Finding(*found, last.citation, 0.9, "because"))
        return self

    def settled(self, facts: DocumentFacts | None = None, schema: Schema = LEASE) -> RunResults:
        rows = tuple(self.candidates), tuple(self.rights), tuple(self.findings)
        assessment = Assessment(1, *rows, bars=tuple(self.bars))
        return results_of({0: [assessment]}, schema, facts or DocumentFacts())

    def rows(self, facts: DocumentFacts | None = None) -> list[Extraction]:
        return list(self.settled(facts).extractions)


def statuses(rows: list[Extraction]) -> dict[str, ExtractionStatus]:
    return {row.value: row.status for row in rows}
