"""Look-alikes are exchanged one for one, as `str.translate` would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.text.look_alikes import KEYBOARD, as_typed, exchanged, plain_lower
from tasks.core.values import found

TABLES = {"typed": KEYBOARD, "plain": found._PLAIN}
TEXTS = st.text(st.sampled_from([*KEYBOARD, *found._PLAIN, *"aB `'\n", "é", "甲", "\U0001f5f5"]))


@given(TEXTS)
def test_exchanged_is_what_translate_gives(text: str) -> None:
    for table in TABLES.values():
        assert exchanged(text, table) == text.translate(str.maketrans(table))


def test_a_wide_grave_accent_becomes_a_narrow_one_and_nothing_more() -> None:
    assert exchanged("｀a`", {"`": "'", "｀": "`"}) == "`a'"
    assert as_typed("｀") == "'"
    assert plain_lower("｀ＡＢ") == "`ab"
