"""What passes between a worker that looks at pages and the process that asked: JSON, a page at a time.

A look is a row of steps: the pages whose letters are looked at, then the pages that are drawn. Each
step is told when it is done, so the page at which a worker died is known, and the others are not lost.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.reading.pictures.records import (
    BoxedPlace,
    PageBox,
    PagePicture,
    PagesSeen,
    PictureRequest,
    PlaceKind,
)
from tasks.core.records import Span

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpanPart:
    """What of a range stands on one page, in offsets of the page's stored text."""

    span: Span
    start: int
    end: int


def parts_by_page(request: PictureRequest) -> Mapping[int, list[SpanPart]]:
    """The parts of the ranges that have letters, by page number."""
    parts: dict[int, list[SpanPart]] = {}
    for span in dict.fromkeys(request.spans):
        for number, (first, last) in enumerate(request.page_starts, 1):
            start, end = max(first, span.start), min(last, span.end)
            if start < end and request.text[start:end].strip():
                parts.setdefault(number, []).append(SpanPart(span, start - first, end - first))
    return dict(sorted(parts.items()))


def request_from_json(row: Mapping[str, Any]) -> tuple[PictureRequest, tuple[int, ...]]:
    """The request, and the pages whose letters are looked at."""
    request = PictureRequest(
        pages=tuple(row["pages"]),
        spans=tuple(Span(*span) for span in row["spans"]),
        text=row["text"],
        page_starts=tuple((start, end) for start, end in row["page_starts"]),
        dpi=row["dpi"],
        max_picture_bytes=row["max_picture_bytes"],
    )
    return request, tuple(row["letter_pages"])


def letters_message(
    page_number: int, found: Sequence[tuple[Span, Sequence[PageBox]]], turns: int | None
) -> Message:
    """The boxes of the ranges on a page; `turns` None: the page has no letters with places."""
    rows = [
        [span.start, span.end, [[box.left, box.top, box.right, box.bottom] for box in boxes]]
        for span, boxes in found
    ]
    return {"letters_of": page_number, "found": rows, "turns": turns}


def picture_message(picture: PagePicture) -> Message:
    data = b64encode(picture.data).decode("ascii")
    row = [picture.media_type, picture.width_px, picture.height_px, data]
    return {"drawn": picture.page_number, "picture": row}


def not_drawn_message(page_number: int, code: str) -> Message:
    return {"drawn": page_number, "not_drawn": code}


def sizes_message(sizes: Mapping[int, tuple[float, float]]) -> Message:
    """Width and height of pages as they are shown: points."""
    return {"sizes": [[number, *size] for number, size in sizes.items()]}


def end_message(reason: str | None = None) -> Message:
    """The last message: why the look ended; None: all is done."""
    return {"reason": reason}


class PagesProgress:
    """How far a look has come, through one worker or several."""

    def __init__(self, request: PictureRequest) -> None:
        self._request = request
        self._parts = parts_by_page(request)
        self._letter_pages = list(self._parts)
        self._pages = list(dict.fromkeys(request.pages))
        self._found: dict[Span, dict[int, tuple[PageBox, ...]]] = {}
        self._pictures: list[PagePicture] = []
        self._not_drawn: dict[int, str] = {}
        self._sizes: dict[int, tuple[float, float]] = {}
        self._turns: dict[int, int] = {}
        self._reason: str | None = None
        self._has_begun = False

    @property
    def n_left(self) -> int:
        return len(self._letter_pages) + len(self._pages)

    def rest(self) -> Message:
        """The request for what is not done yet."""
        request = self._request
        n_taken = sum(len(picture.data) for picture in self._pictures)
        is_looking = bool(self._letter_pages)
        return {
            "pages": self._pages,
            "letter_pages": self._letter_pages,
            "spans": [[span.start, span.end] for span in request.spans] if is_looking else [],
            "text": request.text if is_looking else "",
            "page_starts": request.page_starts if is_looking else [],
            "dpi": request.dpi,
            "max_picture_bytes": max(0, request.max_picture_bytes - n_taken),
        }

    def take(self, message: Message) -> None:
        """Take what the worker says, but for its end."""
        self._has_begun = True
        if "sizes" in message:
            self._sizes |= {number: (width, height) for number, width, height in message["sizes"]}
        elif (number := message.get("letters_of")) is not None:
            self._letter_pages.remove(number)
            self._take_letters(number, message)
        elif (number := message.get("drawn")) is not None:
            self._pages.remove(number)
            if (code := message.get("not_drawn")) is not None:
                self._not_drawn[number] = code
            else:
                media_type, width, height, data = message["picture"]
                self._pictures.append(PagePicture(number, media_type, width, height, b64decode(data)))

    def _take_letters(self, page_number: int, message: Message) -> None:
        if message["turns"] is not None:
            self._turns[page_number] = message["turns"]
        for start, end, boxes in message["found"]:
            places = tuple(PageBox(page_number, *box) for box in boxes)
            self._found.setdefault(Span(start, end), {})[page_number] = places

    def skip(self) -> None:
        """Leave the step out at which a worker died."""
        if self._letter_pages:
            self._letter_pages.pop(0)
        elif self._pages:
            self._not_drawn[self._pages.pop(0)] = "broken_page"

    def stop(self, reason: str) -> None:
        """What is not done yet stays undone."""
        self._reason = None if self._has_begun else reason
        self._not_drawn |= dict.fromkeys(self._pages, reason)
        self._letter_pages, self._pages = [], []

    def result(self) -> PagesSeen:
        if self._reason is not None:
            return PagesSeen(reason=self._reason)
        seen = (tuple(self._pictures), self._places(), self._not_drawn)
        return PagesSeen(*seen, sizes=self._sizes, turns=self._turns)

    def _places(self) -> dict[Span, BoxedPlace]:
        """Of the ranges of which every part was found."""
        wanted: dict[Span, list[int]] = {}
        for number, parts in self._parts.items():
            for part in parts:
                wanted.setdefault(part.span, []).append(number)
        places: dict[Span, BoxedPlace] = {}
        for span, numbers in wanted.items():
            found = self._found.get(span, {})
            if all(number in found for number in numbers):
                boxes = tuple(box for number in numbers for box in found[number])
                places[span] = BoxedPlace(PlaceKind.GLYPHS, boxes)
        return places
