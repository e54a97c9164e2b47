"""Checks a page with pypdf before pdfium gets it.

pdfium crashes on decompression bombs, millions of operators and form cycles. The check is cheap on
real pages: streams are inflated once, and operators are counted in large ones only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from pypdf import PdfReader
from pypdf.errors import LimitReachedError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from tasks.core.reading.limits import Limits
from tasks.core.reading.pdf_open import HOSTILE, Refusal

_OPERATOR = re.compile(rb"(?<=[\s\])>])(?:T[Jjm*dDfLrswz]|B[TI]|E[TI]|['\"]|[a-zA-Z]{1,3}\*?)(?=[\s\[(</])")
_BRACKET = re.compile(rb"[\[\]]")
_STRING = re.compile(rb"\((?:\\.|[^\\()])*\)", re.DOTALL)
_COUNT_FROM_BYTES = 200_000  # a smaller stream cannot hold too many operators
_MAX_FORMS = 2_000
_MAX_NESTING = 200


def check_page(reader: PdfReader, page_index: int, limits: Limits) -> str | None:
    """None if pdfium may load the page, else the reason's code."""
    try:
        page = reader.pages[page_index]
        total = 0
        for data in _content_streams(page):
            total += _operators(data)
            if _is_nested_too_deep(data):
                return "broken_page"
            if total > limits.max_operators:
                return "page_too_complex"
    except LimitReachedError:
        return "decompression_limit"
    except Refusal as refusal:
        return refusal.code
    except HOSTILE:
        return "broken_page"
    return None


def _is_nested_too_deep(data: bytes) -> bool:
    """Whether arrays are nested so deep that a recursive parser would crash."""
    if data.count(b"[") <= _MAX_NESTING:
        return False
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", data)):
        depth = depth + 1 if bracket == b"[" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest > _MAX_NESTING


def _operators(data: bytes) -> int:
    if len(data) < _COUNT_FROM_BYTES:
        return len(data) // 40
    return sum(1 for _ in _OPERATOR.finditer(data))


def _content_streams(page: Any) -> Iterator[bytes]:
    """The page's content and that of every form that it draws, each once.

    Raises:
        Refusal: `cyclic_form` if a form draws itself, `page_too_complex` if there are too many.
    """
    contents = page.get("/Contents")
    contents = contents.get_object() if contents is not None else None
    parts: list[Any] = list(cast("list[Any]", contents)) if isinstance(contents, ArrayObject) else [contents]
    for part in parts:
        stream = part.get_object() if part is not None else None
        if isinstance(stream, StreamObject):
            yield stream.get_data()
    yield from _forms(page.get("/Resources"), (), set())


def _forms(resources: Any, path: tuple[int, ...], seen: set[int]) -> Iterator[bytes]:
    resources = resources.get_object() if resources is not None else None
    if not isinstance(resources, DictionaryObject) or "/XObject" not in resources:
        return
    objects = resources["/XObject"].get_object()
    if not isinstance(objects, DictionaryObject):
        return
    for name in objects:
        reference = objects.raw_get(name)
        key = reference.idnum if isinstance(reference, IndirectObject) else id(reference)
        if key in path:
            raise Refusal("cyclic_form")
        if key in seen:
            continue
        seen.add(key)
        form = reference.get_object()
        if not isinstance(form, StreamObject) or form.get("/Subtype") != "/Form":
            continue
        if len(seen) > _MAX_FORMS or len(path) > 50:
            raise Refusal("page_too_complex")
        yield form.get_data()
        yield from _forms(form.get("/Resources"), (*path, key), seen)
