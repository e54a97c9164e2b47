"""The questions of a run: written with its results, or later for runs that are older than the review.

What earlier decisions answer already is not asked: it is carried over, and its question is stored
closed, so that it opens when the decision is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.loop.replay import StoredRun
from tasks.core.loop.state import RunState
from tasks.core.records import Extraction, RunId
from tasks.core.review.carry_over import CarriedDecision, LostDecision
from tasks.core.review.items import ItemDraft, items_of_run
from tasks.core.review.records import ItemKind, ReviewDecision
from tasks.postgres.citations import to_columns
from tasks.postgres.connection import Pool
from tasks.postgres.queries import Row, as_json, copy_rows, query
from tasks.postgres.review.carried import add_carried, carried_over
from tasks.postgres.review.order import Factors, apply_experience, factors_of, question_json, weigh_again
from tasks.postgres.rounds import LockedRun

_LOST_WORTH = 1.0
"""A person's decision is about to be undone: as much as a value that is surely wrong."""
_CARRIED = "carried"


class ReviewItems:
    """Every method is one transaction, after the run was loaded in another."""

    def __init__(self, pool: Pool, load: Callable[[RunId], StoredRun]) -> None:
        self._pool = pool
        self._load = load

    def runs_without_items(self, limit: int) -> list[RunId]:
        """Newest done runs of documents and schemas whose questions were never made, newest first."""
        with self._pool.transaction() as connection:
            rows = connection.execute(query("review", "runs_without_items"), {"limit": limit}).fetchall()
        return [RunId(row[0]) for row in rows]

    def make_items(self, run_id: RunId) -> int:
        """Make the questions of a run from its stored trail, once.

        Returns:
            How many are open; 0 as well if they were made already, or a newer run is done.

        Raises:
            StoreMissing: there is no such run.
        """
        stored = self._load(run_id)
        state = RunState(stored.run_input)
        for record in stored.records:
            state.apply(record)
        critiques = stored.records[0].critiques if stored.records else ()
        drafts = items_of_run(stored.run_input, state.by_chunk, stored.extractions, critiques)
        with self._pool.transaction() as connection:
            connection.execute(query("review", "lock_run"), {"run_id": run_id})
            if connection.execute(query("review", "wants_items"), {"run_id": run_id}).fetchone() is None:
                return 0
            run = _whole_run(connection, run_id)
            return ask(connection, run, stored.extractions, drafts)

    def set_worths(self, worths: Mapping[int, float]) -> None:
        """Change what questions are worth, by their numbers: decisions teach what to ask next."""
        values = {"item_ids": list(worths), "worths": list(worths.values())}
        with self._pool.transaction() as connection:
            connection.execute(query("review", "set_worths"), values)

    def apply_experience(self) -> int:
        """Give every open question the worth that the decisions of all documents teach.

        Returns:
            How many changed.
        """
        after, n_changed = 0, 0
        while True:
            with self._pool.transaction() as connection:
                last_id, n = apply_experience(connection, after)
            if last_id is None:
                return n_changed
            after, n_changed = last_id, n_changed + n


def lock_review(connection: psycopg.Connection, run_id: RunId) -> None:
    """Until the end of the transaction nobody decides over the run's document and schema."""
    connection.execute(query("review", "lock_run"), {"run_id": run_id})


