"""Decisions of persons, each in one transaction: checked, appended to the trail, and the question closed.

Triggers do the rest: the error book, the days, the question. A lock of document and schema puts
decisions and the ends of runs in one order, so nobody decides over a run that is just replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.grounding.quotes import passage_citation
from tasks.core.records import Citation, Page, Passage, PassageKind, Segment
from tasks.core.review.records import (
    MAX_ALSO,
    DecisionRefused,
    ItemKind,
    NewDecision,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
    Scope,
    Via,
)
from tasks.core.schema import FieldSpec, FieldType, Schema
from tasks.core.text.to_pg_text import storable
from tasks.core.values.document_habit import habit_of
from tasks.core.values.forms import has_normal_form, normal_form
from tasks.core.values.habit import UNKNOWN_HABIT
from tasks.postgres.citations import spans_to_json
from tasks.postgres.connection import Pool
from tasks.postgres.queries import as_json, query
from tasks.postgres.review.order import learn
from tasks.postgres.review.queue import item_by_id, scope_values

_WRITTEN_BY_HABIT = frozenset({FieldType.DATE, FieldType.MONEY, FieldType.DURATION, FieldType.NUMBER})
_NO_WORDS = {"value": None, "normal": None, "quote": None, "spans": None, "pages": None, "footnote_id": None}


class ReviewDecisions:
    """Every method is one transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._schemas: dict[str, Schema] = {}

    def decide(self, new: NewDecision, scope: Scope, reviewer: str, via: Via, by_user: str = "") -> int:
        """Store a decision over a question.

        Other values that the question shows are rejected with it, if the right words touch them, or if
        the answer is REJECTED; what is left of them becomes a question of its own.
        CORRECTED to the very words of the value is ACCEPTED. NOT_IN_DOCUMENT also decides every open
        question of run and field, and every value of it that is undecided and not rejected.
        A further value is a row of its own: over the value of the run in the same words, over one of
        those that the question shows if it shares words with it, else over the cell.

        Args:
            by_user: The user of the operating system, if it is another name than the reviewer's.

        Returns:
            The review's id.

        Raises:
            DecisionRefused: nothing was written; `code` says why.
        """
        if new.decision is ReviewDecision.WITHDRAWN:
            raise ValueError("a decision is withdrawn by `withdraw`")
        with self._pool.transaction() as connection:
            connection.execute(query("review", "lock_item"), {"item_id": new.item_id})
            item = item_by_id(connection, new.item_id, scope)
            run = _asking_run(connection, item.run_id)
            _refuse_if_decided(connection, item, new, reviewer)
            if new.decision is ReviewDecision.GOLD_WRONG and not item.has_gold:
                raise DecisionRefused(RefusalCode.NO_GOLD)
            new = _own_words_first(item, new)
            further = self._further(connection, item, run, new)
            decision, words = self._said(connection, item, run, new)
            how = {"via": via.value} | _by(by_user)
            values = {
                "item_id": item.item_id,
                "run_id": item.run_id,
                "field": item.field,
                "decision": decision.value,
                "reviewer": storable(reviewer),
                "reason": storable(new.reason),
                "shown": as_json(_shown(item) | how),
                "how": as_json(how),
            }
            row = connection.execute(query("review", "add"), values | words).fetchone()
            for said in further:
                _add_further(connection, values, said)
            if decision is ReviewDecision.NOT_IN_DOCUMENT:
                connection.execute(query("review", "add_to_rest"), values)
            elif item.others:
                right = [item.spans if decision is ReviewDecision.ACCEPTED else new.spans, *new.also]
                _decide_others(connection, decision, values, [span for spans in right for span in spans])
            if item.seen:
                connection.execute(query("review", "open_named"), values)
            learn(connection, [item.item_id])
        assert row is not None
        return row[0]

    def withdraw(
        self, review_id: int, scope: Scope, reviewer: str, is_admin: bool = False, by_user: str = ""
    ) -> int:
        """Take a decision back, with all that was decided in the same act. An earlier one holds again.

        Args:
            is_admin: May take back what others decided.
            by_user: The user of the operating system, if it is another name than the reviewer's.

        Returns:
            The id of the new row.

        Raises:
            DecisionRefused: nothing was written; `code` says why.
        """
        values: dict[str, Any] = {"review_id": review_id, **scope_values(scope)}
        with self._pool.transaction() as connection:
            connection.execute(query("review", "lock_review"), values)
            with connection.cursor(row_factory=dict_row) as cursor:
                said = cursor.execute(query("review", "withdrawable"), values).fetchone()
            if said is None:
                raise DecisionRefused(RefusalCode.NOT_FOUND)
            if said["reviewer"] != reviewer and not is_admin:
                raise DecisionRefused(RefusalCode.NOT_YOURS, by=said["reviewer"])
            if not said["holds"]:
                raise DecisionRefused(RefusalCode.NOTHING_TO_WITHDRAW)
            _asking_run(connection, said["run_id"])
            shown = as_json(_by(by_user)) if by_user else None
            taken_back = {"act": said["act"], "reviewer": storable(reviewer), "shown": shown}
            row = connection.execute(query("review", "withdraw"), taken_back).fetchone()
            items = {"item_ids": said["item_ids"]}
            connection.execute(query("review", "close_rest"), items)
            learn(connection, said["item_ids"])
        assert row is not None
        return row[0]

    def type_without_form(self, review_id: int) -> FieldType | None:
        """The type that the right words of a decision should have, and do not show; None: all is well."""
        with self._pool.transaction() as connection:
            row = connection.execute(query("review", "formless"), {"review_id": review_id}).fetchone()
            if row is None:
                return None
            field = self._schema(connection, row[1]).field(row[0])
        return field.value_type if has_normal_form(field) else None

    # ------------------------------------------------------------ what is said

    def _said(
        self, connection: psycopg.Connection, item: ReviewItem, run: dict[str, Any], new: NewDecision
    ) -> tuple[ReviewDecision, dict[str, Any]]:
        """The decision and, of a correction, its words as columns."""
        if new.decision is ReviewDecision.ACCEPTED and item.kind is not ItemKind.VALUE:
            raise DecisionRefused(RefusalCode.NO_WORDS)
        if new.decision is ReviewDecision.CORRECTED:
            if item.kind is ItemKind.VALUE and new.spans == item.spans:
                return ReviewDecision.ACCEPTED, _NO_WORDS
            return new.decision, self._words(connection, item, run, new.spans)
        if new.decision is ReviewDecision.NOT_IN_DOCUMENT:
            of_field = {"run_id": item.run_id, "field": item.field, "item_id": item.item_id}
            kept = connection.execute(query("review", "kept_value"), of_field).fetchone()
            if kept is not None:
                raise DecisionRefused(RefusalCode.DECIDED_MEANWHILE, by=kept[0])
        return new.decision, _NO_WORDS

    def _further(
        self, connection: psycopg.Connection, item: ReviewItem, run: dict[str, Any], new: NewDecision
    ) -> list[dict[str, Any]]:
        """The words of the further values as columns, each once."""
        if not new.also:
            return []
        is_right = new.decision in (ReviewDecision.ACCEPTED, ReviewDecision.CORRECTED)
        if not is_right or len(new.also) > MAX_ALSO:
            raise DecisionRefused(RefusalCode.ALSO_OF_WRONG)
        if not self._schema(connection, run["schema_version_id"]).field(item.field).has_many:
            raise DecisionRefused(RefusalCode.ONE_VALUE)
        said = [item.spans if new.decision is ReviewDecision.ACCEPTED else new.spans, *new.also]
        if len(set(said)) < len(said):
            raise DecisionRefused(RefusalCode.SAME_WORDS)
        return [self._words(connection, item, run, spans) for spans in new.also]

    def _words(
        self,
        connection: psycopg.Connection,
        item: ReviewItem,
        run: dict[str, Any],
        spans: Sequence[tuple[int, int]],
    ) -> dict[str, Any]:
        of_reading = {"reading_id": run["reading_id"]}
        row = connection.execute(query("review", "text"), of_reading).fetchone()
        text = "" if row is None else row[0]
        starts_and_ends = [offset for span in spans for offset in span]
        in_order = all(start < end for start, end in spans) and starts_and_ends == sorted(starts_and_ends)
        if not spans or not in_order or starts_and_ends[0] < 0 or starts_and_ends[-1] > len(text):
            raise DecisionRefused(RefusalCode.NO_WORDS, n_chars=len(text) if spans else None)
        ends = connection.execute(query("review", "page_ends"), of_reading).fetchall()
        pages = [Page(number, start, end, "ok") for number, start, end in ends]
        citation = _cited(text, spans, pages)
        quote = "".join(text[span.start : span.end] for span in citation.spans)
        if not quote.strip():
            raise DecisionRefused(RefusalCode.NO_WORDS)
        field = self._schema(connection, run["schema_version_id"]).field(item.field)
        first = {"first_char": citation.spans[0].start, "end_char": citation.spans[-1].end}
        note = connection.execute(query("review", "note_around"), of_reading | first).fetchone()
        return {
            "value": quote,
            "normal": _form(field, quote, text),
            "quote": quote,
            "spans": spans_to_json(citation.spans),
            "pages": list(citation.pages),
            "footnote_id": None if note is None else note[0],
        }

    def _schema(self, connection: psycopg.Connection, schema_version_id: str) -> Schema:
        if schema_version_id not in self._schemas:
            named = {"schema_version_id": schema_version_id}
            row = connection.execute(query("review", "schema"), named).fetchone()
            assert row is not None
            self._schemas[schema_version_id] = Schema.model_validate(row[0])
        return self._schemas[schema_version_id]


