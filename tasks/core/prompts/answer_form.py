"""The form of a generator's answer: a JSON Schema for servers that support it, and an example.

The schema has only keywords that every grammar back end knows (type, properties, required,
additionalProperties, items, anyOf, enum). The quote comes before the value, so that a model takes
the value from the quote it has just written. A clause has no value, for it is its quote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from tasks.core.prompts.texts import Language, words
from tasks.core.schema import FieldSpec, FieldType, SchemaField

Spec = TypeVar("Spec", bound=FieldSpec)
_TEXT: Mapping[str, Any] = {"type": "string"}


def answer_schema(fields: Sequence[SchemaField]) -> dict[str, Any]:
    """JSON Schema of an answer about these fields: field names and choices are closed lists."""
    return closed_object({"items": _list_of([_item_schema("field", group) for group in _same_form(fields)])})


def closed_object(properties: Mapping[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    """An object with only these properties, all required unless `required` names some."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def form_example(fields: Sequence[SchemaField], language: Language) -> str:
    """An example of the answer, or one for each form of items together with its fields."""
    examples: dict[str, list[str]] = {}
    for field in fields:
        examples.setdefault(_example(field), []).append(field.name)
    if len(examples) == 1:
        return f'{{"items": [{next(iter(examples))}]}}'
    item = words(language)["form"]["item"]
    lines = [item.format(fields=", ".join(names)) + example for example, names in examples.items()]
    return "\n".join(['{"items": [...]}', *lines])


def _same_form(specs: Iterable[Spec]) -> Iterator[tuple[Spec, ...]]:
    """The fields or parts in groups whose items have the same form."""
    groups: dict[str, list[Spec]] = {}
    for spec in specs:
        groups.setdefault(json.dumps(_content(spec)), []).append(spec)
    return (tuple(group) for group in groups.values())


def _item_schema(key: str, specs: Sequence[FieldSpec]) -> dict[str, Any]:
    names = {key: {"enum": [spec.name for spec in specs]}}
    return closed_object(names | {"quote": _TEXT} | _content(specs[0]))


def _content(spec: FieldSpec) -> dict[str, Any]:
    """An item without name and quote: nothing for a clause, whose value is the quote."""
    if isinstance(spec, SchemaField) and spec.parts:
        return {"parts": _list_of([_item_schema("name", group) for group in _same_form(spec.parts)])}
    if spec.type is FieldType.CLAUSE:
        return {}
    value = _value_schema(spec)
    return {"value": {"type": "array", "items": value} if spec.type is FieldType.LIST else value}


def _value_schema(spec: FieldSpec) -> dict[str, Any]:
    if spec.value_type is FieldType.CHOICE:
        return {"enum": list(spec.choices)}
    if spec.value_type is FieldType.BOOLEAN:
        return {"enum": ["true", "false"]}
    return dict(_TEXT)


def _list_of(forms: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "array", "items": forms[0] if len(forms) == 1 else {"anyOf": list(forms)}}


def _example(field: SchemaField) -> str:
    start = '{"field": "...", "quote": "..."'
    if field.parts:
        return start + ', "parts": [{"name": "...", "quote": "...", "value": "..."}]}'
    if field.type is FieldType.LIST:
        return start + ', "value": ["...", "..."]}'
    return start + ("}" if field.type is FieldType.CLAUSE else ', "value": "..."}')
