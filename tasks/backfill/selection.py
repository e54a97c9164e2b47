"""What a backfill is asked for: the form on Prefect's page, and the options of the command."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tasks.core.backfill import Versioned, version_wanted
from tasks.core.errors import ConfigurationError
from tasks.outcome import RunOptions

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
        return version_wanted(self.older)


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
