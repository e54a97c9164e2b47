"""Names in addresses: cursors, which say where a page of a list ended, and ids of documents.

They hold places and keys, no words of a contract.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from infra.web.api.problems import WrongCursor

MAX_CHARS = 8192
"""A key has at most 1,024 bytes, and that of an attachment the name of its file besides."""
PATTERN = r"^[A-Za-z0-9_-]+$"
Place = TypeVar("Place")

_Text = Annotated[str, Field(strict=True, pattern=r"^[^\x00]*$")]
_Number = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
_RUN = TypeAdapter(tuple[datetime, UUID])
_NUMBERED = TypeAdapter(tuple[_Number, _Text])
_NAMED = TypeAdapter(tuple[_Text, _Text])


def cursor_of(*place: str | int) -> str:
    """The cursor behind this place."""
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode().rstrip("=")


def after_run(cursor: str | None) -> tuple[datetime, str] | None:
    """End and id of a run.

    Raises:
        WrongCursor: no page of runs gave it. So do the others.
    """
    if cursor is None:
        return None
    ended, run_id = _place(cursor, _RUN)
    return (ended if ended.tzinfo else ended.replace(tzinfo=UTC)), str(run_id)


def after_numbered(cursor: str | None) -> tuple[int, str] | None:
    """Chunk and field of a cell, or number and id of a value."""
    return None if cursor is None else _place(cursor, _NUMBERED)


def after_named(cursor: str | None) -> tuple[str, str] | None:
    """Bucket and key of a document."""
    return None if cursor is None else _place(cursor, _NAMED)


def _place(cursor: str, kind: TypeAdapter[Place]) -> Place:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        return kind.validate_json(text)
    except (binascii.Error, ValueError, ValidationError):
        raise WrongCursor from None


def document_id(bucket: str, key: str) -> str:
    """A document in an address. A bucket's name has no slash, so it says which part is the key."""
    return base64.urlsafe_b64encode(f"{bucket}/{key}".encode()).decode().rstrip("=")


def place_of(document: str) -> tuple[str, str] | None:
    """Bucket and key of a document's id; None: it is no such id."""
    try:
        text = base64.b64decode(document + "=" * (-len(document) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    bucket, _, key = text.partition("/")
    is_id = bucket and key and "\0" not in text and document_id(bucket, key) == document
    return (bucket, key) if is_id else None
