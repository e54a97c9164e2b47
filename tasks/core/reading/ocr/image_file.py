"""The pages of a TIFF or JPEG file as pictures, one at a time.

Pillow decodes; it is imported only here, and only for image files. What is odd in real files: faxes
have pixels that are twice as high as wide, phones put a second picture (depth) into a JPEG and name
the way to turn it, TIFFs carry thumbnails between their pages, 16-bit greys are no colour to Pillow.

Source: TIFF 6.0 (NewSubfileType), TIFF class F (204 x 98 dpi), EXIF 2.3 (Orientation).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np

from tasks.core.reading.limits import Limits
from tasks.core.reading.ocr.letter_rows import Grey
from tasks.core.reading.ocr.pictures import MAX_PIXELS, Picture
from tasks.core.reading.pdf_open import Refusal

_FORMATS = ("TIFF", "JPEG", "MPO", "PNG")  # a PNG by another name is a picture, too
_DPI = (60.0, 1300.0)  # what a scanner may have
_PAGE_INCHES = (3.0, 26.0)  # the longer side of a page: phones say 72 dpi of any photo
_A4_INCHES = 11.69
_FINEST_DPI = 300
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType: a thumbnail, a mask
_SUBFILE_TYPE = 254
_DARK = 100  # the ground of a page that is white on black
# What Pillow's decoders raise on damaged files.
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError, IndexError, OverflowError)


def is_pillow_installed() -> bool:
    return find_spec("PIL") is not None


class ImageFile:
    """An open image file and its pages."""

    def __init__(self, image: Any, frames: list[int], limits: Limits) -> None:
        self._image = image
        self._frames = frames
        self._limits = limits

    @property
    def n_pages(self) -> int:
        return len(self._frames)

    def size(self, page_index: int) -> tuple[int, int]:
        """Pixels, from the frame's head.

        Raises:
            Refusal: The frame's head is damaged, or says more pixels than the limit.
        """
        try:
            self._image.seek(self._frames[page_index])
            width, height = self._image.size
        except _DAMAGED:
            raise Refusal("broken_page") from None
        if width * height > self._limits.max_image_pixels:
            raise Refusal("image_too_large")
        return width, height

    def picture(self, page_index: int) -> Picture:
        """The page as a grey picture, turned as the file says.

        Raises:
            Refusal: It is damaged, or too large.
        """
        upright, dpi = self._upright(page_index)
        try:
            grey = _grey(upright)
        except _DAMAGED:
            raise Refusal("broken_page") from None
        return _picture(grey, dpi)

    def view(self, page_index: int) -> tuple[Any, tuple[float, float]]:
        """The page as it looks, grey or RGB, turned as the file says; its dots per inch across and down.

        Raises:
            Refusal: It is damaged, or too large.
        """
        upright, dpi = self._upright(page_index)
        try:
            view = _view(upright)
        except _DAMAGED:
            raise Refusal("broken_page") from None
        return view, _sensible(dpi, *view.size)

    def _upright(self, page_index: int) -> tuple[Any, tuple[float, float] | None]:
        self.size(page_index)
        from PIL import ImageOps

        try:
            dpi = self._image.info.get("dpi")
            upright = ImageOps.exif_transpose(self._image)
            is_turned = upright.size != self._image.size
        except _DAMAGED:
            raise Refusal("broken_page") from None
        return upright, (dpi[1], dpi[0]) if dpi and is_turned else dpi


@contextmanager
def open_image(data: bytes, limits: Limits) -> Generator[ImageFile]:
    """The image file.

    Raises:
        Refusal: It is no image, has no page or too many.
    """
    from PIL import Image

    # Pillow's own limit counts before it looks at one frame: ours is checked for each.
    Image.MAX_IMAGE_PIXELS = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damaged metadata, which may quote the file
        try:
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
        except _DAMAGED:
            raise Refusal(_code_of(data)) from None
        with image:
            yield ImageFile(image, _pages(image, limits), limits)


def _code_of(data: bytes) -> str:
    """The code for bytes that Pillow does not open: another kind of file, or a damaged image."""
    head = data[:1024].lstrip()
    if head.startswith(b"%PDF"):
        return "wrong_type:pdf"
    is_damaged = data.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"\xff\xd8", b"\x89PNG"))
    return "broken" if is_damaged else "not_an_image"


def _pages(image: Any, limits: Limits) -> list[int]:
    """The frames that are pages: of a TIFF all but thumbnails and masks, of others the first."""
    if image.format != "TIFF":
        return [0]
    frames: list[int] = []
    frame = 0
    while True:
        try:
            image.seek(frame)
        except EOFError:
            break
        except _DAMAGED:
            frames.append(frame)  # a page that cannot be read, and after it no way to the next
            break
        kind = image.tag_v2.get(_SUBFILE_TYPE, 0)
        if not (isinstance(kind, int) and kind & (_REDUCED | _MASK)):
            frames.append(frame)
        if len(frames) > limits.max_pages:
            raise Refusal("too_many_pages")
        frame += 1
    return frames or [0]


def _grey(image: Any) -> Grey:
    """Black on white, whatever the mode: 1 bit, palette, CMYK, 16 or 32 bits, with or without alpha."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image, dtype=np.float32)
        # The data say how bright white is: scanners store 12 bits in 16.
        top = max(1.0, float(values.max(initial=0)))
        grey: Grey = (np.clip(values, 0, None) * (255.0 / top)).astype(np.uint8)
    else:
        grey = np.asarray(_on_white(image).convert("L"), dtype=np.uint8)
    return np.invert(grey) if grey.size and float(np.median(grey)) < _DARK else grey


def _on_white(image: Any) -> Any:
    if image.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in image.info:
        return image
    from PIL import Image

    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)


def _view(image: Any) -> Any:
    """Grey or RGB, on white, whatever the mode."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        from PIL import Image

        return Image.fromarray(_grey(image))
    return _on_white(image).convert("L" if image.mode in ("1", "L") else "RGB")


def _picture(grey: Grey, dpi: tuple[float, float] | None) -> Picture:
    """Square pixels, at most 300 dpi."""
    from PIL import Image

    height, width = grey.shape
    across, down = _sensible(dpi, width, height)
    finest = min(max(across, down), _FINEST_DPI, max(across, down) * (MAX_PIXELS / (width * height)) ** 0.5)
    columns, rows = max(1, round(width * finest / across)), max(1, round(height * finest / down))
    if (columns, rows) != (width, height):
        grey = np.asarray(Image.fromarray(grey).resize((columns, rows), Image.Resampling.LANCZOS))
    return Picture(np.ascontiguousarray(grey), finest / 72)


def _sensible(dpi: tuple[float, float] | None, width: int, height: int) -> tuple[float, float]:
    """The file's dots per inch across and down, or those that make it an A4 page."""
    if dpi:
        across, down = float(dpi[0]), float(dpi[1])
        if _DPI[0] <= across <= _DPI[1] and _DPI[0] <= down <= _DPI[1]:
            longest = max(width / across, height / down)
            if _PAGE_INCHES[0] <= longest <= _PAGE_INCHES[1]:
                return across, down
    guess = max(width, height) / _A4_INCHES
    return guess, guess
