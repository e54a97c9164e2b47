"""How the report of `countersign evaluate` reads on a console."""

from __future__ import annotations

import io

from rich.console import Console

from infra.cli.evaluation_tables import points, show
from tasks.evaluation.report import report
from tasks.evaluation.scores import Interval
from tests.unit.evaluation.test_report import GOLDS, SUBJECT, WORKED


def test_the_console_tells_every_figure() -> None:
    out = io.StringIO()
    show(report(GOLDS, WORKED, SUBJECT), Console(file=out, width=200))
    told = out.getvalue()
    for words in (
        "by field",
        "after each round",
        "right before wrong",
        "redundant path only",
        "gain over the control (score >= 0.5)",
        "null floor: answering nothing scores F1 0.000 and has 0.500 of the 6 pairs",
        "near-duplicate of a contract outside: a (trained)",
        "unsettled: 1 values",
    ):
        assert words in told


def test_gains_are_told_in_points() -> None:
    assert points(Interval(0.034, -0.001, 0.0456)) == "+3.4 [-0.1, +4.6]"
    assert points(None) == "-"
