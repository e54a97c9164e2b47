"""The records that the steps hand to each other. Shapes only: no I/O, no decision.

Offsets are code points of the document text, half-open, from 0, unless a name says otherwise.
`page_number` counts from 1.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import NewType

DocumentId = NewType("DocumentId", str)
"""SHA-256 of the document's bytes, hex: equal content is the same document, whatever its key."""
RunId = NewType("RunId", str)
"""UUID of one run over one document, hex with dashes."""
RunKey = NewType("RunKey", str)
"""SHA-256 over everything that decides a run's result (see `RunIdentity`)."""
FieldName = NewType("FieldName", str)
"""Name of a schema's field, lower snake case."""
SchemaDigest = NewType("SchemaDigest", str)
"""SHA-256 of a schema's canonical JSON."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open code-point range."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


# ---------------------------------------------------------------- reading


class LineTag(StrEnum):
    BODY = "body"
    NOTE = "note"
    """Text of a footnote or end note, its marker included."""
    RUNNING = "running"
    """Header, footer, page number or source stamp."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its newline. A page's lines are in reading order and cover its text."""

    start: int
    end: int
    page_number: int
    tag: LineTag
    box: tuple[float, float, float, float]
    """x0, y0, x1, y1 in PDF points, origin at the lower left of the page as shown. A Word document has no
    positions: all are 0, but for `y1` of a heading, which is its level."""
    font_size: float
    """Points; the line's dominant size."""


@dataclass(frozen=True, slots=True)
class Page:
    page_number: int
    start: int
    end: int
    status: str
    """`ok`, `needs_ocr` (image without text), `failed`, or `ocr` (image with text from OCR)."""


@dataclass(frozen=True, slots=True)
class NoteReference:
    """The range of a marker in the body that cites a note."""

    start: int
    end: int
    page_number: int


@dataclass(frozen=True, slots=True)
class Footnote:
    marker: str
    """As printed: `1`, `*`, `†`, `①`, `[1]`, `注1`."""
    spans: tuple[Span, ...]
    """The note's text without its marker, one span for each continuous piece of a page, in order."""
    page_number: int
    last_page_number: int
    references: tuple[NoteReference, ...]
    """Empty: no citing marker was found in the body."""
    confidence: float


class ExtraKind(StrEnum):
    FORM_VALUE = "form_value"
    ANNOTATION = "annotation"
    """A note, comment, free text or stamp."""
    ATTACHMENT = "attachment"
    REVISION = "revision"
    """What changed after a signature; its name is that of the signatures' fields."""
    WATERMARK = "watermark"
    """Large words across the page, such as DRAFT, or a stamp."""


@dataclass(frozen=True, slots=True)
class Extra:
    """A form value, annotation, attachment, change or watermark: for the user, never part of the document text."""

    kind: ExtraKind
    page_number: int | None
    """None: it belongs to the file, not to a page."""
    name: str
    """The form field's qualified name, the annotation's kind (`FreeText`), or the file name."""
    text: str


class MarkKind(StrEnum):
    """What a reader of the page sees of a range of the text, if it is not plain text."""

    HIDDEN = "hidden"
    """Not visible: transparent, white on white, or off the page."""
    COVERED = "covered"
    """Under an opaque shape, image or annotation."""
    LAYER_OFF = "layer_off"
    """In optional content that viewers do not show."""
    STRUCK = "struck"
    """Deleted: a line runs through it."""
    BLANK = "blank"
    """The underscores or dots under a value that was filled in."""
    INSERTED = "inserted"
    """Inserted by a redline."""
    FILLED_IN = "filled_in"
    """The value of a form field, or text typed into a blank."""
    REDACTION = "redaction"
    """Marked for redaction; the redaction is not applied."""
    REPLACED = "replaced"
    """The page shows these letters, and the file tells programs others (ActualText)."""
    UNTICKED = "unticked"
    """An option whose box is not ticked."""


NOT_LIVE = frozenset((MarkKind.HIDDEN, MarkKind.COVERED, MarkKind.LAYER_OFF, MarkKind.STRUCK, MarkKind.BLANK))
"""Words that the page does not say to its reader: chunks leave them out."""
UNPROVABLE = NOT_LIVE | {MarkKind.REDACTION, MarkKind.REPLACED, MarkKind.UNTICKED}
"""A value that touches one of these is never verified."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A marked range. Ranges of different kinds may overlap."""

    start: int
    end: int
    kind: MarkKind


