"""The report of an evaluation as titled sections of sentences, tables and lists.

Each table is defined once, here, and rendered twice: by `show` on the console, by `pages.evaluation` as HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console

from infra.cli.console import print_plain, text_table
from tasks.core.text.display import counted
from tasks.learning.evaluation.ablations import CONTROL, FIRST_DRAFT, VERIFIED
from tasks.learning.evaluation.comparison import Row
from tasks.learning.evaluation.effort import DECISIONS, EffortRow
from tasks.learning.evaluation.promise import AtBar, OwnFields, TrainedFields
from tasks.learning.evaluation.ranking import Ranking
from tasks.learning.evaluation.report import Report
from tasks.learning.evaluation.scores import Interval, Scores

SYSTEMS, ROUNDS, FIELDS = "What each part adds", "After each round", "By field"
PROMISE = "The promise"
EFFORT = "What review pays"
CALIBRATION = "Calibration of the critic's probabilities"
_NONE = "-"
_PRF = ("P", "R", "F1")
_SHOWN_PAGES = 6


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; cells are plain text, `-` where there is no figure."""

    title: str
    sentences: Sequence[str] = ()
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    items: Sequence[str] = ()


def show(report: Report, console: Console) -> None:
    """Print every section, the main ones last: a terminal shows the end of what is printed."""
    for section in reversed(sections(report)):
        if section.rows:
            console.print(text_table(section.heads, section.rows, section.title))
        else:
            console.print(f"{section.title}:", style="italic", highlight=False)
        print_plain(console, *section.sentences, *section.items)
    print_plain(console, subject(report), *(f"{value:>6} {label}" for value, label in headline(report)))


def subject(report: Report) -> str:
    """What was evaluated, and how."""
    s = report.subject
    return (
        f"{counted(report.n_contracts, 'contract')}, {counted(report.n_pages, 'page')}, "
        f"{counted(report.n_chunks, 'chunk')}; {counted(len(s.fields), 'field')} of {s.schema} "
        f"({s.schema_digest[:12]}); generator {s.generator}; critic {s.critic}; "
        f"at most {counted(s.max_rounds, 'round')}; {', '.join(s.reader_versions)}. Values are matched as in CUAD "
        "(Jaccard of word sets at least 0.5), micro average over all fields; 95 % intervals from 2,000 draws of contracts."
    )


def headline(report: Report) -> list[tuple[str, str]]:
    """The figures to read first, each with what it is."""
    verified, page = report.systems[VERIFIED], report.page_right
    gain, _, gain_interval = points(verified.gain_over_control).partition(" ")
    share = _NONE if page.share is None else f"{page.share:.3f}"
    return [
        (
            f"{verified.scores.f1_off:.3f}",
            f"F1 of verified values [{verified.f1_off.low:.3f}, {verified.f1_off.high:.3f}]",
        ),
        (f"{verified.scores.precision_off:.3f}", "precision"),
        (f"{verified.scores.recall_off:.3f}", "recall"),
        (gain, f"points over the control {gain_interval}".rstrip()),
        (_ranking(report.redundant.critic)[0], "AUROC of the redundant critic"),
        (_ranking(report.missing.all_cells)[0], "AUROC of the missing critic"),
        (share, f"of matched values on the gold's page ({page.n_right:,} of {page.n_pairs:,})"),
    ]


def sections(report: Report) -> list[Section]:
    """All sections that have content, the main ones first."""
    every = (
        _systems(report),
        _rankings(report),
        _rounds(report),
        _fields(report),
        _calibration(report),
        _null_baseline(report),
        _unsettled(report),
        _promise(report),
        _effort(report),
        _near_duplicates(report),
        _contracts(report),
    )
    return [s for s in every if s.sentences or s.rows or s.items]


def _systems(report: Report) -> Section:
    threshold = report.subject.alone_threshold
    sentence = (
        "There is no control: the generator gives no threshold of its own (`alone_threshold`), so the report "
        "cannot say what the critic adds to a tuned generator."
        if threshold is None
        else "The control is the same generator without a critic, cut at the threshold that is best for it out of fold "
        f"(score at least {threshold:g}). A gain over an untuned draft would mostly be the effect of that threshold."
    )
    return _system_table(SYSTEMS, [sentence], report.systems)


