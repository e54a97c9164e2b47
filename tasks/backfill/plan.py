"""Plans a backfill: chooses the documents, forecasts the cost from measured runs, and stores the
plan.

Requires:
    The bucket, PostgreSQL, and Triton for the versions of its models. Listings are streamed into
    the database.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tasks.attachments import can_read_scans, recorded_parts
from tasks.core.backfill.progress import (
    CostBudget,
    Expected,
    Forecast,
    Measured,
    Quantity,
    Versioned,
    forecast,
    over_budget,
    parse_older,
)
from tasks.core.batch_sizes import batch_of_pages
from tasks.core.errors import BackfillMissing, ConfigurationError, NothingMatches, SourceMissing
from tasks.core.left_out import LeftOut
from tasks.core.reading import FileKind, kind_of
from tasks.core.reading.mail.part_keys import root_key
from tasks.core.text.display import counted
from tasks.documents import SCHEMA_NAME, RunOptions
from tasks.postgres.backfill_plans import ChosenCounts, Criteria, ListedObject, Planning
from tasks.postgres.sources import Versions
from tasks.read import reader_version
from tasks.runtime.setting_files import price_table
from tasks.s3 import SourceObject, head_object, list_objects
from tasks.schemas import open_schema, origin
from tasks.settings import settings
from tasks.store import store
from tasks.verify.model_calls import serving_models

logger = logging.getLogger("countersign.backfill")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Selection(BaseModel):
    """Which documents are processed, and how.

    All conditions must hold; only a schema: the whole bucket.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_name: Annotated[str, Field(min_length=1, description=SCHEMA_NAME)]
    bucket: Annotated[str | None, Field(description="default: the bucket of the settings")] = None
    prefix: Annotated[str, Field(description="only keys that begin with this, e.g. `inbox/cuad/`")] = ""
    keys: Annotated[list[str], Field(description="only these keys; empty: all under the prefix")] = []
    since: Annotated[datetime | None, Field(description="only objects uploaded then (UTC) or later")] = None
    until: Annotated[datetime | None, Field(description="only objects uploaded before then (UTC)")] = None
    older: Annotated[
        list[str],
        Field(
            description="only documents whose newest run has an older version of one of these: schema, generator, critic, "
            "reader (older than the deployed one), or schema=DIGEST, generator=VERSION, critic=VERSION (older than that one)"
        ),
    ] = []
    unsettled: Annotated[bool, Field(description="only documents with unsettled fields")] = False
    error_codes: Annotated[
        list[str], Field(description="only documents that ended with one of these codes, e.g. `too_large`")
    ] = []
    options: Annotated[RunOptions, Field(title="Options", description="rounds, critic, force")] = RunOptions()
    batch_size: Annotated[
        int | None,
        Field(ge=1, le=500, description="documents in one batch; default: 50, more of short ones, up to 500"),
    ] = None
    batches_in_flight: Annotated[int, Field(ge=1, le=100, description="batches submitted at once")] = 2

    @property
    def older_than(self) -> dict[Versioned, str | None]:
        """Raises: ConfigurationError if an item names no version of a run."""
        return parse_older(self.older)


def check(name: str, selection: Selection) -> None:
    """Check a name and a selection by themselves, without the bucket and the store.

    Raises:
        ConfigurationError: the name is not valid, or the selection contradicts itself.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"`{name}` cannot be a backfill's name. Use lower-case letters, digits and hyphens, 63 at most."
        )
    since, until = selection.since, selection.until
    if since and until and with_time_zone(since) >= with_time_zone(until):
        raise ConfigurationError(
            f"`since` ({since.isoformat()}) must be earlier than `until` ({until.isoformat()})"
        )
    if outside := [key for key in selection.keys if not key.startswith(selection.prefix)]:
        raise ConfigurationError(
            f"{counted(len(outside), 'key is', 'keys are')} not under the prefix `{selection.prefix}`; the first is `{outside[0]}`"
        )
    _ = selection.older_than


def with_time_zone(time: datetime) -> datetime:
    """UTC if it has no zone."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


_BATCH_START_S = 10.0
"""Until the process of a batch works. Measured: 8 to 11 s on two cores."""
_HEADS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class StoredPlan:
    name: str
    backfill_id: int
    expected: Expected
    over_budget: tuple[str, ...]


def plan(name: str, selection: Selection) -> StoredPlan:
    """Choose the documents, forecast their cost, and store both, with the schema's wording.

    An error stores no plan; no run begins.

    Raises:
        SchemaError: there is no such schema, or it breaks the rules.
        ConfigurationError: see `check`; or the name is taken, or no run used a version of `older`.
        SourceMissing: the listing is empty, or a key of the list is not in the bucket.
        NothingMatches: no document matches.
    """
    check(name, selection)
    _check_name_is_free(name)
    schema = open_schema(selection.schema_name)
    options = selection.options
    serving = serving_models(options.use_critic)
    generator, critic = serving.identities
    bucket = selection.bucket or settings().bucket
    criteria = Criteria(
        bucket,
        schema.name,
        Versions(schema.digest, generator, critic, serving.promise(schema)),
        options.max_rounds or settings().max_rounds,
        selection.older_than,
        selection.unsettled,
        selection.error_codes,
    )
    with store().backfills.planning() as planning:
        planning.copy(_listed(planning, bucket, selection, schema.name))
        chosen = planning.choose(criteria)
        if not chosen.n_documents:
            raise NothingMatches(f"the plan matches no document of s3://{bucket}/{selection.prefix}")
        measured = planning.measured(schema.name, generator.name)
        expected = forecast_cost(chosen, selection, measured, _currency())
        stored = selection.model_dump(mode="json", exclude={"keys"})
        stored |= {"bucket": bucket, "n_keys": len(selection.keys)}
        # Any worker takes the plan's wording from the store, whatever becomes of the file.
        store().runs.register_schema(schema)
        stored |= {"schema_name": schema.name, "schema_digest": schema.digest}
        stored |= {"schema_origin": origin(selection.schema_name)}
        backfill_id = planning.store(name, stored, chosen.n_documents, expected.as_json())
    return StoredPlan(name, backfill_id, expected, over_budget(expected, budget()))


