"""The queue of questions to persons: pages of it, single questions, claims, and what was decided before.

Reads, but for claims. A question outside a person's scope is not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.review.records import (
    DecisionRefused,
    ItemKind,
    OtherValue,
    PassagePage,
    PassageWords,
    QueueFilter,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
    Scope,
    StoredDecision,
    Via,
)
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query

_NO_LIMITS = {"for_reviewer": None, "after_worth": None, "after_id": None}
_FEW = 2000
"""So many documents of a scope, or with open questions, are named to the database, which then reads
no question of another. Of more it reads the questions in order, and asks for each whether it is in
the scope."""
_FEW_ITEMS = 5000


class ReviewQueue:
    """Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def page(
        self, wanted: QueueFilter, scope: Scope, limit: int = 50, after: tuple[float, int] | None = None
    ) -> list[ReviewItem]:
        """Open questions, the most worthy first.

        Args:
            after: Worth and number of the last question of the page before; None: the first page.
        """
        behind = {} if after is None else {"after_worth": after[0], "after_id": after[1]}
        with self._pool.transaction() as connection:
            chosen = _chosen(connection, wanted, scope, limit, behind)
            return items_by_id(connection, chosen, scope)

    def count(self, wanted: QueueFilter, scope: Scope, at_most: int = 10_000) -> int:
        """How many open questions there are; it counts no further than `at_most`."""
        with self._pool.transaction() as connection:
            values = _values(connection, wanted, scope, at_most)
            if values is None:
                return 0
            statement = b"SELECT count(*) FROM (" + query("review", "chosen") + b") chosen"
            row = connection.execute(statement, values, prepare=False).fetchone()
        assert row is not None
        return row[0]

    def unknown(self, wanted: QueueFilter) -> tuple[str, ...]:
        """Which names of the filter nothing ever had: `backfill`, `batch`, `schema`, `field`."""
        values = {
            "backfill": wanted.backfill,
            "batch": wanted.batch,
            "schema_name": wanted.schema_name,
            "field": wanted.field,
        }
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("review", "known_names"), values).fetchone()
        assert row is not None
        return tuple(name for name, is_known in row.items() if not is_known)

    def is_called(self, document_id: str, name: str) -> bool:
        """Whether a document was ever seen under this key or file name."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("export", "documents_called"), {"name": name}).fetchall()
        return (document_id,) in rows

    def item(self, item_id: int, scope: Scope) -> ReviewItem:
        """
        Raises:
            DecisionRefused: NOT_FOUND.
        """
        with self._pool.transaction() as connection:
            return item_by_id(connection, item_id, scope)

    def next(self, wanted: QueueFilter, scope: Scope, reviewer: str) -> ReviewItem | None:
        """The best open question that nobody else has claimed; None: there is none."""
        with self._pool.transaction() as connection:
            chosen = _chosen(connection, wanted, scope, 1, {"for_reviewer": reviewer})
            return next(iter(items_by_id(connection, chosen, scope)), None)

    def claim(self, item_id: int, scope: Scope, reviewer: str, minutes: float = 15) -> ReviewItem:
        """Claim a question for a while. A claim again prolongs it.

        Raises:
            DecisionRefused: CLAIMED by another, or NOT_FOUND.
        """
        with self._pool.transaction() as connection:
            item_by_id(connection, item_id, scope)
            values = {"item_id": item_id, "reviewer": reviewer, "minutes": minutes}
            is_mine = connection.execute(query("review", "claim"), values).rowcount == 1
            item = item_by_id(connection, item_id, scope)
            if not is_mine:
                raise DecisionRefused(RefusalCode.CLAIMED, by=item.claimed_by)
            return item

    def release(self, item_id: int, reviewer: str) -> None:
        """Give up the reviewer's claim; another's stays."""
        with self._pool.transaction() as connection:
            connection.execute(query("review", "release"), {"item_id": item_id, "reviewer": reviewer})

    def sees_run(self, run_id: str, scope: Scope) -> bool:
        """Whether there is such a run in the scope."""
        with self._pool.transaction() as connection:
            values = {"run_id": run_id, **scope_values(scope)}
            return connection.execute(query("review", "sees_run"), values).rowcount == 1

    def newer_runs(self, run_id: str) -> tuple[str, ...]:
        """The later runs of its document and schema, the one that stands first; empty: it stands itself."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("review", "newer_runs"), {"run_id": run_id}).fetchall()
        return tuple(row[0] for row in rows)

    def schemas(self, scope: Scope) -> tuple[str, ...]:
        """The schemas of the documents under the scope's prefixes; without prefixes, the scope's own."""
        if scope.prefixes is None:
            return scope.schemas or ()
        with self._pool.transaction() as connection:
            rows = connection.execute(query("review", "schemas_in_scope"), scope_values(scope)).fetchall()
        return tuple(row[0] for row in rows)

    def words(self, item_id: int, scope: Scope) -> PassageWords:
        """
        Raises:
            DecisionRefused: NOT_FOUND.
        """
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            item_by_id(connection, item_id, scope)
            rows = cursor.execute(query("review", "words"), {"item_id": item_id}).fetchall()
        if not rows:
            raise DecisionRefused(RefusalCode.NOT_FOUND)
        head = rows[0]
        return PassageWords(
            item_id,
            head["run_id"],
            head["document_id"],
            head["reader_version"],
            head["n_pages"],
            tuple(
                PassagePage(row["page_number"], row["start_char"], row["end_char"], row["text"])
                for row in rows
            ),
        )

    def history(self, item_id: int, scope: Scope) -> tuple[StoredDecision, ...]:
        """What was decided about a question, oldest first, over earlier runs of its document as well.

        Raises:
            DecisionRefused: NOT_FOUND.
        """
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            item_by_id(connection, item_id, scope)
            rows = cursor.execute(query("review", "history"), {"item_id": item_id}).fetchall()
        return tuple(_stored(row) for row in rows)


