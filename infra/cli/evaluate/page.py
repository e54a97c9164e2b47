"""The report of an evaluation as one HTML page: the tables of the console, and charts beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from infra.cli.evaluate import tables
from infra.cli.evaluate.tables import points
from infra.cli.pages import render
from infra.cli.pages.plot import BLUE, GREEN, GREY, INK, ORANGE, RED, Axis, Plot
from tasks.core.text.display import counted
from tasks.learning.evaluation import ablations
from tasks.learning.evaluation.matching import Point
from tasks.learning.evaluation.ranking import Reliability
from tasks.learning.evaluation.report import Report
from tasks.learning.evaluation.rounds import RoundRow
from tasks.learning.evaluation.scores import Interval

_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SIGNS = {
    ablations.FIRST_DRAFT: (GREY, False),
    ablations.CONTROL: (ORANGE, False),
    ablations.REDUNDANT_ONLY: (BLUE, True),
    ablations.MISSING_ONLY: (ORANGE, True),
    ablations.VERIFIED: (BLUE, False),
    ablations.WITH_UNSETTLED: (GREEN, True),
}
"""Colour of each system's point, and whether it is hollow."""
_CONTOURS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_CROWDED, _OFF = 0.8, 0.05
"""The number of a bin is at its left near the right edge and well above the diagonal, where no other bin is."""
_ROW_HEIGHT = 19
_MAX_GAIN = 40.0
"""Points. Intervals of fields with few gold spans reach further and are cut off at the edge."""
_HYPHEN_MINUS = re.compile(r"(?<![\w.])-(?=\d)")


def evaluation_page(report: Report) -> str:
    """The whole page as HTML."""
    right = _reliability("probability that a value is right", report.calibration_right)
    overlooked = _reliability("probability that something was overlooked", report.calibration_overlooked)
    figures = {
        tables.SYSTEMS: [[_precision_recall(report)], [_system_gains(report)]],
        tables.ROUNDS: [[_rounds(report)]],
        tables.FIELDS: [[_field_gains(report)]],
        tables.CALIBRATION: [[right, overlooked]],
    }
    return render(
        "evaluation.html.j2",
        title=f"Evaluation of {report.subject.generator}",
        subject=tables.subject(report),
        headline=tables.headline(report),
        sections=tables.sections(report),
        chosen=ablations.VERIFIED,
        figures={
            title: [drawn for plots in beside if (drawn := [plot for plot in plots if plot])]
            for title, beside in figures.items()
        },
        typeset=_typeset,
    )


def _typeset(cell: str) -> str:
    """A cell as it is printed: minus signs, a dash where there is no figure, and names as words."""
    return "–" if cell == "-" else _HYPHEN_MINUS.sub("−", cell.replace("_", " "))


def _precision_recall(report: Report) -> Plot:
    """Both threshold sweeps over the first draft, and a point for each system."""
    every = [row.scores for row in report.systems.values()]
    x = _zoomed("recall", min(s.recall_off for s in every))
    y = _zoomed("precision", min(s.precision_off for s in every))
    plot = Plot("Precision against recall", x, y, 480, 400)
    for f1 in _CONTOURS:
        path = [(r, f1 * r / (2 * r - f1)) for r in _contour_recalls(f1)]
        shown = [(r, p) for r, p in path if r >= x.low and p >= y.low]
        if shown:
            plot.line(shown, GREY, 0.8, "2 4")
            plot.text(*shown[-1], f"F1 {f1:g}", "end", GREY, (-3, -5))
    plot.line(_inside(report.sweep_generator, x, y), ORANGE, 1.8, "6 3")
    plot.line(_inside(report.sweep_critic, x, y), BLUE, 1.8)
    for name, row in sorted(report.systems.items(), key=lambda item: not _SIGNS[item[0]][1]):
        colour, hollow = _SIGNS[name]
        s = row.scores
        hint = f"{name}: precision {s.precision_off:.3f}, recall {s.recall_off:.3f}, F1 {s.f1_off:.3f}"
        plot.dot(s.recall_off, s.precision_off, colour, 8.5 if hollow else 5, hint, hollow)
    plot.legend = [
        ("– –", ORANGE, "generator's score, every threshold over the first draft"),
        ("—", BLUE, "critic's probability, every threshold over the first draft"),
        *(
            ("○" if _SIGNS[name][1] else "●", _SIGNS[name][0], f"{name}, F1 {row.scores.f1_off:.3f}")
            for name, row in report.systems.items()
        ),
    ]
    return plot


def _contour_recalls(f1: float) -> list[float]:
    """Recalls from the lowest at which this F1 has a precision."""
    low = f1 / (2 - f1)
    return [low + (1 - low) * i / 60 for i in range(61)]


def _inside(curve: Sequence[Point], x: Axis, y: Axis) -> list[tuple[float, float]]:
    return [(p.recall, p.precision) for p in curve if p.recall >= x.low and p.precision >= y.low]


def _zoomed(label: str, lowest: float) -> Axis:
    """An axis from a little below the lowest system, in whole tenths, so that the points lie apart."""
    low = max(0, int(10 * lowest) - 2)
    return Axis(label, low / 10, 1, [i / 10 for i in range(low, 11)])


# ---------------------------------------------------------------- gains


def _system_gains(report: Report) -> Plot | None:
    rows = ((name, row.gain_over_control, f"{row.scores.f1_off:.3f}") for name, row in report.systems.items())
    return _gains("Gain of each part over the control", rows, 12.0, 385)


def _field_gains(report: Report) -> Plot | None:
    by_size = sorted(report.fields.items(), key=lambda item: -item[1].n_gold)
    rows = ((name.replace("_", " "), row.gain_over_control, str(row.n_gold)) for name, row in by_size)
    plot = _gains("Gain over the control by field", rows, _MAX_GAIN, 250)
    if plot is not None:
        note = "at the right: number of gold spans; an interval that reaches the edge is cut off there"
        plot.legend = [*plot.legend, ("", INK, note)]
    return plot


