"""Finds ranges of the stored text among the letters of a page as it is read now, and their boxes.

White space does not count, so it makes no difference how lines are cut. If the reader of today reads
another text than the stored one, a range is looked for by its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from tasks.core.reading.drawing import Box
from tasks.core.reading.pictures.letters import PageLetters, around
from tasks.core.reading.pictures.page_frame import PageFrame
from tasks.core.reading.pictures.pages_seen import SpanPart
from tasks.core.reading.pictures.records import PageBox
from tasks.core.records import Span
from tasks.core.text.folding import fold

_GAP = 2.5  # of a letter's larger side: letters further apart are pieces of their own


def part_boxes(
    stored: str, parts: Sequence[SpanPart], letters: PageLetters, frame: PageFrame
) -> Iterator[tuple[Span, list[PageBox]]]:
    """The boxes of the parts that are found on the page.

    Args:
        stored: The page's text as it was stored.
    """
    finder = _WordFinder(stored, letters.text)
    for part in parts:
        found = finder.letters_of(part)
        boxes = [] if found is None else list(boxes_of(letters, *found, frame))
        if boxes:
            yield part.span, boxes


class _WordFinder:
    """Ranges of the letters that are read now, for ranges of the stored text of a page."""

    def __init__(self, stored: str, letters: str) -> None:
        self._stored = "".join(stored.split())
        self._letters = letters
        self._n_solid = [0, *accumulate(not letter.isspace() for letter in stored)]
        self._is_same = self._stored == letters
        self._n_head = _n_alike(self._stored, letters)
        self._n_tail = _n_alike(self._stored[::-1], letters[::-1])

    def letters_of(self, part: SpanPart) -> tuple[int, int] | None:
        """The range of the part's letters; None: it is not there."""
        start, end = self._n_solid[part.start], self._n_solid[part.end]
        if self._is_same or end <= self._n_head:
            return start, end
        shift = len(self._letters) - len(self._stored)
        if start >= len(self._stored) - self._n_tail:
            return start + shift, end + shift
        words = self._stored[start:end]
        expected = round(start * len(self._letters) / max(1, len(self._stored)))
        return _nearest(words, self._letters, expected) or self._folded(words, expected)

    def _folded(self, words: str, expected: int) -> tuple[int, int] | None:
        """As the words are found when quotes, hyphens and forms of letters make no difference."""
        folded = [fold(letter).text for letter in self._letters]
        starts = [0, *accumulate(map(len, folded))]
        sought = "".join(fold(letter).text for letter in words)
        found = _nearest(sought, "".join(folded), starts[min(max(0, expected), len(folded))])
        if found is None:
            return None
        inside = [
            at for at, (first, last) in enumerate(pairwise(starts)) if first < found[1] and last > found[0]
        ]
        return inside[0], inside[-1] + 1


def _n_alike(one: str, other: str) -> int:
    """With how many letters both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _nearest(words: str, text: str, expected: int) -> tuple[int, int] | None:
    """Where the words stand in the text: the place that is nearest to the expected one."""
    best, at = -1, text.find(words) if words else -1
    while at >= 0:
        if best < 0 or abs(at - expected) < abs(best - expected):
            best = at
        at = text.find(words, at + 1)
    return None if best < 0 else (best, best + len(words))


def boxes_of(letters: PageLetters, start: int, end: int, frame: PageFrame) -> Iterator[PageBox]:
    """A box for each piece of a line among the letters."""
    group: list[Box] = []
    for at in range(start, end):
        is_same = at > start and letters.lines[at] == letters.lines[at - 1]
        if group and not (is_same and _is_beside(around(group), letters.boxes[at])):
            yield from _shown(group, frame)
            group = []
        group.append(letters.boxes[at])
    if group:
        yield from _shown(group, frame)


def _shown(group: Sequence[Box], frame: PageFrame) -> Iterator[PageBox]:
    box = frame.shown(around(group))
    if box is not None:
        yield box


def _is_beside(one: Box, letter: Box) -> bool:
    side = max(letter[2] - letter[0], letter[3] - letter[1])
    across = max(one[0] - letter[2], letter[0] - one[2])
    down = max(one[1] - letter[3], letter[1] - one[3])
    return max(across, down) <= _GAP * side
