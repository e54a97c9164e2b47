"""What was filled into a page by annotations: values of form fields, and free text.

A widget shows its appearance, if it has one and viewers do not make it anew; else its field's value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from tasks.core.reading.drawing import Box
from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.annotations import Annotation
from tasks.core.reading.seen.forms.appearances import Appearances, ShownText
from tasks.core.reading.seen.forms.form_fields import (
    FieldKind,
    FormField,
    form_field,
    plain_value,
    wants_appearances,
    without_tags,
)
from tasks.core.reading.text_objects import middle

TICKED, UNTICKED = "\u2612", "\u2610"
_NEAR = 3.0  # points that letters may stand out of their annotation
_MAX_LOOKS = 200_000  # of letters for their annotation
_AMOUNT = re.compile(r"[^\d.,-]*(-?\d[\d.,' ]*)[^\d.,]*")


@dataclass(frozen=True, slots=True)
class FilledValue:
    """One annotation's words, in user space."""

    rect: Box
    words: str
    """With line breaks. Of a button, the sign for its state."""
    shown: tuple[ShownText, ...]
    """Where its letters stand; empty: no appearance says so."""
    is_free_text: bool = False
    size: float = 0.0
    """Of its letters, in points; 0: not known."""
    is_signature: bool = False
    """What a signature shows: no part of any sentence, wherever its author put it."""


@dataclass(frozen=True, slots=True)
class DifferingValue:
    """A field whose widget shows other words than the field holds."""

    widget: DictionaryObject
    shown: str


@dataclass(frozen=True, slots=True)
class FilledPage:
    values: tuple[FilledValue, ...] = ()
    differing: tuple[DifferingValue, ...] = ()


NOTHING_FILLED = FilledPage()


def filled_page(
    reader: PdfReader, annotations: Sequence[Annotation], appearances: Appearances, page_index: int
) -> FilledPage:
    """What the page's fields and free texts show."""
    fields = {a.index: field for a in annotations if a.kind == "Widget" and (field := _field(a))}
    filled = [a for a in annotations if a.index in fields or a.kind == "FreeText"]
    if not filled:
        return NOTHING_FILLED
    anew = wants_appearances(reader)
    drawn = {
        a.index
        for a in filled
        if _has_look(a) and not (anew and a.kind == "Widget" and _is_remade(fields[a.index]))
    }
    lettered = {index for index in drawn if index not in fields or fields[index].kind is not FieldKind.TICK}
    shown = appearances.of_page(page_index, lettered) if lettered else []
    by_annotation = _by_annotation(shown, [a for a in filled if a.index in lettered])
    values: list[FilledValue] = []
    differing: list[DifferingValue] = []
    for annotation in filled:
        letters = by_annotation.get(annotation.index, ())
        field = fields.get(annotation.index)
        if field is None:
            values += _free_text(annotation, letters)
        elif field.kind is FieldKind.TICK:
            ticked = field.is_set if anew else field.is_ticked
            values.append(FilledValue(annotation.rect, TICKED if ticked else UNTICKED, ()))
            if not anew and field.is_ticked != field.is_set:
                differing.append(DifferingValue(annotation.entry, TICKED if field.is_ticked else UNTICKED))
        elif annotation.index not in lettered or field.kind is FieldKind.LIST:
            values += _without_letters(annotation, field)
        else:
            words = "".join(text.text for text in letters)
            if field.kind is FieldKind.TEXT and not _is_same(words, field.value):
                differing.append(DifferingValue(annotation.entry, _spaced(letters)))
            if words.strip():
                is_whole = _squeezed(words) == _squeezed(field.value)
                signs = field.kind is FieldKind.SIGNATURE
                whole = field.value if is_whole else ""
                values.append(FilledValue(annotation.rect, whole, letters, is_signature=signs))
    return FilledPage(tuple(values), tuple(differing))


def _field(annotation: Annotation) -> FormField | None:
    try:
        return form_field(annotation.entry)
    except HOSTILE:
        return None


def _is_remade(field: FormField) -> bool:
    return field.kind in (FieldKind.TEXT, FieldKind.LIST)


def _has_look(annotation: Annotation) -> bool:
    """Whether it has a normal appearance."""
    try:
        looks = annotation.entry.get("/AP")
        looks = looks.get_object() if looks is not None else None
        return isinstance(looks, DictionaryObject) and looks["/N"].get_object() is not None
    except HOSTILE:
        return False


def _without_letters(annotation: Annotation, field: FormField) -> Iterator[FilledValue]:
    """A value whose letters' places no appearance gives."""
    if field.value:
        yield FilledValue(annotation.rect, field.value, (), size=field.size)


def _free_text(annotation: Annotation, letters: tuple[ShownText, ...]) -> Iterator[FilledValue]:
    entry = annotation.entry
    try:
        words = plain_value(entry.get("/Contents")) or without_tags(plain_value(entry.get("/RC")))
    except HOSTILE:
        words = ""
    written = "".join(text.text for text in letters)
    if written.strip():
        is_whole = _squeezed(written) == _squeezed(words)
        yield FilledValue(annotation.rect, words if is_whole else "", letters, is_free_text=True)
    elif words and not _has_look(annotation):
        yield FilledValue(annotation.rect, words, (), is_free_text=True)


def _by_annotation(
    shown: Sequence[ShownText], annotations: Sequence[Annotation]
) -> dict[int, tuple[ShownText, ...]]:
    """The letters of each annotation."""
    owned: dict[int, list[ShownText]] = {}
    at, n_left = 0, _MAX_LOOKS
    for text in shown:  # both are in drawing order, so the search goes on where it was
        x, y = middle(text.box)
        if n_left <= 0:
            break
        for number in chain(range(at, len(annotations)), range(at)):
            n_left -= 1
            x0, y0, x1, y1 = annotations[number].rect
            if x0 - _NEAR <= x <= x1 + _NEAR and y0 - _NEAR <= y <= y1 + _NEAR:
                owned.setdefault(annotations[number].index, []).append(text)
                at = number
                break
    return {index: tuple(texts) for index, texts in owned.items()}


def _spaced(letters: Sequence[ShownText]) -> str:
    parts: list[str] = []
    for text in letters:
        parts.append(" " + text.text if parts and text.follows_space else text.text)
    return "".join(parts).strip()


def _squeezed(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())


def _is_same(shown: str, value: str) -> bool:
    """Whether an appearance shows the value, perhaps as a form's script writes amounts."""
    first, second = _squeezed(shown), _squeezed(value)
    if first == second:
        return True
    amounts = [_AMOUNT.fullmatch(words) for words in (first, second)]
    if not all(amounts):
        return False
    digits = [re.sub(r"[,' ]", "", match[1]) for match in amounts if match]
    try:
        return float(digits[0]) == float(digits[1])
    except ValueError:
        return False
