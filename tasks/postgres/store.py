"""Everything that the steps write to and read from PostgreSQL: one object for each subject, over
one pool.

Each of their methods is one transaction. Threads may share a store; processes may not.

Requires:
    A database migrated by `sql.migrate`; a user with the role countersign_writer, or to read only
    countersign_reader.
"""

from __future__ import annotations

from typing import Self

from tasks.core.errors import StoreUnavailable
from tasks.postgres.audit.checkpoints import Checkpoints
from tasks.postgres.audit.erasures import Erasures
from tasks.postgres.audit.trail import Trail
from tasks.postgres.backfills import Backfills
from tasks.postgres.boards import Boards
from tasks.postgres.connection import Pool
from tasks.postgres.delivery.catalogue import Catalogue
from tasks.postgres.delivery.deliveries import Deliveries
from tasks.postgres.error_book import ErrorBook
from tasks.postgres.evidence import EvidenceRows
from tasks.postgres.lookups import Lookups
from tasks.postgres.objects import Objects
from tasks.postgres.queries import query
from tasks.postgres.readings import Readings
from tasks.postgres.reports import Reports
from tasks.postgres.review.decisions import ReviewDecisions
from tasks.postgres.review.items import ReviewItems
from tasks.postgres.review.queue import ReviewQueue
from tasks.postgres.runs import Runs
from tasks.postgres.sources import Sources


class Store:
    """One database. Opens no connection before it is needed.

    Every method of its parts raises StoreUnavailable when the server does not answer,
    ConfigurationError when it refuses the connection or was not migrated, and StoreError when it
    rejects a row.
    """

    def __init__(self, database_url: str) -> None:
        self._pool = Pool(database_url)
        self.sources = Sources(self._pool)
        self.objects = Objects(self._pool)
        self.readings = Readings(self._pool)
        self.runs = Runs(self._pool)
        self.trail = Trail(self._pool)
        self.checkpoints = Checkpoints(self._pool)
        self.erasures = Erasures(self._pool)
        self.reports = Reports(self._pool)
        self.lookups = Lookups(self._pool)
        self.catalogue = Catalogue(self._pool)
        self.deliveries = Deliveries(self._pool)
        self.boards = Boards(self._pool)
        self.error_book = ErrorBook(self._pool)
        self.evidence = EvidenceRows(self._pool)
        self.backfills = Backfills(self._pool)
        self.review_queue = ReviewQueue(self._pool)
        self.review_items = ReviewItems(self._pool, self.runs.load)
        self.decisions = ReviewDecisions(self._pool)

    def require_writable(self) -> None:
        """
        Raises:
            StoreUnavailable: the server does not answer, or takes no writes.
        """
        with self._pool.transaction() as connection:
            if connection.execute(query("run", "takes_writes")).fetchone() != (True,):
                raise StoreUnavailable("PostgreSQL takes no writes: it is a replica, or set to read only")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections and give up the claims that are still held."""
        self.runs.close()
        self._pool.close()
