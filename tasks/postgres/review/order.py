"""The order of the stored questions: what decisions taught, and what is worth more or less since one.

The worth of a question is what its answer is expected to gain (`tasks.core.review.worth`), times the
factor of experience of its field and kind. A decision weighs the questions of its run and field again;
those of other documents follow at `countersign review refresh`, so that a decision takes a bounded time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasks.core.records import Citation, FieldName, MatchKind, Span
from tasks.core.review.decided import CALM, factor_of, gain_of
from tasks.core.review.held_values import HeldValues
from tasks.core.review.questions import Question, QuestionKind
from tasks.core.review.records import ReviewDecision
from tasks.core.review.worth import packaged_worth
from tasks.postgres.queries import query

_BATCH = 2000
_ELSEWHERE = ("",)
"""Stands for the words of another field's value: only its place counts."""

Factors = Mapping[tuple[str, str], float]
"""By field and kind of question."""


def question_json(question: Question) -> dict[str, Any]:
    """What a question's worth follows from; its words are in the reading."""
    return {
        "kind": question.kind.value,
        "signals": list(question.signals),
        "places": [[[span.start, span.end] for span in place.spans] for place in question.places],
    }


def factors_of(connection: psycopg.Connection, schema_name: str, field: str | None = None) -> Factors:
    """Where there is none it is 1."""
    rows = connection.execute(query("review", "experience"), {"schema_name": schema_name, "field": field})
    return {(name, kind): factor_of(expected, gained) for name, kind, expected, gained in rows.fetchall()}


def learn(connection: psycopg.Connection, item_ids: Sequence[int]) -> None:
    """After decisions about questions of one run and field, or their withdrawal."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("review", "field_of_items"), {"item_ids": list(item_ids)}).fetchall()
    for row in rows:
        standing = _Standing.load(connection, row)
        held = standing.held()
        for index, asked in enumerate(standing.asked):
            if asked.item_id in item_ids:
                n_copies = 0 if asked.texts is None else held.n_copies(index, asked.texts)
                _teach(connection, row["schema_name"], asked, n_copies)
        _weigh(connection, row["schema_name"], standing, held)


def weigh_again(connection: psycopg.Connection, run_id: str, fields: Iterable[str]) -> None:
    """After decisions were carried over to a run: they teach nothing, but something stands or is gone."""
    facts = connection.execute(query("review", "facts"), {"run_id": run_id}).fetchone()
    assert facts is not None
    _, schema_name, _, reading_id, *_ = facts
    for field in sorted(set(fields)):
        row = {"run_id": run_id, "field": field, "reading_id": reading_id}
        standing = _Standing.load(connection, row)
        _weigh(connection, schema_name, standing, standing.held())


def apply_experience(connection: psycopg.Connection, after: int) -> tuple[int | None, int]:
    """Give some open questions the worth that experience says.

    Returns:
        The number of the last question looked at (None: there was none), and how many changed.
    """
    values = {"calm": CALM, "after": after, "limit": _BATCH}
    row = connection.execute(query("review", "apply_experience"), values).fetchone()
    assert row is not None
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class _Asked:
    item_id: int
    question: Question
    expected: float | None
    gained: float | None
    is_open: bool
    texts: Sequence[str] | None
    """What stands for it since its decision; None: undecided, or the decision does not say."""


def _teach(connection: psycopg.Connection, schema_name: str, asked: _Asked, n_copies: int) -> None:
    """Experience has each decided question once, with the decision that holds."""
    gained = None if asked.texts is None else gain_of(asked.question, asked.texts, n_copies)
    if gained == asked.gained or asked.expected is None:
        return
    changed = {
        "schema_name": schema_name,
        "field": asked.question.field,
        "kind": asked.question.kind.value,
        "expected": asked.expected * ((gained is not None) - (asked.gained is not None)),
        "gained": (gained or 0.0) - (asked.gained or 0.0),
    }
    connection.execute(query("review", "set_gained"), {"item_id": asked.item_id, "gained": gained})
    connection.execute(query("review", "add_experience"), changed)


def _weigh(connection: psycopg.Connection, schema_name: str, standing: _Standing, held: HeldValues) -> None:
    expected = standing.expected(held)
    if not expected:
        return
    factors = factors_of(connection, schema_name, standing.field)
    kinds = {asked.item_id: asked.question.kind.value for asked in standing.asked}
    worths = [
        value * factors.get((standing.field, kinds[item_id]), 1.0) for item_id, value in expected.items()
    ]
    values = {"item_ids": list(expected), "expected": list(expected.values()), "worths": worths}
    connection.execute(query("review", "set_expected"), values)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands in a run, as one of its fields sees it."""

    field: str
    asked: Sequence[_Asked]
    """Questions of all fields; those of other fields without their words."""
    values: Sequence[Question]
    """What stands and is not asked about."""

    @staticmethod
    def load(connection: psycopg.Connection, of_run: Mapping[str, Any]) -> _Standing:
        """
        Args:
            of_run: `run_id`, `reading_id` and `field`.
        """
        with connection.cursor(row_factory=dict_row) as cursor:
            items, values, said = (
                cursor.execute(query("review", name), of_run).fetchall()
                for name in ("asked_in", "values_in", "said_in")
            )
        row = connection.execute(query("review", "text"), of_run).fetchone()
        return _Reader("" if row is None else row[0], of_run["field"], values, said).standing(items)

    def held(self) -> HeldValues:
        """What stands, by the index of its question."""
        questions = [*(a.question for a in self.asked), *self.values]
        held = HeldValues(questions)
        for index, asked in enumerate(self.asked):
            if asked.texts is not None:
                held.hold(index, asked.texts)
        return held

    def expected(self, held: HeldValues) -> dict[int, float]:
        """What the open questions of the field are expected to gain."""
        worth = packaged_worth()
        return {
            asked.item_id: worth(asked.question, held.relation_of(index))
            for index, asked in enumerate(self.asked)
            if asked.is_open and asked.question.field == self.field
        }


