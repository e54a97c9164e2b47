"""Tells a redline's underlines from those of links, headings and defined terms.

A redline's underline is doubled, next to struck words, or in a colour. A colour that no struck word
of the page has, or is next to, may be a style: then the underlined words decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tasks.core.reading.drawing import Box
from tasks.core.reading.seen.redlines.bars import is_colored
from tasks.core.reading.seen.redlines.crossings import Crossing, covers, doubled, is_beside
from tasks.core.reading.seen.redlines.directions import Direction
from tasks.core.reading.seen.redlines.letter_marks import LetterMarks
from tasks.core.reading.text_runs import Piece

_MAX_STRIKES = 200  # of a page, that underlines are compared with
_WHOLE_LINE = 0.8  # of a line's width: a heading, its number may stand before the underline
_FAR = 1e6  # points
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE)
_QUOTED = re.compile('["\u201c\u201e\u00ab\u300c].*["\u201d\u201c\u00bb\u300d]')
_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "on",
        "or",
        "the",
        "to",
        "under",
        "with",
    ]
)
_ENDS = (".", ",", ";")


def insertions(
    underlines: Sequence[Crossing],
    strikes: Sequence[Crossing],
    links: Sequence[Box],
    words: UnderlinedWords,
) -> Iterator[Crossing]:
    """The underlines that look like a redline's.

    Args:
        links: Boxes of link annotations, in the direction of the underlines.
    """
    in_pairs = doubled(underlines)
    free = [underline for underline in underlines if not _is_linked(underline, links)]
    sure = {
        id(underline)
        for underline in free
        if id(underline) in in_pairs or any(is_beside(underline, strike) for strike in strikes[:_MAX_STRIKES])
    }
    colors = {strike.bar.color for strike in strikes} | {u.bar.color for u in free if id(u) in sure}
    for underline in free:
        color = underline.bar.color
        if id(underline) in sure or (
            is_colored(color) and (color in colors or not words.are_styled(underline))
        ):
            yield underline


def _is_linked(underline: Crossing, links: Sequence[Box]) -> bool:
    """Whether a link lies over the underlined words or over their underline."""
    bar = underline.bar
    x = (bar.x0 + bar.x1) / 2
    low, high = bar.y0 - 2, underline.underlined[0].baseline + underline.size / 2
    return any(x0 <= x <= x1 and y0 <= high and low <= y1 for x0, y0, x1, y1 in links)


class UnderlinedWords:
    """The words on an underline, and the line in which they stand."""

    def __init__(self, pieces: Sequence[Piece | None], direction: Direction, marks: LetterMarks) -> None:
        self._pieces = pieces
        self._direction = direction
        self._marks = marks

    def are_styled(self, underline: Crossing) -> bool:
        """Whether they are an address, a defined term in its quotation marks, or a heading."""
        line = self._letters(underline)
        chosen = [n for n, (_, is_on) in enumerate(line) if is_on]
        if not chosen:
            return False
        words = "".join(letter for letter, is_on in line if is_on).strip()
        around = "".join(letter for letter, _ in line[max(0, chosen[0] - 1) : chosen[-1] + 2]).strip()
        if _ADDRESS.fullmatch(words) or _QUOTED.fullmatch(words) or _QUOTED.fullmatch(around):
            return True
        return len(chosen) >= _WHOLE_LINE * len(line) and _is_title(words)

    def _letters(self, underline: Crossing) -> list[tuple[str, bool]]:
        """The letters of the line from left to right; with each, whether it is on the underline."""
        bar, own = underline.bar, underline.underlined[0]
        letters: list[tuple[float, str, bool]] = []
        for run in self._direction.runs_at((-_FAR, bar.y0, _FAR, bar.y1)):
            piece = self._pieces[run.index]
            if piece is None or abs(run.baseline - own.baseline) > 0.1 * own.size:
                continue
            boxes = map(self._direction.turn, self._marks.boxes(run.index))
            letters += [
                (box[0], letter, covers(bar, box[0], box[2]))
                for letter, box in zip(piece.text, boxes, strict=True)
            ]
        return [(letter, is_on) for _, letter, is_on in sorted(letters, key=lambda entry: entry[0])]


def _is_title(words: str) -> bool:
    """Whether all words but the small ones begin with a capital, and no sentence ends."""
    names = [word for word in re.findall(r"[^\W\d_]+", words) if word not in _SMALL_WORDS]
    return bool(names) and all(name[0].isupper() for name in names) and not words.endswith(_ENDS)
