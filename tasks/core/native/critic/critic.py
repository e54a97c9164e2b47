"""The native critic: countersigns or doubts each candidate of a draft, and points at what the draft overlooked.

Clauses are judged by boosted trees over evidence that no generator has (`second_view`, `memory`, `evidence`); a generator's score is one
feature and may be absent. The trees know no field name: one set weighs all that is known of a trained field, one set what a schema
entry alone tells. Typed values and words of a user's own schema are judged by their definition (`doubt`), and so is Chinese,
which the memory does not know. Every candidate gets a verdict, every field a probability that something of it was overlooked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.caches import IdentityCache, MarginCache
from tasks.core.native.critic.by_schema import RIGHT_BAR, judge, objection_to, overlooked_values
from tasks.core.native.critic.features import (
    NO_SCORE,
    ProposedText,
    Scene,
    evidence_rows,
    line_snippets,
    snippet_features,
)
from tasks.core.native.critic.field_profiles import (
    NO_HEAD,
    UNKNOWN_HABITS,
    FieldHabits,
    FieldProfile,
    profile_by_schema,
    trained_profile,
)
from tasks.core.native.critic.missing import faint_chances, line_relevance, uncovered_pieces
from tasks.core.native.critic.neighbours import Memory, unpacked_memory
from tasks.core.native.critic.ngrams import CharNgrams, WordNgrams, unpacked_char_ngrams, unpacked_word_ngrams
from tasks.core.native.critic.trees import Trees, unpacked_trees
from tasks.core.native.generator.generator import NAME_FIELDS, TRAINED_PREFIX
from tasks.core.native.request import BadRequest, Request
from tasks.core.native.text.cues import FieldCues, is_chinese
from tasks.core.native.text.words import FloatArray
from tasks.core.native.weights import read_arrays, read_json, weights_sha256
from tasks.core.schema import FieldType, Schema

MIN_EXAMPLES = 3
"""From so many examples on, a clause of a user's own field is judged by likeness to them; with fewer, by its cues and definition."""
UNLIKE_BAR = 0.05
"""With fewer, a clause that the trees hold for less likely than this is doubted, whatever its cues say. Low: they know little of the field."""
UNLIKELY = "the clause does not read like this field's clauses"
NO_RECORDS = "this critic does not judge records: that takes a language model"
OVERLOOKED = "this reads like a clause of the field that the draft does not have"


@dataclass(frozen=True, slots=True)
class Bars:
    """From which P(right) on a candidate is countersigned, and from which on something overlooked is flagged."""

    redundant_bar: float
    missing_bar: float
    unknown_redundant_bar: float
    """The same for fields without a head."""
    unknown_missing_bar: float


@dataclass(frozen=True, slots=True)
class CriticTrees:
    """One set of trees for fields that were trained, one for those that a schema entry alone tells of."""

    known: Trees
    unknown: Trees

    def probabilities(self, rows: FloatArray, is_known: Sequence[bool]) -> list[float]:
        """P(right) of each row."""
        if not len(rows):
            return []
        chosen = np.asarray(is_known)
        made = np.zeros(len(rows), dtype=np.float32)
        made[chosen] = self.known.probability(rows[chosen])
        made[~chosen] = self.unknown.probability(rows[~chosen])
        return [float(p) for p in made]


