"""Systems compared on the same contracts: the first draft, the control, and what generator and critic verified together.

Always with the control beside the gain: the same generator without critic at its own best threshold. Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tasks.core.records import Candidate
from tasks.evaluation.control import quotes_above
from tasks.evaluation.gold import GoldContract
from tasks.evaluation.matching import Quotes, Tally, matches, tally, tally_field, word_set
from tasks.evaluation.scores import Interval, Scores, bootstrap, scores, total

FIRST_DRAFT = "generator, first draft"
CONTROL = "generator alone at its best threshold (control)"
VERIFIED = "generator and critic, verified"


@dataclass(frozen=True, slots=True)
class Worked:
    """What the product made of one contract."""

    first_draft: Sequence[Candidate]
    """Grounded candidates of round 1, with the generator's scores."""
    verified: Quotes
    verified_pages: Mapping[str, Sequence[Sequence[int]]]
    """Aligned with `verified`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    rows: dict[str, Scores]
    f1_intervals: dict[str, Interval]
    gain_over_control: Interval
    """Of F1_off, in points of 1."""
    by_field: dict[str, dict[str, Scores]]
    page_right: float
    """Share of matched verified values whose page is one of the gold's."""
    n_contracts: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compare(golds: Sequence[GoldContract], worked: Sequence[Worked], alone_threshold: float) -> Comparison:
    """Compare the systems.

    Args:
        golds: Contracts in the order of `worked`.
        alone_threshold: The generator's own best threshold, found out of fold on the train split.
    """
    systems = {
        FIRST_DRAFT: [quotes_above(w.first_draft, 0.0) for w in worked],
        CONTROL: [quotes_above(w.first_draft, alone_threshold) for w in worked],
        VERIFIED: [w.verified for w in worked],
    }
    tallies = {
        n: [tally(g.quotes, p) for g, p in zip(golds, found, strict=True)] for n, found in systems.items()
    }
    fields = sorted({f for g in golds for f in g.quotes} | {f for w in worked for f in w.verified})
    return Comparison(
        rows={name: scores(total(counted)) for name, counted in tallies.items()},
        f1_intervals={name: bootstrap({name: counted}, _f1_of(name)) for name, counted in tallies.items()},
        gain_over_control=bootstrap(tallies, lambda rows: rows[VERIFIED].f1_off - rows[CONTROL].f1_off),
        by_field={f: {n: _field_scores(f, golds, found) for n, found in systems.items()} for f in fields},
        page_right=_page_right(golds, worked),
        n_contracts=len(golds),
    )


def _f1_of(name: str) -> Callable[[Mapping[str, Scores]], float]:
    return lambda rows: rows[name].f1_off


def _field_scores(field: str, golds: Sequence[GoldContract], found: Sequence[Quotes]) -> Scores:
    pairs = zip(golds, found, strict=True)
    counted: list[Tally] = [tally_field(field, g.quotes.get(field, ()), p.get(field, ())) for g, p in pairs]
    return scores(total(counted))


def _page_right(golds: Sequence[GoldContract], worked: Sequence[Worked]) -> float:
    n_matched = n_right = 0
    for gold, work in zip(golds, worked, strict=True):
        for field, quotes in work.verified.items():
            for quote, pages in zip(quotes, work.verified_pages[field], strict=True):
                possible = _gold_pages(gold, field, quote)
                if possible:
                    n_matched += 1
                    n_right += bool(possible & set(pages))
    return n_right / n_matched if n_matched else 0.0


def _gold_pages(gold: GoldContract, field: str, quote: str) -> set[int]:
    words = word_set(quote)
    rows = zip(gold.quotes.get(field, ()), gold.pages.get(field, ()), strict=True)
    return {page for text, pages in rows if matches(field, word_set(text), words) for page in pages}
