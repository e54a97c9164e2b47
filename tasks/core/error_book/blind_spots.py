"""Blind spots: where the critic is sure and gold says otherwise. Whether the gold is wrong only a reader can say.

Pure. Two kinds: what the critic holds right, or overlooked, where gold has nothing that matches; and what it holds wrong where
gold says it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tasks.core.error_book.entries import Rule, shared_chars
from tasks.core.error_book.gold_places import PlacedGold
from tasks.core.records import ExtractionStatus, FieldName, Span

_CONTEXT_CHARS = 450


class CriticSays(StrEnum):
    RIGHT = "right"
    """It countersigned a drafted value."""
    OVERLOOKED = "overlooked"
    """It found words that no draft has."""
    WRONG = "wrong"
    """It doubted a drafted value."""


class GoldSays(StrEnum):
    NOTHING = "nothing"
    ANOTHER_EXTENT = "another extent"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class CriticClaim:
    """What the critic said of one place at the end of a run."""

    field: FieldName
    quote: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    right: float
    """The critic's probability that this is a value of the field."""
    status: ExtractionStatus | None
    """None: a `missing` finding; no value came of it."""


@dataclass(frozen=True, slots=True)
class BlindSpot:
    document: str
    field: FieldName
    critic_says: CriticSays
    confidence: float
    gold_says: GoldSays
    quote: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    gold_quote: str | None
    """What gold has there; None: nothing."""
    elsewhere: tuple[str, ...]
    """Gold's other spans of the field in this document."""
    clause: tuple[tuple[str, bool, bool], ...]
    """The words in their surroundings, piece by piece: (text, the critic speaks of it, gold marks it)."""


def blind_spots(
    document: str, text: str, claims: Sequence[CriticClaim], golds: Sequence[PlacedGold], rule: Rule
) -> Iterator[BlindSpot]:
    """The disagreements of one document, surest first.

    Args:
        document: What it is called.
        text: The document text.
        golds: The document's gold spans of all compared fields.
    """
    verified = [c for c in claims if c.status is ExtractionStatus.VERIFIED]
    for claim in sorted(claims, key=lambda c: -_confidence(c)):
        of_field = [g for g in golds if g.field == claim.field]
        matching = [g for g in of_field if rule(g.field, g.text, claim.quote)]
        touched = [g for g in of_field if _touches(g, claim)]
        if claim.status is ExtractionStatus.VERIFIED:
            wanted = not matching
        elif claim.status is None:
            wanted = not matching and not touched and not _covered(claim, verified)
        else:
            wanted = bool(matching) and not _settled(matching, claim, verified, rule)
        if wanted:
            there = next(iter(matching or touched), None)
            yield _spot(document, text, claim, bool(matching), there, of_field)


def _spot(
    document: str,
    text: str,
    claim: CriticClaim,
    is_match: bool,
    there: PlacedGold | None,
    of_field: Sequence[PlacedGold],
) -> BlindSpot:
    gold_says = (
        GoldSays.RIGHT if is_match else GoldSays.ANOTHER_EXTENT if there is not None else GoldSays.NOTHING
    )
    gold_spans = tuple(s for p in there.places for s in p.citation.spans) if there is not None else ()
    return BlindSpot(
        document,
        claim.field,
        _said(claim),
        _confidence(claim),
        gold_says,
        claim.quote,
        claim.spans,
        claim.pages,
        None if there is None else there.text,
        tuple(g.text for g in of_field if g is not there),
        tuple(_clause(text, claim.spans, gold_spans)),
    )


def _said(claim: CriticClaim) -> CriticSays:
    if claim.status is None:
        return CriticSays.OVERLOOKED
    return CriticSays.RIGHT if claim.status is ExtractionStatus.VERIFIED else CriticSays.WRONG


def _confidence(claim: CriticClaim) -> float:
    return 1.0 - claim.right if _said(claim) is CriticSays.WRONG else claim.right


def _touches(gold: PlacedGold, claim: CriticClaim) -> bool:
    return any(shared_chars(p.citation.spans, claim.spans) for p in gold.places)


def _covered(claim: CriticClaim, verified: Sequence[CriticClaim]) -> bool:
    return any(v.field == claim.field and shared_chars(v.spans, claim.spans) for v in verified)


def _settled(
    matching: Sequence[PlacedGold], claim: CriticClaim, verified: Sequence[CriticClaim], rule: Rule
) -> bool:
    """The critic countersigned another value for the same gold: it doubts this one as a copy, not the gold."""
    return all(
        any(v.field == claim.field and rule(g.field, g.text, v.quote) for v in verified) for g in matching
    )


def _clause(text: str, spans: Sequence[Span], gold_spans: Sequence[Span]) -> Iterator[tuple[str, bool, bool]]:
    """Pieces of the text around the spans, each with who marks it; it begins and ends between words."""
    first, last = spans[0].start, spans[-1].end
    near = [s for s in gold_spans if s.start < last and first < s.end]
    start, end = _outward(text, min([first, *(s.start for s in near)]), max([last, *(s.end for s in near)]))
    cuts = {start, end, *(o for s in (*spans, *near) for o in (s.start, s.end) if start < o < end)}
    for a, b in pairwise(sorted(cuts)):
        yield text[a:b], _inside(a, b, spans), _inside(a, b, near)


def _outward(text: str, start: int, end: int) -> tuple[int, int]:
    start, end = max(0, start - _CONTEXT_CHARS), min(len(text), end + _CONTEXT_CHARS)
    while 0 < start < len(text) and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _inside(start: int, end: int, spans: Sequence[Span]) -> bool:
    return any(s.start <= start and end <= s.end for s in spans)
