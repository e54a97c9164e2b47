"""Revision: which chunks go again, and why the others stop.

Pure functions. A chunk's state is the list of its assessments; everything else is derived from it, so a resumed or replayed run
cannot decide differently. A round is accepted for a chunk only if the deterministic check and the critic agree that it is not
worse; else the earlier answer stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.cost.budget import cut_off
from tasks.core.loop.assessment import NO_CRITIC, Assessment
from tasks.core.records import FindingKind, FindingSource


class StopReason(StrEnum):
    CLEAN = "clean"
    """Nothing is flagged."""
    FIXED_POINT = "fixed_point"
    """The same answer as the round before."""
    CYCLE = "cycle"
    """The same answer as an earlier round."""
    MAX_ROUNDS = "max_rounds"
    BUDGET = "budget"
    """Seconds or tokens are used up: its newest round was not asked."""
    NO_CRITIC = "no_critic"
    """The run has no critic: one round, nothing verified."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one chunk after its newest assessment."""

    accepted_index: int
    """Index of the assessment that stands."""
    stop: StopReason | None
    """None: the chunk goes again with the findings of the accepted assessment."""


@dataclass(frozen=True, slots=True)
class Burden:
    """How bad an assessment is: by the deterministic check, and by the critic's own measure."""

    failed: int
    """0 answered and critiqued, 1 no critique, 2 an answer that could not be read, 3 none: compared first."""
    unfounded: int
    """Malformed items and quotes or values that are not in the source."""
    doubt: float
    """Sum of the critic's finding scores."""

    def is_not_worse_than(self, other: Burden) -> bool:
        if self.failed != other.failed:
            return self.failed < other.failed
        return self.unfounded <= other.unfounded and self.doubt <= other.doubt + 1e-9


def burden(assessment: Assessment) -> Burden:
    """Measure an assessment."""
    by_critic = [f for f in assessment.findings if f.source is FindingSource.CRITIC]
    n_unfounded = len(assessment.findings) - len(by_critic)
    return Burden(_failed(assessment), n_unfounded, sum(f.score for f in by_critic))


def _failed(assessment: Assessment) -> int:
    if assessment.generator_error:
        return 3
    if _is_unreadable(assessment):
        return 2
    return 1 if assessment.critic_error else 0


def _is_unreadable(assessment: Assessment) -> bool:
    """Nothing of the answer could be used. The critic has no item to doubt in it, so its doubts alone would rank it best."""
    return not assessment.candidates and any(
        f.kind is FindingKind.MALFORMED and f.source is FindingSource.PARSER and f.field is None
        for f in assessment.findings
    )


def accepted_index(history: Sequence[Assessment]) -> int:
    """Fold the history: each round stands only if it is not worse than what stood before."""
    standing = 0
    for index in range(1, len(history)):
        if burden(history[index]).is_not_worse_than(burden(history[standing])):
            standing = index
    return standing


def decide(history: Sequence[Assessment], max_rounds: int) -> Decision:
    """Decide over one chunk.

    Args:
        history: Its assessments, oldest first, at least one.
        max_rounds: The most rounds a chunk may have.
    """
    standing = accepted_index(history)
    return Decision(standing, _stop(history, standing, max_rounds))


def _stop(history: Sequence[Assessment], standing: int, max_rounds: int) -> StopReason | None:
    accepted, newest = history[standing], history[-1]
    if cut_off(newest.generator_error):
        return StopReason.BUDGET
    if accepted.critic_error == NO_CRITIC and not accepted.generator_error:
        return StopReason.NO_CRITIC
    if not accepted.findings and not accepted.critic_error:
        return StopReason.CLEAN
    repeated = _repeats(newest, history[:-1])
    if repeated is not None:
        return repeated
    return StopReason.MAX_ROUNDS if len(history) >= max_rounds else None


def _repeats(newest: Assessment, earlier: Sequence[Assessment]) -> StopReason | None:
    """An answer seen before brings nothing new; a failure to answer is no answer and may be tried again."""
    if newest.generator_error or newest.critic_error:
        return None
    keys = [a.answer_key for a in earlier if not a.generator_error and not a.critic_error]
    if keys and keys[-1] == newest.answer_key:
        return StopReason.FIXED_POINT
    return StopReason.CYCLE if newest.answer_key in keys else None
