"""What a newer run of a document changed against an earlier one, and why.

Values are matched by field and content, not by place: another reader moves every span of a document
without changing an answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.records import Extraction, ExtractionStatus, FieldName, RunIdentity

_BEST_FIRST = (ExtractionStatus.VERIFIED, ExtractionStatus.UNSETTLED, ExtractionStatus.REJECTED)


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """The part of an extraction that is compared with another run."""

    field: FieldName
    status: ExtractionStatus
    value: str
    normal: str | None = None


class Cause(StrEnum):
    """What differs between two runs."""

    SCHEMA = "schema"
    GENERATOR = "generator"
    CRITIC = "critic"
    READER = "reader"
    ROUNDS = "rounds"  # another limit of rounds
    PROMISE = "promise"  # another share of verified values must be right
    SAME_INPUTS = "same inputs"  # nothing: a model gave another answer to the same request


class ChangeKind(StrEnum):
    GAINED = "gained"
    LOST = "lost"
    STATUS = "status"  # the value is in both runs, with another status


@dataclass(frozen=True, slots=True)
class ValueChange:
    field: FieldName
    kind: ChangeKind
    value: str
    before: ExtractionStatus | None
    after: ExtractionStatus | None


def causes(before: RunIdentity, after: RunIdentity) -> tuple[Cause, ...]:
    """Everything that differs between two runs of one document; any of it may have changed a value.

    Raises:
        ValueError: the runs are of two documents.
    """
    if before.document_id != after.document_id:
        raise ValueError("only runs of the same document can be compared")
    differs = {
        Cause.SCHEMA: before.schema_digest != after.schema_digest,
        Cause.GENERATOR: before.generator != after.generator,
        Cause.CRITIC: before.critic != after.critic,
        Cause.READER: before.reader_version != after.reader_version,
        Cause.ROUNDS: before.max_rounds != after.max_rounds,
        Cause.PROMISE: before.promise != after.promise,
    }
    return tuple(cause for cause, is_different in differs.items() if is_different) or (Cause.SAME_INPUTS,)


def changes(
    before: Iterable[ComparedValue | Extraction], after: Iterable[ComparedValue | Extraction]
) -> tuple[ValueChange, ...]:
    """The differences by field and value. How often a document says a value is no difference."""
    old, new = _by_content(before), _by_content(after)
    pairs = ((old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()))
    return tuple(change for was, now in pairs if (change := _change(was, now)) is not None)


def _by_content(
    extractions: Iterable[ComparedValue | Extraction],
) -> dict[tuple[str, str], ComparedValue | Extraction]:
    """By field and normal form, or the words of a value that has none.

    Runs of earlier versions have a row for each place of a value: the one with the best status
    speaks for all.
    """
    by_content: dict[tuple[str, str], ComparedValue | Extraction] = {}
    for extraction in extractions:
        key = extraction.field, extraction.normal or " ".join(extraction.value.split()).casefold()
        other = by_content.get(key)
        if other is None or _BEST_FIRST.index(extraction.status) < _BEST_FIRST.index(other.status):
            by_content[key] = extraction
    return by_content


def _change(
    was: ComparedValue | Extraction | None, now: ComparedValue | Extraction | None
) -> ValueChange | None:
    if was is None or now is None:
        value = was or now
        kind = ChangeKind.GAINED if was is None else ChangeKind.LOST
        return value and ValueChange(value.field, kind, value.value, was and was.status, now and now.status)
    if was.status is now.status:
        return None
    return ValueChange(now.field, ChangeKind.STATUS, now.value, was.status, now.status)
