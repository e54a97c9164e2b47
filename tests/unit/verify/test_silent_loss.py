"""However a generator stops too early, each of 400 rows is verified, or its chunk is not called complete.

The same with 3,200 rows on 66 pages and many layouts: `python -m tests.bench.silent_loss`.
"""

from __future__ import annotations

import pytest

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading.limits import Limits
from tasks.core.reading.plain_text import take_text
from tests.scripted.tag_models import GENERATORS, TagModels, fates, play

TAGS = [f"T-{number:04d}" for number in range(1, 401)]
TEXT = "\n\n".join(
    f"({number}) Asset {tag} is sold to the Buyer as it stands." for number, tag in enumerate(TAGS, 1)
)
READING = take_text(TEXT.encode(), Limits())
CHUNKS = chunk_document(READING, 1500)


COMPLETE = ("honest", "stops at 256 tokens", "stops between two lines", "the first ten")


@pytest.mark.parametrize("generator", GENERATORS)
def test_no_row_is_lost_without_a_word(generator: str) -> None:
    found = fates(TAGS, CHUNKS, play(READING, CHUNKS, TagModels(generator)))
    assert found.lost == set()
    assert (len(found.verified) == len(TAGS)) == (generator in COMPLETE)


def test_answer_that_the_limit_ends_between_two_items_is_not_whole_for_a_critic_that_sees_nothing() -> None:
    blind = TagModels("stops between two lines", is_critic_blind=True)
    found = fates(TAGS, CHUNKS, play(READING, CHUNKS, blind, rounds=1))
    assert (len(found.verified), len(found.told), found.lost) == (300, 100, set())


def test_rows_that_no_critic_answer_can_hold_are_told() -> None:
    found = fates(TAGS, CHUNKS, play(READING, CHUNKS, TagModels("an empty list", critic_tokens=60)))
    assert (found.verified, found.lost) == (set(), set())
