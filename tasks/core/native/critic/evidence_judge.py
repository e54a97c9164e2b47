"""Judges values of fields that are read by evidence, with trees of the critic's own.

The trees were fitted on the right and wrong candidates of many schemas, each out of sight of its
own, and `right` means what it says for a schema that they never saw. A value below the bar of the
promised precision is not countersigned: a person decides.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tasks.core.native.critic.trees import Trees, unpacked_trees
from tasks.core.native.own.candidates import FieldCandidates, candidates_of, evident_fields
from tasks.core.native.own.drafts import quote_of
from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.native.own.statements import answer_of
from tasks.core.native.request import Request
from tasks.core.native.weights import read_arrays, read_json
from tasks.core.schema import FieldType
from tasks.core.text.folding import fold

WEIGHTS = "own"
"""The stem of its weight files."""
GROUPS = ("values", "texts", "lines")
"""Trees for typed values, for texts and names, and for clauses and booleans."""
DOUBT_BAR = 0.12
"""Below this P(right) a value is doubted and goes back to the generator."""
OVERLOOKED_BAR = 0.5
"""The least P(right) of a candidate that the draft should have."""
_OPPOSITE_FACTOR, _OPEN_FACTOR = 0.05, 0.4
"""On P(right) of a boolean whose sentence says the opposite, or leaves it open."""
LITTLE = "little in the text speaks for this field"
OPPOSITE = "its sentence says the opposite"
DEFAULT_PROMISE = 0.9


_LEAF = np.zeros((1, 1))
NO_TREES = Trees(
    _LEAF.astype(np.int32), _LEAF, _LEAF.astype(np.int32), _LEAF.astype(np.int32), _LEAF - 99.0, 0
)
"""Trees that give every candidate 0: of a critic that judges trained fields only."""


@dataclass(frozen=True, slots=True)
class DraftedValue:
    """A candidate value of a critique request."""

    field: str
    value: str
    passage_index: int
    start: int
    end: int
    """The range of its quote."""


@dataclass(frozen=True, slots=True)
class EvidentOpinion:
    right: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OverlookedValue:
    field: str
    passage_index: int
    start: int
    end: int
    right: float


@dataclass(frozen=True, slots=True)
class PromiseBars:
    """The least P(right) of a verified value, by the precision that is promised."""

    promises: tuple[float, ...]
    """In rising order."""
    bars: tuple[float, ...]

    @classmethod
    def load(cls, folder: Path) -> PromiseBars:
        """Raises: ConfigurationError when the weight file is missing or broken."""
        rows = read_json(folder / f"{WEIGHTS}.json")["promise_bars"]
        promises = sorted((float(promise), float(bar)) for promise, bar in rows.items())
        return cls(tuple(p for p, _ in promises), tuple(b for _, b in promises))

    def bar(self, promise: float) -> float:
        """The bar of the next higher promise that was fitted; 1, which no value reaches, above all."""
        at = bisect_left(self.promises, promise - 1e-9)
        return self.bars[at] if at < len(self.bars) else 1.0


def group_of(kind: FieldType) -> str:
    """The trees that judge a type of field."""
    if kind in (FieldType.TEXT, FieldType.NAME):
        return "texts"
    return "lines" if kind in (FieldType.CLAUSE, FieldType.BOOLEAN) else "values"


class EvidenceJudge:
    """P(right) of drafted values, and values that the draft overlooked."""

    def __init__(self, trees: Mapping[str, Trees], bars: PromiseBars) -> None:
        self.trees, self.bars = trees, bars

    @classmethod
    def load(cls, folder: Path) -> EvidenceJudge:
        """Raises: ConfigurationError when a weight file is missing or broken."""
        rows = read_json(folder / f"{WEIGHTS}.json")["promise_bars"]
        promises = sorted((float(promise), float(bar)) for promise, bar in rows.items())
        bars = PromiseBars(tuple(p for p, _ in promises), tuple(b for _, b in promises))
        arrays = read_arrays(folder / f"{WEIGHTS}.npz")
        return cls({group: unpacked_trees(arrays, group) for group in GROUPS}, bars)

    def judge(
        self, request: Request, drafted: Mapping[int, DraftedValue]
    ) -> tuple[dict[int, EvidentOpinion], list[OverlookedValue], dict[str, float]]:
        """Opinions by the drafted value's key, overlooked values, and P(overlooked) by field.

        Args:
            drafted: Values of any fields; those that are not read by evidence get no opinion.
        """
        names = evident_fields(request)
        if not names:
            return {}, [], {}
        of_field = {n: {k: d for k, d in drafted.items() if d.field == n} for n in names}
        extra = {n: [_span_of(request, d) for d in rows.values()] for n, rows in of_field.items()}
        found = candidates_of(request, names, extra)
        opinions: dict[int, EvidentOpinion] = {}
        overlooked: list[OverlookedValue] = []
        chances: dict[str, float] = {}
        for name, candidates in found.items():
            trees = self.trees[group_of(candidates.signs.field.type)]
            rights = candidates.changed(trees.probability(candidates.rows).tolist())
            rows = of_field[name]
            opinions |= {k: _opinion(candidates, rights, d) for k, d in rows.items()}
            missed = list(_missed(request, candidates, rights, rows.values()))
            overlooked += [m for m in missed if m.right >= OVERLOOKED_BAR]
            chances[name] = max((m.right for m in missed), default=0.0)
        return opinions, overlooked, chances


def _span_of(request: Request, drafted: DraftedValue) -> CandidateSpan:
    """A drafted value as a candidate: where its words stand in its quote, else the whole quote."""
    text = request.passages[drafted.passage_index]
    at = text.find(drafted.value, drafted.start, drafted.end) if drafted.value else -1
    start, end = (at, at + len(drafted.value)) if at >= 0 else (drafted.start, drafted.end)
    lines = enumerate(request.cued_lines)
    here = [
        i
        for i, x in lines
        if x.passage_index == drafted.passage_index and x.unit.start < end and x.unit.end > start
    ]
    kind = request.schema.field(drafted.field).type
    is_sentence = kind in (FieldType.CLAUSE, FieldType.BOOLEAN)
    span_kind = SpanKind.SENTENCE if is_sentence else SpanKind.PROPER
    line = here[0] if here else 0
    value = text[start:end] if is_sentence else drafted.value
    return CandidateSpan(span_kind, line, drafted.passage_index, start, end, value)


def _opinion(found: FieldCandidates, rights: Sequence[float], drafted: DraftedValue) -> EvidentOpinion:
    inside = [i for i, s in enumerate(found.spans) if _is_drafted(s, drafted, found)]
    # The words of a drafted value are among the candidates, so there is one.
    best = max(inside, key=lambda i: rights[i])
    right = rights[best]
    if found.signs.field.type is not FieldType.BOOLEAN:
        return EvidentOpinion(right, LITTLE if right < DOUBT_BAR else "")
    answer, why = answer_of(found.signs, found.spans[best].value)
    if answer is None:
        return EvidentOpinion(right * _OPEN_FACTOR, why)
    if drafted.value.casefold() != str(answer).lower():
        return EvidentOpinion(right * _OPPOSITE_FACTOR, OPPOSITE)
    return EvidentOpinion(right, LITTLE if right < DOUBT_BAR else "")


def _is_drafted(span: CandidateSpan, drafted: DraftedValue, found: FieldCandidates) -> bool:
    if span.passage_index != drafted.passage_index or span.start >= drafted.end or span.end <= drafted.start:
        return False
    if found.signs.field.type in (FieldType.CLAUSE, FieldType.BOOLEAN):
        return True
    is_inside = span.start >= drafted.start and span.end <= drafted.end
    return is_inside and fold(span.value).text.casefold() == fold(drafted.value).text.casefold()


def _missed(
    request: Request, found: FieldCandidates, rights: Sequence[float], drafted: Iterable[DraftedValue]
) -> Iterable[OverlookedValue]:
    """The candidates that no drafted value of the field covers or says."""
    rows = list(drafted)
    said = {fold(d.value).text.casefold() for d in rows}
    for span, right in zip(found.spans, rights, strict=True):
        covered = any(
            d.passage_index == span.passage_index and d.start < span.end and span.start < d.end for d in rows
        )
        if not covered and fold(span.value).text.casefold() not in said:
            yield OverlookedValue(found.signs.field.name, span.passage_index, *quote_of(request, span), right)
