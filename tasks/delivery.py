"""Delivery: writes the current values of finished documents to the results prefix, and says which are not current any more.

    due -> values, then the pointer -> table `delivery` -> a file of the log -> event `countersign.results.delivered`

What is due is asked of PostgreSQL: what differs between the present and what was recorded as delivered. So what a
crash or a refusal of S3 left over goes with the next delivery, under the same names and with the same bytes.
`tasks/core/delivery.py` says what the files are.

Requires:
    PostgreSQL, S3, `COUNTERSIGN_RESULTS`; the Prefect server for the event. Not through a connection pooler in
    transaction mode: one worker delivers at a time, by a lock of its session.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.settings import get_current_settings

from tasks.core.delivery import (
    JSON,
    JSON_LINES,
    NO_PLACE,
    Due,
    LoggedDelivery,
    log_content,
    log_key,
    pointer_content,
    pointer_key,
    values_content,
    values_key,
)
from tasks.core.errors import ConfigurationError, CountersignError, SourceMissing, StoreConflict
from tasks.core.records import DocumentId
from tasks.core.text.display import counted
from tasks.documents import Outcome
from tasks.postgres.delivery.deliveries import NewDelivery
from tasks.runtime.concurrency import map_in_threads
from tasks.s3 import head_object, put_bytes
from tasks.settings import settings
from tasks.store import store

DELIVERED_EVENT = "countersign.results.delivered"
RESOURCE = "countersign.results"

_KEYS_AT_ONCE = 200
"""The lock is held for so many keys, so that two workers take turns."""
_WRITES_AT_ONCE = 8
_MAX_TRIES = 20
"""For a run about which persons decide while it is read."""

logger = logging.getLogger("countersign.delivery")


@dataclass(frozen=True, slots=True)
class DeliveryCount:
    """What was delivered."""

    n_keys: int = 0
    """Keys that were looked at."""
    n_delivered: int = 0
    """Files of values, one for each key and schema."""
    n_values: int = 0
    n_withdrawn: int = 0
    """Keys and schemas whose values are not current any more, without others in their place."""

    def __add__(self, other: DeliveryCount) -> DeliveryCount:
        return DeliveryCount(
            self.n_keys + other.n_keys,
            self.n_delivered + other.n_delivered,
            self.n_values + other.n_values,
            self.n_withdrawn + other.n_withdrawn,
        )

    def __str__(self) -> str:
        if not (self.n_delivered or self.n_withdrawn):
            return "no results were due"
        withdrawn = f", {counted(self.n_withdrawn, 'result')} withdrawn" if self.n_withdrawn else ""
        values = counted(self.n_values, "value")
        return f"{counted(self.n_delivered, 'result')} with {values} delivered{withdrawn}"


@task(task_run_name="deliver results", cache_policy=NO_CACHE)
def deliver_results(outcomes: Sequence[Outcome] | None = None) -> str:
    """Deliver what is due, if the settings name a place for it.

    A delivery that fails fails nothing: the results are stored, and the next delivery takes them.

    Args:
        outcomes: Only of these documents; None: of all.

    Returns:
        What was delivered, in one line; empty: there is no place.
    """
    if not settings().results:
        return ""
    documents = None
    if outcomes is not None:
        documents = [DocumentId(one.document_id) for one in outcomes if one.document_id and one.run_id]
    try:
        message = str(deliver(documents))
        logger.info("%s", message)
    except CountersignError as error:
        message = f"results wait for the next delivery: {error}"
        logger.warning("%s", message)
    return message


def deliver(
    documents: Sequence[DocumentId] | None = None,
    progress: Callable[[DeliveryCount], object] = bool,
) -> DeliveryCount:
    """Deliver what is due.

    Args:
        documents: Only of these; None: of all.
        progress: Called with the count so far, often.

    Raises:
        ConfigurationError: there is no place to deliver to.
        SourceError, StoreError: what was delivered until then stays; the rest is due as before.
    """
    place = _place()
    done = DeliveryCount()
    deliveries = store().deliveries
    with deliveries.alone():
        _announce(place)
    for keys in deliveries.places(_KEYS_AT_ONCE, documents):
        with deliveries.alone():
            done += _deliver_keys(place, keys)
        progress(done)
    return done


def due(progress: Callable[[DeliveryCount], object] = bool) -> DeliveryCount:
    """What `deliver` would deliver of all documents; values are not counted.

    Raises: As `deliver`.
    """
    place, found, deliveries = _place(), DeliveryCount(), store().deliveries
    for keys in deliveries.places(_KEYS_AT_ONCE):
        found += _counted(len(keys), deliveries.due(_url(place), keys), 0)
        progress(found)
    return found


def _place() -> tuple[str, str]:
    place = settings().results_place
    if place is None:
        raise ConfigurationError(NO_PLACE)
    return place


def _url(place: tuple[str, str]) -> str:
    return f"s3://{place[0]}/{place[1]}"


def _deliver_keys(place: tuple[str, str], keys: Sequence[tuple[str, str]]) -> DeliveryCount:
    """Deliver what is due of some keys: their files, then their rows, then the log."""
    wanted = store().deliveries.due(_url(place), keys)
    if not wanted:
        return DeliveryCount(len(keys))

    def write(one: Due) -> NewDelivery:
        return _write(place, one)

    made = sorted(map_in_threads(write, wanted, _WRITES_AT_ONCE), key=_order)
    store().deliveries.record(_url(place), _next_log(place), made)
    _announce(place)
    n_values = sum(one.n_values for one in made if one.due.is_current)
    return _counted(len(keys), [one.due for one in made], n_values)


def _order(made: NewDelivery) -> tuple[str, str, str]:
    return made.due.bucket, made.due.key, made.due.schema_name


def _counted(n_keys: int, wanted: Sequence[Due], n_values: int) -> DeliveryCount:
    n_delivered = sum(one.is_current for one in wanted)
    return DeliveryCount(n_keys, n_delivered, n_values, len(wanted) - n_delivered)


def _write(place: tuple[str, str], wanted: Due) -> NewDelivery:
    """Write the values of one key and schema, and then their pointer, which so never names a file that is not there."""
    bucket, prefix = place
    n_values, sha256 = wanted.n_values, wanted.sha256
    if wanted.is_current:
        wanted, rows = _values(wanted)
        content = values_content(rows)
        n_values, sha256 = len(rows), hashlib.sha256(content).hexdigest()
        put_bytes(bucket, f"{prefix}{values_key(wanted)}", content, JSON_LINES)
    earlier = store().deliveries.earlier(wanted)
    pointer = pointer_content(wanted, n_values, sha256, earlier)
    put_bytes(bucket, f"{prefix}{pointer_key(wanted)}", pointer, JSON)
    return NewDelivery(wanted, values_key(wanted), n_values, sha256)


def _values(wanted: Due) -> tuple[Due, list[dict[str, Any]]]:
    """The values of a run as they are, and which revision they are of."""
    deliveries, run_id = store().deliveries, wanted.run_id
    for _ in range(_MAX_TRIES):
        revision = deliveries.revision(run_id)
        rows = list(store().reports.values_of(run_id, wanted.bucket, wanted.key))
        # The trail only grows: if it is as long as before, no decision fell between.
        if deliveries.revision(run_id) == revision:
            return replace(wanted, revision=revision), rows
    raise StoreConflict(f"run {run_id}: persons decide faster than its values are read; it is due again")


def _next_log(place: tuple[str, str]) -> int:
    """The next number of the log.

    After a restored backup the database knows fewer files than there are: none is written over.
    """
    bucket, prefix = place
    first = store().deliveries.next_log(_url(place))
    return next(number for number in count(first) if not _exists(bucket, f"{prefix}{log_key(number)}"))


def _exists(bucket: str, key: str) -> bool:
    try:
        head_object(bucket, key)
    except SourceMissing:
        return False
    return True


def _announce(place: tuple[str, str]) -> None:
    """Write the files of the log that are not known to be written, also those of a worker that died."""
    bucket, prefix = place
    for number, deliveries in store().deliveries.unannounced(_url(place)).items():
        put_bytes(bucket, f"{prefix}{log_key(number)}", log_content(deliveries), JSON_LINES)
        _tell(place, number, deliveries)
        store().deliveries.announce(_url(place), number)


def _tell(place: tuple[str, str], number: int, deliveries: Sequence[LoggedDelivery]) -> None:
    """Emit the event of a file of the log; told again, it has the same id.

    Without a server there is none: Prefect would start one for it.
    """
    if not get_current_settings().api.url:
        return
    log = f"{_url(place)}{log_key(number)}"
    n_withdrawn = sum(one.state != "current" for one in deliveries)
    emit_event(
        DELIVERED_EVENT,
        resource={"prefect.resource.id": RESOURCE, "prefect.resource.name": "delivered results"},
        payload={
            "log": log,
            "number": number,
            "delivered": len(deliveries) - n_withdrawn,
            "withdrawn": n_withdrawn,
            "values": sum(one.n_values for one in deliveries if one.state == "current"),
            "runs": sorted({one.file.run_id for one in deliveries}),
        },
        id=uuid.uuid5(uuid.NAMESPACE_URL, log),
    )
