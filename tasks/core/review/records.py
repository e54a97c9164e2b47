"""The records of a review: what a person is asked, what a person says, and why that is refused.

Shapes only. Offsets are code points of the text of the run's reading, half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tasks.core.errors import StoreConflict

MAX_REASON_CHARS = 2_000
"""Of a reason in a person's own words."""
MAX_ALSO = 50
"""Further values that one decision may name."""


class ItemKind(StrEnum):
    """What a question is about; the value is the database's `review_item_kind`."""

    VALUE = "value"
    PASSAGE = "passage"
    """Words in which the critic believes that something of the field was overlooked."""
    LOST = "lost"
    """A decision over an earlier run whose words do not stand in this reading."""


class ReviewDecision(StrEnum):
    """What a person says; the value is the database's `review_decision`."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    """Other words of the document are right; of a passage, these were overlooked."""
    REJECTED = "rejected"
    """The value is wrong; of a passage, nothing was overlooked there."""
    NOT_IN_DOCUMENT = "not_in_document"
    """The document has no value of the field at all."""
    GOLD_WRONG = "gold_wrong"
    WITHDRAWN = "withdrawn"


class Via(StrEnum):
    """Where a decision was made."""

    PAGE = "page"
    COMMAND = "command"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class OtherValue:
    """A further value that a question shows. It is rejected with a decision whose right words touch it."""

    extraction_id: int
    value: str
    spans: tuple[tuple[int, int], ...]
    pages: tuple[int, ...]
    status: str
    score: float | None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A question to a person, with what the person needs to see."""

    item_id: int
    run_id: str
    document_id: str
    document: str
    """The first key that holds the document, or that held it, among those that the reader may see."""
    schema_name: str
    field: str
    kind: ItemKind
    status: str | None
    """Of a value: what the run made of it."""
    value: str
    """Of a passage empty; of a lost decision the value that was judged."""
    normal: str | None
    quote: str
    """Exactly the text of the spans; of a lost decision the words that were judged."""
    spans: tuple[tuple[int, int], ...]
    """Empty: it stands nowhere in this reading."""
    pages: tuple[int, ...]
    footnote: str | None
    """The marker of the note in which the words stand."""
    score: float | None
    """The critic's probability that the value is right; of a passage, that something was overlooked."""
    worth: float
    """What is gained by asking, higher first."""
    reason: str
    """Why it is asked, a code."""
    is_open: bool
    claimed_by: str | None
    """None: nobody, or the claim has expired."""
    claimed_until: datetime | None
    seen: int
    """The newest decision about it, of whatever kind; 0: none."""
    decision: ReviewDecision | None
    """The decision that holds."""
    decided_by: str | None
    created_at: datetime
    extraction_id: int | None
    chunk_index: int
    has_gold: bool
    """Whether the reading was compared with gold for this version of the schema."""
    others: tuple[OtherValue, ...] = ()
    """Further values of the field at the same place, in the order of the text."""
    documents: tuple[str, ...] = ()
    """All such keys, at most 20."""
    is_current: bool = True
    """Whether a key that the reader may see holds the document now."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which questions are wanted; None: any."""

    schema_name: str | None = None
    field: str | None = None
    document: str | None = None
    """A key, a file name or a SHA-256."""
    older_than_days: float | None = None
    backfill: str | None = None
    """The name of a backfill."""
    batch: str | None = None
    """The id of a flow run."""
    reason: str | None = None
    kind: ItemKind | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may see; None: all. An empty tuple: nothing."""

    prefixes: tuple[str, ...] | None = None
    """Of keys: documents that were seen under one of them; the queue has those that are there now."""
    schemas: tuple[str, ...] | None = None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as a person hands it in."""

    item_id: int
    seen: int
    """`ReviewItem.seen` of what was shown: whoever saw less is told."""
    decision: ReviewDecision
    spans: tuple[tuple[int, int], ...] = ()
    """Of CORRECTED: the right words."""
    reason: str = ""
    """In the person's own words."""
    also: tuple[tuple[tuple[int, int], ...], ...] = ()
    """Of ACCEPTED and CORRECTED: words of further values of the field."""


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it is stored."""

    review_id: int
    run_id: str
    item_id: int | None
    extraction_id: int | None
    decision: ReviewDecision
    value: str | None
    """Of CORRECTED alone, as `normal`."""
    normal: str | None
    quote: str | None
    """The words that are right, if they are other ones; of a rejection that was carried over to a
    run without the value, the wrong ones."""
    spans: tuple[tuple[int, int], ...]
    reviewer: str
    reason: str
    via: Via | None
    """None: not known, as of decisions older than the queue."""
    at: datetime
    holds: bool
    """Whether it is neither withdrawn nor followed by another one."""
    withdraws: int | None
    carried_from: int | None
    """The decision as the person made it over an earlier run; None: this is it."""
    by_user: str | None = None
    """The user of the operating system who said that it is the reviewer's; None: the reviewer, or not known."""
    asked_with: int | None = None
    """Of a further value: the question whose decision named it."""


