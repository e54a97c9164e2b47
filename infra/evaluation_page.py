"""The report of an evaluation as one HTML page: figures, plots and tables. Self-contained: no other file, no network, no script.

Everything that comes from a contract's name, a schema or a model is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from infra import evaluation_plots as plots
from tasks.evaluation.calibration import Calibration
from tasks.evaluation.comparison import Row
from tasks.evaluation.ranking import Ranking
from tasks.evaluation.report import Report
from tasks.evaluation.scores import Interval, Scores
from tasks.evaluation.systems import CONTROL, FIRST_DRAFT, VERIFIED

_TEMPLATE = Path(__file__).parent / "pages" / "evaluation.html"
_NONE = "–"


def evaluation_page(report: Report) -> str:
    """The whole page as HTML."""
    s = report.subject
    subject = (
        f"{report.n_contracts} contracts, {report.n_pages:,} pages, {report.n_chunks:,} chunks; {len(s.fields)} fields of "
        f"{s.schema} ({s.schema_digest[:12]}); critic {s.critic}; at most {s.max_rounds} rounds; {', '.join(s.reader_versions)}. "
        "CUAD's matching (Jaccard of word sets at least 0.5), micro average over all fields; intervals are 95 %, "
        "from 2,000 draws of contracts."
    )
    parts = (_figures, _systems, _rankings, _rounds, _fields, _calibrations, _others)
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"Evaluation of {s.generator}"),
        subject=escape(subject),
        body="\n".join(part(report) for part in parts),
    )


def _figures(report: Report) -> str:
    """What to read first."""
    row, page = report.systems[VERIFIED], report.page_right
    told = [
        (f"{row.scores.f1_off:.3f}", f"F1 of verified values, {_bounds(row.f1_off)}"),
        (f"{row.scores.precision_off:.3f}", "precision"),
        (f"{row.scores.recall_off:.3f}", "recall"),
        (
            _gain(row.gain_over_control).split(" ")[0],
            f"points over the control{_span(row.gain_over_control)}",
        ),
        (_auroc(report.redundant.critic), "AUROC of the redundant critic"),
        (_auroc(report.missing.all_cells), "AUROC of the missing critic"),
        (_NONE if page.share is None else f"{page.share:.3f}", "of paired values on the gold's page"),
    ]
    figures = "".join(f"<div><b>{escape(value)}</b><span>{escape(what)}</span></div>" for value, what in told)
    return f'<div class="main">{figures}</div>{_no_control(report)}'


def _no_control(report: Report) -> str:
    if report.subject.alone_threshold is not None:
        return ""
    return (
        "<p>There is no control: the generator tells no threshold of its own (<code>alone_threshold</code>), so nothing here "
        "says what the critic adds to a tuned generator.</p>"
    )


def _systems(report: Report) -> str:
    bar = report.subject.alone_threshold
    words = (
        ""
        if bar is None
        else (
            f"<p>The control is the same generator without critic, cut at the threshold that is best for it out of fold (score at least {bar:g}). "
            "A gain over an untuned draft would mostly be that threshold.</p>"
        )
    )
    table = _system_table(report.systems)
    return (
        f"<h2>What each part gives</h2>{words}{table}"
        f"<figure>{plots.precision_recall(report)}</figure><figure>{plots.system_gains(report)}</figure>"
    )


def _system_table(systems: Mapping[str, Row]) -> str:
    rows = [
        (
            name,
            *_official(row.scores),
            _bounds(row.f1_off),
            f"{row.scores.f1:.3f}",
            _gain(row.gain_over_control),
            f"{row.scores.n_predicted:,}",
        )
        for name, row in systems.items()
    ]
    heads = ("system", "P", "R", "F1", "95 %", "F1 one to one", "points over control", "values")
    return _table(heads, rows, chosen=VERIFIED)


def _rankings(report: Report) -> str:
    m = report.missing
    rows = [
        ("redundant critic, over all values of the first draft", report.redundant.critic),
        ("generator's own score, over the same", report.redundant.generator),
        ("missing critic, all cells of chunk and field", m.all_cells),
        ("missing critic, cells of fields in which it suspects or the draft lacks something", m.hard_cells),
    ]
    cells = [(name, *_ranking(found)) for name, found in rows]
    lost = (
        f"<p>{m.n_missing} gold spans have no match in the first draft; {m.n_not_located} of them were not found in what was read, "
        "so their cells count as if nothing stood there.</p>"
    )
    return "<h2>Right before wrong</h2>" + _table(("", "AUROC", "95 %", "right", "wrong"), cells) + lost


def _rounds(report: Report) -> str:
    rows = [
        (
            str(r.round_number),
            f"{r.n_chunks:,}",
            *_official(r.verified),
            *_official(r.standing),
            f"{r.change.added_right} / {r.change.added_wrong}",
            f"{r.change.dropped_right} / {r.change.dropped_wrong}",
        )
        for r in report.rounds
    ]
    heads = (
        "round",
        "chunks",
        "verified P",
        "R",
        "F1",
        "standing P",
        "R",
        "F1",
        "added right / wrong",
        "dropped right / wrong",
    )
    stops = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in report.stops.items())
    return (
        f"<h2>Rounds</h2><figure>{plots.rounds(report)}</figure>{_table(heads, rows)}"
        f"<p>Why chunks went no further: {escape(stops)}.</p>"
    )


def _fields(report: Report) -> str:
    rows = [
        (
            name.replace("_", " "),
            str(row.n_gold),
            *_official(row.control),
            *_official(row.verified),
            _gain(row.gain_over_control),
        )
        for name, row in sorted(report.fields.items(), key=lambda item: -item[1].n_gold)
    ]
    heads = ("field", "gold", "control P", "R", "F1", "verified P", "R", "F1", "points over control")
    figure = f"<figure>{plots.field_gains(report)}</figure>" if plots.field_gains(report) else ""
    words = (
        "<p>Most gold spans first; their number stands at the right. An interval that ends at the edge goes on.</p>"
        if figure
        else ""
    )
    return f"<h2>By field</h2>{words}{figure}{_table(heads, rows)}"


def _calibrations(report: Report) -> str:
    found = (
        ("right: of a value in the draft", report.calibration_right),
        ("overlooked: of a chunk and a field", report.calibration_overlooked),
    )
    figures = "".join(_calibration(name, c) for name, c in found if c is not None)
    words = "<p>Of what the critic gives a probability, how much is true. On the line, it means what it says; the number is that of the values.</p>"
    return f"<h2>What the critic's probabilities mean</h2>{words}<figure>{figures}</figure>"


def _calibration(name: str, found: Calibration) -> str:
    told = f"expected error {found.expected_error:.3f}, Brier {found.brier:.3f}, {found.n:,} values"
    return f"<div><h3>{escape(name)}</h3>{plots.reliability(name, found)}<p class='soft'>{told}</p></div>"


def _others(report: Report) -> str:
    """The floor, the unsettled, near-duplicates, pages, and what was left out."""
    return f"<h2>Beside the main figures</h2>{_floor(report)}{_unsettled(report)}{_duplicates(report)}{_left_out(report)}"


def _floor(report: Report) -> str:
    f = report.floor
    rows = [("answering nothing", f"{f.nothing_f1:.3f}", f"{f.nothing_right:.3f}")]
    rows += [
        (name, f"{report.systems[name].scores.f1_off:.3f}", f"{f.right[name]:.3f}")
        for name in (FIRST_DRAFT, CONTROL, VERIFIED)
        if name in f.right
    ]
    return (
        f"<h3>The null floor</h3><p>Of {f.n_pairs:,} pairs of a contract and a field, {f.n_empty:,} are empty in the gold. A measure that "
        "counts an empty answer to an empty field as right gives most of its points to a system that answers nothing.</p>"
        + _table(("system", "F1", "pairs right"), rows)
    )


def _unsettled(report: Report) -> str:
    u = report.unsettled
    return (
        f"<h3>Unsettled</h3><p>{u.n:,} values wait for a person; {u.alone.precision_off:.3f} of them are right. Taken as right, precision is "
        f"{u.if_accepted.precision_off:.3f}, recall {u.if_accepted.recall_off:.3f}, F1 {u.if_accepted.f1_off:.3f}.</p>"
    )


def _duplicates(report: Report) -> str:
    d = report.near_duplicates
    if not d.outside and not d.inside:
        return ""
    items = [f"{name}: like {', '.join(likes)}, which was not evaluated" for name, likes in d.outside.items()]
    items += [f"{name}: like {', '.join(likes)}, also evaluated" for name, likes in d.inside.items()]
    table = _system_table(d.without_outside) if d.without_outside else ""
    words = (
        "<p>Without the contracts that share their text with one that was not evaluated:</p>" if table else ""
    )
    return f"<h3>Near-duplicates</h3>{_list(items)}{words}{table}"


def _left_out(report: Report) -> str:
    s = report.subject
    items = [f"{name}: read from its text, pages not judged" for name in s.read_from_text]
    items += [
        f"{name}: not worked on ({reason}); its gold counts as not found"
        for name, reason in s.not_worked_on.items()
    ]
    items += [
        f"{o.doc_id}: {o.field.replace('_', ' ')} verified on page {_pages(o.pages)}, in the gold on {_pages(o.gold_pages)}"
        for o in report.page_right.others
    ]
    return f"<h3>Contracts and pages to know of</h3>{_list(items)}" if items else ""


# ---------------------------------------------------------------- words and cells


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], chosen: str = "") -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join(
        f"<tr{' class=chosen' if row[0] == chosen else ''}>"
        + "".join(f"<td>{escape(c)}</td>" for c in row)
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li><code>{escape(item)}</code></li>" for item in items) + "</ul>"


def _pages(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:6])) + (" …" if len(numbers) > 6 else "")


def _official(s: Scores | None) -> tuple[str, str, str]:
    if s is None or not (s.n_gold or s.n_predicted):
        return (_NONE, _NONE, _NONE)
    return (f"{s.precision_off:.3f}", f"{s.recall_off:.3f}", f"{s.f1_off:.3f}")


def _bounds(found: Interval) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"


def _gain(gain: Interval | None) -> str:
    """In points of 100, with the interval behind a space."""
    return _NONE if gain is None else f"{100 * gain.value:+.1f}{_span(gain)}".replace("-", "−")


def _span(gain: Interval | None) -> str:
    return "" if gain is None else f" [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]".replace("-", "−")


def _auroc(found: Ranking | None) -> str:
    return _NONE if found is None or found.auroc is None else f"{found.auroc.value:.3f}"


def _ranking(found: Ranking | None) -> tuple[str, str, str, str]:
    if found is None or found.auroc is None:
        return (_NONE, _NONE, _NONE, _NONE)
    return (f"{found.auroc.value:.3f}", _bounds(found.auroc), f"{found.n_right:,}", f"{found.n_wrong:,}")
