"""Which optional content (layers) of a file viewers show on the screen.

Text is judged by pdfium's rendering; this is for what pypdf reads, as annotations.

Source: ISO 32000-2, 8.11 (optional content).
"""

from __future__ import annotations

from itertools import islice
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from tasks.core.reading.pdf_open import HOSTILE

_MAX_GROUPS = 10_000
_MAX_DEPTH = 20  # of a visibility expression
_MAX_TERMS = 500  # of a visibility expression


class OptionalContent:
    """The layers of a file, in its default configuration."""

    def __init__(self, reader: PdfReader) -> None:
        self.has_layers = False
        """The file has optional content groups, on or off."""
        self._off: set[int] = set()
        """Object numbers of groups that are off."""
        try:
            properties = as_dictionary(reader.root_object.get("/OCProperties"))
            if properties is not None:
                self._read(properties)
        except HOSTILE:
            self.has_layers = True  # broken: pdfium's rendering may know more

    def _read(self, properties: DictionaryObject) -> None:
        groups = _references(properties.get("/OCGs"))
        self.has_layers = bool(groups)
        default = as_dictionary(properties.get("/D")) or DictionaryObject()
        if default.get("/BaseState") == "/OFF":
            self._off = {group.idnum for group in groups}
        self._off -= {group.idnum for group in _references(default.get("/ON"))}
        self._off |= {group.idnum for group in _references(default.get("/OFF"))}
        for usage in islice(_array(default.get("/AS")), _MAX_GROUPS):
            self._use(as_dictionary(usage) or DictionaryObject())

    def _use(self, usage: DictionaryObject) -> None:
        """Follow a usage application for the screen: each group's own view state decides."""
        if usage.get("/Event") != "/View" or "/View" not in map(str, _array(usage.get("/Category"))):
            return
        for group in _references(usage.get("/OCGs")):
            entry = as_dictionary(group) or DictionaryObject()
            view = as_dictionary((as_dictionary(entry.get("/Usage")) or DictionaryObject()).get("/View"))
            state = view.get("/ViewState") if view is not None else None
            if state == "/OFF":
                self._off.add(group.idnum)
            elif state == "/ON":
                self._off.discard(group.idnum)

    def is_shown(self, owner: DictionaryObject) -> bool:
        """Whether an object with an `/OC` entry is shown; True if it has none."""
        if "/OC" not in owner:
            return True
        try:
            return self._is_on(owner.raw_get("/OC"))
        except HOSTILE:
            return True

    def _is_on(self, content: PdfObject) -> bool:
        """Of a group, or of a membership dictionary."""
        entry = as_dictionary(content)
        if entry is None or entry.get("/Type") != "/OCMD":
            return not (isinstance(content, IndirectObject) and content.idnum in self._off)
        expression = _array(entry.get("/VE"))
        if expression:
            return self._holds(expression, _MAX_DEPTH)
        states = [group.idnum not in self._off for group in _references_of(entry)]
        if not states:
            return True
        policy = entry.get("/P", "/AnyOn")
        if policy in ("/AllOn", "/AnyOff"):
            return all(states) == (policy == "/AllOn")
        return any(states) == (policy != "/AllOff")

    def _holds(self, expression: list[PdfObject], depth: int) -> bool:
        """A visibility expression: `[/And a b]`, `[/Or a b]`, `[/Not a]`."""
        operator, terms = str(expression[0]), expression[1 : _MAX_TERMS + 1]
        if depth == 0:
            return True
        values = [
            self._holds(inner, depth - 1) if (inner := _array(term)) else self._is_on(term) for term in terms
        ]
        if operator == "/Not":
            return not (values and values[0])
        return all(values) if operator == "/And" else any(values)


def _references_of(membership: DictionaryObject) -> list[IndirectObject]:
    """The groups of a membership dictionary: one, or a list."""
    raw = membership.raw_get("/OCGs") if "/OCGs" in membership else None
    if isinstance(raw, IndirectObject) and as_dictionary(raw) is not None:
        return [raw]
    return _references(raw)


def as_dictionary(raw: PdfObject | None) -> DictionaryObject | None:
    value = raw.get_object() if raw is not None else None
    return value if isinstance(value, DictionaryObject) else None


def _array(raw: PdfObject | None) -> list[PdfObject]:
    value = raw.get_object() if raw is not None else None
    return list(islice(cast("list[PdfObject]", value), _MAX_GROUPS)) if isinstance(value, ArrayObject) else []


def _references(raw: PdfObject | None) -> list[IndirectObject]:
    return [item for item in _array(raw) if isinstance(item, IndirectObject)]
