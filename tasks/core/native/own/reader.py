"""Reads the fields that are read by evidence: drafts of each, and the best value of a quote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tasks.core.native.caches import IdentityCache
from tasks.core.native.own.candidates import FieldCandidates, candidates_of, evident_fields
from tasks.core.native.own.drafts import EvidentValue, drafts_of, value_of
from tasks.core.native.own.evidence import ALL_COLUMNS
from tasks.core.native.own.scorer import EvidenceScorer, unpacked_scorer
from tasks.core.native.request import Request
from tasks.core.native.text.lines import TextLine
from tasks.core.native.weights import read_json
from tasks.core.schema import Schema

WEIGHTS = "own.json"


class EvidenceReader:
    """Scores candidates by its weights; keeps no state but a cache of them."""

    def __init__(self, scorer: EvidenceScorer, draft_bar: float) -> None:
        self._scorer, self._draft_bar = scorer, draft_bar
        self._cache: IdentityCache[tuple[TextLine, ...], tuple[Schema, Mapping[str, FieldCandidates]]] = (
            IdentityCache(128)
        )

    @classmethod
    def load(cls, folder: Path) -> EvidenceReader:
        """Raises: ConfigurationError when the weight file is missing or broken."""
        raw = read_json(folder / WEIGHTS)
        return cls(unpacked_scorer(raw), float(raw["draft_bar"]))

    def drafts(self, request: Request) -> dict[str, list[EvidentValue]]:
        """The drafts of each field that is read by evidence, in order of the text."""
        found = self._candidates(request)
        return {
            name: drafts_of(request, c, c.changed(self._scorer(c.rows).tolist()), self._draft_bar)
            for name, c in found.items()
        }

    def best_in(self, request: Request, name: str, quote: str) -> tuple[str, float] | None:
        """The likeliest value of a field in a quote, and its score.

        Raises: KeyError for a field that is not read by evidence.
        """
        found = self._candidates(request)[name]
        scores = found.changed(self._scorer(found.rows).tolist())
        inside = [
            i
            for i, s in enumerate(found.spans)
            if request.passages[s.passage_index][s.start : s.end] in quote
        ]
        best = max(inside, key=lambda i: scores[i], default=None)
        return None if best is None else (value_of(found, best), scores[best])

    def reads(self, request: Request, name: str) -> bool:
        return name in self._candidates(request)

    def _candidates(self, request: Request) -> Mapping[str, FieldCandidates]:
        held = self._cache.get(request.lines)
        if held is not None and held[0] is request.schema:
            return held[1]
        found = candidates_of(request, evident_fields(request))
        self._cache.put(request.lines, (request.schema, found))
        return found


NOTHING = EvidenceScorer(np.zeros(len(ALL_COLUMNS), dtype=np.float32), -99.0)
"""Scores every candidate 0."""
NO_OWN_FIELDS = EvidenceReader(NOTHING, 1.0)
"""Drafts nothing: for generators that are asked for trained fields only."""
