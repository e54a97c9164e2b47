"""The pages of a TIFF or JPEG: each frame is a page, which an OCR engine reads as it does a scan in a PDF.

Without an engine the pages are counted and said to need one.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.core.reading.limits import Limits
from tasks.core.reading.ocr.engines import installed_engine
from tasks.core.reading.ocr.image_file import ImageFile, is_pillow_installed, open_image
from tasks.core.reading.ocr.pages import Recognised, recognise
from tasks.core.reading.ocr.rapid import NotRecognised
from tasks.core.reading.pdf_open import Refusal

_POINTS = 72 / 200  # of a pixel, where only the frame's head is read


@dataclass(frozen=True, slots=True)
class ImagePage:
    """A frame: what was read, or why it was not."""

    status: str
    """`ocr`, `needs_ocr` or `failed`."""
    reason: str | None
    seen: Recognised


def image_pages(data: bytes, limits: Limits) -> list[ImagePage]:
    """The pages of an image file.

    Raises:
        Refusal: It is no image, has too many pages, or Pillow is missing.
    """
    if not is_pillow_installed():
        raise Refusal("image_reader_missing")
    engine = installed_engine(limits.ocr_engine) if limits.ocr else None
    with open_image(data, limits) as image:
        pages: list[ImagePage] = []
        for index in range(image.n_pages):
            try:
                if engine is None:
                    pages.append(_unread(image, index, "no_text_layer"))
                elif index >= limits.max_ocr_pages:
                    pages.append(_unread(image, index, "ocr_page_limit"))
                else:
                    pages.append(_read(image, index, limits))
            except Refusal as refusal:
                pages.append(ImagePage("failed", refusal.code, Recognised.nothing()))
        return pages


def _unread(image: ImageFile, index: int, reason: str) -> ImagePage:
    width, height = image.size(index)
    return ImagePage("needs_ocr", reason, Recognised.nothing(width * _POINTS, height * _POINTS))


def _read(image: ImageFile, index: int, limits: Limits) -> ImagePage:
    picture = image.picture(index)
    try:
        return ImagePage("ocr", None, recognise(picture, index, limits))
    except NotRecognised as failure:
        return ImagePage("needs_ocr", failure.code, Recognised.nothing(picture.width, picture.height))
