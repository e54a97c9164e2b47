"""What a form's field is and holds, with pypdf: kind, value, state. No script of a form is run.

Source: ISO 32000-2, 12.7 (forms).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject, StreamObject

from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.annotations import page_annotations

MAX_VALUE_CHARS = 4000
_MAX_PARENTS = 32  # of a form field; more is a circle
_MAX_OPTIONS = 1000
_MAX_PAGES = 20  # that are looked at for a widget
_PASSWORD = 1 << 13  # /Ff of a text field
_RADIO = 1 << 15  # /Ff of a button
_PUSH_BUTTON = 1 << 16  # /Ff of a button
_COMBO = 1 << 17  # /Ff of a choice
_TAG = re.compile(r"<(/?)(\w+)[^<>]{0,2000}>")
_ENTITIES = {
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&apos;": "'",
    "&#13;": "\n",
    "&#160;": " ",
    "&amp;": "&",
}


class FieldKind(StrEnum):
    TEXT = "text"
    """A text field or a combo box: its appearance is its value."""
    LIST = "list"
    """A list box: its appearance has every choice."""
    TICK = "tick"
    """A check box or a radio button."""
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class FormField:
    """The field of one widget."""

    kind: FieldKind
    value: str
    """As a viewer would show it: of a choice the words, not the export value. Empty: not filled."""
    is_ticked: bool
    """What its widget shows."""
    is_set: bool
    """What the field's value says of this widget."""
    size: float
    """Of its letters, in points; 0: as the widget's height allows."""


def wants_appearances(reader: PdfReader) -> bool:
    """Whether viewers make the fields' appearances anew (`/NeedAppearances`)."""
    try:
        form = cast("DictionaryObject", reader.trailer["/Root"].get_object()).get("/AcroForm")
        form = form.get_object() if form is not None else None
        wanted = form.get("/NeedAppearances") if isinstance(form, DictionaryObject) else None
        return wanted is not None and bool(getattr(wanted.get_object(), "value", False))
    except HOSTILE:
        return False


def is_dynamic_form(reader: PdfReader, n_pages: int) -> bool:
    """Whether an XFA form has no pages of its own: it says so, or no page has a field's widget."""
    try:
        root = cast("DictionaryObject", reader.trailer["/Root"].get_object())
        needed = root.get("/NeedsRendering")
        if needed is not None and bool(getattr(needed.get_object(), "value", False)):
            return True
    except HOSTILE:
        return False
    pages = range(min(n_pages, _MAX_PAGES))
    return not any(a.kind == "Widget" for index in pages for a in page_annotations(reader, index))


def form_field(widget: DictionaryObject) -> FormField | None:
    """The widget's field; None: it has no value to read (a push button, a password, no field)."""
    kind, flags = str(inherited(widget, "/FT") or ""), _whole(inherited(widget, "/Ff"))
    value, size = inherited(widget, "/V"), _size(inherited(widget, "/DA"))
    if kind == "/Tx" and not flags & _PASSWORD:
        words = plain_value(value) or without_tags(plain_value(inherited(widget, "/RV")))
        return FormField(FieldKind.TEXT, words, False, False, size)
    if kind == "/Ch":
        words = "\n".join(_chosen(value, inherited(widget, "/Opt")))
        if flags & _COMBO:
            return FormField(FieldKind.TEXT, words, False, False, size)
        return FormField(FieldKind.LIST, words, False, False, size)
    if kind == "/Btn" and not flags & _PUSH_BUTTON:
        return _button(widget, plain_value(value), size, is_radio=bool(flags & _RADIO))
    if kind == "/Sig":
        return FormField(FieldKind.SIGNATURE, "", False, False, size)
    return None


def is_password(widget: DictionaryObject) -> bool:
    """Whether it is a password's field: its value is not for any eye."""
    return str(inherited(widget, "/FT")) == "/Tx" and bool(_whole(inherited(widget, "/Ff")) & _PASSWORD)


