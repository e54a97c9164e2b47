"""What is asked for and what came of it: flow parameters and one outcome for each document of a batch.

Pydantic, since both cross Prefect's border (parameters in, results out). Holds keys, ids and counts, never contract text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tasks.core.cost.costs import Cost


class DocumentRequest(BaseModel):
    """One object of the bucket and the schema it is read for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(min_length=1, description="object key inside the bucket")]
    schema_name: Annotated[
        str, Field(min_length=1, description="name of a built-in schema, or the path of a YAML file")
    ]
    bucket: Annotated[str | None, Field(description="default: the bucket of the settings")] = None

    @property
    def name(self) -> str:
        """The file's own name: the last part of the key."""
        return self.key.rsplit("/", 1)[-1]


class Source(BaseModel):
    """A prefix of the bucket whose documents are read for one schema."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: Annotated[str, Field(description="key prefix, e.g. `inbox/investment/`")]
    schema_name: Annotated[
        str, Field(min_length=1, description="name of a built-in schema, or the path of a YAML file")
    ]


class RunOptions(BaseModel):
    """How documents are worked on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_rounds: Annotated[int | None, Field(ge=1, le=10, description="default: the settings'")] = None
    use_critic: Annotated[bool, Field(description="without a critic nothing is verified")] = True
    force: Annotated[bool, Field(description="do again what is stored already")] = False


class OutcomeStatus(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"
    """A run with the same key is stored; nothing was done again."""
    UNSETTLED = "unsettled"
    """Nothing could be read of it, and it is not empty: its pages are scans. A reader with the extra `ocr` takes it up again."""
    POSTPONED = "postponed"
    """Not begun, for the batch's budget had ended or another worker is at it; nothing is written of it, so the next run takes it up as new,
    or finds it done."""
    QUARANTINED = "quarantined"
    """The document was refused; the reason is stored."""
    FAILED = "failed"
    """It could not be finished now; the next run takes it up where it stopped."""


class Outcome(BaseModel):
    """The end of one document's way through one run."""

    model_config = ConfigDict(frozen=True)

    key: str
    schema_name: str
    status: OutcomeStatus
    document_id: str | None = None
    run_id: str | None = None
    n_pages: int = 0
    n_chunks: int = 0
    n_rounds: int = 0
    n_verified: int = 0
    n_unsettled: int = 0
    n_rejected: int = 0
    duration_s: float = 0.0
    cost: Cost = Cost()
    """Of what was asked now: the rounds that an earlier run stored were its cost."""
    not_looked_for: tuple[str, ...] = ()
    """Fields that the generator cannot extract: their cells are `failed`."""
    reason: str = ""
