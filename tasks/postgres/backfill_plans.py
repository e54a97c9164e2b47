"""Plans a backfill: copies the listing in, chooses and counts the documents, and stores the plan.

All of it is one transaction with temporary tables. Nothing remains unless `store` is called. Even
a million objects take no memory in the worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.backfill.progress import Measured, Quantity, Versioned
from tasks.core.errors import ConfigurationError
from tasks.core.records import ModelIdentity
from tasks.core.text.to_pg_text import storable
from tasks.postgres.queries import as_json, copy_rows, query
from tasks.postgres.sources import Versions

MAX_MEASURED_RUNS = 1_000
"""The newest runs predict best what the next will cost, and reading more of them would only take
longer."""


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object as the bucket has it now."""

    key: str
    etag: str
    reader_version: str
    """Version of the reader that would read it now."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which of the listed objects are chosen, and the versions that would process them now."""

    bucket: str
    schema_name: str
    deployed: Versions
    max_rounds: int
    older: Mapping[Versioned, str | None]
    """Only documents whose newest run has a version of one of these that is older than the named
    one (None: than the deployed one); empty: all.
    """
    unsettled: bool
    error_codes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChosenCounts:
    """Counts of the chosen documents; `due`: without those already done with the deployed versions."""

    n_documents: int
    n_current: int
    n_new: int
    n_read: int
    n_pages: int
    n_due_read: int
    n_due_pages: int


class Planning:
    """One plan in the making. Every method belongs to the transaction in which it was opened."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.execute("SET LOCAL statement_timeout = 0")  # a listing may last an hour

    def etags(self, bucket: str, keys: Sequence[str]) -> dict[str, str]:
        """The ETag of the newest content of each of these keys that was recorded."""
        values = {"bucket": bucket, "keys": [storable(key) for key in keys]}
        return dict(self._connection.execute(query("backfill", "keys_known"), values).fetchall())

    def copy(self, listed: Iterable[ListedObject]) -> None:
        """Copy the listing in as it arrives."""
        self._connection.execute(query("backfill", "listed"))
        rows = ((storable(o.key), o.etag, o.reader_version) for o in listed)
        copy_rows(self._connection, query("backfill", "copy_listed"), rows)
        self._connection.execute("ANALYZE listed")

    def choose(self, criteria: Criteria) -> ChosenCounts:
        """Choose the documents and count them.

        Raises:
            ConfigurationError: no run used a version that is named.
        """
        self._connection.execute(query("backfill", "chosen"))
        self._connection.execute(query("backfill", "choose"), self._values(criteria))
        with self._connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query("backfill", "count_chosen")).fetchone()
        assert row is not None
        return ChosenCounts(**row)

    def measured(self, schema_name: str, generator: str) -> dict[Quantity, Measured]:
        """What pages cost, summed over the newest done runs of a schema and a generator; empty
        without runs."""
        values = {"schema_name": schema_name, "generator": generator, "max_runs": MAX_MEASURED_RUNS}
        rows = self._connection.execute(query("backfill", "measured"), values).fetchall()
        return {Quantity(name): Measured(*sums) for name, *sums in rows}

    def store(
        self, name: str, selection: Mapping[str, Any], n_documents: int, forecast: Mapping[str, Any]
    ) -> int:
        """Store the plan with the chosen documents; return its id.

        Raises:
            psycopg.errors.UniqueViolation: the name is taken.
        """
        values = {"name": name, "selection": as_json(selection), "forecast": as_json(forecast)}
        cursor = self._connection.execute(query("backfill", "add"), {**values, "n_documents": n_documents})
        row = cursor.fetchone()
        assert row is not None
        self._connection.execute(query("backfill", "keep_chosen"), {"backfill_id": row[0]})
        return row[0]

    def _values(self, criteria: Criteria) -> dict[str, Any]:
        deployed, older = criteria.deployed, criteria.older
        without_version = Versioned.CRITIC in older and older[Versioned.CRITIC] is None
        return {
            "bucket": criteria.bucket,
            "schema_name": criteria.schema_name,
            "schema_digest": deployed.schema_digest,
            "max_rounds": criteria.max_rounds,
            "promise": deployed.promise,
            "generator_id": self._model_id("generator", deployed.generator),
            "critic_id": self._model_id("critic", deployed.critic),
            "is_about_versions": bool(older),
            "older_schemas": self._older_schemas(criteria),
            "older_generators": self._older_models(criteria, Versioned.GENERATOR, deployed.generator),
            "older_critics": self._older_models(criteria, Versioned.CRITIC, deployed.critic),
            "older_reader": Versioned.READER in older,
            "without_critic": without_version and deployed.critic is not None,
            "unsettled": criteria.unsettled,
            "error_codes": list(criteria.error_codes) or None,
        }

    def _model_id(self, kind: str, model: ModelIdentity | None) -> int | None:
        if model is None:
            return None
        values = {"kind": kind, "name": model.name, "version": model.version}
        row = self._connection.execute(query("run", "model_id"), values).fetchone()
        return row[0] if row else -1  # no run used the model; no row has this id

    def _older_schemas(self, criteria: Criteria) -> list[str]:
        values = {"schema_name": criteria.schema_name, "deployed": criteria.deployed.schema_digest}
        return self._older(criteria, Versioned.SCHEMA, "schemas", values)

    def _older_models(self, criteria: Criteria, kind: Versioned, deployed: ModelIdentity | None) -> list[int]:
        name, version = (deployed.name, deployed.version) if deployed else (None, None)
        values = {"kind": kind.value, "name": name, "version": version}
        return self._older(criteria, kind, "models", values)

    def _older(self, criteria: Criteria, kind: Versioned, table: str, values: dict[str, Any]) -> list[Any]:
        if kind not in criteria.older:
            return []
        values = {**values, "named": criteria.older[kind]}
        if values["named"] is not None and not self._column(f"known_{table}", values):
            known = ", ".join(self._column(f"known_{table}", {**values, "named": None}))
            raise ConfigurationError(
                f"no run used the {kind.value} version `{values['named']}`. Known, newest first: {known or 'none'}"
            )
        return self._column(f"older_{table}", values)

    def _column(self, name: str, values: Mapping[str, Any]) -> list[Any]:
        return [row[0] for row in self._connection.execute(query("backfill", name), values)]
