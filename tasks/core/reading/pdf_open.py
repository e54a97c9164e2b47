"""Opens a file with pypdf, within limits: checks that it is a PDF that opens, and counts its pages.

Raises `Refusal`, which becomes a reading with a reason.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any, cast

from pypdf import PdfReader, apply_configuration
from pypdf.errors import (
    DependencyError,
    DeprecationError,
    FileNotDecryptedError,
    LimitReachedError,
    PyPdfError,
)
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, RectangleObject, StreamObject

from tasks.core.reading.limits import Limits

# What pypdf raises on hostile files. MemoryError is not among them: it is handled as our own limit.
HOSTILE = (
    PyPdfError, DependencyError, DeprecationError, ArithmeticError, AssertionError, AttributeError, EOFError,
    LookupError, NotImplementedError, OSError, RecursionError, StopIteration, TypeError, ValueError,
    struct.error, zlib.error,
)  # fmt: skip

LETTER = (0.0, 0.0, 612.0, 792.0)


class Refusal(Exception):
    """The document cannot be read; `code` goes into the quarantine row."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class OpenedFile:
    reader: PdfReader
    n_pages: int
    flags: list[str]


def sniff(data: bytes) -> None:
    """Raise `Refusal` if the first bytes are not those of a PDF."""
    if not data:
        raise Refusal("empty_file")
    head = data[:1024]
    if b"%PDF-" in head:
        return
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<html" in start:
        raise Refusal("wrong_type:html")
    if head.startswith(b"PK\x03\x04"):
        raise Refusal("wrong_type:zip")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal("wrong_type:ole")
    raise Refusal("not_a_pdf")


def configure(limits: Limits) -> None:
    """Set pypdf's limits for this process."""
    inflated = limits.max_inflated_bytes
    apply_configuration(
        maximum_declared_stream_length=max(inflated, limits.max_bytes),
        array_based_stream_maximum_output_length=inflated,
        lzw_maximum_output_length=inflated,
        run_length_maximum_output_length=inflated,
        zlib_maximum_output_length=inflated,
        stream_parsing_work_maximum_count=5 * limits.max_operators,
        page_tree_maximum_entries=max(100_000, 2 * limits.max_pages),
        jbig2dec_binary=None,
    )


def open_document(data: bytes, limits: Limits, password: str = "") -> OpenedFile:
    """Open the document.

    Raises:
        Refusal: with the code of the reason.
    """
    sniff(data)
    reader = _reader(data)
    encrypted = _decrypt(reader, password)
    n_pages = _count_pages(reader, data, limits)
    flags = ["encrypted"] if encrypted else []
    flags += _catalog_flags(reader)
    return OpenedFile(reader, n_pages, flags)


def _reader(data: bytes) -> PdfReader:
    try:
        return forget_tables(PdfReader(io.BytesIO(data)))
    except HOSTILE as error:
        if not isinstance(error, LimitReachedError):
            raise Refusal(_broken_code(data, error)) from None
    try:
        # Perhaps the cross-reference table lies: without it, pypdf rebuilds it from the objects.
        return forget_tables(PdfReader(io.BytesIO(re.sub(rb"startxref\s+\d+", b"startxref 0", data))))
    except HOSTILE as error:
        raise Refusal(_broken_code(data, error)) from None


def forget_tables(reader: PdfReader) -> PdfReader:
    """Take the cross-reference streams out of pypdf's cache: no object refers to one by its number.

    A later update may use that number for another object, which pypdf then never reads (7.1.1):
    its own incremental writer makes such files when a file is updated twice.
    """
    cached = reader.resolved_objects
    tables = [
        key for key, item in cached.items() if isinstance(item, StreamObject) and item.get("/Type") == "/XRef"
    ]
    for key in tables:
        del cached[key]
    return reader


