"""What a schema can ask for: fields, their types, and the parts of a record. Imported through `tasks.core.schema`.

Pydantic models, since a user writes them; what an error then looks like is the business of `tasks.core.schema.messages`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, LiteralString, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


class FieldType(StrEnum):
    CLAUSE = "clause"
    """The whole provision, word for word."""
    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    DURATION = "duration"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    """One of `choices`."""
    LIST = "list"
    """Several values of one kind (`items`) in one quote."""
    RECORD = "record"
    """Named `parts`, each with a quote of its own: a relation, an event, a table row."""


ITEM_TYPES = (
    FieldType.TEXT,
    FieldType.DATE,
    FieldType.MONEY,
    FieldType.NUMBER,
    FieldType.DURATION,
    FieldType.CHOICE,
)
"""What a list may hold: each entry must be short enough to stand in one quote beside the others."""


class Cardinality(StrEnum):
    ONE = "one"
    MANY = "many"


def _check_cue(cue: str) -> str:
    if len(cue) > 2 and cue.startswith("/") and cue.endswith("/"):
        try:
            re.compile(cue[1:-1])
        except re.error as error:
            raise ValueError(
                f"the text between the slashes is no regular expression ({error.msg} at character {error.pos}): "
                "correct it, or take the slashes away to look for the words as they stand"
            ) from error
    return cue


def _is_unset(value: object) -> bool:
    return not value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, Field(min_length=1)]
Cue = Annotated[str, Field(min_length=1), AfterValidator(_check_cue)]


class FieldSpec(BaseModel):
    """What a field and a part of a record have in common: one kind of value, and what it means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: Text
    description: Text
    type: FieldType = FieldType.CLAUSE
    choices: tuple[Text, ...] = ()
    # Left out of every dump where it says nothing: a schema without lists and records keeps its digest, and so its runs.
    items: FieldType | None = Field(default=None, exclude_if=_is_unset)

    @property
    def value_type(self) -> FieldType:
        """The type of one value: of a list, of its entries."""
        return self.items or self.type

    @model_validator(mode="after")
    def _items_belong_to_list(self) -> Self:
        allowed = ", ".join(ITEM_TYPES)
        if self.type is FieldType.LIST and self.items is None:
            raise ValueError(f"`items` is missing: add `items:` and one of {allowed}")
        if self.type is not FieldType.LIST and self.items is not None:
            raise ValueError(
                f"`items` goes only with `type: list`, and this is `{self.type}`: remove it, or change the type"
            )
        if self.items is not None and self.items not in ITEM_TYPES:
            raise ValueError(f"`items` cannot be `{self.items}`: write one of {allowed}")
        return self

    @model_validator(mode="after")
    def _choices_belong_to_choice(self) -> Self:
        if (self.value_type is FieldType.CHOICE) != bool(self.choices):
            raise ValueError(
                "`choices` is missing: add `choices: [...]` with the allowed values"
                if self.value_type is FieldType.CHOICE
                else f"`choices` goes only with `type: choice`, and this is `{self.type}`: remove it, or change the type"
            )
        return self


class SchemaPart(FieldSpec):
    """One named part of a record: an argument of an event, a side of a relation, a column of a table.

    `required` says that a record without it is none: its absence is a finding.
    """

    type: FieldType = FieldType.TEXT
    required: bool = False

    @model_validator(mode="after")
    def _is_one_value(self) -> Self:
        if self.type is FieldType.RECORD:
            raise ValueError(
                "a part cannot be a record: make a field of its own of it, or name its parts here"
            )
        return self


class SchemaField(FieldSpec):
    """One thing to be found.

    `cues` are words or phrases that stand where the value stands; a cue in slashes (`/regex/`) is a regular expression whose
    first group, if it has one, is the value. `examples` are passages as a contract would write them.
    `trained_as` names the trained head of the native models that serves this field (`cuad/governing_law`).
    """

    cardinality: Cardinality = Cardinality.MANY
    examples: tuple[Text, ...] = ()
    cues: tuple[Cue, ...] = ()
    trained_as: str | None = None
    parts: tuple[SchemaPart, ...] = Field(default=(), exclude_if=_is_unset)

    @model_validator(mode="after")
    def _parts_belong_to_record(self) -> Self:
        if (self.type is FieldType.RECORD) != bool(self.parts):
            raise ValueError(
                "`parts` is missing: add `parts:` and an entry `- name: ...` for each part of the record"
                if self.type is FieldType.RECORD
                else f"`parts` goes only with `type: record`, and this is `{self.type}`: remove it, or change the type"
            )
        refuse_doubles(self.parts, "duplicate_part")
        return self

    def part(self, name: str) -> SchemaPart:
        """Raises: KeyError if there is no such part."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)


def refuse_doubles(entries: Sequence[FieldSpec], error_type: LiteralString) -> None:
    """Raises: PydanticCustomError of that type if two entries have one name; its context says which two."""
    first: dict[str, int] = {}
    for position, entry in enumerate(entries):
        if first.setdefault(entry.name, position) != position:
            raise PydanticCustomError(
                error_type,
                "`{name}` stands twice: rename or remove one of the two",
                {"name": entry.name, "first": first[entry.name], "second": position},
            )
