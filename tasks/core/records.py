"""The records that travel between the steps, in the words of the field.

Every offset is a code point of the *document text* unless its name says otherwise, half-open, from 0. `page_number`
counts from 1 as printed order. This module holds shapes only: no I/O, no decision.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import NewType

DocumentId = NewType("DocumentId", str)
"""SHA-256 of the document's bytes, hex: the same content is the same document wherever it lies."""
RunId = NewType("RunId", str)
"""UUID of one run over one document, hex with dashes."""
RunKey = NewType("RunKey", str)
"""SHA-256 over everything that decides a run's result (see `tasks.core.identity`)."""
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
    """Header, footer, page number, source stamp: repeats or counts, says nothing of the contract."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. Lines of a page are in reading order and cover its text without gaps or overlap.

    The line's range includes its trailing newline.
    """

    start: int
    end: int
    page_number: int
    tag: LineTag
    box: tuple[float, float, float, float]
    """x0, y0, x1, y1 in PDF points, origin at the lower left of the page as shown."""
    font_size: float
    """Points; the line's dominant size."""


@dataclass(frozen=True, slots=True)
class Page:
    page_number: int
    start: int
    end: int
    status: str
    """`ok`, `needs_ocr` (an image and no text), `failed`, or `ocr` (an image, with the text that OCR saw in it)."""


@dataclass(frozen=True, slots=True)
class NoteReference:
    """A place in the body that cites a note: the range of the marker there."""

    start: int
    end: int
    page_number: int


@dataclass(frozen=True, slots=True)
class Footnote:
    marker: str
    """As printed: `1`, `*`, `†`, `①`, `[1]`, `注1`."""
    spans: tuple[Span, ...]
    """The note's text without its marker, one span per page it runs over."""
    page_number: int
    last_page_number: int
    references: tuple[NoteReference, ...]
    """Empty: nothing in the body was found to cite it."""
    confidence: float


class ExtraKind(StrEnum):
    FORM_VALUE = "form_value"
    ANNOTATION = "annotation"
    """A text note, a comment, free text, a stamp."""
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Extra:
    """What the file carries beside its text: listed for a person, never part of the document text."""

    kind: ExtraKind
    page_number: int | None
    """None: it belongs to the file, not to a page."""
    name: str
    """The form field's qualified name, the annotation's kind (`Text`, `FreeText`, `Highlight`), the attachment's file name."""
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A place where the text says what a reader sees and the file says something else: a radical for a letter, a ligature."""

    start: int
    end: int
    """Equal to `start` where the file's letter shows nothing."""
    original: str
    """The one code point that the file has there."""


class ReadStatus(StrEnum):
    OK = "ok"
    PARTIAL = "partial"
    """Some pages could not be read; the reason says which kind."""
    NEEDS_OCR = "needs_ocr"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader saw in one file. Knows no PDF: other sources give the same shape."""

    status: ReadStatus
    reason: str | None
    """A code such as `password_required`, None when all is well."""
    flags: tuple[str, ...]
    """Facts worth a look: `encrypted`, `hidden_text`, `attachments`, ..."""
    n_pages: int
    text: str
    pages: tuple[Page, ...]
    lines: tuple[Line, ...]
    footnotes: tuple[Footnote, ...]
    reader_version: str
    extras: tuple[Extra, ...] = ()
    hidden: tuple[Span, ...] = ()
    """Ranges of the text that nobody sees on the page (invisible, white on white, off the page), in order."""
    corrections: tuple[Correction, ...] = ()
    """The way back to what the file says, in order of the text."""


# ---------------------------------------------------------------- chunks


class PassageKind(StrEnum):
    BODY = "body"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a passage that stands in one run in the document text: `text[start:start+n] == document[doc_start:...]`."""

    start: int
    doc_start: int
    length: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Text a model may extract from, with the way back to the document.

    The passage's text is exactly the concatenation of its segments: running lines and notes that interrupt a paragraph
    are left out by starting a new segment, nothing is inserted.
    """

    kind: PassageKind
    text: str
    segments: tuple[Segment, ...]
    footnote_index: int | None = None
    """Index into `Reading.footnotes` when this is a note."""


class ChunkKind(StrEnum):
    BODY = "body"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a model sees at once: `passages[0]` is its own text, the others are copies of the notes it cites."""

    chunk_index: int
    kind: ChunkKind
    passages: tuple[Passage, ...]
    lead_in: str
    """Of a note chunk: the sentence that cites the note. Context only: nothing may be extracted from it."""
    context_before: str
    """The end of the body before this chunk, context only."""
    context_after: str
    headings: tuple[str, ...]
    """The last headings standing above the chunk, nearest last; context only."""
    position: float
    """Where the chunk begins in the document text, 0..1."""