def _system_table(
    title: str, sentences: Sequence[str], systems: Mapping[str, Row], items: Sequence[str] = ()
) -> Section:
    rows = [
        (
            name,
            *_scores(row.scores),
            _bounds(row.f1_off),
            f"{row.scores.f1:.3f}",
            points(row.gain_over_control),
            f"{row.scores.n_predicted:,}",
        )
        for name, row in systems.items()
    ]
    heads = ("system", *_PRF, "95 %", "F1 one to one", "points over control", "values")
    return Section(title, sentences, heads, rows, items)


def _rankings(report: Report) -> Section:
    m = report.missing
    rows = [
        ("redundant critic, all values of the first draft", *_ranking(report.redundant.critic)),
        ("generator's own score, the same values", *_ranking(report.redundant.generator)),
        ("missing critic, all cells of chunk and field", *_ranking(m.all_cells)),
        (
            "missing critic, hard cells (fields that it suspects or that lack a value)",
            *_ranking(m.hard_cells),
        ),
    ]
    sentences = [
        f"Gold spans without a match in the first draft: {m.n_missing:,}. Not found in the extracted text, and so not "
        f"counted as missing: {m.n_not_located:,}."
    ]
    if m.all_cells is None:
        sentences.append("The critic gives no `overlooked`, so the missing critic has no AUROC.")
    return Section("Ranking: right before wrong", sentences, ("", "AUROC", "95 %", "right", "wrong"), rows)


def _rounds(report: Report) -> Section:
    rows = [
        (
            str(r.round_number),
            f"{r.n_chunks:,}",
            *_scores(r.verified),
            *_scores(r.standing),
            f"{r.change.added_right} / {r.change.added_wrong}",
            f"{r.change.dropped_right} / {r.change.dropped_wrong}",
        )
        for r in report.rounds
    ]
    heads = ("round", "chunks", "verified P", *_PRF[1:], "standing P", *_PRF[1:])
    changes = ("added right / wrong", "dropped right / wrong")
    stops = ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in report.stops.items())
    return Section(ROUNDS, [f"Why chunks stopped: {stops}."] if stops else (), (*heads, *changes), rows)


def _fields(report: Report) -> Section:
    rows = [
        (name, str(row.n_gold), *_scores(row.control), *_scores(row.verified), points(row.gain_over_control))
        for name, row in sorted(report.fields.items(), key=lambda item: -item[1].n_gold)
    ]
    heads = ("field", "gold", "control P", *_PRF[1:], "verified P", *_PRF[1:], "points over control")
    return Section(FIELDS, (), heads, rows)


def _calibration(report: Report) -> Section:
    calibrations = (
        ("right: of a value in the draft", report.calibration_right),
        ("overlooked: of a chunk and a field", report.calibration_overlooked),
    )
    rows = [(name, f"{c.expected_error:.3f}", f"{c.brier:.3f}", f"{c.n:,}") for name, c in calibrations if c]
    return Section(CALIBRATION, (), ("probability", "expected error", "Brier", "values"), rows)


def _null_baseline(report: Report) -> Section:
    f = report.floor
    sentence = (
        f"Of {f.n_pairs:,} pairs of a contract and a field, {f.n_empty:,} are empty in the gold. A measure that counts an "
        "empty answer to an empty field as right gives most of its points to a system that answers nothing."
    )
    rows = [("answering nothing", f"{f.nothing_f1:.3f}", f"{f.nothing_right:.3f}")]
    rows += [
        (name, f"{report.systems[name].scores.f1_off:.3f}", f"{f.right[name]:.3f}")
        for name in (FIRST_DRAFT, CONTROL, VERIFIED)
        if name in f.right
    ]
    return Section("Null baseline", [sentence], ("system", "F1", "pairs right"), rows)


def _unsettled(report: Report) -> Section:
    u = report.unsettled
    precision, recall, f1 = _scores(u.if_accepted)
    sentence = (
        f"{counted(u.n, 'value')} left for review; {u.alone.precision_off:.3f} of them right. "
        f"If all were accepted: precision {precision}, recall {recall}, F1 {f1}."
    )
    return Section("Unsettled", [sentence])


def _promise(report: Report) -> Section:
    own, trained = report.promise.own, report.promise.trained
    sentences = [] if own is None else [_own_promise(own)]
    rows: list[tuple[str, ...]] = []
    if trained is not None:
        sentences.append(_trained_promise(trained))
        rows = [("the bar in use", *_at_bar(trained.in_use))]
        rows += (
            [(f"at a promise of {trained.promise:g}", *_at_bar(trained.at_promise))]
            if trained.at_promise
            else []
        )
    heads = ("verified values of fields with a trained head", "bar", *_PRF, "values")
    return Section(PROMISE, sentences, heads if rows else (), rows)


