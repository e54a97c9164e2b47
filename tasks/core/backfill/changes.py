"""What a newer run of a document changed against an earlier one, and why.

Values are matched by field and content, not by place: another reader moves every span of a document
without changing an answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.records import Extraction, ExtractionStatus, FieldName, RunIdentity


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
    }
    return tuple(cause for cause, is_different in differs.items() if is_different) or (Cause.SAME_INPUTS,)


def changes(
    before: Iterable[ComparedValue | Extraction], after: Iterable[ComparedValue | Extraction]
) -> tuple[ValueChange, ...]:
    """The differences by field and value. A value that occurs twice is matched with two values."""
    old, new = _by_content(before), _by_content(after)
    keys = sorted(old.keys() | new.keys())
    return tuple(change for key in keys for change in _value_changes(old.get(key, ()), new.get(key, ())))


def _by_content(
    extractions: Iterable[ComparedValue | Extraction],
) -> dict[tuple[str, str], list[ComparedValue | Extraction]]:
    """By field and normal form, or the words of a value that has none."""
    by_content: defaultdict[tuple[str, str], list[ComparedValue | Extraction]] = defaultdict(list)
    for extraction in extractions:
        content = extraction.normal or " ".join(extraction.value.split()).casefold()
        by_content[(extraction.field, content)].append(extraction)
    return by_content


def _value_changes(
    old: Sequence[ComparedValue | Extraction], new: Sequence[ComparedValue | Extraction]
) -> list[ValueChange]:
    """Changes of one value: pairs with equal status are equal, single ones lost or gained."""
    lost, gained = list(old), list(new)
    for extraction in old:
        equal = next((e for e in gained if e.status is extraction.status), None)
        if equal is not None:
            lost.remove(extraction)
            gained.remove(equal)
    pairs = list(zip(lost, gained, strict=False))
    return [
        *(ValueChange(b.field, ChangeKind.STATUS, b.value, a.status, b.status) for a, b in pairs),
        *(ValueChange(e.field, ChangeKind.LOST, e.value, e.status, None) for e in lost[len(pairs) :]),
        *(ValueChange(e.field, ChangeKind.GAINED, e.value, None, e.status) for e in gained[len(pairs) :]),
    ]
