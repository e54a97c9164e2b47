"""Paper for sample evidence pages: lines on pages, their picture, and the boxes of any words on them."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from tasks.core.evidence.page import ShownLine, ShownPage, ShownRange
from tasks.core.reading.pictures.records import PageBox, PagePicture, PlaceKind

WIDTH_PX, HEIGHT_PX = 909, 1286
"""A4 at 110 dpi."""
_LEFT, _TOP, _PITCH, _SIZE = 105, 110, 24, 17
_NOTE_PITCH, _NOTE_SIZE = 19, 13


@dataclass(frozen=True, slots=True)
class PaperLine:
    text: str
    tag: str = "body"
    heading_level: int = 0


class Paper:
    """Pages of lines. Body lines run from the top, notes stand at the foot."""

    def __init__(self, pages: Sequence[Sequence[PaperLine]]) -> None:
        self.pages = pages
        self.text = ""
        self.starts: list[list[int]] = []
        for page in pages:
            starts = []
            for line in page:
                starts.append(len(self.text))
                self.text += line.text + "\n"
            self.starts.append(starts)

    def find(self, words: str, nth: int = 0) -> tuple[ShownRange, ...]:
        """Where the words stand, over line and page breaks: a range for each page."""
        pattern = r"\s+".join(map(re.escape, words.split()))
        found = list(re.finditer(pattern, self.text))[nth]
        return tuple(self._ranges(found.start(), found.end()))

    def _ranges(self, start: int, end: int) -> Iterable[ShownRange]:
        for index, page in enumerate(self.pages):
            boxes, covered = [], []
            for row, (line, begins) in enumerate(zip(page, self.starts[index], strict=True)):
                first, last = max(start, begins), min(end, begins + len(line.text))
                if first < last:
                    boxes.append(self._box(index, row, first - begins, last - begins))
                    covered += [first, last]
            if covered:
                text = self.text[covered[0] : covered[-1]]
                yield ShownRange(covered[0], covered[-1], index + 1, text, tuple(boxes), PlaceKind.GLYPHS)

    def _box(self, index: int, row: int, first: int, last: int) -> PageBox:
        line = self.pages[index][row]
        size = _size(line)
        top = _tops(tuple(self.pages[index]))[row]
        left = _LEFT + _font(size).getlength(line.text[:first])
        right = _LEFT + _font(size).getlength(line.text[:last])
        return PageBox(
            index + 1, left / WIDTH_PX, top / HEIGHT_PX, right / WIDTH_PX, (top + size * 1.2) / HEIGHT_PX
        )

    def shown(self, index: int, *, picture: bool = True, lines: bool = True) -> ShownPage:
        """The page as an evidence page shows it."""
        page, starts = self.pages[index], self.starts[index]
        end = self.starts[index + 1][0] if index + 1 < len(self.pages) else len(self.text)
        return ShownPage(
            page_number=index + 1,
            status="ok",
            start=starts[0],
            end=end,
            picture=draw(tuple(page), index + 1) if picture else None,
            lines=tuple(
                ShownLine(start, start + len(line.text), line.text, line.tag, line.heading_level)
                for line, start in zip(page, starts, strict=True)
            )
            if lines
            else (),
        )


def wrapped(text: str, tag: str = "body", heading_level: int = 0) -> list[PaperLine]:
    """A paragraph as lines."""
    width = 104 if tag == "note" else 82
    return [PaperLine(line, tag, heading_level) for line in textwrap.wrap(text, width)]


def draw(page: tuple[PaperLine, ...], page_number: int) -> PagePicture:
    return PagePicture(page_number, "image/png", WIDTH_PX, HEIGHT_PX, _drawn(page))


@cache
def _drawn(page: tuple[PaperLine, ...]) -> bytes:
    image = Image.new("L", (WIDTH_PX, HEIGHT_PX), 255)
    pen = ImageDraw.Draw(image)
    for line, top in zip(page, _tops(page), strict=True):
        pen.text((_LEFT, top), line.text, fill=20, font=_font(_size(line)))
    if notes := [top for line, top in zip(page, _tops(page), strict=True) if line.tag == "note"]:
        pen.line((_LEFT, notes[0] - 8, _LEFT + 200, notes[0] - 8), fill=90)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@cache
def _tops(page: tuple[PaperLine, ...]) -> tuple[int, ...]:
    n_notes = sum(line.tag == "note" for line in page)
    tops, top, foot = [], _TOP, HEIGHT_PX - 90 - n_notes * _NOTE_PITCH
    for line in page:
        tops.append(foot if line.tag == "note" else top)
        foot += _NOTE_PITCH if line.tag == "note" else 0
        top += 0 if line.tag == "note" else _PITCH
    return tuple(tops)


def _size(line: PaperLine) -> int:
    return _NOTE_SIZE if line.tag == "note" else _SIZE


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
