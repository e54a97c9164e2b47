"""Histories of one chunk, drawn: noisy generators, noisy critics, and failures of both."""

from __future__ import annotations

from hypothesis import strategies as st

from tasks.core.answers import malformed
from tasks.core.loop.assessment import Assessment, failed_assessment
from tasks.core.records import (
    Candidate,
    Citation,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    MatchKind,
    Span,
)
from tests.unit.core.builders import small_schema

SCHEMA = small_schema("skills", "employers")


def candidate(word: int, field: str = "skills", grounded: bool = True) -> Candidate:
    citation = Citation((Span(word, word + 1),), (1,), None, MatchKind.EXACT) if grounded else None
    return Candidate(FieldName(field), f"w{word}", f"w{word}", 0.5, citation)


def finding(
    kind: FindingKind, index: int | None, score: float, source: FindingSource = FindingSource.CRITIC
) -> Finding:
    return Finding(kind, source, FieldName("skills"), index, "", None, score, "because")


def absent(candidates: tuple[Candidate, ...]) -> list[Finding]:
    """What grounding finds, always, whoever else answers."""
    ungrounded = [i for i, c in enumerate(candidates) if not c.citation]
    return [finding(FindingKind.REDUNDANT, i, 1.0, FindingSource.GROUNDING) for i in ungrounded]


@st.composite
def assessments(draw: st.DrawFn, round_number: int) -> Assessment:
    kind = draw(st.sampled_from(["answer"] * 8 + ["generator", "critic", "unreadable"]))
    if kind == "generator":
        return failed_assessment(round_number, "timed_out")
    if kind == "unreadable":
        return Assessment(round_number, (), (), (malformed("cut off"),))
    fields = st.sampled_from(["skills", "employers"])
    words = draw(
        st.lists(st.tuples(st.integers(0, 3), fields, st.booleans()), max_size=4, unique_by=lambda w: w[:2])
    )
    candidates = tuple(candidate(w, f, g) for w, f, g in words)
    if kind == "critic":
        return Assessment(
            round_number, candidates, (None,) * len(words), tuple(absent(candidates)), None, "unavailable"
        )
    flagged = draw(st.lists(st.sampled_from(range(len(words))), unique=True)) if words else []
    findings = [finding(FindingKind.REDUNDANT, i, draw(st.floats(0.1, 1))) for i in flagged]
    findings += [
        finding(FindingKind.REDUNDANT, i, 1.0, FindingSource.GROUNDING)
        for i, c in enumerate(candidates)
        if not c.citation
    ]
    findings += [
        finding(FindingKind.MISSING, None, draw(st.floats(0.1, 1))) for _ in range(draw(st.integers(0, 2)))
    ]
    return Assessment(round_number, candidates, (0.9,) * len(words), tuple(findings))


@st.composite
def histories(draw: st.DrawFn, max_size: int = 5) -> list[Assessment]:
    return [draw(assessments(n + 1)) for n in range(draw(st.integers(1, max_size)))]
