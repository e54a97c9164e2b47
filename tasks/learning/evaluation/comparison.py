"""Systems compared on the same contracts: scores and gains, also by field. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.learning.evaluation.ablations import CONTROL, FIRST_DRAFT, VERIFIED
from tasks.learning.evaluation.matching import MatchTally, Quotes, pairs_of, tally, tally_field
from tasks.learning.evaluation.replayed_run import ReplayedContract
from tasks.learning.evaluation.scores import Interval, Scores, f1_interval, gain_interval, scores, total
from tasks.learning.labelled import GoldContract


@dataclass(frozen=True, slots=True)
class Row:
    """One system."""

    scores: Scores
    f1_off: Interval
    gain_over_control: Interval | None
    """Of official F1, in points of 1; None for the control itself, and if there is no control."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    n_gold: int
    first_draft: Scores
    control: Scores | None
    verified: Scores
    gain_over_control: Interval | None


@dataclass(frozen=True, slots=True)
class OtherPage:
    """A verified value that pairs with a gold span but is on none of its pages."""

    doc_id: str
    field: str
    pages: tuple[int, ...]
    gold_pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PageRight:
    n_pairs: int
    """One-to-one pairs of a verified value and a gold span with known pages."""
    n_right: int
    share: float | None
    others: tuple[OtherPage, ...]


def compare(golds: Sequence[GoldContract], systems: Mapping[str, Sequence[Quotes]]) -> dict[str, Row]:
    """Every system over all fields."""
    tallies = {
        name: [tally(g.quotes, quotes) for g, quotes in zip(golds, answers, strict=True)]
        for name, answers in systems.items()
    }
    control = tallies.get(CONTROL)
    return {name: _row(rows, None if name == CONTROL else control) for name, rows in tallies.items()}


def _row(rows: Sequence[MatchTally], control: Sequence[MatchTally] | None) -> Row:
    gain = None if control is None else gain_interval(rows, control)
    return Row(scores(total(rows)), f1_interval(rows), gain)


def compare_fields(
    golds: Sequence[GoldContract], systems: Mapping[str, Sequence[Quotes]], fields: Sequence[str]
) -> dict[str, FieldRow]:
    """The schema's fields and any other with gold or with a system's values, by name."""
    names = {*fields, *(f for g in golds for f in g.quotes)}
    names |= {f for answers in systems.values() for quotes in answers for f in quotes}
    return {name: _field_row(name, golds, systems) for name in sorted(names)}


def _field_row(name: str, golds: Sequence[GoldContract], systems: Mapping[str, Sequence[Quotes]]) -> FieldRow:
    tallies = {
        system: [
            tally_field(name, g.quotes.get(name, ()), quotes.get(name, ()))
            for g, quotes in zip(golds, systems[system], strict=True)
        ]
        for system in (FIRST_DRAFT, CONTROL, VERIFIED)
        if system in systems
    }
    by_system = {system: scores(total(rows)) for system, rows in tallies.items()}
    verified = by_system[VERIFIED]
    gain = gain_interval(tallies[VERIFIED], tallies[CONTROL]) if CONTROL in tallies else None
    return FieldRow(verified.n_gold, by_system[FIRST_DRAFT], by_system.get(CONTROL), verified, gain)


def page_right(contracts: Sequence[ReplayedContract]) -> PageRight:
    """How many paired verified values are on a page of their gold span."""
    n_pairs, others = 0, list[OtherPage]()
    for contract in contracts:
        gold = contract.gold
        for name, texts in gold.quotes.items():
            values = [v for v in contract.verified if v.field == name]
            for i, j in pairs_of(name, texts, [v.quote for v in values]):
                known, pages = gold.pages[name][i], values[j].pages
                n_pairs += bool(known)
                if known and not known & set(pages):
                    others.append(OtherPage(gold.doc_id, name, pages, tuple(sorted(known))))
    n_right = n_pairs - len(others)
    return PageRight(n_pairs, n_right, n_right / n_pairs if n_pairs else None, tuple(others))


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    outside: dict[str, tuple[str, ...]]
    """Evaluated contract -> its near-duplicates that were not evaluated."""
    inside: dict[str, tuple[str, ...]]
    """Evaluated contract -> its near-duplicates that were evaluated."""
    without_outside: dict[str, Row]
    """The systems without the contracts of `outside`; empty if there are none."""


def near_duplicates(golds: Sequence[GoldContract], systems: Mapping[str, Sequence[Quotes]]) -> NearDuplicates:
    """Which contracts are near-duplicates, and the figures without them."""
    evaluated = {g.doc_id for g in golds}
    inside = {g.doc_id: tuple(n for n in g.near_duplicates if n in evaluated) for g in golds}
    outside = {g.doc_id: tuple(n for n in g.near_duplicates if n not in evaluated) for g in golds}
    inside, outside = ({k: v for k, v in names.items() if v} for names in (inside, outside))
    kept = [i for i, g in enumerate(golds) if g.doc_id not in outside] if outside else []
    others = {name: [answers[i] for i in kept] for name, answers in systems.items()}
    return NearDuplicates(outside, inside, compare([golds[i] for i in kept], others) if kept else {})
