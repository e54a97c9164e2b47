"""Load a schema from its YAML file and check it; errors name the file, the line and the remedy."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from tasks.core.errors import SchemaError
from tasks.core.records import FieldName, SchemaDigest
from tasks.core.schema.checks import check_problem
from tasks.core.schema.fields import (
    FROM_FILE,
    MarkedExample,
    Name,
    SchemaField,
    SchemaPart,
    Text,
    refuse_duplicates,
)
from tasks.core.schema.messages import BAD_CHECK, LONE_BAR, AllowedKeys, explain_errors
from tasks.core.schema.patterns import is_pattern
from tasks.core.schema.yaml_lines import YamlTree, read_yaml

BUILTIN_DIR = Path(__file__).parent / "builtin"
MAX_FILE_BYTES = 1_000_000  # the largest built-in schema has 23 kB
MAX_FIELDS, MAX_CUES, MAX_PATTERNS = 1_000, 10_000, 500
"""Of a file, all its fields together: each pattern takes some milliseconds to compile, in every worker."""


def _is_unset(value: object) -> bool:
    return not value


class Schema(BaseModel):
    """What to extract from a document: a list of fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: Text
    description: str = ""
    languages: tuple[str, ...] = ("en",)
    fields: Annotated[tuple[SchemaField, ...], Field(min_length=1)]
    # Not dumped when unset, so that a schema without them keeps its digest.
    checks: tuple[Text, ...] = Field(default=(), exclude_if=_is_unset)
    """Expressions over the fields that must hold, like `start_date < end_date`."""
    promise: Annotated[float, Field(gt=0.5, lt=1.0)] | None = Field(default=None, exclude_if=_is_unset)
    """The share of verified values that must be right; None: the setting's."""
    bar: Annotated[float, Field(gt=0.0, le=1.0)] | None = Field(default=None, exclude_if=_is_unset)
    """The probability that keeps the promise for this schema, as a person's decisions say; None: the critic's."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Schema:
        refuse_duplicates(self.fields, "duplicate_field")
        return self

    @model_validator(mode="after")
    def _bar_keeps_a_promise(self) -> Schema:
        if self.bar is not None and self.promise is None:
            raise PydanticCustomError(LONE_BAR, "`bar` keeps one promise: write `promise`, too")
        return self

    @model_validator(mode="after")
    def _checks_can_be_computed(self) -> Schema:
        for position, expression in enumerate(self.checks):
            if problem := check_problem(expression, self.field_names):
                context = {"entry": position, "problem": problem}
                raise PydanticCustomError(BAD_CHECK, "{problem}", context)
        return self

    @property
    def digest(self) -> SchemaDigest:
        """SHA-256 of the canonical JSON: any change of wording makes another schema."""
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


def promise_of(schema: Schema, setting: float) -> float | None:
    """The share of verified values that must be right; None where every field has a trained head.

    Fields with a trained head, as all of CUAD's, keep the bar of their model, so nothing about their
    runs depends on a promise.

    Args:
        setting: The promise of schemas that have none of their own.
    """
    if all(field.trained_as is not None for field in schema.fields):
        return None
    return setting if schema.promise is None else schema.promise


def builtin_schemas() -> tuple[str, ...]:
    """Names of the schemas that ship with the product, sorted."""
    return tuple(sorted(p.stem for p in BUILTIN_DIR.glob("*.yaml")))


def load_schema(name_or_path: str) -> Schema:
    """Load a built-in schema by name or any schema by path.

    Raises:
        SchemaError: the name is unknown, the file cannot be read, or the file breaks the rules.
    """
    known = builtin_schemas()
    path = BUILTIN_DIR / f"{name_or_path}.yaml" if name_or_path in known else Path(name_or_path)
    if not _is_file(path):
        raise SchemaError(
            f"unknown schema `{name_or_path[:200]}`: there is no built-in schema ({', '.join(known)}) and no "
            "file of that name. Give one of these names, the path of a YAML file on this machine, or NAME@DIGEST, "
            "which `countersign schema register FILE` prints."
        )
    return parse_schema(_read(path), source=str(path))


def parse_schema(text: str, source: str) -> Schema:
    """Parse the YAML text of a schema; `source` is the file name in error messages.

    Raises:
        SchemaError: what is wrong, on which line, and what to write.
    """
    yaml = read_yaml(text, source)
    if not isinstance(yaml.tree, dict):
        raise SchemaError(f"{source}:1: a schema is a mapping with `name`, `title` and `fields`")
    _refuse_too_many(yaml, source)
    try:
        return Schema.model_validate(cast("dict[str, object]", yaml.tree), context=FROM_FILE)
    except ValidationError as error:
        entries = (Schema, SchemaField, SchemaPart, MarkedExample)
        keys = AllowedKeys(*(tuple(model.model_fields) for model in entries))
        raise SchemaError(explain_errors(error, yaml, source, keys)) from error


def _refuse_too_many(yaml: YamlTree, source: str) -> None:
    """Before anything is compiled."""
    fields = cast("dict[str, object]", yaml.tree).get("fields")
    entries = cast("list[object]", fields) if isinstance(fields, list) else []
    cues = [
        cast("list[object]", found)
        for entry in entries
        if isinstance(entry, dict) and isinstance(found := cast("dict[str, object]", entry).get("cues"), list)
    ]
    n_patterns = sum(isinstance(cue, str) and is_pattern(cue) for one in cues for cue in one)
    for n, most, what in (
        (len(entries), MAX_FIELDS, "fields"),
        (sum(map(len, cues)), MAX_CUES, "cues"),
        (n_patterns, MAX_PATTERNS, "patterns"),
    ):
        if n > most:
            raise SchemaError(
                f"{source}:{yaml.line(('fields',))}: {n:,} {what}, but a schema has at most {most:,}: "
                "write several schemas"
            )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long, or the folder must not be entered
        return False


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SchemaError(f"{path}: larger than {MAX_FILE_BYTES:,} bytes: is this a schema file?")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path}: not UTF-8 text (byte {error.start}): save the file as UTF-8") from error
    except OSError as error:
        raise SchemaError(
            f"{path}: cannot be read ({error.strerror}): check that it exists and that you may read it"
        ) from error
