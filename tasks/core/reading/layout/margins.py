"""Where a line stands on its page, seen in its own direction."""

from __future__ import annotations

from tasks.core.reading.drawing import Box
from tasks.core.reading.lines import PageLine
from tasks.core.reading.text_runs import upright

Size = tuple[float, float]
"""Width and height of a page as most of its letters stand, in points."""


def own_place(line: PageLine, size: Size) -> tuple[Box, float]:
    """The line's box and the page's height, turned so that the line runs from left to right."""
    if not line.turned:
        return line.box, size[1]
    own = upright(line.turned, (0, 0, *size))
    return own.turn(line.box), own.height


def edge_distance(line: PageLine, size: Size) -> float:
    """From the nearest top or bottom edge of the page, as a share of its height.

    Text that is turned counts from any edge: a stamp may stand upright on the turned sheet.
    """
    (_, bottom, _, top), height = own_place(line, size)
    distance = min(bottom, height - top) / max(1.0, height)
    if line.turned:
        distance = min(distance, line.box[1] / max(1.0, size[1]), 1 - line.box[3] / max(1.0, size[1]))
    return distance
