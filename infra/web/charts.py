"""Charts of the boards, drawn on the server: where each line, bar and mark goes. `charts.j2` writes them as SVG.

No charting library: pygal and matplotlib write styles into the picture, which the pages' policy forbids and
which do not follow the reader's light or dark. Colours are classes of the style sheet. A series is told from
another by its dash and mark, or its hatching, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tasks.postgres.panels import ColumnUnit

WIDTH, HEIGHT = 520, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 10, 26
ROW_LEFT, ROW_HEIGHT, MAX_ROWS = 150, 24, 12
"""Of pictures whose places are words: room for the words, height of a row, and how many rows."""
N_STYLES = 6
"""Colours, dashes and hatchings of the style sheet and of `charts.j2`; a seventh series begins again."""
MAX_MARKS = 40
"""Of a line with more points only the line is drawn."""
_CHAR = 7.0
"""Width of a digit in units of the picture, at the style sheet's size of letters."""

Place = date | datetime | float | str


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """What one line, or one colour of the bars, shows; None where there is no number."""

    name: str
    values: tuple[float | None, ...]
    style: int = 0


@dataclass(frozen=True, slots=True)
class ChartData:
    """Numbers by place on the axis: days or moments, numbers, or words."""

    title: str
    places: tuple[Place, ...]
    series: tuple[ChartSeries, ...]
    unit: ColumnUnit = "count"

    @property
    def is_empty(self) -> bool:
        return not any(value is not None for one in self.series for value in one.values)

    @property
    def is_of_words(self) -> bool:
        return any(isinstance(place, str) for place in self.places)

    def hint(self, place: Place, series: ChartSeries, value: float) -> str:
        """What pointing at a mark or bar shows."""
        return f"{place_text(place)} · {series.name}: {value_text(value, self.unit)}"


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class ChartLine:
    style: int
    pieces: tuple[str, ...]
    """Points of each unbroken piece, as SVG writes them."""
    marks: tuple[tuple[float, float, str], ...]
    """Where a mark stands, and what pointing at it shows."""


@dataclass(frozen=True, slots=True)
class ChartBar:
    style: int
    x: float
    y: float
    width: float
    height: float
    hint: str


@dataclass(frozen=True, slots=True)
class ChartPicture:
    """What `charts.j2` draws. With `rows`, places are words at the left and numbers run below."""

    title: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[ChartLine, ...] = ()
    bars: tuple[ChartBar, ...] = ()
    rows: bool = False
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def line_picture(data: ChartData) -> ChartPicture:
    """A line for each series over the places; a gap stays a gap."""
    highest = max((v for s in data.series for v in s.values if v is not None), default=0.0)
    ticks, xs = nice_ticks(highest, data.unit), _positions(data.places)
    lines = [_line(series, xs, ticks[-1], data) for series in data.series]
    return ChartPicture(data.title, _x_ticks(data.places, xs), _y_ticks(ticks, data.unit), lines=tuple(lines))


def bar_picture(data: ChartData, is_stacked: bool = True) -> ChartPicture:
    """Bars for each place, the series upon each other or side by side. Places that are words become rows."""
    if data.is_of_words:
        return _row_picture(data, is_stacked)
    ticks, xs = nice_ticks(_highest(data, is_stacked), data.unit), _positions(data.places, inset=True)
    width, bars, n = _bar_width(xs), list[ChartBar](), 1 if is_stacked else len(data.series)
    for index, (place, x) in enumerate(zip(data.places, xs, strict=True)):
        base = 0.0
        for order, series in enumerate(data.series):
            value = max(0.0, series.values[index] or 0)
            if value > 0:
                top, bottom = _y(base + value, ticks[-1]), _y(base, ticks[-1])
                left = x - width / 2 + (0 if is_stacked else order * width / n)
                shape = (round(left, 1), top, round(width / n, 1), round(bottom - top, 1))
                bars.append(ChartBar(series.style, *shape, data.hint(place, series, value)))
            base += value if is_stacked else 0
    return ChartPicture(data.title, _x_ticks(data.places, xs), _y_ticks(ticks, data.unit), bars=tuple(bars))


