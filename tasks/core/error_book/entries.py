"""The error book: a first draft against gold, value by value. Every mistake and every success becomes an entry.

Pure: knows no store and no model. What counts as the same value is the caller's rule (`tasks.learning.evaluation.matching` has CUAD's).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.error_book.gold_places import PlacedGold
from tasks.core.records import (
    Candidate,
    Chunk,
    Citation,
    DocumentId,
    FieldName,
    ModelIdentity,
    SchemaDigest,
    Span,
)

COMPARISON_VERSION = "1"
"""Part of a comparison's identity: raise it when the same draft and gold would give other entries."""

Rule = Callable[[str, str, str], bool]
"""(field, gold text, drafted quote): whether the draft is right."""


class EntryKind(StrEnum):
    REDUNDANT = "redundant"
    """Drafted, and gold has nothing of it there."""
    MISSING = "missing"
    """Gold has it, and nothing in the document's draft matches."""
    BOUNDARY = "boundary"
    """Drafted over a gold span, beginning or ending elsewhere than it."""
    CORRECT = "correct"


class EntrySource(StrEnum):
    GOLD = "gold"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Entry:
    kind: EntryKind
    source: EntrySource
    chunk_index: int
    field: FieldName
    value: str
    quote: str
    """The document's words: as drafted, or for a missing value as they should have been."""
    spans: tuple[Span, ...]
    """Empty: a reviewed value that stands nowhere in the text."""
    pages: tuple[int, ...]
    score: float | None
    """The generator's own, where it has one."""
    gold: str | None
    """What gold has instead; None: nothing."""


@dataclass(frozen=True, slots=True)
class DraftComparison:
    """What one comparison is, beside its entries. All but the counts decide whether it is made again."""

    document_id: DocumentId
    reader_version: str
    schema_digest: SchemaDigest
    generator: ModelIdentity
    gold_name: str
    """What the gold file calls the document."""
    gold_digest: str
    n_gold: int = 0
    n_unplaced: int = 0
    """Gold spans that were not found in the text as it was read."""
    n_ungrounded: int = 0
    """Drafted values whose quote does not stand in the text."""
    n_malformed: int = 0


def gold_digest(golds: Sequence[tuple[FieldName, str]]) -> str:
    """What a comparison is measured by: SHA-256 of the gold spans, whatever their order, and of the way of comparing."""
    canonical = json.dumps([COMPARISON_VERSION, *sorted(golds)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def compare_draft(
    drafts: Mapping[int, Sequence[Candidate]], golds: Sequence[PlacedGold], rule: Rule
) -> tuple[Entry, ...]:
    """Entries of one document: one for each grounded candidate, and one for each gold span that none matches.

    Args:
        drafts: For each chunk index the candidates of round 1. What is not grounded is no entry, because no critic judges it.
        golds: All gold spans of the document; one without a place cannot be said to be missing anywhere, and is not.
    """
    by_field: dict[FieldName, list[PlacedGold]] = defaultdict(list)
    for gold in golds:
        by_field[gold.field].append(gold)
    grounded = [(i, c, c.citation) for i, draft in drafts.items() for c in draft if c.citation is not None]
    entries = [_drafted(i, c, cited, by_field[c.field], rule) for i, c, cited in grounded]
    quotes: dict[FieldName, set[str]] = defaultdict(set)
    for _, candidate, _ in grounded:
        quotes[candidate.field].add(candidate.quote)
    for gold in golds:
        if gold.places and not any(rule(gold.field, gold.text, q) for q in quotes[gold.field]):
            entries.append(_missing(gold))
    return tuple(entries)


def _drafted(
    chunk_index: int, candidate: Candidate, cited: Citation, golds: Sequence[PlacedGold], rule: Rule
) -> Entry:
    kind, text = _judged(candidate, cited, golds, rule)
    return Entry(
        kind,
        EntrySource.GOLD,
        chunk_index,
        candidate.field,
        candidate.value,
        candidate.quote,
        cited.spans,
        cited.pages,
        candidate.score,
        text,
    )


def _judged(
    candidate: Candidate, cited: Citation, golds: Sequence[PlacedGold], rule: Rule
) -> tuple[EntryKind, str | None]:
    """What the candidate is, and the gold text it is measured by: of several the one it shares most characters with."""
    overlaps = [(_overlap(g, cited), g.text) for g in golds]
    right = [(n, text) for n, text in overlaps if rule(candidate.field, text, candidate.quote)]
    if right:
        return EntryKind.CORRECT, max(right)[1]
    touched = [(n, text) for n, text in overlaps if n]
    if touched:
        return EntryKind.BOUNDARY, max(touched)[1]
    return EntryKind.REDUNDANT, None


def _overlap(gold: PlacedGold, cited: Citation) -> int:
    """Characters that the citation shares with the place of the gold span that it shares most with."""
    return max((shared_chars(p.citation.spans, cited.spans) for p in gold.places), default=0)


def shared_chars(one: Sequence[Span], other: Sequence[Span]) -> int:
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in one for b in other)


def _missing(gold: PlacedGold) -> Entry:
    place = gold.places[0]
    return Entry(
        EntryKind.MISSING,
        EntrySource.GOLD,
        place.chunk_index,
        gold.field,
        place.quote,
        place.quote,
        place.citation.spans,
        place.citation.pages,
        None,
        gold.text,
    )


def passage_range(chunk: Chunk, spans: Sequence[Span]) -> tuple[int, int, int] | None:
    """(passage index, start, end) of a citation in one of the chunk's passages, None where it does not lie in the chunk."""
    for index, passage in enumerate(chunk.passages):
        start = end = None
        for segment in passage.segments:
            shift = segment.start - segment.doc_start
            last = segment.doc_start + segment.length
            if segment.doc_start <= spans[0].start < last:
                start = spans[0].start + shift
            if segment.doc_start < spans[-1].end <= last:
                end = spans[-1].end + shift
        if start is not None and end is not None and start < end:
            return index, start, end
    return None
