"""What PostgreSQL can hold of Python's text and JSON.

A text column holds every code point but U+0000 and lone surrogates. A document or a model may write them, so they are replaced
one for one: every offset keeps its meaning.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """U+0000 becomes its picture U+2400, a lone surrogate the replacement character U+FFFD."""
    return _SURROGATE.sub("\ufffd", text.replace("\0", "\u2400"))


def as_json(value: Any) -> str:
    """JSON for a jsonb column.

    Raises:
        ValueError: a number is not finite: JSON has no word for it.
    """
    return json.dumps(_storable_tree(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _storable_tree(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_tree(item) for item in value]
    return value
