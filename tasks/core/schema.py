"""Schemas: what is asked for. A YAML file, checked by a Pydantic model, with errors that name file, line and remedy.

Must not know any model or server: it is the border between a user's file and the frozen records inside.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from tasks.core.errors import SchemaError
from tasks.core.records import FieldName, SchemaDigest

BUILTIN_DIR = Path(__file__).parent / "schemas"


class FieldType(StrEnum):
    CLAUSE = "clause"
    """The whole provision, word for word."""
    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    """One of `choices`."""


class Cardinality(StrEnum):
    ONE = "one"
    MANY = "many"


class SchemaField(BaseModel):
    """One thing to be found.

    `cues` are words or phrases that stand where the value stands; a cue in slashes (`/regex/`) is a regular expression whose
    first group, if it has one, is the value. `examples` are passages as a contract would write them.
    `trained_as` names the trained head of the native models that serves this field (`cuad/governing_law`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    title: str
    description: str
    type: FieldType = FieldType.CLAUSE
    cardinality: Cardinality = Cardinality.MANY
    choices: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    trained_as: str | None = None

    @model_validator(mode="after")
    def _choices_belong_to_choice(self) -> SchemaField:
        if (self.type is FieldType.CHOICE) != bool(self.choices):
            raise ValueError("`choices` is needed for type `choice`, and only there: list the allowed values")
        return self


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    title: str
    description: str = ""
    languages: tuple[str, ...] = ("en",)
    fields: Annotated[tuple[SchemaField, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Schema:
        seen: set[str] = set()
        for position, field in enumerate(self.fields):
            if field.name in seen:
                raise ValueError(
                    f"fields[{position}]: duplicate field `{field.name}`: rename or remove one of the two"
                )
            seen.add(field.name)
        return self

    @property
    def digest(self) -> SchemaDigest:
        """SHA-256 of the canonical JSON: any change of wording is another schema."""
        canonical = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        return SchemaDigest(hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def field_names(self) -> tuple[FieldName, ...]:
        return tuple(FieldName(f.name) for f in self.fields)

    def field(self, name: str) -> SchemaField:
        """Raises: KeyError if there is no such field."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


def builtin_schemas() -> tuple[str, ...]:
    """Names of the schemas that ship with the product, sorted."""
    return tuple(sorted(p.stem for p in BUILTIN_DIR.glob("*.yaml")))


def load_schema(name_or_path: str) -> Schema:
    """Load a built-in schema by name or any schema by path.

    Raises:
        SchemaError: unknown name, unreadable file, or a file that breaks the rules; the message has file, line, remedy.
    """
    path = BUILTIN_DIR / f"{name_or_path}.yaml"
    if not path.is_file():
        path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(builtin_schemas())
        raise SchemaError(
            f"unknown schema `{name_or_path}`: it is neither a built-in schema ({known}) nor a file. "
            "Give one of these names or the path of a YAML file."
        )
    return parse_schema(path.read_text(encoding="utf-8"), source=str(path))


def parse_schema(text: str, source: str) -> Schema:
    """Parse the YAML text of a schema; `source` is what errors call the file."""
    try:
        data: Any = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SchemaError(f"{source}:{line}: not valid YAML: {error.problem}") from error
    if not isinstance(data, dict):
        raise SchemaError(f"{source}:1: a schema is a mapping with `name`, `title` and `fields`")
    try:
        return Schema.model_validate(_plain(data))
    except ValidationError as error:
        raise SchemaError(_explain(error, data, source)) from error


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(k): _plain(v) for k, v in cast("dict[Any, Any]", node).items()}
    if isinstance(node, list):
        return [_plain(v) for v in cast("list[Any]", node)]
    return node


def _explain(error: ValidationError, data: Any, source: str) -> str:
    lines: list[str] = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"]) or "schema"
        line = _line_of(data, problem["loc"], problem["msg"])
        lines.append(f"{source}:{line}: {place}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def _line_of(data: Any, path: tuple[int | str, ...], message: str) -> int:
    """Line of the deepest node on the path that the YAML parser knows; follows `fields[n]` named in a message."""
    if not path and "fields[" in message:
        position = int(message.split("fields[", 1)[1].split("]", 1)[0])
        path = ("fields", position, "name")
    node, line = data, 1
    for part in path:
        try:
            line = cast(int, node.lc.data[part][0]) + 1
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