def _gains(
    title: str, rows: Iterable[tuple[str, Interval | None, str]], most: float, left: float
) -> Plot | None:
    """A bar with its interval for each row that has a gain, and a text at its right; None if no row has one."""
    gains = [(name, gain, beside) for name, gain, beside in rows if gain is not None]
    if not gains:
        return None
    ticks = [most / 4 * i for i in range(-4, 5)]
    x = Axis("points of F1 over the control, with 95 % interval", -most, most, ticks)
    y = Axis("", len(gains), 0, ())
    plot = Plot(title, x, y, left + 470, _ROW_HEIGHT * len(gains) + 60, left, right=48)
    for index, (name, gain, beside) in enumerate(gains):
        middle = index + 0.5
        plot.text(-most, middle, name, "end", INK, (-8, 4))
        plot.text(most, middle, beside, "end", GREY, (42, 4))
        value, low, high = 100 * gain.value, 100 * gain.low, 100 * gain.high
        colour = BLUE if low > 0 else RED if high < 0 else GREY
        plot.bar((0, index + 0.22), (value, index + 0.78), colour, f"{name}: {points(gain)}")
        plot.line([(low, middle), (high, middle)], INK, 1.2)
    plot.line([(0, 0), (0, len(gains))], INK, 1)
    plot.legend = [
        ("■", BLUE, "better, the whole interval above 0"),
        ("■", RED, "worse, the whole interval below 0"),
        ("■", GREY, "no significant difference"),
    ]
    return plot


# ---------------------------------------------------------------- calibration and rounds


def _reliability(label: str, calibration: Reliability | None) -> Plot | None:
    """Probability against truth; a circle's area grows with the number of values in its bin."""
    if calibration is None:
        return None
    x, y = Axis(label, 0, 1, _SHARES), Axis("share true", 0, 1, _SHARES)
    plot = Plot(f"Calibration: {label}", x, y, 360, 330)
    plot.line([(0, 0), (1, 1)], GREY, 1, "4 4")
    most = max(b.n for b in calibration.bins)
    for b in calibration.bins:
        if b.mean_said is None or b.share_right is None:
            continue
        radius = 3 + 9 * (b.n / most) ** 0.5
        hint = f"{b.low:.1f} to {b.high:.1f}, {b.mean_said:.3f} on average: {b.share_right:.3f} of {b.n} true"
        plot.dot(b.mean_said, b.share_right, BLUE, radius, hint)
        at_left = b.mean_said > _CROWDED or b.share_right - b.mean_said > _OFF
        anchor, shift = ("end", -radius - 3) if at_left else ("start", radius + 3)
        plot.text(b.mean_said, b.share_right, f"{b.n:,}", anchor, INK, (shift, 4))
    plot.legend = [
        (
            "●",
            BLUE,
            "a bin of probabilities, with its number of values; on the diagonal the probabilities are exact",
        )
    ]
    return plot


def _rounds(report: Report) -> Plot:
    """The values after each round, right and wrong, and those that the round dropped."""
    changes = [r.change for r in report.rounds]
    standing = [c.kept_right + c.kept_wrong + c.added_right + c.added_wrong for c in changes]
    dropped = [c.dropped_right + c.dropped_wrong for c in changes]
    step = _step(max(standing, default=0) + max(dropped, default=0))
    low, high = -step * -(-max(dropped, default=0) // step), step * (max(standing, default=0) // step + 1)
    names = Axis("", 0, max(1, len(changes)), ())
    values = Axis("values", low, high, range(low, high + 1, step))
    plot = Plot("What each round changed", names, values, 130 + 150 * len(changes), 340)
    for index, row in enumerate(report.rounds):
        _round(plot, index, row)
    plot.line([(0, 0), (len(report.rounds), 0)], INK, 1)
    plot.legend = [
        ("■", BLUE, "kept, right"),
        ("■", GREEN, "added in this round, right"),
        ("■", ORANGE, "kept or added, wrong"),
        ("■", GREY, "below the line: dropped, wrong"),
        ("■", RED, "below the line: dropped, right"),
    ]
    return plot


def _round(plot: Plot, index: int, row: RoundRow) -> None:
    c, left, right, middle = row.change, index + 0.2, index + 0.8, index + 0.5
    wrong, top = c.kept_wrong + c.added_wrong, c.kept_right + c.added_right
    dropped = c.dropped_wrong + c.dropped_right
    plot.bar((left, 0), (right, c.kept_right), BLUE, f"{c.kept_right} right values kept")
    plot.bar((left, c.kept_right), (right, top), GREEN, f"{c.added_right} right values added")
    plot.bar((left, top), (right, top + wrong), ORANGE, f"{wrong} wrong values kept or added")
    plot.bar((left, 0), (right, -c.dropped_wrong), GREY, f"{c.dropped_wrong} wrong values dropped")
    plot.bar((left, -c.dropped_wrong), (right, -dropped), RED, f"{c.dropped_right} right values dropped")
    plot.text(middle, top + wrong, f"verified F1 {row.verified.f1_off:.3f}", "middle", INK, (0, -6))
    words = f"round {row.round_number}, {counted(row.n_chunks, 'chunk')}"
    plot.text(middle, plot.y.low, words, "middle", INK, (0, 18))


def _step(extent: int) -> int:
    """The distance between the marks of an axis of this length: a round number that gives about six marks."""
    steps = (base * 10**power for power in range(7) for base in (1, 2, 5))
    return next((step for step in steps if step * 6 >= extent), 10_000_000)
