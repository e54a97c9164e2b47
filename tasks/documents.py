"""Documents as flow parameters (requests, sources, options) and as flow results (outcomes).

Pydantic models, because Prefect serialises both. They hold keys and counts, never contract text.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tasks.core.cost.costs import Cost
from tasks.core.reading.mail.part_keys import display_name


class DocumentRequest(BaseModel):
    """One object of the bucket, or one attachment of a mail in it, and the schema to fill from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[
        str,
        Field(
            min_length=1,
            description="object key inside the bucket; of an attachment, `mail.eml!/contract.pdf`",
        ),
    ]
    schema_name: Annotated[
        str, Field(min_length=1, description="name of a built-in schema, or the path of a YAML file")
    ]
    bucket: Annotated[str | None, Field(description="default: the bucket of the settings")] = None

    @property
    def name(self) -> str:
        """The file's own name: the last part of the key; of an attachment, with that of its mail."""
        return display_name(self.key)


class Source(BaseModel):
    """A prefix of the bucket, and the schema to fill from its documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: Annotated[str, Field(description="key prefix, e.g. `inbox/investment/`")]
    schema_name: Annotated[
        str, Field(min_length=1, description="name of a built-in schema, or the path of a YAML file")
    ]


class RunOptions(BaseModel):
    """How to process documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_rounds: Annotated[int | None, Field(ge=1, le=10, description="default: the settings'")] = None
    use_critic: Annotated[bool, Field(description="without a critic nothing is verified")] = True
    force: Annotated[bool, Field(description="process again even if results are stored")] = False


class OutcomeStatus(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"
    """A finished run with the same key is stored."""
    UNSETTLED = "unsettled"
    """Its pages are scans without text. A worker with OCR processes it later."""
    POSTPONED = "postponed"
    """Not started: the batch's budget ended, or another worker has it. The next run takes it."""
    QUARANTINED = "quarantined"
    """Refused; the reason is stored."""
    WITHHELD = "withheld"
    """The object store does not give the bytes: it is archived, or its key may not be used. A later
    run takes it, once that is mended."""
    FAILED = "failed"
    """Not finished; the next run continues where it stopped."""


class Outcome(BaseModel):
    """What a flow run did with one document."""

    model_config = ConfigDict(frozen=True)

    key: str
    schema_name: str
    status: OutcomeStatus
    bucket: str | None = None
    """Of a document with a run."""
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
    """Of the rounds of this flow run, without those that an earlier one stored."""
    not_looked_for: dict[str, str] = {}
    """Fields that the generator could not extract, and why: their cells are `failed`."""
    flags: tuple[str, ...] = ()
    """What the reader says of the file: `redline`, `watermark`, ..."""
    left_out: str = ""
    """The attachments of this mail that are not read, in words."""
    reason: str = ""
    evidence: Annotated[str, Field(description="link to the evidence page")] = ""


def worst_of(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a mail with its attachments, for who asks only for the mail.

    It is the mail's own, unless an attachment failed or was not begun: then it is to be taken again.

    Args:
        outcomes: The mail's own first.
    """
    for status in (OutcomeStatus.FAILED, OutcomeStatus.POSTPONED):
        if worst := next((outcome for outcome in outcomes if outcome.status is status), None):
            named = worst.reason if worst is outcomes[0] else f"{display_name(worst.key)}: {worst.reason}"
            return outcomes[0].model_copy(update={"status": status, "reason": named})
    return outcomes[0]
