"""Revision: which chunks are revised, and why the others stop.

Pure: everything follows from a chunk's assessments, so a resumed or replayed run decides the same.
A round's answer is accepted only if neither the deterministic check nor the critic finds it worse
than the answer accepted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.answers.failure import NO_ANSWER
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
    """Seconds or tokens were used up before its newest round."""
    NO_CRITIC = "no_critic"
    """The run has no critic: one round, nothing verified."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a chunk after its newest assessment."""

    accepted_index: int
    """Index of the accepted assessment."""
    stop: StopReason | None
    """None: the chunk is revised with the findings of the accepted assessment."""


@dataclass(frozen=True, slots=True)
class Burden:
    """How bad an assessment is, by the deterministic check and by the critic."""

    failed: int
    """0 answered and critiqued, 1 no critique, 2 unreadable answer, 3 no answer. Compared first."""
    unfounded: int
    """Malformed items, and quotes or values that are not in the source."""
    doubt: float
    """Sum of the critic's finding scores."""

    def is_not_worse_than(self, other: Burden) -> bool:
        if self.failed != other.failed:
            return self.failed < other.failed
        return self.unfounded <= other.unfounded and self.doubt <= other.doubt + 1e-9


def burden(assessment: Assessment) -> Burden:
    """Count what is wrong with an assessment, to compare it with another."""
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
    # The critic has nothing to doubt in an unreadable answer: by doubts alone it would rank best.
    return not assessment.candidates and any(
        f.kind is FindingKind.MALFORMED and f.source is FindingSource.PARSER and f.field is None
        for f in assessment.findings
    )


def accepted_index(history: Sequence[Assessment]) -> int:
    """Index of the accepted assessment: each round replaces it if it is not worse."""
    accepted = 0
    for index in range(1, len(history)):
        if burden(history[index]).is_not_worse_than(burden(history[accepted])):
            accepted = index
    return accepted


def was_refused(history: Sequence[Assessment]) -> bool:
    """Whether the newest answer is complete and was not accepted: asked the same again, a model that
    decodes greedily says the same again."""
    standing = accepted_index(history)
    if standing >= len(history) - 1:
        return False
    accepted, newest = history[standing], history[-1]
    # What could not be read of the accepted answer is not in a copy of it.
    if any(f.kind is FindingKind.MALFORMED and f.source is FindingSource.PARSER for f in accepted.findings):
        return False
    is_whole = not newest.generator_error and not newest.critic_error
    return is_whole and not any(f.reason.startswith(NO_ANSWER) for f in newest.findings)


def decide(history: Sequence[Assessment], max_rounds: int) -> Decision:
    """Decide whether a chunk is revised.

    Args:
        history: Its assessments, oldest first, at least one.
        max_rounds: The most rounds a chunk may have.
    """
    index = accepted_index(history)
    return Decision(index, _stop(history, history[index], max_rounds))


def _stop(history: Sequence[Assessment], accepted: Assessment, max_rounds: int) -> StopReason | None:
    newest = history[-1]
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
    """Whether the newest answer was seen before. A failure is no answer: it may be tried again."""
    if newest.generator_error or newest.critic_error:
        return None
    keys = [a.answer_key for a in earlier if not a.generator_error and not a.critic_error]
    if keys and keys[-1] == newest.answer_key:
        return StopReason.FIXED_POINT
    return StopReason.CYCLE if newest.answer_key in keys else None
