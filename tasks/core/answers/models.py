"""What a parsed answer is: items, verdicts, the findings about the answer itself, and the kinds of repair.

Must hold no contract text but in candidates: a repair is a kind, a finding's reason names places and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.core.records import Candidate, FieldName, Finding, FindingKind, FindingSource


class Repair(StrEnum):
    """What was done to an answer that was not plain JSON in the agreed shape, and is certain enough to be no finding."""

    SMALL_TALK = "small_talk"
    """Words before, after or between the JSON."""
    FENCE = "fence"
    THINKING = "thinking"
    """A `<think>` part, left out as a whole."""
    PROMPT_ECHO = "prompt_echo"
    """The prompt, or a request or JSON schema out of it, was repeated before the answer."""
    SEVERAL_BLOCKS = "several_blocks"
    """More than one JSON value held rows; all are taken."""
    SAID_TWICE = "said_twice"
    """An equal item in a second block; one is taken."""
    ENCODED = "encoded"
    """JSON inside a JSON string."""
    QUOTES = "quotes"
    """Single, typographic, triple or missing quotes around a string or key."""
    INNER_QUOTE = "inner_quote"
    """A quotation mark inside a string that was not escaped."""
    ESCAPE = "escape"
    """An escape JSON does not have, or a control character that was not escaped."""
    COMMA = "comma"
    """One too many, one missing, or a full-width one; a wrong colon."""
    COMMENT = "comment"
    LITERAL = "literal"
    """`True`, `None`, `NaN`, `Infinity` and the like."""
    BRACKET = "bracket"
    """A bracket missing, too many, or of the wrong kind, while every item in it is complete."""
    DUPLICATE_KEY = "duplicate_key"
    """A key twice in an object: all its values are taken."""
    WRAPPER = "wrapper"
    """Items under another key, in a bare list, alone, or keyed by field."""
    SPLIT = "split"
    """A list where one value was due: one item for each."""
    EXTRA_KEY = "extra_key"
    """Something beside the items that is no item."""
    KEY_NAME = "key_name"
    """`evidence` for `quote`, `feild` for `field`."""
    FIELD_NAME = "field_name"
    """A field's title, or a spelling close to one field of the schema and to no other."""
    PART_SHAPE = "part_shape"
    """A record's parts as a mapping, or in its value."""
    QUOTE_FROM_VALUE = "quote_from_value"
    """No quote was given: the value is looked for in the source instead."""
    NUMBER = "number"
    """A number where text was due, a percentage or text where a number was."""
    SCORE_DROPPED = "score_dropped"
    """A score that is no probability."""


Scalar = str | int | float | bool


class PartItem(BaseModel):
    """A part of a record as a generator proposes it."""

    model_config = ConfigDict(extra="ignore")

    name: str
    value: Scalar | list[Scalar] | None = None
    quote: str = ""


class Item(BaseModel):
    """One value as a generator proposes it."""

    model_config = ConfigDict(extra="ignore")

    field: str
    value: Scalar | list[Scalar] | dict[str, Any] | None = None
    """A mapping says nothing: a record is what its parts say."""
    quote: str = ""
    score: float | None = None
    parts: list[Any] = []


class Verdict(BaseModel):
    model_config = ConfigDict(extra="ignore")

    candidate: int
    right: float | None = None
    """None: the critic does not judge what it was shown; the reason says why."""
    flagged: bool
    reason: str = ""
    part: str | None = None
    """Of a record: which part of it; None: all of it."""


class Missing(BaseModel):
    model_config = ConfigDict(extra="ignore")

    field: str
    quote: str
    passage: int
    start: int
    end: int
    score: float
    reason: str = ""
    candidate: int | None = None
    """The record that lacks it, where a part of a record is missing."""
    part: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    candidates: tuple[Candidate, ...]
    problems: tuple[Finding, ...]
    unable: tuple[FieldName, ...] = ()
    """Fields that the generator says it cannot extract."""
    repairs: tuple[str, ...] = ()
    """Kinds of repair (`Repair`), each once, sorted. A repaired answer is not flagged for it."""


@dataclass(frozen=True, slots=True)
class ParsedCritique:
    verdicts: tuple[Verdict, ...]
    missing: tuple[Missing, ...]
    problems: tuple[Finding, ...]
    repairs: tuple[str, ...] = ()


def malformed(reason: str, field: str | None = None) -> Finding:
    """A finding about the answer itself; certain, since no model judged it."""
    name = None if field is None else FieldName(field)
    return Finding(FindingKind.MALFORMED, FindingSource.PARSER, name, None, "", None, 1.0, reason)


def first_problem(error: ValidationError) -> str:
    """Where and what, without the input."""
    first: Sequence[Any] = error.errors(include_input=False, include_url=False, include_context=False)
    return f"{'.'.join(str(p) for p in first[0]['loc'])}: {first[0]['msg']}" if first else "not valid"
