"""Limits of one call of a language model: the fields it asks for and the length of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from tasks.core.records import Chunk
from tasks.core.schema import SchemaField


@dataclass(frozen=True, slots=True)
class AskLimits:
    """The limits are part of a run's identity: fields in other groups get other answers."""

    max_fields: int = 12
    max_field_chars: int = 6000  # of the field texts: titles, descriptions, choices, examples
    max_answer_tokens: int = 4096
    tells_all_fields: bool = True
    """A call's rules have every field of the schema: one text for a server with a prefix cache to read once.
    False: the fields that the call is about, fewer words for a small model or a server without a cache."""


def field_groups(
    fields: Sequence[SchemaField], texts: Sequence[str], limits: AskLimits
) -> tuple[tuple[SchemaField, ...], ...]:
    """The fields in groups of about equal size, each within the limits, in the order given.

    Args:
        texts: The text of each field. One that is longer than the limit makes a group of its own.
    """
    n_chars = sum(map(len, texts))
    n_groups = max(1, ceil(len(fields) / limits.max_fields), ceil(n_chars / limits.max_field_chars))
    n_fields = ceil(len(fields) / n_groups)
    groups: list[list[SchemaField]] = []
    chars_left = 0
    for field, text in zip(fields, texts, strict=True):
        if not groups or len(groups[-1]) >= n_fields or len(text) > chars_left:
            groups.append([])
            chars_left = limits.max_field_chars
        groups[-1].append(field)
        chars_left -= len(text)
    return tuple(map(tuple, groups))


_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_FORM_TOKENS = 256
_ITEM_TOKENS = 64  # keys, field name and value of one item


def answer_tokens(chunk: Chunk, n_items: int, max_tokens: int) -> int:
    """Tokens for an answer of `n_items` items that quotes the chunk twice, at most `max_tokens`."""
    text = "".join(p.text for p in chunk.passages)
    n_wide = len(_WIDE.findall(text))
    # One token for a Chinese character or three Latin ones: more than tokenizers need.
    n_text = n_wide + (len(text) - n_wide) // 3
    return min(max_tokens, _FORM_TOKENS + _ITEM_TOKENS * n_items + 2 * n_text)
