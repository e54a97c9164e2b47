"""The plots of an evaluation's report: precision against recall, gains, calibration, rounds."""

from __future__ import annotations

from collections.abc import Sequence

from infra.plot import BLUE, GREEN, GREY, INK, ORANGE, RED, Axis, Plot, legend
from tasks.evaluation.calibration import Calibration
from tasks.evaluation.report import Report
from tasks.evaluation.rounds import RoundRow
from tasks.evaluation.scores import Interval
from tasks.evaluation.systems import (
    CONTROL,
    FIRST_DRAFT,
    MISSING_ONLY,
    REDUNDANT_ONLY,
    VERIFIED,
    WITH_UNSETTLED,
)
from tasks.evaluation.truth import Point

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SIGNS = {
    FIRST_DRAFT: (GREY, False),
    CONTROL: (ORANGE, False),
    REDUNDANT_ONLY: (BLUE, True),
    MISSING_ONLY: (ORANGE, True),
    VERIFIED: (BLUE, False),
    WITH_UNSETTLED: (GREEN, True),
}
"""Colour of each system's point, and whether it is hollow."""
_CONTOURS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_CROWDED, _OFF = 0.8, 0.05
"""Where a bin's number stands at its left: near the right edge, and well above the line, where its neighbours are not."""
_ROW_HEIGHT = 19
_MAX_GAIN = 40.0
"""Points; intervals of fields with a handful of gold spans reach further, and end at the edge."""


def precision_recall(report: Report) -> str:
    """Both sweeps over the first draft, and where the systems stand."""
    told = [row.scores for row in report.systems.values()]
    x = _zoomed("recall", min(s.recall_off for s in told))
    y = _zoomed("precision", min(s.precision_off for s in told))
    plot = Plot("Precision against recall", x, y, 480, 400)
    for f1 in _CONTOURS:
        path = [(r, f1 * r / (2 * r - f1)) for r in _steps(f1)]
        shown = [(r, p) for r, p in path if r >= x.low and p >= y.low]
        if shown:
            plot.line(shown, GREY, 0.8, "2 4")
            plot.text(*shown[-1], f"F1 {f1:g}", "end", GREY, (-3, -5))
    plot.line(_curve(report.sweep_generator, x, y), ORANGE, 1.8, "6 3")
    plot.line(_curve(report.sweep_critic, x, y), BLUE, 1.8)
    for name, row in sorted(report.systems.items(), key=lambda item: not SIGNS[item[0]][1]):
        colour, hollow = SIGNS[name]
        s = row.scores
        told = f"{name}: precision {s.precision_off:.3f}, recall {s.recall_off:.3f}, F1 {s.f1_off:.3f}"
        plot.dot(s.recall_off, s.precision_off, colour, 8.5 if hollow else 5, told, hollow)
    entries = [
        ("– –", ORANGE, "generator's score, every threshold over the first draft"),
        ("—", BLUE, "critic's probability, every threshold over the first draft"),
    ]
    for name, row in report.systems.items():
        colour, hollow = SIGNS[name]
        entries.append(("○" if hollow else "●", colour, f"{name}, F1 {row.scores.f1_off:.3f}"))
    return plot.svg() + legend(entries)


def _steps(f1: float) -> list[float]:
    """Recalls at which a contour of F1 has a precision, from its lowest one on."""
    low = f1 / (2 - f1)
    return [low + (1 - low) * i / 60 for i in range(61)]


def _curve(points: Sequence[Point], x: Axis, y: Axis) -> list[tuple[float, float]]:
    """What of a sweep lies inside the axes."""
    return [(p.recall, p.precision) for p in points if p.recall >= x.low and p.precision >= y.low]


def _zoomed(label: str, lowest: float) -> Axis:
    """From a little below the lowest system, by whole tenths, so that the systems can be told apart."""
    low = max(0, int(10 * lowest) - 2)
    return Axis(label, low / 10, 1, [i / 10 for i in range(low, 11)])


# ---------------------------------------------------------------- gains


def system_gains(report: Report) -> str:
    rows = [
        (name, row.gain_over_control, f"{row.scores.f1_off:.3f}")
        for name, row in report.systems.items()
        if row.gain_over_control is not None
    ]
    return _gains("Gain of each part over the control", rows, 12.0, 385)


def field_gains(report: Report) -> str:
    rows = [
        (name, row.gain_over_control, str(row.n_gold))
        for name, row in sorted(report.fields.items(), key=lambda item: -item[1].n_gold)
        if row.gain_over_control is not None
    ]
    return _gains("Gain over the control by field", rows, _MAX_GAIN, 250)


