"""The store for commands that need PostgreSQL and nothing else. Must not import what the other parts need."""

from __future__ import annotations

import os

from infra import stack
from infra.stack import StackPart
from tasks.postgres.store import Store


def open_store() -> Store:
    """The store of the database that the environment names, or of the embedded one, which is started if it is down.

    Raises:
        StackError, StoreUnavailable, ConfigurationError: the database is not to be had; the message says why.
    """
    stack.ensure_up({StackPart.POSTGRES})
    stack.export()
    return Store(os.environ["DATABASE_URL"])
