"""Labelled contracts: gold spans, documents, and the choice of both for a command.

`evaluate`, `promote`, `train` and the `errors` commands read labelled files here. Knows no store,
no model and no console.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from tasks.core.errors import ConfigurationError
from tasks.core.records import DocumentId, FieldName
from tasks.core.schema import Schema
from tasks.core.text.display import counted

TRAIN = "train"
"""The split that models learn from."""
_TEXT, _PDF = ".txt", ".pdf"

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class GoldContract:
    """A gold file's annotations of one contract.

    Attributes:
        quotes: Field name -> texts of the gold spans.
        pages: Aligned with `quotes`: pages of the span's text; empty if unknown.
        near_duplicates: Contracts that share most of their text with this one.
    """

    doc_id: str
    split: str
    quotes: dict[str, list[str]]
    pages: dict[str, list[frozenset[int]]]
    near_duplicates: tuple[str, ...] = ()

    def spans_of(self, fields: Container[str]) -> list[tuple[FieldName, str]]:
        """(field, text) of every gold span of these fields, sorted by field."""
        return [(FieldName(f), text) for f in sorted(self.quotes) if f in fields for text in self.quotes[f]]


@dataclass(frozen=True, slots=True)
class LabelledFiles:
    """The labelled files that the user named.

    Attributes:
        gold: JSON lines of `doc_id`, `split` and `spans`, gzipped or not.
        documents: Folder with DOC_ID.pdf or DOC_ID.txt files; a PDF goes before a text.
        texts: JSON lines of `doc_id` and `text`, for contracts without a file in the folder.
        split: None: every split, except `train` unless `with_train` is set.
    """

    gold: Path
    documents: Path
    texts: Path | None
    split: str | None
    with_train: bool = False


@dataclass(frozen=True, slots=True)
class LabelledContract:
    """One contract with its gold and its document."""

    gold: GoldContract
    path: Path

    @property
    def document_id(self) -> DocumentId:
        return DocumentId(hashlib.sha256(self.path.read_bytes()).hexdigest())


def labelled_contracts(
    files: LabelledFiles, folder: Path, say: Callable[[str], object]
) -> list[LabelledContract]:
    """The contracts of the split that have a document.

    Args:
        folder: Gets the texts as files, so that they are read like any document.
        say: Receives a message for the user if contracts were skipped.

    Raises:
        ConfigurationError: no contract is left.
    """
    golds = read_split(files.gold, files.split, files.with_train)
    contracts = with_documents(golds, files, folder)
    if not contracts:
        raise ConfigurationError(
            f"there is no file for {counted(len(golds), 'contract')} in {files.documents}"
            + ("" if files.texts is None else f", and no text in {files.texts}")
            + ". Name the files DOC_ID.pdf or DOC_ID.txt as in the gold file, or give texts with --texts."
        )
    if len(contracts) < len(golds):
        hint = "; --texts can give their text" if files.texts is None else ""
        n_skipped = len(golds) - len(contracts)
        say(f"Skipped: {n_skipped} of {counted(len(golds), 'contract')} without a document{hint}")
    return contracts


def with_documents(
    golds: Sequence[GoldContract], files: LabelledFiles, folder: Path
) -> list[LabelledContract]:
    """Those contracts that have a file or a text, in their order; texts are written into `folder`.

    Raises:
        ConfigurationError: the texts cannot be read, or not be written.
    """
    paths: dict[str, Path] = {}
    for gold in golds:
        candidates = (files.documents / f"{gold.doc_id}{suffix}" for suffix in (_PDF, _TEXT))
        if (path := next(filter(Path.is_file, candidates), None)) is not None:
            paths[gold.doc_id] = path
    if files.texts is not None:
        paths |= _written_texts(files.texts, {g.doc_id for g in golds} - paths.keys(), folder)
    return [_labelled(g, paths[g.doc_id]) for g in golds if g.doc_id in paths]


def read_split(path: Path, split: str | None, with_train: bool = True) -> list[GoldContract]:
    """The contracts of one split; without a split all of them, `train` only if `with_train` is set.

    Raises:
        ConfigurationError: there are none.
    """
    return of_split(list(read_gold(path)), path, split, with_train)


def of_split(
    contracts: Sequence[GoldContract], path: Path, split: str | None, with_train: bool = True
) -> list[GoldContract]:
    """Those of one split, as `read_split` chooses them from the gold file at `path`.

    Raises:
        ConfigurationError: there are none.
    """
    chosen = [g for g in contracts if (g.split == split if split else with_train or g.split != TRAIN)]
    if not chosen:
        which = f" of the split `{split}`" if split else "" if with_train else f" outside the split `{TRAIN}`"
        splits = ", ".join(sorted({g.split or "(none)" for g in contracts})) or "no contract at all"
        raise ConfigurationError(f"{path} has no contract{which}; it has: {splits}")
    return chosen


def compared_fields(path: Path, schema: Schema, say: Callable[[str], object]) -> frozenset[str]:
    """The schema's fields that the gold file annotates; others cannot be right or wrong.

    Args:
        say: Receives messages for the user: the skipped fields, and why.

    Raises:
        ConfigurationError: the gold file and the schema have no field in common.
    """
    annotated = annotated_fields(read_gold(path))
    in_schema = set(schema.field_names)
    if not annotated & in_schema:
        raise ConfigurationError(
            f"the gold file annotates {_listed(annotated)} and the schema `{schema.name}` has {_listed(in_schema)}: no field is the same. "
            "Use the schema of this gold file; its field names are the gold categories in lower snake case."
        )
    if unknown := annotated - in_schema:
        say(f"Skipped: the schema `{schema.name}` has no fields for the gold spans of {_listed(unknown)}")
    if without_gold := in_schema - annotated:
        say(f"Skipped: the gold file has no annotations for these fields: {_listed(without_gold)}")
    return frozenset(annotated & in_schema)


def annotated_fields(contracts: Iterable[GoldContract]) -> set[str]:
    return {name for contract in contracts for name in contract.quotes}


def read_gold(path: Path) -> Iterator[GoldContract]:
    """Stream the contracts of a gold file.

    Raises:
        ConfigurationError: the file cannot be read, or a line is malformed.
    """
    return read_rows(path, _gold_contract, "A gold file has JSON lines with `doc_id` and `spans`.")


def read_rows(path: Path, parse: Callable[[dict[str, Any]], Row], hint: str) -> Iterator[Row]:
    """Stream the JSON lines of a file, gzipped or not.

    Args:
        parse: Makes a row of a line's object; raises ValueError, KeyError or TypeError.
        hint: Ends the error message: what the file must look like, or how to write it.

    Raises:
        ConfigurationError: the file cannot be read, or a line is malformed.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    n_read = 0
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                n_read += 1
                if line.strip():
                    yield parse(json.loads(line))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        where = f"line {n_read} of {path}" if n_read else path
        raise ConfigurationError(f"{where} cannot be read ({type(error).__name__}). {hint}") from error


