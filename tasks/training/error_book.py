"""The error book: what an out-of-fold generator drafted on labelled contracts, right or wrong, window by window.

A window is what a critic sees at once: the lines of one chunk. Besides the drafts it lists texts of every kind (right, wrong, empty)
to learn the second view from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.native.evidence import Piece, Scene, lines_of
from tasks.core.native.second_view import Snippet, snippet
from tasks.core.native.sheet import Line
from tasks.core.native.words import FloatArray
from tasks.evaluation.matching import matches, word_set
from tasks.training.clauses import CHUNK_CHARS
from tasks.training.corpus import Contract
from tasks.training.generator import FoldDraft

_EMPTY_SHARE = 0.08
"""Share of the lines without any label that the second view learns from."""


@dataclass(frozen=True, slots=True)
class Window:
    contract_index: int
    lines: tuple[Line, ...]
    passages: tuple[str, ...]
    pieces: tuple[Piece, ...]
    """Everything the generator scored here, drafted or not."""

    def scene(self, margins: FloatArray) -> Scene:
        return Scene(self.passages, self.lines, margins)


def windows_of(
    contract_index: int, draft: FoldDraft, names: Sequence[str], heads: Sequence[str]
) -> list[Window]:
    """Cut a contract's lines and pieces into windows.

    Args:
        names: Clause heads of the generator, in its order.
        heads: Heads of the second view, in its order.
    """
    lines = draft.sheet.lines
    column = {n: i for i, n in enumerate(heads)}
    pieces = [
        Piece(column[names[s.head]], 0, lines[s.first].unit.start, lines[s.last].unit.end, float(score))
        for s, score in zip(draft.found, draft.found_scores, strict=True)
    ]
    pieces += [Piece(column[m.field], 0, m.start, m.end, m.score) for m in draft.mentions]
    numbers = sorted({x.unit.start // CHUNK_CHARS for x in lines})
    return [
        Window(
            contract_index,
            tuple(x for x in lines if x.unit.start // CHUNK_CHARS == n),
            (draft.sheet.contract.text,),
            tuple(p for p in pieces if p.start // CHUNK_CHARS == n),
        )
        for n in numbers
    ]


def piece_is_right(contract: Contract, piece: Piece, heads: Sequence[str]) -> bool:
    words = word_set(contract.text[piece.start : piece.end])
    field = heads[piece.head]
    return any(matches(field, word_set(g.text), words) for g in contract.gold if g.field == field)


def view_examples(
    windows: Sequence[Window], contracts: Sequence[Contract], heads: Sequence[str], seed: int
) -> tuple[list[Snippet], NDArray[np.bool_]]:
    """Texts for the second view with a label for each head: drafted pieces, labelled lines, and a share of empty lines."""
    draw = np.random.default_rng(seed)
    snippets: list[Snippet] = []
    labels: list[NDArray[np.bool_]] = []
    for window in windows:
        contract = contracts[window.contract_index]
        gold = [(heads.index(g.field), word_set(g.text)) for g in contract.gold]
        for start, end, heading in _ranges(window, contract, draw):
            words = word_set(contract.text[start:end])
            row = np.zeros(len(heads), dtype=np.bool_)
            for head, gold_words in gold:
                row[head] |= matches(heads[head], gold_words, words)
            snippets.append(snippet(contract.text, start, end, heading))
            labels.append(row)
    return snippets, np.asarray(labels)


def _ranges(window: Window, contract: Contract, draw: np.random.Generator) -> list[tuple[int, int, str]]:
    scene = window.scene(np.zeros((0, 0), dtype=np.float32))
    found: dict[tuple[int, int], str] = {}
    for piece in window.pieces:
        touched = lines_of(scene, piece)
        headings = window.lines[touched[0]].headings if touched else ()
        found[piece.start, piece.end] = headings[-1] if headings else ""
    gold = [(g.starts[0], g.starts[0] + len(g.text)) for g in contract.gold]
    for line in window.lines:
        labelled = any(line.unit.start < end and line.unit.end > start for start, end in gold)
        if labelled or draw.random() < _EMPTY_SHARE:
            found.setdefault((line.unit.start, line.unit.end), line.headings[-1] if line.headings else "")
    return [(start, end, heading) for (start, end), heading in sorted(found.items())]
