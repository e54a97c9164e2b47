"""What a newer run of a document changed against an earlier one, and why.

Values are matched by field and content, not by place: another reader moves every span of a document
without changing an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


@dataclass(frozen=True, slots=True)
class ReviewedValue:
    """What a person said of a value of the run before."""

    field: FieldName
    reviewer: str
    is_right: bool
    value: str | None
    """None: of every value of the field: the document has none."""
    normal: str | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A run says by itself otherwise than a person did. The person's word holds all the same."""

    field: FieldName
    reviewer: str
    is_right: bool
    """What the person said of the value."""
    value: str
    after: ExtractionStatus | None
    """What the run says of it; None: it does not have it."""


class Cause(StrEnum):
    """What differs between two runs."""

    CONTENT = "another content"  # the object was replaced between the two
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
    """Everything that differs between two runs of one key; any of it may have changed a value."""
    differs = {
        Cause.CONTENT: before.document_id != after.document_id,
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


def disagreements(
    reviewed: Iterable[ReviewedValue], after: Iterable[ComparedValue | Extraction]
) -> tuple[Disagreement, ...]:
    """Values that a person called right and the run rejects or lacks, or called wrong and it verifies.

    A value in doubt contradicts nobody.
    """
    found = _by_content(after)
    return tuple(sorted({d for one in reviewed for d in _contradictions(one, found)}, key=_order))


def _contradictions(
    said: ReviewedValue, found: dict[tuple[str, str], ComparedValue | Extraction]
) -> Iterator[Disagreement]:
    if said.value is None:
        values = [v for v in found.values() if v.field == said.field]
    else:
        same = found.get(_content(said.field, said.value, said.normal))
        if said.is_right and (same is None or same.status is ExtractionStatus.REJECTED):
            yield Disagreement(said.field, said.reviewer, True, said.value, same and same.status)
        values = [same] if same else []
    if not said.is_right:
        verified = (v for v in values if v.status is ExtractionStatus.VERIFIED)
        yield from (Disagreement(said.field, said.reviewer, False, v.value, v.status) for v in verified)


def _order(one: Disagreement) -> tuple[str, ...]:
    return one.field, one.value, one.reviewer, str(one.is_right)


def _by_content(
    extractions: Iterable[ComparedValue | Extraction],
) -> dict[tuple[str, str], ComparedValue | Extraction]:
    """By field and normal form, or the words of a value that has none.

    Runs of earlier versions have a row for each place of a value: the one with the best status
    speaks for all.
    """
    by_content: dict[tuple[str, str], ComparedValue | Extraction] = {}
    for extraction in extractions:
        key = _content(extraction.field, extraction.value, extraction.normal)
        other = by_content.get(key)
        if other is None or _BEST_FIRST.index(extraction.status) < _BEST_FIRST.index(other.status):
            by_content[key] = extraction
    return by_content


def _content(field: str, value: str, normal: str | None) -> tuple[str, str]:
    return field, normal or " ".join(value.split()).casefold()


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
