"""The quick looks before a search for a currency pass over nothing that the search would find."""

from __future__ import annotations

import re

import pytest

from tasks.core.values import currencies
from tasks.core.values.currencies import CURRENCY, currencies_in, may_end_name

NAMES = sorted({*currencies._ANY_CASE, *currencies._EXACT, "TEUR", "M€", "kSEK"})
AT_END = re.compile(rf"{CURRENCY}\s?$")
EVERY = currencies._needle(currencies._EXACT_NEEDLES, currencies._STEMS)


@pytest.mark.parametrize("ahead", ["", "fee of ", "é", "kſ ", "in K", "x"])
def test_a_name_at_the_end_is_never_passed_over(ahead: str) -> None:
    for name in NAMES:
        for written in {name, name.upper(), name.title(), name.replace("k", "\u212a").replace("s", "\u017f")}:
            for text in (ahead + written, f"{ahead}{written} ", f"{ahead}{written}\n"):
                assert may_end_name(text) or not AT_END.search(text), text
    assert not may_end_name("under Section ")


def test_needles_of_a_text_are_those_of_all_names() -> None:
    text = " ; ".join([*NAMES, *map(str.upper, NAMES), "eurodollar", "TUSD", "xUSD", "\u212arone", "Section"])
    for piece in (text, *text.split(" ; ")):
        spans = [m.span() for m in currencies._needles_in(piece)]
        assert spans == [m.span() for m in EVERY.finditer(piece)]
    assert len(currencies_in(text)) > len(NAMES) / 2
