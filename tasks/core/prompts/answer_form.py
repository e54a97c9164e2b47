"""The form of a generator's answer: as a JSON Schema for servers that hold a model to one, and in words for all.

Only keywords that every grammar back end knows (type, properties, required, additionalProperties, items, anyOf, enum). The quote comes
before the value: a model that has just written the quote takes the value from it. A clause is its quote, so it is not written twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from tasks.core.prompts.texts import Language, words
from tasks.core.schema import FieldSpec, FieldType, SchemaField, SchemaPart

Some = TypeVar("Some", bound=FieldSpec)
_TEXT: Mapping[str, Any] = {"type": "string"}
_VALUED = '{"field": "...", "quote": "...", "value": "..."}'


def answer_schema(fields: Sequence[SchemaField]) -> dict[str, Any]:
    """JSON Schema of an answer about these fields: field names and choices are closed lists."""
    return closed_object({"items": _list_of([_item_schema(group) for group in _alike(fields)])})


def closed_object(properties: Mapping[str, Any], required: Iterable[str] | None = None) -> dict[str, Any]:
    """An object with these properties and no others; all required unless told."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def told_form(fields: Sequence[SchemaField], language: Language) -> str:
    """The answer's form as an example, with the fields that each kind of item is for where there are several kinds."""
    kinds: dict[str, list[str]] = {}
    for field in fields:
        kinds.setdefault(_example(field), []).append(field.name)
    if len(kinds) == 1:
        return f'{{"items": [{next(iter(kinds))}]}}'
    said = words(language)["form"]["item"]
    shown = [said.format(fields=", ".join(names)) + example for example, names in kinds.items()]
    return "\n".join(['{"items": [...]}', *shown])


def _alike(asked: Iterable[Some]) -> Iterator[tuple[Some, ...]]:
    """Those whose items have the same form, together."""
    groups: dict[str, list[Some]] = {}
    for one in asked:
        groups.setdefault(json.dumps(_content(one)), []).append(one)
    return (tuple(group) for group in groups.values())


def _item_schema(fields: Sequence[SchemaField]) -> dict[str, Any]:
    names = {"field": {"enum": [f.name for f in fields]}}
    return closed_object(names | {"quote": _TEXT} | _content(fields[0]))


def _part_schema(parts: Sequence[SchemaPart]) -> dict[str, Any]:
    names = {"name": {"enum": [p.name for p in parts]}}
    return closed_object(names | {"quote": _TEXT} | _content(parts[0]))


def _content(asked: FieldSpec) -> dict[str, Any]:
    """What an item has beside its name and quote. Of a clause nothing: its value is the quote."""
    if isinstance(asked, SchemaField) and asked.parts:
        return {"parts": _list_of([_part_schema(group) for group in _alike(asked.parts)])}
    if asked.type is FieldType.CLAUSE:
        return {}
    one = _value_schema(asked)
    return {"value": {"type": "array", "items": one} if asked.type is FieldType.LIST else one}


def _value_schema(asked: FieldSpec) -> dict[str, Any]:
    if asked.value_type is FieldType.CHOICE:
        return {"enum": list(asked.choices)}
    if asked.value_type is FieldType.BOOLEAN:
        return {"enum": ["true", "false"]}
    return dict(_TEXT)


def _list_of(forms: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "array", "items": forms[0] if len(forms) == 1 else {"anyOf": list(forms)}}


def _example(field: SchemaField) -> str:
    """What an item of this field looks like."""
    if field.parts:
        part = '{"name": "...", "quote": "...", "value": "..."}'
        return f'{{"field": "...", "quote": "...", "parts": [{part}]}}'
    if field.type is FieldType.LIST:
        return '{"field": "...", "quote": "...", "value": ["...", "..."]}'
    return '{"field": "...", "quote": "..."}' if field.type is FieldType.CLAUSE else _VALUED
