"""Terms of texts: stems, concepts, and pairs of Chinese characters."""

from __future__ import annotations

import pytest

from tasks.core.native.own.terms import cosine, share, terms


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("the rental", "#rent"),
        ("a security deposit", "#deposit"),
        ("put an end to it", "#terminate"),
        ("the days of grace", "#grace"),
        ("月租金为", "#rent"),
        ("质量保证期", "#warranty"),
        ("逾期付款的滞纳金", "#penalty"),
    ],
)
def test_words_have_a_concept(text: str, concept: str) -> None:
    assert concept in terms(text)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("provided that", "#pension"),
        ("this agreement", "#consent"),
        ("other rooms", "#third"),
        ("it will rain", "#convenience"),
    ],
)
def test_common_words_have_no_concept_of_a_rare_thing(text: str, concept: str) -> None:
    assert concept not in terms(text)


def test_two_wordings_of_one_thing_are_alike() -> None:
    assert cosine(terms("the lessee pays the rental"), terms("the tenant pays the rent")) > 0.5


def test_share_of_wanted_terms_is_all_or_none() -> None:
    wanted = terms("royalty")
    assert share(wanted, terms("a royalty of ten per cent")) == 1.0
    assert share(wanted, terms("a window")) == 0.0
