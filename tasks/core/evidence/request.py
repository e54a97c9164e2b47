"""What has to be looked up in a file before its evidence page can be made."""

from __future__ import annotations

from tasks.core.evidence.places import PageIndex, spans_of
from tasks.core.evidence.stored import StoredEvidence
from tasks.core.reading.pictures.records import PictureRequest
from tasks.core.reading.version import FileKind
from tasks.core.records import Span

MAX_PAGES_DRAWN = 200
"""Longer documents show pictures only of pages with values: 200 pictures of 40 kB are 8 MB."""
MAX_PAGES_OF_TEXT = 2000
"""Longer documents have text lines only for these pages, too."""
_DRAWN = (FileKind.PDF, FileKind.IMAGE)


def is_drawn(stored: StoredEvidence) -> bool:
    """Whether the document has pages that can be drawn; others are shown as text."""
    return stored.kind in _DRAWN and bool(stored.run.run_input.reading.pages)


def shows_all_pages(stored: StoredEvidence) -> bool:
    return len(stored.run.run_input.reading.pages) <= MAX_PAGES_DRAWN


def pages_with_values(stored: StoredEvidence) -> tuple[int, ...]:
    """The numbers of the pages with values, their notes and the markers that cite them."""
    pages = PageIndex(stored.run.run_input.reading)
    return tuple(sorted({n for span in _spans(stored) for n in pages.of_span(span)}))


def picture_request(stored: StoredEvidence) -> PictureRequest:
    """The pages to draw, and the ranges to find on them."""
    reading = stored.run.run_input.reading
    every_page = tuple(page.page_number for page in reading.pages)
    return PictureRequest(
        every_page if shows_all_pages(stored) else pages_with_values(stored),
        _spans(stored),
        reading.text,
        tuple((page.start, page.end) for page in reading.pages),
    )


def _spans(stored: StoredEvidence) -> tuple[Span, ...]:
    """Each once, in the order of the text."""
    run = stored.run
    return tuple(sorted({span for e in run.extractions for span in spans_of(e, run.run_input.reading)}))