def page_bounds(reader: PdfReader, page_index: int) -> tuple[float, float, float, float]:
    """What of the page is shown, in user space, before any rotation: its crop box on its sheet."""
    try:
        page = reader.pages[page_index]
        crop, sheet = _corners(page.cropbox), _corners(page.mediabox)
    except HOSTILE:
        return LETTER
    left, bottom = max(crop[0], sheet[0]), max(crop[1], sheet[1])
    right, top = min(crop[2], sheet[2]), min(crop[3], sheet[3])
    return (left, bottom, right, top) if left < right and bottom < top else sheet


def page_turns(reader: PdfReader, page_index: int) -> int:
    """The page's `/Rotate` in quarter turns, clockwise."""
    try:
        return int(float(reader.pages[page_index].rotation) / 90) % 4
    except HOSTILE:
        return 0


def _corners(box: RectangleObject) -> tuple[float, float, float, float]:
    xs, ys = sorted((float(box.left), float(box.right))), sorted((float(box.bottom), float(box.top)))
    return xs[0], ys[0], xs[1], ys[1]


def _broken_code(data: bytes, error: BaseException) -> str:
    if isinstance(error, LimitReachedError):
        return "decompression_limit"
    return "broken" if b"%%EOF" in data[-2048:] else "truncated"


def _decrypt(reader: PdfReader, password: str) -> bool:
    if not reader.is_encrypted:
        return False
    try:
        if not reader.decrypt(password) and not (password and reader.decrypt("")):
            raise Refusal("password_required")
    except FileNotDecryptedError:
        raise Refusal("password_required") from None
    except Refusal:
        raise
    except HOSTILE:
        raise Refusal("encryption_unsupported") from None
    return True


def _count_pages(reader: PdfReader, data: bytes, limits: Limits) -> int:
    n_pages = _walk_tree(reader, limits)  # `/Count` may lie, and the tree may be a circle
    if n_pages == 0:
        raise Refusal("no_pages" if b"%%EOF" in data[-2048:] else "truncated")
    try:
        n_listed = len(reader.pages)
    except LimitReachedError:
        raise Refusal("too_many_pages") from None
    except HOSTILE:
        raise Refusal("page_tree_broken") from None
    if n_listed == 0:  # kids that are no pages
        raise Refusal("page_tree_broken")
    return n_listed


def _walk_tree(reader: PdfReader, limits: Limits) -> int:
    try:
        root = cast("DictionaryObject", reader.trailer["/Root"].get_object())
        stack: list[Any] = [root.raw_get("/Pages")]
    except HOSTILE:
        return 0
    seen: set[tuple[int, int]] = set()
    count = 0
    while stack:
        node = stack.pop()
        if isinstance(node, IndirectObject):
            key = (node.idnum, node.generation)
            if key in seen:
                raise Refusal("page_tree_cycle")
            seen.add(key)
        try:
            page = node.get_object()
            kids = page.get("/Kids") if isinstance(page, DictionaryObject) else None
            kids = kids.get_object() if kids is not None else None
        except HOSTILE:
            continue
        if isinstance(kids, ArrayObject):
            stack.extend(cast("list[Any]", kids).__iter__())
        elif isinstance(page, DictionaryObject):
            count += 1
        if count > limits.max_pages:
            raise Refusal("too_many_pages")
    return count


def _catalog_flags(reader: PdfReader) -> list[str]:
    """Flags for scripts, attachments and forms in the file's catalog."""
    flags: list[str] = []
    try:
        root = cast("DictionaryObject", reader.trailer["/Root"].get_object())
        names = cast("dict[str, Any]", root["/Names"].get_object() if "/Names" in root else {})
        action = root.get("/OpenAction")
        action = action.get_object() if action is not None else None
        runs_script = isinstance(action, DictionaryObject) and action.get("/S") == "/JavaScript"
        if "/JavaScript" in names or runs_script:
            flags.append("has_javascript")
        if "/EmbeddedFiles" in names:
            flags.append("has_attachments")
        if "/AcroForm" in root:
            flags.append("has_form")
            form = root["/AcroForm"].get_object()
            if isinstance(form, DictionaryObject) and "/XFA" in form:
                flags.append("xfa_form")
    except HOSTILE:
        flags.append("catalog_broken")
    return flags
