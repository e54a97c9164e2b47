"""What the HTTP interface answers: its OpenAPI schemas are made of these classes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, Field

Item = TypeVar("Item")
RunStateName = Literal["running", "done", "failed", "superseded"]
DocumentStateName = Literal["current", "deleted", "replaced"]
CellStateName = Literal["found", "absent", "unsettled", "failed"]
ValueStatusName = Literal["verified", "unsettled", "rejected", "accepted"]
Spans = Annotated[
    list[tuple[int, int]],
    Field(
        description="`[start, end)` in code points of the document text, one for each page that is touched"
    ),
]
Pages = Annotated[list[int], Field(description="page numbers, from 1")]
Link = Annotated[
    str, Field(description="an address on this server", json_schema_extra={"format": "uri-reference"})
]


class ListPage(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="the cursor `after` of the next page; null: this was the last one")


class SeenPlace(BaseModel):
    """Where a document was seen."""

    bucket: str
    key: str


class RunResource(BaseModel):
    """One pass over one document with one schema and one pair of models."""

    run: str = Field(description="its id, a UUID")
    state: RunStateName
    is_current: bool = Field(description="whether it is the newest done run of its content and schema")
    newest: str | None = Field(description="that newest run, of a done or superseded one")
    error: str | None = Field(description="why it gave up, a code")
    sha256: str = Field(description="of the document's bytes")
    documents: list[SeenPlace] = Field(
        description="under which keys these bytes were seen, among those that you may see; at most 50"
    )
    schema_name: str = Field(alias="schema")
    schema_version: str = Field(description="the schema's digest")
    generator: str
    critic: str | None
    reader_version: str
    promise: float | None = Field(
        description="the share of verified values that must be right; null: nothing was promised"
    )
    attempt: int
    revision: int = Field(
        description="grows with every answer and decision: the same number means the same values"
    )
    began_at: AwareDatetime
    finished_at: AwareDatetime | None
    evidence: Link


class NewestRun(BaseModel):
    """The newest done run of a document for a schema."""

    schema_name: str = Field(alias="schema")
    run: str
    revision: int
    finished_at: AwareDatetime


class DocumentResource(BaseModel):
    """A key of a bucket, or an attachment of a mail there (`MAIL!/NAME`), and what it holds."""

    document: str = Field(description="its id: base64url of `BUCKET/KEY` without padding")
    bucket: str
    key: str
    state: DocumentStateName = Field(
        description="current: what was read last is there; deleted: the key is gone; replaced: it holds something "
        "that was not read yet"
    )
    since: AwareDatetime = Field(description="since when it was seen to be so")
    version: str = Field(description="of the object: the S3 version id, or the ETag")
    etag: str | None
    sha256: str | None = Field(description="of the bytes; null: they were not read")
    withheld: str | None = Field(
        description="why the object store does not give the bytes: archived or key_denied"
    )
    refused: str | None = Field(description="why the reader refused the document, a code")
    runs: list[NewestRun] = Field(description="the newest done run of these bytes for each schema")
    values: Link


class PartValue(BaseModel):
    """One part of a record."""

    name: str
    value: str
    normal: str | None
    day_type: str | None = None
    quote: str
    spans: Spans
    pages: Pages
    footnote: str | None


class ValuePlace(BaseModel):
    """Another place where the document says the value."""

    spans: Spans
    pages: Pages
    footnote: str | None


class ReviewNote(BaseModel):
    """What a person decided about a value."""

    decision: str
    reviewer: str
    at: str
    reason: str
    found: str | None


class ValueResource(BaseModel):
    """One value: the keys of a line of `countersign export`, and its id."""

    id: str = Field(description="of the value within its run")
    document: str
    run: str
    field: str
    status: ValueStatusName
    value: str
    normal: str | None
    day_type: str | None
    quote: str
    display: str = Field(description="the quote on one line")
    spans: Spans
    pages: Pages
    footnote: str | None = Field(description="the marker of the note in which the words stand")
    round: int | None
    score: float | None
    generator: str
    critic: str | None
    extraction: int | None
    parts: list[PartValue]
    agreement: str | None
    places: list[ValuePlace]
    reason: str
    promise: float | None
    review: ReviewNote | None
    bucket: str
    version: str = Field(description="of the object that holds the document")
    state: Literal["current", "deleted", "replaced", "superseded"] = Field(
        description="as of the document; superseded: there is a newer run"
    )
    since: str
    citations: Link


class CitedPlace(BaseModel):
    """One place where the document says a value."""

    spans: Spans
    pages: Pages
    footnote: str | None
    quote: str = Field(
        description="the words of the document in these spans, in their order, each on a line of its own"
    )


class CitationsResource(BaseModel):
    """Where the document says a value; the place that speaks for it first."""

    run: str
    value: str = Field(description="its id")
    field: str
    citations: list[CitedPlace]
    evidence: Link = Field(description="the page that shows every value of the run boxed on its words")


class FieldCoverage(BaseModel):
    """How many chunks were read for a field, and what was found."""

    field: str
    found: int
    absent: int
    unsettled: int
    failed: int


class CoverageResource(BaseModel):
    """The cells of a run in numbers: one for each chunk and field."""

    run: str
    totals: dict[CellStateName, int]
    fields: list[FieldCoverage]
    cells: Link


class CellResource(BaseModel):
    """One chunk and one field."""

    chunk: int = Field(description="its number in the document, from 0")
    pages: Pages
    field: str
    state: CellStateName
    reason: str


def run_resource(row: dict[str, Any], evidence: str) -> RunResource:
    """The resource of a row of the catalogue."""
    is_current = row["state"] == "done" and row["newest"] == row["run_id"]
    return RunResource.model_validate(
        {
            "run": row["run_id"],
            "is_current": is_current,
            "error": row["error_code"] if row["state"] == "failed" else None,
            "sha256": row["document_id"],
            "documents": row["places"],
            "schema": row["schema_name"],
            "schema_version": row["schema_version_id"],
            "revision": row["trail_length"],
            "began_at": _utc(row["created_at"]),
            "finished_at": None if row["finished_at"] is None else _utc(row["finished_at"]),
            "evidence": evidence,
        }
        | {name: row[name] for name in _SAME}
    )


def document_resource(row: dict[str, Any], document_id: str, values: str) -> DocumentResource:
    """The resource of a row of the catalogue."""
    runs = [{**run, "finished_at": _utc(datetime.fromisoformat(run["finished_at"]))} for run in row["runs"]]
    return DocumentResource.model_validate(
        {
            **{name: row[name] for name in ("bucket", "key", "state", "etag", "withheld", "refused")},
            "document": document_id,
            "since": _utc(row["since"]),
            "version": row["object_version"],
            "sha256": row["document_id"],
            "runs": runs,
            "values": values,
        }
    )


_SAME = ("state", "newest", "generator", "critic", "reader_version", "promise", "attempt")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
