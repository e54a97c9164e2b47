"""The native critic: judges each candidate of a draft and finds what the draft overlooked.

Boosted trees judge clauses by evidence that no generator has; a generator's score is one feature
and may be absent. One set of trees judges trained fields, another one fields with examples in the
schema. All other fields, and Chinese text, are judged by the field's definition (`by_schema.py`).
Every candidate gets a verdict, every field a probability that something of it was overlooked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.caches import IdentityCache, MarginCache
from tasks.core.native.critic.by_schema import (
    RIGHT_BAR,
    RIGHT_WITH_OBJECTION,
    Opinion,
    judge,
    objection_to,
    overlooked_values,
    told_by_cells,
)
from tasks.core.native.critic.evidence_judge import (
    DEFAULT_PROMISE,
    DOUBT_BAR,
    DraftedValue,
    EvidenceJudge,
    EvidentOpinion,
    OverlookedValue,
)
from tasks.core.native.critic.features import (
    NO_SCORE,
    ProposedText,
    Scene,
    brevity_of,
    line_snippets,
    with_draft,
)
from tasks.core.native.critic.field_profiles import (
    UNKNOWN_HABITS,
    FieldHabits,
    FieldProfile,
    profile_by_schema,
    trained_profile,
)
from tasks.core.native.critic.missing import (
    faint_chances,
    faint_lines,
    line_relevance,
    uncovered_pieces,
)
from tasks.core.native.critic.neighbours import unpacked_memory
from tasks.core.native.critic.ngrams import unpacked_char_ngrams, unpacked_word_ngrams
from tasks.core.native.critic.piece_rows import PieceRows, Pieces
from tasks.core.native.critic.trees import Trees, unpacked_trees
from tasks.core.native.generator.clause_heads import Arrays
from tasks.core.native.generator.generator import NAME_FIELDS, TRAINED_PREFIX
from tasks.core.native.request import CHUNKS_HELD, BadRequest, Request
from tasks.core.native.text.cues import FieldCues, is_chinese
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import read_arrays, read_json, weights_sha256
from tasks.core.schema import FieldType, Schema

MIN_EXAMPLES = 3
"""With fewer examples, a clause of a field without a head is judged by its cues and definition."""
UNLIKE_BAR = 0.05
"""The trees doubt such a clause below this P(right). Low, since they know little of its field."""
UNLIKELY = "the clause does not read like this field's clauses"
NO_RECORDS = "this critic does not judge records: that takes a language model"
OVERLOOKED_VALUE = "this reads like a value of the field, and the draft does not have it"
OVERLOOKED = "this reads like a clause of the field that the draft does not have"


@dataclass(frozen=True, slots=True)
class Bars:
    """The least P(right) of a countersigned candidate and of an overlooked clause."""

    redundant_bar: float
    missing_bar: float
    unknown_redundant_bar: float
    """The same for fields without a head."""
    unknown_missing_bar: float


@dataclass(frozen=True, slots=True)
class CriticTrees:
    """One set of trees for trained fields, one for fields without a head."""

    known: Trees
    unknown: Trees

    def probabilities(self, rows: FloatArray, is_known: Sequence[bool]) -> list[float]:
        """P(right) of each row."""
        known = np.asarray(is_known, dtype=np.bool_)
        rights = np.zeros(len(rows), dtype=np.float32)
        rights[known] = self.known.probability(rows[known])
        rights[~known] = self.unknown.probability(rows[~known])
        return rights.tolist()


class Critic:
    """Judges with its weights; keeps no state between requests except caches of pure results."""

    name = "critic"
    task = "critique"

    def __init__(self, arrays: Arrays, meta: Mapping[str, Any], own: EvidenceJudge, digest: str) -> None:
        self.view, self.phrases = unpacked_char_ngrams(arrays), unpacked_word_ngrams(arrays)
        self.memory = unpacked_memory(arrays)
        self.judges = CriticTrees(unpacked_trees(arrays, "known"), unpacked_trees(arrays, "unknown"))
        self.habits = {n: FieldHabits(*map(float, row)) for n, row in meta["habits"].items()}
        self.bars = Bars(**{key: float(meta[key]) for key in Bars.__slots__})
        self.own = own
        self.weights_sha256 = digest
        self._margins = MarginCache(CHUNKS_HELD)
        self._profiles: IdentityCache[Schema, tuple[FieldProfile, ...]] = IdentityCache(16)
        self._rows = PieceRows(self.view, self.phrases, self.memory)
        self._head = {TRAINED_PREFIX + n: i for i, n in enumerate(self.view.names)}
        self.trained_fields = tuple(self._head)

    @classmethod
    def load(cls, folder: Path) -> Critic:
        """Raises: ConfigurationError when a weight file is missing or broken."""
        arrays, meta = read_arrays(folder / "critic.npz"), read_json(folder / "meta.json")
        return cls(arrays, meta, EvidenceJudge.load(folder), weights_sha256(folder))

    @property
    def thresholds(self) -> dict[str, float]:
        return asdict(self.bars)

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        """The answer to each request; the pieces of all requests are judged together."""
        cases = [self._case(r, m) for r, m in zip(requests, self._all_margins(requests), strict=True)]
        return [self._answer(c, rights) for c, rights in zip(cases, self._all_rights(cases), strict=True)]

    def _all_margins(self, requests: Sequence[Request]) -> list[FloatArray]:
        """The character n-gram margins of each request's lines; empty without a trained field."""

        def compute(fresh: list[Request]) -> FloatArray:
            return self.view.margins([s for r in fresh for s in line_snippets(r.passages, r.lines)])

        margins = iter(self._margins.margins([r for r in requests if self._has_trained(r)], compute))
        empty = np.zeros((0, 0), dtype=np.float32)
        return [next(margins) if self._has_trained(r) else empty for r in requests]

    def _has_trained(self, request: Request) -> bool:
        return any(f.trained_as in self._head for f in request.schema.fields)

    def _case(self, request: Request, margins: FloatArray) -> _Case:
        candidates = [_Candidate(row, request) for row in request.rows("candidates")]
        profiles = self._profiles_of(request.schema, request.cues)
        column = {f.name: i for i, f in enumerate(request.schema.fields)}
        scene = Scene(request.passages, request.lines, margins, brevity_of(request.lines))
        drafted = [c.piece(column[c.field]) for c in candidates]
        by_trees = [_is_for_trees(p, request) for p in profiles]
        relevance = line_relevance(scene, profiles, self.memory)
        names = {i for i, p in enumerate(profiles) if p.is_known and self.view.names[p.head] in NAME_FIELDS}
        searched = {i for i, is_for_trees in enumerate(by_trees) if is_for_trees} - names
        others = uncovered_pieces(scene, drafted, relevance, searched)
        chances = faint_chances(scene, drafted, relevance)
        # A reviewer is shown what the first look at a chunk gives; later rounds would only repeat it.
        faint = faint_lines(scene, drafted, profiles) if request.round_number == 1 else []
        return _Case(request, candidates, profiles, by_trees, scene, drafted, others, chances, faint)

    def _profiles_of(self, schema: Schema, cues: Mapping[str, FieldCues]) -> tuple[FieldProfile, ...]:
        """The profiles of a schema's fields, in its order."""
        profiles = self._profiles.get(schema)
        if profiles is None:
            profiles = tuple(self._profile(cues[f.name], f.trained_as or "") for f in schema.fields)
            self._profiles.put(schema, profiles)
        return profiles

    def _profile(self, cues: FieldCues, trained_as: str) -> FieldProfile:
        head = self._head.get(trained_as)
        if head is None:
            return profile_by_schema(cues, cues.field.example_texts, self.memory)
        habits = self.habits.get(self.view.names[head], UNKNOWN_HABITS)
        return trained_profile(head, cues, habits, self.memory)

    def _all_rights(self, cases: Sequence[_Case]) -> list[list[float]]:
        """P(right) of each case's drafted pieces, then of its other pieces, then of its faint lines."""
        pieces = [[*c.drafted, *c.others, *(line for line, _ in c.faint)] for c in cases]
        lasting = self._rows.of(
            [Pieces(c.scene, c.profiles, ps) for c, ps in zip(cases, pieces, strict=True)]
        )
        rows = [
            with_draft(ps, case.drafted, np.stack(known))
            for case, ps, known in zip(cases, pieces, lasting, strict=True)
            if ps
        ]
        is_known = [
            case.profiles[p.field].is_known for case, ps in zip(cases, pieces, strict=True) for p in ps
        ]
        rights = iter(self.judges.probabilities(np.concatenate(rows), is_known) if rows else [])
        return [[next(rights) for _ in ps] for ps in pieces]

    def _answer(self, case: _Case, rights: Sequence[float]) -> dict[str, Any]:
        n_drafted = len(case.drafted)
        drafted = {i: c.drafted() for i, c in enumerate(case.candidates)}
        opinions, overlooked, own_chances = self.own.judge(case.request, drafted)
        verdicts = [
            self._evident_verdict(i, opinions[i], case) if i in opinions else self._verdict(i, right, case)
            for i, right in enumerate(rights[:n_drafted])
        ]
        first_faint = n_drafted + len(case.others)
        missing, chances = self._missing(case, rights[n_drafted:first_faint])
        missing.extend(_overlooked_row(o, case.request) for o in overlooked)
        chances |= {name: round(chance, 4) for name, chance in own_chances.items()}
        for name, is_for_trees in zip(chances, case.by_trees, strict=True):
            if not is_for_trees and name not in own_chances:
                rows = _missing_by_definition(name, case.request, case.candidates)
                missing.extend(rows)
                chances[name] = max((row["score"] for row in rows), default=0.0)
        faint = _faint_rows(case, rights[first_faint:])
        return {"verdicts": verdicts, "missing": missing, "overlooked": chances, "faint": faint}

    def _evident_verdict(self, number: int, opinion: EvidentOpinion, case: _Case) -> dict[str, Any]:
        promise, bar = case.request.body.get("promise"), case.request.schema.bar
        if bar is None:
            bar = self.own.bars.bar(DEFAULT_PROMISE if promise is None else float(promise))
        right, reason = opinion.right, opinion.reason
        candidate = case.candidates[number]
        if case.request.schema.field(candidate.field).type is FieldType.CLAUSE:
            # A clause needs a word of its field's own, too: few schemas of training have clauses.
            defined = _by_definition(candidate, case.request)
            if defined.right < RIGHT_BAR:
                right, reason = min(right, defined.right), reason or defined.reason
        return _verdict_row(number, right, right < DOUBT_BAR, reason) | {"bar": round(bar, 4)}

    def _verdict(self, number: int, right: float, case: _Case) -> dict[str, Any]:
        candidate, column = case.candidates[number], case.drafted[number].field
        profile = case.profiles[column]
        if profile.cues.field.type is FieldType.RECORD:
            # Neither trees nor cues can tell whether the parts belong together.
            return _verdict_row(number, None, False, NO_RECORDS)
        if not case.by_trees[column]:
            opinion = _by_definition(candidate, case.request)
            flagged = opinion.right < RIGHT_BAR
            if not flagged and right < UNLIKE_BAR and _reads_clauses(profile, case.request):
                return _verdict_row(number, min(right, opinion.right), True, UNLIKELY)
            return _verdict_row(number, opinion.right, flagged, opinion.reason)
        bar = self.bars.redundant_bar if profile.is_known else self.bars.unknown_redundant_bar
        reason = "" if profile.is_known else objection_to(profile.cues, candidate.value, candidate.quote)
        if reason:
            return _verdict_row(number, min(right, RIGHT_WITH_OBJECTION), True, reason)
        return _verdict_row(number, right, right < bar, UNLIKELY if right < bar else "")

    def _missing(self, case: _Case, rights: Sequence[float]) -> tuple[list[dict[str, Any]], dict[str, float]]:
        """The overlooked clauses, and for each field the probability that there is one."""
        names = case.request.schema.field_names
        chances: dict[str, float] = dict(zip(names, case.chances, strict=True))
        rows: list[dict[str, Any]] = []
        for piece, right in zip(case.others, rights, strict=True):
            name = names[piece.field]
            chances[name] = max(chances[name], round(right, 4))
            is_known = case.profiles[piece.field].is_known
            if right >= (self.bars.missing_bar if is_known else self.bars.unknown_missing_bar):
                place = (piece.passage_index, piece.start, piece.end)
                rows.append(_missing_row(name, case.request, place, right, OVERLOOKED))
        return rows, chances