class Critic:
    """Weights and what is done with them; keeps no state between requests but a cache of pure results."""

    name = "critic"
    task = "critique"

    def __init__(
        self,
        view: CharNgrams,
        phrases: WordNgrams,
        memory: Memory,
        judges: CriticTrees,
        habits: Mapping[str, FieldHabits],
        bars: Bars,
        digest: str,
    ) -> None:
        self.view, self.phrases, self.memory = view, phrases, memory
        self.judges, self.habits, self.bars = judges, habits, bars
        self.weights_sha256 = digest
        self._seen = MarginCache(512)
        self._known: IdentityCache[Schema, tuple[FieldProfile, ...]] = IdentityCache(16)
        self.trained_fields = tuple(TRAINED_PREFIX + n for n in view.names)
        self._head = {TRAINED_PREFIX + n: i for i, n in enumerate(view.names)}

    @classmethod
    def load(cls, folder: Path) -> Critic:
        """Raises: ConfigurationError when a weight file is missing or broken."""
        arrays, meta = read_arrays(folder / "critic.npz"), read_json(folder / "meta.json")
        habits = {n: FieldHabits(*map(float, row)) for n, row in meta["habits"].items()}
        bars = Bars(**{key: float(meta[key]) for key in Bars.__slots__})
        judges = CriticTrees(unpacked_trees(arrays, "known"), unpacked_trees(arrays, "unknown"))
        view, phrases, memory = (
            unpacked_char_ngrams(arrays),
            unpacked_word_ngrams(arrays),
            unpacked_memory(arrays),
        )
        return cls(view, phrases, memory, judges, habits, bars, weights_sha256(folder))

    @property
    def thresholds(self) -> dict[str, float]:
        return {key: float(getattr(self.bars, key)) for key in Bars.__slots__}

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        """One answer for each request; the pieces of all are judged together."""
        margins = self._margins(requests)
        cases = [self._case(r, own) for r, own in zip(requests, margins, strict=True)]
        return [self._answer(c, own) for c, own in zip(cases, self._rights(cases), strict=True)]

    def _margins(self, requests: Sequence[Request]) -> list[FloatArray]:
        """Each request's lines in the second view; empty where no field needs it."""
        trained = [self._is_trained(r) for r in requests]
        margins = iter(
            self._seen.margins(
                [r for r, needs_it in zip(requests, trained, strict=True) if needs_it],
                lambda fresh: self.view.margins(
                    [s for r in fresh for s in line_snippets(r.passages, r.lines)]
                ),
            )
        )
        return [next(margins) if needs_it else np.zeros((0, 0), dtype=np.float32) for needs_it in trained]

    def _is_trained(self, request: Request) -> bool:
        return any(f.trained_as in self._head for f in request.schema.fields)

    def _case(self, request: Request, margins: FloatArray) -> _Case:
        """What is to be judged: the draft, and lines that may have been overlooked."""
        candidates = [_Candidate(row, request) for row in request.rows("candidates")]
        knowledge = self._knowledge(request.schema, request.cues)
        column = {f.name: i for i, f in enumerate(request.schema.fields)}
        scene = Scene(request.passages, request.lines, margins)
        drafted = [c.piece(column[c.field]) for c in candidates]
        judged = [self._judges_clauses(k, request) for k in knowledge]
        promised = line_relevance(scene, knowledge, self.memory)
        looked_for = {i for i, k in enumerate(knowledge) if judged[i] and not self._is_name(k)}
        others = uncovered_pieces(scene, drafted, promised, looked_for)
        chances = faint_chances(scene, drafted, promised)
        return _Case(request, candidates, knowledge, judged, scene, drafted, others, chances)

    def _is_name(self, field: FieldProfile) -> bool:
        return field.head != NO_HEAD and self.view.names[field.head] in NAME_FIELDS

    def _answer(self, case: _Case, rights: Sequence[float]) -> dict[str, Any]:
        n_drafted = len(case.drafted)
        verdicts = [
            self._verdict(i, c, right, p.field, case)
            for i, (c, p, right) in enumerate(
                zip(case.candidates, case.drafted, rights[:n_drafted], strict=True)
            )
        ]
        missing, chances = self._missing(case, rights[n_drafted:])
        for index, name in enumerate(case.request.schema.field_names):
            if not case.judged[index]:
                found = _missing_by_definition(name, case.request, case.candidates)
                missing.extend(found)
                chances[name] = max((row["score"] for row in found), default=0.0)
        return {"verdicts": verdicts, "missing": missing, "overlooked": chances}

    def _knowledge(self, schema: Schema, cues: Mapping[str, FieldCues]) -> tuple[FieldProfile, ...]:
        """What is known of every field of a schema, in its order."""
        known = self._known.get(schema)
        if known is None:
            known = tuple(self._know(cues[f.name], f.trained_as or "") for f in schema.fields)
            self._known.put(schema, known)
        return known

    def _know(self, cues: FieldCues, trained_as: str) -> FieldProfile:
        head = self._head.get(trained_as, NO_HEAD)
        if head == NO_HEAD:
            return profile_by_schema(cues, cues.field.examples, self.memory)
        return trained_profile(
            head, cues, self.habits.get(self.view.names[head], UNKNOWN_HABITS), self.memory
        )

    def _rights(self, cases: Sequence[_Case]) -> list[list[float]]:
        """P(right) of each case's drafted pieces, then of its others."""
        pieces = [[*c.drafted, *c.others] for c in cases]
        snippets = [c.scene.snippet_of(p) for c, own in zip(cases, pieces, strict=True) for p in own]
        seen = snippet_features(snippets, self.view, self.phrases, self.memory)
        rows: list[FloatArray] = []
        is_known: list[bool] = []
        for case, own in zip(cases, pieces, strict=True):
            part = seen.part(len(is_known), len(is_known) + len(own))
            if own:
                rows.append(evidence_rows(case.scene, own, case.drafted, case.knowledge, self.memory, part))
            is_known.extend(case.knowledge[p.field].head != NO_HEAD for p in own)
        rights = iter(self.judges.probabilities(np.concatenate(rows), is_known) if rows else [])
        return [[next(rights) for _ in own] for own in pieces]

    def _judges_clauses(self, field: FieldProfile, request: Request) -> bool:
        """Whether the trees judge this field here: any trained one, and clauses with examples in a language that the memory knows."""
        if field.head != NO_HEAD:
            return True
        return field.n_examples >= MIN_EXAMPLES and self._reads_clauses(field, request)

    def _reads_clauses(self, field: FieldProfile, request: Request) -> bool:
        """Whether the memory knows the language of these clauses."""
        return field.cues.field.type is FieldType.CLAUSE and not is_chinese("".join(request.passages))

    def _verdict(
        self, number: int, candidate: _Candidate, right: float, column: int, case: _Case
    ) -> dict[str, Any]:
        field = case.knowledge[column]
        if field.cues.field.type is FieldType.RECORD:
            # Neither trees nor cues can tell whether the parts belong together: no doubt, and no countersignature.
            return {"candidate": number, "right": None, "flagged": False, "reason": NO_RECORDS}
        if not case.judged[column]:
            opinion = _by_definition(number, candidate, case.request)
            is_unlike = self._reads_clauses(field, case.request) and right < UNLIKE_BAR
            return _doubted(opinion, right) if is_unlike and not opinion["flagged"] else opinion
        known = field.head != NO_HEAD
        bar = self.bars.redundant_bar if known else self.bars.unknown_redundant_bar
        reason = "" if known else objection_to(field.cues, candidate.value, candidate.quote)
        flagged = bool(reason) or right < bar
        return {
            "candidate": number,
            "right": round(min(right, 0.08) if reason else right, 4),
            "flagged": flagged,
            "reason": reason or (UNLIKELY if flagged else ""),
        }

    def _missing(self, case: _Case, rights: Sequence[float]) -> tuple[list[dict[str, Any]], dict[str, float]]:
        """What is flagged as overlooked, and by field how likely anything is."""
        names = case.request.schema.field_names
        chances: dict[str, float] = dict(zip(names, case.chances, strict=True))
        rows: list[dict[str, Any]] = []
        for piece, right in zip(case.others, rights, strict=True):
            name = names[piece.field]
            chances[name] = max(chances[name], round(right, 4))
            known = case.knowledge[piece.field].head != NO_HEAD
            if right >= (self.bars.missing_bar if known else self.bars.unknown_missing_bar):
                place = (piece.passage_index, piece.start, piece.end)
                rows.append(_missing_row(name, case.request, place, right, OVERLOOKED))
        return rows, chances


