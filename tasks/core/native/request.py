"""Reads a wire request for a native model: checks it, parses its schema, lays out its lines.

Schemas and lines are cached: the same chunk and schema come again in every round.
"""

from __future__ import annotations

import json
import marshal
import re
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from cachetools import LRUCache, cached
from pydantic import ValidationError

from tasks.core.native.text.cues import FieldCues, compile_cues
from tasks.core.native.text.lines import TextLine, lay_out, lay_out_bare_values, lay_out_cells
from tasks.core.schema import Schema

_LAYOUT_KEYS = ("context_before", "context_after", "headings", "position", "cells")
CHUNKS_HELD = 256
"""Chunks whose lines, and what was computed of them, a model keeps: about 70 KB each. More than two batches have between two rounds, and few
enough that a server has its full size after some hundred documents."""
_SCHEMA_OBJECTS: LRUCache[str, Any] = LRUCache(64)
"""Parsed schemas by their JSON text."""
_SCHEMA_LOCK = Lock()
_BEFORE_SCHEMA = re.compile(r'\{"task":"[a-z]+","schema":(?=\{)')
_DECODER = json.JSONDecoder()


class BadRequest(ValueError):
    """The request breaks the wire format; the message names the key, never contract text."""


@dataclass(frozen=True, slots=True)
class Request:
    """One generate or critique request."""

    body: dict[str, Any]
    schema: Schema
    cues: dict[str, FieldCues]
    """By field name; shared by all requests of one schema."""
    passages: tuple[str, ...]
    lines: tuple[TextLine, ...]
    is_first_chunk: bool
    """The first chunk of an agreement's body: of the file's first one, or of another in the file."""
    cell_lines: tuple[TextLine, ...] = ()
    """Rows of tables that are in no line as a whole, and bare values below their labels."""

    @property
    def cued_lines(self) -> tuple[TextLine, ...]:
        """What fields without a trained head are read from."""
        return (*self.lines, *self.cell_lines)

    @property
    def round_number(self) -> int:
        return int(self.body.get("round", 1))

    def rows(self, key: str) -> list[dict[str, Any]]:
        """The objects of a list of the request, e.g. `findings`."""
        rows = self.body.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast("list[Any]", rows)):
            raise BadRequest(f"`{key}` must be a list of objects")
        return cast("list[dict[str, Any]]", rows)


def parse_json(text: str) -> Any:
    """The same as `json.loads`, but faster: a schema that was parsed before is not parsed again.

    Requests that carry the same schema share its object, so it must not be changed.

    Raises: ValueError, RecursionError.
    """
    prefix = _BEFORE_SCHEMA.match(text)
    if prefix is None:
        return json.loads(text)
    schema, end = _schema_object(text, prefix.end())
    body = json.loads(f"{text[: prefix.end()]}null{text[end:]}")
    if body["schema"] is None:  # a second `schema` key wins, as it does in `json.loads`
        body["schema"] = schema
    return body


def _schema_object(text: str, start: int) -> tuple[Any, int]:
    """The schema that begins at `start`, and the offset of its end."""
    with _SCHEMA_LOCK:
        known = next((s for s in _SCHEMA_OBJECTS if text.startswith(s, start)), None)
        if known is not None:
            return _SCHEMA_OBJECTS[known], start + len(known)
    schema, end = _DECODER.raw_decode(text, start)
    with _SCHEMA_LOCK:
        return _SCHEMA_OBJECTS.setdefault(text[start:end], schema), end


def read_request(body: dict[str, Any]) -> Request:
    """Raises: BadRequest."""
    chunk = body.get("chunk")
    if not isinstance(chunk, dict):
        raise BadRequest("`chunk` must be an object")
    chunk = cast("dict[str, Any]", chunk)
    passages = _passages(chunk)
    try:
        lines = _lines(chunk, passages)
        cell_lines = lay_out_cells({**chunk, "passages": passages}, lines) if chunk.get("cells") else ()
        is_first = _is_opening(chunk)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise BadRequest("`chunk` breaks the wire format") from error
    schema, cues = _schema_of_object(body.get("schema"))[1]
    texts = tuple(p["text"] for p in passages)
    # Only fields without a trained head are read from them.
    has_own = any(not f.trained_as for f in schema.fields)
    bare_lines = lay_out_bare_values((*lines, *cell_lines), texts) if has_own else ()
    return Request(body, schema, cues, texts, lines, is_first, (*cell_lines, *bare_lines))


def _is_opening(chunk: dict[str, Any]) -> bool:
    """Whether an agreement begins with the chunk: the file's first one, or another in it."""
    is_first = int(chunk.get("index", -1)) == 0 or chunk.get("opens_agreement") is True
    return is_first and chunk.get("kind", "body") == "body"


def _passages(chunk: dict[str, Any]) -> list[dict[str, Any]]:
    passages = chunk.get("passages")
    if not isinstance(passages, list) or not passages:
        raise BadRequest("`chunk.passages` must be a list with at least one passage")
    rows = cast("list[Any]", passages)
    for row in rows:
        if not isinstance(row, dict) or not isinstance(cast("dict[str, Any]", row).get("text"), str):
            raise BadRequest("a passage must be an object with a string `text`")
    return [{"kind": str(row.get("kind", "body")), "text": row["text"]} for row in rows]


def _lines_key(chunk: dict[str, Any], passages: list[dict[str, Any]]) -> bytes:
    # A dump is the fastest key of a parsed object. Dumps are only compared, never loaded.
    return marshal.dumps([chunk.get(k) for k in _LAYOUT_KEYS] + [passages], 2)


@cached(LRUCache[bytes, tuple[TextLine, ...]](CHUNKS_HELD), key=_lines_key, lock=Lock())
def _lines(chunk: dict[str, Any], passages: list[dict[str, Any]]) -> tuple[TextLine, ...]:
    return lay_out({**chunk, "passages": passages})


# By id, since dumping a schema is slow. An entry holds its object, so that the id stays taken.
@cached(LRUCache[int, tuple[Any, tuple[Schema, dict[str, FieldCues]]]](64), key=id, lock=Lock())
def _schema_of_object(raw: Any) -> tuple[Any, tuple[Schema, dict[str, FieldCues]]]:
    return raw, _compiled(raw)


def _schema_key(raw: Any) -> bytes:
    return marshal.dumps(raw, 2)


@cached(LRUCache[bytes, tuple[Schema, dict[str, FieldCues]]](64), key=_schema_key, lock=Lock())
def _compiled(raw: Any) -> tuple[Schema, dict[str, FieldCues]]:
    try:
        schema = Schema.model_validate(raw)
    except ValidationError as error:
        raise BadRequest(f"`schema` is not valid: {error.error_count()} problems") from error
    return schema, compile_cues(schema)
