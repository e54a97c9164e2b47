"""From a page with upright text, on which the reader works, to the page as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from tasks.core.reading.pictures.records import PageBox

UprightBox = tuple[float, float, float, float]
"""Left, bottom, right, top in points, origin at the lower left of the page with upright text."""

_MIN_POINTS = 1.0  # of a box's width and height
_OFF_PAGE = 2.0  # points beyond an edge


@dataclass(frozen=True, slots=True)
class PageFrame:
    """A page as it is shown, in points, and how it is turned."""

    page_number: int
    width: float
    height: float
    turns: int = 0
    """Quarter turns, clockwise, from the page with upright text."""

    def holds(self, box: UprightBox) -> bool:
        """Whether a box of the upright page is on it."""
        width, height = self._upright_size()
        left, bottom, right, top = box
        is_inside = left >= -_OFF_PAGE and bottom >= -_OFF_PAGE
        return is_inside and right <= width + _OFF_PAGE and top <= height + _OFF_PAGE

    def shown(self, box: UprightBox) -> PageBox | None:
        """The box in shares of the page as shown; None: it is not on the page."""
        if not (all(map(isfinite, box)) and self.width > 0 and self.height > 0):
            return None
        width, height = self._upright_size()
        x0, y0, x1, y1 = box
        across, down = (x0 / width, x1 / width), (1 - y1 / height, 1 - y0 / height)
        match self.turns % 4:
            case 1:
                across, down = (1 - down[1], 1 - down[0]), across
            case 2:
                across, down = (1 - across[1], 1 - across[0]), (1 - down[1], 1 - down[0])
            case 3:
                across, down = down, (1 - across[1], 1 - across[0])
            case _:
                pass
        if across[1] < 0 or across[0] > 1 or down[1] < 0 or down[0] > 1:
            return None
        left, right = _at_least(*across, _MIN_POINTS / self.width)
        top, bottom = _at_least(*down, _MIN_POINTS / self.height)
        return PageBox(self.page_number, left, top, right, bottom)

    def _upright_size(self) -> tuple[float, float]:
        return (self.height, self.width) if self.turns % 2 else (self.width, self.height)


def _at_least(low: float, high: float, least: float) -> tuple[float, float]:
    """The range on the page, widened to `least`."""
    missing = max(0.0, least - (high - low)) / 2
    low, high = low - missing, high + missing
    return round(min(max(low, 0.0), 1.0), 5), round(min(max(high, 0.0), 1.0), 5)
