"""Keep: a backfill whose flow run was killed gets another. Looks every minute while one runs, else once an hour.

Requires:
    PostgreSQL, the Prefect server with its deployments.
"""

from __future__ import annotations

import logging

from tasks.backfill.deployment import crash, drivers, prefect_client, running_s, start_driver, switch_keeper
from tasks.postgres.backfills import DRIVER
from tasks.store import store

_GRACE_S = 20.0
"""A driver takes its lock a moment after the server knows that it runs."""

logger = logging.getLogger("countersign.backfill")


def keep() -> list[str]:
    """Start a driver for each running backfill that has none; gives their names. Where none runs it looks less often."""
    backfills, started = store().backfills, list[str]()
    running = backfills.running()
    switch_keeper(bool(running))
    with prefect_client() as client:
        for backfill in running:
            if backfills.is_held(backfill.backfill_id, DRIVER) or drivers(
                client, backfill.name, is_begun=False
            ):
                continue
            begun = drivers(client, backfill.name, is_begun=True)
            if any(running_s(run) < _GRACE_S for run in begun):
                continue
            for run in begun:
                crash(client, run)
            logger.warning("backfill %s has nobody who drives it: started anew", backfill.name)
            start_driver(backfill.name)
            started.append(backfill.name)
    return started
