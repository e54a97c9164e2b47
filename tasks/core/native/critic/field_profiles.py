"""What the critic knows of each field of a schema, trained or not: its head, its habits, its memory, its definition.

A field that was trained has a head of the second view and clauses in the memory. Any other field is known by its schema entry alone:
the examples and the definition are its memory, and its cues are its cues. The critic's trees weigh both kinds by the same evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.native.critic.neighbours import N_DIMS, KnownTexts, Memory
from tasks.core.native.text.cues import FieldCues, example_likeness, find_hits, likeness, shingles, strength
from tasks.core.native.text.words import FloatArray, IntArray
from tasks.core.schema import SchemaField

NO_HEAD = -1
_LEAST_SPREAD = 0.6
"""Spread of log lengths assumed of a field with fewer than three examples."""
_NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class FieldHabits:
    """How a field's right values look."""

    log_length: float
    log_length_spread: float
    share_right: float
    """Of the pieces a generator drafts for it."""


UNKNOWN_HABITS = FieldHabits(5.5, 1.0, 0.3)


@dataclass(frozen=True, slots=True)
class FieldProfile:
    head: int
    """Column of the second view, or `NO_HEAD`."""
    cues: FieldCues
    habits: FieldHabits
    known: KnownTexts
    n_examples: int
    """Of the schema; 0 for a trained field."""
    weights: FloatArray
    """Direction of the field in the memory's space, (N_DIMS,)."""
    bias: float

    def definition_evidence(self, text: str, heading: str) -> list[float]:
        """Cues in the text, cues in its heading, likeness to the definition and to the nearest example: each 0..1."""
        return [
            strength(find_hits(self.cues, text)),
            strength(find_hits(self.cues, heading)) if heading else 0.0,
            likeness(self.cues.definition, shingles(text)),
            example_likeness(self.cues, text),
        ]


def trained_profile(head: int, cues: FieldCues, habits: FieldHabits, memory: Memory) -> FieldProfile:
    """A field with a head: the head's number is also its column of the memory's labels."""
    rows = np.flatnonzero(memory.labels[:, head])
    points = memory.bank[rows] if len(rows) else memory.mean[None, :]
    weights, bias = memory.direction(points)
    return FieldProfile(
        head, cues, habits, KnownTexts(rows, memory.labels[:, head], _no_points(), _NO_ROWS), 0, weights, bias
    )


def profile_by_schema(
    cues: FieldCues, examples: Sequence[str], memory: Memory, unseen: IntArray | None = None
) -> FieldProfile:
    """A field without a head, known by its schema entry.

    Args:
        examples: Clauses that are right for it, word for word.
        unseen: Bank rows not to look at (training only).
    """
    points = memory.embed([*examples, definition_text(cues.field)])
    weights, bias = memory.direction(points)
    own = points[:-1] if examples else points
    none = np.zeros(len(memory.bank), dtype=np.bool_)
    known = KnownTexts(_NO_ROWS, none, own, _NO_ROWS if unseen is None else unseen)
    return FieldProfile(NO_HEAD, cues, _habits_of(examples), known, len(examples), weights, bias)


def definition_text(field: SchemaField) -> str:
    """Title, description and cues in words."""
    spoken = [c for c in field.cues if not (c.startswith("/") and c.endswith("/"))]
    return re.sub(r"\s+", " ", " ".join([field.title, field.description, *spoken]))


def directions(knowledge: Sequence[FieldProfile]) -> tuple[FloatArray, FloatArray]:
    """All fields' weights, (N_DIMS, fields), and biases."""
    if not knowledge:
        return np.zeros((N_DIMS, 0), dtype=np.float32), np.zeros(0, dtype=np.float32)
    return (
        np.stack([k.weights for k in knowledge], axis=1),
        np.asarray([k.bias for k in knowledge], dtype=np.float32),
    )


def _habits_of(examples: Sequence[str]) -> FieldHabits:
    if not examples:
        return UNKNOWN_HABITS
    lengths = np.log([max(1, len(e)) for e in examples])
    spread = float(lengths.std()) if len(examples) > 2 else _LEAST_SPREAD
    return FieldHabits(float(lengths.mean()), max(spread, 0.3), UNKNOWN_HABITS.share_right)


def _no_points() -> FloatArray:
    return np.zeros((0, N_DIMS), dtype=np.float32)