def _own_words_first(item: ReviewItem, new: NewDecision) -> NewDecision:
    """CORRECTED with the value's own words among the further ones: the value is right, and so are the others."""
    is_own = item.kind is ItemKind.VALUE and item.spans in new.also and new.spans != item.spans
    if new.decision is not ReviewDecision.CORRECTED or not is_own:
        return new
    also = (new.spans, *(spans for spans in new.also if spans != item.spans))
    return replace(new, decision=ReviewDecision.ACCEPTED, spans=(), also=also)


def _add_further(connection: psycopg.Connection, values: dict[str, Any], words: dict[str, Any]) -> None:
    """Append a further value of the decision, over the value or the question that it is about."""
    values = values | words | {"asked_with": values["item_id"]}
    said = connection.execute(query("review", "same_words"), values).fetchone()
    if said is not None:
        raise DecisionRefused(RefusalCode.SAME_WORDS, by=said[0])
    found = connection.execute(query("review", "value_at"), values).fetchone()
    if found is None:
        asked = connection.execute(query("review", "ask_further"), values).fetchone()
        assert asked is not None
        about = {"extraction_id": None, "item_id": asked[0], "chunk_id": asked[1]}
    else:
        about = {"extraction_id": found[0], "chunk_id": found[2], "item_id": found[3]}
    is_value = found is not None and found[1]
    decision = ReviewDecision.ACCEPTED if is_value else ReviewDecision.CORRECTED
    values |= about | (_NO_WORDS if is_value else {}) | {"decision": decision.value}
    connection.execute(query("review", "add_further"), values)


