"""A schema's own evidence for a field: cues, patterns and examples, compiled once for each schema.

Serves fields without a trained head. Words are matched at word boundaries, Chinese as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.native.text.examples import MIN_EXAMPLES, Exemplar, learn_exemplar
from tasks.core.native.text.units import folded
from tasks.core.schema import FieldType, Schema, SchemaField

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_STEMMED = re.compile(r"[a-z]{4,}")
_PHRASE_WEIGHT, _WORD_WEIGHT, _PATTERN_WEIGHT = 0.62, 0.45, 0.7
"""How far one hit of a kind goes towards certainty: a phrase says more than a word, a pattern most. Set by hand: a user's schema
comes without gold to fit them on."""


@dataclass(frozen=True, slots=True)
class Cue:
    pattern: re.Pattern[str]
    needle: str
    """Lower-case word that every hit contains; empty if there is none. Looking for it first is ten times as quick."""
    weight: float
    is_pattern: bool
    """Written by the user as `/regex/`: its first group, if it has one, is the value."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue in a text; `value_*` is the range of the value it names."""

    cue: int
    weight: float
    start: int
    end: int
    value_start: int
    value_end: int
    is_pattern: bool


@dataclass(frozen=True, slots=True)
class FieldCues:
    field: SchemaField
    cues: tuple[Cue, ...]
    examples: tuple[frozenset[str], ...]
    """Character and word shingles of each example."""
    definition: frozenset[str]
    """Shingles of title and description."""
    exemplar: Exemplar | None = None
    """What the examples of a clause share; None with too few of them, and in Chinese, whose words are not counted."""


def compile_cues(schema: Schema) -> dict[str, FieldCues]:
    """Evidence by field name. A pattern that is no valid regular expression is skipped: it can match nothing."""
    return {f.name: _field_cues(f) for f in schema.fields}


def _field_cues(field: SchemaField) -> FieldCues:
    shapes = tuple(shingles(e) for e in field.examples)
    return FieldCues(
        field,
        tuple(c for text in field.cues if (c := _compiled(text)) is not None),
        shapes,
        shingles(f"{field.title} {field.description}"),
        _exemplar(field, shapes),
    )


def _exemplar(field: SchemaField, shapes: Sequence[frozenset[str]]) -> Exemplar | None:
    is_readable = field.type is FieldType.CLAUSE and not is_chinese("".join(field.examples))
    if not is_readable or len(shapes) < MIN_EXAMPLES:
        return None
    spoken = [c for c in field.cues if not c.startswith("/")]
    definition = shingles(" ".join([field.title, field.description, *spoken]))
    return learn_exemplar(shapes, [len(e) for e in field.examples], definition)


def find_hits(cues: FieldCues, text: str) -> list[Hit]:
    """Every hit of every cue in a text, in order."""
    plain, lowered = _plain(text)
    hits: list[Hit] = []
    for number, cue in enumerate(cues.cues):
        if cue.needle not in lowered:
            continue
        for match in cue.pattern.finditer(plain):
            group = 1 if cue.is_pattern and match.re.groups and match.group(1) else 0
            if match.end() > match.start():
                hits.append(
                    Hit(number, cue.weight, match.start(), match.end(), *match.span(group), cue.is_pattern)
                )
    return sorted(hits, key=lambda h: (h.start, h.end, h.cue))


def strength(hits: Sequence[Hit]) -> float:
    """Noisy-or over the different cues hit: 0..1."""
    doubt = 1.0
    for weight in {h.cue: h.weight for h in hits}.values():
        doubt *= 1.0 - weight
    return 1.0 - doubt


@lru_cache(16384)
def shingles(text: str) -> frozenset[str]:
    """Words of four letters or more cut to their stems' first six letters, and pairs of Chinese characters."""
    plain = folded(text).lower()
    words = frozenset([w[:6] for w in _STEMMED.findall(plain)])
    if not _CJK.search(plain):
        return words
    chinese = "".join(c if _CJK.match(c) else " " for c in plain)
    return words | {chinese[i : i + 2] for i in range(len(chinese) - 1) if " " not in chinese[i : i + 2]}


def likeness(shape: frozenset[str], text_shape: frozenset[str]) -> float:
    """Dice coefficient of two shingle sets: 0..1."""
    return 2 * len(shape & text_shape) / (len(shape) + len(text_shape)) if shape and text_shape else 0.0


def example_likeness(cues: FieldCues, text: str) -> float:
    own = shingles(text)
    return max((likeness(e, own) for e in cues.examples), default=0.0)


@lru_cache(4096)
def _plain(text: str) -> tuple[str, str]:
    """The folded text and its lower case: every field of a schema asks for the same lines."""
    plain = folded(text)
    return plain, plain.lower()


def is_chinese(text: str) -> bool:
    """Whether more than a tenth of a text is Chinese or Japanese."""
    return len(_CJK.findall(text)) > len(text) / 10


def _compiled(text: str) -> Cue | None:
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        try:
            return Cue(re.compile(text[1:-1], re.IGNORECASE), "", _PATTERN_WEIGHT, True)
        except re.error:
            return None
    words = text.split()
    if not words:
        return None
    left = r"(?<![^\W_])" if text.strip()[0].isalnum() and not _CJK.match(text.strip()[0]) else ""
    right = r"(?![^\W_])" if text.strip()[-1].isalnum() and not _CJK.match(text.strip()[-1]) else ""
    pattern = left + r"\s+".join(_word(w) for w in words) + right
    is_phrase = len(words) > 1 or len(_CJK.findall(text)) >= 4
    needle = max(words, key=len).lower()
    return Cue(
        re.compile(pattern, re.IGNORECASE),
        needle if needle.isascii() else "",
        _PHRASE_WEIGHT if is_phrase else _WORD_WEIGHT,
        False,
    )


def _word(word: str) -> str:
    """A word as it stands; between Chinese characters a line may end."""
    return r"".join(
        re.escape(c) + (r"\s*" if _CJK.match(c) and _CJK.match(after or " ") else "")
        for c, after in zip(word, [*word[1:], ""], strict=True)
    )
