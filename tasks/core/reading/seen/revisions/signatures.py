"""Finds a file's signatures and the earlier revision that each of them covers, with pypdf.

No signature is verified: only what it covers and what it permits is read. Whatever does not fit
(ranges that are negative, overlap or end elsewhere than a revision does) is passed over.

Source: ISO 32000-2, 7.5.6 (incremental updates), 12.8.1 (ByteRange), 12.8.2 (DocMDP, FieldMDP).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from tasks.core.reading.pdf_open import HOSTILE

_MAX_FIELDS = 20_000
_MAX_DEPTH = 32  # of the tree of fields
_END_BYTES = 64  # after `%%EOF`, a signed revision may have white space


@dataclass(frozen=True, slots=True)
class SignedField:
    """A field at the end of the tree of fields, with its qualified name."""

    name: str
    entry: DictionaryObject
    kind: str
    """`/Tx`, `/Btn`, `/Ch`, `/Sig`, or empty; it may stand in a parent."""
    value: PdfObject | None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature whose byte range ends where a revision of the file does."""

    name: str
    """Of its field."""
    end: int
    """Bytes of the file that it covers, from the first."""
    permits_filling: bool
    locked: frozenset[str] | None
    """Fields whose values it locks; None: all of them."""
    unlocked: frozenset[str] = frozenset()
    """Fields that are left open where all others are locked."""

    def permits(self, field_name: str) -> bool:
        """Whether a blank field may be filled in after it."""
        if not self.permits_filling:
            return False
        return field_name in self.unlocked if self.locked is None else field_name not in self.locked


def form_fields(reader: PdfReader) -> Iterator[SignedField]:
    """The fields of the file's form that have no fields below them."""
    try:
        root = cast("DictionaryObject", reader.trailer["/Root"].get_object())
        form = root["/AcroForm"].get_object() if "/AcroForm" in root else None
        listed = form["/Fields"].get_object() if isinstance(form, DictionaryObject) else None
    except HOSTILE:
        return
    if not isinstance(listed, ArrayObject):
        return
    stack: list[tuple[PdfObject, SignedField | None, int]] = [(item, None, 0) for item in _items(listed)]
    budget = _MAX_FIELDS
    while stack and budget:
        budget -= 1
        item, parent, depth = stack.pop()
        try:
            entry = item.get_object()
            if not isinstance(entry, DictionaryObject):
                continue
            field = _field(entry, parent)
            kids = entry["/Kids"].get_object() if "/Kids" in entry else None
        except HOSTILE:
            continue
        if (
            isinstance(kids, ArrayObject)
            and depth < _MAX_DEPTH
            and any(_is_field(kid) for kid in _items(kids))
        ):
            stack += [(kid, field, depth + 1) for kid in _items(kids)]
        else:
            yield field


def _items(array: ArrayObject) -> list[PdfObject]:
    return list(islice(cast("list[PdfObject]", array), _MAX_FIELDS))


def _is_field(item: PdfObject) -> bool:
    """Whether a kid is a field of its own, not only one of its parent's boxes."""
    try:
        entry = item.get_object()
    except HOSTILE:
        return False
    return isinstance(entry, DictionaryObject) and "/T" in entry


def _field(entry: DictionaryObject, parent: SignedField | None) -> SignedField:
    own = str(entry["/T"]) if "/T" in entry else ""
    names = [name for name in (parent.name if parent else "", own) if name]
    kind = str(entry["/FT"]) if "/FT" in entry else parent.kind if parent else ""
    value = entry["/V"].get_object() if "/V" in entry else parent.value if parent else None
    return SignedField(".".join(names), entry, kind, value)


def signatures(data: bytes, reader: PdfReader) -> list[Signature]:
    """The file's signatures whose revision can be cut out, the earliest first."""
    if b"/ByteRange" not in data:  # nearly every file
        return []
    found: list[Signature] = []
    for field in form_fields(reader):
        if isinstance(field.value, DictionaryObject):
            try:
                signature = _signature(data, field, field.value)
            except HOSTILE:
                continue
            if signature is not None:
                found.append(signature)
    return sorted(found, key=lambda signature: signature.end)


def _signature(data: bytes, field: SignedField, value: DictionaryObject) -> Signature | None:
    listed = value["/ByteRange"].get_object() if "/ByteRange" in value else None
    if not isinstance(listed, ArrayObject) or len(listed) != 4:
        return None
    first, length, second, rest = (int(cast("int", n.get_object())) for n in _items(listed))
    end = second + rest
    if first != 0 or length <= 0 or second < length or rest <= 0 or end > len(data):
        return None
    if not data[max(0, end - _END_BYTES) : end].rstrip(b"\r\n\t \0").endswith(b"%%EOF"):
        return None
    permits, locked, unlocked = _rules(field, value)
    return Signature(field.name or "signature", end, permits, locked, unlocked)


def _rules(field: SignedField, value: DictionaryObject) -> tuple[bool, frozenset[str] | None, frozenset[str]]:
    """Whether blanks may be filled in, and the fields that are locked or left open."""
    permits, locked, unlocked = True, frozenset[str](), frozenset[str]()
    listed = value["/Reference"].get_object() if "/Reference" in value else None
    rules = [item.get_object() for item in _items(listed)] if isinstance(listed, ArrayObject) else []
    rules += [field.entry["/Lock"].get_object()] if "/Lock" in field.entry else []
    for rule in rules:
        if not isinstance(rule, DictionaryObject):
            continue
        params = rule["/TransformParams"].get_object() if "/TransformParams" in rule else rule
        if not isinstance(params, DictionaryObject):
            continue
        if int(params.get("/P", 2)) == 1:  # 1: no changes; 2: filling in; 3: annotations, too
            permits = False
        names = params["/Fields"].get_object() if "/Fields" in params else ArrayObject()
        named = frozenset(map(str, _items(names))) if isinstance(names, ArrayObject) else frozenset[str]()
        action = str(params.get("/Action", ""))
        if action == "/Include" and locked is not None:
            locked |= named
        elif action in ("/All", "/Exclude"):
            locked, unlocked = None, named if action == "/Exclude" else frozenset[str]()
    return permits, locked, unlocked
