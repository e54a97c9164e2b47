"""What the HTTP interface answers with, and where it comes from.

The routes know the protocol only, so that a test gives them rows of its own. `StoreApiData` is the real one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tasks.core.records import RunId
from tasks.core.review.records import Scope
from tasks.postgres.delivery.catalogue import CellFilter, DocumentFilter, RunFilter
from tasks.postgres.store import Store

Row = Mapping[str, Any]


class ApiData(Protocol):
    """Reads only. Every method may raise StoreUnavailable, ConfigurationError and StoreError; those that name a
    run StoreMissing, too."""

    def runs(
        self, wanted: RunFilter, scope: Scope, limit: int, after: tuple[datetime, str] | None
    ) -> Sequence[Row]:
        """Ended runs, the one that ended first first."""
        ...

    def run(self, run_id: RunId, scope: Scope) -> Row: ...

    def documents(
        self, wanted: DocumentFilter, scope: Scope, limit: int, after: tuple[str, str] | None
    ) -> Sequence[Row]:
        """Keys in order, each with what it holds or held last."""
        ...

    def document(self, bucket: str, key: str, scope: Scope) -> Row: ...

    def values(self, run_id: RunId, bucket: str, key: str) -> Iterator[Row]:
        """The values of a run as `countersign export` writes them, the document under this key."""
        ...

    def coverage(self, run_id: RunId) -> Sequence[Row]: ...

    def cells(
        self, run_id: RunId, wanted: CellFilter, limit: int, after: tuple[int, str] | None
    ) -> Sequence[Row]: ...

    def words(self, run_id: RunId, spans: Sequence[tuple[int, int]]) -> Sequence[str]:
        """What the document of a run says in these ranges."""
        ...


class StoreApiData:
    """The data of a store."""

    def __init__(self, store: Store) -> None:
        self._catalogue, self._reports = store.catalogue, store.reports

    def runs(
        self, wanted: RunFilter, scope: Scope, limit: int, after: tuple[datetime, str] | None
    ) -> Sequence[Row]:
        return self._catalogue.runs(wanted, scope, limit, after)

    def run(self, run_id: RunId, scope: Scope) -> Row:
        return self._catalogue.run(run_id, scope)

    def documents(
        self, wanted: DocumentFilter, scope: Scope, limit: int, after: tuple[str, str] | None
    ) -> Sequence[Row]:
        return self._catalogue.documents(wanted, scope, limit, after)

    def document(self, bucket: str, key: str, scope: Scope) -> Row:
        return self._catalogue.document(bucket, key, scope)

    def values(self, run_id: RunId, bucket: str, key: str) -> Iterator[Row]:
        return self._reports.values_of(run_id, bucket, key)

    def coverage(self, run_id: RunId) -> Sequence[Row]:
        return self._catalogue.coverage(run_id)

    def cells(
        self, run_id: RunId, wanted: CellFilter, limit: int, after: tuple[int, str] | None
    ) -> Sequence[Row]:
        return self._catalogue.cells(run_id, wanted, limit, after)

    def words(self, run_id: RunId, spans: Sequence[tuple[int, int]]) -> Sequence[str]:
        return self._catalogue.words(run_id, spans)


def value_id(row: Row) -> str:
    """The id of a value within its run: its number, or, of words that a person gave, a digest of field and place.

    The digest stays, whoever decides what about the words, as the number of an extraction does.
    """
    is_of_the_run = row["round"] is not None
    if is_of_the_run:
        return str(row["extraction"])
    place = f"{row['field']} {row['spans']}"
    return f"words-{hashlib.sha256(place.encode()).hexdigest()[:16]}"


def in_order(rows: Iterator[Row]) -> list[tuple[tuple[int, str], Row]]:
    """Values with their place in the list: those of the run by number, then words that persons gave."""
    last = 2**63 - 1
    placed = [((last if row["round"] is None else row["extraction"], value_id(row)), row) for row in rows]
    return sorted(placed, key=lambda pair: pair[0])
