"""The named queries of `sql/queries`, and how bulk rows and JSON are passed to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from tasks.core.text.to_pg_text import storable

QUERIES_DIR = Path(__file__).parents[2] / "sql" / "queries"

Row = tuple[Any, ...]


def query(file: str, name: str) -> bytes:
    """The query `name` of `sql/queries/FILE.sql`.

    Raises:
        KeyError: the file has no query of that name.
    """
    return _file(file)[name]


@cache
def _file(file: str) -> dict[str, bytes]:
    """A query begins with the line `-- name: NAME` and ends where the next one begins."""
    text = (QUERIES_DIR / f"{file}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
    bodies = zip(parts[1::2], parts[2::2], strict=True)
    return {name: _statement(body).encode() for name, body in bodies}


def _statement(body: str) -> str:
    """Without the comments behind its end: they are the heading of the next queries."""
    lines = body.rstrip().splitlines()
    while lines and (not lines[-1].strip() or lines[-1].startswith("--")):
        lines.pop()
    return "\n".join(lines).strip().rstrip(";")


def copy_rows(connection: psycopg.Connection, statement: bytes, rows: Iterable[Row]) -> None:
    """Insert many rows with one `COPY ... FROM STDIN`. Without rows, no statement is sent."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(first)
        for row in rows:
            copy.write_row(row)


def as_json(value: Any) -> str:
    """JSON for a jsonb column. What PostgreSQL cannot hold (U+0000, lone surrogates) is replaced
    one for one.

    Raises:
        ValueError: a number is not finite, which JSON cannot express.
    """
    text = _dump(value)
    # Rare, and checking every string costs more than writing them all.
    needs_care = "\\u0000" in text or text != storable(text)
    return _dump(_storable_tree(value)) if needs_care else text


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _storable_tree(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _storable_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_tree(item) for item in value]
    return value