@dataclass(frozen=True, slots=True)
class Agreement:
    """One of several agreements in a file: the whole from its title to the next one's."""

    start: int
    end: int
    title: str
    """As printed, in one line: `EXHIBIT B: SERVICES AGREEMENT`."""
    page_number: int
    """Where it begins."""

    def resumes(self, first: Agreement) -> bool:
        """Whether it is the rest of the first one, behind an exhibit: `LOAN AGREEMENT, ARTICLE 7`."""
        return self.title.startswith(f"{first.title}, ")


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a table, with the words that say what it means."""

    start: int
    end: int
    column: str
    """The head of its column, in one line; empty: none was recognised."""
    row: str
    """The label of its row, in one line; empty: none, or it is the label itself."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A range that the reader corrected to what the page shows: a ligature, a CJK radical."""

    start: int
    end: int
    """Equal to `start` where the file's letter shows nothing."""
    original: str
    """The one code point that the file has there."""


class ReadStatus(StrEnum):
    OK = "ok"
    PARTIAL = "partial"
    """Some pages could not be read, or only without positions."""
    NEEDS_OCR = "needs_ocr"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of one file."""

    status: ReadStatus
    reason: str | None
    """A code such as `password_required`; None: no problem."""
    flags: tuple[str, ...]
    """Facts for the user: `encrypted`, `hidden_text`, `has_attachments`, ..."""
    n_pages: int
    text: str
    pages: tuple[Page, ...]
    lines: tuple[Line, ...]
    footnotes: tuple[Footnote, ...]
    reader_version: str
    extras: tuple[Extra, ...] = ()
    marks: tuple[Mark, ...] = ()
    """In order."""
    agreements: tuple[Agreement, ...] = ()
    """Empty if the file holds one agreement; else all of them, in order, without gaps."""
    cells: tuple[TableCell, ...] = ()
    """The cells of tables with a head or row labels, in order. Heads are none; a label is one if its
    column has a head."""
    corrections: tuple[Correction, ...] = ()
    """In order of the text."""


# ---------------------------------------------------------------- chunks


class PassageKind(StrEnum):
    BODY = "body"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Segment:
    """A contiguous piece of the document in a passage.

    `passage[start : start + length] == document[doc_start : doc_start + length]`
    """

    start: int
    doc_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Text that a model may extract from.

    It is exactly the concatenation of its segments: a running line, a note within a paragraph, or
    words that the page does not say are left out by starting a new segment, and nothing is inserted.
    """

    kind: PassageKind
    text: str
    segments: tuple[Segment, ...]
    footnote_index: int | None = None
    """Index into `Reading.footnotes`; None: body text."""


class ChunkKind(StrEnum):
    BODY = "body"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Chunk:
    """The input of a model call: `passages[0]` is its own text, the others copy notes it cites."""

    chunk_index: int
    kind: ChunkKind
    passages: tuple[Passage, ...]
    lead_in: str
    """Context, of a note chunk: the sentence that cites the note. No value may come from context."""
    context_before: str
    """Context: the end of the body before this chunk."""
    context_after: str
    headings: tuple[str, ...]
    """Context: the headings above the chunk, the nearest last."""
    position: float
    """Where a body chunk begins in the text of its agreement, 0..1; 0: with an agreement's first words."""
    cells: tuple[TableCell, ...] = ()
    """The cells of tables that lie in its passages; offsets are those of the document."""

    @property
    def opens_agreement(self) -> bool:
        """Whether another agreement than the file's first begins with it."""
        return self.chunk_index > 0 and self.kind is ChunkKind.BODY and self.position == 0.0


# ---------------------------------------------------------------- answers and findings


class MatchKind(StrEnum):
    EXACT = "exact"
    NORMALISED = "normalised"
    """Equal after NFKC, white space, quote and hyphen folding."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: one span for each continuous piece of a page, in order."""

    spans: tuple[Span, ...]
    """Several on a page where the quote skips words that the page does not say, a note, or a line
    that is no body."""
    pages: tuple[int, ...]
    footnote_index: int | None
    match: MatchKind


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of a record, with its own quote."""

    name: str
    value: str
    quote: str
    citation: Citation | None
    """None: not grounded (yet, or absent from the chunk)."""
    normal: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that a generator proposes for a field, with its quote."""

    field: FieldName
    value: str
    quote: str
    """As the generator wrote it; after grounding, exactly the document text."""
    score: float | None
    """The generator's, 0..1, if it gives one."""
    citation: Citation | None
    """None: not grounded (yet, or absent from the chunk)."""
    parts: tuple[Part, ...] = ()
    """Of a field of type `record`, in the schema's order."""


