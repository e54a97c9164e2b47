"""Lists form values, annotations and attachments of a file; none is run, opened or inflated.

They are not document text: no chunk holds them and no value cites them. The file may be hostile, so
the lists are capped, and what cannot be read is left out, which the list tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject

from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.annotations import listed_annotations
from tasks.core.reading.seen.forms.filled_values import DifferingValue
from tasks.core.reading.seen.forms.form_fields import is_password
from tasks.core.records import Extra, ExtraKind

MAX_EXTRAS = 1000
MAX_EXTRA_CHARS = 4000
_MAX_PARENTS = 32  # of a form field; more is a circle
_MAX_FIELDS = 20_000  # of a form, groups of fields counted

_WITHOUT_TEXT = frozenset({"/Link", "/Widget", "/Popup", "/FileAttachment"})
"""Annotations without text of their own, or listed as something else."""


@dataclass(slots=True)
class ListedExtras:
    """What a file carries besides its text."""

    extras: tuple[Extra, ...] = ()
    is_complete: bool = True
    """Every list could be read, up to the caps."""


@dataclass(slots=True)
class _Lists:
    """What has been read so far, and whether something could not be."""

    reader: PdfReader
    broken: list[str] = field(default_factory=list[str])


def list_extras(
    reader: PdfReader, n_pages: int, differing: Sequence[tuple[int, DifferingValue]] = ()
) -> ListedExtras:
    """Form values, then annotations by page, then attachments; at most `MAX_EXTRAS` of each.

    Args:
        differing: Page number and value of each field whose widget shows other words.
    """
    lists = _Lists(reader)
    on_pages = list(islice(_on_pages(lists, n_pages), MAX_EXTRAS))
    page_numbers = {e.name: e.page_number for e in on_pages if e.kind is ExtraKind.FORM_VALUE}
    attached = [e for e in on_pages if e.kind is ExtraKind.ATTACHMENT]
    extras = (
        *islice(_form_values(lists, page_numbers), MAX_EXTRAS),
        *islice(_shown_values(differing), MAX_EXTRAS),
        *(e for e in on_pages if e.kind is ExtraKind.ANNOTATION),
        *islice(_attachments(lists), MAX_EXTRAS - len(attached)),
        *attached,
    )
    return ListedExtras(extras, not lists.broken)


def _form_values(lists: _Lists, page_numbers: dict[str, int | None]) -> Iterator[Extra]:
    """Filled fields and ticked boxes; the last field of a name counts."""
    values: dict[str, str] = {}
    for node in _fields(lists):
        try:
            text = "" if is_password(node) else _value(node.get("/V"))
            values[_field_name(node)] = text
        except HOSTILE:
            lists.broken.append("field")
    for name, text in values.items():
        if text and text != "Off":
            yield Extra(ExtraKind.FORM_VALUE, page_numbers.get(name), name, text)


def _fields(lists: _Lists) -> Iterator[DictionaryObject]:
    """The form's fields that have a name, in order, each above those that are part of it.

    pypdf's `get_fields` gives none at all if one of them is broken (7.1.1).
    """
    try:
        root = cast("DictionaryObject", lists.reader.trailer["/Root"].get_object())
        form = root["/AcroForm"].get_object() if "/AcroForm" in root else None
        stack = _listed(form, "/Fields") if isinstance(form, DictionaryObject) else []
    except HOSTILE:
        lists.broken.append("form")
        return
    seen: set[int] = set()
    n_left = _MAX_FIELDS
    while stack and n_left:
        n_left -= 1
        try:
            node = stack.pop().get_object()
            if not isinstance(node, DictionaryObject):
                raise TypeError("a field is no dictionary")
            if id(node) in seen:
                continue
            seen.add(id(node))
            stack += _listed(node, "/Kids")
        except HOSTILE:
            lists.broken.append("field")
            continue
        if "/T" in node:
            yield node


def _listed(node: DictionaryObject, key: str) -> list[PdfObject]:
    """The entries of a list, the last one first."""
    listed = node[key].get_object() if key in node else None
    if listed is None:
        return []
    if not isinstance(listed, ArrayObject):
        raise TypeError("no list")
    return list(islice(cast("list[PdfObject]", listed), _MAX_FIELDS))[::-1]


def _shown_values(differing: Sequence[tuple[int, DifferingValue]]) -> Iterator[Extra]:
    """What widgets show instead of their field's value."""
    for page_number, value in differing:
        try:
            name = _field_name(value.widget)
        except HOSTILE:
            name = ""
        text = _clean(value.shown) or "(nothing)"
        yield Extra(ExtraKind.FORM_VALUE, page_number, f"{name} (as the page shows it)", text)


def _on_pages(lists: _Lists, n_pages: int) -> Iterator[Extra]:
    for index in range(n_pages):
        try:
            listed = listed_annotations(lists.reader, index)
        except HOSTILE:
            lists.broken.append("page")
            continue
        for item in islice(listed, MAX_EXTRAS):
            try:
                extra = _annotation(item.get_object(), index + 1)
            except HOSTILE:
                lists.broken.append("annotation")
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
    """The qualified name: `parent.child`."""
    names: list[str] = []
    node: PdfObject | None = widget
    seen: set[int] = set()  # parents may go in a circle
    while isinstance(node, DictionaryObject) and id(node) not in seen and len(seen) < _MAX_PARENTS:
        seen.add(id(node))
        if "/T" in node:
            names.append(_words(node["/T"].get_object()))
        node = node["/Parent"].get_object() if "/Parent" in node else None
    return _clean(".".join(reversed(names)))


def _attachments(lists: _Lists) -> Iterator[Extra]:
    """Names and descriptions; the files themselves are not read."""
    files = iter(lists.reader.attachment_list)
    while True:
        try:
            file = next(files)
        except StopIteration:
            return
        except HOSTILE:  # the list itself: no more of it can be read
            lists.broken.append("attachments")
            return
        try:
            entry = file.pdf_object
            name, description = _file_name(entry) or _clean(file.name), _value(entry.get("/Desc"))
        except HOSTILE:
            lists.broken.append("attachment")
            continue
        yield Extra(ExtraKind.ATTACHMENT, None, name, description)


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
    words = _words(value)
    return _clean(words.removeprefix("/") if isinstance(value, NameObject) else words)


def _words(value: PdfObject | None) -> str:
    """A string that is no text string comes as bytes: pypdf knows no letters for it."""
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _clean(text: str) -> str:
    """Cut at the cap, without control codes and lone surrogates."""
    short = text[:MAX_EXTRA_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(letter for letter in short if letter >= " " or letter in "\n\t")
    return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
