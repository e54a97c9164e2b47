"""Which disagreements of critic and gold are shown, and which are none."""

from __future__ import annotations

import pytest

from tasks.core.error_book.blind_spots import BlindSpot, CriticClaim, CriticSays, GoldSays, blind_spots
from tasks.core.error_book.gold_places import GoldPlace, PlacedGold
from tasks.core.records import Citation, ExtractionStatus, FieldName, MatchKind, Span
from tasks.learning.evaluation.matching import matches, word_set

TEXT = "Acme Inc. sells steel. The law of New York governs. It lasts for two years from signing, no longer."
LAW = FieldName("governing_law")
CLAUSE = "The law of New York governs."
VERIFIED, REJECTED = ExtractionStatus.VERIFIED, ExtractionStatus.REJECTED


def spans(quote: str) -> tuple[Span, ...]:
    return (Span(TEXT.index(quote), TEXT.index(quote) + len(quote)),)


def claim(quote: str, right: float, status: ExtractionStatus | None) -> CriticClaim:
    return CriticClaim(LAW, quote, spans(quote), (1,), right, status)


def gold(text: str, field: FieldName = LAW) -> PlacedGold:
    cited = Citation(spans(text), (1,), None, MatchKind.EXACT)
    return PlacedGold(field, text, (GoldPlace(0, cited, text),))


def rule(field: str, gold_text: str, quote: str) -> bool:
    return matches(field, word_set(gold_text), word_set(quote))


def found(claims: list[CriticClaim], *golds: PlacedGold) -> list[BlindSpot]:
    return list(blind_spots("deal", TEXT, claims, golds, rule))


@pytest.mark.parametrize(
    ("quote", "golds", "gold_says"),
    [
        (CLAUSE, [], GoldSays.NOTHING),
        (CLAUSE, [gold("Acme Inc.")], GoldSays.NOTHING),
        (CLAUSE, [gold(CLAUSE, FieldName("term"))], GoldSays.NOTHING),
        ("The law", [gold(CLAUSE)], GoldSays.ANOTHER_EXTENT),
    ],
)
def test_verified_value_that_gold_has_not_is_a_blind_spot(
    quote: str, golds: list[PlacedGold], gold_says: GoldSays
) -> None:
    (spot,) = found([claim(quote, 0.95, VERIFIED)], *golds)
    assert (spot.critic_says, spot.confidence, spot.gold_says) == (CriticSays.RIGHT, 0.95, gold_says)


def test_doubted_value_that_gold_has_is_a_blind_spot() -> None:
    (spot,) = found([claim(CLAUSE, 0.1, REJECTED)], gold(CLAUSE))
    assert (spot.critic_says, spot.gold_says, spot.gold_quote) == (CriticSays.WRONG, GoldSays.RIGHT, CLAUSE)
    assert spot.confidence == pytest.approx(0.9)


def test_overlooked_words_that_gold_has_not_are_a_blind_spot() -> None:
    (spot,) = found([claim(CLAUSE, 0.8, None)])
    assert spot.critic_says is CriticSays.OVERLOOKED


@pytest.mark.parametrize(
    ("claims", "golds"),
    [
        ([claim(CLAUSE, 0.9, VERIFIED)], [gold(CLAUSE)]),
        ([claim(CLAUSE, 0.1, REJECTED)], []),
        ([claim("New York", 0.8, None)], [gold(CLAUSE)]),
        ([claim(CLAUSE, 0.8, None), claim(CLAUSE, 0.9, VERIFIED)], [gold(CLAUSE)]),
        ([claim("law of New York governs", 0.1, REJECTED), claim(CLAUSE, 0.9, VERIFIED)], [gold(CLAUSE)]),
    ],
    ids=[
        "both right",
        "both wrong",
        "overlooked in gold",
        "overlooked, then found",
        "copy of a verified one",
    ],
)
def test_what_critic_and_gold_agree_on_is_none(claims: list[CriticClaim], golds: list[PlacedGold]) -> None:
    assert found(claims, *golds) == []


def test_surest_comes_first() -> None:
    spots = found([claim("Acme Inc.", 0.6, VERIFIED), claim(CLAUSE, 0.05, REJECTED)], gold(CLAUSE))
    assert [spot.quote for spot in spots] == [CLAUSE, "Acme Inc."]


def test_clause_shows_both_extents_in_their_surroundings() -> None:
    (spot,) = found([claim("The law", 0.9, VERIFIED)], gold(CLAUSE))
    assert "".join(text for text, _, _ in spot.clause) == TEXT
    assert [text for text, by_critic, _ in spot.clause if by_critic] == ["The law"]
    assert "".join(text for text, _, by_gold in spot.clause if by_gold) == CLAUSE
