"""One row to one valid item: numbers where text was due, percentages, a field's title for its name.

Must invent nothing: a value may stand for a missing quote, never the other way round with other words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from tasks.core.answers.aliases import ITEM_KEYS, PART_KEYS, field_named, mended_keys, name_among, plain
from tasks.core.answers.lenient_json import CutText, Number
from tasks.core.answers.models import Repair, Scalar
from tasks.core.normal.forms import list_value
from tasks.core.schema import FieldType, Schema, SchemaField

_PART_NAMES = {
    "name": ("part", "role", "key", "label", "名称", "角色"),
    "value": ITEM_KEYS["value"],
    "quote": ITEM_KEYS["quote"],
}
_PART_KEYS = frozenset(_PART_NAMES)

_READINGS = (FieldType.BOOLEAN, FieldType.CHOICE)
"""Their values are readings of a quote: `yes` may not be looked for in the source."""


def mend_item(row: Mapping[str, Any], schema: Schema, repairs: set[Repair]) -> dict[str, Any]:
    """The row as an item as far as it can be made one; what is still wrong is for validation to say."""
    item = mended_keys(dict(row), ITEM_KEYS)
    if item.keys() - row.keys():
        repairs.add(Repair.KEY_NAME)
    _mend_field(item, schema, repairs)
    name = item.get("field")
    field = schema.field(name) if isinstance(name, str) and name in schema.field_names else None
    if field is not None and field.type is FieldType.RECORD:
        item["parts"] = _parts_of(row, item, field, repairs)
        item.pop("value", None)
    elif "parts" in row and row["parts"] not in (None, [], {}):
        item["parts"] = row["parts"]
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


def _parts_of(
    row: Mapping[str, Any], item: Mapping[str, Any], field: SchemaField, repairs: set[Repair]
) -> list[Any]:
    """A record's parts as a list of rows, whether they stand in a list, in a mapping by name, or in the value."""
    key = next((k for k in row if plain(k) in PART_KEYS), None)
    given: Any = row[key] if key is not None else item.get("value")
    if key not in (None, "parts"):
        repairs.add(Repair.KEY_NAME)
    if isinstance(given, dict):
        repairs.add(Repair.PART_SHAPE)
        named = cast("dict[str, Any]", given)
        given = [
            {**v, "name": k} if isinstance(v, dict) else {"name": k, "value": v} for k, v in named.items()
        ]
    elif isinstance(given, list) and key is None:
        repairs.add(Repair.PART_SHAPE)
    if not isinstance(given, list):
        return []
    names = [(part.name, part.title) for part in field.parts]
    return [_mend_part(one, names, repairs) for one in cast("list[Any]", given) if not _says_nothing(one)]


def _says_nothing(part: Any) -> bool:
    """A part that is there to say that there is none."""
    if not isinstance(part, dict):
        return part is None
    told = cast("dict[str, Any]", part)
    return all(told.get(key) in (None, "") for key in ("value", "quote")) and not told.keys() - _PART_KEYS


def _mend_part(part: Any, names: list[tuple[str, str]], repairs: set[Repair]) -> Any:
    if not isinstance(part, dict):
        return part
    body = cast("dict[str, Any]", part)
    mended = mended_keys(body, _PART_NAMES)
    if mended.keys() - body.keys():
        repairs.add(Repair.KEY_NAME)
    name = mended.get("name")
    if isinstance(name, str) and (meant := name_among(name, names)) not in (None, name):
        mended["name"] = meant
        repairs.add(Repair.FIELD_NAME)
    if mended.get("quote") is None:
        mended.pop("quote", None)
    _mend_text(mended, "quote", repairs)
    return mended


def _mend_text(item: dict[str, Any], key: str, repairs: set[Repair]) -> None:
    value = item.get(key)
    if isinstance(value, dict):
        # An object that says more than this one thing may be an item of its own: it stays, and its reader is told.
        inner = mended_keys(cast("dict[str, Any]", value), ITEM_KEYS)
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


def as_text(value: Scalar | list[Scalar]) -> str:
    """A value as it was written; a list's entries as a list."""
    if isinstance(value, list):
        return list_value(map(as_text, value))
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
