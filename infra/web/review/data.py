"""What the pages of the review show, and where decisions go.

The pages know this protocol only, so that a test gives them items of its own. `StoreReviewData` is the real one.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from infra.web.data import BoardData
from tasks.core.errors import CountersignError, StoreMissing
from tasks.core.evidence.questions import PartText, ReviewQuestion, question_of
from tasks.core.records import RunId, Span
from tasks.core.review.page_words import selected
from tasks.core.review.records import (
    DecisionRefused,
    NewDecision,
    QueueFilter,
    ReviewItem,
    Scope,
    StoredDecision,
    Via,
)
from tasks.core.schema import FieldType
from tasks.postgres.panels import Board
from tasks.postgres.store import Store
from tasks.sheets import Sheets, WordSheet

logger = logging.getLogger("countersign.review")

PAGE_ITEMS = 50
MAX_COUNT = 10_000
CLAIM_MINUTES = 15
_MAX_TRIES = 4
"""Pages of the queue that are looked through for an item that nobody else has."""

Cursor = tuple[float, int]
"""Worth and number of the last item that was shown."""


class ReviewData(Protocol):
    """Every method may raise StoreUnavailable, ConfigurationError and StoreError; those that name an item
    DecisionRefused, too."""

    def page(self, wanted: QueueFilter, scope: Scope, after: Cursor | None) -> Sequence[ReviewItem]:
        """Open items, the most worthy first."""
        ...

    def count(self, wanted: QueueFilter, scope: Scope) -> int:
        """How many, up to `MAX_COUNT`."""
        ...

    def claim_next(
        self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]
    ) -> ReviewItem | None:
        """Claim the best item that nobody else has; None: there is none."""
        ...

    def item(self, item_id: int, scope: Scope) -> ReviewItem: ...

    def claim(self, item_id: int, scope: Scope, reviewer: str) -> ReviewItem: ...

    def release(self, item_id: int, reviewer: str) -> None: ...

    def history(self, item_id: int, scope: Scope) -> Sequence[StoredDecision]:
        """The newest last."""
        ...

    def question(self, item: ReviewItem) -> ReviewQuestion: ...

    def part(self, item: ReviewItem, number: int) -> PartText | None:
        """A part of the item's document as text; None: there is none of that number."""
        ...

    def sheet(self, item: ReviewItem, number: int) -> WordSheet | None:
        """As `part`, with the picture of the page and the places of its words."""
        ...

    def prepare(self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]) -> None:
        """Make the sheet of what will be asked next, meanwhile."""
        ...

    def selected(self, item: ReviewItem, start: int, end: int) -> tuple[Span, ...]:
        """What a selection from a first to a last word is in the document; empty: no words."""
        ...

    def words_of(self, item: ReviewItem, spans: Sequence[Span]) -> str:
        """The document's words in these ranges."""
        ...

    def decide(self, new: NewDecision, scope: Scope, reviewer: str) -> int: ...

    def withdraw(self, review_id: int, scope: Scope, reviewer: str, is_admin: bool) -> int: ...

    def sees_run(self, run_id: str, scope: Scope) -> bool:
        """Whether a scope has the document and schema of a run."""
        ...

    def newer_runs(self, item: ReviewItem) -> Sequence[str]:
        """The later runs of the item's document and schema, the one that stands first."""
        ...

    def schemas(self, scope: Scope) -> Sequence[str]:
        """The schemas that a limited scope has something of."""
        ...

    def field_type(self, item: ReviewItem) -> FieldType:
        """What the values of the item's field are."""
        ...


