"""One row to one valid item: numbers where text was due, percentages, a field's title for its name.

Must invent nothing: a value may stand for a missing quote, never the other way round with other words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from tasks.core.answers.keys import ITEM_KEYS, field_named, mended_keys
from tasks.core.answers.lenient import CutText, Number
from tasks.core.answers.shapes import Repair
from tasks.core.schema import FieldType, Schema

_READINGS = (FieldType.BOOLEAN, FieldType.CHOICE)
"""Their values are readings of a quote: `yes` may not be looked for in the source."""


def mend_item(row: Mapping[str, Any], schema: Schema, repairs: set[Repair]) -> dict[str, Any]:
    """The row as an item as far as it can be made one; what is still wrong is for validation to say."""
    item = mended_keys(dict(row), ITEM_KEYS)
    if item.keys() - row.keys():
        repairs.add(Repair.KEY_NAME)
    _mend_field(item, schema, repairs)
    for key in ("value", "quote"):
        _mend_text(item, key, repairs)
    if "score" in item:
        item["score"] = probability(item["score"], repairs)
    _quote_from_value(item, schema, repairs)
    return item


def _mend_field(item: dict[str, Any], schema: Schema, repairs: set[Repair]) -> None:
    name = item.get("field")
    if isinstance(name, str) and (meant := field_named(name, schema)) not in (None, name):
        item["field"] = meant
        repairs.add(Repair.FIELD_NAME)


def _mend_text(item: dict[str, Any], key: str, repairs: set[Repair]) -> None:
    value = item.get(key)
    if isinstance(value, dict):
        inner = mended_keys(cast("dict[str, Any]", value), {key: ITEM_KEYS[key]})
        if key in inner and isinstance(inner[key], str):
            repairs.add(Repair.KEY_NAME)
            item[key] = inner[key]
    elif key == "quote" and isinstance(value, int | float) and not isinstance(value, bool):
        repairs.add(Repair.NUMBER)
        item[key] = as_text(value)


def _quote_from_value(item: dict[str, Any], schema: Schema, repairs: set[Repair]) -> None:
    quote, value, name = item.get("quote"), item.get("value"), item.get("field")
    if isinstance(quote, str) and quote.strip():
        return
    if quote is not None and not isinstance(quote, str):
        return
    if (
        not isinstance(value, str)
        or not value.strip()
        or isinstance(value, CutText)
        or not isinstance(name, str)
    ):
        return
    if name in schema.field_names and schema.field(name).type not in _READINGS:
        repairs.add(Repair.QUOTE_FROM_VALUE)
        item["quote"] = value


def as_text(value: str | int | float | bool) -> str:
    """A value as it was written."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.literal if isinstance(value, Number) else str(value)


def probability(value: Any, repairs: set[Repair]) -> float | None:
    """A score as a probability: 0.9, "0.9", "90 %" and 90 are one; what is none of these is left out."""
    if value is None:
        return None
    number, is_percent = _number(value)
    if number is None or not math.isfinite(number):
        repairs.add(Repair.SCORE_DROPPED)
        return None
    if is_percent or 1.0 < number <= 100.0:
        number /= 100.0
    if not 0.0 <= number <= 1.0:
        repairs.add(Repair.SCORE_DROPPED)
        return None
    if not isinstance(value, float) or number != value:
        repairs.add(Repair.NUMBER)
    return float(number)


def _number(value: Any) -> tuple[float | None, bool]:
    if isinstance(value, bool):
        return None, False
    if isinstance(value, str):
        text = value.strip().rstrip("%％").strip()
        try:
            return float(text), text != value.strip()
        except ValueError:
            return None, False
    if isinstance(value, int | float):
        try:
            return float(value), False
        except OverflowError:
            return None, False
    return None, False
