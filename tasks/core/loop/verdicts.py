"""The critic's verdicts on one candidate, joined: a probability, doubts, or an abstention.

A verdict is about the whole candidate or one part of a record. A missing verdict is no consent: a
candidate without one, or with only some parts judged, is not verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.answers import Verdict, malformed
from tasks.core.records import Candidate, Finding, FindingKind, FindingSource, Part

NO_VERDICT = "the critic gave no verdict on it"
_DOUBT = "the critic doubts it"


@dataclass(frozen=True, slots=True)
class Judgement:
    right: float | None
    """The probability that it is right; None: there is no verdict on the whole candidate."""
    findings: tuple[Finding, ...]
    abstained: str = ""
    """Why the critic does not judge it; empty if it does."""
    bar: float | None = None
    """The least `right` that countersigns it; None: any."""


def judgement(index: int, candidate: Candidate, verdicts: Sequence[Verdict]) -> Judgement:
    """Join the verdicts on one candidate.

    A record is as right as its least right part. If every part was judged, the whole needs no
    verdict.

    Args:
        index: Index of the candidate in its answer.
        verdicts: All verdicts on it, in any order.
    """
    whole = next((v for v in verdicts if v.part is None), None)
    by_part = {v.part: v for v in verdicts if v.part is not None}
    findings = [
        _doubt(index, candidate, v, p)
        for p in candidate.parts
        if (v := by_part.pop(p.name, None)) and v.flagged
    ]
    findings += [malformed("verdicts: the record has no such part", candidate.field) for _ in by_part]
    if whole is not None and whole.right is None and not whole.flagged:
        return Judgement(None, tuple(findings), whole.reason or NO_VERDICT)
    if whole is not None and whole.flagged:
        findings.insert(0, _doubt(index, candidate, whole))
    right = _lowest(candidate, verdicts)
    if right is None and not any(f.kind is FindingKind.REDUNDANT for f in findings):
        no_verdict = Verdict(candidate=index, flagged=True, reason=NO_VERDICT)
        findings.insert(0, _doubt(index, candidate, no_verdict))
    return Judgement(right, tuple(findings), bar=_bar(candidate, verdicts))


def _lowest(candidate: Candidate, verdicts: Sequence[Verdict]) -> float | None:
    """The lowest probability; None unless the whole or every part was judged."""
    rights = {v.part: v.right for v in verdicts if v.right is not None}
    parts = {part.name for part in candidate.parts}
    if None not in rights and not (parts and parts <= rights.keys()):
        return None
    return min(min(1.0, max(0.0, right)) for name, right in rights.items() if name is None or name in parts)


def _bar(candidate: Candidate, verdicts: Sequence[Verdict]) -> float | None:
    """The highest bar, since the lowest probability of whole and parts must reach it."""
    names = {None, *(part.name for part in candidate.parts)}
    return max((v.bar for v in verdicts if v.bar is not None and v.part in names), default=None)


def _doubt(index: int, candidate: Candidate, verdict: Verdict, part: Part | None = None) -> Finding:
    about = candidate if part is None else part
    score = 1.0 if verdict.right is None else min(1.0, max(0.0, 1.0 - verdict.right))
    reason, part_name = verdict.reason or _DOUBT, None if part is None else part.name
    details = (index, about.quote, about.citation, score, reason, part_name)
    return Finding(FindingKind.REDUNDANT, FindingSource.CRITIC, candidate.field, *details)