@dataclass(frozen=True, slots=True)
class _Case:
    """One request with all that is judged in it."""

    request: Request
    candidates: list[_Candidate]
    knowledge: tuple[FieldProfile, ...]
    judged: list[bool]
    """By field: by the trees, else by its definition."""
    scene: Scene
    drafted: list[ProposedText]
    others: list[ProposedText]
    """Lines that promise something and that no candidate covers."""
    chances: list[float]
    """By field, what is left of a chance where nothing is judged."""


class _Candidate:
    """One candidate of the request, checked."""

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

    def piece(self, field: int) -> ProposedText:
        return ProposedText(field, self.passage_index, self.start, self.end, self.score)


def _doubted(opinion: dict[str, Any], right: float) -> dict[str, Any]:
    return opinion | {"right": round(min(right, opinion["right"]), 4), "flagged": True, "reason": UNLIKELY}


def _by_definition(number: int, candidate: _Candidate, request: Request) -> dict[str, Any]:
    heading = next(
        (
            x.headings[-1]
            for x in request.lines
            if x.passage_index == candidate.passage_index and x.unit.end > candidate.start and x.headings
        ),
        "",
    )
    opinion = judge(candidate.field, candidate.value, candidate.quote, heading, request.cues)
    flagged = opinion.right < RIGHT_BAR
    return {
        "candidate": number,
        "right": round(opinion.right, 4),
        "flagged": flagged,
        "reason": opinion.reason,
    }


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