def _decide_others(
    connection: psycopg.Connection,
    decision: ReviewDecision,
    values: dict[str, Any],
    right: Sequence[tuple[int, int]],
) -> None:
    """
    Args:
        right: Of ACCEPTED and CORRECTED, all words that are right.
    """
    is_right = decision in (ReviewDecision.ACCEPTED, ReviewDecision.CORRECTED)
    if decision is not ReviewDecision.GOLD_WRONG:
        touched = values | {"right": as_json(right) if is_right else None}
        connection.execute(query("review", "reject_others"), touched)
    connection.execute(query("review", "open_rest"), values)
    connection.execute(query("review", "ask_rest"), values)


def _asking_run(connection: psycopg.Connection, run_id: str) -> dict[str, Any]:
    """The run, which must be the newest done one of its document and schema."""
    with connection.cursor(row_factory=dict_row) as cursor:
        run = cursor.execute(query("review", "state_of_run"), {"run_id": run_id}).fetchone()
    assert run is not None
    if run["state"] != "done" or run["newer_run"] is not None:
        raise DecisionRefused(RefusalCode.SUPERSEDED, newer_run=run["newer_run"])
    return run


def _refuse_if_decided(
    connection: psycopg.Connection, item: ReviewItem, new: NewDecision, reviewer: str
) -> None:
    if item.seen != new.seen:
        newest = connection.execute(query("review", "reviewer"), {"review_id": item.seen}).fetchone()
        raise DecisionRefused(RefusalCode.DECIDED_MEANWHILE, by=None if newest is None else newest[0])
    if item.claimed_by not in (None, reviewer):
        raise DecisionRefused(RefusalCode.CLAIMED, by=item.claimed_by)


def _cited(text: str, spans: Sequence[tuple[int, int]], pages: Sequence[Page]) -> Citation:
    """The spans, cut where a page ends."""
    segments: list[Segment] = []
    n_chars = 0
    for start, end in spans:
        segments.append(Segment(n_chars, start, end - start))
        n_chars += end - start
    words = "".join(text[start:end] for start, end in spans)
    return passage_citation(Passage(PassageKind.BODY, words, tuple(segments)), 0, n_chars, pages)


def _form(field: FieldSpec, value: str, text: str) -> str | None:
    by_habit = field.value_type in _WRITTEN_BY_HABIT
    return normal_form(field, value, habit_of(text) if by_habit else UNKNOWN_HABIT)


def _by(user: str) -> dict[str, Any]:
    return {"by_user": storable(user)} if user else {}


def _shown(item: ReviewItem) -> dict[str, Any]:
    others = [{"value": other.value, "spans": other.spans} for other in item.others]
    return {
        "kind": item.kind.value,
        "status": item.status,
        "value": item.value,
        "quote": item.quote,
        "spans": item.spans,
        "score": item.score,
        "worth": item.worth,
    } | ({"others": others} if others else {})
