"""What an evidence page shows, loaded whole; and the runs that a user means by a name.

Reads only, and by indexed keys only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.errors import StoreMissing
from tasks.core.evidence.stored import DocumentSource, RunHead, RunLabel, StoredEvidence, StoredReview
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import StoredRun
from tasks.core.records import DocumentId, RunId
from tasks.core.schema import Schema
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query
from tasks.postgres.readings import load_reading
from tasks.postgres.results import load_coverage, load_extractions
from tasks.postgres.rounds import load_rounds

_MAX_SOURCES = 20
"""Of one document: the same bytes may lie under thousands of keys."""
_FIRST_DIGITS = re.compile(r"[0-9a-f]{8,32}")
_UUID_DIGITS = 32


class EvidenceRows:
    """Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def load(self, run_id: RunId) -> StoredEvidence:
        """A run with everything that its page shows, whatever its state.

        It is read with the reader version that the run had, not with today's.

        Raises:
            StoreMissing: there is no such run, or its document's reading was never stored.
        """
        with self._pool.transaction() as connection:
            connection.execute(query("evidence", "snapshot"))
            head = _head_row(connection, run_id)
            read = load_reading(connection, head["document_id"], head["reader_version"])
            if read is None:
                raise StoreMissing(
                    f"run {run_id} has no stored reading, so there is nothing to show. "
                    "Process its document again: `countersign extract`."
                )
            run = StoredRun(
                run_id,
                head["state"],
                RunInput(*read, Schema.model_validate(head["definition"])),
                head["max_rounds"],
                load_rounds(connection, run_id),
                load_extractions(connection, run_id, head["reading_id"]),
                load_coverage(connection, run_id),
            )
            ids = connection.execute(query("evidence", "extraction_ids"), {"run_id": run_id}).fetchall()
            return StoredEvidence(
                run,
                _head(head),
                DocumentId(head["document_id"]),
                _sources(connection, head["document_id"]),
                tuple(row[0] for row in ids),
                _reviews(connection, run_id),
            )

    def runs_called(self, name: str, schema_name: str | None = None) -> tuple[RunLabel, ...]:
        """The runs that a user means.

        Args:
            name: A document's key, file name or SHA-256: the newest done run of each schema. Or a
                run's id, or at least 8 of its first digits: that run, whatever its state.
            schema_name: Only runs of this schema; None: of all.

        Raises:
            StoreMissing: nothing has this name, the digits are those of several runs, or the
                document has no such run; the message says what to do.
        """
        with self._pool.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query("evidence", "runs_of_document"), {"name": name}).fetchall()
            if not rows and (digits := _first_digits(name)):
                ends = {end: digits.ljust(_UUID_DIGITS, end) for end in "0f"}
                between = {"lowest": ends["0"], "highest": ends["f"]}
                rows = cursor.execute(query("evidence", "runs_between"), between).fetchall()
                if len(rows) > 1:
                    raise StoreMissing(f"several runs begin with `{name}`. Give more digits.")
            if all(row["run_id"] is None for row in rows):
                _raise_if_refused(cursor, name)
        if not rows:
            raise StoreMissing(
                f"no document and no run is called `{name}`. Give a document's key, file name or SHA-256, "
                "or at least 8 digits of a run's id; `countersign export` lists both."
            )
        return _chosen(rows, name, schema_name)


def _raise_if_refused(cursor: psycopg.Cursor[dict[str, Any]], name: str) -> None:
    refused = cursor.execute(query("evidence", "refused"), {"name": name}).fetchone()
    if refused is not None:
        raise StoreMissing(
            f"`{name}` was refused by the reader, so there is no page: {refused['code']} ({refused['message']}). "
            "Processing it again gives the same; docs/reading.md says what each reason means."
        )


def _chosen(rows: Sequence[Mapping[str, Any]], name: str, schema_name: str | None) -> tuple[RunLabel, ...]:
    labels = [RunLabel(**row) for row in rows if row["run_id"] is not None]
    fitting = tuple(label for label in labels if schema_name in (None, label.schema_name))
    if labels and not fitting:
        others = ", ".join(sorted({label.schema_name for label in labels}))
        raise StoreMissing(
            f"`{name}` has no finished run of the schema `{schema_name}`. It was processed with: {others}."
        )
    if not labels:
        raise StoreMissing(
            f"`{name}` has no finished run. Process it with `countersign extract`; of a run that is not "
            "finished, give the run's id."
        )
    return fitting


def _first_digits(name: str) -> str | None:
    """The first digits of a run's id without dashes; None: it is no run's id."""
    digits = name.strip().lower().replace("-", "")
    return digits if _FIRST_DIGITS.fullmatch(digits) else None


def _head_row(connection: psycopg.Connection, run_id: RunId) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query("evidence", "head"), {"run_id": run_id}).fetchone()
    if row is None:
        raise StoreMissing(f"there is no run {run_id}. `countersign export` lists runs.")
    return row


def _head(row: Mapping[str, Any]) -> RunHead:
    newer = row["newer_run_id"]
    return RunHead(
        error_code=row["error_code"] or "",
        attempt=row["attempt"],
        generator=row["generator"],
        critic=row["critic"] or "",
        promise=row["promise"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        newer_run_id=None if newer is None else RunId(newer),
        checks=tuple((c["expression"], c["outcome"], c.get("says", "")) for c in row["checks"]),
    )


def _sources(connection: psycopg.Connection, document_id: str) -> tuple[DocumentSource, ...]:
    values = {"document_id": document_id, "most": _MAX_SOURCES}
    rows = connection.execute(query("evidence", "sources"), values).fetchall()
    return tuple(DocumentSource(*row) for row in rows)


def _reviews(connection: psycopg.Connection, run_id: RunId) -> tuple[StoredReview, ...]:
    rows = connection.execute(query("evidence", "reviews"), {"run_id": run_id}).fetchall()
    return tuple(_review(*row) for row in rows)


def _review(
    index: int, field: str, extraction_id: int | None, reviewer: str, decision: str, *said: Any
) -> StoredReview:
    value, reason, at, via, is_carried, holds, pages = said
    who = (reviewer, decision, value or "", reason, at, via, is_carried, holds)
    return StoredReview(index, field, extraction_id, *who, pages=tuple(pages or ()))
