"""What a person is asked about a run: its values in doubt, and passages that may hold another one. Pure.

Everything follows from the answers and results of the run, so that runs which were done before there
was a review get their questions as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from tasks.core.grounding.quotes import passage_citation
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Chunk, Citation, Extraction, ExtractionStatus, FieldName, ModelAnswer
from tasks.core.review.records import ItemKind

MAX_ITEMS = 200
"""Of one run, those worth most: nobody answers more about one document, and a bad run must not fill
the queue."""
_LEAST_WORTH = 0.02
_SURE, _HOPELESS = 0.97, 0.1
"""A verified value above the one and a rejected one below the other are not asked about."""
_UNKNOWN = 0.3
"""P(right) of a value without a score: about what unsettled values have on training contracts."""


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
    reason: str
    """A code: `doubtful`, `nearly_right`, `nearly_wrong` or `overlooked`."""


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
    del histories
    drafts = [*_values(extractions), *_passages(run_input, critiques)]
    worthy = (draft for draft in drafts if draft.worth >= _LEAST_WORTH)
    return tuple(sorted(worthy, key=lambda draft: -draft.worth)[:MAX_ITEMS])


def _values(extractions: Sequence[Extraction]) -> Iterator[ItemDraft]:
    """Worth is the probability that the answer changes the results."""
    for index, value in enumerate(extractions):
        if value.citation is None:
            continue  # nothing can be shown
        right = _UNKNOWN if value.score is None else value.score
        if value.status is ExtractionStatus.VERIFIED:
            reason, worth = "nearly_wrong", 0.0 if right > _SURE else 1.0 - right
        elif value.status is ExtractionStatus.UNSETTLED:
            reason, worth = "doubtful", right
        else:
            reason, worth = "nearly_right", 0.0 if right < _HOPELESS else right
        yield ItemDraft(
            ItemKind.VALUE, value.field, value.chunk_index, index, None, value.score, worth, reason
        )


def _passages(run_input: RunInput, critiques: Iterable[ModelAnswer]) -> Iterator[ItemDraft]:
    """The own words of each chunk in which the critic believes that something was overlooked."""
    chunks = {chunk.chunk_index: chunk for chunk in run_input.chunks}
    for answer in critiques:
        chunk = chunks.get(answer.chunk_index)
        if answer.error or chunk is None:
            continue
        for name, chance in _overlooked(answer.raw).items():
            if name in run_input.schema.field_names:
                place = _own_words(chunk, run_input)
                details = (None, place, chance, chance, "overlooked")
                yield ItemDraft(ItemKind.PASSAGE, FieldName(name), chunk.chunk_index, *details)


def _own_words(chunk: Chunk, run_input: RunInput) -> Citation:
    passage = chunk.passages[0]
    return passage_citation(passage, 0, len(passage.text), run_input.reading.pages)


def _overlooked(raw: str) -> dict[str, float]:
    """By field, how likely the draft lacks something; a critic may leave it out."""
    try:
        body: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    row = cast("dict[str, Any]", body).get("overlooked") if isinstance(body, dict) else None
    chances = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    return {
        name: min(1.0, max(0.0, float(chance)))
        for name, chance in chances.items()
        if isinstance(chance, int | float) and chance == chance
    }
