"""What a person entered at a question: as a decision for the store, and back again as fields of the form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from infra.web.forms import SentForm
from infra.web.review.data import ReviewData
from infra.web.review.item_view import FurtherWords, TypedForm
from infra.web.sign_in.sessions import Visitor
from tasks.core.errors import CountersignError
from tasks.core.review.records import (
    MAX_ALSO,
    MAX_REASON_CHARS,
    ItemKind,
    NewDecision,
    ReviewDecision,
    ReviewItem,
    StoredDecision,
)
from tasks.core.schema import FieldType

_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
Spans = tuple[tuple[int, int], ...]
_READ_IN_WORDS = (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION)
"""Types whose values have a normal form unless the wrong words were selected, or they leave it open."""


def missing_form(data: ReviewData, visitor: Visitor, item_id: int, review_id: int) -> str:
    """What the next page says of a correction whose words have no normal form; empty: nothing."""
    scope = visitor.reviewer.scope
    history = data.history(item_id, scope)
    said = [one for one in history if one.review_id == review_id or _is_named_by(one, review_id, history)]
    if all(one.decision is not ReviewDecision.CORRECTED or one.normal is not None for one in said):
        return ""
    field_type = data.field_type(data.item(item_id, scope))
    return f"no_{field_type.value}" if field_type in _READ_IN_WORDS else ""


def decision_of(
    data: ReviewData, visitor: Visitor, item_id: int, action: str, form: SentForm
) -> NewDecision | None:
    """What the form decides; None: nothing that can be decided."""
    reason = form.text("reason", MAX_REASON_CHARS)
    item = data.item(item_id, visitor.reviewer.scope)
    seen = form.number("seen") or 0
    also = [_spans(data, item, *ends) for ends in further(form)]
    if not all(also):
        return None
    if action != "corrected":
        also = [spans for spans in also if spans != item.spans]
    if action == "marked" and item.kind is ItemKind.PASSAGE:
        return NewDecision(item_id, seen, ReviewDecision.CORRECTED, item.spans, reason, tuple(also))
    if action == "corrected":
        # Without a selection the words that were kept first are the right ones.
        right = list(dict.fromkeys([*_selection(data, item, form), *also]))
        first, *others = right or [()]
        new = NewDecision(item_id, seen, ReviewDecision.CORRECTED, first, reason, tuple(others))
        return new if first else None
    if action not in _offered(item):
        return None
    return NewDecision(item_id, seen, ReviewDecision(action), (), reason, tuple(also))


def _offered(item: ReviewItem) -> set[str]:
    """The decisions over an item that need no words."""
    offered = {ReviewDecision.REJECTED, ReviewDecision.NOT_IN_DOCUMENT}
    offered |= {ReviewDecision.ACCEPTED} if item.kind is ItemKind.VALUE else set()
    offered |= {ReviewDecision.GOLD_WRONG} if item.has_gold else set()
    return {decision.value for decision in offered}


def _selection(data: ReviewData, item: ReviewItem, form: SentForm) -> list[Spans]:
    """What is selected: one place, without words if there are none there; empty: nothing."""
    start, end = form.number("start"), form.number("end")
    return [] if start is None or end is None else [_spans(data, item, start, end)]


def further(form: SentForm) -> list[tuple[int, int]]:
    """The first and the last character of what was selected as further values, each once."""
    ranges = (_RANGE.fullmatch(one) for one in form.get("also", "").split())
    found = dict.fromkeys((int(one[1]), int(one[2])) for one in ranges if one)
    return list(found)[: MAX_ALSO + 1]


def _spans(data: ReviewData, item: ReviewItem, start: int, end: int) -> Spans:
    return tuple((span.start, span.end) for span in data.selected(item, start, end))


def _is_named_by(one: StoredDecision, review_id: int, history: Sequence[StoredDecision]) -> bool:
    """Whether it is a further value of a decision."""
    head = next((other for other in history if other.review_id == review_id), None)
    return head is not None and one.asked_with == head.item_id is not None and one.at == head.at


def entered(decision: StoredDecision, history: Sequence[StoredDecision]) -> dict[str, str]:
    """What a person had entered for a decision, as fields of the form."""
    named = [one for one in history if _is_named_by(one, decision.review_id, history) and one.spans]
    also = " ".join(
        f"{one.spans[0][0]}-{one.spans[-1][1]}"
        for one in named
        if one.decision is not ReviewDecision.WITHDRAWN
    )
    fields = {"reason": decision.reason} | ({"also": also} if also else {})
    if decision.decision is ReviewDecision.CORRECTED and decision.spans:
        fields |= {"start": str(decision.spans[0][0]), "end": str(decision.spans[-1][1])}
    return fields


def typed_form(data: ReviewData, visitor: Visitor, item_id: int, form: SentForm) -> TypedForm:
    start, end = form.number("start"), form.number("end")

    def words_in(start: int, end: int) -> str:
        try:
            item = data.item(item_id, visitor.reviewer.scope)
            return data.words_of(item, data.selected(item, start, end))
        except CountersignError:
            return ""

    words = "" if start is None or end is None else words_in(start, end)
    also = tuple(FurtherWords(*ends, words_in(*ends)) for ends in further(form))
    return TypedForm(form.get("reason", "")[:MAX_REASON_CHARS], start, end, words, also)
