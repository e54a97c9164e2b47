"""The pieces that drawn lines are near, by writing direction and base line.

Most pieces of a page are near no line, so they are left out by one look at the lines' heights.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from tasks.core.reading.drawing import Box
from tasks.core.reading.text_runs import Piece, Upright

_MAX_SIZE = 60.0  # points; larger letters are a logo or a stamp
_ABOVE, _BELOW = 0.8, 0.4  # of the size: how far from a base line a bar still belongs to it
_SLACK = 2.0  # points that a line may be off its height: half of its thickness, or a slope
_MAX_LOOKS = 300_000  # of bars at pieces

_TURNS: tuple[Callable[[Box], Box], ...] = (
    lambda b: b,
    lambda b: (b[1], -b[2], b[3], -b[0]),
    lambda b: (-b[2], -b[3], -b[0], -b[1]),
    lambda b: (-b[3], b[0], -b[1], b[2]),
)
"""From the turned page to where text of 0, 1, 2 or 3 quarter turns runs from left to right."""


@dataclass(slots=True)
class Run:
    """A piece in its own writing direction."""

    index: int
    """Among the page's pieces."""
    x0: float
    x1: float
    baseline: float
    size: float


class Direction:
    """A writing direction of a page, with the runs of it that lines are near."""

    def __init__(self, quarter: int, upright: Upright) -> None:
        """`quarter`: relative to the turned page."""
        self.quarter = quarter
        self.turn = _TURNS[quarter]
        """From the turned page."""
        self._upright = upright
        self._runs: list[Run] = []
        self._baselines: list[float] = []
        self._largest = 0.0
        self._n_looks = 0

    @property
    def is_spent(self) -> bool:
        """Whether the bars were too many to look at all of them."""
        return self._n_looks > _MAX_LOOKS

    def from_user(self, box: Box) -> Box:
        """From user space."""
        return self.turn(self._upright.turn(box))

    def find_runs(self, pieces: Sequence[Piece | None], heights: Sequence[float]) -> None:
        """Take the pieces that lines at these heights are near; none that is slanted or huge."""
        if not heights:
            return
        ordered = [*sorted(heights), inf]
        quarter = (self.quarter + self._upright.quarter) % 4
        for index, piece in enumerate(pieces):
            if piece is None or piece.style is None or piece.style.quarter != quarter:
                continue
            size = piece.size
            baseline = self._baseline(piece) if self.quarter else piece.baseline
            nearest = ordered[bisect_left(ordered, baseline - _BELOW * size - _SLACK)]
            if nearest <= baseline + _ABOVE * size + _SLACK:
                self._add(index, piece, baseline)
        self._runs.sort(key=lambda run: run.baseline)
        self._baselines = [run.baseline for run in self._runs]
        self._largest = max((run.size for run in self._runs), default=0.0)

    def _baseline(self, piece: Piece) -> float:
        x, y = piece.style.origin if piece.style is not None else (0.0, 0.0)
        return self.from_user((x, y, x, y))[1]

    def _add(self, index: int, piece: Piece, baseline: float) -> None:
        style = piece.style
        if style is None or style.is_slanted or style.is_invisible or piece.index < 0:
            return
        if 0 < piece.size <= _MAX_SIZE:
            x0, x1 = self.turn(piece.first)[0], self.turn(piece.last)[2]
            self._runs.append(Run(index, min(x0, x1), max(x0, x1), baseline, piece.size))

    def runs_at(self, box: Box) -> Iterator[Run]:
        """The runs that a bar in the box could strike or underline."""
        x0, y0, x1, y1 = box
        first = bisect_left(self._baselines, y0 - _ABOVE * self._largest)
        last = bisect_right(self._baselines, y1 + _BELOW * self._largest)
        self._n_looks += last - first
        if self.is_spent:
            return
        for run in self._runs[first:last]:
            if run.x0 < x1 and run.x1 > x0:
                above, below = _ABOVE * run.size, _BELOW * run.size
                if run.baseline + above >= y0 and run.baseline - below <= y1:
                    yield run


def directions(pieces: Sequence[Piece | None], upright: Upright) -> list[Direction]:
    """The page's writing directions, the most frequent one first."""
    quarters = {piece.style.quarter for piece in pieces if piece is not None and piece.style is not None}
    relative = sorted((quarter - upright.quarter) % 4 for quarter in quarters)
    return [Direction(quarter, upright) for quarter in relative]
