"""Repair one row of an answer into a valid item: keys, names, types. Invents no value and no quote.

Broken JSON is repaired before that, in `lenient_json.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tasks.core.answers.aliases import ITEM_KEYS, PART_KEYS, closest_name, plain_name, repaired_keys
from tasks.core.answers.loose_values import CutText, Number
from tasks.core.answers.models import Repair, Scalar
from tasks.core.schema import FieldSpec, FieldType, Schema, SchemaField
from tasks.core.values.forms import list_value

_PART_NAMES = {
    "name": ("part", "role", "key", "label", "名称", "角色"),
    "value": ITEM_KEYS["value"],
    "quote": ITEM_KEYS["quote"],
}
_PART_KEYS = frozenset(_PART_NAMES)

# Types whose values are not words of the quote: `yes` must not be searched in the source.
_INTERPRETED = (FieldType.BOOLEAN, FieldType.CHOICE)


def repair_item(row: Mapping[str, Any], schema: Schema, repairs: set[Repair]) -> dict[str, Any]:
    """The row as an item; validation reports the errors that remain."""
    item = _with_known_keys(row, ITEM_KEYS, repairs)
    _repair_name(item, "field", schema.fields, repairs)
    name = item.get("field")
    field = schema.field(name) if isinstance(name, str) and name in schema.field_names else None
    if field is not None and field.type is FieldType.RECORD:
        item["parts"] = _parts_of(row, item, field, repairs)
        item.pop("value", None)
    elif "parts" in row and row["parts"] not in (None, [], {}):
        item["parts"] = row["parts"]
    for key in ("value", "quote"):
        _repair_text(item, key, repairs)
    if "score" in item:
        item["score"] = probability(item["score"], repairs)
    _quote_from_value(item, schema, repairs)
    return item


def _with_known_keys(
    row: Mapping[str, Any], known: dict[str, tuple[str, ...]], repairs: set[Repair]
) -> dict[str, Any]:
    repaired = repaired_keys(dict(row), known)
    if repaired.keys() - row.keys():
        repairs.add(Repair.KEY_NAME)
    return repaired


def _repair_name(item: dict[str, Any], key: str, specs: Sequence[FieldSpec], repairs: set[Repair]) -> None:
    name = item.get(key)
    if isinstance(name, str) and (closest := closest_name(name, specs)) not in (None, name):
        item[key] = closest
        repairs.add(Repair.FIELD_NAME)


def _parts_of(
    row: Mapping[str, Any], item: Mapping[str, Any], field: SchemaField, repairs: set[Repair]
) -> list[Any]:
    """The parts of a record as rows, from a list, a mapping by name, or the value."""
    key = next((k for k in row if plain_name(k) in PART_KEYS), None)
    given: Any = row[key] if key is not None else item.get("value")
    if key not in (None, "parts"):
        repairs.add(Repair.KEY_NAME)
    if isinstance(given, dict):
        repairs.add(Repair.PART_SHAPE)
        by_name = cast("dict[str, Any]", given)
        given = [
            {**v, "name": k} if isinstance(v, dict) else {"name": k, "value": v} for k, v in by_name.items()
        ]
    elif isinstance(given, list) and key is None:
        repairs.add(Repair.PART_SHAPE)
    if not isinstance(given, list):
        return []
    rows = cast("list[Any]", given)
    return [_repair_part(part, field, repairs) for part in rows if not _is_empty_part(part)]


def _is_empty_part(part: Any) -> bool:
    """Whether a part only says that the record does not have it."""
    if not isinstance(part, dict):
        return part is None
    body = cast("dict[str, Any]", part)
    return all(body.get(key) in (None, "") for key in ("value", "quote")) and not body.keys() - _PART_KEYS


def _repair_part(part: Any, field: SchemaField, repairs: set[Repair]) -> Any:
    if not isinstance(part, dict):
        return part
    repaired = _with_known_keys(cast("dict[str, Any]", part), _PART_NAMES, repairs)
    _repair_name(repaired, "name", field.parts, repairs)
    if repaired.get("quote") is None:
        repaired.pop("quote", None)
    _repair_text(repaired, "quote", repairs)
    return repaired


def _repair_text(item: dict[str, Any], key: str, repairs: set[Repair]) -> None:
    value = item.get(key)
    if isinstance(value, dict):
        # An object with more than this text may be an item itself: validation reports it.
        inner = repaired_keys(cast("dict[str, Any]", value), ITEM_KEYS)
        if inner.keys() == {key} and isinstance(inner[key], str):
            repairs.add(Repair.KEY_NAME)
            item[key] = inner[key]
            if len(cast("dict[str, Any]", value)) > 1:
                repairs.add(Repair.EXTRA_KEY)
    elif key == "quote" and isinstance(value, int | float) and not isinstance(value, bool):
        repairs.add(Repair.NUMBER)
        item[key] = as_text(value)


def _quote_from_value(item: dict[str, Any], schema: Schema, repairs: set[Repair]) -> None:
    quote, value, name = item.get("quote"), item.get("value"), item.get("field")
    if quote is not None and (not isinstance(quote, str) or quote.strip()):
        return
    if not isinstance(value, str) or not value.strip() or isinstance(value, CutText):
        return
    if isinstance(name, str) and name in schema.field_names and schema.field(name).type not in _INTERPRETED:
        repairs.add(Repair.QUOTE_FROM_VALUE)
        item["quote"] = value


def as_text(value: Scalar | list[Scalar]) -> str:
    """A value as the model wrote it; a list becomes a list value."""
    if isinstance(value, list):
        return list_value(map(as_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return value.literal if isinstance(value, Number) else str(value)


def probability(value: Any, repairs: set[Repair]) -> float | None:
    """A score as a probability: 0.9, "0.9", "90 %" and 90 are the same; None for anything else."""
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
        number, is_percent = text, text != value.strip()
    elif isinstance(value, int | float):
        number, is_percent = value, False
    else:
        return None, False
    try:
        return float(number), is_percent
    except (ValueError, OverflowError):
        return None, False


def is_probability(value: Any) -> bool:
    """Whether a score is a number from 0 to 1, or None."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (is_number and 0 <= value <= 1)
