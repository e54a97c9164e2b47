"""The error books of both native generators over CUAD's train split, for the studies beside this module.

The trained generator's out-of-fold drafts take minutes: they are kept as JSON in the system's temporary folder, by held-out fields
and seed. The file does not notice changed code: delete it after a change of the generator.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.core.native.cues import FieldCues
from tasks.core.native.evidence import Piece
from tasks.core.native.sheet import lay_out_document
from tasks.training.clauses import CHUNK_CHARS
from tasks.training.corpus import Contract, Corpus, load_corpus
from tasks.training.critic import Book, Progress
from tasks.training.generator import ADD_BAR, DRAFT_BAR, clause_names, train_generator
from tasks.training.recipe import FEWSHOT_ADD_BAR, FEWSHOT_DRAFT_BAR, SCHEMA, definitions
from tasks.training.windows import Window, contract_windows, drafted_pieces, fewshot_windows

Kept = dict[str, list[tuple[str, int, int, float]]]
"""By document, what was drafted out of fold: field, start, end, score."""


@dataclass(frozen=True, slots=True)
class Library:
    corpus: Corpus
    fields: tuple[str, ...]
    cues: list[FieldCues]
    generator: Book
    fewshot: Book


def load_library(data: Path, seed: int, progress: Progress, without: Collection[str] = ()) -> Library:
    """Both books over the train split.

    Args:
        without: Fields that nobody annotated: neither gold nor draft of them is in any book.
    """
    corpus = held_out(load_corpus(data), without)
    fields = tuple(sorted({g.field for c in corpus.contracts for g in c.gold}))
    kept = _kept_drafts(corpus, seed, progress, without)
    windows: list[Window] = []
    for contract, fold in zip(corpus.contracts, corpus.folds, strict=True):
        windows.extend(_windows(contract, fold, kept, fields))
    cues = definitions(SCHEMA, fields)
    return Library(
        corpus,
        fields,
        cues,
        Book("generator", windows, DRAFT_BAR, ADD_BAR),
        Book(
            "fewshot",
            fewshot_windows(windows, cues, FEWSHOT_DRAFT_BAR),
            FEWSHOT_DRAFT_BAR,
            FEWSHOT_ADD_BAR,
        ),
    )


def held_out(corpus: Corpus, fields: Collection[str]) -> Corpus:
    """The corpus as if nobody had annotated these fields."""
    contracts = tuple(
        replace(c, gold=tuple(g for g in c.gold if g.field not in fields)) for c in corpus.contracts
    )
    return replace(corpus, contracts=contracts)


def _windows(contract: Contract, fold: int, kept: Kept, fields: Sequence[str]) -> list[Window]:
    column = {n: i for i, n in enumerate(fields)}
    pieces = [Piece(column[f], 0, start, end, score) for f, start, end, score in kept[contract.doc_id]]
    return contract_windows(contract, fold, lay_out_document(contract.text, CHUNK_CHARS), pieces)


def _kept_drafts(corpus: Corpus, seed: int, progress: Progress, without: Collection[str]) -> Kept:
    mark = hashlib.sha256(json.dumps([sorted(without), seed]).encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"countersign-drafts-{mark}.json"
    if not path.exists():
        path.write_text(json.dumps(_drafts(corpus, seed, progress)), encoding="utf-8")
    progress(f"drafts of the trained generator: {path.name}")
    return json.loads(path.read_text(encoding="utf-8"))


def _drafts(corpus: Corpus, seed: int, progress: Progress) -> Kept:
    names = clause_names(corpus)
    fields = sorted({g.field for c in corpus.contracts for g in c.gold})
    column = {n: i for i, n in enumerate(fields)}
    trained = train_generator(corpus, seed, progress)
    return {
        draft.sheet.contract.doc_id: [
            (fields[p.field], p.start, p.end, p.score) for p in drafted_pieces(draft, names, column)
        ]
        for draft in trained.drafts
    }
