"""How often the right clause is among the lines that the critic finds likeliest, whatever the draft."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.critic.critic import Critic
from tasks.core.native.critic.features import NO_SCORE, ProposedText, Scene, evidence_rows, piece_features
from tasks.core.native.critic.field_profiles import FieldProfile, profile_by_schema
from tasks.core.native.text.cues import compile_cues
from tasks.core.native.text.lines import lay_out
from tasks.core.records import Chunk
from tasks.core.wire.native_format import chunk_payload
from tasks.learning.evaluation.matching import matches, word_set
from tasks.learning.labelled import GoldContract

_MIN_CHARS = 25
"""Shorter lines are headings and list debris."""
_PART = 0.8
"""A line is a part of a gold span, or the other way round, if they share this much of the words."""

Rated = list[tuple[float, str]]
"""Lines of a document with P(right)."""


def recall_at(n: int, labelled: Sequence[tuple[GoldContract, RunInput]], critic: Critic) -> dict[str, float]:
    """How often the n likeliest lines have a right clause (`whole`), or part of one (`part`)."""
    whole: list[bool] = []
    part: list[bool] = []
    for gold, run_input in labelled:
        rated = _rated_lines(run_input, critic)
        for name, texts in gold.quotes.items():
            best = [text for _, text in sorted(rated[name], reverse=True)[:n]]
            whole.append(any(matches(name, word_set(g), word_set(t)) for g in texts for t in best))
            part.append(whole[-1] or any(_is_part(g, t) for g in texts for t in best))
    return {"whole": float(np.mean(whole)), "part": float(np.mean(part)), "asked": float(len(whole))}


def _rated_lines(run_input: RunInput, critic: Critic) -> dict[str, Rated]:
    schema = run_input.schema
    cues = compile_cues(schema)
    knowledge = [profile_by_schema(cues[f.name], f.example_texts, critic.memory) for f in schema.fields]
    rated: dict[str, Rated] = {f.name: [] for f in schema.fields}
    for chunk in run_input.chunks:
        for field, right, text in _rated_chunk(run_input, chunk, critic, knowledge):
            rated[schema.field_names[field]].append((right, text))
    return rated


def _rated_chunk(
    run_input: RunInput, chunk: Chunk, critic: Critic, knowledge: Sequence[FieldProfile]
) -> list[tuple[int, float, str]]:
    """(field, P(right), text) of every line for every field."""
    lines = lay_out(chunk_payload(chunk, run_input.reading.footnotes))
    scene = Scene(tuple(p.text for p in chunk.passages), lines, np.zeros((0, 0), dtype=np.float32))
    pieces = [
        ProposedText(field, x.passage_index, x.unit.start, x.unit.end, NO_SCORE)
        for x in lines
        if len(x.text) >= _MIN_CHARS
        for field in range(len(knowledge))
    ]
    seen = piece_features(scene, pieces, critic.view, critic.phrases, critic.memory)
    rows = evidence_rows(scene, pieces, (), knowledge, critic.memory, seen)
    rights = critic.judges.probabilities(rows, [False] * len(pieces))
    return [(p.field, right, scene.text_of(p)) for p, right in zip(pieces, rights, strict=True)]


def _is_part(gold: str, line: str) -> bool:
    one, other = word_set(gold), word_set(line)
    return len(one & other) >= _PART * min(len(one), len(other)) > 0
