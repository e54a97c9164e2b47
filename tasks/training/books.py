"""An exported error book as windows: what any generator drafted on labelled contracts.

Reads `countersign errors export --format book`: one JSON object a line for each chunk (docs/error-book.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError
from tasks.core.native.evidence import NO_SCORE, ProposedText
from tasks.core.native.sheet import lay_out
from tasks.learning.labelled import read_rows
from tasks.training.folds import alike, deal_folds
from tasks.training.windows import DocumentGold, Window

_DRAFTED = ("redundant", "boundary", "correct")
_GOLD = ("boundary", "correct", "missing")


def book_windows(path: Path, fields: Sequence[str], n_folds: int = 5) -> list[Window]:
    """The windows of a book. Near-duplicates, found by the words they share, are in one fold.

    Args:
        fields: The critic's fields; entries of other fields are skipped.

    Raises:
        ConfigurationError: the file is not an error book.
    """
    rows = list(_rows(path))
    documents = _documents(rows, n_folds)
    column = {n: i for i, n in enumerate(fields)}
    return [_window(row, documents[row["document"]], column) for row in rows]


def book_fields(path: Path) -> tuple[str, ...]:
    """Every field that the book has gold for, in alphabetical order."""
    return tuple(sorted({e["field"] for row in _rows(path) for e in row["entries"] if e["kind"] in _GOLD}))


def book_schema(path: Path) -> str:
    """Name of the schema the book was drafted with."""
    return str(next(_rows(path))["schema"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    n_read = 0
    hint = "An error book is written by `countersign errors export --format book`."
    for row in read_rows(path, _checked, hint):
        n_read += 1
        yield row
    if not n_read:
        raise ConfigurationError(f"{path} is empty: build the error book first (`countersign errors build`)")


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """Raises: KeyError, TypeError when a part is missing."""
    for key in ("document", "schema", "entries"):
        row[key]
    row["chunk"]["passages"]
    return row


def _documents(rows: Sequence[dict[str, Any]], n_folds: int) -> dict[str, DocumentGold]:
    gold: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        name = row["document"]
        for passage in row["chunk"]["passages"]:
            texts[name].append(passage["text"])
        for entry in row["entries"]:
            if entry["kind"] in _GOLD:
                gold[name][entry["field"], entry["gold"] or entry["quote"]] = None
    twins = alike({name: "\n".join(own) for name, own in texts.items()})
    folds = deal_folds(sorted(texts), twins, n_folds, seed=0)
    return {name: DocumentGold(name, folds[name], tuple(gold[name])) for name in sorted(texts)}


def _window(row: dict[str, Any], document: DocumentGold, column: dict[str, int]) -> Window:
    entries = [e for e in row["entries"] if e["field"] in column and e["start"] is not None]
    return Window(
        document,
        lay_out(row["chunk"]),
        tuple(p["text"] for p in row["chunk"]["passages"]),
        tuple(
            ProposedText(
                column[e["field"]],
                e["passage"],
                e["start"],
                e["end"],
                NO_SCORE if e["score"] is None else float(e["score"]),
            )
            for e in entries
            if e["kind"] in _DRAFTED
        ),
        tuple((e["passage"], e["start"], e["end"]) for e in entries if e["kind"] in _GOLD),
    )
