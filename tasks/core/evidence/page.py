"""What an evidence page shows. Shapes only: it is made from the store and from a look at the file,
and written by `html`.

Texts are the document's, or words of the product in English with their code beside them; `html`
translates by code. Nothing here is HTML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tasks.core.reading.pictures.records import PageBox, PagePicture, PlaceKind
from tasks.core.records import Mark


class DocumentForm(StrEnum):
    """How the document is shown."""

    PAGES = "pages"
    """Pictures of pages; a page without one shows its text."""
    TEXT = "text"
    """Paragraphs: Word documents, mails, plain text, and every document whose file is not to be had."""


class NoticeCode(StrEnum):
    """What the reader of a page has to know of it. `html` has the words in each language."""

    FILE_CHANGED = "file_changed"
    """The object in S3 has other bytes now: the stored text is shown."""
    FILE_MISSING = "file_missing"
    FILE_FORBIDDEN = "file_forbidden"
    FILE_UNAVAILABLE = "file_unavailable"
    NOT_DRAWN = "not_drawn"
    """No page could be drawn; `detail` is the code."""
    OTHER_READER = "other_reader"
    """The run was read by another version of the reader than today's; boxes are found by the words."""
    SUPERSEDED = "superseded"
    """A newer run of the same document and schema is done; `detail` is its id."""
    NOT_FINISHED = "not_finished"
    FAILED = "failed"
    PAGES_NOT_READ = "pages_not_read"
    """`detail` lists the page numbers."""
    ONLY_PAGES_WITH_VALUES = "only_pages_with_values"
    NO_CRITIC = "no_critic"


@dataclass(frozen=True, slots=True)
class Notice:
    code: NoticeCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of the stored text of a page."""

    start: int
    end: int
    """Offsets of the document text, without the newline."""
    text: str
    tag: str = "body"
    """body, note or running."""
    heading_level: int = 0
    """Of a Word document's heading; 0: none."""


@dataclass(frozen=True, slots=True)
class ShownPage:
    page_number: int
    status: str
    """ok, needs_ocr, failed or ocr, as `page.status`."""
    start: int
    end: int
    picture: PagePicture | None
    not_drawn: str = ""
    """Why there is no picture: a code; empty: there is one, or none was wanted."""
    lines: tuple[ShownLine, ...] = ()
    marks: tuple[Mark, ...] = ()
    """What the page does to its words, such as a line through them; in order."""


@dataclass(frozen=True, slots=True)
class ShownRange:
    """A range of the document with its boxes."""

    start: int
    end: int
    page_number: int
    text: str
    boxes: tuple[PageBox, ...] = ()
    place: PlaceKind = PlaceKind.NONE


@dataclass(frozen=True, slots=True)
class ShownNote:
    """The footnote in which a value stands."""

    marker: str
    page_number: int
    body: tuple[ShownRange, ...]
    citations: tuple[ShownRange, ...]
    """The markers in the body that cite it."""
    citing_sentence: str


@dataclass(frozen=True, slots=True)
class ShownFinding:
    kind: str
    """redundant, missing, malformed or boundary."""
    source: str
    """critic, grounding or parser."""
    reason: str
    score: float | None
    quote: str = ""
    part: str = ""
    is_about_value: bool = True
    """False: about the field in this chunk, or the whole answer."""


@dataclass(frozen=True, slots=True)
class ShownRound:
    """What happened to a value in one round of its chunk."""

    round_number: int
    generator: str
    answered: tuple[str, ...]
    """The values that the generator gave for the field in this chunk; empty: none."""
    error: str
    """Why the generator gave no answer: a code; empty: it did."""
    critic: str
    """Empty: no critic was asked."""
    critic_error: str
    probability: float | None
    """The critic's probability that this value is right, in this round."""
    findings: tuple[ShownFinding, ...]
    change: str
    """first, kept, changed, added, dropped, back or absent: what became of the value in this round."""
    is_accepted: bool
    """The loop went on from this round's answer."""


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A person's decision."""

    reviewer: str
    decision: str
    value: str
    reason: str
    at: datetime
    via: str = ""
    """page, command or sheet; empty: not known."""
    is_carried: bool = False
    """It was made over an earlier run, and still holds."""
    holds: bool = True
    """False: it was taken back, or another decision followed."""
    pages: tuple[int, ...] = ()
    """Of words that the person gave."""


@dataclass(frozen=True, slots=True)
class ShownHistory:
    """How a value came to stand there."""

    chunk_index: int
    rounds: tuple[ShownRound, ...]
    stop: str
    """Why its chunk was asked no more: clean, fixed_point, cycle, max_rounds, budget, no_critic; empty: not known."""
    reviews: tuple[ShownReview, ...] = ()

    @property
    def decided(self) -> ShownReview | None:
        """The decision that holds."""
        return next((r for r in reversed(self.reviews) if r.holds and r.decision != "withdrawn"), None)


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part of a record."""

    name: str
    value: str
    normal: str
    ranges: tuple[ShownRange, ...]
    note: str = ""
    """The marker of its footnote."""


@dataclass(frozen=True, slots=True)
class ShownValue:
    extraction_id: int
    field: str
    status: str
    """verified, unsettled or rejected."""
    value: str
    normal: str
    """Empty: it has none."""
    quote: str
    match: str
    """exact or normalised; empty: the quote was not found."""
    probability: float | None
    round_number: int
    reason: str
    ranges: tuple[ShownRange, ...]
    """In order: one for each piece of the quote."""
    places: tuple[tuple[ShownRange, ...], ...]
    """Where else the document says the same value."""
    note: ShownNote | None
    history: ShownHistory
    parts: tuple[ShownPart, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    """(kind of mark, words): what a reader sees of its words, if they are not plain text: struck, covered, ..."""
    cell: tuple[str, str] = ("", "")
    """Column and row of its table cell."""
    agreement: str = ""
    """Title of the agreement in which it stands, if the file holds several."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched for a field, and with what result."""

    n_chunks: int
    n_absent: int
    n_unsettled: int
    n_failed: int
    pages_open: tuple[int, ...] = ()
    """Pages with a doubted or failed chunk."""
    reasons: tuple[str, ...] = ()
    """Why cells are open, each once."""


@dataclass(frozen=True, slots=True)
class ShownField:
    name: str
    title: str
    description: str
    type: str
    state: str
    """found, unsettled, absent or failed: the worst of what matters for a reader, found first."""
    searched: Searched
    reviews: tuple[ShownReview, ...] = ()
    """Of the field as such: words that were overlooked, or that there are none."""


@dataclass(frozen=True, slots=True)
class ShownRun:
    run_id: str
    state: str
    attempt: int
    schema_name: str
    schema_title: str
    schema_digest: str
    generator: str
    critic: str
    reader_version: str
    n_rounds: int
    max_rounds: int
    promise: float | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownDocument:
    key: str
    bucket: str
    document_id: str
    form: DocumentForm
    n_pages: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Everything that one page shows, of one run over one document."""

    document: ShownDocument
    run: ShownRun
    pages: tuple[ShownPage, ...]
    fields: tuple[ShownField, ...]
    """In the schema's order, all of them."""
    values: tuple[ShownValue, ...]
    """In the order of the document."""
    notices: tuple[Notice, ...] = ()
    checks: tuple[tuple[str, str, str], ...] = ()
    """(expression, outcome, what it says) of the schema's checks."""
    made_at: datetime | None = field(default=None, compare=False)
