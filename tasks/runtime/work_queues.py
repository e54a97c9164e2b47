"""Queues of the work pool: which runs a free worker takes first."""

from __future__ import annotations

from enum import StrEnum


class WorkQueue(StrEnum):
    """In order of priority; the pool's own `default` queue comes after these."""

    OPERATOR = "operator"
    """A user waits for it."""
    NIGHTLY = "nightly"
    BULK = "bulk"
    """Work without a deadline."""