class _Reader:
    """Rows of a run as questions."""

    def __init__(
        self, text: str, field: str, values: Sequence[Mapping[str, Any]], said: Sequence[Mapping[str, Any]]
    ) -> None:
        self._text, self._field, self._said = text, field, said
        self._values = {row["extraction_id"]: row for row in values}
        self._of_item = {row["item_id"]: row for row in said if row["item_id"] is not None}
        self._of_value = {row["extraction_id"]: row for row in said if row["extraction_id"] is not None}
        self._further: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        """Further values that a decision named, by its question."""

    def standing(self, items: Sequence[Mapping[str, Any]]) -> _Standing:
        item_ids = {row["item_id"] for row in items}
        elsewhere: list[Mapping[str, Any]] = []
        for row in self._said:
            if row["item_id"] in item_ids:
                continue
            if row["asked_with"] in item_ids:
                self._further[row["asked_with"]].append(row)
            else:
                elsewhere.append(row)
        asked = [self._asked(row) for row in items]
        shown = {number for row in items for number in row["extraction_ids"]}
        shown |= {row["extraction_id"] for rows in self._further.values() for row in rows}
        rest = [row for number, row in self._values.items() if number not in shown and row["is_verified"]]
        values = [q for q in (*map(self._unasked, rest), *map(self._said_of, elsewhere)) if q is not None]
        return _Standing(self._field, asked, values)

    def _asked(self, row: Mapping[str, Any]) -> _Asked:
        body, name = row["question"], FieldName(row["field"])
        kind, places = QuestionKind(body["kind"]), tuple(map(_place, body["places"]))
        texts = _ELSEWHERE if name != self._field else self._texts(kind, places, row["extraction_ids"])
        signals = tuple(body["signals"])
        question = Question(kind, name, row["chunk_index"], places, texts, signals)
        said = self._of_item.get(row["item_id"])
        if said is None and row["extraction_ids"]:
            said = self._of_value.get(row["extraction_ids"][0])
        stands = None if said is None else self._stands(said, row["extraction_ids"])
        if stands:
            further = (self._stands(one, [one["extraction_id"]]) for one in self._further[row["item_id"]])
            stands = [*stands, *(text for texts in further for text in texts or ())]
        return _Asked(
            row["item_id"],
            question,
            row["expected"],
            row["gained"],
            row["is_open"],
            stands,
        )

    def _texts(
        self, kind: QuestionKind, places: Sequence[Citation], numbers: Sequence[int]
    ) -> tuple[str, ...]:
        if kind is QuestionKind.PASSAGE:
            return tuple(map(self._words, places))
        return tuple(text for number in numbers for text in self._value_texts(number))

    def _value_texts(self, number: int) -> tuple[str, ...]:
        row = self._values.get(number)
        if row is None or row["field"] != self._field:
            return _ELSEWHERE
        return tuple(map(self._words, _places_of(row)))

    def _stands(self, said: Mapping[str, Any], numbers: Sequence[int]) -> Sequence[str] | None:
        """The words that stand for a question by a decision."""
        decision = ReviewDecision(said["decision"])
        if decision is ReviewDecision.CORRECTED:
            return (said["quote"],) if said["field"] == self._field else _ELSEWHERE
        if decision is ReviewDecision.ACCEPTED:
            return self._value_texts(numbers[0])
        # Whoever says that gold is wrong says nothing of a value that was doubted.
        return None if decision is ReviewDecision.GOLD_WRONG else ()

    def _unasked(self, row: Mapping[str, Any]) -> Question | None:
        said = self._of_value.get(row["extraction_id"])
        if said is not None and said["decision"] in ("rejected", "not_in_document", "corrected"):
            return None
        texts = self._value_texts(row["extraction_id"])
        return _held(row["field"], _places_of(row), texts)

    def _said_of(self, row: Mapping[str, Any]) -> Question | None:
        """Right words by a decision that answers none of the questions."""
        if row["decision"] != "corrected" or not row["spans"]:
            return None
        texts = (row["quote"],) if row["field"] == self._field else _ELSEWHERE
        return _held(row["field"], (_place(row["spans"]),), texts)

    def _words(self, place: Citation) -> str:
        return "".join(self._text[span.start : span.end] for span in place.spans)


def _held(name: str, places: tuple[Citation, ...], texts: tuple[str, ...]) -> Question:
    return Question(QuestionKind.VERIFIED, FieldName(name), 0, places, texts, ())


def _places_of(row: Mapping[str, Any]) -> tuple[Citation, ...]:
    return (_place(row["spans"]), *(_place(other["spans"]) for other in row["places"] or ()))


def _place(spans: Sequence[Sequence[int]]) -> Citation:
    """Pages and notes do not count here."""
    return Citation(tuple(Span(start, end) for start, end in spans), (), None, MatchKind.EXACT)
