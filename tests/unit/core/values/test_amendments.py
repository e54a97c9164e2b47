"""What amends a value is found with both places, and nothing else is."""

from __future__ import annotations

import re

import pytest

from tasks.core.values.amendments import amendments
from tests.unit.core.values.amendment_cases import CHINESE, ENGLISH, KEPT_ASIDE

_MARKED = re.compile(r"\{([on]):([^}]*)\}")


def unmarked(marked: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """The sentence, and the ranges of its old and new value."""
    text, ranges, at = "", {}, 0
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        ranges[match[1]] = (len(text), len(text) + len(match[2]))
        text, at = text + match[2], match.end()
    return text + marked[at:], ranges


READ_AS_RANGE = "from {o:six months} to {n:three months}"
"""Found as one duration, a range."""


@pytest.mark.parametrize(
    "marked",
    [
        pytest.param(m, marks=pytest.mark.xfail(strict=True, reason="'from A to B' is found as a range"))
        if READ_AS_RANGE in m
        else m
        for m in [*ENGLISH, *CHINESE, *KEPT_ASIDE]
    ],
)
def test_sentence_amends_what_it_says(marked: str) -> None:
    text, ranges = unmarked(marked)
    before, after = "The parties met in Havn. ", " Nothing else changes.\n"
    shift = len(before)
    found = [
        {"n": (a.new.start, a.new.end), **({} if a.old is None else {"o": (a.old.start, a.old.end)})}
        for a in amendments(before + text + after)
    ]
    shifted = {name: (start + shift, end + shift) for name, (start, end) in ranges.items()}
    assert found == ([shifted] if shifted else [])
