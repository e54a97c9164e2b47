"""The native critic: countersigns or doubts each candidate of a draft, and points at what the draft overlooked.

Trained fields are judged by boosted trees over evidence that the generator does not have (`second_view`, `evidence`); the generator's
score is one feature and may be absent. Fields of a user's own schema are judged by their definition (`doubt`). Every candidate gets
a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tasks.core.native.doubt import RIGHT_BAR, judge, overlooked_values
from tasks.core.native.evidence import (
    NO_SCORE,
    FieldHabits,
    Piece,
    Scene,
    evidence_rows,
    line_snippets,
    piece_snippets,
)
from tasks.core.native.generator import NAME_FIELDS, PREFIX
from tasks.core.native.memo import Memo
from tasks.core.native.overlooked import overlooked
from tasks.core.native.request import BadRequest, Request
from tasks.core.native.second_view import SecondView, unpacked_view
from tasks.core.native.sheet import Line
from tasks.core.native.trees import Trees, unpacked_trees
from tasks.core.native.weights import read_arrays, read_json, weights_sha256
from tasks.core.native.words import FloatArray

UNLIKELY = "the clause does not read like this field's clauses"
OVERLOOKED = "this reads like a clause of the field that the draft does not have"


class Critic:
    """Weights and what is done with them; keeps no state between requests but a memory of pure results."""

    name = "critic"
    task = "critique"

    def __init__(
        self,
        view: SecondView,
        trees: Trees,
        habits: dict[str, FieldHabits],
        bars: tuple[float, float],
        digest: str,
    ) -> None:
        self.view, self.trees, self.habits = view, trees, habits
        self.redundant_bar, self.missing_bar = bars
        self.weights_sha256 = digest
        self._seen: Memo[tuple[Line, ...], FloatArray] = Memo(512)
        self.trained_fields = tuple(PREFIX + n for n in view.names)
        self._head = {PREFIX + n: i for i, n in enumerate(view.names)}

    @classmethod
    def load(cls, folder: Path) -> Critic:
        """Raises: ConfigurationError when a weight file is missing or broken."""
        arrays, meta = read_arrays(folder / "critic.npz"), read_json(folder / "meta.json")
        habits = {n: FieldHabits(*map(float, row)) for n, row in meta["habits"].items()}
        bars = (float(meta["redundant_bar"]), float(meta["missing_bar"]))
        return cls(unpacked_view(arrays), unpacked_trees(arrays), habits, bars, weights_sha256(folder))

    @property
    def thresholds(self) -> dict[str, float]:
        return {"redundant_bar": self.redundant_bar, "missing_bar": self.missing_bar}

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]:
        self._look(requests)
        return [self._answer(r) for r in requests]

    def _look(self, requests: Sequence[Request]) -> None:
        """The second view of all lines that were not seen before, in one go."""
        fresh = list(
            {r.lines: r for r in requests if r.lines not in self._seen and self._is_trained(r)}.values()
        )
        computed = self.view.margins([s for r in fresh for s in line_snippets(r.passages, r.lines)])
        at = 0
        for request in fresh:
            self._seen.put(request.lines, computed[at : at + len(request.lines)])
            at += len(request.lines)

    def _is_trained(self, request: Request) -> bool:
        return any(f.trained_as in self._head for f in request.schema.fields)

    def _answer(self, request: Request) -> dict[str, Any]:
        candidates = [_Candidate(row, request) for row in request.rows("candidates")]
        heads = {f.name: self._head.get(f.trained_as or "", -1) for f in request.schema.fields}
        scene = self._scene(request)
        drafted = [c.piece(heads[c.field]) for c in candidates if heads[c.field] >= 0]
        rights = iter(self._rights(scene, drafted, drafted))
        verdicts = [
            self._verdict(i, float(next(rights))) if heads[c.field] >= 0 else _by_definition(i, c, request)
            for i, c in enumerate(candidates)
        ]
        missing = self._missing(request, scene, drafted, heads)
        for name, head in heads.items():
            if head < 0:
                missing.extend(_missing_by_definition(name, request, candidates))
        return {"verdicts": verdicts, "missing": missing}

    def _scene(self, request: Request) -> Scene:
        """The second view of all lines, if any field needs it."""
        if not self._is_trained(request):
            return Scene(request.passages, request.lines, np.zeros((0, 0), dtype=np.float32))
        margins = self._seen.get(
            request.lines, lambda: self.view.margins(line_snippets(request.passages, request.lines))
        )
        return Scene(request.passages, request.lines, margins)

    def _rights(self, scene: Scene, pieces: Sequence[Piece], drafted: Sequence[Piece]) -> list[float]:
        if not pieces:
            return []
        margins = self.view.margins(piece_snippets(scene, pieces))
        rows = evidence_rows(scene, pieces, drafted, self.view, self.habits, margins)
        return [float(p) for p in self.trees.probability(rows)]

    def _verdict(self, number: int, right: float) -> dict[str, Any]:
        flagged = right < self.redundant_bar
        return {
            "candidate": number,
            "right": round(right, 4),
            "flagged": flagged,
            "reason": UNLIKELY if flagged else "",
        }

    def _missing(
        self, request: Request, scene: Scene, drafted: Sequence[Piece], heads: dict[str, int]
    ) -> list[dict[str, Any]]:
        wanted = {h: name for name, h in heads.items() if h >= 0 and self.view.names[h] not in NAME_FIELDS}
        pieces = overlooked(scene, drafted, wanted)
        rows: list[dict[str, Any]] = []
        for piece, right in zip(pieces, self._rights(scene, pieces, drafted), strict=True):
            if right >= self.missing_bar:
                place = (piece.passage_index, piece.start, piece.end)
                rows.append(_missing_row(wanted[piece.head], request, place, right, OVERLOOKED))
        return rows


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

    def piece(self, head: int) -> Piece:
        return Piece(head, self.passage_index, self.start, self.end, self.score)


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