class FindingKind(StrEnum):
    REDUNDANT = "redundant"
    MISSING = "missing"
    MALFORMED = "malformed"
    BOUNDARY = "boundary"


class FindingSource(StrEnum):
    GROUNDING = "grounding"
    """The quote, the value or a required part is missing, or the page does not say the words; found
    without a model."""
    PARSER = "parser"
    CRITIC = "critic"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: FindingKind
    source: FindingSource
    field: FieldName | None
    """None: the whole answer (malformed)."""
    candidate_index: int | None
    """None: malformed, or missing without being a part of a record."""
    quote: str
    """The words it is about, or empty."""
    citation: Citation | None
    score: float
    """How sure, 0..1."""
    reason: str
    """For the user and for the generator's next round; no contract text beyond the quote."""
    part: str | None = None
    """The part of a record that it is about; None: the whole candidate."""


class CountedBy(StrEnum):
    """How the tokens of an answer were counted, the most certain first."""

    SERVER = "server"
    TOKENIZER = "tokenizer"
    """With the tokenizer of the settings."""
    ESTIMATE = "estimate"
    """Estimated from the characters."""


class Stage(StrEnum):
    """Which of the two models answered; the value is the database's `generation.stage`."""

    GENERATE = "generate"
    CRITIQUE = "critique"


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A model's raw answer to one chunk in one round. Every answer is stored, unchanged."""

    chunk_index: int
    round_number: int
    stage: Stage
    raw: str
    model: str
    """name/version that answered."""
    latency_ms: float
    tokens_in: int | None = None
    tokens_out: int | None = None
    error: str | None = None
    """A code if the model gave no answer; `raw` then has what came before the answer broke off."""
    repairs: tuple[str, ...] = ()
    """What the parser repaired in the answer, in order."""
    tokens_by: CountedBy | None = None
    """None: a native model, which has no tokens."""

    @property
    def n_tokens(self) -> int:
        """In and out together; 0 if there are none."""
        return (self.tokens_in or 0) + (self.tokens_out or 0)


# ---------------------------------------------------------------- results


class ExtractionStatus(StrEnum):
    VERIFIED = "verified"
    UNSETTLED = "unsettled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Extraction:
    """A value at the end of a run."""

    chunk_index: int
    field: FieldName
    status: ExtractionStatus
    value: str
    quote: str
    citation: Citation | None
    """None: rejected."""
    round_number: int
    """The first round that had the value."""
    score: float | None
    """The critic's probability that the value is right, if it gave one; less where other values of
    its field compete with it."""
    reason: str
    """Why it is not verified; empty if it is."""
    normal: str | None = None
    """The value in its type's normal form (`tasks.core.values.forms`); None: not certain."""
    parts: tuple[Part, ...] = ()
    places: tuple[Citation, ...] = ()
    """Where else the document says the same value, in order."""


class CellState(StrEnum):
    FOUND = "found"
    ABSENT = "absent"
    UNSETTLED = "unsettled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CoverageCell:
    chunk_index: int
    field: FieldName
    state: CellState
    reason: str


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """Everything that a round stores, in one transaction; an interrupted run resumes from these."""

    round_number: int
    answers: tuple[ModelAnswer, ...]
    """Every generation, then every critique."""
    findings: tuple[tuple[int, Finding], ...]
    """(chunk_index, finding), in order."""

    @property
    def generations(self) -> tuple[ModelAnswer, ...]:
        return tuple(a for a in self.answers if a.stage is Stage.GENERATE)

    @property
    def critiques(self) -> tuple[ModelAnswer, ...]:
        return tuple(a for a in self.answers if a.stage is Stage.CRITIQUE)


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    name: str
    version: str
    """`1-3f2a...`: the served version number and 12 digits of a SHA-256, of a native model's
    weights or a language model's Triton config; for the latter also `+prompts-`, the prompts'
    version and their digest."""


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Everything that decides a run's result: equal identities give equal results."""

    document_id: DocumentId
    schema_digest: SchemaDigest
    generator: ModelIdentity
    critic: ModelIdentity | None
    """None: a run without critic, which verifies nothing."""
    reader_version: str
    max_rounds: int
    promise: float | None = None
    """The share of verified values that must be right; None: nothing is promised."""

    @property
    def key(self) -> RunKey:
        """SHA-256 over the identity's canonical JSON. A run whose key is stored is not repeated."""
        parts = asdict(self)
        if self.promise is None:
            del parts["promise"]  # runs to which nothing was promised keep their keys
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return RunKey(hashlib.sha256(canonical.encode()).hexdigest())
