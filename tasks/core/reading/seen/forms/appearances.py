"""The words that a page's annotations show: pdfium draws their appearances, and its text is read.

pdfium flattens them into the page of a second handle of the document, so it decides what viewers
show: the state of a button, the matrix, the fonts. What the page itself draws is taken out first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tasks.core.reading.drawing import Box
from tasks.core.reading.glyphs import paired
from tasks.core.reading.pdfium import flatten_annotations, open_pdf, open_text
from tasks.core.reading.text_runs import raw_pieces

_MAX_LETTERS = 100_000  # of a page's annotations


@dataclass(frozen=True, slots=True)
class ShownText:
    """One text object of an appearance, in user space."""

    text: str
    box: Box
    origin: tuple[float, float]
    size: float
    """Points."""
    n_breaks: int
    """How many line breaks pdfium sees before it on the page."""
    follows_space: bool


class Appearances:
    """The document once more, opened when the first page asks: flattening changes it."""

    def __init__(self, data: bytes, password: str) -> None:
        self._data = data
        self._password = password
        self._opened: AbstractContextManager[Any] | None = None
        self._document: Any | None = None

    def __enter__(self) -> Appearances:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.__exit__(kind, error, trace)

    def of_page(self, page_index: int, kept: Collection[int]) -> list[ShownText]:
        """The text of the annotations at these places of the page's list, in drawing order."""
        if self._opened is None:
            self._opened = open_pdf(self._data, self._password)
            self._document = self._opened.__enter__()
        if self._document is None:
            return []
        with flatten_annotations(self._document, page_index, kept) as page, suppress(ValueError):
            return [] if page is None else list(_shown(page))
        return []


def _shown(page: Any) -> Iterator[ShownText]:
    with open_text(page) as text_page:
        letters = text_page.letters()[:_MAX_LETTERS]
        n_breaks, follows_space = 0, False
        for start, end, style in raw_pieces(text_page, letters):
            if style is None or not letters[start:end].strip():
                n_breaks += start == end
                follows_space = True
                continue
            text = paired(letters[start:end])
            box = text_page.box_of(start, end - start)
            yield ShownText(text, box, style.origin, style.size, n_breaks, follows_space)
            follows_space = False