def _own_promise(own: OwnFields) -> str:
    if own.promise is None:
        promised = (
            "Nothing is promised of fields without a trained head: a language model as critic gives no bar"
        )
    else:
        bars = ", ".join(f"{bar:g}" for bar in own.bars) or _NONE
        promised = f"Promise of fields without a trained head: {own.promise:g} right, from a probability of {bars} on"
    share = "" if own.share is None else f", {own.share:.3f}"
    return f"{promised}. Right: {own.n_right:,} of {counted(own.n_verified, 'verified value')}{share}."


def _trained_promise(trained: TrainedFields) -> str:
    kept = trained.at_promise
    if kept is None:
        return f"Fields with a trained head keep the bar of their model; no bar would make {trained.promise:g} of their values right."
    return (
        "Fields with a trained head keep the bar of their model; no promise is about them. "
        f"From {kept.bar:.4f} on, the critic's probability makes {trained.promise:g} of their verified values right. This bar is "
        "chosen on these contracts, so it flatters."
    )


def _at_bar(figures: AtBar) -> tuple[str, ...]:
    bar = _NONE if figures.bar is None else f"{figures.bar:.4f}"
    return (
        bar,
        *(f"{x:.3f}" for x in (figures.precision, figures.recall, figures.f1)),
        f"{figures.n_values:,}",
    )


def _effort(report: Report) -> Section:
    if not report.effort:
        return Section(EFFORT)
    sentences = [
        "F1 of what is verified after so many decisions in every contract, by a reviewer who is always right and answers only "
        "what the shown item shows. `queue` is the order of review; `uncertain` and `random` are orders of values alone.",
    ]
    if report.looked_at is not None:
        seen = report.looked_at
        sentences.append(
            f"{seen.share_before:.3f} of {counted(seen.n_verified, 'verified value')} are right. If the {seen.n_looked_at:,} that "
            f"review puts first are looked at, {seen.share:g} are."
        )
    by_order: dict[str, list[EffortRow]] = {}
    for row in report.effort:
        by_order.setdefault(row.order, []).append(row)
    rows = [(order, *(f"{r.f1_off:.3f}" for r in of_order)) for order, of_order in by_order.items()]
    return Section(EFFORT, sentences, ("decisions a contract", *map(str, DECISIONS)), rows)


def _near_duplicates(report: Report) -> Section:
    d = report.near_duplicates
    items = [
        f"{name}: near-duplicate of {', '.join(likes)}, which {'was' if len(likes) == 1 else 'were'} not evaluated"
        for name, likes in d.outside.items()
    ]
    items += [
        f"{name}: near-duplicate of {', '.join(likes)}, also evaluated" for name, likes in d.inside.items()
    ]
    words = ["The table leaves out contracts with a near-duplicate that was not evaluated."]
    return _system_table("Near-duplicates", words if d.without_outside else (), d.without_outside, items)


def _contracts(report: Report) -> Section:
    """Contracts and values whose figures need an explanation."""
    s = report.subject
    items = [f"{name}: read from a text file; its pages are not judged" for name in s.read_from_text]
    items += [
        f"{name}: not processed ({reason}); its gold spans count as missed"
        for name, reason in s.not_worked_on.items()
    ]
    items += [
        f"{o.doc_id}: {o.field.replace('_', ' ')} verified on page {_pages(o.pages)}, in the gold on {_pages(o.gold_pages)}"
        for o in report.page_right.others
    ]
    return Section("Contracts and pages to check", items=items)


# ---------------------------------------------------------------- cells


def points(gain: Interval | None) -> str:
    """A gain in points of 100, with its interval."""
    if gain is None:
        return _NONE
    return f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}]"


def _scores(s: Scores | None) -> tuple[str, str, str]:
    if s is None or not (s.n_gold or s.n_predicted):
        return (_NONE, _NONE, _NONE)
    return (f"{s.precision_off:.3f}", f"{s.recall_off:.3f}", f"{s.f1_off:.3f}")


def _ranking(r: Ranking | None) -> tuple[str, str, str, str]:
    if r is None or r.auroc is None:
        return (_NONE, _NONE, _NONE, _NONE)
    return (f"{r.auroc.value:.3f}", _bounds(r.auroc), f"{r.n_right:,}", f"{r.n_wrong:,}")


def _bounds(interval: Interval) -> str:
    return f"{interval.low:.3f} to {interval.high:.3f}"


def _pages(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:_SHOWN_PAGES])) + (" …" if len(numbers) > _SHOWN_PAGES else "")
