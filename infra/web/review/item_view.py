"""One item as its page shows it: what is asked, the buttons, and the document's words as data for the script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.web.sign_in.sessions import Visitor
from infra.web.words import WordList
from tasks.core.evidence.questions import ReviewQuestion
from tasks.core.review.records import (
    ItemKind,
    ReviewDecision,
    ReviewItem,
    StoredDecision,
)
from tasks.sheets import WordSheet

MAX_QUICK_CHARS = 600
"""A marked passage that is longer is hardly the value itself."""
_SURE = ((0.9, "very_likely"), (0.7, "likely"), (0.4, "open"), (0.15, "unlikely"), (0.0, "very_unlikely"))
"""From which probability on a word holds."""


@dataclass(frozen=True, slots=True)
class ReviewButton:
    """A decision that can be taken with one key."""

    action: str
    key: str
    label: str
    hint: str = ""
    needs_words: bool = False
    """Only with words selected."""
    kind: str = ""
    """main: what is usual; quiet: it decides nothing."""


@dataclass(frozen=True, slots=True)
class FurtherWords:
    """What was selected as a further value: from a first to a last word."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What a person had entered: shown again, never lost."""

    reason: str = ""
    start: int | None = None
    end: int | None = None
    words: str = ""
    also: tuple[FurtherWords, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemView:
    """What the template shows."""

    item: ReviewItem
    question: ReviewQuestion
    asked: str
    """In one sentence."""
    why: str
    """Why it is asked."""
    sure: str
    """The probability in words; empty: there is none."""
    buttons: tuple[ReviewButton, ...]
    """Empty: the person may not decide, or there is nothing to decide."""
    state: str
    """A name in the table `item` of the words: open, claimed, decided, closed or looking."""
    history: Sequence[StoredDecision]
    withdrawable: frozenset[int]
    """Decisions that the person may take back."""
    newer_runs: Sequence[str] = ()
    """Later runs of the document and schema, the one that stands first; empty: the item's run stands."""
    typed: TypedForm = field(default_factory=TypedForm)


def item_view(
    item: ReviewItem,
    question: ReviewQuestion,
    history: Sequence[StoredDecision],
    visitor: Visitor,
    words: WordList,
    typed: TypedForm | None = None,
    newer_runs: Sequence[str] = (),
) -> ItemView:
    """The view of a person on an item, as it is now. Of a run that was replaced, it can only be read."""
    name, role = visitor.reviewer.name, visitor.reviewer.role
    state = "closed" if newer_runs else _state(item, name, role.may_decide)
    asked = words(f"ask.{item.kind.value}", title=question.title)
    withdrawn = {one.withdraws for one in history if one.withdraws is not None}
    own = frozenset(
        one.review_id
        for one in history
        if one.decision is not ReviewDecision.WITHDRAWN
        and one.review_id not in withdrawn
        and (one.reviewer == name or role.may_administer)
        and role.may_decide
        and one.run_id == item.run_id
        and one.asked_with != item.item_id  # it is taken back with the decision that named it
        and not newer_runs
    )
    return ItemView(
        item,
        question,
        asked,
        words.named("why", item.reason, item.reason.replace("_", " ")),
        _sure(item, words),
        tuple(_buttons(item, words)) if state == "open" else (),
        state,
        history,
        own,
        newer_runs,
        typed or TypedForm(),
    )


def decided_where(view: ItemView, one: StoredDecision) -> str:
    """Over which other run a decision was made: a name in the table `item` of the words; empty: over this one."""
    if one.run_id == view.item.run_id:
        return ""
    if one.run_id in view.newer_runs:
        return "newer_run" if one.carried_from is None else "carried_over"
    return "earlier_run"


def _state(item: ReviewItem, name: str, may_decide: bool) -> str:
    if not item.is_open:
        return "decided" if item.decision else "closed"
    if item.claimed_by not in (None, name):
        return "claimed"
    return "open" if may_decide else "looking"


def _sure(item: ReviewItem, words: WordList) -> str:
    if item.score is None:
        return ""
    word = next(word for least, word in _SURE if item.score >= least or word == _SURE[-1][1])
    table = "overlooked" if item.kind is ItemKind.PASSAGE else "right"
    return words(f"{table}.{word}", percent=round(100 * item.score))


def _buttons(item: ReviewItem, words: WordList) -> list[ReviewButton]:
    is_value = item.kind is ItemKind.VALUE
    is_short = bool(item.spans) and len(item.quote) <= MAX_QUICK_CHARS
    found: list[ReviewButton] = []

    def add(action: str, key: str, label: str, **more: Any) -> None:
        hint = words.named("hint", label, "")
        found.append(ReviewButton(action, key, words(f"button.{label}"), hint, **more))

    if is_value:
        add("accepted", "r", "right", kind="main")
    elif item.kind is ItemKind.PASSAGE and is_short:
        add("marked", "r", "marked", kind="main")
    add("rejected", "w", "wrong" if is_value else "nothing_here", kind="main")
    add("corrected", "c", "corrected" if is_value else "these_words", needs_words=True, kind="main")
    add("not_in_document", "n", "not_in_document")
    if item.has_gold:
        add("gold_wrong", "g", "gold_wrong")
    return found


def sheet_data(sheet: WordSheet, n_parts: int, picture: str, words: WordList) -> Mapping[str, Any]:
    """A part for the script. Offsets are code points of the document text; boxes are shares of the picture."""
    part, text = sheet.text.part, sheet.text
    return {
        "number": part.number,
        "of": n_parts,
        "start": part.start,
        "text": text.text,
        "lines": [[line.start, line.end, line.tag, line.heading_level] for line in text.lines],
        "words": [[word.start, word.end] for word in text.words],
        "boxes": [
            [index, box.left, box.top, box.right, box.bottom]
            for index, word in enumerate(text.words)
            for box in sheet.boxes.get(word, ())
        ],
        "picture": picture if sheet.picture else "",
        "width": sheet.picture.width_px if sheet.picture else 0,
        "height": sheet.picture.height_px if sheet.picture else 0,
        "reason": words.named("no_picture", sheet.reason, words("no_picture.other")) if sheet.reason else "",
    }