# ---------------------------------------------------------------- answers and findings


class MatchKind(StrEnum):
    EXACT = "exact"
    NORMALISED = "normalised"
    """Equal after NFKC, white space, quote and hyphen folding."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: one span per page it touches; `quote` is the concatenated document text of the spans."""

    spans: tuple[Span, ...]
    pages: tuple[int, ...]
    footnote_index: int | None
    match: MatchKind


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of a record, with a quote of its own."""

    name: str
    value: str
    quote: str
    citation: Citation | None
    """None: not grounded (yet, or absent from the chunk)."""
    normal: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value a generator proposes for a field, with the quote it rests on."""

    field: FieldName
    value: str
    quote: str
    """As the generator wrote it; after grounding, exactly the document text."""
    score: float | None
    """The generator's own, 0..1, where it has one."""
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
    """Quote, value or a required part is not there, or hidden: no model was asked."""
    PARSER = "parser"
    CRITIC = "critic"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: FindingKind
    source: FindingSource
    field: FieldName | None
    """None: the whole answer (malformed)."""
    candidate_index: int | None
    """Which candidate of the answer; None for what is malformed, and for what is missing unless a record lacks a part."""
    quote: str
    """The words it is about; empty when it is about none."""
    citation: Citation | None
    score: float
    """How sure, 0..1."""
    reason: str
    """For a person and for the generator's next round; never contract text beyond the quote."""
    part: str | None = None
    """Which part of a record it is about; None: the whole candidate."""


class CountedBy(StrEnum):
    """How the tokens of an answer were counted, the most certain first."""

    SERVER = "server"
    TOKENIZER = "tokenizer"
    """The tokenizer of the settings, because the server gives no counts."""
    ESTIMATE = "estimate"
    """Not counted: estimated from the characters."""


class Stage(StrEnum):
    """Which of the two models answered; the value is the database's `generation.stage`."""

    GENERATE = "generate"
    CRITIQUE = "critique"


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One model's raw answer to one chunk in one round, as it came. An answer is never dropped."""

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
    """An error code when the model gave no answer; `raw` is then empty, or holds what came before the answer broke off."""
    repairs: tuple[str, ...] = ()
    """What the parser repaired to read the answer, in order."""
    tokens_by: CountedBy | None = None
    """None: there are no tokens, as with native models."""

    @property
    def n_tokens(self) -> int:
        """In and out together; 0 where there are none."""
        return (self.tokens_in or 0) + (self.tokens_out or 0)


# ---------------------------------------------------------------- results


class ExtractionStatus(StrEnum):
    VERIFIED = "verified"
    UNSETTLED = "unsettled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Extraction:
    """A candidate at the end of a run."""

    chunk_index: int
    field: FieldName
    status: ExtractionStatus
    value: str
    quote: str
    citation: Citation | None
    """Only a rejected extraction may have none."""
    round_number: int
    """The round in which the value first stood in an accepted answer."""
    score: float | None
    """The critic's probability that the value is right, where it gave one."""
    reason: str
    """Why it is not verified; empty when it is."""
    normal: str | None = None
    """The value in its type's normal form; None where it cannot be told for sure (`tasks.core.normal.forms`)."""
    parts: tuple[Part, ...] = ()


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
    """Everything that one round wrote, in one transaction; an interrupted run resumes from these."""

    round_number: int
    answers: tuple[ModelAnswer, ...]
    """In the order of the trail: every generation, then every critique."""
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
    """The served version number and the first 12 digits of a SHA-256: of the weights for native models, of the Triton config
    for language models; for those then `+prompts-` and the prompts' version and digest. `1-3f2a...`."""


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What decides a run's result: two runs with equal identities would give the same result."""

    document_id: DocumentId
    schema_digest: SchemaDigest
    generator: ModelIdentity
    critic: ModelIdentity | None
    """None: a run without critic, which verifies nothing."""
    reader_version: str
    max_rounds: int

    @property
    def key(self) -> RunKey:
        """SHA-256 over the canonical JSON of the identity; the run of a stored key is not done again."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return RunKey(hashlib.sha256(canonical.encode()).hexdigest())
