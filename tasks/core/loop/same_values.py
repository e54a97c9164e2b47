"""Same value, said once: the proposals of a field that say the same are one value with places. Pure.

Clauses and records are not joined: each of their places has words of its own. Neither are values of
two agreements in one file, nor what was rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tasks.core.loop.document_facts import DocumentFacts
from tasks.core.loop.proposals import Proposal
from tasks.core.records import Citation, Extraction, ExtractionStatus
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tasks.core.text.folding import fold
from tasks.core.values.quantities import quantity

_OWN_WORDS = (FieldType.CLAUSE, FieldType.RECORD)
_SHORT_FORMS = (FieldType.TEXT, FieldType.NAME, FieldType.DATE)
_EDGES = " .,;:，。；："


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One value of a field, with all places where it was proposed."""

    extraction: Extraction
    members: tuple[Proposal, ...]
    """In the order of the document; each has one place."""
    agreement: int
    """Index of the agreement in the file."""

    @property
    def status(self) -> ExtractionStatus:
        return self.extraction.status

    @property
    def is_verified(self) -> bool:
        return self.status is ExtractionStatus.VERIFIED

    @property
    def support(self) -> Proposal:
        """The best supported of its places; a countersigned one comes before any other."""
        return max(self.members, key=_support)

    @property
    def right(self) -> float | None:
        """The critic's probability that it is right."""
        return self.support.extraction.score

    @property
    def bar(self) -> float | None:
        return self.support.bar

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(m.extraction.citation for m in self.members if m.extraction.citation)

    @property
    def page_number(self) -> int:
        """Where it stands first; 0: nowhere."""
        return self.extraction.citation.pages[0] if self.extraction.citation else 0

    def with_status(self, status: ExtractionStatus, reason: str) -> FieldValue:
        return replace(self, extraction=replace(self.extraction, status=status, reason=reason))


def field_values(proposals: Iterable[Proposal], schema: Schema, facts: DocumentFacts) -> list[FieldValue]:
    """The values of a run, in the order in which they were first proposed."""
    groups: dict[tuple[object, ...], list[Proposal]] = {}
    for proposal in proposals:
        key = _key(proposal, schema.field(proposal.extraction.field), facts)
        groups.setdefault(key, []).append(proposal)
    return _without_short_forms([_value(group, facts) for group in groups.values()], schema)


def is_untrained(field: SchemaField) -> bool:
    """Whether no head of the native models was trained for it: a user's own field."""
    return field.trained_as is None


def _key(proposal: Proposal, field: SchemaField, facts: DocumentFacts) -> tuple[object, ...]:
    row = proposal.extraction
    if field.type in _OWN_WORDS or row.citation is None or row.status is ExtractionStatus.REJECTED:
        return proposal.identity
    return row.field, facts.agreement_of(row.citation), content_key(field, row)


def content_key(field: SchemaField, row: Extraction) -> object:
    """Equal for values of one field that say the same."""
    if row.normal is None:
        return folded_words(row.value)
    if field.type is FieldType.DURATION:
        try:
            return quantity(field.type, row.normal)  # P12M is P1Y
        except ValueError:
            return row.normal
    return row.normal


def folded_words(value: str) -> str:
    return fold(value, join_hyphens=True).text.casefold().strip(_EDGES)


def _value(group: Sequence[Proposal], facts: DocumentFacts) -> FieldValue:
    """The first countersigned place speaks for all; without one, the best supported."""
    members = tuple(sorted(group, key=_place))
    countersigned = (m for m in members if m.extraction.status is ExtractionStatus.VERIFIED)
    first = next(countersigned, None) or max(members, key=_support)
    score = max(members, key=_support).extraction.score
    own = first.extraction.citation
    row = replace(first.extraction, score=score, places=_other_places(own, members))
    return FieldValue(row, members, facts.agreement_of(own))


def _other_places(own: Citation | None, members: Iterable[Proposal]) -> tuple[Citation, ...]:
    if own is None:
        return ()
    cited = (m.extraction.citation for m in members)
    return tuple({c.spans: c for c in cited if c is not None and c.spans != own.spans}.values())


def _place(proposal: Proposal) -> int:
    citation = proposal.extraction.citation
    return citation.spans[0].start if citation else 0


def _support(proposal: Proposal) -> tuple[bool, float]:
    row = proposal.extraction
    right = -1.0 if row.score is None or not proposal.is_provable else row.score
    return row.status is ExtractionStatus.VERIFIED, right


# ---------------------------------------------------------------- short forms


def _without_short_forms(values: list[FieldValue], schema: Schema) -> list[FieldValue]:
    """A shorter form of a field's only value is a place of it: `Ninebark` of `Ninebark Homes LLC`."""
    for short in list(values):
        field = schema.field(short.extraction.field)
        if field.cardinality is Cardinality.ONE and field.type in _SHORT_FORMS and is_untrained(field):
            whole = next((v for v in values if _is_short_form(short, v, field)), None)
            if whole is not None:
                joined = _joined(whole, short)
                values = [joined if v is whole else v for v in values if v is not short]
    return values


def _is_short_form(short: FieldValue, whole: FieldValue, field: SchemaField) -> bool:
    if (
        short.extraction.field != whole.extraction.field
        or short.agreement != whole.agreement
        or short.status is ExtractionStatus.REJECTED
        or not whole.is_verified
        or (short.right or 0.0) > (whole.right or 0.0)
    ):
        return False
    if field.type is FieldType.DATE:
        return (whole.extraction.normal or "").startswith(f"{short.extraction.normal}-")
    words, others = (f" {folded_words(v.extraction.value)} " for v in (short, whole))
    return words != others and words in others


def _joined(whole: FieldValue, short: FieldValue) -> FieldValue:
    members = tuple(sorted((*whole.members, *short.members), key=_place))
    row = replace(whole.extraction, places=_other_places(whole.extraction.citation, members))
    return FieldValue(row, members, whole.agreement)
