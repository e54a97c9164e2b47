"""Fits the CRF of the short fields on the first characters of the training contracts."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pycrfsuite

from tasks.core.native.generator.name_tagger import FIELD_BY_LETTER
from tasks.core.native.generator.name_tokens import TokenSequence, token_sequences
from tasks.learning.training.corpus import Contract

FRONT_CHARS = 6000
N_ITERATIONS = 60
_LETTER = {field: letter for letter, field in FIELD_BY_LETTER.items()}


def fit_names(contracts: Sequence[Contract]) -> bytes:
    """A crfsuite model; the same contracts give the same bytes, since L-BFGS is deterministic."""
    trainer = cast("Any", pycrfsuite).Trainer(verbose=False)
    trainer.set_params(
        {"c1": 0.3, "c2": 0.01, "max_iterations": N_ITERATIONS, "feature.possible_transitions": True}
    )
    for contract in contracts:
        marks = _marks(contract)
        for sequence in token_sequences(contract.text[:FRONT_CHARS]):
            trainer.append(sequence.features, _labels(sequence, marks))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.crfsuite"
        trainer.train(str(path))
        return path.read_bytes()


def _marks(contract: Contract) -> dict[int, tuple[int, set[str]]]:
    """Start of a gold value -> the longest end of a value there, and the letters of its fields."""
    marks: dict[int, tuple[int, set[str]]] = {}
    for span in contract.gold:
        letter = _LETTER.get(span.field)
        if letter is None or len(span.text) < 3:
            continue
        for start in span.starts[:6]:
            if start >= FRONT_CHARS:
                continue
            end, letters = marks.get(start, (0, set[str]()))
            marks[start] = (max(end, start + len(span.text)), letters | {letter})
    return marks


def _labels(sequence: TokenSequence, marks: dict[int, tuple[int, set[str]]]) -> list[str]:
    labels = ["O"] * len(sequence.tokens)
    for start, (end, letters) in sorted(marks.items()):
        inside = [i for i, t in enumerate(sequence.tokens) if t.start < end and t.end > start]
        name = "".join(sorted(letters))
        for rank, i in enumerate(inside):
            if labels[i] == "O":
                labels[i] = f"{'I' if rank else 'B'}-{name}"
    return labels
