"""Parse the answers of a language model as critic to its questions (`prompts.critic`).

An item that was judged by labels has a probability. Where the critic answered in words it gives none:
the scores below take their place. An unanswered question gives no verdict; a `drop` that names no item
removes the verdicts of the items that it may mean. A quote that is not in the chunk is a finding about
the critique (`malformed`, source `critic`), not a missing item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tasks.core.answers import Missing, ParsedCritique, Verdict, open_object, parse_critique
from tasks.core.answers.critique import TWO_ROWS
from tasks.core.answers.envelope import KEPT, AnswerPart, split_answers
from tasks.core.answers.models import Repair
from tasks.core.grounding.quotes import Placement, answer_placements
from tasks.core.records import Chunk, FieldName, Finding, FindingKind, FindingSource
from tasks.core.schema import Schema
from tasks.core.wire.critic_questions import (
    CUT_LABEL,
    JUDGE,
    LABELS,
    Placed,
    RecordKind,
    item_order,
    shown_quote,
    told_quote,
)

# Not 1 and 0, so that a critic with real probabilities is not outweighed by one that has none.
RIGHT, WRONG = 0.9, 0.1
# Lower than a doubt: in trials only 37-41 % of what a critic called missing was right.
LACKING = 0.5
# A row that cannot be used may be unimportant; with 1 it would outweigh the true gain of a round.
UNUSABLE = 0.5
_CERTAIN = 1.0

# These reasons are stored, and compared by replays.
NOT_SAID = "the critic says that the source does not say this of the field"
CUT_WRONGLY = "the critic says that the quote begins or ends in the wrong place"
_REASONS = {"redundant": NOT_SAID, "boundary": CUT_WRONGLY}
_DOUBT = "the critic doubts it"
_LACKS = "the critic says that the draft lacks this"
_LACKS_PART = "the critic says that the record lacks this part"
_EXTENT = "the critic says that the provision reads so in full"
NOT_UNDERSTOOD = "the critic answered with none of the labels"


def read_critique(raw: str, placed: Sequence[Placed], chunk: Chunk, schema: Schema) -> ParsedCritique:
    """Parse the raw answer of any critic; that of a language model is always in an envelope.

    Args:
        placed: The grounded candidates in the request, in the order of the answer; verdicts name
            their index.
    """
    parts = split_answers(raw)
    if parts is None:
        return parse_critique(raw)
    parser = _Parser(placed, chunk, schema)
    tasks = {
        KEPT: parser.take_kept,
        JUDGE: parser.take_judged,
        RecordKind.REDUNDANCY.value: parser.take_drops,
        RecordKind.MISSING.value: parser.take_adds,
    }
    # What is kept or judged by labels comes first: the answers in words are about the rest.
    order = list(tasks)
    for part in sorted(parts, key=lambda p: order.index(p.task) if p.task in order else len(order)):
        take = tasks.get(part.task)
        if take is None:
            parser.note("an answer to a question that was not asked")
        else:
            take(part)
    return parser.critique()


def rows_to_judge(
    raw: str, placed: Sequence[Placed], chunk: Chunk, schema: Schema
) -> dict[int, dict[str, str]]:
    """Position -> field and quote of what an answer says is lacking, where the words are in the chunk.

    Parts of records are not among them: their number says which record is meant.
    """
    parser = _Parser(placed, chunk, schema)
    rows = parser.rows(AnswerPart(RecordKind.MISSING.value, (), raw), "add") or []
    chosen: dict[int, dict[str, str]] = {}
    seen: set[tuple[str, str]] = set()
    for position, row in enumerate(rows):
        name, quote = _text(row, "field"), _text(row, "quote")
        if name in schema.field_names and quote.strip() and not _text(row, "part"):
            parser.missing.clear()  # each on its own: a row before it may be judged wrong
            parser.add(name, quote, _LACKS, "")
            if parser.missing and (name, quote) not in seen:
                seen.add((name, quote))
                chosen[position] = {"field": name, "quote": quote}
    return chosen


@dataclass(slots=True)
class _Parser:
    """Collects the verdicts, missing items and problems of all parts of an answer."""

    placed: Sequence[Placed]
    chunk: Chunk
    schema: Schema
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    missing: list[Missing] = field(default_factory=list[Missing])
    problems: list[Finding] = field(default_factory=list[Finding])
    repairs: set[str] = field(default_factory=set[str])
    judged: set[int] = field(default_factory=set[int])
    """Candidates that the answers in words are not about."""
    lacking: dict[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    """Position of a row of `add` -> its judgement by labels."""

    def critique(self) -> ParsedCritique:
        repairs = tuple(sorted(self.repairs))
        return ParsedCritique(tuple(self.verdicts), tuple(self.missing), tuple(self.problems), repairs)

    def note(self, reason: str, name: str = "", score: float = UNUSABLE) -> None:
        """A finding about the critique."""
        known = FieldName(name) if name in self.schema.field_names else None
        kind, source = FindingKind.MALFORMED, FindingSource.CRITIC
        self.problems.append(Finding(kind, source, known, None, "", None, score, f"the critique: {reason}"))

    def take_kept(self, part: AnswerPart) -> None:
        """What was judged in an earlier round, in the form of a native critic's answer."""
        known = parse_critique(part.raw)
        self.verdicts += known.verdicts
        self.missing += known.missing
        self.problems += known.problems
        self.judged |= {verdict.candidate for verdict in known.verdicts}

    def take_judged(self, part: AnswerPart) -> None:
        """A judgement by labels, as `Calibration.judged` writes it; without an answer it gives no verdict."""
        if part.error:
            self._unanswered(part, part.error)
            return
        row: Mapping[str, Any] = json.loads(part.raw)
        if "add" in row:
            self.lacking[row["add"]] = row
            return
        order = item_order(self.placed)
        number = _number(row)
        if number is None or not 1 <= number <= len(order):
            self.note("a judgement of no item of the draft")
            return
        index = order[number - 1]
        self.judged.add(index)
        reason = "" if row["right"] is not None else NOT_UNDERSTOOD
        if row["flagged"]:
            reason = CUT_WRONGLY if _likeliest_fault(row) == CUT_LABEL else NOT_SAID
        right, flagged, bar = row["right"], row["flagged"], row.get("bar")
        self.verdicts.append(Verdict(candidate=index, right=right, flagged=flagged, reason=reason, bar=bar))

    def take_drops(self, part: AnswerPart) -> None:
        rows = self.rows(part, "drop")
        if rows is None:
            return
        order = item_order(self.placed)
        dropped: dict[tuple[int, str | None], Mapping[str, Any]] = {}
        unclear: set[int] = set()
        for position, row in enumerate(rows):
            number = self._item_number(row, order)
            if number is None:
                self.note(f"drop[{position}] names no item of the draft", _text(row, "field"))
                unclear |= self._possible_items(row, order)
                continue
            index = order[number - 1]
            key = index, self._part_name(row, index)
            if key in dropped:
                self.note(f"item {number} is dropped twice", _text(row, "field"))
            dropped.setdefault(key, row)
        for (index, name), row in dropped.items():
            self._drop(index, name, row)
        whole = {index for index, name in dropped if name is None}
        for index in set(range(len(self.placed))) - whole - unclear - self.judged:
            self.verdicts.append(Verdict(candidate=index, right=RIGHT, flagged=False))

    def _drop(self, index: int, name: str | None, row: Mapping[str, Any]) -> None:
        why = _text(row, "why")
        reason = _REASONS.get(why, _DOUBT)
        self.verdicts.append(Verdict(candidate=index, right=WRONG, flagged=True, reason=reason, part=name))
        extent = _text(row, "extent")
        if why == "boundary" and extent:
            self.add(self.placed[index][0].field, extent, _EXTENT, "the extent of an item")

    def _part_name(self, row: Mapping[str, Any], index: int) -> str | None:
        """The part of the record; None, for the whole record, if it has no such part."""
        name = _text(row, "part")
        return name if name in {part.name for part in self.placed[index][0].parts} else None

    def _item_number(self, row: Mapping[str, Any], order: Sequence[int]) -> int | None:
        """The item's number; field and quote decide if they differ: small models miscount."""
        number, name, quote = _number(row), _text(row, "field"), _text(row, "quote")
        drafted = [self.placed[index][0] for index in order]
        told = [told_quote(self.placed[index]) for index in order]
        same = [
            n
            for n, (c, words) in enumerate(zip(drafted, told, strict=True), 1)
            if name == c.field and quote and quote in (c.quote, words, shown_quote(words))
        ]
        if number is not None and 1 <= number <= len(drafted):
            is_named = not name or name == drafted[number - 1].field
            if number in same or (is_named and not same):
                return number
        return same[0] if len(same) == 1 else None

    def _possible_items(self, row: Mapping[str, Any], order: Sequence[int]) -> set[int]:
        """The candidates that an unclear row may mean: those of its number or field, else all."""
        name, number = _text(row, "field"), _number(row)
        possible = {i for i, p in enumerate(self.placed) if p[0].field == name}
        if number is not None and 1 <= number <= len(order):
            possible.add(order[number - 1])
        return possible or set(range(len(self.placed)))

    def take_adds(self, part: AnswerPart) -> None:
        rows = self.rows(part, "add") or []
        # Of equal rows one was judged.
        judgements = {
            (_text(rows[at], "field"), _text(rows[at], "quote")): judged
            for at, judged in self.lacking.items()
            if at < len(rows)
        }
        for position, row in enumerate(rows):
            name, quote = _text(row, "field"), _text(row, "quote")
            if name not in self.schema.field_names:
                self.note(f"add[{position}] names no field of the schema")
            elif not quote.strip():
                self.note(f"add[{position}] has no quote", name)
            elif _text(row, "part"):
                self._add_part(name, quote, row, f"add[{position}]")
            elif (judged := judgements.get((name, quote))) is None or judged["right"] is None:
                self.add(name, quote, _LACKS, f"add[{position}]")
            elif not judged["flagged"]:
                self.add(name, quote, _LACKS, f"add[{position}]", judged["right"])

    def add(self, name: str, quote: str, reason: str, what: str, score: float = LACKING) -> None:
        """A missing item, at a place where the draft does not have it already."""
        places = answer_placements(quote, self.chunk)
        if not places:
            self.note(f"the quote of {what} does not stand in the source", name)
            return
        free = next((p for p in places if not self._is_known(name, p)), None)
        if free is not None:
            self.missing.append(_missing(name, quote, free, reason, score))

    def _add_part(self, name: str, quote: str, row: Mapping[str, Any], what: str) -> None:
        """A missing part of a record, at the place nearest to the record."""
        order = item_order(self.placed)
        number = self._item_number({"item": row.get("item"), "field": name}, order)
        part = _text(row, "part")
        if number is None or part not in {p.name for p in self.schema.field(name).parts}:
            self.note(f"{what} names no part of an item of the draft", name)
            return
        index = order[number - 1]
        record, passage, start, end = self.placed[index]
        places = answer_placements(quote, self.chunk)
        if part in {p.name for p in record.parts} or not places:
            self.note(f"the part that {what} names is there, or its quote does not stand in the source", name)
            return

        def distance(place: Placement) -> tuple[bool, int]:
            return place.passage_index != passage, max(0, place.start - end, start - place.end)

        missing = _missing(name, quote, min(places, key=distance), _LACKS_PART)
        self.missing.append(missing.model_copy(update={"candidate": index, "part": part}))

    def _is_known(self, name: str, place: Placement) -> bool:
        """Whether a candidate or an earlier row has this field at this place.

        Candidates that are records do not count: one sentence may contain two records.
        """
        is_record = bool(self.schema.field(name).parts)
        drafted = () if is_record else self.placed
        ranges = [(c.field, passage, start, end) for c, passage, start, end in drafted]
        ranges += [(m.field, m.passage, m.start, m.end) for m in self.missing]
        return any(
            (field_name, passage) == (name, place.passage_index) and start <= place.start and place.end <= end
            for field_name, passage, start, end in ranges
        )

    def rows(self, part: AnswerPart, name: str) -> list[Mapping[str, Any]] | None:
        """The rows of an answer, None if it does not answer the question."""
        if part.error:
            return self._unanswered(part, part.error)
        opened = open_object(part.raw)
        body = opened.body
        self.repairs |= opened.repairs
        rows = None if body is None else body.get(name)
        if opened.is_cut:
            # The part that is cut off may have dropped more items, so the others are not approved.
            return self._unanswered(part, "the answer is cut off")
        if opened.is_mixed or opened.problem or Repair.BRACKET in opened.repairs:
            # A row that is inside another one, or was lost, may have dropped an item, too.
            return self._unanswered(part, opened.problem or TWO_ROWS)
        if body is None or not isinstance(rows, list):
            return self._unanswered(part, opened.problem or f"no list `{name}`")
        if not rows and body.get("verdict") == "revise":
            return self._unanswered(part, f"`revise`, and nothing in `{name}`")
        # A row that is not an object names no item: the caller reports it.
        return [row if isinstance(row, dict) else {} for row in cast("list[Any]", rows)]

    def _unanswered(self, part: AnswerPart, why: str) -> None:
        self.note(f"no answer to the question `{part.task}` ({why})", score=_CERTAIN)


def _likeliest_fault(row: Mapping[str, Any]) -> str:
    return max(LABELS[1:], key=lambda label: row["labels"][label])


def _number(row: Mapping[str, Any]) -> int | None:
    """The item's number, which small models may write as text."""
    value = row.get("item")
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,6}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _missing(name: str, quote: str, place: Placement, reason: str, score: float = LACKING) -> Missing:
    return Missing(
        field=name,
        quote=quote,
        passage=place.passage_index,
        start=place.start,
        end=place.end,
        score=score,
        reason=reason,
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""
