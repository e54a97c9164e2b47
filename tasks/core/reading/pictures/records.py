"""What a look at a file gives: pictures of its pages, and boxes on them. Shapes only.

A box is in shares of the page as it is shown (turned by `/Rotate`, cut to its crop box), origin at
the upper left, so it fits the picture at any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tasks.core.records import Span


@dataclass(frozen=True, slots=True)
class PageBox:
    """A rectangle on a page: one for each piece of a line."""

    page_number: int
    left: float
    top: float
    right: float
    bottom: float
    """Shares of the page's width and height, 0..1."""


class PlaceKind(StrEnum):
    """How sure the boxes of a range are."""

    GLYPHS = "glyphs"
    """Around exactly the letters of the range, by the reader's own boxes of letters."""
    LINES = "lines"
    """Around the lines as they were stored: the letters' own boxes are not to be had."""
    NONE = "none"
    """The range has no place on a picture."""


@dataclass(frozen=True, slots=True)
class BoxedPlace:
    """Where a range of the document text stands."""

    kind: PlaceKind
    boxes: tuple[PageBox, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as it looks."""

    page_number: int
    media_type: str
    """`image/webp` or `image/png`."""
    width_px: int
    height_px: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """Which pages are drawn and which ranges are looked for."""

    pages: tuple[int, ...]
    """Numbers from 1."""
    spans: tuple[Span, ...]
    text: str
    """The stored document text: a reader of another version may read another one."""
    page_starts: tuple[tuple[int, int], ...] = ()
    """Start and end of each page in the stored text, in order. Without them no range is found."""
    dpi: int = 110
    max_picture_bytes: int = 30_000_000
    """Of all pictures together; pages for which nothing is left are not drawn."""


@dataclass(frozen=True, slots=True)
class PagesSeen:
    """What a look at a file gave."""

    pictures: tuple[PagePicture, ...] = ()
    places: Mapping[Span, BoxedPlace] = field(default_factory=dict[Span, BoxedPlace])
    """Of every range that was asked for and found."""
    not_drawn: Mapping[int, str] = field(default_factory=dict[int, str])
    """Page number: a code, such as `broken_page`, `too_large`, `budget`, `timeout`."""
    reason: str | None = None
    """Why there are no pictures at all: `timeout`, `reader_died`, `password_required`, ...; None: there are."""
    sizes: Mapping[int, tuple[float, float]] = field(default_factory=dict[int, tuple[float, float]])
    """Width and height of the pages that were looked at, as they are shown: points."""
    turns: Mapping[int, int] = field(default_factory=dict[int, int])
    """Quarter turns, clockwise, from the page with upright text, on which stored lines have their
    boxes, to the page as it is shown. Pages that are not here: none, or not known."""