def ask(
    connection: psycopg.Connection,
    run: LockedRun,
    extractions: Sequence[Extraction],
    drafts: Sequence[ItemDraft],
) -> int:
    """Carry over what was decided, and store what is left to ask. The run is done.

    Returns:
        How many questions are open.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        facts = cursor.execute(query("review", "facts"), {"run_id": run.run_id}).fetchone()
    assert facts is not None
    rows = connection.execute(query("evidence", "extraction_ids"), {"run_id": run.run_id}).fetchall()
    extraction_ids = [row[0] for row in rows]
    carried, lost = carried_over(connection, run, facts, extractions, extraction_ids)
    factors = factors_of(connection, facts["schema_name"])
    writer = _ItemWriter(run, facts, extractions, extraction_ids, factors)
    answered = _Answered(carried)
    left = [draft for drafted in drafts if (draft := answered.left_of(drafted, writer)) is not None]
    new_rows = [*map(writer.draft_row, left), *(_lost_row(connection, writer, row) for row in lost)]
    copy_rows(connection, query("review", "copy_item"), iter(new_rows))
    by_index = {draft.extraction_index: draft for draft in drafts}
    for decision in carried:
        values = writer.carried_values(decision, by_index)
        row = connection.execute(query("review", "add_item"), values).fetchone()
        assert row is not None
        add_carried(connection, run, decision, row[0])
    counted = {"run_id": run.run_id, "n_items": len(new_rows)}
    connection.execute(query("review", "close_decided"), counted)
    weigh_again(connection, run.run_id, (decision.origin.field for decision in carried))
    connection.execute(query("review", "count_items"), counted)
    return len(new_rows)


def _lost_row(connection: psycopg.Connection, writer: _ItemWriter, lost: LostDecision) -> Row:
    """In the chunk where the words are likeliest to be: near the page on which they were."""
    page_number = lost.words.pages[0] if lost.words.pages else 1
    near = {"reading_id": writer.facts["reading_id"], "page_number": page_number}
    row = connection.execute(query("review", "chunk_near"), near).fetchone()
    assert row is not None
    details = (
        None,
        lost.origin.origin_id,
        None,
        None,
        None,
        None,
        None,
        _LOST_WORTH,
        "lost",
        None,
        None,
        None,
    )
    return (*writer.head(row[0], lost.origin.field), ItemKind.LOST.value, *details)


class _Answered:
    """What carried decisions say, so that nobody is asked again."""

    def __init__(self, carried: Sequence[CarriedDecision]) -> None:
        self._extraction_ids = {c.extraction_id for c in carried}
        self._empty_fields = {c.origin.field for c in carried if c.decision is ReviewDecision.NOT_IN_DOCUMENT}
        self._places = {
            (c.origin.field, span)
            for c in carried
            if c.origin.judged is None
            for span in (*c.origin.asked, *(c.words.spans if c.words else ()))
        }
        """Passages that were shown, and words that were found in one."""

    def left_of(self, draft: ItemDraft, writer: _ItemWriter) -> ItemDraft | None:
        """What is still to be asked of a question; None: nothing."""
        if draft.field in self._empty_fields:
            return None
        if draft.extraction_index is not None:
            numbers = enumerate(writer.extraction_ids)
            left = draft.without({index for index, number in numbers if number in self._extraction_ids})
            if left is None or left.extraction_index in (None, draft.extraction_index):
                return left
            return replace(left, score=writer.extractions[left.extraction_index].score)
        return None if self._has_passage(draft) else draft

    def _has_passage(self, draft: ItemDraft) -> bool:
        spans = () if draft.citation is None else draft.citation.spans
        return any(
            name == draft.field and start < span.end and span.start < end
            for name, (start, end) in self._places
            for span in spans
        )


@dataclass(frozen=True, slots=True)
class _ItemWriter:
    """Makes the columns of questions of one run."""

    run: LockedRun
    facts: Mapping[str, Any]
    extractions: Sequence[Extraction]
    extraction_ids: Sequence[int]
    factors: Factors

    def draft_row(self, draft: ItemDraft) -> Row:
        value = None if draft.extraction_index is None else self.extractions[draft.extraction_index]
        citation = draft.citation if value is None else value.citation
        spans, pages, footnote_id, _ = to_columns(citation, self.run.footnote_ids)
        return (
            *self.head(self.run.chunk_id(draft.chunk_index), draft.field),
            draft.kind.value,
            None if draft.extraction_index is None else self.extraction_ids[draft.extraction_index],
            None,
            spans,
            pages,
            footnote_id,
            None if value is None else value.status.value,
            draft.score,
            draft.worth * self._factor(draft),
            draft.reason,
            [self.extraction_ids[index] for index in draft.others] or None,
            None if draft.question is None else as_json(question_json(draft.question)),
            None if draft.question is None else draft.worth,
        )

    def _factor(self, draft: ItemDraft) -> float:
        if draft.question is None:
            return 1.0
        return self.factors.get((draft.field, draft.question.kind.value), 1.0)

    def carried_values(
        self, carried: CarriedDecision, drafts: Mapping[int | None, ItemDraft]
    ) -> dict[str, Any]:
        """The question that a carried decision answers."""
        if carried.extraction_id is None:
            words = carried.words
            spans = words.spans if words else carried.origin.asked
            row = (
                *self.head(carried.chunk_id, carried.origin.field),
                ItemKind.PASSAGE.value,
                None,
                None,
                as_json(spans) if spans else None,
                (list(words.pages) if words else []) if spans else None,
                words.footnote_id if words else None,
                *(None, None, 0.0, _CARRIED, None, None, None),
            )
        else:
            index = self.extraction_ids.index(carried.extraction_id)
            value = self.extractions[index]
            draft = drafts.get(index) or ItemDraft(
                ItemKind.VALUE, value.field, value.chunk_index, index, None, value.score, 0.0, _CARRIED
            )
            # The others of the question are asked on their own, if they are undecided.
            row = self.draft_row(replace(draft, others=(), question=None) if draft.others else draft)
        return dict(zip(_COLUMNS, row, strict=True))

    def head(self, chunk_id: int, field: str) -> Iterator[Any]:
        yield self.run.run_id
        yield from (self.facts[name] for name in ("document_id", "schema_name", "schema_version_id"))
        yield from (chunk_id, str(field))


_COLUMNS = (
    "run_id", "document_id", "schema_name", "schema_version_id", "chunk_id", "field", "kind", "extraction_id",
    "lost_review_id", "spans", "pages", "footnote_id", "status", "score", "worth", "reason",
    "others", "question", "expected",
)  # fmt: skip


def _whole_run(connection: psycopg.Connection, run_id: RunId) -> LockedRun:
    of_run = {"run_id": run_id}
    reading = connection.execute(query("review", "reading_of"), of_run).fetchone()
    assert reading is not None
    of_reading = {"reading_id": reading[0]}
    chunks = connection.execute(query("reading", "chunk_ids"), of_reading).fetchall()
    notes = connection.execute(query("reading", "footnote_ids"), of_reading).fetchall()
    return LockedRun(run_id, 0, dict(chunks), dict(notes))
