"""What a newer run of a document changed against an earlier one, and by which cause. Pure.

Values are held against each other by field and content, not by place: another reader moves every span of a document without
changing one answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.records import Extraction, ExtractionStatus, FieldName, RunIdentity


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """What of an extraction can be held against another run's."""

    field: FieldName
    status: ExtractionStatus
    value: str
    normal: str | None = None


class Cause(StrEnum):
    SCHEMA = "schema"
    GENERATOR = "generator"
    CRITIC = "critic"
    READER = "reader"
    ROUNDS = "rounds"
    """Another number of rounds was allowed."""
    SAME_INPUTS = "same inputs"
    """Nothing differs that a run is identified by: a model gave another answer to the same question."""


class ChangeKind(StrEnum):
    GAINED = "gained"
    LOST = "lost"
    STATUS = "status"
    """The value stands in both, with another status."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    field: FieldName
    kind: ChangeKind
    value: str
    before: ExtractionStatus | None
    after: ExtractionStatus | None


def causes(before: RunIdentity, after: RunIdentity) -> tuple[Cause, ...]:
    """Everything that differs between two runs of one document.

    Several may differ at once: which of them changed a given value cannot be told from two runs, so all are named.

    Raises:
        ValueError: The runs are of two documents.
    """
    if before.document_id != after.document_id:
        raise ValueError("runs of two documents have no change in common")
    differs = {
        Cause.SCHEMA: before.schema_digest != after.schema_digest,
        Cause.GENERATOR: before.generator != after.generator,
        Cause.CRITIC: before.critic != after.critic,
        Cause.READER: before.reader_version != after.reader_version,
        Cause.ROUNDS: before.max_rounds != after.max_rounds,
    }
    return tuple(cause for cause, is_other in differs.items() if is_other) or (Cause.SAME_INPUTS,)


def changes(
    before: Iterable[ComparedValue | Extraction], after: Iterable[ComparedValue | Extraction]
) -> tuple[ValueChange, ...]:
    """What differs, by field and value. A value that stands twice is two values, and each is held against one."""
    old, new = _by_content(before), _by_content(after)
    found: list[ValueChange] = []
    for key in sorted(old.keys() | new.keys()):
        found.extend(_of_one(old.get(key, ()), new.get(key, ())))
    return tuple(found)


def _by_content(
    extractions: Iterable[ComparedValue | Extraction],
) -> dict[tuple[str, str], list[ComparedValue | Extraction]]:
    """By field and normal form, or the value's words where it has none."""
    sorted_in: defaultdict[tuple[str, str], list[ComparedValue | Extraction]] = defaultdict(list)
    for extraction in extractions:
        content = extraction.normal or " ".join(extraction.value.split()).casefold()
        sorted_in[(extraction.field, content)].append(extraction)
    return sorted_in


def _of_one(
    old: Sequence[ComparedValue | Extraction], new: Sequence[ComparedValue | Extraction]
) -> list[ValueChange]:
    """Changes of one value: equal statuses cancel out, then what is left is paired, then gained or lost."""
    gone, come = list(old), list(new)
    for extraction in old:
        twin = next((e for e in come if e.status is extraction.status), None)
        if twin is not None:
            gone.remove(extraction)
            come.remove(twin)
    n_paired = min(len(gone), len(come))
    return [
        *(
            ValueChange(b.field, ChangeKind.STATUS, b.value, a.status, b.status)
            for a, b in zip(gone, come, strict=False)
        ),
        *(ValueChange(e.field, ChangeKind.LOST, e.value, e.status, None) for e in gone[n_paired:]),
        *(ValueChange(e.field, ChangeKind.GAINED, e.value, None, e.status) for e in come[n_paired:]),
    ]
