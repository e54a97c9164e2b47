"""The store of this process: one connection pool, opened on first use."""

from __future__ import annotations

from functools import lru_cache

from tasks.postgres.store import Store
from tasks.settings import settings


@lru_cache(maxsize=1)
def store() -> Store:
    """The store at `DATABASE_URL`."""
    return Store(settings().database_url.get_secret_value())