@dataclass(frozen=True, slots=True)
class _Case:
    """A request with everything that is judged in it."""

    request: Request
    candidates: list[_Candidate]
    profiles: tuple[FieldProfile, ...]
    by_trees: list[bool]
    """By field, whether the trees judge it."""
    scene: Scene
    drafted: list[ProposedText]
    """One piece for each candidate."""
    others: list[ProposedText]
    """Relevant lines that no candidate covers."""
    chances: list[float]
    """By field, the probability that something was overlooked if no piece is judged."""
    faint: list[tuple[ProposedText, float]]
    """Lines for a reviewer, with their margins; none after round 1."""


class _Candidate:
    """A candidate of the request, checked."""

    def __init__(self, row: dict[str, Any], request: Request) -> None:
        try:
            self.field, self.value = str(row["field"]), str(row["value"])
            self.passage_index, self.start, self.end = int(row["passage"]), int(row["start"]), int(row["end"])
            self.score = NO_SCORE if row.get("score") is None else float(row["score"])
            text = request.passages[self.passage_index]
            request.schema.field(self.field)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadRequest("a candidate breaks the wire format") from error
        if not (self.passage_index >= 0 and 0 <= self.start < self.end <= len(text)):
            raise BadRequest("a candidate's range does not lie in its passage")
        self.quote = text[self.start : self.end]

    def drafted(self) -> DraftedValue:
        return DraftedValue(self.field, self.value, self.passage_index, self.start, self.end)

    def piece(self, field: int) -> ProposedText:
        return ProposedText(field, self.passage_index, self.start, self.end, self.score)