def _gains(title: str, rows: Sequence[tuple[str, Interval | None, str]], most: float, left: float) -> str:
    """One bar a row, with its interval; what is said at its right stands beside."""
    if not rows:
        return ""
    step = most / 4
    x = Axis(
        "points of F1 over the control, with 95 % interval", -most, most, [step * i for i in range(-4, 5)]
    )
    height = _ROW_HEIGHT * len(rows) + 60
    y = Axis("", len(rows), 0, ())
    plot = Plot(title, x, y, left + 470, height, left, right=48)
    for index, (name, gain, beside) in enumerate(rows):
        middle = index + 0.5
        plot.text(-most, middle, name.replace("_", " "), "end", INK, (-8, 4))
        plot.text(most, middle, beside, "end", GREY, (42, 4))
        if gain is None:
            continue
        value, low, high = 100 * gain.value, 100 * gain.low, 100 * gain.high
        colour = BLUE if low > 0 else RED if high < 0 else GREY
        told = f"{name}: {value:+.1f} [{low:+.1f}, {high:+.1f}]"
        plot.bar((0, index + 0.22), (value, index + 0.78), colour, told)
        plot.line([(low, middle), (high, middle)], INK, 1.2)
    plot.line([(0, 0), (0, len(rows))], INK, 1)
    return plot.svg() + legend(
        [
            ("■", BLUE, "better, the whole interval above 0"),
            ("■", RED, "worse, the whole interval below 0"),
            ("■", GREY, "no difference that the contracts show"),
        ]
    )


# ---------------------------------------------------------------- calibration and rounds


def reliability(title: str, found: Calibration) -> str:
    """What was said against what was true; a circle's area grows with the number of values in its bin."""
    plot = Plot(title, Axis("said", 0, 1, SHARES), Axis("share true", 0, 1, SHARES), 360, 330)
    plot.line([(0, 0), (1, 1)], GREY, 1, "4 4")
    most = max(b.n for b in found.bins)
    for b in found.bins:
        if b.mean_said is None or b.share_right is None:
            continue
        told = f"said {b.low:.1f} to {b.high:.1f}, {b.mean_said:.3f} on average: {b.share_right:.3f} of {b.n} true"
        radius = 3 + 9 * (b.n / most) ** 0.5
        plot.dot(b.mean_said, b.share_right, BLUE, radius, told)
        left = b.mean_said > _CROWDED or b.share_right - b.mean_said > _OFF
        plot.text(
            b.mean_said,
            b.share_right,
            f"{b.n:,}",
            "end" if left else "start",
            INK,
            (-radius - 3 if left else radius + 3, 4),
        )
    return plot.svg()


def rounds(report: Report) -> str:
    """What stands after each round, right and wrong, and what the round dropped."""
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
    return plot.svg() + legend(
        [
            ("■", BLUE, "stands, right"),
            ("■", GREEN, "added in this round, right"),
            ("■", ORANGE, "stands or added, wrong"),
            ("■", GREY, "below the line: dropped, wrong"),
            ("■", RED, "below the line: dropped, right"),
        ]
    )


def _round(plot: Plot, index: int, row: RoundRow) -> None:
    c, left, right = row.change, index + 0.2, index + 0.8
    kept, added, wrong = c.kept_right, c.added_right, c.kept_wrong + c.added_wrong
    plot.bar((left, 0), (right, kept), BLUE, f"{kept} right values kept")
    plot.bar((left, kept), (right, kept + added), GREEN, f"{added} right values added")
    plot.bar((left, kept + added), (right, kept + added + wrong), ORANGE, f"{wrong} wrong values stand")
    plot.bar((left, 0), (right, -c.dropped_wrong), GREY, f"{c.dropped_wrong} wrong values dropped")
    low = -c.dropped_wrong - c.dropped_right
    plot.bar((left, -c.dropped_wrong), (right, low), RED, f"{c.dropped_right} right values dropped")
    plot.text(
        index + 0.5, kept + added + wrong, f"verified F1 {row.verified.f1_off:.3f}", "middle", INK, (0, -6)
    )
    words = f"round {row.round_number}, {row.n_chunks} chunks"
    plot.text(index + 0.5, plot.y.low, words, "middle", INK, (0, 18))


def _step(extent: int) -> int:
    """Between marks of an axis that is this long: about six of them, at round numbers."""
    steps = (base * 10**power for power in range(7) for base in (1, 2, 5))
    return next((step for step in steps if step * 6 >= extent), 10_000_000)
