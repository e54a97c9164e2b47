"""Compiles a field's cues, patterns and examples, and finds them in text.

Words match at word boundaries, Chinese characters anywhere. Cues and text are compared as a keyboard
would type them: quotes, dashes, capital letters and line ends make no difference. For a field with a
trained head only blanks are folded, because the head was trained so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from tasks.core.native.text.examples import MIN_EXAMPLES, Exemplar, learn_exemplar
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.schema.patterns import TimedPattern, is_pattern, timed_pattern
from tasks.core.text.look_alikes import as_typed, folded

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_STEMMED = re.compile(r"[a-z]{4,}")
# Set by hand, because a user's schema has no gold annotations to fit them on.
_PHRASE_WEIGHT, _WORD_WEIGHT, _PATTERN_WEIGHT = 0.62, 0.45, 0.7
"""The probability that one hit alone gives."""


@dataclass(frozen=True, slots=True)
class Cue:
    pattern: re.Pattern[str] | TimedPattern
    needle: str
    """A lower-case word of every hit, or empty. Searching for it first is ten times as fast."""
    weight: float
    number: int = 0
    """Its place in the field's `cues`, from 1; 0 for the title."""

    @property
    def is_pattern(self) -> bool:
        """The user wrote it as `/regex/`. Its first group, if there is one, is the value."""
        return isinstance(self.pattern, TimedPattern)

    def ranges(self, text: str) -> Iterator[tuple[int, int, int, int]]:
        """Start and end of each occurrence, and of the value in it."""
        if isinstance(self.pattern, TimedPattern):
            for start, end, value_start, value_end in self.pattern.matches(text):
                has_value = value_end > value_start
                yield start, end, *((value_start, value_end) if has_value else (start, end))
        else:
            for match in self.pattern.finditer(text):
                yield *match.span(), *match.span()


@dataclass(frozen=True, slots=True)
class Hit:
    """An occurrence of a cue in a text; `value_*` is the range of the value."""

    cue: int
    weight: float
    start: int
    end: int
    value_start: int
    value_end: int
    is_pattern: bool


@dataclass(frozen=True, slots=True, eq=False)  # by identity, to be a key of caches
class FieldCues:
    field: SchemaField
    cues: tuple[Cue, ...]
    examples: tuple[frozenset[str], ...]
    """The shingles of each example."""
    definition: frozenset[str]
    """Shingles of title and description."""
    exemplar: Exemplar | None = None
    """None for types other than clause, with too few examples, and with Chinese ones."""
    title: Cue | None = None
    """The title as a cue: a table's head or label says it, a sentence seldom does."""

    @property
    def slow_patterns(self) -> tuple[int, ...]:
        """The places in the field's `cues`, from 1, of patterns that took too long."""
        return tuple(c.number for c in self.cues if isinstance(c.pattern, TimedPattern) and c.pattern.is_slow)


def compile_cues(schema: Schema) -> dict[str, FieldCues]:
    """Cues by field name."""
    return {f.name: _field_cues(f) for f in schema.fields}


def _field_cues(field: SchemaField) -> FieldCues:
    shapes = tuple(shingles(e) for e in field.example_texts)
    is_loose = field.trained_as is None
    numbered = enumerate(field.cues, start=1)
    return FieldCues(
        field,
        tuple(c for n, text in numbered if (c := _compiled(text, is_loose, n)) is not None),
        shapes,
        shingles(f"{field.title} {field.description}"),
        _exemplar(field, shapes),
        _compiled(field.title.strip("/"), is_loose),
    )


def _exemplar(field: SchemaField, shapes: Sequence[frozenset[str]]) -> Exemplar | None:
    # Chinese words are not in the table of rarities.
    is_readable = field.type is FieldType.CLAUSE and not is_chinese("".join(field.example_texts))
    if not is_readable or len(shapes) < MIN_EXAMPLES:
        return None
    words = [c for c in field.cues if not c.startswith("/")]
    definition = shingles(" ".join([field.title, field.description, *words]))
    return learn_exemplar(shapes, [len(e) for e in field.example_texts], definition)


def find_hits(cues: FieldCues, text: str) -> Sequence[Hit]:
    """All hits of a field's cues in a text, in order."""
    return _found(cues, text)


