"""Which candidates of a document are right: the labels that the models of own fields learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum

from tasks.core.native.own.candidates import FieldCandidates
from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.own.zones import Zones
from tasks.core.schema import FieldType, SchemaField
from tasks.core.text.folding import fold
from tasks.core.values.forms import normal_form
from tasks.core.values.habit import Habit
from tasks.learning.training.own_documents import OwnDocument, RightValue

_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
_ALIKE = 0.8
_SAME_CLAUSE = 0.6
_PART = 0.4
"""Of a value's words: a line with fewer of them, as "Us", does not say it."""
_DRESS = frozenset(
    ["the", "a", "of", "law", "laws", "state", "commonwealth", "province", "republic", "courts", "and", "in"]
)
_EDGES = " .,;:，。；：()（）\"“”'"


class Label(IntEnum):
    """Whether a candidate is right for a field."""

    WRONG = 0
    RIGHT = 1
    ELSEWHERE = 2
    """The right value, but in words that say something else: not learned from."""


def labels_of(document: OwnDocument, found: FieldCandidates, habit: Habit) -> list[Label]:
    """The label of each candidate of a field."""
    field = found.signs.field
    right = document.of(field.name)
    traps = frozenset(_tight(v) for f, v in document.traps if f == field.name)
    pairs = zip(found.spans, found.zones, strict=True)
    return [_label(field, span, zones, right, traps, habit) for span, zones in pairs]


def _label(
    field: SchemaField,
    span: CandidateSpan,
    zones: Zones,
    right: Sequence[RightValue],
    traps: frozenset[str],
    habit: Habit,
) -> Label:
    matched = [r for r in right if is_same_value(field, span, r, habit)]
    if not matched or (_tight(span.value) in traps and field.type is not FieldType.BOOLEAN):
        return Label.WRONG
    if field.type in (FieldType.CLAUSE, FieldType.BOOLEAN) or any(
        _in_clause(r, span, zones) for r in matched
    ):
        return Label.RIGHT
    return Label.ELSEWHERE


def is_same_value(field: SchemaField, span: CandidateSpan, right: RightValue, habit: Habit) -> bool:
    """Whether a candidate is a right value, wherever it stands."""
    if field.type is FieldType.BOOLEAN:
        words = (right.value, *right.accept)
        return any(_tight(w) and _is_part(_tight(w), _tight(span.value)) for w in words)
    if field.type is FieldType.CLAUSE:
        return _same_clause(span.value, right)
    form = span.form or normal_form(field, span.value, habit)
    if form is not None and right.normal is not None:
        return _form(form) == _form(right.normal) or (
            _form(form)[1:] == _form(right.normal)[1:] and _is_words(span, right)
        )
    return _is_words(span, right)


def _is_part(words: str, line: str) -> bool:
    """Whether a line holds the words, or is a good part of them."""
    return words in line or (line in words and len(line) >= _PART * len(words))


def _is_words(span: CandidateSpan, right: RightValue) -> bool:
    words = (right.value, *right.accept)
    return _tight(span.value) in {_tight(w) for w in words} or _bare(span.value) in [_bare(w) for w in words]


def _bare(text: str) -> list[str]:
    """The words of a name or place without those that it may be dressed in."""
    return [w for w in _WORD.findall(fold(text).text.casefold()) if w not in _DRESS] or [text]


def _form(form: str) -> tuple[str, ...]:
    """A normal form in comparable parts: currency or kind, and amount."""
    if (
        m := re.fullmatch(
            r"P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?)?", form
        )
    ) and len(form) > 1:
        years, months, weeks, days, hours = (float(x or 0) for x in m.groups())
        return "duration", f"{12 * years + months:g}", f"{7 * weeks + days:g}", f"{hours:g}"
    if m := re.fullmatch(r"(-?[\d.,]+)\s?%", form):
        return "%", f"{float(m[1].replace(',', '')):g}"
    if m := re.fullmatch(r"(\D+?)\s+(-?[\d.,]+)", form):
        return m[1].upper(), f"{float(m[2].replace(',', '')):.12g}"
    if re.fullmatch(r"-?[\d,]+(?:\.\d+)?(?: \w+)?", form):
        return "", f"{float(form.split()[0].replace(',', '')):.12g}"
    return (form.casefold(),)


def _same_clause(text: str, right: RightValue) -> bool:
    mine = set(_WORD.findall(fold(text).text.casefold()))
    for words in (right.value, *right.accept):
        other = set(_WORD.findall(fold(words).text.casefold()))
        if mine and other:
            both = len(mine & other)
            whole = other <= mine and len(mine) <= 3 * len(other)
            part = mine <= other and len(mine) >= _PART * len(other)
            if both / len(mine | other) >= _ALIKE or whole or part:
                return True
    return False


def _in_clause(right: RightValue, span: CandidateSpan, zones: Zones) -> bool:
    """Whether the candidate stands in the words that its writer names."""
    clause = _WORD.findall(fold(right.clause).text.casefold())
    around = f"{zones.label} {zones.column} {span.value} {zones.sentence}"
    here = set(_WORD.findall(fold(around).text.casefold()))
    return not clause or sum(w in here for w in clause) >= _SAME_CLAUSE * len(clause)


def _tight(text: str) -> str:
    return re.sub(r"\s", "", fold(text).text.casefold()).strip(_EDGES)
