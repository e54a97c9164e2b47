"""The parts of the stack that a command needs, and the store for commands that need PostgreSQL and nothing else."""

from __future__ import annotations

import os

from infra import stack
from infra.cli.console import quiet_prefect
from infra.stack import StackPart
from tasks.postgres.store import Store


def start_parts(*parts: StackPart) -> None:
    """Start these parts unless they run, all without any, and put their addresses into the environment.

    Call it before importing Prefect, which reads its settings on import.

    Raises:
        StackError, ConfigurationError, StoreUnavailable, SourceError, ModelUnavailable: a part cannot be used; the message
            says why.
    """
    stack.ensure_up(set(parts) or None)
    stack.export()
    quiet_prefect()


def open_store(*parts: StackPart, as_owner: bool = False) -> Store:
    """The store of the database that the environment names, or else of the embedded one, which is started.

    Args:
        parts: Further parts that the command needs.
        as_owner: As the embedded database's owner, where it is used; else it is the user that the environment names.

    Raises: As `start_parts`.
    """
    start_parts(StackPart.POSTGRES, *parts)
    owner = stack.owner_url() if as_owner else None
    return Store(owner or os.environ["DATABASE_URL"])


def copies_need() -> tuple[StackPart, ...]:
    """The parts in which signed heads, evidence pages and delivered values are kept."""
    places = ("COUNTERSIGN_AUDIT", "COUNTERSIGN_EVIDENCE", "COUNTERSIGN_RESULTS")
    return (StackPart.S3,) if any(map(os.environ.get, places)) else ()
