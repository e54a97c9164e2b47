"""Charts as inline SVG: a frame with two axes, and the shapes drawn into it.

No charting library: pygal draws no interval bars, contours or hollow points; matplotlib is heavy and turns text into
outlines, which cannot be searched or read aloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from infra.cli.pages import render

# They differ in lightness too, so that a grey print shows the difference.
BLUE, ORANGE, GREEN, RED = "#1f5fa8", "#c8641b", "#2e7d4f", "#b3261e"
GREY, INK, FAINT = "#8a8f98", "#1d2129", "#e3e6eb"


_Shape = tuple[str, dict[str, object], str, str]
"""SVG element, its attributes, its text, and the hint that hovering shows."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from `low` to `high`, with a mark at each tick."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    unit: str = ""

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high end; values beyond an end are drawn at it."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def text(self, tick: float) -> str:
        return f"{tick:g}{self.unit}".replace("-", "−")


@dataclass(slots=True)
class Plot:
    """A frame to draw into; `svg` returns the finished picture."""

    title: str
    x: Axis
    y: Axis
    width: float = 460
    height: float = 360
    left: float = 56
    bottom: float = 46
    right: float = 14
    top: float = 12
    legend: Sequence[tuple[str, str, str]] = ()
    """Sign, its colour and its meaning; a page shows them beside the picture."""
    shapes: list[_Shape] = field(default_factory=list[_Shape])

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The point of the picture for a point of the axes."""
        return (
            round(self.left + self.x.share(x) * (self.width - self.left - self.right), 1),
            round(self.height - self.bottom - self.y.share(y) * (self.height - self.bottom - self.top), 1),
        )

    def line(
        self, points: Iterable[tuple[float, float]], colour: str, width: float = 2, dash: str | None = None
    ) -> None:
        style = {"fill": "none", "stroke": colour, "stroke_width": width, "stroke_dasharray": dash}
        self._draw("polyline", points=" ".join(f"{x},{y}" for x, y in (self.at(*p) for p in points)), **style)

    def dot(
        self, x: float, y: float, colour: str, radius: float = 5, hint: str = "", hollow: bool = False
    ) -> None:
        cx, cy = self.at(x, y)
        style = {"fill": "white", "stroke": colour, "stroke_width": 2} if hollow else {"fill": colour}
        self._draw("circle", hint=hint, cx=cx, cy=cy, r=round(radius, 1), **style)

    def bar(self, start: tuple[float, float], end: tuple[float, float], colour: str, hint: str = "") -> None:
        """A filled box between two corners."""
        (x0, y0), (x1, y1) = self.at(*start), self.at(*end)
        width, height = round(abs(x1 - x0), 1), round(abs(y1 - y0), 1)
        self._draw("rect", hint=hint, x=min(x0, x1), y=min(y0, y1), width=width, height=height, fill=colour)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        anchor: str = "start",
        colour: str = INK,
        shift: tuple[float, float] = (0, 0),
    ) -> None:
        at_x, at_y = self.at(x, y)
        position = {"x": round(at_x + shift[0], 1), "y": round(at_y + shift[1], 1), "text_anchor": anchor}
        self._draw("text", words, fill=colour, **position)

    def svg(self) -> str:
        """The picture as an `<svg>` element, with its title as a label for screen readers."""
        return render("plot.svg.j2", plot=self, faint=FAINT)

    def _draw(self, element: str, words: str = "", hint: str = "", **attributes: object) -> None:
        named = {name.replace("_", "-"): value for name, value in attributes.items()}
        self.shapes.append((element, named, words, hint))
