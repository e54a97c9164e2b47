"""What review pays: an ideal reviewer decides items of labelled contracts, in the order of the queue. Pure.

The reviewer knows the gold spans, but answers only what a person could answer from the one item that
is shown: a value is right, wrong, or to be other words at its place; a passage has words of the
field, or it has none. A gold span that no item touches is never given.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tasks.core.error_book.gold_places import place_gold
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import FieldName, Span
from tasks.core.review.decided import Experience
from tasks.core.review.held_values import touch
from tasks.core.review.questions import Question, QuestionKind
from tasks.core.review.run_queue import RunQueue
from tasks.core.review.worth import Worth, packaged_worth
from tasks.learning.evaluation.matching import MatchTally, precision_recall_f1, tally_field, texts_match
from tasks.learning.labelled import GoldContract

DECISIONS = (0, 2, 5, 10, 20, 50)
"""Decisions a contract at which the figures are taken."""
RIGHT_SHARE = 0.95
_LONG_CHARS = 40
"""A gold span of so many characters is the same provision wherever its words stand. A shorter one,
such as a name, counts where it stands first: elsewhere the words may say something else."""


@dataclass(frozen=True, slots=True)
class PlacedSpan:
    """A gold span and where its words stand in the document as it was read."""

    text: str
    spans: tuple[Span, ...]
    """Empty: not found."""


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """One contract for a reviewer; without items if it was not processed."""

    gold: Mapping[FieldName, tuple[PlacedSpan, ...]]
    items: tuple[Question, ...] = ()
    single: frozenset[FieldName] = frozenset()
    """Fields of which a document has one value: a decision gives one."""


@dataclass(frozen=True, slots=True)
class EffortRow:
    """Figures of what is verified after so many decisions a contract."""

    order: str
    decisions: int
    precision_off: float
    recall_off: float
    f1_off: float


@dataclass(frozen=True, slots=True)
class LookedAt:
    """How many verified values must be looked at, the most doubtful first, for a share to be right."""

    share: float
    n_verified: int
    n_looked_at: int
    share_before: float
    """Of the verified values that are right before anybody looks."""


def review_case(gold: GoldContract, run_input: RunInput, items: tuple[Question, ...]) -> ReviewCase:
    """A contract that was processed."""
    single = frozenset(FieldName(field.name) for field in run_input.schema.fields if not field.has_many)
    return ReviewCase(placed_spans(gold, run_input), items, single)


def placed_spans(gold: GoldContract, run_input: RunInput) -> dict[FieldName, tuple[PlacedSpan, ...]]:
    """The gold spans of the schema's fields, with their places."""
    spans = gold.spans_of(run_input.schema.field_names)
    by_field: dict[FieldName, list[PlacedSpan]] = defaultdict(list)
    for placed in place_gold(spans, run_input.reading, run_input.chunks):
        places = placed.places if len(placed.text) >= _LONG_CHARS else placed.places[:1]
        found = tuple(span for place in places for span in place.citation.spans)
        by_field[placed.field].append(PlacedSpan(placed.text, found))
    return {name: tuple(rows) for name, rows in by_field.items()}


def without_places(gold: GoldContract) -> ReviewCase:
    """A contract that was not processed: all its gold counts as not found."""
    return ReviewCase({FieldName(n): tuple(PlacedSpan(t, ()) for t in ts) for n, ts in gold.quotes.items()})


class Reviewed:
    """One contract under review: which words stand for each field."""

    def __init__(self, case: ReviewCase) -> None:
        self.case = case
        self._held: dict[FieldName, dict[int, tuple[str, ...]]] = defaultdict(dict)
        for index, item in enumerate(case.items):
            if item.kind is QuestionKind.VERIFIED:
                self._held[item.field][index] = item.texts
        self._tallies = {name: self._counted(name) for name in (*case.gold, *self._held)}

    def answer(self, index: int) -> tuple[str, ...]:
        """The words that an ideal reviewer leaves or selects at an item; none: the answer is no.

        Of a value, words that match a gold span stay. Gold spans that touch the place, and that
        nothing matches yet, are selected, the second and further ones as further values of the same
        decision (`NewDecision.also`). Of a field with one value in a document, one value is left.
        """
        item = self.case.items[index]
        golds = self.case.gold.get(item.field, ())
        words = () if item.kind is QuestionKind.PASSAGE else item.texts
        kept = [w for w in words if any(texts_match(item.field, g.text, w) for g in golds)]
        if item.field in self.case.single and kept:
            # The value as it stands, with all its places, or one of them.
            return tuple(kept if len(item.extractions) == 1 and len(kept) == len(words) else kept[:1])
        standing = [t for i, ts in self._held[item.field].items() if i != index for t in ts]
        for gold in golds:
            if _is_seen(gold, item) and not any(
                texts_match(item.field, gold.text, t) for t in (*standing, *kept)
            ):
                kept.append(gold.text)
        return tuple(kept[:1] if item.field in self.case.single else kept)

    def decide(self, index: int) -> tuple[str, ...]:
        """Answer an item; returns the answer."""
        answer, name = self.answer(index), self.case.items[index].field
        self._held[name].pop(index, None)
        if answer:
            self._held[name][index] = answer
        self._tallies[name] = self._counted(name)
        return answer

    def counted(self) -> MatchTally:
        return sum(self._tallies.values(), MatchTally())

    def if_decided(self, index: int) -> tuple[MatchTally, MatchTally]:
        """The tallies of the item's field as it stands, and after an answer to this item."""
        name = self.case.items[index].field
        rest = [t for i, ts in self._held[name].items() if i != index for t in ts]
        golds = [g.text for g in self.case.gold.get(name, ())]
        before = self._tallies.get(name) or self._counted(name)
        return before, tally_field(name, golds, [*rest, *self.answer(index)])

    def _counted(self, name: FieldName) -> MatchTally:
        texts = [t for held in self._held[name].values() for t in held]
        return tally_field(name, [g.text for g in self.case.gold.get(name, ())], texts)


