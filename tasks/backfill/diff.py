"""Compares a backfill's results with the runs before it, by document, field and cause.

Reads only; streamed.

Requires:
    PostgreSQL. Values are contract text: they go to the user who asks, never into a log or an
        artifact.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tasks.core.backfill.changes import (
    Cause,
    ChangeKind,
    Disagreement,
    ValueChange,
    causes,
    changes,
    disagreements,
)
from tasks.core.text.display import counted
from tasks.store import store

NEW = "first run"
"""The cause of a document without an earlier run."""
AGAINST_REVIEWER = "against a reviewer"
"""In the lines: the new run says otherwise than a person did of the run before, whose word holds."""


@dataclass(frozen=True, slots=True)
class DocumentChanges:
    """One document that the backfill has done.

    `cause`: what differs between the two runs, joined by +.
    """

    key: str
    cause: str
    changes: tuple[ValueChange, ...]
    disagreements: tuple[Disagreement, ...] = ()
    has_other_content: bool = False
    """The object was replaced between the two runs."""
    n_reviewed_left: int = 0
    """Values of the earlier content of which people said something: it says nothing about another content."""

    def lines(self) -> Iterator[dict[str, Any]]:
        """One for each change, and for each disagreement with a reviewer, for JSON lines."""
        for change in self.changes:
            yield {
                "document": self.key,
                "cause": self.cause,
                "field": change.field,
                "change": change.kind.value,
                "value": change.value,
                "before": change.before.value if change.before else None,
                "after": change.after.value if change.after else None,
            }
        for one in self.disagreements:
            yield {
                "document": self.key,
                "cause": self.cause,
                "field": one.field,
                "change": AGAINST_REVIEWER,
                "value": one.value,
                "before": "right" if one.is_right else "wrong",
                "after": one.after.value if one.after else None,
                "reviewer": one.reviewer,
            }


@dataclass(slots=True)
class ChangeCounts:
    """Documents and changes, counted by cause, and by cause and field."""

    n_documents: int = 0
    n_changed: int = 0
    documents: Counter[str] = field(default_factory=Counter[str])
    """By cause."""
    changed: Counter[str] = field(default_factory=Counter[str])
    """Documents with changes, by cause."""
    kinds: defaultdict[tuple[str, str], Counter[ChangeKind]] = field(
        default_factory=lambda: defaultdict(Counter[ChangeKind])
    )
    """Changes by (cause, field) and kind."""
    against: defaultdict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter[bool]))
    """Disagreements with a reviewer by field, and by whether the reviewer called the value right."""
    n_other_content: int = 0
    """Documents whose object was replaced between the two runs."""
    n_reviewed_left: int = 0
    """Values of their earlier content of which people said something, which is not compared."""

    @property
    def n_against(self) -> int:
        return sum(counts.total() for counts in self.against.values())

    def add(self, document: DocumentChanges) -> None:
        self.n_documents += 1
        self.n_other_content += document.has_other_content
        self.n_reviewed_left += document.n_reviewed_left
        self.documents[document.cause] += 1
        if document.changes:
            self.n_changed += 1
            self.changed[document.cause] += 1
        for change in document.changes:
            self.kinds[(document.cause, change.field)][change.kind] += 1
        for one in document.disagreements:
            self.against[one.field][one.is_right] += 1

    def not_compared(self) -> str:
        """What could not be compared, and why, in words; empty if everything could."""
        if not self.n_other_content:
            return ""
        said = (
            f"{counted(self.n_other_content, 'document')} had another content in the run before, because the object was "
            "replaced: values are compared by field and words"
        )
        if not self.n_reviewed_left:
            return f"{said}."
        values = counted(self.n_reviewed_left, "value")
        return f"{said}, and what people said of {values} of the earlier content cannot be compared."

    def by_cause(self) -> list[dict[str, Any]]:
        """One row for each cause, the most frequent first."""
        rows: list[dict[str, Any]] = []
        for cause, n_documents in self.documents.most_common():
            counts: Counter[ChangeKind] = Counter()
            for (row_cause, _), field_counts in self.kinds.items():
                if row_cause == cause:
                    counts += field_counts
            head = {"cause": cause, "documents": n_documents, "changed": self.changed[cause]}
            rows.append(head | {kind.value: counts[kind] for kind in ChangeKind})
        return rows

    def by_field(self) -> list[dict[str, Any]]:
        """One row for each cause and field, most changes first."""
        ordered = sorted(self.kinds.items(), key=lambda item: (-item[1].total(), item[0]))
        return [
            {"cause": cause, "field": name} | {kind.value: counts[kind] for kind in ChangeKind}
            for (cause, name), counts in ordered
        ]

    def by_reviewed_field(self) -> list[dict[str, Any]]:
        """One row for each field in which the new runs disagree with a reviewer, most first."""
        ordered = sorted(self.against.items(), key=lambda item: (-item[1].total(), item[0]))
        return [
            {"field": name, "right, now lost": counts[True], "wrong, now verified": counts[False]}
            for name, counts in ordered
        ]


def document_changes(backfill_id: int) -> Iterator[DocumentChanges]:
    """Every document that the backfill has done, in the order of the plan; without an earlier run:
    no changes."""
    for pair in store().backfills.pairs(backfill_id):
        if pair.earlier is None:
            yield DocumentChanges(pair.key, NEW, ())
            continue
        found = causes(pair.earlier, pair.later)
        changed = changes(pair.earlier_values, pair.later_values)
        if Cause.CONTENT in found:
            yield DocumentChanges(pair.key, "+".join(found), changed, (), True, len(pair.reviews))
            continue
        against = disagreements(pair.reviews, pair.later_values)
        yield DocumentChanges(pair.key, "+".join(found), changed, against)


def count_changes(backfill_id: int) -> ChangeCounts:
    counts = ChangeCounts()
    for document in document_changes(backfill_id):
        counts.add(document)
    return counts
