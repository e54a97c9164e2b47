"""Yes and no. Whether a sentence permits or forbids ("shall not") is a reading, and none of this module's business."""

from __future__ import annotations

from tasks.core.folding import fold
from tasks.core.schema import Asked

_YES, _NO = frozenset({"true", "yes", "是"}), frozenset({"false", "no", "否"})


def boolean_form(_: Asked, value: str) -> str | None:
    word = fold(value).text.casefold().rstrip(".。")
    if word in _YES:
        return "true"
    return "false" if word in _NO else None