Picker = Callable[[], int | None]
"""Gives the index of the next item; None: there is none."""
Told = Callable[[int, Sequence[str]], object]
"""Learns of an answer."""


def effort(cases: Sequence[ReviewCase], worth: Worth | None = None) -> tuple[EffortRow, ...]:
    """The figures of every order, at each of `DECISIONS`.

    `queue` offers all items; `uncertain` and `random` are orders of values alone, answered by the
    same reviewer.
    """
    weights, experience = worth or packaged_worth(), Experience()
    orders: dict[str, list[tuple[Reviewed, Picker, Told]]] = {"queue": [], "uncertain": [], "random": []}
    for number, case in enumerate(cases):
        queue = RunQueue(case.items, weights, experience)
        orders["queue"].append((Reviewed(case), queue.next, queue.decide))
        values = [i for i, item in enumerate(case.items) if item.kind is not QuestionKind.PASSAGE]
        orders["uncertain"].append((Reviewed(case), _in_turn(sorted(values, key=_certainty(case))), _forget))
        random.Random(number).shuffle(values)
        orders["random"].append((Reviewed(case), _in_turn(values), _forget))
    return tuple(row for name, played in orders.items() for row in _rows(name, played))


def _rows(name: str, played: Sequence[tuple[Reviewed, Picker, Told]]) -> Iterator[EffortRow]:
    # One decision in each contract, then the next: what is learned in one serves all others.
    for n_decided in range(DECISIONS[-1] + 1):
        if n_decided in DECISIONS:
            yield EffortRow(name, n_decided, *_figures(r for r, _, _ in played))
        for reviewed, pick, told in played:
            if (index := pick()) is not None:
                told(index, reviewed.decide(index))


def _figures(reviewed: Iterable[Reviewed]) -> tuple[float, float, float]:
    t = sum((r.counted() for r in reviewed), MatchTally())
    return precision_recall_f1(t.right, t.n_predicted, t.gold_found, t.n_gold)


def _in_turn(indexes: Sequence[int]) -> Picker:
    rest = iter(indexes)
    return lambda: next(rest, None)


def _forget(_index: int, _texts: Sequence[str]) -> None:
    """An order that is fixed learns nothing."""


def _certainty(case: ReviewCase) -> Callable[[int], float]:
    """How far the critic's probability is from even; of a value without one it is even."""

    def distance(index: int) -> float:
        score = case.items[index].signals[0]
        return abs(score - 0.5) if score >= 0 else 0.0

    return distance


def _is_seen(gold: PlacedSpan, item: Question) -> bool:
    """Whether a gold span touches the item's words, or half of it is shown around them."""
    return touch(gold.spans, item.spans) or any(
        2 * (min(a.end, b.end) - max(a.start, b.start)) >= len(a) for a in gold.spans for b in item.shown
    )


def looked_at(cases: Sequence[ReviewCase], worth: Worth | None = None) -> LookedAt:
    """Verified values in the order of the queue, over all contracts, until the share is right."""
    weights = worth or packaged_worth()
    ranked: list[tuple[float, int, int]] = []
    reviewed = [Reviewed(case) for case in cases]
    for number, case in enumerate(cases):
        queue = RunQueue(case.items, weights, Experience())
        ranked += [
            (-queue.worth_of(i), number, i)
            for i, item in enumerate(case.items)
            if item.kind is QuestionKind.VERIFIED
        ]
    before = sum((r.counted() for r in reviewed), MatchTally())
    n_looked, total = 0, before
    for _, number, index in sorted(ranked):
        if total.right >= RIGHT_SHARE * total.n_predicted:
            break
        old = reviewed[number].counted()
        reviewed[number].decide(index)
        new = reviewed[number].counted()
        total = MatchTally(
            right=total.right + new.right - old.right,
            n_predicted=total.n_predicted + new.n_predicted - old.n_predicted,
        )
        n_looked += 1
    share = before.right / before.n_predicted if before.n_predicted else 1.0
    return LookedAt(RIGHT_SHARE, len(ranked), n_looked, share)
