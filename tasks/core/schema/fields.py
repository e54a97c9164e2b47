"""The fields of a schema, their types, and the parts of a record."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, LiteralString, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from tasks.core.schema.patterns import is_pattern, pattern_problem

FROM_FILE = "from file"
"""Validation context of what a person writes now: it is held to rules that stored schemas need not keep."""


class FieldType(StrEnum):
    CLAUSE = "clause"  # the whole provision, word for word
    TEXT = "text"
    NAME = "name"  # of a person or an organisation
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    DURATION = "duration"
    BOOLEAN = "boolean"
    CHOICE = "choice"  # one of `choices`
    LIST = "list"  # several values of one type (`items`) in one quote
    RECORD = "record"  # named `parts`, each with its own quote: a relation, an event, a table row


# What a list may hold: types whose values are short enough for several to share one quote.
ITEM_TYPES = (
    FieldType.TEXT,
    FieldType.NAME,
    FieldType.DATE,
    FieldType.MONEY,
    FieldType.NUMBER,
    FieldType.DURATION,
    FieldType.CHOICE,
)


class Cardinality(StrEnum):
    ONE = "one"
    MANY = "many"


def _check_cue(cue: str, info: ValidationInfo) -> str:
    is_new = info.context == FROM_FILE
    if is_pattern(cue) and (problem := pattern_problem(cue[1:-1], is_new)):
        raise ValueError(problem)
    return cue


def _is_unset(value: object) -> bool:
    return not value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, Field(min_length=1)]
Cue = Annotated[str, Field(min_length=1), AfterValidator(_check_cue)]


class FieldSpec(BaseModel):
    """What fields and the parts of records have in common: one type of value, and what it means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: Text
    description: Text
    type: FieldType = FieldType.CLAUSE
    choices: tuple[Text, ...] = ()
    # Not dumped when unset, so that a schema without lists and records keeps its digest.
    items: FieldType | None = Field(default=None, exclude_if=_is_unset)

    @property
    def value_type(self) -> FieldType:
        """The type of a single value: for a list, of one entry."""
        return self.items or self.type

    @model_validator(mode="after")
    def _items_belong_to_list(self) -> Self:
        allowed = ", ".join(ITEM_TYPES)
        if self.type is FieldType.LIST and self.items is None:
            raise ValueError(f"`items` is missing: add `items:` and one of {allowed}")
        if self.type is not FieldType.LIST and self.items is not None:
            raise self._misplaced("items", FieldType.LIST)
        if self.items is not None and self.items not in ITEM_TYPES:
            raise ValueError(f"`items` cannot be `{self.items}`: write one of {allowed}")
        return self

    @model_validator(mode="after")
    def _choices_belong_to_choice(self) -> Self:
        if self.value_type is FieldType.CHOICE and not self.choices:
            raise ValueError("`choices` is missing: add `choices: [...]` with the allowed values")
        if self.value_type is not FieldType.CHOICE and self.choices:
            raise self._misplaced("choices", FieldType.CHOICE)
        return self

    def _misplaced(self, key: str, needed: FieldType) -> ValueError:
        return ValueError(
            f"`{key}` goes only with `type: {needed}`, but the type here is `{self.type}`: "
            f"remove `{key}`, or change the type"
        )


class SchemaPart(FieldSpec):
    """One named part of a record: an argument of an event, a side of a relation, a column."""

    type: FieldType = FieldType.TEXT
    required: bool = False  # a record without a required part gets a finding

    @model_validator(mode="after")
    def _is_one_value(self) -> Self:
        if self.type is FieldType.RECORD:
            raise ValueError("a part cannot be a record: make it a separate field, or list its parts here")
        return self


class MarkedExample(BaseModel):
    """An example that says which of its words are the value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text
    value: Text

    @model_validator(mode="after")
    def _value_stands_in_text(self) -> Self:
        if self.value not in self.text:
            raise ValueError("`value` must be words of `text`: copy them exactly, with their capital letters")
        return self


def _kind_of_example(example: object) -> str:
    # Only a mapping with one of the two keys is meant as one: others are texts with a colon in them.
    is_marked = isinstance(example, dict) and not {"text", "value"}.isdisjoint(
        cast("dict[str, object]", example)
    )
    return MARKED if is_marked or isinstance(example, MarkedExample) else PLAIN


PLAIN, MARKED = "plain", "marked"
Example = Annotated[
    Annotated[Text, Tag(PLAIN)] | Annotated[MarkedExample, Tag(MARKED)], Discriminator(_kind_of_example)
]


class SchemaField(FieldSpec):
    """One fact to extract.

    `cues` are words or phrases near the value; a cue in slashes (`/regex/`) is a regular expression
    whose first group, if any, is the value. `examples` are passages as a contract would write them.
    `trained_as` names the trained head of the native models for this field (`cuad/governing_law`).
    """

    cardinality: Cardinality = Cardinality.MANY
    examples: tuple[Example, ...] = ()
    cues: tuple[Cue, ...] = ()
    trained_as: str | None = None
    parts: tuple[SchemaPart, ...] = Field(default=(), exclude_if=_is_unset)

    @model_validator(mode="after")
    def _parts_belong_to_record(self) -> Self:
        if self.type is FieldType.RECORD and not self.parts:
            raise ValueError(
                "`parts` is missing: add `parts:` and an entry `- name: ...` for each part of the record"
            )
        if self.type is not FieldType.RECORD and self.parts:
            raise self._misplaced("parts", FieldType.RECORD)
        refuse_duplicates(self.parts, "duplicate_part")
        return self

    @property
    def example_texts(self) -> tuple[str, ...]:
        """The passages of the examples, marked or not."""
        return tuple(e if isinstance(e, str) else e.text for e in self.examples)

    @property
    def has_many(self) -> bool:
        """Whether a document may have several values of it."""
        is_many = self.cardinality is Cardinality.MANY or self.type is FieldType.LIST
        return is_many and self.type is not FieldType.BOOLEAN

    def part(self, name: str) -> SchemaPart:
        """Raises: KeyError if there is no such part."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)


def refuse_duplicates(entries: Sequence[FieldSpec], error_type: LiteralString) -> None:
    """Raises: PydanticCustomError of that type, with both positions, if a name is used twice."""
    first: dict[str, int] = {}
    for position, entry in enumerate(entries):
        if first.setdefault(entry.name, position) != position:
            raise PydanticCustomError(
                error_type,
                "`{name}` is used twice: rename or remove one of the two",
                {"name": entry.name, "first": first[entry.name], "second": position},
            )
