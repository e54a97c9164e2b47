"""What PostgreSQL can hold of Python's text and JSON.

A text column holds every code point but U+0000 and lone surrogates. A document or a model may write them, so they are replaced
one for one: every offset keeps its meaning.
"""

from __future__ import annotations

import json
from typing import Any

from tasks.core.storable import storable

__all__ = ["as_json", "storable"]


def as_json(value: Any) -> str:
    """JSON for a jsonb column.

    Raises:
        ValueError: a number is not finite: JSON has no word for it.
    """
    text = _dump(value)
    # Rare, and to look into every value costs more than to write them all.
    needs_care = "\\u0000" in text or text != storable(text)
    return _dump(_storable_tree(value)) if needs_care else text


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _storable_tree(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_tree(item) for item in value]
    return value
