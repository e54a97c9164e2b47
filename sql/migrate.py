"""Migrates a database to the newest schema: plain SQL files, run in order by Alembic.

There are no downgrades: the next migration corrects a mistake. Must not know any table.
`python -m sql.migrate` migrates the database that DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

from tasks.core.errors import ConfigurationError, CountersignError
from tasks.postgres.connection import connect, database_errors

MIGRATIONS_DIR = Path(__file__).parent / "migrations"
_LOCK = 0x436F756E7465  # "Counte"; no other advisory lock has this number


def upgrade(database_url: str) -> None:
    """Migrate to the newest revision; one query if it is the newest.

    Several processes may call it at once.

    Raises:
        StoreUnavailable: the server does not answer.
        ConfigurationError: the credentials are wrong, the user may not create tables, or a newer
            version of Countersign has migrated the database.
    """
    with connect(database_url) as connection, database_errors():
        if _is_newest(connection):
            return
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.commit()
        if not _is_newest(connection):
            _run_alembic(database_url)
            _grant_revision_table(connection)


def revisions() -> list[str]:
    """Names of the migration files, oldest first, by their numbers: importing Alembic takes a
    second."""
    return sorted(path.stem for path in (MIGRATIONS_DIR / "versions").glob("*.sql"))


def sql_migration(revision: str) -> Callable[[], None]:
    """The `upgrade` of a revision: runs its SQL file in the transaction of the migration."""

    def upgrade() -> None:
        from alembic import op

        # Not through SQLAlchemy, which would read colons and percent signs of the SQL as parameters.
        driver = op.get_bind().connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute((MIGRATIONS_DIR / "versions" / f"{revision}.sql").read_bytes())

    return upgrade


def _is_newest(connection: psycopg.Connection) -> bool:
    current = _current(connection)
    if current is not None and current not in revisions():
        raise ConfigurationError(
            f"a newer version of Countersign migrated the database to {current}. Update this installation."
        )
    return current == revisions()[-1]


def _current(connection: psycopg.Connection) -> str | None:
    row = connection.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
    is_migrated = row == (True,)
    row = (
        connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
        if is_migrated
        else None
    )
    connection.commit()
    return row[0] if row else None


def _run_alembic(database_url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    # On another connection: the caller's holds the lock.
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


def _grant_revision_table(connection: psycopg.Connection) -> None:
    """Let every role read the revision, so that a flow sees whether the schema is up to date."""
    for role in ("countersign_owner", "countersign_writer", "countersign_reader", "countersign_reviewer"):
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).rowcount:
            rights = "ALL" if role == "countersign_owner" else "SELECT"
            connection.execute(f"GRANT {rights} ON public.alembic_version TO {role}")
    connection.commit()


def main() -> None:
    # Without arguments it changes a database, so a wrong one or `--help` must not.
    argparse.ArgumentParser(
        "python -m sql.migrate",
        description="Bring the database at DATABASE_URL up to date. It takes no options.",
    ).parse_args()
    if "DATABASE_URL" not in os.environ:
        sys.exit("DATABASE_URL is not set. Set it to the database that is to be migrated.")
    try:
        upgrade(os.environ["DATABASE_URL"])
    except CountersignError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
