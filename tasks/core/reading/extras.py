"""Lists form values, annotations and attachments of a file; none is run, opened or inflated.

They are not document text: no chunk holds them and no value cites them. The file may be hostile, so
the lists are capped, and what cannot be read is left out.
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
_MAX_PARENTS = 32  # of a form field; more is a circle

_WITHOUT_TEXT = frozenset({"/Link", "/Widget", "/Popup", "/FileAttachment"})
"""Annotations without text of their own, or listed as something else."""


def list_extras(reader: PdfReader, n_pages: int) -> tuple[Extra, ...]:
    """Form values, then annotations by page, then attachments; at most `MAX_EXTRAS` of each."""
    on_pages = list(islice(_on_pages(reader, n_pages), MAX_EXTRAS))
    page_numbers = {e.name: e.page_number for e in on_pages if e.kind is ExtraKind.FORM_VALUE}
    attached = [e for e in on_pages if e.kind is ExtraKind.ATTACHMENT]
    return (
        *islice(_form_values(reader, page_numbers), MAX_EXTRAS),
        *(e for e in on_pages if e.kind is ExtraKind.ANNOTATION),
        *islice(_attachments(reader), MAX_EXTRAS - len(attached)),
        *attached,
    )


def _form_values(reader: PdfReader, page_numbers: dict[str, int | None]) -> Iterator[Extra]:
    """Filled fields and ticked boxes."""
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
            yield Extra(ExtraKind.FORM_VALUE, page_numbers.get(name), name, text)


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
    if kind == "/Widget":  # gives the field's page; its value is listed with the form
        return Extra(ExtraKind.FORM_VALUE, page_number, _field_name(item), "")
    if kind == "/FileAttachment":
        file = item["/FS"].get_object() if "/FS" in item else None
        name = _file_name(file) if isinstance(file, DictionaryObject) else ""
        return Extra(ExtraKind.ATTACHMENT, page_number, name, _value(item.get("/Contents")))
    text = _value(item.get("/Contents"))
    if kind in _WITHOUT_TEXT or not text:
        return None
    return Extra(ExtraKind.ANNOTATION, page_number, _clean(kind.lstrip("/")), text)


def _field_name(widget: DictionaryObject) -> str:
    """The qualified name, as pypdf's `get_fields` has it: `parent.child`."""
    names: list[str] = []
    node: PdfObject | None = widget
    for _ in range(_MAX_PARENTS):
        if not isinstance(node, DictionaryObject):
            break
        if "/T" in node:
            names.append(str(node["/T"]))
        node = node["/Parent"].get_object() if "/Parent" in node else None
    return _clean(".".join(reversed(names)))


def _attachments(reader: PdfReader) -> Iterator[Extra]:
    """Names and descriptions; the files themselves are not read."""
    try:
        for file in reader.attachment_list:
            entry = file.pdf_object
            description = _value(entry.get("/Desc"))
            yield Extra(ExtraKind.ATTACHMENT, None, _file_name(entry) or _clean(file.name), description)
    except HOSTILE:
        return


def _file_name(entry: DictionaryObject) -> str:
    return next((_value(entry[key]) for key in ("/UF", "/F") if key in entry), "")


def _value(raw: PdfObject | None) -> str:
    """As text: a name without its slash, choices with commas, a placeholder for binary data."""
    value = raw.get_object() if raw is not None else None
    if value is None:
        return ""
    if isinstance(value, DictionaryObject):
        return "(signature)" if "/ByteRange" in value else "(data)"
    if isinstance(value, ArrayObject):
        return _clean(", ".join(_value(item) for item in islice(cast("list[PdfObject]", value), 100)))
    return _clean(str(value).removeprefix("/") if isinstance(value, NameObject) else str(value))


def _clean(text: str) -> str:
    """Cut at the cap, without control codes and lone surrogates."""
    short = text[:MAX_EXTRA_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in short if letter >= " " or letter in "\n\t")
    return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
