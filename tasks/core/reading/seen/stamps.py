"""Reads the words of watermark and stamp annotations, which stand in no line of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from tasks.core.reading.pdf_open import HOSTILE
from tasks.core.reading.seen.annotations import Annotation
from tasks.core.reading.seen.watermarks import MAX_CHARS, WATERMARK_WORDS, Watermark

_MAX_APPEARANCE_BYTES = 100_000
_LETTER = re.compile(r"\w")
_STAMP_NAME = re.compile(r"/?(?:SB|SH|#)?(?P<name>[A-Z][A-Za-z]+)")


def annotated_watermarks(
    reader: PdfReader, page_index: int, annotations: Sequence[Annotation]
) -> Iterator[Watermark]:
    """Watermark and stamp annotations of the page, whose words are in no line."""
    for item in annotations:
        if item.kind not in ("Watermark", "Stamp"):
            continue
        text = _annotated_text(reader, page_index, item)
        if text:
            is_stamp = item.kind == "Stamp" and WATERMARK_WORDS.search(text) is None
            yield Watermark(text, is_stamp, item.rect, 0.0)


def _annotated_text(reader: PdfReader, page_index: int, item: Annotation) -> str:
    """What its appearance says, else its contents or its name (`/Draft`)."""
    try:
        looks = item.entry["/AP"].get_object() if "/AP" in item.entry else None
        normal = looks["/N"].get_object() if isinstance(looks, DictionaryObject) else None
        text = _form_text(reader.pages[page_index], normal) if isinstance(normal, StreamObject) else ""
        text = text if _LETTER.search(text) else str(item.entry.get("/Contents", "") or "")
        if not text.strip() and (named := _STAMP_NAME.fullmatch(str(item.entry.get("/Name", "")))):
            text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", named["name"])
    except HOSTILE:
        return ""
    return " ".join(text.split())[:MAX_CHARS]


def _form_text(page: PageObject, form: StreamObject) -> str:
    if len(form.get_data()) > _MAX_APPEARANCE_BYTES:
        return ""
    return str(page.extract_xform_text(form)).strip()  # pyright: ignore[reportArgumentType]
