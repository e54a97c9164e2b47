"""Training contracts from a CUAD folder: texts, gold spans and folds.

The folder holds `texts.jsonl.gz` ({doc_id, text}), `gold.jsonl.gz` ({doc_id, spans: [{category,
text, start, end, occ_starts}], near_duplicates}) and `splits.json` ({train: [doc_id...]}). Only the
`train` split is read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError
from tasks.learning.labelled import field_name, near_duplicates, read_rows, read_texts
from tasks.learning.training.folds import deal_folds

ATTRIBUTION = (
    "Contract Understanding Atticus Dataset (CUAD) v1, The Atticus Project, CC BY 4.0; "
    "Hendrycks et al., arXiv:2103.06268"
)


Progress = Callable[[str], None]
"""Receives messages for the user."""


@dataclass(frozen=True, slots=True)
class GoldSpan:
    field: str
    text: str
    starts: tuple[int, ...]
    """Every place of the text; the first is the annotated one."""


@dataclass(frozen=True, slots=True)
class Contract:
    doc_id: str
    text: str
    gold: tuple[GoldSpan, ...]

    def quotes(self) -> dict[str, list[str]]:
        """Gold texts by field."""
        return texts_by_field((g.field, g.text) for g in self.gold)


def texts_by_field(spans: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for field, text in spans:
        texts[field].append(text)
    return dict(texts)


@dataclass(frozen=True, slots=True)
class Corpus:
    contracts: tuple[Contract, ...]
    folds: tuple[int, ...]
    """Fold of each contract; near-duplicates share one."""
    n_folds: int

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(sorted({g.field for c in self.contracts for g in c.gold}))

    def fold(self, number: int) -> list[int]:
        """Indexes of a fold's contracts."""
        return [i for i, f in enumerate(self.folds) if f == number]


def load_corpus(folder: Path, n_folds: int = 5, seed: int = 0) -> Corpus:
    """The training contracts.

    Raises:
        ConfigurationError: a file is missing or malformed.
    """
    train = set(json.loads(_file(folder, "splits.json").read_text(encoding="utf-8"))["train"])
    hint = "A gold file has JSON lines with `doc_id` and `spans`."
    rows = read_rows(_file(folder, "gold.jsonl.gz"), lambda row: (row["doc_id"], row), hint)
    gold = {name: row for name, row in rows if name in train}
    texts = {name: text for name, text in read_texts(_file(folder, "texts.jsonl.gz")) if name in train}
    ids = sorted(gold)
    contracts = tuple(Contract(i, texts[i], tuple(_gold(gold[i]))) for i in ids)
    twins = {name: list(near_duplicates(row)) for name, row in gold.items()}
    folds = deal_folds(ids, twins, n_folds, seed)
    return Corpus(contracts, tuple(folds[i] for i in ids), n_folds)


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ConfigurationError(
            f"the CUAD folder {folder} has no `{name}`; it needs texts.jsonl.gz, gold.jsonl.gz and splits.json (see docs/models.md)"
        )
    return path


def _gold(row: dict[str, Any]) -> Iterator[GoldSpan]:
    for span in row["spans"]:
        starts = (span["start"], *(s for s in span.get("occ_starts", ()) if s != span["start"]))
        yield GoldSpan(field_name(span["category"]), span["text"], starts)