def read_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Stream (document, text).

    Raises:
        ConfigurationError: the file cannot be read, or a line is malformed.
    """
    return read_rows(path, _text, "A file of texts has JSON lines with `doc_id` and `text`.")


def near_duplicates(row: dict[str, Any]) -> tuple[str, ...]:
    """A gold row's near-duplicates: the file has objects with a `doc_id`, or plain names."""
    return tuple(n["doc_id"] if isinstance(n, dict) else str(n) for n in row.get("near_duplicates") or ())


def field_name(category: str) -> str:
    """A gold category in lower snake case: `Rofr/Rofo/Rofn` is `rofr_rofo_rofn`."""
    return re.sub(r"[^a-z0-9]+", "_", category.lower()).strip("_")


def _gold_contract(row: dict[str, Any]) -> GoldContract:
    quotes: dict[str, list[str]] = defaultdict(list)
    pages: dict[str, list[frozenset[int]]] = defaultdict(list)
    for span in row["spans"]:
        name = field_name(span["category"])
        quotes[name].append(span["text"])
        pages[name].append(frozenset(span.get("pages_any") or span.get("pages") or ()))
    return GoldContract(row["doc_id"], row.get("split", ""), dict(quotes), dict(pages), near_duplicates(row))


def _text(row: dict[str, Any]) -> tuple[str, str]:
    if not isinstance(row["text"], str):
        raise TypeError("`text` is not a string")
    return row["doc_id"], row["text"]


def _labelled(gold: GoldContract, path: Path) -> LabelledContract:
    if path.suffix == _TEXT:  # a text has no pages that could be compared with the gold pages
        gold = replace(gold, pages={f: [frozenset()] * len(quotes) for f, quotes in gold.quotes.items()})
    return LabelledContract(gold, path)


def _written_texts(texts: Path, doc_ids: set[str], folder: Path) -> dict[str, Path]:
    """Write these contracts' texts as DOC_ID.txt."""
    paths: dict[str, Path] = {}
    for doc_id, text in read_texts(texts):
        if doc_id in doc_ids:
            paths[doc_id] = path = folder / f"{doc_id}{_TEXT}"
            try:
                path.write_text(text, encoding="utf-8", newline="")
            except OSError as error:
                raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error
    return paths


def _listed(names: Iterable[str], n_shown: int = 5) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - n_shown} more" if len(ordered) > n_shown else ""
    return ", ".join(f"`{n}`" for n in ordered[:n_shown]) + more
