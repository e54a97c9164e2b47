"""Difference: what a backfill changed against the runs before it, per document and field, by cause. Reads only; streamed.

Requires:
    PostgreSQL. Values are contract text: they go to the user who asks, never into a log or an artifact.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tasks.core.backfill.changes import ChangeKind, ValueChange, causes, changes
from tasks.store import store

NEW = "first run"
"""Instead of a cause: there was no earlier run to compare with."""


@dataclass(frozen=True, slots=True)
class DocumentChanges:
    """One document that the backfill has done. `cause`: everything that differs between the two runs, joined by +."""

    key: str
    cause: str
    changes: tuple[ValueChange, ...]

    def lines(self) -> Iterator[dict[str, Any]]:
        """One for each change, for JSON."""
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


@dataclass(slots=True)
class ChangeCounts:
    """Counts over all documents: by cause, and by cause and field."""

    n_documents: int = 0
    n_changed: int = 0
    documents: Counter[str] = field(default_factory=Counter[str])
    """Documents that were done, by cause."""
    changed: Counter[str] = field(default_factory=Counter[str])
    """Those of them that changed."""
    kinds: defaultdict[tuple[str, str], Counter[ChangeKind]] = field(
        default_factory=lambda: defaultdict(Counter[ChangeKind])
    )
    """Changes by (cause, field) and kind."""

    def add(self, one: DocumentChanges) -> None:
        self.n_documents += 1
        self.documents[one.cause] += 1
        if one.changes:
            self.n_changed += 1
            self.changed[one.cause] += 1
        for change in one.changes:
            self.kinds[(one.cause, change.field)][change.kind] += 1

    def by_cause(self) -> list[dict[str, Any]]:
        """One row a cause, the commonest first."""
        rows: list[dict[str, Any]] = []
        for cause, n_documents in self.documents.most_common():
            counts: Counter[ChangeKind] = Counter()
            for (of, _), found in self.kinds.items():
                if of == cause:
                    counts += found
            head = {"cause": cause, "documents": n_documents, "changed": self.changed[cause]}
            rows.append(head | {kind.value: counts[kind] for kind in ChangeKind})
        return rows

    def by_field(self) -> list[dict[str, Any]]:
        """One row a cause and field, most changes first."""
        ordered = sorted(self.kinds.items(), key=lambda item: (-item[1].total(), item[0]))
        return [
            {"cause": cause, "field": name} | {kind.value: counts[kind] for kind in ChangeKind}
            for (cause, name), counts in ordered
        ]


def document_changes(backfill_id: int) -> Iterator[DocumentChanges]:
    """Every document that it has done, in the order of the plan; those without an earlier run have no changes."""
    for pair in store().backfills.pairs(backfill_id):
        if pair.earlier is None:
            yield DocumentChanges(pair.key, NEW, ())
            continue
        cause = "+".join(causes(pair.earlier, pair.own))
        yield DocumentChanges(pair.key, cause, changes(pair.earlier_values, pair.own_values))


def count_changes(backfill_id: int) -> ChangeCounts:
    """Counts only."""
    found = ChangeCounts()
    for one in document_changes(backfill_id):
        found.add(one)
    return found
