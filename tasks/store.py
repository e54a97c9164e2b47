"""The store of this process: one pool of connections to the database of the settings, opened when it is first used."""

from __future__ import annotations

from functools import lru_cache

from tasks.postgres.store import Store
from tasks.settings import settings


@lru_cache(maxsize=1)
def store() -> Store:
    """The store of `DATABASE_URL`."""
    return Store(settings().database_url.get_secret_value())
