"""Runs, documents and coverage in pages, as the HTTP interface lists them, within what a reader may see.

Reads only. No query may take longer than a reader waits.

Requires:
    The role countersign_reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from tasks.core.errors import StoreMissing
from tasks.core.records import RunId
from tasks.core.review.records import Scope
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query
from tasks.postgres.review.queue import scope_values

_TIMEOUT_S = 20
_MAX_PLACES = 50
"""Of one document: the same bytes may lie under thousands of keys."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which ended runs are wanted; None: any."""

    state: str | None = None
    schema_name: str | None = None
    sha256: str | None = None
    finished_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class CellFilter:
    """Which cells of a run are wanted; None: any."""

    field: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which keys are wanted; None: any."""

    prefix: str | None = None
    schema_name: str | None = None
    state: str | None = None
    finished_since: datetime | None = None


class Catalogue:
    """Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def runs(
        self, wanted: RunFilter, scope: Scope, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[dict[str, Any]]:
        """Ended runs, the one that ended first first, each with its `places`.

        Args:
            after: End and id of the last run of the page before; None: the first page.
        """
        values = {
            "state": wanted.state,
            "schema_name": wanted.schema_name,
            "sha256": wanted.sha256,
            "finished_since": wanted.finished_since,
            "after_time": None if after is None else after[0],
            "after_run": None if after is None else after[1],
            "limit": limit,
            **scope_values(scope),
        }
        return self._with_places(self._rows("runs", values), scope)

    def run(self, run_id: RunId, scope: Scope) -> dict[str, Any]:
        """
        Raises:
            StoreMissing: there is no such run in the scope.
        """
        rows = self._rows("run", {"run_id": run_id, **scope_values(scope)})
        if not rows:
            raise StoreMissing("there is no such run, or it is not among what you may see")
        return self._with_places(rows, scope)[0]

    def documents(
        self, wanted: DocumentFilter, scope: Scope, limit: int, after: tuple[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Keys in order, each with what it holds or held last and the newest done runs of that.

        Args:
            after: Bucket and key of the last document of the page before; None: the first page.
        """
        return self._rows("documents", _document_values(wanted, scope, limit, after or ("", "")))

    def document(self, bucket: str, key: str, scope: Scope) -> dict[str, Any]:
        """
        Raises:
            StoreMissing: there is no such key in the scope.
        """
        values = _document_values(DocumentFilter(), scope, 1)
        rows = self._rows("documents", {**values, "bucket": bucket, "key": key})
        if not rows:
            raise StoreMissing("there is no such document, or it is not among what you may see")
        return rows[0]

    def coverage(self, run_id: RunId) -> list[dict[str, Any]]:
        """The number of cells in each state, by field."""
        return self._rows("coverage", {"run_id": run_id})

    def cells(
        self, run_id: RunId, wanted: CellFilter, limit: int, after: tuple[int, str] | None = None
    ) -> list[dict[str, Any]]:
        """Cells by chunk and field.

        Args:
            after: Chunk and field of the last cell of the page before; None: the first page.
        """
        values = {
            "run_id": run_id,
            "field": wanted.field,
            "state": wanted.state,
            "after_chunk": None if after is None else after[0],
            "after_field": None if after is None else after[1],
            "limit": limit,
        }
        return self._rows("cells", values)

    def words(self, run_id: RunId, spans: Sequence[tuple[int, int]]) -> list[str]:
        """What the document of a run says in these ranges, as it was read."""
        values = {
            "run_id": run_id,
            "starts": [start for start, _ in spans],
            "ends": [end for _, end in spans],
        }
        return [row["substr"] for row in self._rows("words", values)]

    def _with_places(self, rows: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
        document_ids = sorted({row["document_id"] for row in rows})
        values = {
            "document_ids": document_ids,
            "prefixes": scope_values(scope)["prefixes"],
            "most": _MAX_PLACES,
        }
        places: dict[str, list[dict[str, str]]] = {name: [] for name in document_ids}
        for place in self._rows("places", values) if rows else ():
            places[place["document_id"]].append({"bucket": place["bucket"], "key": place["key"]})
        return [{**row, "places": places[row["document_id"]]} for row in rows]

    def _rows(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", (f"{_TIMEOUT_S}s",))
            return cursor.execute(query("catalogue", name), values).fetchall()


def _document_values(
    wanted: DocumentFilter, scope: Scope, limit: int, after: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    return {
        "bucket": None,
        "key": None,
        "prefix": wanted.prefix,
        "schema_name": wanted.schema_name,
        "state": wanted.state,
        "finished_since": wanted.finished_since,
        "after_bucket": after[0],
        "after_key": after[1],
        "limit": limit,
        **scope_values(scope),
    }
