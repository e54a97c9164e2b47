"""Looks at the pages of a file, in the worker: pictures of some, and boxes of ranges of the text.

A page that cannot be drawn is told with a code, and the others go on. When most of the time is over,
the look ends by itself: what is not done yet is a `timeout`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from tasks.core.reading.limits import Limits
from tasks.core.reading.ocr.image_file import ImageFile, open_image
from tasks.core.reading.pdf_open import (
    HOSTILE,
    OpenedFile,
    Refusal,
    configure,
    open_document,
    page_bounds,
    page_turns,
)
from tasks.core.reading.pdfium import n_pages, open_page, open_pdf
from tasks.core.reading.pictures.compression import PictureBudget
from tasks.core.reading.pictures.letters import LetterBoxes, PageLetters, page_letters
from tasks.core.reading.pictures.page_frame import PageFrame
from tasks.core.reading.pictures.page_image import NotDrawn, open_forms, page_image, pixel_size
from tasks.core.reading.pictures.pages_seen import (
    Message,
    end_message,
    letters_message,
    not_drawn_message,
    parts_by_page,
    picture_message,
    sizes_message,
)
from tasks.core.reading.pictures.places import part_boxes
from tasks.core.reading.pictures.records import PagePicture, PictureRequest
from tasks.core.reading.reader import Looks, page_words
from tasks.core.reading.seen.forms.appearances import Appearances
from tasks.core.reading.seen.optional_content import OptionalContent
from tasks.core.reading.seen.page_check import check_page
from tasks.core.reading.version import FileKind

_OWN_SHARE = 0.85  # of the wall time: then the look ends by itself
_LETTERS_SHARE = 0.6  # of that, at most, before the first page is drawn


def look_at_pages(
    data: bytes,
    kind: FileKind,
    request: PictureRequest,
    letter_pages: Sequence[int],
    limits: Limits,
    password: str,
) -> Iterator[Message]:
    """What is seen, step by step; the last message is an `end_message`.

    Args:
        letter_pages: The pages on which ranges are looked for.
    """
    deadline = time.monotonic() + _OWN_SHARE * limits.wall_s
    try:
        if kind is FileKind.PDF:
            yield from _look_at_pdf(data, request, letter_pages, limits, password, deadline)
        elif kind is FileKind.IMAGE:
            yield from _look_at_image(data, request, letter_pages, limits, deadline)
        else:
            yield end_message("no_pictures")
    except Refusal as refusal:
        yield end_message(refusal.code)


# ---------------------------------------------------------------- PDF


@dataclass(slots=True)
class _Sheets:
    """The file's pages, with what was found out about them."""

    opened: OpenedFile
    limits: Limits
    checked: dict[int, str | None] = field(default_factory=dict)

    def problem(self, page_number: int) -> str | None:
        """Why pdfium must not load the page; None: it may."""
        if page_number not in self.checked:
            exists = 1 <= page_number <= self.opened.n_pages
            index = page_number - 1
            reason = check_page(self.opened.reader, index, self.limits) if exists else "no_such_page"
            self.checked[page_number] = reason
        return self.checked[page_number]

    def frame(self, page_number: int) -> PageFrame:
        """The page as it is shown; upright text is taken to run across it as in the file."""
        left, bottom, right, top = page_bounds(self.opened.reader, page_number - 1)
        turns = page_turns(self.opened.reader, page_number - 1)
        size = (top - bottom, right - left) if turns % 2 else (right - left, top - bottom)
        return PageFrame(page_number, *size, turns)

    def sizes(self, page_numbers: Sequence[int]) -> dict[int, tuple[float, float]]:
        there = sorted(number for number in set(page_numbers) if 1 <= number <= self.opened.n_pages)
        return {number: (frame.width, frame.height) for number in there if (frame := self.frame(number))}


