"""Tells the text layer of a scan from text that stands on a background image.

A layer's letters are invisible, or the page's image is painted over them. Visible letters that are
painted after the image, as on letterhead, are ordinary text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from tasks.core.reading.drawing import Paint
from tasks.core.reading.pdfium import IMAGE
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.text_objects import TextPlace, middle
from tasks.core.reading.text_runs import Piece

_WHOLE_PAGE = 0.8  # of the page, as in `reader`
_PART = 0.25  # of the page: less is a logo or a patch, unless the scan comes in strips
_MAX_STRIPS = 200
_NO_PLACE = TextPlace()


class TextLayer:
    """Which letters of a page belong to a scan's text layer."""

    def __init__(self, drawn: DrawnPage) -> None:
        self._drawn = drawn
        upright = drawn.text.upright
        self._area = max(1.0, upright.width * upright.height)
        self._places = drawn.drawing.texts.places
        self.share = drawn.drawing.image_area / self._area
        """The area of images, as a share of the page's."""
        self.has_page_image = self.share > _WHOLE_PAGE

    def holds(self, piece: Piece) -> bool:
        """Whether the piece's letters are invisible, or under the page's image."""
        return piece.style is not None and (piece.style.is_invisible or self.is_under_image(piece))

    def is_under_image(self, piece: Piece) -> bool:
        place = self._places.get(piece.style.text_object, _NO_PLACE) if piece.style else _NO_PLACE
        if not place.n_above:
            return False
        x, y = middle(piece.box)
        return any(
            x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1, order in self._images if order < place.n_above
        )

    def n_letters(self, pieces: Iterable[Piece | None]) -> int:
        """How many letters of the pieces belong to the layer. 0 on a page with small images only."""
        if self.share <= _PART:
            return 0
        return sum(len(piece.text) for piece in pieces if piece is not None and self.holds(piece))

    @cached_property
    def _images(self) -> Sequence[tuple[float, float, float, float, int]]:
        """The images that make up the scan: boxes on the turned page, and their order."""
        images = [paint for paint in self._drawn.drawing.paints if paint.kind == IMAGE]
        large = [paint for paint in images if _extent(paint) > _PART * self._area]
        turn = self._drawn.text.upright.turn
        return [(*turn(paint.box), paint.order) for paint in (large or images)[:_MAX_STRIPS]]


def _extent(paint: Paint) -> float:
    x0, y0, x1, y1 = paint.box
    return (x1 - x0) * (y1 - y0)
