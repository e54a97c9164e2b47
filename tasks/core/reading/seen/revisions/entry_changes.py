"""Compares the annotations and the form values of two revisions of a file, with pypdf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.annotations import Annotation, page_annotations
from tasks.core.reading.seen.revisions.signatures import Signature, form_fields

_MAX_TEXT = 200
_PAINTING = frozenset(
    (
        "FreeText",
        "Stamp",
        "Square",
        "Circle",
        "Polygon",
        "PolyLine",
        "Line",
        "Ink",
        "Redact",
        "StrikeOut",
        "Watermark",
    )
)
"""Annotations that change what a page says; notes, highlights and links do not."""


@dataclass(frozen=True, slots=True)
class Change:
    page_number: int | None
    """Of the later revision; None: a page of the earlier one, or none."""
    text: str
    """What changed, as a sentence without a full stop."""
    is_permitted: bool = False
    """The signature allows it: a blank was filled in."""


# ---------------------------------------------------------------- annotations


def annotation_changes(
    old: PdfReader, new: PdfReader, pairs: Sequence[tuple[int | None, int | None]]
) -> Iterator[Change]:
    """Annotations that were added or removed, on pages that both revisions have.

    Args:
        pairs: The indices of a page in both revisions.
    """
    for before, after in pairs:
        if before is None or after is None:
            continue
        was = {_key(item): item for item in page_annotations(old, before) if item.kind in _PAINTING}
        now = {_key(item): item for item in page_annotations(new, after) if item.kind in _PAINTING}
        for key, item in now.items():
            if key not in was:
                yield Change(after + 1, f"{_named(item)} was added")
        for key, item in was.items():
            if key not in now:
                yield Change(after + 1, f"{_named(item)} was removed")


def _key(item: Annotation) -> tuple[object, ...]:
    """What a reader sees of an annotation."""
    boxes = tuple(tuple(round(n, 1) for n in box) for box in (item.rect, *item.quads))
    return item.kind, boxes, _text_of(item), _appearance(item)


def _appearance(item: Annotation) -> bytes:
    try:
        looks = item.entry["/AP"].get_object() if "/AP" in item.entry else None
        normal = looks["/N"].get_object() if isinstance(looks, DictionaryObject) else None
        return normal.get_data() if isinstance(normal, StreamObject) else b""
    except HOSTILE:
        return b""


def _text_of(item: Annotation) -> str:
    try:
        return str(item.entry.get("/Contents", "") or "")[:_MAX_TEXT]
    except HOSTILE:
        return ""


def _named(item: Annotation) -> str:
    text = " ".join(_text_of(item).split())
    return f'the annotation {item.kind} "{text}"' if text else f"an annotation {item.kind}"


# ---------------------------------------------------------------- form values


def value_changes(old: PdfReader, new: PdfReader, covering: Sequence[Signature]) -> Iterator[Change]:
    """Values of the form that changed, and whether the signatures permit it."""
    was, now = _values(old), _values(new)
    for name in dict.fromkeys((*was, *now)):
        before, after = was.get(name, ""), now.get(name, "")
        if before == after:
            continue
        if not before:
            permitted = all(signature.permits(name) for signature in covering)
            note = ", as the signature permits" if permitted else ""
            yield Change(None, f'the field "{name}" was filled in: "{after}"{note}', permitted)
        elif not after:
            yield Change(None, f'the value "{before}" of the field "{name}" was removed')
        else:
            yield Change(None, f'the value of the field "{name}" was "{before}" and became "{after}"')


def _values(reader: PdfReader) -> dict[str, str]:
    """Values of the form by the field's name; signatures and boxes that are off have none."""
    values: dict[str, str] = {}
    for field in form_fields(reader):
        value = field.value
        if field.kind == "/Sig" or value is None or isinstance(value, DictionaryObject):
            continue
        text = ", ".join(map(str, list(value)[:50])) if isinstance(value, ArrayObject) else str(value)
        text = " ".join(text.split())[:_MAX_TEXT]
        if text not in ("", "/Off"):
            values[field.name] = text.removeprefix("/")
    return values
