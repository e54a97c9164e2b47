"""COPY: the way of every bulk row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

Row = tuple[Any, ...]


def copy_rows(connection: psycopg.Connection, statement: bytes, rows: Iterable[Row]) -> None:
    """One `COPY ... FROM STDIN`; nothing is sent for no rows."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(first)
        for row in rows:
            copy.write_row(row)
