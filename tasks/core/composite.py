"""Values that are made of values: how a list and a record are written as one text, and read back.

    list     ["Oslo", "Bergen"]                          the entries, as the document has them
    record   {"payer": "Tarn AB", "amount": "EUR 500"}   the parts' values by name, in the schema's order

One way to write each, so that equal values are equal texts wherever they are compared, hashed or stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import cast

from tasks.core.records import Part


def list_value(entries: Iterable[str]) -> str:
    return json.dumps(list(entries), ensure_ascii=False)


def list_entries(value: str) -> tuple[str, ...]:
    """The entries of a list's value; a text that is no JSON list is a list of one."""
    try:
        read: object = json.loads(value)
    except (ValueError, RecursionError):
        return (value,)
    if not isinstance(read, list):
        return (value,)
    entries = cast("list[object]", read)
    if any(isinstance(entry, list | dict) or entry is None for entry in entries):
        return (value,)
    return tuple(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


def record_value(parts: Iterable[Part]) -> str:
    return json.dumps({part.name: part.value for part in parts}, ensure_ascii=False)
