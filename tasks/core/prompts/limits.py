"""How much one call of a language model asks for, and how long its answer may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.records import Chunk
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


_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_FORM_TOKENS = 256
_ITEM_TOKENS = 64
"""Keys, field name and value of one item."""


def answer_tokens(chunk: Chunk, n_items: int, max_tokens: int) -> int:
    """Room for most of the text quoted twice and the keys of some items.

    Units:
        Tokens, reckoned from characters: three Latin ones or one Chinese one to a token, both more than tokenizers need.
    """
    text = "".join(p.text for p in chunk.passages)
    n_wide = len(_WIDE.findall(text))
    quoted = n_wide + (len(text) - n_wide) // 3
    return min(max_tokens, _FORM_TOKENS + _ITEM_TOKENS * n_items + 2 * quoted)
