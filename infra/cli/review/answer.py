"""What a person answers to a question of the queue, at the command line or in a row of a sheet, in the store's terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.cli.review.words import WordsNotFound, as_range, find_words
from tasks.core.review.records import (
    MAX_REASON_CHARS,
    ItemKind,
    NewDecision,
    PassagePage,
    ReviewDecision,
    ReviewItem,
)
from tasks.core.schema import FieldType

DECISIONS = {
    "right": ReviewDecision.ACCEPTED,
    "wrong": ReviewDecision.REJECTED,
    "corrected": ReviewDecision.CORRECTED,
    "not in document": ReviewDecision.NOT_IN_DOCUMENT,
    "gold wrong": ReviewDecision.GOLD_WRONG,
}
"""By the words that a person uses; blanks, hyphens and case do not count."""
WORDS_OF = {decision: words for words, decision in DECISIONS.items()} | {
    ReviewDecision.WITHDRAWN: "withdrawn"
}

QUESTIONS = {
    "doubtful": "in doubt: is it right?",
    "nearly_right": "dropped, though nearly right: is it right?",
    "nearly_wrong": "kept, though nearly wrong: is it right?",
    "overlooked": "was something overlooked here?",
    "carried": "carried over, and withdrawn: is it right?",
    "lost": "decided before: where does it stand now?",
    "added": "named beside another question",
}
"""By the reason for which it is asked."""


_CALLED_TYPES = {
    FieldType.DATE: "date",
    FieldType.MONEY: "amount of money",
    FieldType.NUMBER: "number",
    FieldType.DURATION: "length of time",
    FieldType.BOOLEAN: "yes or no",
}


class NotUnderstood(Exception):
    """The answer does not fit the question. The message is for the person, and may hold contract text."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    decision: str
    words: str = ""
    """As they stand on the page."""
    range_: str = ""
    """Or START-END of the document text."""
    reason: str = ""
    offered: Sequence[str] = tuple(DECISIONS)
    """The decisions as they are written there."""
    also: Sequence[str] = ()
    """Words of further values, each as they stand on the page."""


def warning_of(missing: FieldType | None) -> str:
    """For a person whose right words do not say what the field holds.

    Args:
        missing: As `type_without_form` gives it.
    """
    if missing is None:
        return ""
    return f"no {_CALLED_TYPES.get(missing, missing.value)} can be read in these words; stored without a normal form"


def question_of(item: ReviewItem) -> str:
    return QUESTIONS.get(item.reason, item.reason.replace("_", " "))


def decision_called(words: str, offered: Sequence[str]) -> ReviewDecision:
    """
    Raises:
        NotUnderstood: there is no such decision.
    """
    plain = re.sub(r"[\s_-]+", " ", words).strip().casefold()
    if plain in DECISIONS:
        return DECISIONS[plain]
    raise NotUnderstood(f"`{words.strip()[:40]}` is no decision: write {', '.join(offered)}")


def understood(answer: GivenAnswer, item: ReviewItem, seen: int, pages: Sequence[PassagePage]) -> NewDecision:
    """The decision to be stored.

    Args:
        pages: The text around the question, in which the words are searched.

    Raises:
        NotUnderstood: it is no answer to this question, or its words are not found.
    """
    if len(reason := answer.reason.strip()) > MAX_REASON_CHARS:
        raise NotUnderstood(f"the reason has {len(reason):,} characters, and may have {MAX_REASON_CHARS:,}")
    decision, has_words = (
        decision_called(answer.decision, answer.offered),
        bool(answer.words.strip() or answer.range_.strip()),
    )
    if decision is ReviewDecision.ACCEPTED and item.kind is not ItemKind.VALUE:
        decision = ReviewDecision.CORRECTED  # the words that are right there
    if decision is ReviewDecision.CORRECTED and not has_words:
        raise NotUnderstood("the right words are missing; copy them from the page")
    if decision is not ReviewDecision.CORRECTED and has_words:
        raise NotUnderstood(f"right words belong to `corrected`, not to `{WORDS_OF[decision]}`")
    if decision is ReviewDecision.GOLD_WRONG and item.kind is not ItemKind.VALUE:
        raise NotUnderstood("`gold wrong` is said of a value, and this question is about a passage")
    if answer.also and decision not in (ReviewDecision.ACCEPTED, ReviewDecision.CORRECTED):
        raise NotUnderstood(f"further values belong to `right` or `corrected`, not to `{WORDS_OF[decision]}`")
    spans = ()
    try:
        also = tuple((find_words(words, pages, item.spans),) for words in answer.also)
        if decision is ReviewDecision.CORRECTED:
            spans = (
                as_range(answer.range_) if answer.range_ else find_words(answer.words, pages, item.spans),
            )
    except WordsNotFound as error:
        raise NotUnderstood(str(error)) from None
    if item.kind is ItemKind.VALUE and spans and spans == item.spans:
        decision, spans = ReviewDecision.ACCEPTED, ()  # as the store takes it
    return NewDecision(item.item_id, seen, decision, spans, reason, also)
