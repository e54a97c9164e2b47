"""Plan: which documents a backfill takes, what it will cost by our own measured runs, and the plan as rows.

Requires:
    The bucket, PostgreSQL and Triton, which is asked for nothing but who its models are. Listings are streamed into the database.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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
from tasks.core.errors import BackfillMissing, ConfigurationError, NothingMatches, SourceMissing
from tasks.core.schema import load_schema
from tasks.documents import RunOptions
from tasks.postgres.backfill_plans import ChosenCounts, Criteria, ListedObject, Planning
from tasks.postgres.sources import Versions
from tasks.read import reader_version
from tasks.runtime.setting_files import price_table
from tasks.s3 import SourceObject, head_object, list_objects
from tasks.settings import settings
from tasks.store import store
from tasks.verify.model_calls import serving_models

BATCH_SIZE = 50
"""Starting a run costs about ten seconds, so not too few."""
BATCHES_IN_FLIGHT = 2

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Selection(BaseModel):
    """Which documents, and how they are worked on. All that is given must hold; a selection of nothing but a schema is the whole bucket."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_name: Annotated[
        str, Field(min_length=1, description="name of a built-in schema, or the path of a YAML file")
    ]
    bucket: Annotated[str | None, Field(description="default: the bucket of the settings")] = None
    prefix: Annotated[str, Field(description="only keys that begin so, e.g. `inbox/cuad/`")] = ""
    keys: Annotated[list[str], Field(description="only these keys; empty: all under the prefix")] = []
    since: Annotated[
        datetime | None, Field(description="only objects put into the bucket then or later (UTC)")
    ] = None
    until: Annotated[
        datetime | None, Field(description="only objects put into the bucket before then (UTC)")
    ] = None
    older: Annotated[
        list[str],
        Field(
            description="only documents whose newest run is older in one of these: schema, generator, critic, reader (than today's), "
            "or schema=DIGEST, generator=VERSION, critic=VERSION (than that one)"
        ),
    ] = []
    unsettled: Annotated[
        bool, Field(description="only documents whose newest run left something unsettled")
    ] = False
    error_codes: Annotated[
        list[str], Field(description="only documents that ended with one of these codes, e.g. `too_large`")
    ] = []
    options: Annotated[RunOptions, Field(description="rounds, critic, force")] = RunOptions()
    batch_size: Annotated[int, Field(ge=1, le=500, description="documents in one batch")] = BATCH_SIZE
    batches_in_flight: Annotated[int, Field(ge=1, le=100, description="batches submitted at once")] = (
        BATCHES_IN_FLIGHT
    )

    @property
    def older_than(self) -> dict[Versioned, str | None]:
        """
        Raises:
            ConfigurationError: one is no version of a run.
        """
        return parse_older(self.older)