def items_by_id(connection: psycopg.Connection, item_ids: Sequence[int], scope: Scope) -> list[ReviewItem]:
    """The questions with these numbers within the scope, the most worthy first."""
    if not item_ids:
        return []
    values = {"item_ids": list(item_ids), **scope_values(scope)}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("review", "items"), values).fetchall()
    return [_item(row) for row in rows]


def item_by_id(connection: psycopg.Connection, item_id: int, scope: Scope) -> ReviewItem:
    """
    Raises:
        DecisionRefused: NOT_FOUND.
    """
    found = items_by_id(connection, [item_id], scope)
    if not found:
        raise DecisionRefused(RefusalCode.NOT_FOUND)
    return found[0]


def scope_values(scope: Scope) -> dict[str, list[str] | None]:
    return {
        "prefixes": None if scope.prefixes is None else list(scope.prefixes),
        "schemas": None if scope.schemas is None else list(scope.schemas),
    }


def _chosen(
    connection: psycopg.Connection,
    wanted: QueueFilter,
    scope: Scope,
    limit: int,
    limits: Mapping[str, Any],
) -> list[int]:
    values = _values(connection, wanted, scope, limit)
    if values is None:
        return []
    # Planned each time: a plan for any filter would use the index of none.
    rows = connection.execute(query("review", "chosen"), {**values, **limits}, prepare=False).fetchall()
    return [row[0] for row in rows]


def _values(
    connection: psycopg.Connection, wanted: QueueFilter, scope: Scope, limit: int
) -> dict[str, Any] | None:
    """The parameters of `chosen`; None: nothing can fit."""
    document_ids, run_ids = _document_ids(connection, wanted, scope), _run_ids(connection, wanted, scope)
    if [] in (document_ids, run_ids):
        return None
    of_few = {"document_ids": document_ids, "run_ids": run_ids}
    return {
        **scope_values(scope),
        **_NO_LIMITS,
        "schema_name": wanted.schema_name,
        "field": wanted.field,
        **of_few,
        "is_few": _is_few(connection, of_few),
        "older_than_days": wanted.older_than_days,
        "reason": wanted.reason,
        "kind": None if wanted.kind is None else wanted.kind.value,
        "limit": limit,
    }


def _document_ids(connection: psycopg.Connection, wanted: QueueFilter, scope: Scope) -> list[str] | None:
    """The documents that may be meant; None: too many to name them."""
    named: set[str] | None = None
    if wanted.document is not None:
        rows = connection.execute(query("export", "documents_now_called"), {"name": wanted.document})
        named = {row[0] for row in rows.fetchall()}
    if scope.prefixes is not None and named is None:
        named = _documents_under(connection, scope.prefixes)
    return None if named is None else sorted(named)


def _documents_under(connection: psycopg.Connection, prefixes: Sequence[str]) -> set[str] | None:
    values = {"prefixes": list(prefixes), "most": _FEW + 1}
    rows = connection.execute(query("review", "documents_under"), values).fetchall()
    if len(rows) <= _FEW:
        return {row[0] for row in rows}
    rows = connection.execute(query("review", "open_documents"), values).fetchall()
    return {document_id for document_id, is_under in rows if is_under} if len(rows) <= _FEW else None


def _is_few(connection: psycopg.Connection, of_few: Mapping[str, list[str] | None]) -> bool:
    """Whether these documents or runs have so few questions that they are read and sorted."""
    if all(ids is None for ids in of_few.values()):
        return False
    values = {**of_few, "most": _FEW_ITEMS + 1}
    row = connection.execute(query("review", "n_of"), values, prepare=False).fetchone()
    return row is not None and row[0] <= _FEW_ITEMS


def _run_ids(connection: psycopg.Connection, wanted: QueueFilter, scope: Scope) -> list[str] | None:
    if wanted.batch is None and wanted.backfill is None:
        return None
    values = {
        **scope_values(scope),
        "batch": wanted.batch,
        "backfill": wanted.backfill,
        "schema_name": wanted.schema_name,
    }
    return [
        row[0] for row in connection.execute(query("review", "runs_of"), values, prepare=False).fetchall()
    ]


def _item(row: dict[str, Any]) -> ReviewItem:
    item = ReviewItem(**row)
    return replace(
        item,
        kind=ItemKind(row["kind"]),
        spans=_spans(row["spans"]),
        pages=tuple(row["pages"]),
        documents=tuple(row["documents"]),
        others=tuple(map(_other, row["others"] or ())),
        decision=None if row["decision"] is None else ReviewDecision(row["decision"]),
    )


def _other(row: dict[str, Any]) -> OtherValue:
    return OtherValue(**row | {"spans": _spans(row["spans"]), "pages": tuple(row["pages"])})


def _stored(row: dict[str, Any]) -> StoredDecision:
    return replace(
        StoredDecision(**row),
        decision=ReviewDecision(row["decision"]),
        spans=_spans(row["spans"]),
        via=None if row["via"] is None else Via(row["via"]),
    )


def _spans(rows: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in rows)
