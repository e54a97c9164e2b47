"""The parts of a parsed answer: items, verdicts, repairs, and findings about the answer itself.

Only candidates may contain contract text: a finding's reason has positions and counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from tasks.core.records import Candidate, FieldName, Finding, FindingKind, FindingSource


class Repair(StrEnum):
    """Repairs of an answer that was not plain JSON in the expected form; no findings."""

    SMALL_TALK = "small_talk"  # words before, after or between the JSON
    FENCE = "fence"
    THINKING = "thinking"  # a `<think>` part, which is ignored
    PROMPT_ECHO = "prompt_echo"  # the prompt, or a request or JSON schema of it, before the answer
    SEVERAL_BLOCKS = "several_blocks"  # more than one JSON value with items: all are taken
    SAID_TWICE = "said_twice"  # an equal item in a second block: one is taken
    ENCODED = "encoded"  # JSON inside a JSON string
    QUOTES = "quotes"  # single, typographic, triple or missing quotes around a string or key
    INNER_QUOTE = "inner_quote"  # a quotation mark inside a string without a backslash
    ESCAPE = "escape"  # an unknown escape, or a control character without one
    COMMA = "comma"  # a comma too many, a missing or full-width one, a wrong colon
    COMMENT = "comment"
    LITERAL = "literal"  # `True`, `None`, `NaN`, `Infinity` and the like
    BRACKET = "bracket"  # a missing, extra or wrong bracket, while every item is complete
    DUPLICATE_KEY = "duplicate_key"  # a key twice in an object: all its values are taken
    WRAPPER = "wrapper"  # items under another key, in a bare list, alone, or keyed by field
    SPLIT = "split"  # a list instead of one value: one item for each entry
    EXTRA_KEY = "extra_key"  # something besides the items
    KEY_NAME = "key_name"  # `evidence` for `quote`, `feild` for `field`
    FIELD_NAME = "field_name"  # a field's title, or a spelling close to one field and no other
    PART_SHAPE = "part_shape"  # the parts of a record as a mapping, or in its value
    QUOTE_FROM_VALUE = "quote_from_value"  # there is no quote: the value is searched in the source
    NUMBER = "number"  # a number instead of text, or a percentage or text instead of a number
    SCORE_DROPPED = "score_dropped"  # a score that is not a probability


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
    value: Scalar | list[Scalar] | dict[str, Any] | None = None  # a mapping is ignored: see `parts`
    quote: str = ""
    score: float | None = None
    parts: list[Any] = []


class Verdict(BaseModel):
    """A critic's judgement of a candidate."""

    model_config = ConfigDict(extra="ignore")

    candidate: int
    right: float | None = None  # probability; None: the critic cannot judge this, see `reason`
    flagged: bool
    reason: str = ""
    part: str | None = None  # of a record; None: the whole record
    bar: float | None = None  # the least `right` that countersigns; None: any, unless flagged


class Missing(BaseModel):
    """Something that the draft lacks, in the judgement of a critic."""

    model_config = ConfigDict(extra="ignore")

    field: str
    quote: str
    passage: int
    start: int
    end: int
    score: float
    reason: str = ""
    candidate: int | None = None  # the record, if a part of a record is missing
    part: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    candidates: tuple[Candidate, ...]
    problems: tuple[Finding, ...]
    unable: Mapping[FieldName, str] = field(default_factory=dict[FieldName, str])
    """Fields that the generator could not extract, and why."""
    repairs: tuple[str, ...] = ()  # of `Repair`, each once, sorted


@dataclass(frozen=True, slots=True)
class ParsedCritique:
    verdicts: tuple[Verdict, ...]
    missing: tuple[Missing, ...]
    problems: tuple[Finding, ...]
    repairs: tuple[str, ...] = ()


def malformed(reason: str, field: str | None = None) -> Finding:
    """A finding about the answer itself, with score 1, since it is no model's judgement."""
    name = None if field is None else FieldName(field)
    return Finding(FindingKind.MALFORMED, FindingSource.PARSER, name, None, "", None, 1.0, reason)


def first_problem(error: ValidationError) -> str:
    """Location and message of the first error, without the input."""
    errors: Sequence[Any] = error.errors(include_input=False, include_url=False, include_context=False)
    return f"{'.'.join(str(p) for p in errors[0]['loc'])}: {errors[0]['msg']}" if errors else "not valid"
