"""Words that make a value doubtful, unless the field asks for them."""

from __future__ import annotations

import pytest

from tasks.core.native.own.evidence.doubts import doubts_of
from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import evidence_of, made


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("last year the fee was", "past"),
        ("去年", "past"),
        ("a rate quoted in the proposal", "offer"),
        ("the statutory minimum of", "statute"),
        ("is estimated at", "estimate"),
        ("under the Prime Contract", "other_paper"),
        ("on the Landlord's own policy", "other_person"),
        ("of which", "part"),
        ("plus", "extra"),
        ("不含运费", "left_out"),
        ("if the tenant asks", "condition"),
        ("Tenants are urged to", "advice"),
        ("is replaced by", "change"),
        ("Section 4.2", "place"),
    ],
)
def test_words_raise_a_doubt(text: str, doubt: str) -> None:
    assert doubt in doubts_of(text)


def test_plain_words_raise_none() -> None:
    assert not doubts_of("The rent amounts to")


def test_doubt_counts_only_where_the_field_does_not_say_it() -> None:
    text = "The tenant pays an additional $40.00.\n"
    assert evidence_of("$40.00", text, made(FieldType.MONEY, "Rent"))["doubt_extra"] == 1.0
    assert evidence_of("$40.00", text, made(FieldType.MONEY, "Additional charge"))["doubt_extra"] == -1.0


def test_doubt_of_the_rest_of_the_sentence_is_far() -> None:
    text = "The fee is $40.00; last year nothing was due.\n"
    row = evidence_of("$40.00", text, made(FieldType.MONEY, "Fee"))
    assert (row["doubt_past"], row["far_past"]) == (0.0, 1.0)
