"""Words that a user copied are found where the document says them, however it is set."""

from __future__ import annotations

import pytest

from infra.cli.schema.places import nearest_words, places_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Reading, ReadStatus
from tests.unit.core.builders import body_chunk, page, small_schema

TEXT = (
    "LEASE OF ROOMS\n\nTenant:      Ada Quill, Mill\u00a0Lane 4\n\nThe rent is EUR\n1,200.00 a month. The tenant’s deposit is "
    "EUR 11,200.00.\n\nOn 3 May the rent of EUR 1,200.00 falls due for the first time.\n\n第三条 租金为人民币\n5000元。\n"
)


def run_input() -> RunInput:
    pages = (page(1, 0, 60), page(2, 60, len(TEXT)))
    reading = Reading(ReadStatus.OK, None, (), 2, TEXT, pages, (), (), "test")
    return RunInput(reading, (body_chunk(TEXT),), small_schema("rent"))


@pytest.mark.parametrize(
    ("words", "value", "text", "pages"),
    [
        ("Ada Quill", "Ada Quill", "Tenant: Ada Quill, Mill Lane 4", (1,)),
        ("mill lane 4", "Mill Lane 4", "Tenant: Ada Quill, Mill Lane 4", (1,)),
        ("EUR 11,200.00", "EUR 11,200.00", "The tenant’s deposit is EUR 11,200.00.", (2,)),
        ("tenant's  deposit", "tenant’s deposit", "The tenant’s deposit is EUR 11,200.00.", (2,)),
        ("人民币5000元", "人民币 5000元", "第三条 租金为人民币 5000元。", (2,)),
    ],
)  # fmt: skip
def test_words_are_found_with_the_sentence_around_them(
    words: str, value: str, text: str, pages: tuple[int, ...]
) -> None:
    (place,) = places_of(words, run_input())
    assert (place.value, place.text, place.pages) == (value, text, pages)


def test_every_place_of_the_words_is_told_and_no_part_of_a_number() -> None:
    places = places_of("EUR 1,200.00", run_input())
    assert [p.text for p in places] == [
        "The rent is EUR 1,200.00 a month.",
        "On 3 May the rent of EUR 1,200.00 falls due for the first time.",
    ]
    assert (
        places_of("1,200.0", run_input()) == places_of("", run_input()) == places_of(" ", run_input()) == []
    )


def test_words_that_are_not_there_get_the_nearest() -> None:
    assert places_of("Ada Quil", run_input()) == []
    assert nearest_words("Ada Quil", run_input())[0] == "Ada Quill"