class StoreReviewData:
    """The review of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sheets = Sheets(store.evidence.load)
        self._preparing = ThreadPoolExecutor(1, thread_name_prefix="sheets")
        self._preparing.submit(_warm)

    def page(self, wanted: QueueFilter, scope: Scope, after: Cursor | None) -> Sequence[ReviewItem]:
        return self._store.review_queue.page(wanted, scope, PAGE_ITEMS, after)

    def count(self, wanted: QueueFilter, scope: Scope) -> int:
        return self._store.review_queue.count(wanted, scope, MAX_COUNT)

    def claim_next(
        self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]
    ) -> ReviewItem | None:
        for item in self._free(wanted, scope, reviewer, skipped):
            try:
                return self.claim(item.item_id, scope, reviewer)
            except DecisionRefused:
                continue  # somebody was faster, or a newer run is done: the next one
        return None

    def _free(
        self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]
    ) -> Iterator[ReviewItem]:
        after: Cursor | None = None
        for _ in range(_MAX_TRIES + len(skipped) // PAGE_ITEMS):
            items = self.page(wanted, scope, after)
            for item in items:
                if item.claimed_by in (None, reviewer) and item.item_id not in skipped:
                    yield item
            if len(items) < PAGE_ITEMS:
                return
            after = items[-1].worth, items[-1].item_id

    def item(self, item_id: int, scope: Scope) -> ReviewItem:
        return self._store.review_queue.item(item_id, scope)

    def claim(self, item_id: int, scope: Scope, reviewer: str) -> ReviewItem:
        return self._store.review_queue.claim(item_id, scope, reviewer, CLAIM_MINUTES)

    def release(self, item_id: int, reviewer: str) -> None:
        self._store.review_queue.release(item_id, reviewer)

    def history(self, item_id: int, scope: Scope) -> Sequence[StoredDecision]:
        return self._store.review_queue.history(item_id, scope)

    def question(self, item: ReviewItem) -> ReviewQuestion:
        return question_of(item, self._sheets.stored(RunId(item.run_id)))

    def part(self, item: ReviewItem, number: int) -> PartText | None:
        return self._sheets.part(RunId(item.run_id), number)

    def sheet(self, item: ReviewItem, number: int) -> WordSheet | None:
        return self._sheets.sheet(RunId(item.run_id), number)

    def prepare(self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]) -> None:
        self._preparing.submit(self._prepare, wanted, scope, reviewer, frozenset(skipped))

    def _prepare(self, wanted: QueueFilter, scope: Scope, reviewer: str, skipped: Collection[int]) -> None:
        try:
            item = next(self._free(wanted, scope, reviewer, skipped), None)
            if item is not None:
                self.sheet(item, self.question(item).first_part)
        except Exception as error:  # what was only made in advance: the page itself says what is wrong
            logger.info("a sheet was not made in advance (%s)", type(error).__name__)

    def selected(self, item: ReviewItem, start: int, end: int) -> tuple[Span, ...]:
        return selected(self._reading(item), start, end)

    def words_of(self, item: ReviewItem, spans: Sequence[Span]) -> str:
        text = self._reading(item).text
        return " ".join(text[span.start : span.end] for span in spans)

    def _reading(self, item: ReviewItem) -> Any:
        return self._sheets.stored(RunId(item.run_id)).run.run_input.reading

    def decide(self, new: NewDecision, scope: Scope, reviewer: str) -> int:
        return self._store.decisions.decide(new, scope, reviewer, Via.PAGE)

    def withdraw(self, review_id: int, scope: Scope, reviewer: str, is_admin: bool) -> int:
        return self._store.decisions.withdraw(review_id, scope, reviewer, is_admin)

    def sees_run(self, run_id: str, scope: Scope) -> bool:
        return self._store.review_queue.sees_run(run_id, scope)

    def newer_runs(self, item: ReviewItem) -> Sequence[str]:
        return self._store.review_queue.newer_runs(item.run_id)

    def schemas(self, scope: Scope) -> Sequence[str]:
        return self._store.review_queue.schemas(scope)

    def field_type(self, item: ReviewItem) -> FieldType:
        schema = self._sheets.stored(RunId(item.run_id)).run.run_input.schema
        return schema.field(item.field).value_type


def _warm() -> None:
    """Load what the first picture needs, while the first person signs in: Prefect takes a second or more."""
    importlib.import_module("tasks.evidence")


class DataInScope:
    """What somebody sees of documents who does not see them all: no boards, no totals."""

    def __init__(self, data: BoardData, review: ReviewData, scope: Scope) -> None:
        self._data, self._review, self._scope = data, review, scope

    def boards(self) -> Sequence[Board]:
        return self._data.boards()

    def rows(self, query: str, chosen: Mapping[str, int | str]) -> Sequence[Mapping[str, Any]]:
        """Of a run that the person may not see, nothing."""
        rows = self._data.rows(query, chosen)
        return [row for row in rows if "run_id" in row and self._sees(str(row["run_id"]))]

    def choices(self, parameter: str, schema_name: str) -> Sequence[str]:
        """Of schemas that the person may see, and of their fields; never names of other matters."""
        allowed = self._review.schemas(self._scope)
        if parameter == "schema_name":
            return [name for name in self._data.choices(parameter, schema_name) if name in allowed]
        return self._data.choices(parameter, schema_name) if schema_name in allowed else ()

    def documents(self, name: str) -> Sequence[str]:
        """Also of a limit to schemas: a document without a run that the person may see is not named."""
        prefixes = self._scope.prefixes
        keys = [key for key in self._data.documents(name) if prefixes is None or key.startswith(prefixes)]
        if self._scope.schemas is None:
            return keys
        return [key for key in keys if self.rows("runs_of_document", {"key": key})]

    def evidence(self, run_id: str) -> str:
        if not self._sees(run_id):
            raise StoreMissing("there is no such run, or it is not among what you may see")
        return self._data.evidence(run_id)

    def samples(self) -> Sequence[Any]:
        return ()

    def check(self) -> None:
        self._data.check()

    def _sees(self, run_id: str) -> bool:
        try:
            return self._review.sees_run(run_id, self._scope)
        except CountersignError:
            return False
