"""Blind spots: where a sure critic and gold disagree. Only a reader can say which is wrong.

Pure. Either the critic finds a value right (or missing from the draft) and gold has none that
matches, or it doubts a value that gold has.
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
    """It verified a drafted value."""
    OVERLOOKED = "overlooked"
    """It found a value that no draft has."""
    WRONG = "wrong"
    """It doubted a drafted value."""


class GoldSays(StrEnum):
    NOTHING = "nothing"
    ANOTHER_EXTENT = "another extent"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class CriticClaim:
    """The critic's opinion of one value at the end of a run."""

    field: FieldName
    quote: str
    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    right: float
    """The critic's probability that this is a value of the field."""
    status: ExtractionStatus | None
    """None: a `missing` finding that led to no value."""


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
    """Gold's text there; None: nothing."""
    elsewhere: tuple[str, ...]
    """Gold's other spans of the field in this document."""
    clause: tuple[tuple[str, bool, bool], ...]
    """The words in context, in pieces: (text, is in the critic's spans, is in gold's spans)."""


def blind_spots(
    document: str, text: str, claims: Sequence[CriticClaim], golds: Sequence[PlacedGold], rule: Rule
) -> Iterator[BlindSpot]:
    """The disagreements of one document, the surest first.

    Args:
        document: Its name in the gold file.
        text: The document text.
        golds: The document's gold spans of all compared fields.
    """
    verified = [c for c in claims if c.status is ExtractionStatus.VERIFIED]
    for claim in sorted(claims, key=lambda c: -_confidence(c)):
        of_field = [g for g in golds if g.field == claim.field]
        matching = [g for g in of_field if rule(g.field, g.text, claim.quote)]
        touched = [g for g in of_field if _touches(g, claim)]
        if claim.status is ExtractionStatus.VERIFIED:
            disagree = not matching
        elif claim.status is None:
            disagree = not matching and not touched and not _covered(claim, verified)
        else:
            disagree = bool(matching) and not _is_copy(matching, claim, verified, rule)
        if not disagree:
            continue
        there = next(iter(matching or touched), None)
        nothing = GoldSays.NOTHING if there is None else GoldSays.ANOTHER_EXTENT
        gold_spans = tuple(s for p in there.places for s in p.citation.spans) if there is not None else ()
        yield BlindSpot(
            document=document,
            field=claim.field,
            critic_says=_critic_says(claim),
            confidence=_confidence(claim),
            gold_says=GoldSays.RIGHT if matching else nothing,
            quote=claim.quote,
            spans=claim.spans,
            pages=claim.pages,
            gold_quote=None if there is None else there.text,
            elsewhere=tuple(g.text for g in of_field if g is not there),
            clause=tuple(_clause(text, claim.spans, gold_spans)),
        )


def _critic_says(claim: CriticClaim) -> CriticSays:
    if claim.status is None:
        return CriticSays.OVERLOOKED
    return CriticSays.RIGHT if claim.status is ExtractionStatus.VERIFIED else CriticSays.WRONG


def _confidence(claim: CriticClaim) -> float:
    return 1.0 - claim.right if _critic_says(claim) is CriticSays.WRONG else claim.right


def _touches(gold: PlacedGold, claim: CriticClaim) -> bool:
    return any(shared_chars(p.citation.spans, claim.spans) for p in gold.places)


def _covered(claim: CriticClaim, verified: Sequence[CriticClaim]) -> bool:
    return any(v.field == claim.field and shared_chars(v.spans, claim.spans) for v in verified)


def _is_copy(
    matching: Sequence[PlacedGold], claim: CriticClaim, verified: Sequence[CriticClaim], rule: Rule
) -> bool:
    """Whether the critic verified another value for the same gold: then it doubts a copy."""
    return all(
        any(v.field == claim.field and rule(g.field, g.text, v.quote) for v in verified) for g in matching
    )


def _clause(text: str, spans: Sequence[Span], gold_spans: Sequence[Span]) -> Iterator[tuple[str, bool, bool]]:
    """The pieces of `BlindSpot.clause`, from word boundary to word boundary."""
    first, last = spans[0].start, spans[-1].end
    near = [s for s in gold_spans if s.start < last and first < s.end]
    start, end = _with_context(
        text, min([first, *(s.start for s in near)]), max([last, *(s.end for s in near)])
    )
    cuts = {start, end, *(o for s in (*spans, *near) for o in (s.start, s.end) if start < o < end)}
    for a, b in pairwise(sorted(cuts)):
        yield text[a:b], _inside(a, b, spans), _inside(a, b, near)


def _with_context(text: str, start: int, end: int) -> tuple[int, int]:
    start, end = max(0, start - _CONTEXT_CHARS), min(len(text), end + _CONTEXT_CHARS)
    while 0 < start < len(text) and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _inside(start: int, end: int, spans: Sequence[Span]) -> bool:
    return any(s.start <= start and end <= s.end for s in spans)
