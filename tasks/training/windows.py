"""What the critic learns from: windows of labelled contracts with everything a generator proposed there, right or wrong.

A window is what a critic sees at once: the lines of one chunk. Besides the proposals it gives texts of every kind (right, wrong, of
another field, empty) for the second view and the memory. Where windows come from does not matter: a generator run here out of fold, or
the error book of the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.cued import read_field
from tasks.core.native.cues import FieldCues
from tasks.core.native.evidence import Piece, Scene
from tasks.core.native.second_view import Snippet, snippet
from tasks.core.native.sheet import Line
from tasks.core.native.words import FloatArray
from tasks.evaluation.matching import matches, word_set
from tasks.training.clauses import CHUNK_CHARS
from tasks.training.corpus import Contract, Corpus
from tasks.training.generator import FoldDraft

_EMPTY_SHARE = 0.08
"""Share of the lines without any label that view and memory learn from."""

Place = tuple[int, int, int]
"""(passage index, start, end)."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document's truth."""

    document_id: str
    fold: int
    gold: tuple[tuple[str, str], ...]
    """(field, text) of every gold span."""

    def is_right(self, field: str, text: str) -> bool:
        words = word_set(text)
        return any(matches(f, word_set(g), words) for f, g in self.gold if f == field)


@dataclass(frozen=True, slots=True)
class Window:
    document: Labelled
    lines: tuple[Line, ...]
    passages: tuple[str, ...]
    pieces: tuple[Piece, ...]
    """Everything the generator scored here, drafted or not; `Piece.field` counts the critic's fields."""
    gold_places: tuple[Place, ...]
    """Where gold spans of any field stand in this window."""

    def scene(self, margins: FloatArray) -> Scene:
        return Scene(self.passages, self.lines, margins)


def native_windows(
    corpus: Corpus, drafts: Sequence[FoldDraft], names: Sequence[str], fields: Sequence[str]
) -> list[Window]:
    """Windows with what the native generator drafted out of fold.

    Args:
        names: Clause heads of the generator, in its order.
        fields: The critic's fields.
    """
    column = {n: i for i, n in enumerate(fields)}
    windows: list[Window] = []
    for contract, fold, draft in zip(corpus.contracts, corpus.folds, drafts, strict=True):
        windows.extend(
            contract_windows(contract, fold, draft.sheet.lines, drafted_pieces(draft, names, column))
        )
    return windows


def drafted_pieces(draft: FoldDraft, names: Sequence[str], column: Mapping[str, int]) -> list[Piece]:
    """Everything a native draft scored, clauses first.

    Args:
        column: Of each of the critic's fields.
    """
    lines = draft.sheet.lines
    clauses = [
        Piece(column[names[s.head]], 0, lines[s.first].unit.start, lines[s.last].unit.end, float(score))
        for s, score in zip(draft.found, draft.found_scores, strict=True)
    ]
    return clauses + [Piece(column[m.field], 0, m.start, m.end, m.score) for m in draft.mentions]


def contract_windows(
    contract: Contract, fold: int, lines: Sequence[Line], pieces: Sequence[Piece]
) -> list[Window]:
    """A labelled contract's windows with what was drafted there."""
    document = Labelled(contract.doc_id, fold, tuple((g.field, g.text) for g in contract.gold))
    places = [(0, g.starts[0], g.starts[0] + len(g.text)) for g in contract.gold]
    return _cut(document, contract.text, lines, pieces, places)


def fewshot_windows(windows: Sequence[Window], cues: Sequence[FieldCues], bar: float) -> list[Window]:
    """The same windows with what the few-shot generator drafts there.

    Args:
        cues: Of the critic's fields, in their order.
    """
    return [replace(w, pieces=tuple(_fewshot_pieces(w, cues, bar))) for w in windows]


def _fewshot_pieces(window: Window, cues: Sequence[FieldCues], bar: float) -> list[Piece]:
    return [
        Piece(field, line.passage_index, reading.start, reading.end, reading.score)
        for field, own in enumerate(cues)
        for line, reading in read_field(own, window.lines)
        if reading.score >= bar
    ]


def examples_of(
    windows: Sequence[Window], fields: Sequence[str], seed: int
) -> tuple[list[Snippet], NDArray[np.bool_], list[int]]:
    """Texts, their labels for each field, and the window each stands in: proposals, labelled lines, and a share of empty lines."""
    draw = np.random.default_rng(seed)
    column = {n: i for i, n in enumerate(fields)}
    snippets: list[Snippet] = []
    labels: list[NDArray[np.bool_]] = []
    owners: list[int] = []
    for index, window in enumerate(windows):
        gold = [(column[f], f, word_set(g)) for f, g in window.document.gold if f in column]
        for (passage, start, end), heading in _ranges(window, draw):
            text = window.passages[passage]
            words = word_set(text[start:end])
            row = np.zeros(len(fields), dtype=np.bool_)
            for number, field, gold_words in gold:
                row[number] |= matches(field, gold_words, words)
            snippets.append(snippet(text, start, end, heading))
            labels.append(row)
            owners.append(index)
    return snippets, np.asarray(labels), owners


def _ranges(window: Window, draw: np.random.Generator) -> list[tuple[Place, str]]:
    scene = window.scene(np.zeros((0, 0), dtype=np.float32))
    found: dict[Place, str] = {(p.passage_index, p.start, p.end): scene.heading_of(p) for p in window.pieces}
    for line in window.lines:
        start, end = line.unit.start, line.unit.end
        labelled = any(
            p == line.passage_index and start < g_end and end > g_start
            for p, g_start, g_end in window.gold_places
        )
        if labelled or draw.random() < _EMPTY_SHARE:
            found.setdefault((line.passage_index, start, end), line.headings[-1] if line.headings else "")
    return sorted(found.items())


def _cut(
    document: Labelled, text: str, lines: Sequence[Line], pieces: Sequence[Piece], places: Sequence[Place]
) -> list[Window]:
    """A contract's lines and pieces, cut as long as a chunk is."""
    numbers = sorted({x.unit.start // CHUNK_CHARS for x in lines})
    return [
        Window(
            document,
            tuple(x for x in lines if x.unit.start // CHUNK_CHARS == n),
            (text,),
            tuple(p for p in pieces if p.start // CHUNK_CHARS == n),
            tuple(p for p in places if p[1] // CHUNK_CHARS == n),
        )
        for n in numbers
    ]
