"""How a field is told to a model: one entry of the list of what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.core.prompts.fence import data
from tasks.core.prompts.texts import Language, words
from tasks.core.schema import Asked, FieldType, SchemaField

_MAX_EXAMPLES = 2
_MAX_EXAMPLE_CHARS = 240


def told_field(field: SchemaField, language: Language) -> str:
    """Name, title, type, how many, description, parts, and how other documents word it. Cues are for the native models."""
    return "\n  ".join(_lines(field, language))


def told_fields(fields: Sequence[SchemaField], language: Language) -> str:
    return "\n".join(told_field(f, language) for f in fields)


def _lines(field: SchemaField, language: Language) -> Iterator[str]:
    said = words(language)
    yield f"- {field.name} ({field.title}). {field.description.strip()}"
    count = said["field"][field.cardinality.value]
    yield said["field"]["kind"].format(type=_told_type(field, language), count=count)
    for part in field.parts:
        yield said["part"]["told"].format(
            name=part.name,
            title=part.title,
            description=part.description.strip(),
            type=_told_type(part, language),
            required=said["part"]["required"] if part.required else "",
        )
    for example in field.examples[:_MAX_EXAMPLES]:
        yield said["field"]["example"].format(text=data(example, _MAX_EXAMPLE_CHARS))


def _told_type(asked: Asked, language: Language) -> str:
    types = words(language)["type"]
    one = types[asked.value_type.value].format(choices=", ".join(map(data, asked.choices)))
    return types["list"].format(entry=one) if asked.type is FieldType.LIST else one
