"""What the pages show, and where it comes from: rows of the store, and evidence pages.

The pages know this protocol only, so that a test gives them rows of its own. `StoreData` is the real one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tasks.core.records import RunId
from tasks.postgres.boards import BOARDS
from tasks.postgres.metrics import Metric
from tasks.postgres.panels import Board
from tasks.postgres.store import Store

Row = Mapping[str, Any]


class BoardData(Protocol):
    """Reads only. Every method may raise StoreUnavailable, ConfigurationError and StoreError."""

    def boards(self) -> Sequence[Board]:
        """In the order of the menu; needs no database."""
        ...

    def rows(self, query: str, chosen: Mapping[str, int | str]) -> Sequence[Row]:
        """The rows behind a panel."""
        ...

    def choices(self, parameter: str, schema_name: str) -> Sequence[str]:
        """What a parameter may be, as far as the database knows; empty: anything."""
        ...

    def documents(self, name: str) -> Sequence[str]:
        """The keys of a document: the key itself, or those of a file of that name."""
        ...

    def evidence(self, run_id: str) -> str:
        """The evidence page of a run as HTML.

        Raises:
            StoreMissing: there is no such run.
        """
        ...

    def samples(self) -> Sequence[tuple[Metric, Sequence[Row]]]:
        """Each metric with its rows: its labels, and `value`."""
        ...

    def check(self) -> None:
        """Raises if the database does not answer."""
        ...


class StoreData:
    """The data of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def boards(self) -> Sequence[Board]:
        return BOARDS

    def rows(self, query: str, chosen: Mapping[str, int | str]) -> Sequence[Row]:
        return self._store.boards.rows(query, chosen)

    def choices(self, parameter: str, schema_name: str) -> Sequence[str]:
        if parameter == "schema_name":
            return self._store.lookups.schemas()
        return self._store.lookups.fields(schema_name) if parameter == "field" and schema_name else ()

    def documents(self, name: str) -> Sequence[str]:
        return self._store.lookups.keys(name)

    def evidence(self, run_id: str) -> str:
        from tasks.evidence import evidence_html  # imports Prefect, which a board does not need

        return evidence_html(RunId(run_id))

    def samples(self) -> Sequence[tuple[Metric, Sequence[Row]]]:
        return self._store.boards.samples()

    def check(self) -> None:
        self._store.lookups.check()
