"""The error book: entries for each mistake and success of a first draft against gold. Pure."""

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
"""Part of a comparison's identity: raise it if the same draft and gold would give other entries."""

Rule = Callable[[str, str, str], bool]
"""(field, gold text, drafted quote) -> whether the draft is right."""


class EntryKind(StrEnum):
    REDUNDANT = "redundant"
    """Drafted, but gold has nothing there."""
    MISSING = "missing"
    """In gold, but nothing in the document's draft matches."""
    BOUNDARY = "boundary"
    """Drafted over a gold span, with another start or end."""
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
    """The document's words: as drafted, or for a missing value as gold has them."""
    spans: tuple[Span, ...]
    """Empty: a reviewed value that is not in the text."""
    pages: tuple[int, ...]
    score: float | None
    """The generator's, if it gives one."""
    gold: str | None
    """Gold's text; None: nothing."""


@dataclass(frozen=True, slots=True)
class DraftComparison:
    """A comparison's identity and counts. If the identity changes, the comparison is made again."""

    document_id: DocumentId
    reader_version: str
    schema_digest: SchemaDigest
    generator: ModelIdentity
    gold_name: str
    """The document's name in the gold file."""
    gold_digest: str
    n_gold: int = 0
    n_unplaced: int = 0
    """Gold spans that were not found in the extracted text."""
    n_ungrounded: int = 0
    """Drafted values whose quote is not in the text."""
    n_malformed: int = 0


def gold_digest(golds: Sequence[tuple[FieldName, str]]) -> str:
    """SHA-256 of the gold spans, in any order, and the comparison's version."""
    canonical = json.dumps([COMPARISON_VERSION, *sorted(golds)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def compare_draft(
    drafts: Mapping[int, Sequence[Candidate]], golds: Sequence[PlacedGold], rule: Rule
) -> tuple[Entry, ...]:
    """One entry for each grounded candidate, and one for each gold span that none matches.

    Args:
        drafts: The candidates of round 1 by chunk index. A candidate without a place gets no entry,
            because no critic judges it.
        golds: All gold spans of the document. One without a place is never counted as missing.
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
    kind, text = _kind_and_gold(candidate, cited, golds, rule)
    content = (candidate.field, candidate.value, candidate.quote, cited.spans, cited.pages)
    return Entry(kind, EntrySource.GOLD, chunk_index, *content, candidate.score, text)


def _kind_and_gold(
    candidate: Candidate, cited: Citation, golds: Sequence[PlacedGold], rule: Rule
) -> tuple[EntryKind, str | None]:
    """The entry's kind, and its gold text: of several the one that overlaps most."""
    overlaps = [(_overlap(g, cited), g.text) for g in golds]
    right = [(n, text) for n, text in overlaps if rule(candidate.field, text, candidate.quote)]
    if right:
        return EntryKind.CORRECT, max(right)[1]
    touched = [(n, text) for n, text in overlaps if n]
    if touched:
        return EntryKind.BOUNDARY, max(touched)[1]
    return EntryKind.REDUNDANT, None


def _overlap(gold: PlacedGold, cited: Citation) -> int:
    """Characters shared by the citation and the gold span, at the place where they share most."""
    return max((shared_chars(p.citation.spans, cited.spans) for p in gold.places), default=0)


def shared_chars(one: Sequence[Span], other: Sequence[Span]) -> int:
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in one for b in other)


def _missing(gold: PlacedGold) -> Entry:
    place = gold.places[0]
    content = (gold.field, place.quote, place.quote, place.citation.spans, place.citation.pages)
    return Entry(EntryKind.MISSING, EntrySource.GOLD, place.chunk_index, *content, None, gold.text)


def passage_range(chunk: Chunk, spans: Sequence[Span]) -> tuple[int, int, int] | None:
    """(passage index, start, end) of the spans in a passage of the chunk; None: not in it."""
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