def _is_for_trees(profile: FieldProfile, request: Request) -> bool:
    """Whether the trees judge this field: a trained one, or a clause with enough examples."""
    return profile.is_known or (profile.n_examples >= MIN_EXAMPLES and _reads_clauses(profile, request))


def _reads_clauses(profile: FieldProfile, request: Request) -> bool:
    # The memory does not know Chinese.
    return profile.cues.field.type is FieldType.CLAUSE and not is_chinese("".join(request.passages))


def _by_definition(candidate: _Candidate, request: Request) -> Opinion:
    lines = (x for x in request.lines if x.passage_index == candidate.passage_index and x.headings)
    heading = next((x.headings[-1] for x in lines if x.unit.end > candidate.start), "")
    place = (candidate.passage_index, candidate.start, candidate.end)
    told_by = told_by_cells(request, place, candidate.value, request.cues[candidate.field])
    return judge(candidate.field, candidate.value, candidate.quote, heading, request.cues, told_by)


def _verdict_row(number: int, right: float | None, flagged: bool, reason: str) -> dict[str, Any]:
    rounded = None if right is None else round(right, 4)
    return {"candidate": number, "right": rounded, "flagged": flagged, "reason": reason}


def _faint_rows(case: _Case, rights: Sequence[float]) -> list[list[Any]]:
    """[field, passage, start, end, margin, right] of each line for a reviewer."""
    names = case.request.schema.field_names
    return [
        [names[p.field], p.passage_index, p.start, p.end, round(margin, 3), round(right, 4)]
        for (p, margin), right in zip(case.faint, rights, strict=True)
    ]


def _missing_by_definition(
    name: str, request: Request, candidates: Sequence[_Candidate]
) -> list[dict[str, Any]]:
    covered = [(c.passage_index, c.start, c.end) for c in candidates if c.field == name]
    rows: list[dict[str, Any]] = []
    for line, right in overlooked_values(name, request, covered):
        place = (line.passage_index, line.unit.start, line.unit.end)
        where = "a note speaks of this field" if line.is_note else "this line speaks of the field"
        rows.append(_missing_row(name, request, place, right, f"{where}, and the draft does not have it"))
    return rows


def _overlooked_row(overlooked: OverlookedValue, request: Request) -> dict[str, Any]:
    o = overlooked
    return _missing_row(o.field, request, (o.passage_index, o.start, o.end), o.right, OVERLOOKED_VALUE)


def _missing_row(
    name: str, request: Request, place: tuple[int, int, int], right: float, reason: str
) -> dict[str, Any]:
    passage_index, start, end = place
    return {
        "field": name,
        "quote": request.passages[passage_index][start:end],
        "passage": passage_index,
        "start": start,
        "end": end,
        "score": round(right, 4),
        "reason": reason,
    }
