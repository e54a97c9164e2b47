"""What a person is asked about a run: the doubtful first, nothing that is sure, and never too much."""

import json
from dataclasses import replace

import pytest

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Extraction, ExtractionStatus, ModelAnswer, Stage
from tasks.core.review.items import MAX_ITEMS, ItemDraft, items_of_run
from tasks.core.review.records import ItemKind
from tests.db import samples

RUN = RunInput(samples.reading(), samples.chunks(), samples.SCHEMA)
VERIFIED = samples.extractions()[0]


def value(status: ExtractionStatus, score: float | None) -> Extraction:
    return replace(VERIFIED, status=status, score=score, reason="")


def critique(raw: str, chunk_index: int = 0, error: str | None = None) -> ModelAnswer:
    return ModelAnswer(chunk_index, 1, Stage.CRITIQUE, raw, "critic/1", 1.0, error=error)


def asked(*values: Extraction, critiques: tuple[ModelAnswer, ...] = ()) -> tuple[ItemDraft, ...]:
    return items_of_run(RUN, {}, values, critiques)


@pytest.mark.parametrize(
    ("status", "score", "reason", "worth"),
    [
        (ExtractionStatus.UNSETTLED, 0.4, "doubtful", 0.4),
        (ExtractionStatus.UNSETTLED, None, "doubtful", 0.3),
        (ExtractionStatus.VERIFIED, 0.6, "nearly_wrong", 0.4),
        (ExtractionStatus.REJECTED, 0.45, "nearly_right", 0.45),
    ],
)
def test_value_in_doubt_is_asked_about(
    status: ExtractionStatus, score: float | None, reason: str, worth: float
):
    (item,) = asked(value(status, score))
    assert (item.kind, item.extraction_index, item.reason, item.score) == (ItemKind.VALUE, 0, reason, score)
    assert item.worth == pytest.approx(worth)


@pytest.mark.parametrize(
    "sure",
    [
        value(ExtractionStatus.VERIFIED, 0.99),
        value(ExtractionStatus.REJECTED, 0.01),
        replace(value(ExtractionStatus.REJECTED, 0.5), citation=None),
    ],
)
def test_sure_value_and_one_without_a_place_is_not_asked_about(sure: Extraction):
    assert asked(sure) == ()


def test_overlooked_field_of_a_chunk_is_asked_with_the_chunks_own_words():
    (item,) = asked(critiques=(critique('{"overlooked": {"yield": 0.7, "unknown": 0.9}}'),))
    assert (item.kind, item.field, item.chunk_index, item.worth) == (ItemKind.PASSAGE, "yield", 0, 0.7)
    assert item.citation is not None
    assert [(s.start, s.end) for s in item.citation.spans] == [(0, len(samples.BODY))]


@pytest.mark.parametrize(
    "answer",
    [
        critique("no json"),
        critique("[]"),
        critique('{"overlooked": [1]}'),
        critique('{"overlooked": {"yield": "much"}}'),
        critique('{"overlooked": {"yield": NaN}}'),
        critique('{"overlooked": {"yield": 0.9}}', error="model_timed_out"),
        critique('{"overlooked": {"yield": 0.9}}', chunk_index=9),
    ],
)
def test_critique_that_says_nothing_of_use_asks_nothing(answer: ModelAnswer):
    assert asked(critiques=(answer,)) == ()


def test_most_worthy_come_first_and_a_bad_run_does_not_fill_the_queue():
    values = [value(ExtractionStatus.UNSETTLED, n / 1000) for n in range(900)]
    items = asked(*values)
    assert len(items) == MAX_ITEMS
    worths = [item.worth for item in items]
    assert worths == sorted(worths, reverse=True)
    assert worths[0] == max(v.score or 0 for v in values)


def test_chance_beyond_one_is_one():
    raw = json.dumps({"overlooked": {"yield": 7}})
    assert asked(critiques=(critique(raw),))[0].worth == 1.0