def _row_picture(data: ChartData, is_stacked: bool) -> ChartPicture:
    """The first places as rows, each with its name at the left."""
    places = data.places[:MAX_ROWS]
    ticks = nice_ticks(_highest(data, is_stacked), data.unit, n_wanted=3)
    n, bars = 1 if is_stacked else len(data.series), list[ChartBar]()
    across = (WIDTH - ROW_LEFT - RIGHT - 8) / ticks[-1]
    for index, place in enumerate(places):
        base = 0.0
        for order, series in enumerate(data.series):
            value = max(0.0, series.values[index] or 0)
            if value > 0:
                y = TOP + index * ROW_HEIGHT + 3 + (0 if is_stacked else order * (ROW_HEIGHT - 6) / n)
                x, width, height = ROW_LEFT + base * across, value * across, (ROW_HEIGHT - 6) / n
                hint = data.hint(place, series, value)
                bars.append(
                    ChartBar(series.style, round(x, 1), round(y, 1), round(width, 1), round(height, 1), hint)
                )
            base += value if is_stacked else 0
    names = [Tick(TOP + (i + 0.5) * ROW_HEIGHT, _fitting(place_text(p))) for i, p in enumerate(places)]
    numbers = [Tick(round(ROW_LEFT + tick * across, 1), axis_text(tick, data.unit)) for tick in ticks]
    height = TOP + len(places) * ROW_HEIGHT + BOTTOM
    return ChartPicture(
        data.title, tuple(numbers), tuple(names), bars=tuple(bars), rows=True, height=height, left=ROW_LEFT
    )


def _highest(data: ChartData, is_stacked: bool) -> float:
    columns = zip(*(series.values for series in data.series), strict=True)
    numbers = [[max(0.0, value or 0) for value in column] for column in columns]
    return max((sum(column) if is_stacked else max(column) for column in numbers), default=0.0)


def _fitting(name: str) -> str:
    n = int((ROW_LEFT - 10) / _CHAR)
    n = n // 2 if any(ord(char) > 0x2E80 for char in name) else n  # Chinese letters are as wide as two
    return name if len(name) <= n else f"{name[: n - 1]}…"


def nice_ticks(highest: float, unit: ColumnUnit = "count", n_wanted: int = 4) -> list[float]:
    """From 0 to at least `highest`, in steps of 1, 2 or 5 times a power of ten; of things counted in whole steps."""
    if unit in ("share", "score") and highest > 0.5:
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    if not highest > 0 or not math.isfinite(highest):
        return [0.0, 1.0]
    rough = highest / n_wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    step = max(step, 1.0) if unit in ("count", "tokens") else step
    return [round(index * step, 12) for index in range(math.ceil(highest / step - 1e-9) + 1)]


def number_text(value: float) -> str:
    """A number as a reader takes it in: 12,345 or 0.0123; never 1e-05."""
    if not math.isfinite(value):
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    decimals = 2 if abs(value) >= 1 else min(8, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def value_text(value: float, unit: ColumnUnit) -> str:
    """A number with its unit: shares as per cent, seconds as a time."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "score":
        return f"{value:.3f}"
    if unit == "money":
        return f"{value:,.2f}" if value >= 0.995 or value == 0 else number_text(value)
    return duration_text(value) if unit == "seconds" else number_text(value)


def duration_text(seconds: float) -> str:
    """A time as 0.4 s, 12 s, 3 min 20 s, 5 h 12 min, 3 d 4 h."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{min(seconds, 59):.0f} s"
    for below, unit, size, part, part_size in (
        (3600, "min", 60, "s", 1),
        (86400, "h", 3600, "min", 60),
    ):
        if seconds < below:
            return f"{seconds // size:.0f} {unit} {seconds % size // part_size:.0f} {part}"
    return f"{seconds // 86400:.0f} d {seconds % 86400 // 3600:.0f} h"


def axis_text(value: float, unit: ColumnUnit) -> str:
    """A number for an axis, which is narrow: 12k, 1.5M, 25 %."""
    if unit == "share":
        return f"{number_text(round(100 * value, 6))} %"
    for limit, size, sign in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value) >= limit:
            return f"{number_text(value / size)}{sign}"
    return number_text(value)


