"""A long schema in groups: small models forget fields when they are asked for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.schema import SchemaField


@dataclass(frozen=True, slots=True)
class AskLimits:
    """How much one call asks for. Part of a run's identity: other groups get other answers."""

    max_fields: int = 12
    max_field_chars: int = 6000
    """Of what is told of the fields: titles, descriptions, choices, examples."""
    max_answer_tokens: int = 4096


def field_groups(
    fields: Sequence[SchemaField], told: Sequence[str], limits: AskLimits
) -> tuple[tuple[SchemaField, ...], ...]:
    """The fields in groups, in order, each within the limits and all about equally large. A field is never cut: alone it may be longer.

    Args:
        told: What is told of each field, aligned with `fields`.
    """
    n_groups = max(
        1,
        -(-len(fields) // limits.max_fields),
        -(-sum(map(len, told)) // limits.max_field_chars),
    )
    even = -(-len(fields) // n_groups)
    groups: list[list[SchemaField]] = []
    room_chars = 0
    for field, text in zip(fields, told, strict=True):
        if not groups or len(groups[-1]) >= even or len(text) > room_chars:
            groups.append([])
            room_chars = limits.max_field_chars
        groups[-1].append(field)
        room_chars -= len(text)
    return tuple(map(tuple, groups))
