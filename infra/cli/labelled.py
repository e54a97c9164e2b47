"""Contracts with gold, as files of this machine: which of a gold file can be worked on, and which of its fields are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from infra.cli.texts import written_texts
from tasks.core.errors import ConfigurationError
from tasks.core.records import DocumentId
from tasks.core.schema import Schema
from tasks.error_book import Labelled
from tasks.evaluation.gold import GoldContract, read_gold


def labelled_contracts(
    gold: Path, split: str | None, documents: Path, texts: Path | None, folder: Path, console: Console
) -> list[Labelled]:
    """The chosen contracts that have a PDF, or else a text; what has neither is told and left out.

    Args:
        split: None: all of them.
        texts: JSON lines of `doc_id` and `text`, gzipped or not.
        folder: Where texts are written as files, to take the same way as any document.

    Raises:
        ConfigurationError: nothing is left to work on.
    """
    chosen = chosen_gold(gold, split)
    found = {g.doc_id: path for g in chosen if (path := documents / f"{g.doc_id}.pdf").is_file()}
    if texts is not None:
        found |= written_texts(texts, {g.doc_id for g in chosen} - found.keys(), folder)
    if not found:
        raise ConfigurationError(
            f"none of the {len(chosen)} contracts has a DOC_ID.pdf in {documents}"
            + ("" if texts is None else f" or a text in {texts}")
            + ". Gold and documents must go by the same names; --texts gives texts where there are no PDFs."
        )
    if len(found) < len(chosen):
        console.print(
            f"{len(chosen) - len(found)} of {len(chosen)} contracts have no PDF"
            f"{' and no text' if texts else ''} there and are left out"
        )
    return [Labelled(g, found[g.doc_id], _digest(found[g.doc_id])) for g in chosen if g.doc_id in found]


def chosen_gold(gold: Path, split: str | None) -> list[GoldContract]:
    """
    Raises:
        ConfigurationError: the gold file holds none, or none of this split.
    """
    everything = list(read_gold(gold))
    chosen = [g for g in everything if split is None or g.split == split]
    if not chosen:
        splits = ", ".join(sorted({g.split or "(none)" for g in everything})) or "no contract at all"
        raise ConfigurationError(f"{gold} has no contract of the split `{split}`; it has: {splits}")
    return chosen


def compared_fields(gold: Path, schema: Schema, console: Console) -> frozenset[str]:
    """The schema's fields that the gold speaks of anywhere. What is drafted for another field is neither right nor wrong.

    Raises:
        ConfigurationError: the gold speaks of none.
    """
    annotated = {name for contract in read_gold(gold) for name in contract.quotes}
    asked = set(schema.field_names)
    if not annotated & asked:
        raise ConfigurationError(
            f"the gold annotates {_named(annotated)} and the schema `{schema.name}` asks for {_named(asked)}: no field is the same. "
            "Give the schema that the gold was made for: its field names are the gold's categories in lower snake case."
        )
    if unknown := annotated - asked:
        console.print(f"left out, for `{schema.name}` has no such field: gold spans of {_named(unknown)}")
    if unlabelled := asked - annotated:
        console.print(
            f"left out, for the gold says nothing of them and nobody knows what is right: {_named(unlabelled)}"
        )
    return frozenset(annotated & asked)


def _digest(path: Path) -> DocumentId:
    return DocumentId(hashlib.sha256(path.read_bytes()).hexdigest())


def _named(names: Iterable[str], shown: int = 5) -> str:
    ordered: Sequence[str] = sorted(names)
    more = f" and {len(ordered) - shown} more" if len(ordered) > shown else ""
    return ", ".join(f"`{n}`" for n in ordered[:shown]) + more
