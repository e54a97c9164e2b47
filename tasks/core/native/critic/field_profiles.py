"""What the critic knows of each field of a schema: head, habits, known texts, definition.

A trained field has a head in the n-gram models and clauses in the memory. For any other field, the
schema's examples and definition take their place, so that both kinds have the same features.
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
"""The spread of log lengths of a field with fewer than three examples."""
_NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class FieldHabits:
    """The length of right values, and their share among a generator's drafts."""

    log_length: float
    log_length_spread: float
    share_right: float


UNKNOWN_HABITS = FieldHabits(5.5, 1.0, 0.3)


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """What the critic knows of one field."""

    head: int
    """Its column of the n-gram views, or `NO_HEAD`."""
    cues: FieldCues
    habits: FieldHabits
    known: KnownTexts
    n_examples: int
    """Examples in the schema; 0 for a trained field."""
    weights: FloatArray
    """Direction of the field in the memory's space, (N_DIMS,)."""
    bias: float

    @property
    def is_known(self) -> bool:
        """Whether the field was trained."""
        return self.head != NO_HEAD

    def definition_evidence(self, text: str, heading: str) -> list[float]:
        """Cues in text and heading, likeness to definition and nearest example: each 0..1."""
        return [
            strength(find_hits(self.cues, text)),
            strength(find_hits(self.cues, heading)) if heading else 0.0,
            likeness(self.cues.definition, shingles(text)),
            example_likeness(self.cues, text),
        ]


def trained_profile(head: int, cues: FieldCues, habits: FieldHabits, memory: Memory) -> FieldProfile:
    """The profile of a trained field; `head` is also its column of the memory's labels."""
    rows = np.flatnonzero(memory.labels[:, head])
    weights, bias = memory.direction(memory.bank[rows] if len(rows) else memory.mean[None, :])
    no_points = np.zeros((0, N_DIMS), dtype=np.float32)
    known = KnownTexts(rows, memory.labels[:, head], no_points, _NO_ROWS)
    return FieldProfile(head, cues, habits, known, 0, weights, bias)


def profile_by_schema(
    cues: FieldCues, examples: Sequence[str], memory: Memory, unseen: IntArray | None = None
) -> FieldProfile:
    """The profile of a field without a head.

    Args:
        examples: Right clauses of the field, word for word.
        unseen: Bank rows to ignore (training only).
    """
    points = memory.embed([*examples, definition_text(cues.field)])
    weights, bias = memory.direction(points)
    is_right = np.zeros(len(memory.bank), dtype=np.bool_)
    points = points[:-1] if examples else points
    known = KnownTexts(_NO_ROWS, is_right, points, _NO_ROWS if unseen is None else unseen)
    return FieldProfile(NO_HEAD, cues, _habits_of(examples), known, len(examples), weights, bias)


def definition_text(field: SchemaField) -> str:
    """Title, description and cues, without patterns."""
    words = [c for c in field.cues if not (c.startswith("/") and c.endswith("/"))]
    return re.sub(r"\s+", " ", " ".join([field.title, field.description, *words]))


def directions(profiles: Sequence[FieldProfile]) -> tuple[FloatArray, FloatArray]:
    """The weights, (N_DIMS, fields), and biases of some fields, at least one."""
    weights = np.stack([p.weights for p in profiles], axis=1)
    return weights, np.asarray([p.bias for p in profiles], dtype=np.float32)


def _habits_of(examples: Sequence[str]) -> FieldHabits:
    if not examples:
        return UNKNOWN_HABITS
    lengths = np.log([max(1, len(e)) for e in examples])
    spread = float(lengths.std()) if len(examples) > 2 else _LEAST_SPREAD
    return FieldHabits(float(lengths.mean()), max(spread, 0.3), UNKNOWN_HABITS.share_right)
