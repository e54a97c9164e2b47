"""The questions of a run as they are stored: each with what its answer is expected to gain. Pure.

Everything follows from the answers and results of the run, so that runs which were done before there
was a review get their questions as well.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Citation, Extraction, ExtractionStatus, FieldName, ModelAnswer
from tasks.core.review.decided import Experience
from tasks.core.review.questions import Question, QuestionKind, questions_of_run
from tasks.core.review.records import ItemKind
from tasks.core.review.run_queue import RunQueue
from tasks.core.review.worth import packaged_worth

MAX_ITEMS = 200
"""Of one run, those worth most: nobody answers more about one document, and a bad run must not fill
the queue."""
_REASONS = {
    ExtractionStatus.VERIFIED: "nearly_wrong",
    ExtractionStatus.UNSETTLED: "doubtful",
    ExtractionStatus.REJECTED: "nearly_right",
}
_OVERLOOKED = "overlooked"


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """A question that is not stored yet."""

    kind: ItemKind
    field: FieldName
    chunk_index: int
    extraction_index: int | None
    """Of a value: its place in the run's extractions."""
    citation: Citation | None
    """Of a passage: its words; a value has its own citation."""
    score: float | None
    worth: float
    """Expected gain of an answer, before experience."""
    reason: str
    """A code: `doubtful`, `nearly_right`, `nearly_wrong` or `overlooked`."""
    others: tuple[int, ...] = ()
    """Of a value: further ones that the question shows, by their places in the extractions."""
    question: Question | None = None
    """What the worth follows from; None: it stays as it is."""

    def without(self, decided: Container[int]) -> ItemDraft | None:
        """What is left to ask if a person has decided some of the values; None: nothing."""
        if self.extraction_index is None:
            return self
        left = [i for i in (self.extraction_index, *self.others) if i not in decided]
        return replace(self, extraction_index=left[0], others=tuple(left[1:])) if left else None


def items_of_run(
    run_input: RunInput,
    histories: Mapping[int, Sequence[Assessment]],
    extractions: Sequence[Extraction],
    critiques: Iterable[ModelAnswer],
) -> tuple[ItemDraft, ...]:
    """The questions of a run, at most `MAX_ITEMS`, the most worthy first.

    Args:
        histories: Assessments by chunk index, oldest first.
        extractions: The run's results, in the order in which they are stored.
        critiques: The critic's answers of round 1.
    """
    questions = questions_of_run(run_input, histories, extractions, critiques)
    worths = RunQueue(questions, packaged_worth(), Experience()).open
    first = sorted(worths, key=lambda index: -worths[index])[:MAX_ITEMS]
    return tuple(_draft(questions[index], worths[index], extractions) for index in first)


def _draft(question: Question, worth: float, extractions: Sequence[Extraction]) -> ItemDraft:
    if question.kind is QuestionKind.PASSAGE:
        chance = min(1.0, max(0.0, question.signals[1]))
        place = question.places[0]
        head = (ItemKind.PASSAGE, question.field, question.chunk_index, None, place, chance)
        return ItemDraft(*head, worth, _OVERLOOKED, (), question)
    # The likeliest one is shown, so that one key says that it is right.
    shown, *others = sorted(question.extractions, key=lambda index: -_likeliness(extractions[index]))
    value = extractions[shown]
    head = (ItemKind.VALUE, value.field, value.chunk_index, shown, None, value.score)
    return ItemDraft(*head, worth, _REASONS[value.status], tuple(others), question)


def _likeliness(value: Extraction) -> float:
    return -1.0 if value.score is None else value.score
