"""What a sentence answers to a boolean field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.terms import rarity, terms
from tasks.core.native.text.cues import find_hits
from tasks.core.text.negation import Proposition, denials, read_boolean

_WORD = re.compile(r"[A-Za-zÀ-ÿ]+(?:[’'-][A-Za-z]+)*|[\u4e00-\u9fff]{2}")
_PREDICATE = re.compile(
    r"\b(?:shall|will|may|must|can|is|are|agrees? to|undertakes? to)\s+(?:(?:not|neither|also|only|at any time|then|be)\s+)*([a-z]+)"
)
_GAP = 24  # characters between words of one topic
_TELLING = 0.4
"""Rarity from which a word of the field says that the sentence speaks of it."""


def answer_of(signs: FieldSigns, sentence: str) -> tuple[bool | None, str]:
    """The answer of a sentence to a boolean field, and why there is none."""
    return _answer(signs, sentence)


@lru_cache(16384)
def _answer(signs: FieldSigns, sentence: str) -> tuple[bool | None, str]:
    field = signs.field
    words = tuple(c for c in field.cues if not (len(c) > 2 and c[0] == c[-1] == "/"))
    proposition = Proposition(field.title, field.description, words)
    hits = find_hits(signs.cues, sentence)
    ranges = dict.fromkeys((h.start, h.end) for h in hits) or dict.fromkeys(_topics(signs, sentence))
    answers = [read_boolean(sentence, start, end, proposition) for start, end in ranges]
    said = {a for a, _ in answers if a is not None}
    if said == {False} and not hits:
        # Of 12 such answers to the documents that the models learn from 6 were wrong, of 15 true ones 1.
        return None, "it denies something, but in no words of the field"
    denied = denials(sentence)
    if said == {True} and (len(denied) > 1 or (not hits and any(d.kind == "not" for d in denied))):
        return None, "it denies something, and may deny this"
    if len(said) == 1:
        return said.pop(), ""
    return None, answers[0][1] or "its sentence says both"


def _topics(signs: FieldSigns, sentence: str) -> Iterator[tuple[int, int]]:
    """Where a sentence without a cue speaks of the field: its most telling words, else its verb."""
    wanted = signs.title.union(*signs.cue_terms)
    groups: list[tuple[int, int, float]] = []
    for word in _WORD.finditer(sentence):
        figure = max(map(rarity, terms(word.group()) & wanted), default=0.0)
        if figure < _TELLING:
            continue
        if groups and word.start() - groups[-1][1] <= _GAP:
            start, _, before = groups.pop()
            groups.append((start, word.end(), before + figure))
        else:
            groups.append((*word.span(), figure))
    if groups:
        start, end, _ = max(groups, key=lambda g: (g[2], -g[0]))
        yield start, end
    elif (verb := _PREDICATE.search(sentence)) is not None:
        yield verb.span(1)
    else:
        yield 0, len(sentence)


def stated(signs: FieldSigns, sentence: str) -> str:
    """`true` or `false`; `true` where the sentence leaves it open, which the critic doubts."""
    answer, _ = answer_of(signs, sentence)
    return "false" if answer is False else "true"
