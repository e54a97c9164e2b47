"""The XML of a Word document: parsed without entities, and the names of its elements.

Strict files (ISO 29500 Strict) have other name spaces for the same elements; they get the usual ones.
lxml and not python-docx: 1.2.0 refuses a whole file for a broken comment, a relationship to a part
that is missing, the Strict name spaces or macros.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol, cast

_etree: Any = import_module("lxml.etree")  # it has no types

_OOXML = "http://schemas.openxmlformats.org"
_MICROSOFT = "http://schemas.microsoft.com/office"
_SPACES = {
    "w": f"{_OOXML}/wordprocessingml/2006/main",
    "r": f"{_OOXML}/officeDocument/2006/relationships",
    "a": f"{_OOXML}/drawingml/2006/main",
    "m": f"{_OOXML}/officeDocument/2006/math",
    "mc": f"{_OOXML}/markup-compatibility/2006",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "w14": f"{_MICROSOFT}/word/2010/wordml",
    "wps": f"{_MICROSOFT}/word/2010/wordprocessingShape",
    "rel": f"{_OOXML}/package/2006/relationships",
    "ct": f"{_OOXML}/package/2006/content-types",
}
_STRICT = {
    f"http://purl.oclc.org/ooxml/{strict}".encode(): f"{_OOXML}/{usual}".encode()
    for strict, usual in (
        ("wordprocessingml/main", "wordprocessingml/2006/main"),
        ("officeDocument/relationships", "officeDocument/2006/relationships"),
        ("officeDocument/math", "officeDocument/2006/math"),
        ("drawingml/main", "drawingml/2006/main"),
    )
}
STRICT_SPACE = b"http://purl.oclc.org/ooxml/"


class BrokenXmlError(Exception):
    """A part is no well-formed XML, or declares entities, which Word never does."""


class Element(Protocol):
    """What is used of an lxml element."""

    @property
    def tag(self) -> str: ...
    @property
    def text(self) -> str | None: ...
    def get(self, key: str) -> str | None: ...
    def find(self, path: str) -> Element | None: ...
    def iter(self, *tags: str) -> Iterator[Element]: ...
    def __iter__(self) -> Iterator[Element]: ...
    def __len__(self) -> int: ...


def qn(name: str) -> str:
    """The name with its name space: `w:p` as lxml has it."""
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


_VAL, _FALSE = qn("w:val"), frozenset(("0", "false", "off", "none"))


def parsed(data: bytes) -> Element:
    """The root element of a part. Nothing outside the part is read.

    Raises:
        BrokenXmlError: No well-formed XML, or it has a document type.
    """
    if STRICT_SPACE in data:
        for strict, usual in _STRICT.items():
            data = data.replace(strict, usual)
    parser = _etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = _etree.fromstring(data, parser)
    except (_etree.XMLSyntaxError, ValueError) as error:
        raise BrokenXmlError("not well-formed") from error
    if root.getroottree().docinfo.doctype:
        raise BrokenXmlError("it has a document type")
    return cast(Element, root)


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The children of this name (`w:p`)."""
    if element is not None:
        tag = qn(name)
        yield from (child for child in element if child.tag == tag)


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of this name, or the first below a path of names."""
    for name in path:
        if element is None:
            return None
        element = element.find(qn(name))
    return element


def value(element: Element | None, *path: str) -> str | None:
    """`w:val` of the element, or of the one below a path of names."""
    found = child(element, *path)
    return None if found is None else found.get(_VAL)


def number(element: Element | None, *path: str) -> int | None:
    """`w:val` as a whole number; None: absent, or none."""
    return whole(value(element, *path))


def whole(text: str | None) -> int | None:
    try:
        return None if text is None or len(text) > 12 else int(text)
    except ValueError:
        return None


def switch(element: Element | None, name: str) -> bool | None:
    """An on-off property; None: it is not set here."""
    found = child(element, name)
    return None if found is None else found.get(_VAL) not in _FALSE
