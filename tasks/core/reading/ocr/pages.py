"""Optical character recognition of one page: lines with sizes, boxes and superscripts, and rules.

Runs in the reader's worker process, on one thread, with a deadline.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.reading.drawing import Box
from tasks.core.reading.glyphs import corrected
from tasks.core.reading.limits import Limits
from tasks.core.reading.lines import PageLine
from tasks.core.reading.ocr.engines import OcrEngine, installed_engine
from tasks.core.reading.ocr.ink import Ink, find_ink, find_rules, levelled
from tasks.core.reading.ocr.letter_rows import LetterRow, PixelBox
from tasks.core.reading.ocr.pictures import Picture
from tasks.core.reading.ocr.rapid import NotRecognised, find_boxes, is_tall, is_upside_down, read_rows
from tasks.core.reading.ocr.reading_order import in_reading_order, split_at_gutter
from tasks.core.reading.ocr.row_text import joined, mended
from tasks.core.reading.ocr.superscripts import mark_superscripts
from tasks.core.reading.ocr.tesseract import read_picture

_DPI = 200  # scans have 200 to 300; finer pictures cost time and no letter fewer is wrong
_TESSERACT_DPI = 300
_LONG = 25  # letters of a row whose size is sure
_SPREAD = 0.06  # of the measured sizes of one type; 9 and 10 points are a tenth apart
_ALIKE = 0.12  # between the size of a short row and its type
_END_GAP = 0.45  # of a row's height: ink so near beyond a box's end belongs to it


@dataclass(frozen=True, slots=True)
class Recognised:
    """A page as it was read; sizes and boxes in points, origin at the lower left of the upright page."""

    lines: list[PageLine]
    rules: list[Box]
    width: float
    height: float
    has_sizes: bool
    """Superscripts and sizes were measured: notes can be told."""

    @classmethod
    def nothing(cls, width: float = 612.0, height: float = 792.0) -> Recognised:
        """A page of which no letter was read."""
        return cls([], [], width, height, True)


def recognise(picture: Picture, page_index: int, limits: Limits) -> Recognised:
    """The lines of a page by the engine that the limits name.

    Raises:
        NotRecognised: There is no engine, or it failed, or took too long.
    """
    match installed_engine(limits.ocr_engine):
        case OcrEngine.RAPIDOCR:
            return _by_rapidocr(picture, page_index, limits.ocr_page_s)
        case OcrEngine.TESSERACT:
            rows = read_picture(picture, limits.ocr_languages, limits.ocr_page_s)
            lines = [_line(row, page_index, picture) for row in rows]
            return Recognised(lines, [], picture.width, picture.height, False)
        case _:
            raise NotRecognised("ocr_failed")


def picture_dpi(limits: Limits) -> int:
    """How finely a page is rendered for the engine."""
    return _DPI if installed_engine(limits.ocr_engine) is OcrEngine.RAPIDOCR else _TESSERACT_DPI


def _by_rapidocr(picture: Picture, page_index: int, timeout_s: float) -> Recognised:
    deadline = time.monotonic() + timeout_s
    picture, boxes = _upright(Picture(levelled(picture.grey), picture.scale))
    ink = find_ink(picture.grey, picture.scale)
    boxes = split_at_gutter(boxes, ink)
    order = in_reading_order(boxes)
    rows: list[LetterRow] = []
    for parts in order:
        read = list(read_rows(picture.grey, [_widened(part, boxes, ink) for part in parts], ink, deadline))
        for part in read:
            if not is_tall(part.box):
                mark_superscripts(part, ink, picture.grey)
                mended(part, ink)
        rows += joined(read)
    _even_sizes(rows)
    lines = [_line(row, page_index, picture) for row in rows if row.text.strip()]
    rules = [_box(rule, picture) for rule in find_rules(ink, picture.scale)]
    return Recognised(lines, rules, picture.width, picture.height, True)


def _upright(picture: Picture) -> tuple[Picture, list[PixelBox]]:
    """The picture turned by quarters until its rows run from left to right, and its boxes."""
    boxes = find_boxes(picture.grey)
    if sum(map(is_tall, boxes)) * 2 > len(boxes):
        picture = Picture(np.ascontiguousarray(np.rot90(picture.grey)), picture.scale)
        boxes = find_boxes(picture.grey)
    if is_upside_down(picture.grey, boxes):
        picture = Picture(np.ascontiguousarray(np.rot90(picture.grey, 2)), picture.scale)
        boxes = find_boxes(picture.grey)
    return picture, boxes


def _widened(box: PixelBox, boxes: Sequence[PixelBox], ink: Ink) -> PixelBox:
    """The box with a small mark at its ends that the detector left out."""
    if is_tall(box):
        return box
    left, right, height = box.left, box.right, box.height
    beside = [
        other for other in boxes if other is not box and other.top < box.bottom and other.bottom > box.top
    ]
    left_wall = max((other.right for other in beside if other.right <= left + 2), default=0)
    right_wall = min((other.left for other in beside if other.left >= right - 2), default=1 << 30)
    blots = [
        blot
        for blot in ink.between(box.top - height, box.bottom)
        if box.top - 0.05 * height < (blot.top + blot.bottom) / 2 < box.bottom - 0.2 * height
        and max(blot.width, blot.height) <= height
        and left_wall <= blot.left
        and blot.right <= right_wall
    ]
    for blot in sorted(blots, key=lambda blot: blot.left):
        if right - 2 <= blot.right <= right + height and blot.left - right < _END_GAP * height:
            right = max(right, blot.right + 1)
    for blot in sorted(blots, key=lambda blot: -blot.right):
        if left - height <= blot.left < left + 2 and left - blot.right < _END_GAP * height:
            left = min(left, blot.left - 1)
    return PixelBox(max(0, left), box.top, right, box.bottom)


def _even_sizes(rows: Sequence[LetterRow]) -> None:
    """Give rows of nearly one size the size that most of their letters have.

    Long rows make the groups, since their sizes are surest; a short row joins the nearest one.
    """
    long = sorted((n for n in rows if n.size_px and len(n.text) >= _LONG), key=lambda n: n.size_px)
    groups: list[list[LetterRow]] = []
    for row in long:
        if groups and row.size_px <= _mean_size(groups[-1]) * (1 + _SPREAD):
            groups[-1].append(row)
        else:
            groups.append([row])
    sizes = [_mean_size(group) for group in groups]
    for group, size in zip(groups, sizes, strict=True):
        for row in group:
            row.size_px = size
    for row in rows:
        if row.size_px and len(row.text) < _LONG and sizes:
            nearest = min(sizes, key=lambda size: abs(size - row.size_px))
            if abs(nearest - row.size_px) <= _ALIKE * nearest:
                row.size_px = nearest


def _mean_size(rows: Sequence[LetterRow]) -> float:
    return float(np.average([row.size_px for row in rows], weights=[len(row.text) for row in rows]))


def _line(row: LetterRow, page_index: int, picture: Picture) -> PageLine:
    text = "".join(corrected(letter) for letter in row.text)
    size = (row.size_px or 0.75 * row.box.height) / picture.scale
    raised = row.raised if len(text) == len(row.text) else ()
    return PageLine(page_index, text, round(size, 1), _box(row.box, picture), raised, False)


def _box(box: PixelBox, picture: Picture) -> Box:
    height, scale = picture.grey.shape[0], picture.scale
    return (
        round(box.left / scale, 2),
        round((height - box.bottom) / scale, 2),
        round(box.right / scale, 2),
        round((height - box.top) / scale, 2),
    )
