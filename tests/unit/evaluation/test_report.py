"""The whole report of two contracts, as JSON and as a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from infra.evaluation_page import evaluation_page
from tasks.evaluation.cells import Cells
from tasks.evaluation.report import Report, Subject, report
from tasks.evaluation.systems import CONTROL, VERIFIED
from tasks.evaluation.worked import NOTHING, Stood
from tests.unit.evaluation.contracts import drafted, gold, value, worked

SUBJECT = Subject(
    schema="small",
    schema_digest="d" * 64,
    fields=("term", "law", "price"),
    generator="generator/1-aaaaaaaaaaaa",
    critic="critic/1-bbbbbbbbbbbb",
    reader_versions=("reader",),
    max_rounds=3,
    alone_threshold=0.5,
)
FIVE, TEXAS, SKY = value("term", "five years"), value("law", "laws of <Texas>", 3), value("term", "blue sky")
GOLDS = [gold("a", ("trained",), term=["five years"], law=["laws of <Texas>"]), gold("b", price=["EUR 5"])]
WORKED = [
    worked(
        draft=(
            drafted("term", "five years", 0.9, 0.9),
            drafted("term", "blue sky", 0.7, 0.2, flagged=True),
            drafted("law", "laws of <Texas>", 0.4, 0.8),
        ),
        verified=(FIVE, TEXAS),
        unsettled=(SKY,),
        rounds=(Stood((FIVE, TEXAS), (FIVE, TEXAS, SKY), 1),),
        cells=Cells([0.1, 0.0, 0.3], [False, False, True], [True, False, True], 1, 0),
    ),
    NOTHING,
]


@pytest.fixture
def made() -> Report:
    return report(GOLDS, WORKED, SUBJECT)


def test_every_figure_is_of_the_one_run(made: Report) -> None:
    verified = made.systems[VERIFIED].scores
    assert (verified.precision_off, verified.recall_off) == (1.0, pytest.approx(2 / 3))
    assert made.systems[CONTROL].scores.f1_off == pytest.approx(0.4)
    assert (made.unsettled.n, made.unsettled.alone.precision_off) == (1, 0.0)
    assert made.page_right.share == 0.5
    assert made.redundant.critic.auroc is not None and made.redundant.critic.auroc.value == 1.0
    assert made.redundant.generator.auroc is not None and made.redundant.generator.auroc.value == 0.5
    every, hard = made.missing.all_cells, made.missing.hard_cells
    assert every is not None and hard is not None and (every.n_wrong, hard.n_wrong) == (2, 1)
    assert made.floor.nothing_right == 0.5
    assert made.calibration_right is not None and made.calibration_right.n == 3


def test_json_holds_no_nan_and_no_contract_text(made: Report) -> None:
    text = json.dumps(made.as_json(), allow_nan=False)
    assert json.loads(text)["subject"]["generator"] == SUBJECT.generator
    assert "Texas" not in text


def test_a_generator_without_a_threshold_has_no_control_and_the_page_says_so(made: Report) -> None:
    without = report(GOLDS, WORKED, replace(SUBJECT, alone_threshold=None))
    assert CONTROL not in without.systems and without.fields["term"].control is None
    assert "There is no control" in evaluation_page(without)
    assert "There is no control" not in evaluation_page(made)


def test_the_page_fetches_nothing_and_its_plots_are_whole(made: Report) -> None:
    html = evaluation_page(made)
    assert not re.search(r"(?:src|href)=|@import|url\(|<script", html)
    plots = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert len(plots) == 6
    for plot in plots:
        width, height = float(plot.attrib["width"]), float(plot.attrib["height"])
        for mark in plot.iter():
            assert 0 <= float(mark.get("x", 0)) <= width and 0 <= float(mark.get("y", 0)) <= height


def test_the_page_names_what_one_must_know_of(made: Report) -> None:
    html = evaluation_page(made)
    assert "a: like trained, which was not evaluated" in html
    assert "a: law verified on page 3, in the gold on 1" in html


def test_names_are_escaped(made: Report) -> None:
    hostile = replace(made, subject=replace(SUBJECT, generator="<b>x</b>"))
    assert "<b>x</b>" not in evaluation_page(hostile)


def test_nothing_worked_on_is_a_report_of_zeros() -> None:
    made = report(GOLDS, [NOTHING, NOTHING], SUBJECT)
    assert made.systems[VERIFIED].scores.f1_off == 0.0 and made.redundant.critic.auroc is None
    assert evaluation_page(made)
    json.dumps(made.as_json(), allow_nan=False)
