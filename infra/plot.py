"""Plots as inline SVG: a frame with two axes, and what is drawn into it. Knows no report.

Own code and no plotting library: four plain kinds of plot are wanted, their text should stay text (it is searched, read aloud and
printed sharp), and a page must not need an extra to be installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

BLUE, ORANGE, GREEN, RED, GREY, INK, FAINT = (
    "#1f5fa8",
    "#c8641b",
    "#2e7d4f",
    "#b3261e",
    "#8a8f98",
    "#1d2129",
    "#e3e6eb",
)
"""Told apart in grey print as well: by lightness, and never by colour alone where it matters."""
_TICK = 4.0


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured, from where to where, and where it is marked."""

    label: str
    low: float
    high: float
    ticks: Sequence[float]
    unit: str = ""

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high end; values beyond stay at the edge."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def text(self, tick: float) -> str:
        return f"{tick:g}{self.unit}".replace("-", "−")


@dataclass(slots=True)
class Plot:
    """A frame that is drawn into; `svg` gives the finished picture."""

    title: str
    x: Axis
    y: Axis
    width: float = 460
    height: float = 360
    left: float = 56
    bottom: float = 46
    right: float = 14
    top: float = 12
    _parts: list[str] = field(default_factory=list[str])

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The point of the picture behind a point of the axes."""
        return (
            self.left + self.x.share(x) * (self.width - self.left - self.right),
            self.height - self.bottom - self.y.share(y) * (self.height - self.bottom - self.top),
        )

    # ---------------------------------------------------------------- drawing

    def line(
        self, points: Iterable[tuple[float, float]], colour: str, width: float = 2, dash: str = ""
    ) -> None:
        shown = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{shown}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'
        )

    def dot(
        self, x: float, y: float, colour: str, radius: float = 5, told: str = "", hollow: bool = False
    ) -> None:
        """A point; `told` shows when it is pointed at."""
        at_x, at_y = self.at(x, y)
        fill = f'fill="white" stroke="{colour}" stroke-width="2"' if hollow else f'fill="{colour}"'
        self._parts.append(
            f'<circle cx="{at_x:.1f}" cy="{at_y:.1f}" r="{radius:.1f}" {fill}><title>{escape(told)}</title></circle>'
        )

    def bar(self, start: tuple[float, float], end: tuple[float, float], colour: str, told: str = "") -> None:
        """A filled box between two corners."""
        (x0, y0), (x1, y1) = self.at(*start), self.at(*end)
        box = f'x="{min(x0, x1):.1f}" y="{min(y0, y1):.1f}" width="{abs(x1 - x0):.1f}" height="{abs(y1 - y0):.1f}"'
        self._parts.append(f'<rect {box} fill="{colour}"><title>{escape(told)}</title></rect>')

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
        place = f'x="{at_x + shift[0]:.1f}" y="{at_y + shift[1]:.1f}" text-anchor="{anchor}"'
        self._parts.append(f'<text {place} fill="{colour}">{escape(words)}</text>')

    # ---------------------------------------------------------------- the picture

    def svg(self) -> str:
        """The picture, with its title for whoever cannot see it."""
        size = f'viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" height="{self.height:g}"'
        frame = "".join([*self._across(), *self._up(), *self._labels()])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(self.title)}">'
            f"{frame}{''.join(self._parts)}</svg>"
        )

    def _across(self) -> Iterable[str]:
        base = self.height - self.bottom
        for tick in self.x.ticks:
            at_x, _ = self.at(tick, self.y.low)
            yield f'<line x1="{at_x:.1f}" y1="{self.top}" x2="{at_x:.1f}" y2="{base + _TICK}" stroke="{FAINT}"/>'
            yield f'<text x="{at_x:.1f}" y="{base + 17}" text-anchor="middle">{self.x.text(tick)}</text>'

    def _up(self) -> Iterable[str]:
        for tick in self.y.ticks:
            _, at_y = self.at(self.x.low, tick)
            end = self.width - self.right
            yield f'<line x1="{self.left - _TICK}" y1="{at_y:.1f}" x2="{end}" y2="{at_y:.1f}" stroke="{FAINT}"/>'
            yield f'<text x="{self.left - 8}" y="{at_y + 4:.1f}" text-anchor="end">{self.y.text(tick)}</text>'

    def _labels(self) -> Iterable[str]:
        middle = (self.left + self.width - self.right) / 2
        yield f'<text x="{middle:.1f}" y="{self.height - 8}" text-anchor="middle" class="axis">{escape(self.x.label)}</text>'
        if self.y.label:
            half = (self.top + self.height - self.bottom) / 2
            turned = f'transform="rotate(-90 14 {half:.1f})"'
            yield f'<text x="14" y="{half:.1f}" text-anchor="middle" class="axis" {turned}>{escape(self.y.label)}</text>'


def legend(entries: Iterable[tuple[str, str, str]]) -> str:
    """A list of (sign, colour, words) beside a plot."""
    rows = "".join(
        f'<li><span style="color:{colour}" aria-hidden="true">{sign}</span> {escape(words)}</li>'
        for sign, colour, words in entries
    )
    return f'<ul class="legend">{rows}</ul>'
