"""The benchmark's plots as SVG files: precision, recall and tokens over what is varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from infra.cli.pages.plot import BLUE, GREEN, GREY, INK, ORANGE, RED, Axis, Plot
from tests.bench.loop_figures import precision, recall, share
from tests.bench.loop_trials import GROUNDED, MAJORITY, ONE, UNION, VERIFIED, Trial

FILES = ("loop-quality-generator.svg", "loop-quality-critic.svg", "loop-quality-habit.svg")
LINES = {
    ONE + GROUNDED: (GREY, "2 3"),
    UNION: (RED, "7 3"),
    UNION + GROUNDED: (ORANGE, "7 3"),
    MAJORITY + GROUNDED: (GREEN, "4 3"),
    VERIFIED: (BLUE, ""),
}
_TENTHS = tuple(i / 10 for i in range(11))
_WIDTH, _HEIGHT, _FOOT = 400.0, 320.0, 58.0
_STYLE = "text{font:12px sans-serif;fill:#1d2129}.axis{font-weight:600}"

Results = Mapping[float, Sequence[Trial]]


def write_plots(folder: Path, sweeps: Mapping[str, Results]) -> None:
    for name, (label, results) in zip(FILES, sweeps.items(), strict=True):
        (folder / name).write_text(picture(label, results), encoding="utf-8")


def picture(label: str, results: Results) -> str:
    """Three panels with one legend below."""
    panels = [
        _quality(label, results, "precision"),
        _quality(label, results, "recall"),
        _tokens(label, results),
    ]
    placed = "".join(
        panel.svg().replace("<svg ", f'<svg x="{index * _WIDTH:g}" y="0" ', 1)
        for index, panel in enumerate(panels)
    )
    width, height = _WIDTH * len(panels), _HEIGHT + _FOOT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        f'role="img" aria-label="{escape(label)}"><style>{_STYLE}</style><rect width="100%" height="100%" fill="white"/>'
        f"{placed}{_legend()}</svg>\n"
    )


def _quality(label: str, results: Results, name: str) -> Plot:
    figure = precision if name == "precision" else recall
    plot = Plot(name.capitalize(), _across(label, results), Axis(name, 0.4, 1, _TENTHS[4:]), _WIDTH, _HEIGHT)
    for system, (colour, dash) in LINES.items():
        _line(plot, [(x, figure(t, system).value) for x, t in results.items()], colour, dash, system)
        if system == VERIFIED:
            for x, t in results.items():
                interval = figure(t, system)
                plot.line([(x, interval.low), (x, interval.high)], colour, 1)
    return plot


def _tokens(label: str, results: Results) -> Plot:
    shares = {
        x: (
            share([t.loop.generator_tokens for t in trials], [t.passes.n_tokens for t in trials]).value,
            share([t.loop.n_tokens for t in trials], [t.passes.n_tokens for t in trials]).value,
        )
        for x, trials in results.items()
    }
    ticks = [i / 2 for i in range(6)]
    plot = Plot(
        "Tokens",
        _across(label, results),
        Axis("tokens of the loop / three passes", 0, 2.5, ticks),
        _WIDTH,
        _HEIGHT,
    )
    ends = (min(results), max(results))
    plot.line([(x, 1) for x in ends], GREY, 1, "2 3")
    plot.line([(x, 0.5) for x in ends], GREY, 1, "2 3")
    _line(plot, [(x, own) for x, (own, _) in shares.items()], BLUE, "", "the generator's")
    _line(plot, [(x, both) for x, (_, both) in shares.items()], INK, "4 3", "with the critic's")
    plot.text(ends[1], shares[ends[1]][0], "the generator's", "end", INK, (-8, 18))
    plot.text(ends[1], shares[ends[1]][1], "with the critic's", "end", INK, (-8, 22))
    return plot


def _across(label: str, results: Results) -> Axis:
    return Axis(label, min(results), max(results), tuple(results))


def _line(plot: Plot, points: Sequence[tuple[float, float]], colour: str, dash: str, title: str) -> None:
    plot.line(points, colour, 2, dash)
    for x, y in points:
        plot.dot(x, y, colour, 3, f"{title}: {y:.3f} at {x:g}")


def _legend() -> str:
    entries: list[str] = []
    for index, (name, (colour, dash)) in enumerate(LINES.items()):
        x, y = 60 + 380 * (index % 3), _HEIGHT + 20 + 22 * (index // 3)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        entries.append(
            f'<line x1="{x}" y1="{y - 4:g}" x2="{x + 34}" y2="{y - 4:g}" stroke="{colour}" stroke-width="2"{dashed}/>'
            f'<text x="{x + 42}" y="{y:g}">{escape(name)}</text>'
        )
    return "".join(entries)
