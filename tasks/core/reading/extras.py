"""What a file carries beside its pages' text: form values, annotations and attachments. Listed, never run, opened or inflated.

None of it is document text: no chunk holds it and no value may be cited from it. Everything comes from a file that may be hostile,
so the lists are cut at a cap, and what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject

from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.records import Extra, ExtraKind

MAX_EXTRAS = 1000
MAX_EXTRA_CHARS = 4000
_MAX_DEPTH = 32
"""Of a field's parents; more is a circle."""

_SILENT = frozenset({"/Link", "/Widget", "/Popup", "/FileAttachment"})
"""Annotations that say nothing of their own, or are listed as what they are."""


def list_extras(reader: PdfReader, n_pages: int) -> tuple[Extra, ...]:
    """Form values first, then annotations by page, then attachments; at most `MAX_EXTRAS` of each."""
    found: list[Extra] = []
    notes = list(islice(_on_pages(reader, n_pages), MAX_EXTRAS))
    places = {extra.name: extra.page_number for extra in notes if extra.kind is ExtraKind.FORM_VALUE}
    found += islice(_form_values(reader, places), MAX_EXTRAS)
    found += [extra for extra in notes if extra.kind is ExtraKind.ANNOTATION]
    found += islice(_attachments(reader), MAX_EXTRAS - sum(e.kind is ExtraKind.ATTACHMENT for e in notes))
    found += [extra for extra in notes if extra.kind is ExtraKind.ATTACHMENT]
    return tuple(found)


def _form_values(reader: PdfReader, places: dict[str, int | None]) -> Iterator[Extra]:
    """Filled fields; an empty one and a box that is not ticked say nothing."""
    try:
        fields = reader.get_fields() or {}
    except HOSTILE:
        return
    for name, field in fields.items():
        try:
            text = _value(field.get("/V"))
        except HOSTILE:
            continue
        if text and text != "Off":
            name = _clean(name)
            yield Extra(ExtraKind.FORM_VALUE, places.get(name), name, text)


def _on_pages(reader: PdfReader, n_pages: int) -> Iterator[Extra]:
    for index in range(n_pages):
        try:
            listed = reader.pages[index].get("/Annots")
            listed = listed.get_object() if listed is not None else None
        except HOSTILE:
            continue
        if not isinstance(listed, ArrayObject):
            continue
        for item in islice(cast("list[PdfObject]", listed), MAX_EXTRAS):
            try:
                extra = _annotation(item.get_object(), index + 1)
            except HOSTILE:
                continue
            if extra is not None:
                yield extra


def _annotation(item: PdfObject | None, page_number: int) -> Extra | None:
    if not isinstance(item, DictionaryObject):
        return None
    kind = str(item.get("/Subtype", ""))
    if kind == "/Widget":  # the field's place; its value is listed with the form
        return Extra(ExtraKind.FORM_VALUE, page_number, _field_name(item), "")
    if kind == "/FileAttachment":
        file = item["/FS"].get_object() if "/FS" in item else None
        name = _file_name(file) if isinstance(file, DictionaryObject) else ""
        return Extra(ExtraKind.ATTACHMENT, page_number, name, _value(item.get("/Contents")))
    text = _value(item.get("/Contents"))
    if kind in _SILENT or not text:
        return None
    return Extra(ExtraKind.ANNOTATION, page_number, _clean(kind.lstrip("/")), text)


def _field_name(widget: DictionaryObject) -> str:
    """The qualified name, as pypdf's `get_fields` has it: the parents' names and its own with dots between."""
    names: list[str] = []
    node: PdfObject | None = widget
    for _ in range(_MAX_DEPTH):
        if not isinstance(node, DictionaryObject):
            break
        if "/T" in node:
            names.append(str(node["/T"]))
        node = node["/Parent"].get_object() if "/Parent" in node else None
    return _clean(".".join(reversed(names)))


def _attachments(reader: PdfReader) -> Iterator[Extra]:
    """Names and descriptions; the bytes stay where they are."""
    try:
        for file in reader.attachment_list:
            entry = file.pdf_object
            said = _value(entry.get("/Desc"))
            yield Extra(ExtraKind.ATTACHMENT, None, _file_name(entry) or _clean(file.name), said)
    except HOSTILE:
        return


def _file_name(entry: DictionaryObject) -> str:
    return next((_value(entry[key]) for key in ("/UF", "/F") if key in entry), "")


def _value(raw: PdfObject | None) -> str:
    """As text: names without their slash, choices side by side; a signature is only said to be there."""
    value = raw.get_object() if raw is not None else None
    if value is None:
        return ""
    if isinstance(value, DictionaryObject):
        return "(signature)" if "/ByteRange" in value else "(data)"
    if isinstance(value, ArrayObject):
        return _clean(", ".join(_value(item) for item in islice(cast("list[PdfObject]", value), 100)))
    return _clean(str(value).removeprefix("/") if isinstance(value, NameObject) else str(value))


def _clean(text: str) -> str:
    """Within the cap, with line ends as they are and without control codes or half characters."""
    short = text[:MAX_EXTRA_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in short if letter >= " " or letter in "\n\t")
    return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
