"""Where the time of a batch goes, as a picture: a row for each stage, and how much of it was under way from moment to moment."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from infra.cli.pages.plot import BLUE, GREEN, GREY, ORANGE, RED, Axis, Plot

STAGES = {"fetch": GREY, "read": BLUE, "models": ORANGE, "decide": GREEN, "store": RED}
TITLES = {
    "fetch": "objects being fetched from S3",
    "read": "documents being read",
    "models": "requests in flight to Triton",
    "decide": "documents being cut, assessed, settled",
    "store": "transactions in PostgreSQL",
}
_WIDTH, _ROW, _TOP = 860.0, 112.0, 34.0
_STYLE = "text{font:12px sans-serif;fill:#1d2129}.axis{font-weight:600}.title{font-weight:600}"
_BUCKETS = 200

Spans = Sequence[tuple[str, float, float]]


def chart(spans: Spans, seconds: float, title: str) -> str:
    panels = "".join(
        _panel(stage, [s for s in spans if s[0] == stage], seconds).replace(
            "<svg ", f'<svg x="0" y="{_TOP + number * _ROW:g}" ', 1
        )
        for number, stage in enumerate(STAGES)
    )
    height = _TOP + len(STAGES) * _ROW
    size = f'viewBox="0 0 {_WIDTH:g} {height:g}" width="{_WIDTH:g}" height="{height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}"><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="white"/><text x="56" y="20" class="title">{escape(title)}</text>{panels}</svg>\n'
    )


def _panel(stage: str, spans: Spans, seconds: float) -> str:
    width_s = seconds / _BUCKETS
    heights = under_way(spans, seconds)
    top = max(1.0, *heights)
    busy = sum(end - start for _, start, end in spans) / seconds
    tick_s = next(s for s in (1, 2, 5, 10, 20, 60, 300) if seconds / s <= 15 or s == 300)
    across = Axis("", 0, seconds, [n * tick_s for n in range(int(seconds / tick_s) + 1)], " s")
    plot = Plot(stage, across, Axis("", 0, top, [0, round(top)]), _WIDTH, _ROW, bottom=24, top=20)
    for number, height in enumerate(heights):
        if height > 0:
            plot.bar((number * width_s, 0), ((number + 1) * width_s, height), STAGES[stage], f"{height:.1f}")
    plot.text(0, top, f"{stage}: {TITLES[stage]}, {busy:.1f} at a time on average", shift=(0, -6))
    return plot.svg()


def under_way(spans: Spans, seconds: float) -> list[float]:
    """How many were under way in each bucket of the time, on average."""
    width_s = seconds / _BUCKETS
    heights = [0.0] * _BUCKETS
    for _, start, end in spans:
        for number in range(max(0, int(start / width_s)), min(_BUCKETS, int(end / width_s) + 1)):
            at = number * width_s
            heights[number] += max(0.0, min(end, at + width_s) - max(start, at)) / width_s
    return heights