@dataclass(frozen=True, slots=True)
class PassagePage:
    """A page of the words around a question; `text` begins at `start`."""

    page_number: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class PassageWords:
    """The pages of a question, the one before and the one after, for who sees no picture of them."""

    item_id: int
    run_id: str
    document_id: str
    reader_version: str
    n_pages: int
    """Of the whole document."""
    pages: tuple[PassagePage, ...]


class RefusalCode(StrEnum):
    """Why a decision or a claim is refused."""

    SUPERSEDED = "superseded"
    """A newer run of the document and schema is done: `newer_run`."""
    DECIDED_MEANWHILE = "decided_meanwhile"
    """Somebody decided after it was shown; of NOT_IN_DOCUMENT, somebody accepted a value of the field."""
    CLAIMED = "claimed"
    NOT_FOUND = "not_found"
    """There is none, or it is outside the person's scope."""
    NO_WORDS = "no_words"
    """CORRECTED without words, or the words are blank or outside the text; or ACCEPTED of what has
    no value."""
    NO_GOLD = "no_gold"
    """GOLD_WRONG of a document that was never compared with gold."""
    NOT_YOURS = "not_yours"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"
    VALUE_CHANGED = "value_changed"
    """A spreadsheet's row shows another value than the store has."""
    ONE_VALUE = "one_value"
    """Further values of a field of which a document has one."""
    ALSO_OF_WRONG = "also_of_wrong"
    """Further values beside a decision that says of no value that it is right, or too many of them."""
    SAME_WORDS = "same_words"
    """The words of a further value are said twice, or were decided before: `by`."""


_MEANINGS = {
    RefusalCode.SUPERSEDED: "a newer run of the document is done; decide there",
    RefusalCode.DECIDED_MEANWHILE: "it was decided after it was shown; look at it again",
    RefusalCode.CLAIMED: "another reviewer has claimed it",
    RefusalCode.NOT_FOUND: "there is no such question among those that you may see",
    RefusalCode.NO_WORDS: "no words of the document were chosen",
    RefusalCode.NO_GOLD: "the document was never compared with gold, so no gold can be wrong",
    RefusalCode.NOT_YOURS: "only the reviewer who decided can take it back",
    RefusalCode.NOTHING_TO_WITHDRAW: "it does not hold any more, so there is nothing to take back",
    RefusalCode.VALUE_CHANGED: "the value is not the one that was shown",
    RefusalCode.ONE_VALUE: "the field has one value in a document, so there are no further ones; choose the right words",
    RefusalCode.ALSO_OF_WRONG: f"further values, at most {MAX_ALSO}, belong to a decision that a value is right",
    RefusalCode.SAME_WORDS: "the words of a further value are given twice, or were decided already",
}


class DecisionRefused(StoreConflict):
    """A decision, claim or withdrawal is refused, and nothing was written."""

    def __init__(
        self,
        code: RefusalCode,
        by: str | None = None,
        newer_run: str | None = None,
        n_chars: int | None = None,
    ) -> None:
        details = f" ({by})" if by else f" (run {newer_run})" if newer_run else ""
        if n_chars is not None:
            details = f"; the document text has the characters 0-{n_chars}"
        super().__init__(f"refused: {_MEANINGS[code]}{details}")
        self.code = code
        self.by = by
        """Who decided or claimed it."""
        self.newer_run = newer_run
