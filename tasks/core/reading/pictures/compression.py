"""Pictures as bytes, within what all pictures of a document may take together.

Text compresses well without loss, photos and scans do not: these are stored with loss. PNG is taken
for what keeps every pixel: WebP is half as large, but takes ten times as long to write (libwebp 1.6,
method 1), and a page of text has 70 kB as PNG.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

_PHOTO = 0.35  # of the pixels differ from their neighbour: a page of dense text has 0.2
_SAMPLE_STEP = 8  # rows
_LARGE_BYTES = 300_000  # of a lossless picture: with loss it is smaller
_QUALITIES = (70, 35)  # of WebP; letters of 6 points are read at 35
_METHOD = 2  # of 0 (fast) to 6 (small)


@dataclass(slots=True)
class PictureBudget:
    """What is left for the pictures to come."""

    n_bytes: int
    n_pages: int

    def encoded(self, image: Image.Image) -> tuple[str, bytes] | None:
        """The picture's media type and bytes; None: nothing is left for it.

        A picture may take twice its share of what is left; then it is stored with loss.
        """
        share = min(self.n_bytes, 2 * self.n_bytes // max(1, self.n_pages))
        self.n_pages -= 1
        found = _encoded(image, share) or _last_resort(image, self.n_bytes)
        self.n_bytes -= len(found[1]) if found is not None else 0
        return found


def _encoded(image: Image.Image, max_bytes: int) -> tuple[str, bytes] | None:
    """Without loss where that is small enough, else with loss; None: it is above `max_bytes`."""
    if not _is_photo(image):
        data = _png(image)
        if len(data) <= min(max_bytes, _LARGE_BYTES):
            return "image/png", data
    data = _webp(image, _QUALITIES[0])
    return ("image/webp", data) if len(data) <= max_bytes else None


def _last_resort(image: Image.Image, max_bytes: int) -> tuple[str, bytes] | None:
    data = _webp(image, _QUALITIES[-1]) if max_bytes > 0 else b""
    return ("image/webp", data) if 0 < len(data) <= max_bytes else None


def _is_photo(image: Image.Image) -> bool:
    """Whether too many pixels differ from their neighbours, as in photos and in scans."""
    rows = np.asarray(image)[::_SAMPLE_STEP]
    differs = rows[:, 1:] != rows[:, :-1]
    return bool(differs.size) and float(differs.mean()) > _PHOTO


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=_METHOD)
    return out.getvalue()