@lru_cache(32768)  # several groups of evidence ask for the hits of one line
def _found(cues: FieldCues, text: str) -> tuple[Hit, ...]:
    plain, lowered = _plain(text, cues.field.trained_as is None)
    hits = [
        Hit(index, cue.weight, *ranges, cue.is_pattern)
        for index, cue in enumerate(cues.cues)
        if cue.needle in lowered
        for ranges in cue.ranges(plain)
        if ranges[1] > ranges[0]
    ]
    return tuple(sorted(hits, key=lambda h: (h.start, h.end, h.cue)))


def named_by(cues: FieldCues, words: str) -> float:
    """How surely words of a table name the field, by its cues and its title: 0..1."""
    plain, _ = _plain(words, cues.field.trained_as is None)
    titled = cues.title is not None and any(cues.title.ranges(plain))
    found = [h for h in find_hits(cues, words) if not h.is_pattern]
    return max(strength(found), _PHRASE_WEIGHT if titled else 0.0)


def is_cue(cues: FieldCues, words: str) -> bool:
    """Whether words are one of the field's cues, from end to end."""
    plain, _ = _plain(words, cues.field.trained_as is None)
    return any(not cue.is_pattern and cue.pattern.fullmatch(plain) is not None for cue in cues.cues)


def strength(hits: Sequence[Hit]) -> float:
    """Noisy-or over the distinct cues of the hits: 0..1."""
    return 1.0 - prod(1.0 - weight for weight in {h.cue: h.weight for h in hits}.values())


@lru_cache(16384)
def shingles(text: str) -> frozenset[str]:
    """The first six letters of words with four letters or more, and pairs of Chinese characters."""
    plain = folded(text).lower()
    words = frozenset([w[:6] for w in _STEMMED.findall(plain)])
    if not _CJK.search(plain):
        return words
    chinese = "".join(c if _CJK.match(c) else " " for c in plain)
    return words | {chinese[i : i + 2] for i in range(len(chinese) - 1) if " " not in chinese[i : i + 2]}


def likeness(shape: frozenset[str], text_shape: frozenset[str]) -> float:
    """Dice coefficient of two sets of shingles: 0..1."""
    return 2 * len(shape & text_shape) / (len(shape) + len(text_shape)) if shape and text_shape else 0.0


def example_likeness(cues: FieldCues, text: str) -> float:
    """Likeness to the nearest example: 0..1."""
    text_shape = shingles(text)
    return max((likeness(e, text_shape) for e in cues.examples), default=0.0)


@lru_cache(4096)  # every field of a schema reads the same lines
def _plain(text: str, is_loose: bool) -> tuple[str, str]:
    """The folded text and its lower case."""
    plain = as_typed(text) if is_loose else folded(text)
    return plain, plain.lower()


def is_chinese(text: str) -> bool:
    """Whether more than a tenth of a text is Chinese or Japanese."""
    return len(_CJK.findall(text)) > len(text) / 10


def _compiled(text: str, is_loose: bool, number: int = 0) -> Cue | None:
    if is_pattern(text):
        return Cue(timed_pattern(text[1:-1], is_loose), "", _PATTERN_WEIGHT, number)
    words = (as_typed(text) if is_loose else text).split()
    if not words:
        return None
    left = r"(?<![^\W_])" if _has_boundary(words[0][0]) else ""
    right = r"(?![^\W_])" if _has_boundary(words[-1][-1]) else ""
    pattern = re.compile(left + r"\s+".join(map(_word, words)) + right, re.IGNORECASE)
    is_phrase = len(words) > 1 or len(_CJK.findall(text)) >= 4
    needle = max(words, key=len).lower()
    # The lower case of other scripts may differ from what IGNORECASE matches.
    needle = needle if needle.isascii() else ""
    return Cue(pattern, needle, _PHRASE_WEIGHT if is_phrase else _WORD_WEIGHT, number)


def _has_boundary(character: str) -> bool:
    return character.isalnum() and not _CJK.match(character)


def _word(word: str) -> str:
    # A line may end between two Chinese characters.
    return "".join(
        re.escape(c) + (r"\s*" if _CJK.match(c) and _CJK.match(after or " ") else "")
        for c, after in zip(word, [*word[1:], ""], strict=True)
    )
