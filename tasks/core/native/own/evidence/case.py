"""One candidate with everything that its evidence is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.own.zones import Zones
from tasks.core.native.request import Request
from tasks.core.native.text.lines import TextLine


@dataclass(frozen=True, slots=True)
class Crowd:
    """The candidates of a field, counted."""

    spans: Sequence[CandidateSpan]
    by_line: Mapping[int, Sequence[int]]
    """Indexes of the candidates of a line, in order."""
    n_same: Mapping[str, int]
    """How often a value is among the candidates, by its form or words."""


@dataclass(frozen=True, slots=True)
class EvidenceCase:
    """A candidate of a field."""

    request: Request
    signs: FieldSigns
    span: CandidateSpan
    zones: Zones
    index: int
    """Of the candidate in its crowd."""
    crowd: Crowd

    @property
    def line(self) -> TextLine:
        return self.request.cued_lines[self.span.line]

    @property
    def place(self) -> tuple[int, int]:
        """The candidate's range in its line."""
        start = self.line.unit.start
        return max(0, self.span.start - start), self.span.end - start
