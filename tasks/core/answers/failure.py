"""Why an answer has no items: it is empty, a refusal, an error, or text without JSON.

The reasons are stored and compared by replays. They never quote the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from tasks.core.answers.json_blocks import Blocks
from tasks.core.text.repetition import outgrows_its_field, repeats_at_end

NO_ANSWER = "no answer:"
"""Begins the reason of a call that failed; its error code follows."""
CUT_OFF = "the answer is cut off: what came after the last complete item is not known"
MIXED = "an item runs into another one: which quote belongs to which field is not certain"
REPEATED = "the answer repeated itself and was cut: what came after the last complete item is not known"
OUTGROWN = "a value grew much longer than its quote, and the answer was cut there: what came after the last complete item is not known"
CUTS = frozenset({CUT_OFF, REPEATED, OUTGROWN})
"""The items before the cut are whole."""
UNREADABLE = "part of the answer cannot be read"
EMPTY = "the answer is empty"
THINKING = "the answer ends before the model had done thinking"
REFUSED = "the model refuses to answer"
NO_JSON = "the answer holds no JSON object"
NO_ITEMS = "the answer has no list `items`"
WHITE_SPACE = "the answer is nothing but white space"
_REFUSAL = re.compile(
    r"\b(?:I(?:'m| am|’m) (?:sorry|unable|not able)|I (?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|will not|must decline)|as an AI)\b"
    r"|抱歉|对不起|无法(?:提供|帮助|协助|回答|完成|处理)|不能(?:提供|帮助|协助|回答)|作为(?:一个)?(?:AI|人工智能)",
    re.IGNORECASE,
)


def reason_of_nothing(blocks: Blocks, raw: str) -> str:
    """The reason for an answer without items."""
    if not raw.strip():
        return WHITE_SPACE if len(raw) > 1 else EMPTY
    if blocks.still_thinking:
        return THINKING
    if any(isinstance(v, dict) for v in blocks.values):
        return NO_ITEMS
    return REFUSED if _REFUSAL.search(blocks.prose) else NO_JSON


def reason_of_cut(raw: str) -> str:
    """Why an answer ends before its last item is complete."""
    if repeats_at_end(raw):
        return REPEATED
    return OUTGROWN if outgrows_its_field(raw) else CUT_OFF


def error_reason(values: Iterable[Any]) -> str | None:
    """The reason for an answer that is an error of the model; None for other answers."""
    for value in values:
        if isinstance(value, dict) and "error" in value:
            error = cast("dict[str, Any]", value)["error"]
            code = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
            known = isinstance(code, str) and re.fullmatch(r"[\w.-]{1,40}", code)
            return f"the model answered with the error `{code if known else 'unknown'}`"
    return None
