"""Blind spots of stored runs: where the critic's final verdict disagrees with gold. Calls no model.

Requires:
    PostgreSQL with finished runs that had a critic, over documents named DOC_ID.pdf or DOC_ID.txt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.error_book.blind_spots import BlindSpot, CriticClaim, blind_spots
from tasks.core.error_book.gold_places import place_gold
from tasks.core.records import (
    DocumentId,
    ExtractionStatus,
    FieldName,
    FindingKind,
    FindingSource,
    Reading,
    RunId,
    Span,
)
from tasks.learning.evaluation.matching import texts_match
from tasks.learning.labelled import GoldContract
from tasks.postgres.store import Store


@dataclass(frozen=True, slots=True)
class JudgedContract:
    """A contract with gold and its newest run."""

    gold: GoldContract
    run_id: RunId
    document_id: DocumentId
    reader_version: str
    generator: str
    critic: str


def judged_contracts(store: Store, golds: Sequence[GoldContract], schema_name: str) -> list[JudgedContract]:
    """The contracts that a critic has judged; a PDF goes before a text of the same name."""
    names = {f"{g.doc_id}{suffix}": g for g in golds for suffix in (".pdf", ".txt")}
    judged: dict[str, JudgedContract] = {}
    for row in sorted(store.error_book.runs_of_files(list(names), schema_name), key=lambda r: r["file_name"]):
        gold, values = names[row["file_name"]], {k: v for k, v in row.items() if k != "file_name"}
        judged.setdefault(gold.doc_id, JudgedContract(gold, **values))
    return [judged[g.doc_id] for g in golds if g.doc_id in judged]


def disagreements(store: Store, contract: JudgedContract, fields: frozenset[str]) -> Iterator[BlindSpot]:
    """The blind spots of one contract, surest first.

    Args:
        fields: Those that the gold file annotates.
    """
    stored = store.readings.load(contract.document_id, contract.reader_version)
    assert stored is not None  # a run has its reading
    reading, chunks = stored
    claims = [c for c in _claims(store, contract.run_id, reading) if c.field in fields]
    golds = place_gold(contract.gold.spans_of(fields), reading, chunks)
    yield from blind_spots(contract.gold.doc_id, reading.text, claims, golds, texts_match)


def _claims(store: Store, run_id: RunId, reading: Reading) -> Iterator[CriticClaim]:
    """Final values with the critic's probability, and what it called missing in any round; without what persons decided."""
    for row in store.reports.values_of(run_id):
        if row["spans"] and row["score"] is not None:
            spans = tuple(Span(start, end) for start, end in row["spans"])
            status = ExtractionStatus(row["review"]["found"] if row["review"] else row["status"])
            yield CriticClaim(
                FieldName(row["field"]), row["quote"], spans, tuple(row["pages"]), row["score"], status
            )
    overlooked: dict[tuple[FieldName, tuple[Span, ...]], CriticClaim] = {}
    for record in store.runs.load_rounds(run_id):
        for _, finding in record.findings:
            cited = finding.citation
            if finding.kind is not FindingKind.MISSING or finding.source is not FindingSource.CRITIC:
                continue
            # A record that lacks a part is not a missing value.
            if finding.field is not None and finding.part is None and cited is not None:
                place = finding.field, cited.spans
                claim = CriticClaim(
                    finding.field, finding.quote, cited.spans, cited.pages, finding.score, None
                )
                if place not in overlooked or overlooked[place].right < claim.right:
                    overlooked[place] = claim
    yield from overlooked.values()
