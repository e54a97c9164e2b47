"""Real text against letters mapped to nonsense."""

from __future__ import annotations

import pytest

from tasks.core.reading.glyphs import is_garbled

CLAUSE = "The Company shall pay to the Investor the amount due under this Agreement by the date set out in the Schedule. "


def shifted(text: str) -> str:
    return "".join(chr((ord(c) - 97 + 5) % 26 + 97) if c.islower() else c for c in text)


@pytest.mark.parametrize(
    "text",
    [
        CLAUSE * 10,
        "Der Verkäufer haftet nicht für Schäden, die auf höherer Gewalt beruhen, und die Parteien sind frei. "
        * 5,
        "如遇不可抗力，本金可能无法全额兑付。编号 K23000 的条款除外。" * 20,
        "1,451 151 286 31 101 33 19 48 270 72 18 4 29 2,512 " * 20,
        "short",
        "",
    ],
)
def test_real_text_is_not_garbled(text: str) -> None:
    assert not is_garbled(text)


@pytest.mark.parametrize(
    "text",
    [shifted(CLAUSE) * 10, "\ue001\ue002\ue003 " * 40, "z41 y1881> ?4-88 5:019:52E @41 hAE1> -3-5:?@ " * 20],
)
def test_nonsense_is_garbled(text: str) -> None:
    assert is_garbled(text)
