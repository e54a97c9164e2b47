"""Queues of the work pool: whose runs a free worker takes first."""

from __future__ import annotations

from enum import StrEnum


class WorkQueue(StrEnum):
    """In the order of priority; the server serves the pool's own `default` queue after these."""

    OPERATOR = "operator"
    """Somebody waits for it."""
    NIGHTLY = "nightly"
    BULK = "bulk"
    """Work without a date: what fills the night's gaps."""
