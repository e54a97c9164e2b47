"""How a value came to stand there: what became of it in each round of its chunk.

A value may have stood there in another form first: a quote that was widened, a number that was
corrected. Its form in a round is the value itself or, where the answer lacks it, the value of its
field whose words touch its own. Values that once stood beside each other are no forms of each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.evidence.chunk_trail import ChunkRound, ChunkTrail
from tasks.core.evidence.page import ShownFinding, ShownHistory, ShownReview, ShownRound
from tasks.core.loop.proposals import content
from tasks.core.records import Candidate, Citation, Extraction, Finding, FindingKind

Form = tuple[int, Candidate]
"""A candidate with its index in the round's answer."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value in the trail of its chunk."""

    extraction: Extraction
    is_rebuilt: bool
    beside: frozenset[object]
    """What stood beside it in some round: these are other values."""

    def form_in(self, played: ChunkRound) -> Form | None:
        own = [(i, c) for i, c in enumerate(played.candidates) if c.field == self.extraction.field]
        if same := next((form for form in own if self.is_itself(form[1])), None):
            return same
        touching = ((self._n_common(c), (i, c)) for i, c in own if content(c) not in self.beside)
        n_common, form = max(touching, key=lambda pair: pair[0], default=(0, None))
        return form if n_common else None

    def is_itself(self, candidate: Candidate) -> bool:
        value = self.extraction
        if candidate.field != value.field or candidate.value != value.value:
            return False
        if not self.is_rebuilt:
            return True
        return _place(candidate.citation, candidate.quote) == _place(value.citation, value.quote)

    def _n_common(self, candidate: Candidate) -> int:
        """How many characters of the document both cover."""
        return _n_common(self.extraction.citation, candidate.citation)


def history_of(
    extraction: Extraction, trail: ChunkTrail, reviews: tuple[ShownReview, ...] = ()
) -> ShownHistory:
    """
    Args:
        trail: That of the extraction's chunk.
    """
    value = _Value(extraction, trail.is_rebuilt, frozenset(_beside(extraction, trail)))
    return ShownHistory(extraction.chunk_index, tuple(_rounds(value, trail.rounds)), trail.stop, reviews)


def _beside(extraction: Extraction, trail: ChunkTrail) -> Iterator[object]:
    value = _Value(extraction, trail.is_rebuilt, frozenset())
    for played in trail.rounds:
        if any(value.is_itself(candidate) for candidate in played.candidates):
            yield from (content(c) for c in played.candidates if c.field == extraction.field)


def _rounds(value: _Value, rounds: Sequence[ChunkRound]) -> Iterator[ShownRound]:
    before: list[Form | None] = []
    """Of the answered rounds: a failure drops no value."""
    for played in rounds:
        form = value.form_in(played)
        yield _shown(value, played, form, _change(form, before) if played.is_answered else "absent")
        if played.is_answered:
            before.append(form)


def _change(form: Form | None, before: Sequence[Form | None]) -> str:
    last = before[-1] if before else None
    if form is None:
        return "dropped" if last is not None else "absent"
    if last is not None:
        return "kept" if content(last[1]) == content(form[1]) else "changed"
    if any(earlier is not None for earlier in before):
        return "back"
    return "added" if before else "first"


def _shown(value: _Value, played: ChunkRound, form: Form | None, change: str) -> ShownRound:
    field, critique = value.extraction.field, played.critique
    return ShownRound(
        round_number=played.round_number,
        generator=played.generation.model,
        answered=tuple(c.value for c in played.candidates if c.field == field),
        error=played.generation.error or "",
        critic="" if critique is None else critique.model,
        critic_error=(critique.error or "") if critique else "",
        probability=None if form is None else played.right_of(form[0]),
        findings=tuple(_findings(value, played, form)),
        change=change,
        is_accepted=played.is_accepted,
    )


# ---------------------------------------------------------------- findings


def _findings(value: _Value, played: ChunkRound, form: Form | None) -> Iterator[ShownFinding]:
    """Those about the value, its field, and the whole answer; not those about another value."""
    for finding in played.findings:
        if finding.field not in (None, value.extraction.field):
            continue
        is_about = _is_about(finding, value, form)
        if is_about or finding.candidate_index is None:
            yield _shown_finding(finding, is_about)


def _is_about(finding: Finding, value: _Value, form: Form | None) -> bool:
    if finding.field is None:
        return False
    if form is not None and value.is_rebuilt and finding.candidate_index is not None:
        return finding.candidate_index == form[0]
    if finding.kind is FindingKind.MISSING and finding.candidate_index is None:
        return _n_common(finding.citation, value.extraction.citation) > 0
    place = _place(finding.citation, finding.quote)
    return bool(place) and (finding.part, place) in _subjects(value.extraction)


def _subjects(extraction: Extraction) -> Iterator[tuple[str | None, object]]:
    """What a finding about the value is about: the whole of it, or one of its parts."""
    yield None, _place(extraction.citation, extraction.quote)
    for part in extraction.parts:
        yield part.name, _place(part.citation, part.quote)


def _shown_finding(finding: Finding, is_about_value: bool) -> ShownFinding:
    return ShownFinding(
        finding.kind.value,
        finding.source.value,
        finding.reason,
        finding.score,
        finding.quote,
        finding.part or "",
        is_about_value,
    )


# ---------------------------------------------------------------- places


def _place(citation: Citation | None, quote: str) -> object:
    return citation.spans if citation else quote


def _n_common(one: Citation | None, other: Citation | None) -> int:
    if one is None or other is None:
        return 0
    pairs = ((a, b) for a in one.spans for b in other.spans)
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a, b in pairs)