def inherited(widget: DictionaryObject, key: str) -> PdfObject | None:
    """The entry of the widget, or of the nearest field above it that has one."""
    node: PdfObject | None = widget
    seen: set[int] = set()
    while isinstance(node, DictionaryObject) and id(node) not in seen and len(seen) < _MAX_PARENTS:
        seen.add(id(node))
        if key in node:
            return node[key].get_object()
        node = node["/Parent"].get_object() if "/Parent" in node else None
    return None  # also of parents that go in a circle


def plain_value(value: PdfObject | None) -> str:
    """A text string, or the text in a stream; a name counts without its slash."""
    if isinstance(value, StreamObject):
        data = value.get_data()[: 4 * MAX_VALUE_CHARS]
        is_wide = data[:2] in (b"\xfe\xff", b"\xff\xfe")
        return data.decode("utf-16" if is_wide else "utf-8", "replace")[:MAX_VALUE_CHARS]
    if value is None or isinstance(value, ArrayObject | DictionaryObject):
        return ""
    words = str(value)[:MAX_VALUE_CHARS]
    words = words.removeprefix("/") if isinstance(value, NameObject) else words
    return words.replace("\r\n", "\n").replace("\r", "\n").strip()


def without_tags(rich: str) -> str:
    """The words of rich text (XHTML); a paragraph is a line."""
    words = _TAG.sub(lambda tag: "\n" if (tag[2] == "p" and tag[1]) or tag[2] == "br" else "", rich)
    words = re.sub(r"<\?[^<>]{0,200}\?>", "", words)
    for entity, letter in _ENTITIES.items():
        words = words.replace(entity, letter)
    return words.strip()


def _chosen(value: PdfObject | None, options: PdfObject | None) -> Iterator[str]:
    """The words of what is chosen: `/Opt` may pair each export value with the words shown."""
    shown: dict[str, str] = {}
    if isinstance(options, ArrayObject):
        for option in islice(cast("list[PdfObject]", options), _MAX_OPTIONS):
            pair = option.get_object()
            if isinstance(pair, ArrayObject) and len(pair) == 2:
                shown[plain_value(pair[0].get_object())] = plain_value(pair[1].get_object())
    chosen = (
        list(islice(cast("list[PdfObject]", value), _MAX_OPTIONS))
        if isinstance(value, ArrayObject)
        else [value]
    )
    for item in chosen:
        words = plain_value(item.get_object() if item is not None else None)
        if words:
            yield shown.get(words, words)


def _button(widget: DictionaryObject, value: str, size: float, *, is_radio: bool) -> FormField:
    """A check box or radio button: ticked if its state is not `/Off`, and it has a look for it."""
    state = widget.get("/AS")
    state = plain_value(state.get_object() if state is not None else None) or value
    looks = widget.get("/AP")
    looks = looks.get_object() if looks is not None else None
    normal = looks.get("/N") if isinstance(looks, DictionaryObject) else None
    normal = normal.get_object() if normal is not None else None
    known = {state, value}
    if isinstance(normal, DictionaryObject) and not isinstance(normal, StreamObject):
        known = {str(name).removeprefix("/") for name in normal}
    on = known - {"Off"}
    is_ticked = state not in ("", "Off") and state in known
    # LibreOffice writes /Yes as the state of a box whose look is called /on.
    is_set = value not in ("", "Off") and (value in on or (len(on) == 1 and not is_radio))
    return FormField(FieldKind.TICK, "", is_ticked, is_set, size)


def _whole(number: PdfObject | None) -> int:
    return int(cast("int", number)) if isinstance(number, int | float) else 0


def _size(appearance: PdfObject | None) -> float:
    match = re.search(r"(\d{1,4}(?:\.\d{1,6})?)\s+Tf", plain_value(appearance))
    return float(match[1]) if match else 0.0