def place_text(place: Place) -> str:
    """A place on the axis in words: days and moments as ISO 8601 writes them, in UTC."""
    if isinstance(place, datetime):
        return place.strftime("%Y-%m-%d" if (place.hour, place.minute) == (0, 0) else "%Y-%m-%d %H:%M")
    return number_text(place) if isinstance(place, int | float) else str(place)


def _line(series: ChartSeries, xs: Sequence[float], highest: float, data: ChartData) -> ChartLine:
    pieces: list[list[str]] = [[]]
    marks: list[tuple[float, float, str]] = []
    for place, x, value in zip(data.places, xs, series.values, strict=True):
        if value is None:
            pieces.append([])
            continue
        y = _y(value, highest)
        pieces[-1].append(f"{x},{y}")
        marks.append((x, y, data.hint(place, series, value)))
    shown = marks if len(marks) <= MAX_MARKS else []
    return ChartLine(series.style, tuple(" ".join(piece) for piece in pieces if piece), tuple(shown))


def _y(value: float, highest: float) -> float:
    share = min(1.0, max(0.0, value / highest))
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def _positions(places: Sequence[Place], inset: bool = False) -> list[float]:
    """The x of each place: at its time or number, words in equal steps. `inset`: with room for half a bar."""
    if not places:
        return []
    numbers = _numbers(places)
    low, high = min(numbers), max(numbers)
    steps = [b - a for a, b in zip(sorted(numbers), sorted(numbers)[1:], strict=False) if b > a]
    room = min(steps, default=1.0) / 2 if inset or low == high else 0.0
    low, high = low - room, high + room
    span = WIDTH - LEFT - RIGHT
    return [round(LEFT + (number - low) / (high - low) * span, 1) for number in numbers]


def _numbers(places: Sequence[Place]) -> list[float]:
    if all(isinstance(place, datetime) for place in places):
        return [place.timestamp() / 86400 for place in places if isinstance(place, datetime)]
    if all(isinstance(place, date) and not isinstance(place, datetime) for place in places):
        return [float(place.toordinal()) for place in places if isinstance(place, date)]
    if all(isinstance(place, int | float) for place in places):
        return [float(place) for place in places if isinstance(place, int | float)]
    return [float(index) for index in range(len(places))]


def _bar_width(xs: Sequence[float]) -> float:
    steps = [b - a for a, b in zip(sorted(set(xs)), sorted(set(xs))[1:], strict=False)]
    return round(min(46.0, max(1.0, 0.72 * min(steps, default=60.0))), 1)


def _x_ticks(places: Sequence[Place], xs: Sequence[float]) -> tuple[Tick, ...]:
    """As many places as have room for their words, the last one always."""
    texts = [place_text(place) for place in places]
    if len({text[:4] for text in texts}) == 1 and places and isinstance(places[0], date):
        texts = [text[5:] for text in texts]  # all of one year: the table has it
    ticks: list[Tick] = []
    limit = float(WIDTH)
    for x, text in sorted(zip(xs, texts, strict=True), reverse=True):
        half = len(text) * _CHAR / 2
        if x + half <= limit:
            ticks.append(Tick(min(x, WIDTH - half), text))
            limit = x - half - 12
        elif not ticks:
            ticks.append(Tick(round(WIDTH - half, 1), text))
            limit = WIDTH - 2 * half - 12
    return tuple(reversed(ticks))


def _y_ticks(values: Sequence[float], unit: ColumnUnit) -> tuple[Tick, ...]:
    return tuple(Tick(_y(value, values[-1]), axis_text(value, unit)) for value in values)
