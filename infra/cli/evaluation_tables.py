"""The report of an evaluation as tables on the console."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tasks.evaluation.comparison import Row
from tasks.evaluation.ranking import Ranking
from tasks.evaluation.report import Report
from tasks.evaluation.scores import Interval, Scores
from tasks.evaluation.systems import CONTROL, FIRST_DRAFT, VERIFIED

_NONE = "-"


def show(report: Report, console: Console) -> None:
    """Every figure; the main ones near the end, where a long table does not scroll them away."""
    console.print(_fields(report))
    console.print(_rounds(report))
    console.print(_ranks(report))
    console.print(_systems(report.systems, "what would stand with each part of the loop"))
    for line in _notes(report):
        console.print(line, highlight=False, soft_wrap=True, markup=False)


def _systems(rows: dict[str, Row], title: str) -> Table:
    table = Table(
        "system",
        "P_off",
        "R_off",
        "F1_off",
        "95 %",
        "F1 one-to-one",
        "gain over control",
        "predicted",
        title=title,
    )
    for name, row in rows.items():
        s = row.scores
        bounds = f"{row.f1_off.low:.3f} to {row.f1_off.high:.3f}"
        table.add_row(
            name, *_official(s), bounds, f"{s.f1:.3f}", points(row.gain_over_control), str(s.n_predicted)
        )
    return table


def _fields(report: Report) -> Table:
    table = Table(
        "field",
        "gold",
        "control P",
        "R",
        "F1_off",
        "verified P",
        "R",
        "F1_off",
        "gain in points",
        title="by field",
    )
    for name, row in sorted(report.fields.items(), key=lambda item: -item[1].n_gold):
        table.add_row(
            name,
            str(row.n_gold),
            *_official(row.control),
            *_official(row.verified),
            points(row.gain_over_control),
        )
    return table


def _rounds(report: Report) -> Table:
    table = Table(
        "round",
        "chunks",
        "verified P",
        "R",
        "F1_off",
        "standing P",
        "R",
        "F1_off",
        "added right",
        "wrong",
        "dropped right",
        "wrong",
        title="after each round",
    )
    for row in report.rounds:
        c = row.change
        changes = (c.added_right, c.added_wrong, c.dropped_right, c.dropped_wrong)
        table.add_row(
            str(row.round_number),
            str(row.n_chunks),
            *_official(row.verified),
            *_official(row.standing),
            *map(str, changes),
        )
    return table


def _ranks(report: Report) -> Table:
    table = Table("ranking", "AUROC", "95 %", "right", "wrong", title="right before wrong")
    rows = (
        ("redundant critic over the first draft", report.redundant.critic),
        ("generator's own score over the same", report.redundant.generator),
        ("missing critic, all cells", report.missing.all_cells),
        ("missing critic, hard cells", report.missing.hard_cells),
    )
    for name, found in rows:
        table.add_row(name, *_ranking(found))
    return table


def _ranking(found: Ranking | None) -> tuple[str, str, str, str]:
    if found is None or found.auroc is None:
        return (_NONE, _NONE, _NONE, _NONE)
    a = found.auroc
    return f"{a.value:.3f}", f"{a.low:.3f} to {a.high:.3f}", str(found.n_right), str(found.n_wrong)


def _official(s: Scores | None) -> tuple[str, str, str]:
    if s is None or not (s.n_gold or s.n_predicted):
        return (_NONE, _NONE, _NONE)
    return f"{s.precision_off:.3f}", f"{s.recall_off:.3f}", f"{s.f1_off:.3f}"


def points(gain: Interval | None) -> str:
    """A gain in points of 100, with its interval."""
    if gain is None:
        return _NONE
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"


def _notes(report: Report) -> list[str]:
    s, floor = report.subject, report.floor
    notes = [
        f"{report.n_contracts} contracts, {report.n_pages} pages, {report.n_chunks} chunks, {len(s.fields)} fields of {s.schema} "
        f"({s.schema_digest[:12]}), {s.generator}, {s.critic}, at most {s.max_rounds} rounds, {', '.join(s.reader_versions)}",
        "CUAD matching (Jaccard of word sets >= 0.5), micro over all fields; intervals: 2,000 draws of contracts",
    ]
    if s.alone_threshold is None:
        notes.append(f"no control: {s.generator} reports no threshold of its own (`alone_threshold`)")
    else:
        gain = report.systems[VERIFIED].gain_over_control
        notes.append(f"gain over the control (score >= {s.alone_threshold:g}): {points(gain)} points")
    page = report.page_right
    if page.share is not None:
        notes.append(
            f"page of paired verified values right: {page.share:.4f} ({page.n_right} of {page.n_pairs})"
        )
    notes.append("chunks stopped: " + ", ".join(f"{reason} {n}" for reason, n in report.stops.items()))
    notes += _unsettled(report) + _calibrations(report) + _missing(report)
    shares = ", ".join(
        f"{name.split(',')[0] if name != CONTROL else 'control'} {floor.right[name]:.3f}"
        for name in (FIRST_DRAFT, CONTROL, VERIFIED)
        if name in floor.right
    )
    notes.append(
        f"null floor: answering nothing scores F1 {floor.nothing_f1:.3f} and has {floor.nothing_right:.3f} of the {floor.n_pairs} "
        f"pairs of contract and field right (by the same count: {shares})"
    )
    return notes + _duplicates(report) + _left_out(report)


def _unsettled(report: Report) -> list[str]:
    u = report.unsettled
    alone, both = u.alone, u.if_accepted
    return [
        f"unsettled: {u.n} values, {alone.precision_off:.3f} of them right; accepted all, P {both.precision_off:.3f} "
        f"R {both.recall_off:.3f} F1_off {both.f1_off:.3f}"
    ]


def _calibrations(report: Report) -> list[str]:
    rows = (("right", report.calibration_right), ("overlooked", report.calibration_overlooked))
    return [
        f"calibration of `{name}`: ECE {c.expected_error:.3f}, Brier {c.brier:.3f} over {c.n}"
        for name, c in rows
        if c is not None
    ]


def _missing(report: Report) -> list[str]:
    m = report.missing
    told = f"missing from the first draft: {m.n_missing} gold spans, {m.n_not_located} of them not located in what was read"
    return [
        told
        if m.all_cells
        else f"{told}; the critic reports no `overlooked`, so the missing path has no AUROC"
    ]


def _duplicates(report: Report) -> list[str]:
    d = report.near_duplicates
    lines = [
        f"near-duplicate of a contract outside: {name} ({', '.join(likes)})"
        for name, likes in d.outside.items()
    ]
    lines += [
        f"near-duplicates of each other: {name} ({', '.join(likes)})" for name, likes in d.inside.items()
    ]
    if d.without_outside:
        row = d.without_outside[VERIFIED]
        lines.append(
            f"without contracts that have a near-duplicate outside: verified F1_off {row.scores.f1_off:.3f}, gain {points(row.gain_over_control)}"
        )
    return lines


def _left_out(report: Report) -> list[str]:
    s = report.subject
    lines = [f"read from text, so its pages are not compared: {name}" for name in s.read_from_text]
    return lines + [
        f"not processed, so its gold spans count as not found: {n} ({why})"
        for n, why in s.not_worked_on.items()
    ]
