"""The whole report of two contracts, as JSON and as a page."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rich.console import Console

from infra.cli.evaluate.page import evaluation_page
from infra.cli.evaluate.tables import sections, show
from tasks.learning.evaluation.ablations import CONTROL, VERIFIED
from tasks.learning.evaluation.missing_task import Cell, Cells
from tasks.learning.evaluation.replayed_run import ReplayedContract, RoundOutcome
from tasks.learning.evaluation.report import EvaluationSetup, Report, report
from tasks.learning.evaluation.scores import Interval
from tests.unit.learning.evaluation.contracts import drafted, gold, replayed, value

SETUP = EvaluationSetup(
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
CONTRACTS = [
    replayed(
        GOLDS[0],
        draft=(
            drafted("term", "five years", 0.9, 0.9),
            drafted("term", "blue sky", 0.7, 0.2, flagged=True),
            drafted("law", "laws of <Texas>", 0.4, 0.8),
        ),
        verified=(FIVE, TEXAS),
        unsettled=(SKY,),
        rounds=(RoundOutcome((FIVE, TEXAS), (FIVE, TEXAS, SKY), 1),),
        cells=Cells((Cell(0.1, False, True), Cell(0.0, False, False), Cell(0.3, True, True)), 1, 0),
    ),
    ReplayedContract(GOLDS[1]),
]


@pytest.fixture
def full_report() -> Report:
    return report(CONTRACTS, SETUP)


def test_every_figure_is_of_the_one_run(full_report: Report) -> None:
    verified = full_report.systems[VERIFIED].scores
    assert (verified.precision_off, verified.recall_off) == (1.0, pytest.approx(2 / 3))
    assert full_report.systems[CONTROL].scores.f1_off == pytest.approx(0.4)
    assert (full_report.unsettled.n, full_report.unsettled.alone.precision_off) == (1, 0.0)
    assert full_report.page_right.share == 0.5
    assert full_report.redundant.critic.auroc is not None and full_report.redundant.critic.auroc.value == 1.0
    assert (
        full_report.redundant.generator.auroc is not None
        and full_report.redundant.generator.auroc.value == 0.5
    )
    every, hard = full_report.missing.all_cells, full_report.missing.hard_cells
    assert every is not None and hard is not None and (every.n_wrong, hard.n_wrong) == (2, 1)
    assert full_report.floor.nothing_right == 0.5
    assert full_report.calibration_right is not None and full_report.calibration_right.n == 3


def test_json_holds_no_nan_and_no_contract_text(full_report: Report) -> None:
    text = json.dumps(full_report.as_json(), allow_nan=False)
    assert json.loads(text)["subject"]["generator"] == SETUP.generator
    assert "Texas" not in text


def test_a_generator_without_a_threshold_has_no_control_and_the_page_says_so(full_report: Report) -> None:
    without = report(CONTRACTS, replace(SETUP, alone_threshold=None))
    assert CONTROL not in without.systems and without.fields["term"].control is None
    assert "There is no control" in evaluation_page(without)
    assert "There is no control" not in evaluation_page(full_report)


def test_the_page_fetches_nothing_and_its_plots_are_whole(full_report: Report) -> None:
    html = evaluation_page(full_report)
    assert not re.search(r"(?:src|href)=|@import|url\(|<script", html)
    plots = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    assert len(plots) == 6
    for plot in plots:
        width, height = float(plot.attrib["width"]), float(plot.attrib["height"])
        for mark in plot.iter():
            assert 0 <= float(mark.get("x", 0)) <= width and 0 <= float(mark.get("y", 0)) <= height


def test_the_page_lists_near_duplicates_and_other_pages(full_report: Report) -> None:
    html = evaluation_page(full_report)
    assert "a: near-duplicate of trained, which was not evaluated" in html
    assert "a: law verified on page 3, in the gold on 1" in html


def test_names_are_escaped(full_report: Report) -> None:
    evil = "<b>x</b>"
    setup = replace(SETUP, generator=evil, schema=evil, read_from_text=(evil,))
    hostile = replace(full_report, subject=setup, fields={evil: full_report.fields["law"]})
    html = evaluation_page(hostile)
    assert evil not in html
    assert html.count("&lt;b&gt;x&lt;/b&gt;") >= 6  # title, subject, list, table, chart and its hint


def test_the_page_and_the_console_show_the_same_tables(full_report: Report) -> None:
    html, out = evaluation_page(full_report), io.StringIO()
    show(full_report, Console(file=out, width=200))
    console = " ".join(out.getvalue().replace("│", " ").split())
    for section in sections(full_report):
        for row in section.rows:
            assert " ".join(row).strip() in console.replace("  ", " ")
            assert "".join(f"<td>{printed(cell)}</td>" for cell in row) in html


def printed(cell: str) -> str:
    """As the page prints it: names as words, minus signs, a dash where there is no figure."""
    return (
        "–"
        if cell == "-"
        else cell.replace("_", " ").replace("[-", "[−").replace(" -", " −").replace("'", "&#39;")
    )


def test_a_loss_is_printed_with_minus_signs_on_the_page(full_report: Report) -> None:
    row = replace(full_report.systems[VERIFIED], gain_over_control=Interval(-0.012, -0.034, 0.01))
    html = evaluation_page(replace(full_report, systems=full_report.systems | {VERIFIED: row}))
    assert "<b>−1.2</b>" in html and "<td>−1.2 [−3.4, +1.0]</td>" in html


def test_a_report_of_unprocessed_contracts_is_all_zeros() -> None:
    full_report = report([ReplayedContract(g) for g in GOLDS], SETUP)
    assert full_report.systems[VERIFIED].scores.f1_off == 0.0 and full_report.redundant.critic.auroc is None
    assert evaluation_page(full_report)
    json.dumps(full_report.as_json(), allow_nan=False)