def _look_at_pdf(
    data: bytes,
    request: PictureRequest,
    letter_pages: Sequence[int],
    limits: Limits,
    password: str,
    deadline: float,
) -> Iterator[Message]:
    configure(limits)
    sheets = _Sheets(open_document(data, limits, password), limits)
    yield sizes_message(sheets.sizes((*letter_pages, *request.pages)))
    if letter_pages:
        now = time.monotonic()
        stop = now + _LETTERS_SHARE * (deadline - now)
        yield from _find_letters(data, request, letter_pages, sheets, password, stop)
    budget = PictureBudget(request.max_picture_bytes, len(request.pages))
    with (
        open_pdf(data, password) as document,  # anew: the reader turns pages
        open_forms(document) as forms,
    ):
        drawing = _Drawing(document, forms, request.dpi, deadline)
        for number in request.pages:
            if time.monotonic() > deadline:
                yield end_message("timeout")
                return
            yield _drawn(drawing, number, sheets, budget)
    yield end_message()


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The document to be drawn, and how."""

    document: Any | None
    forms: Any | None
    dpi: int
    deadline: float


def _drawn(drawing: _Drawing, number: int, sheets: _Sheets, budget: PictureBudget) -> Message:
    document, problem = drawing.document, sheets.problem(number)
    if problem is not None or document is None or number > n_pages(document):
        return not_drawn_message(number, problem or "broken_page")
    with open_page(document, number - 1) as page:
        if page is None:
            return not_drawn_message(number, "broken_page")
        try:
            image = page_image(page, drawing.forms, drawing.dpi, drawing.deadline)
            return _told(number, image, budget)
        except NotDrawn as failure:
            return not_drawn_message(number, failure.code)
        except HOSTILE:
            return not_drawn_message(number, "broken_page")


def _told(number: int, image: Image.Image, budget: PictureBudget) -> Message:
    encoded = budget.encoded(image)
    if encoded is None:
        return not_drawn_message(number, "budget")
    media_type, written = encoded
    return picture_message(PagePicture(number, media_type, image.width, image.height, written))


def _find_letters(
    data: bytes,
    request: PictureRequest,
    letter_pages: Sequence[int],
    sheets: _Sheets,
    password: str,
    deadline: float,
) -> Iterator[Message]:
    """The boxes of the ranges, page by page; where there are none, the page says so."""
    parts = parts_by_page(request)
    with ExitStack() as stack:
        document = stack.enter_context(open_pdf(data, password))
        appearances = stack.enter_context(Appearances(data, password))
        looks = Looks(OptionalContent(sheets.opened.reader), appearances, {})
        n_shown = 0 if document is None else n_pages(document)
        for number in letter_pages:
            if time.monotonic() > deadline:
                return
            if number > n_shown or sheets.problem(number) is not None:
                yield letters_message(number, [], None)
                continue
            seen = _letters_of(document, number, sheets, looks)
            if seen is None:
                yield letters_message(number, [], None)
                continue
            letters, frame = seen
            start, end = request.page_starts[number - 1]
            found = list(part_boxes(request.text[start:end], parts.get(number, []), letters, frame))
            yield letters_message(number, found, frame.turns)


def _letters_of(
    document: Any, number: int, sheets: _Sheets, looks: Looks
) -> tuple[PageLetters, PageFrame] | None:
    """The page's letters and how they stand on the page as shown; None: they have no places."""
    with open_page(document, number - 1) as page:
        if page is None:
            return None
        boxes = LetterBoxes()
        try:
            words = page_words(page, number - 1, sheets.opened, looks, boxes)
        except HOSTILE:
            return None
    frame = sheets.frame(number)
    turned = replace(frame, turns=(frame.turns - words.seen.upright.quarter) % 4)
    return page_letters(words.lines, boxes.by_index), turned


# ---------------------------------------------------------------- image files


def _look_at_image(
    data: bytes,
    request: PictureRequest,
    letter_pages: Sequence[int],
    limits: Limits,
    deadline: float,
) -> Iterator[Message]:
    """The frames as they look. Their letters are in the stored lines only."""
    with open_image(data, limits) as file:
        for number in letter_pages:
            if number not in request.pages and 1 <= number <= file.n_pages:
                yield sizes_message(_frame_size(file, number))
            yield letters_message(number, [], None)
        budget = PictureBudget(request.max_picture_bytes, len(request.pages))
        for number in request.pages:
            if time.monotonic() > deadline:
                yield end_message("timeout")
                return
            yield from _frame(file, number, request.dpi, budget)
    yield end_message()


def _frame_size(file: ImageFile, number: int) -> dict[int, tuple[float, float]]:
    try:
        image, (across, down) = file.view(number - 1)
    except Refusal:
        return {}
    return {number: (72 * image.width / across, 72 * image.height / down)}


def _frame(file: ImageFile, number: int, dpi: int, budget: PictureBudget) -> Iterator[Message]:
    """The size and the picture of a frame. A coarse one is not made finer."""
    if not 1 <= number <= file.n_pages:
        yield not_drawn_message(number, "no_such_page")
        return
    try:
        image, (across, down) = file.view(number - 1)
        width, height = 72 * image.width / across, 72 * image.height / down
        yield sizes_message({number: (width, height)})
        size = pixel_size(width, height, min(dpi, max(across, down)))
        yield _told(number, image.resize(size, Image.Resampling.LANCZOS), budget)
    except Refusal as refusal:
        yield not_drawn_message(number, refusal.code)
    except NotDrawn as failure:
        yield not_drawn_message(number, failure.code)