def forecast_cost(
    chosen: ChosenCounts, selection: Selection, measured: Mapping[Quantity, Measured], currency: str | None
) -> Expected:
    """Forecast what the chosen documents will cost.

    Unread documents are taken to have as many pages as the mean of the read ones, or of the
    measured runs.
    """
    force = selection.options.force
    n_current = 0 if force else chosen.n_current
    n_due = chosen.n_documents - n_current
    n_read, n_known = (chosen.n_read, chosen.n_pages) if force else (chosen.n_due_read, chosen.n_due_pages)
    calls = measured.get(Quantity.CALLS)
    mean_pages = n_known / n_read if n_read else calls.n_pages / calls.n_runs if calls else 1.0
    n_pages = n_known + mean_pages * (n_due - n_read)
    forecasts = {quantity: forecast(sums, n_due, n_pages) for quantity, sums in measured.items()}
    known = {quantity: amount for quantity, amount in forecasts.items() if amount is not None}
    if Quantity.CLOCK_S in known:
        size = selection.batch_size or batch_of_pages(n_pages / n_due if n_due else 0)
        known[Quantity.CLOCK_S] = _with_starts(
            known[Quantity.CLOCK_S], math.ceil(n_due / size) / selection.batches_in_flight
        )
    n_measured = calls.n_runs if calls else 0
    return Expected(
        chosen.n_documents, n_current, chosen.n_new, n_pages, n_due - n_read, n_measured, known, currency
    )


def budget() -> CostBudget:
    """From the settings, where 0 means no limit."""
    config = settings()
    return CostBudget(
        config.backfill_max_documents or None,
        config.backfill_max_tokens or None,
        config.backfill_max_money or None,
        config.backfill_max_hours or None,
    )


def _with_starts(clock: Forecast, n_starts: float) -> Forecast:
    starts_s = _BATCH_START_S * n_starts
    return Forecast(clock.expected + starts_s, clock.low + starts_s, clock.high + starts_s)


def _check_name_is_free(name: str) -> None:
    with suppress(BackfillMissing):
        state = store().backfills.by_name(name).state
        raise ConfigurationError(
            f"there is a backfill `{name}` already ({state}). Give the plan another name."
        )


def _currency() -> str | None:
    prices = price_table()
    return prices.currency if prices else None


def _listed(
    planning: Planning, bucket: str, selection: Selection, schema_name: str
) -> Iterator[ListedObject]:
    """The objects of the key list, or else under the prefix, as they are in the bucket now.

    Under a prefix, the attachments of mails are listed with them.
    """
    objects = (
        _in_key_list(planning, bucket, selection) if selection.keys else _under_prefix(bucket, selection)
    )
    for listed in objects:
        yield ListedObject(listed.key, listed.etag, reader_version(listed.key))
        if selection.keys or kind_of(listed.key) is not FileKind.MAIL:
            continue
        # Those that were never done follow their mail (`BackfillRecorder.not_planned`).
        for part in recorded_parts(bucket, listed.key, schema_name):
            if part.etag == listed.etag and part.is_settled:
                yield ListedObject(part.key, listed.etag, reader_version(part.key))


def _under_prefix(bucket: str, selection: Selection) -> Iterator[SourceObject]:
    n_listed = 0
    left_out = LeftOut()
    for listed in list_objects(bucket, selection.prefix):
        n_listed += 1
        if left_out.takes(listed.key, can_read_scans(), selection.prefix):
            continue
        if _is_in_time(listed, selection):
            yield listed
    if left_out.n_files:
        logger.info("%s", left_out.in_words())
    if not n_listed:
        raise SourceMissing(
            f"no documents under s3://{bucket}/{selection.prefix}: nothing was stored. Check bucket and prefix."
        )


def _in_key_list(planning: Planning, bucket: str, selection: Selection) -> Iterator[SourceObject]:
    keys = list(dict.fromkeys(selection.keys))
    is_dated = selection.since is not None or selection.until is not None
    # A recorded ETag saves the request to the bucket. The store keeps no dates of uploads.
    known = {} if is_dated else planning.etags(bucket, keys)
    yield from (SourceObject(bucket, key, etag, 0) for key, etag in known.items())
    heads = _heads(bucket, [key for key in keys if key not in known])
    yield from (head for head in heads if _is_in_time(head, selection))


def _heads(bucket: str, keys: Sequence[str]) -> list[SourceObject]:
    with ThreadPoolExecutor(_HEADS_AT_ONCE) as pool:
        heads = list(pool.map(lambda key: _head(bucket, key), keys))
    missing = [key for key, head in zip(keys, heads, strict=True) if head is None]
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise SourceMissing(
            f"{counted(len(missing), 'key is', 'keys are')} not in s3://{bucket}: {shown}. Nothing was stored."
        )
    return [head for head in heads if head is not None]


def _head(bucket: str, key: str) -> SourceObject | None:
    root = root_key(key)
    with suppress(SourceMissing):
        return replace(head_object(bucket, root), key=key)
    return None


def _is_in_time(listed: SourceObject, selection: Selection) -> bool:
    if listed.modified_at is None:
        return True
    if selection.since is not None and listed.modified_at < with_time_zone(selection.since):
        return False
    return selection.until is None or listed.modified_at < with_time_zone(selection.until)
