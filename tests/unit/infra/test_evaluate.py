"""How the report of `countersign evaluate` reads on a console."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from rich.console import Console

from infra.cli.evaluate.tables import points, show
from tasks.learning.evaluation.report import report
from tasks.learning.evaluation.scores import Interval
from tests.unit.learning.evaluation.test_report import CONTRACTS, SETUP


def test_the_console_shows_every_figure() -> None:
    out = io.StringIO()
    show(report(CONTRACTS, SETUP), Console(file=out, width=200))
    text = out.getvalue()
    for words in (
        "By field",
        "After each round",
        "right before wrong",
        "redundant path only",
        "(score at least 0.5)",
        "+40.0 points over the control [+0.0, +50.0]",
        "Of 6 pairs of a contract and a field",
        "a: near-duplicate of trained, which was not evaluated",
        "1 value left for review",
        "2 contracts, 1 page, 1 chunk;",
    ):
        assert words in text
    assert re.search(r"answering nothing +│ 0\.000 +│ 0\.500", text)
    assert (
        text.index("By field") < text.index("What each part adds") < text.index("AUROC of the missing critic")
    )


def test_gains_are_shown_in_points() -> None:
    assert points(Interval(0.034, -0.001, 0.0456)) == "+3.4 [-0.1, +4.6]"
    assert points(None) == "-"


def test_the_promise_stands_beside_the_share_that_is_right() -> None:
    out = io.StringIO()
    bars = [replace(c, bars=(0.8446,)) for c in CONTRACTS]
    setup = replace(SETUP, own_fields=("term",), promise=0.95, critic_bar=0.3)
    show(report(bars, setup), Console(file=out, width=200))
    text = out.getvalue()
    assert "0.95 right, from a probability of 0.8446 on. Right: 1 of 1 verified value, 1.000." in text
    assert re.search(r"the bar in use +│ 0\.3000 +│ 1\.000", text)
    assert "no bar would make 0.95 of their values right" in text


def test_a_language_model_as_critic_promises_nothing() -> None:
    out = io.StringIO()
    show(report(CONTRACTS, replace(SETUP, own_fields=SETUP.fields)), Console(file=out, width=200))
    assert "Nothing is promised" in out.getvalue() and "the bar in use" not in out.getvalue()
