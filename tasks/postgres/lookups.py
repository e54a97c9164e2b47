"""What a user of the web application looks for by name: documents, schemas, fields. Reads only.

Requires:
    The role countersign_reader.
"""

from __future__ import annotations

from collections.abc import Mapping

from tasks.postgres.connection import Pool
from tasks.postgres.queries import query

_TIMEOUT_S = 5
"""As long as a panel of a board may take: a form must not wait longer than what it is for."""


class Lookups:
    """Names that the database knows.

    Every method raises StoreUnavailable if the server does not answer in time.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def keys(self, name: str) -> list[str]:
        """The keys of documents with this key or file name, newest first; at most 50."""
        return self._names("keys", {"name": name})

    def schemas(self) -> list[str]:
        """The schemas that documents were processed with."""
        return self._names("schemas", {})

    def fields(self, schema_name: str) -> list[str]:
        """The fields of every version of a schema."""
        return self._names("fields", {"schema_name": schema_name})

    def check(self) -> None:
        """Do nothing if the server answers and has been migrated.

        Raises:
            StoreUnavailable: it does not answer.
            ConfigurationError: it refuses the user, or was not migrated.
        """
        self._names("check", {})

    def _names(self, name: str, values: Mapping[str, str]) -> list[str]:
        with self._pool.transaction() as connection:
            connection.execute("SELECT set_config('statement_timeout', %s, true)", (f"{_TIMEOUT_S}s",))
            return [row[0] for row in connection.execute(query("lookup", name), values)]
