"""The SQL files of `sql/queries`, by name. Each file is read once; a query begins with `-- name: NAME`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

QUERIES_DIR = Path(__file__).parents[2] / "sql" / "queries"


def query(file: str, name: str) -> bytes:
    """The query `name` of `sql/queries/FILE.sql`.

    Raises:
        KeyError: there is none; the name is wrong.
    """
    return _file(file)[name]


@cache
def _file(file: str) -> dict[str, bytes]:
    parts = re.split(
        r"^-- name: (\w+)\n", (QUERIES_DIR / f"{file}.sql").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return {
        name: body.strip().rstrip(";").encode() for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }
