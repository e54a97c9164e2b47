"""Brings a database to the newest schema: plain SQL files, run in order by Alembic, once, whoever else tries at the same time.

There is no way back down: a mistake is mended by the next migration. Must not know any table.
`python -m sql.migrate` migrates the database that DATABASE_URL names.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg

from tasks.core.errors import ConfigurationError, CountersignError
from tasks.postgres.connection import connect, database_errors

MIGRATIONS_DIR = Path(__file__).parent / "migrations"
_LOCK = 0x436F756E7465  # "Counte": any number that nobody else uses as an advisory lock


def upgrade(database_url: str) -> None:
    """Migrate to the newest revision. Safe to call always and by several at once; costs one query when there is nothing to do.

    Raises:
        StoreUnavailable: the server does not answer.
        ConfigurationError: wrong credentials, a user that may not create tables, or a database that is newer than this version.
    """
    with connect(database_url) as connection, database_errors():
        if _is_newest(connection):
            return
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.commit()
        if not _is_newest(connection):
            _run_alembic(database_url)
            _let_roles_see_the_revision(connection)


def revisions() -> list[str]:
    """Names of the migration files, oldest first: they are numbered, so that their order needs no Alembic to be known."""
    return sorted(path.stem for path in (MIGRATIONS_DIR / "versions").glob("*.sql"))


def run_file(name: str) -> None:
    """Run one SQL file of `versions/` inside the running migration's transaction. For the migrations themselves.

    The driver is used directly: SQLAlchemy would read colons and percent signs of the SQL as parameters.
    """
    from alembic import op

    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute((MIGRATIONS_DIR / "versions" / name).read_bytes())


def _is_newest(connection: psycopg.Connection) -> bool:
    current = _current(connection)
    if current is not None and current not in revisions():
        raise ConfigurationError(
            f"the database was migrated to {current} by a newer version of Countersign: update this installation"
        )
    return current == revisions()[-1]


def _current(connection: psycopg.Connection) -> str | None:
    found = connection.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
    row = None
    if found and found[0]:
        row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    connection.commit()
    return row[0] if row else None


def _run_alembic(database_url: str) -> None:
    """On a connection of its own; the caller's one holds the lock meanwhile. Alembic takes a second to import: only when needed."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: connect(database_url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR).replace("%", "%%"))
    try:
        with engine.connect() as bound:
            config.attributes["connection"] = bound
            command.upgrade(config, "head")
            bound.commit()
    except DBAPIError as error:
        raise (error.orig or error) from None


def _let_roles_see_the_revision(connection: psycopg.Connection) -> None:
    """So that a flow that may only write can tell that nothing is to be migrated."""
    for role in ("countersign_owner", "countersign_writer", "countersign_reader"):
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).rowcount:
            rights = "ALL" if role == "countersign_owner" else "SELECT"
            connection.execute(f"GRANT {rights} ON public.alembic_version TO {role}")
    connection.commit()


if __name__ == "__main__":
    if "DATABASE_URL" not in os.environ:
        sys.exit("DATABASE_URL is not set: it names the database that is to be migrated")
    try:
        upgrade(os.environ["DATABASE_URL"])
    except CountersignError as error:
        sys.exit(str(error))
