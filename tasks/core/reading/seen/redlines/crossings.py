"""Decides what a bar says of the letters that it meets: strike, underline, or neither.

A bar strikes if it runs through letters 0.15 to 0.42 of the size above their base line, and ends
with them: the rules of tables and forms go on. Most of its letters decide, so a superscript in a
struck run is struck with it, and a subscript on an underline is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.drawing import Box
from tasks.core.reading.seen.redlines.bars import Bar
from tasks.core.reading.seen.redlines.directions import Run

# Of the size, above the base line. Strikes were measured at 0.20 to 0.31, underlines at -0.27 to
# -0.08; on 479 pages of CUAD no rule crosses text at 0.15 to 0.42.
_STRIKE = (0.15, 0.42)
_FREEHAND = (0.05, 0.60)
_UNDERLINE = (-0.40, 0.10)
_SMALLER = 0.9  # of the struck text's size: a superscript is
_THICK = 0.35  # of the size
_OVERSHOOT = 1.5  # of the size: how far a strike may go on where no letter is
_COVERED = 0.3  # of a strike: how much of it is on letters
_END_SLACK = 0.3  # points
_MIN_LETTER = 0.6  # of a letter's width: a shorter bar strikes no letter
_TOUCHING = 0.6  # of the size: the space between struck and inserted words
_MAX_BETWEEN = 100  # bars of a line between the two
_LONG_WORD = 3  # letters that a strike must have of a word, and
_MOST_OF_WORD = 0.6  # of its width, to mean the whole word
_EDGE = 0.01  # of the size: how far from a letter's edge a strike's end cuts the letter
_DOUBLED = (0.03, 0.3)  # of the size: between the lines of a double underline


@dataclass(slots=True)
class Crossing:
    """A bar with the runs that it meets."""

    bar: Bar
    struck: list[Run] = field(default_factory=list[Run])
    """It runs through them."""
    underlined: list[Run] = field(default_factory=list[Run])
    """They stand on it."""
    beside: list[Run] = field(default_factory=list[Run])
    """Raised, lowered, or apart."""

    @property
    def size(self) -> float:
        """Of the largest letters that it is about."""
        return max(run.size for run in self.struck or self.underlined)

    @property
    def strikes(self) -> bool:
        if not self.struck:
            return False
        n_struck, n_underlined = _length(self.bar, self.struck), _length(self.bar, self.underlined)
        return n_struck > n_underlined and _ends_with(self.bar, self.struck)

    @property
    def underlines(self) -> bool:
        if not self.underlined:
            return False
        n_struck, n_underlined = _length(self.bar, self.struck), _length(self.bar, self.underlined)
        return n_underlined > n_struck and _ends_with(self.bar, self.underlined)

    @property
    def deleted(self) -> list[Run]:
        """What a strike strikes: raised and lowered pieces inside the struck run with it."""
        return self.struck + [
            run for run in self.beside + self.underlined if run.size <= _SMALLER * self.size
        ]


def crossing(bar: Bar, runs: Iterable[Run]) -> Crossing:
    """Sort the runs near a bar by where it meets them."""
    found = Crossing(bar)
    low, high = _FREEHAND if bar.is_freehand else _STRIKE
    for run in runs:
        rise = (bar.height_at((max(bar.x0, run.x0) + min(bar.x1, run.x1)) / 2) - run.baseline) / run.size
        if bar.thickness > _THICK * run.size:
            continue
        if low <= rise <= high:
            found.struck.append(run)
        elif _UNDERLINE[0] <= rise <= _UNDERLINE[1]:
            found.underlined.append(run)
        else:
            found.beside.append(run)
    return found


def may_strike(box: Box, runs: Iterable[Run]) -> bool:
    """Whether the box of a line is where a strike through one of the runs would be."""
    low, high = _STRIKE
    return any(
        box[3] >= run.baseline + low * run.size and box[1] <= run.baseline + high * run.size for run in runs
    )


def covers(bar: Bar, x0: float, x1: float) -> bool:
    """Whether the bar covers the middle of a letter, and most of its width."""
    middle = (x0 + x1) / 2
    is_long = bar.x1 - bar.x0 >= _MIN_LETTER * (x1 - x0)
    return is_long and bar.x0 - _END_SLACK <= middle <= bar.x1 + _END_SLACK


def word_end(bar: Bar, letters: Sequence[tuple[float, float, str]], size: float) -> float | None:
    """Where the last word of a strike ends; None: the strike cuts no letter, or too little is struck.

    Args:
        letters: Left, right and letter of a text object, in order.
    """
    slack = _EDGE * size
    cut = next((n for n, (x0, x1, _) in enumerate(letters) if x0 + slack < bar.x1 < x1 - slack), None)
    if cut is None or not letters[cut][2].isalnum():
        return None
    first = last = cut
    while first and letters[first - 1][2].isalnum():
        first -= 1
    while last + 1 < len(letters) and letters[last + 1][2].isalnum():
        last += 1
    start, end = letters[first][0], letters[last][1]
    is_most = bar.x1 - max(start, bar.x0) >= _MOST_OF_WORD * (end - start)
    return end if is_most and cut - first >= _LONG_WORD else None


def is_beside(underline: Crossing, strike: Crossing) -> bool:
    """Whether one ends where the other begins, on the same line."""
    a, b, size = underline.bar, strike.bar, strike.size
    is_near = min(abs(a.x0 - b.x1), abs(b.x0 - a.x1)) <= _TOUCHING * size
    return is_near and abs(underline.underlined[0].baseline - strike.struck[0].baseline) <= 0.1 * size


def doubled(underlines: Sequence[Crossing]) -> set[int]:
    """The ids of those that are lines of double underlines."""
    found: set[int] = set()
    ordered = sorted(underlines, key=lambda underline: underline.bar.y0)
    for at, lower in enumerate(ordered):
        a, size = lower.bar, lower.size
        for upper in ordered[at + 1 : at + 1 + _MAX_BETWEEN]:
            b = upper.bar
            if b.y0 - a.y0 > _DOUBLED[1] * size:
                break
            overlap = min(a.x1, b.x1) - max(a.x0, b.x0)
            is_pair = abs(a.x1 - a.x0 - b.x1 + b.x0) <= size and overlap >= 0.8 * (a.x1 - a.x0)
            if b.y0 - a.y0 >= _DOUBLED[0] * size and is_pair:
                found |= {id(lower), id(upper)}
    return found


def _length(bar: Bar, runs: Iterable[Run]) -> float:
    return sum(min(bar.x1, run.x1) - max(bar.x0, run.x0) for run in runs)


def _ends_with(bar: Bar, runs: list[Run]) -> bool:
    """Whether the bar ends near its letters on both sides."""
    slack = _OVERSHOOT * max(run.size for run in runs)
    before, after = min(run.x0 for run in runs) - bar.x0, bar.x1 - max(run.x1 for run in runs)
    return max(before, after) <= slack and _length(bar, runs) >= _COVERED * (bar.x1 - bar.x0)
