"""The filter of the queue, as an address carries it from page to page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.web.parameters import BadParameter, plain_text, whole_number
from infra.web.review.data import Cursor
from tasks.core.review.records import ItemKind, QueueFilter

MAX_AGE_DAYS = 3660
REASONS = ("doubtful", "nearly_right", "nearly_wrong", "overlooked", "lost")
"""Offered in the form; an item may have another one."""
TEXTS = {
    "schema": "schema_name",
    "field": "field",
    "document": "document",
    "backfill": "backfill",
    "batch": "batch",
    "reason": "reason",
}
"""As an address calls them, and as the store does."""


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """What of the queue is wanted."""

    wanted: QueueFilter
    given: Mapping[str, str]
    """The parameters that were given, for links and forms."""
    after: Cursor | None = None


def queue_query(query: Mapping[str, str]) -> QueueQuery:
    """
    Raises:
        BadParameter: a value is too long, no number, or not known.
    """
    texts = {name: plain_text(name, query.get(name, "").strip()) for name in TEXTS}
    kind = plain_text("kind", query.get("kind", "").strip())
    age = query.get("age", "").strip()
    if kind and kind not in list(ItemKind):
        raise BadParameter("kind", "not_known")
    wanted = QueueFilter(
        **{store: texts[name] or None for name, store in TEXTS.items()},
        older_than_days=whole_number("age", age, 1, MAX_AGE_DAYS) if age else None,
        kind=ItemKind(kind) if kind else None,
    )
    given = {name: value for name, value in {**texts, "kind": kind, "age": age}.items() if value}
    return QueueQuery(wanted, given, _cursor(query.get("after", "")))


def cursor_text(cursor: Cursor) -> str:
    """A place in the queue, for an address."""
    return f"{cursor[0]!r},{cursor[1]}"


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    worth, _, item_id = text.partition(",")
    try:
        found = float(worth[:40]), int(item_id[:18])
    except ValueError:
        raise BadParameter("after", "not_known") from None
    if found[0] != found[0] or abs(found[0]) == float("inf") or found[1] < 0:
        raise BadParameter("after", "not_known")
    return found