def check(name: str, selection: Selection) -> None:
    """What is wrong with a plan before anything is looked up.

    Raises:
        ConfigurationError: the name cannot be one, the dates are the wrong way round, or a version is none.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"`{name}` cannot be a backfill's name: small letters, digits and hyphens, 63 at most"
        )
    if selection.since and selection.until and moment(selection.since) >= moment(selection.until):
        raise ConfigurationError(
            f"nothing lies between {selection.since.isoformat()} and {selection.until.isoformat()}: the dates are the wrong way round"
        )
    if stray := [key for key in selection.keys if not key.startswith(selection.prefix)]:
        raise ConfigurationError(
            f"{len(stray)} of the keys are not under the prefix `{selection.prefix}`, `{stray[0]}` is the first"
        )
    _ = selection.older_than


def moment(given: datetime) -> datetime:
    """With its zone; UTC where none is given."""
    return given if given.tzinfo else given.replace(tzinfo=UTC)


_BATCH_START_S = 10.0
"""Of a flow run's own process. Measured: 8 to 11 s on two cores."""
_HEADS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it was stored."""

    name: str
    backfill_id: int
    expected: Expected
    over_budget: tuple[str, ...]


def plan(name: str, selection: Selection) -> Planned:
    """Choose the documents, say what they will cost, and store both; nothing is begun.

    Raises:
        ConfigurationError: the name is taken or no name, the dates are the wrong way round, or a version was never seen.
        SourceMissing: nothing is listed, or a key of the list is not in the bucket.
        NothingMatches: the selection matches nothing. In every case nothing is stored.
    """
    check(name, selection)
    _must_be_free(name)
    schema = load_schema(selection.schema_name)
    options = selection.options
    generator, critic = serving_models(options.use_critic).identities
    max_rounds = options.max_rounds or settings().countersign_max_rounds
    wanted = Criteria(
        selection.bucket or settings().countersign_bucket,
        schema.name,
        Versions(schema.digest, generator, critic),
        max_rounds,
        selection.older_than,
        selection.unsettled,
        selection.error_codes,
    )
    with store().backfills.planning() as planning:
        planning.copy(_listed(planning, wanted.bucket, selection))
        chosen = planning.choose(wanted)
        if not chosen.n_documents:
            raise NothingMatches(f"the plan matches no document of s3://{wanted.bucket}/{selection.prefix}")
        measured = planning.measured(schema.name, generator.name)
        expected = expect(chosen, selection, measured, _currency())
        said = selection.model_dump(mode="json", exclude={"keys"}) | {
            "bucket": wanted.bucket,
            "n_keys": len(selection.keys),
        }
        backfill_id = planning.keep(name, said, chosen.n_documents, expected.as_json())
    return Planned(name, backfill_id, expected, over_budget(expected, budget()))


def expect(
    chosen: ChosenCounts, selection: Selection, measured: Mapping[Quantity, Measured], currency: str | None
) -> Expected:
    """What the chosen documents will cost, by what such runs have cost."""
    force = selection.options.force
    n_current = 0 if force else chosen.n_current
    n_due = chosen.n_documents - n_current
    n_read, n_known = (chosen.n_read, chosen.n_pages) if force else (chosen.n_due_read, chosen.n_due_pages)
    calls = measured.get(Quantity.CALLS)
    usual = n_known / n_read if n_read else calls.n_pages / calls.n_runs if calls else 1.0
    n_pages = n_known + usual * (n_due - n_read)
    quantities = {of: forecast(sums, n_due, n_pages) for of, sums in measured.items()}
    found = {of: f for of, f in quantities.items() if f is not None}
    if Quantity.CLOCK_S in found:
        found[Quantity.CLOCK_S] = _with_starts(found[Quantity.CLOCK_S], n_due, selection)
    n_measured = calls.n_runs if calls else 0
    return Expected(
        chosen.n_documents, n_current, chosen.n_new, n_pages, n_due - n_read, n_measured, found, currency
    )


def budget() -> CostBudget:
    """Of the settings; 0 there is no limit."""
    limits = settings()
    return CostBudget(
        limits.countersign_backfill_max_documents or None,
        limits.countersign_backfill_max_tokens or None,
        limits.countersign_backfill_max_money or None,
        limits.countersign_backfill_max_hours or None,
    )


def _with_starts(clock: Forecast, n_due: int, selection: Selection) -> Forecast:
    starts = _BATCH_START_S * math.ceil(n_due / selection.batch_size) / selection.batches_in_flight
    return Forecast(clock.expected + starts, clock.low + starts, clock.high + starts)


def _must_be_free(name: str) -> None:
    try:
        taken = store().backfills.by_name(name)
    except BackfillMissing:
        return
    raise ConfigurationError(
        f"there is a backfill `{name}` already ({taken.state}): give the plan another name"
    )


def _currency() -> str | None:
    prices = price_table()
    return prices.currency if prices else None


def _listed(planning: Planning, bucket: str, selection: Selection) -> Iterator[ListedObject]:
    """The objects that are in question, as they are in the bucket now."""
    objects = _named(planning, bucket, selection) if selection.keys else _under_prefix(bucket, selection)
    for found in objects:
        yield ListedObject(found.key, found.etag, reader_version(found.key))


def _under_prefix(bucket: str, selection: Selection) -> Iterator[SourceObject]:
    n_listed = 0
    for found in list_objects(bucket, selection.prefix):
        n_listed += 1
        if _is_in_time(found, selection):
            yield found
    if not n_listed:
        raise SourceMissing(
            f"no documents under s3://{bucket}/{selection.prefix}: nothing was stored. Check bucket and prefix."
        )


def _named(planning: Planning, bucket: str, selection: Selection) -> Iterator[SourceObject]:
    """Keys of a list; only those that we never saw, or whose date counts, cost a request."""
    keys = list(dict.fromkeys(selection.keys))
    is_dated = selection.since is not None or selection.until is not None
    known = {} if is_dated else planning.etags(bucket, keys)
    yield from (SourceObject(bucket, key, etag, 0) for key, etag in known.items())
    found = _heads(bucket, [key for key in keys if key not in known])
    yield from (head for head in found if _is_in_time(head, selection))


def _heads(bucket: str, keys: Sequence[str]) -> Iterable[SourceObject]:
    with ThreadPoolExecutor(_HEADS_AT_ONCE) as pool:
        heads = list(pool.map(lambda key: _head(bucket, key), keys))
    missing = [key for key, head in zip(keys, heads, strict=True) if head is None]
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise SourceMissing(
            f"{len(missing)} of the keys are not in s3://{bucket}: {shown}. Nothing was stored."
        )
    return [head for head in heads if head is not None]


def _head(bucket: str, key: str) -> SourceObject | None:
    try:
        return head_object(bucket, key)
    except SourceMissing:
        return None


def _is_in_time(found: SourceObject, selection: Selection) -> bool:
    if found.modified_at is None:
        return True
    began = selection.since is None or found.modified_at >= moment(selection.since)
    return began and (selection.until is None or found.modified_at < moment(selection.until))
