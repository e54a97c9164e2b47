"""Which ink of a row belongs to which letter, and the line that the letters stand on.

A recogniser says where the middle of a letter is, to a sixth of the row's height; blots of ink say
how high it stands and how tall it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import LetterRow, PixelBox, around

_TALL_LATIN = 0.69  # of the type size: capitals, figures, b d f h k l
_LOW_LATIN = 0.45  # of the type size: a c e m n o
_TALL_CJK = 0.90
_ON_LINE = frozenset("abcdehiklmnorstuvwxzABCDEFGHIJKLMNOPRSTUVWXYZ0123456789")
_TALL = frozenset("bdfhklABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LOW = frozenset("acemnorsuvwxz")
_MIN_LETTERS = 3
_REACH = 0.3  # of the row's height: how far a letter may be from its ink
_NEAR = 40  # glyphs that are looked at for a letter


@dataclass(slots=True)
class GlyphInk:
    """What is inked of one letter, or of letters that touch."""

    box: PixelBox
    letters: list[int] = field(default_factory=list[int])
    """Offsets in the row's text."""


@dataclass(slots=True)
class RowInk:
    """A row's glyphs from left to right, and its measures in pixels."""

    glyphs: list[GlyphInk]
    base: float
    """The lower edge of letters without a tail; 0: unknown."""
    tall: float
    """The height of a capital or figure, or of a CJK letter."""
    size: float
    """Of the type."""
    is_cjk: bool


def row_ink(row: LetterRow, ink: Ink) -> RowInk:
    """The glyphs of a row and its measures."""
    height = row.box.height
    blots = _blots(row, ink)
    cjk, rest = _cjk_glyphs(row, blots, height)
    latin = _merged(rest)
    _give_letters(row, latin, height)
    glyphs = sorted([*cjk, *latin], key=lambda glyph: glyph.box.left)
    n_latin = sum(letter in _ON_LINE for letter in row.text)
    if len(cjk) >= _MIN_LETTERS and len(cjk) * 2 >= n_latin:
        return _measured_cjk(glyphs, cjk)
    return _measured_latin(row, glyphs, latin)


def _blots(row: LetterRow, ink: Ink) -> list[PixelBox]:
    """The blots of the row: not those of the rows beside it, no rules, no frames."""
    box, height = row.box, row.box.height
    near = ink.between(box.top - height, box.bottom)
    return [
        blot
        for blot in near
        if box.top - 0.15 * height <= (blot.top + blot.bottom) / 2 <= box.bottom
        and box.left - 0.3 * height <= blot.middle <= box.right + 0.3 * height
        and blot.height <= 1.3 * height
        and not (blot.width > 1.5 * height and blot.height < 0.2 * height)
    ]


def _cjk_glyphs(
    row: LetterRow, blots: Sequence[PixelBox], height: int
) -> tuple[list[GlyphInk], list[PixelBox]]:
    """The parts of each CJK letter as one glyph, and the blots that are left."""
    places = [(at, row.middles[at]) for at, letter in enumerate(row.text) if _is_ideograph(letter)]
    if not places:
        return [], list(blots)
    steps = [after - before for (i, before), (j, after) in pairwise(places) if j == i + 1 and after > before]
    half = 0.48 * (median(steps) if steps else 0.8 * height)
    parts: dict[int, list[PixelBox]] = {}
    rest: list[PixelBox] = []
    for blot in blots:
        at, middle = min(places, key=lambda place: abs(place[1] - blot.middle))
        if abs(middle - blot.middle) <= half:
            parts.setdefault(at, []).append(blot)
        else:
            rest.append(blot)
    return [GlyphInk(around(boxes), [at]) for at, boxes in parts.items()], rest


def _is_ideograph(letter: str) -> bool:
    return "\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff"


def _merged(blots: Sequence[PixelBox]) -> list[GlyphInk]:
    """Blots over each other are one glyph: the dot and the stem of an i."""
    merged: list[GlyphInk] = []
    for blot in sorted(blots, key=lambda blot: blot.left):
        last = merged[-1].box if merged else None
        if last is not None:
            shared = min(last.right, blot.right) - max(last.left, blot.left)
            if shared > 0.5 * min(last.width, blot.width):
                merged[-1].box = around([last, blot])
                continue
        merged.append(GlyphInk(blot))
    return merged


def _give_letters(row: LetterRow, glyphs: Sequence[GlyphInk], height: int) -> None:
    """Give each letter to the nearest glyph; two of one go apart if one beside it has none."""
    if not glyphs:
        return
    reach = _REACH * height
    first = 0
    for at, letter in enumerate(row.text):
        if letter.isspace() or _is_ideograph(letter):
            continue
        middle = row.middles[at]
        while first + 1 < len(glyphs) and glyphs[first].box.right < middle - height:
            first += 1
        best = min(glyphs[first : first + _NEAR], key=lambda glyph: _distance(glyph, middle))
        if _distance(best, middle) <= reach:
            best.letters.append(at)
    for before, after in pairwise(glyphs):
        if after.letters and before.letters:
            continue
        if len(before.letters) > 1 and _distance(after, row.middles[before.letters[-1]]) <= reach:
            after.letters.append(before.letters.pop())
        elif len(after.letters) > 1 and _distance(before, row.middles[after.letters[0]]) <= reach:
            before.letters.append(after.letters.pop(0))


def _distance(glyph: GlyphInk, middle: float) -> float:
    """Small for glyphs that hold the place, smallest for the one whose middle it is."""
    outside = max(0.0, glyph.box.left - middle, middle - glyph.box.right)
    return outside + 0.2 * abs(glyph.box.middle - middle)


def _measured_cjk(glyphs: list[GlyphInk], cjk: Sequence[GlyphInk]) -> RowInk:
    base = median(glyph.box.bottom for glyph in cjk)
    heights = sorted(glyph.box.height for glyph in cjk)
    tall = _usual(heights[len(heights) // 2 :])
    return RowInk(glyphs, base, tall, tall / _TALL_CJK, True)


def _usual(heights: Sequence[int]) -> float:
    """The mean of the middle heights: finer than a pixel, which is a twentieth of a letter."""
    n_out = len(heights) // 5
    kept = sorted(heights)[n_out : len(heights) - n_out]
    return sum(kept) / len(kept)


def _measured_latin(row: LetterRow, glyphs: list[GlyphInk], latin: Sequence[GlyphInk]) -> RowInk:
    inked = [({row.text[at] for at in glyph.letters}, glyph.box) for glyph in latin if glyph.letters]
    bottoms = [box.bottom for letters, box in inked if letters <= _ON_LINE]
    if len(bottoms) < _MIN_LETTERS:
        return RowInk(glyphs, 0.0, 0.0, 0.0, False)
    base = median(bottoms)
    standing = [(letters, box) for letters, box in inked if abs(box.bottom - base) <= 0.1 * box.height]
    tall = [box.height for letters, box in standing if letters & _TALL and letters <= _ON_LINE]
    low = [box.height for letters, box in standing if letters <= _LOW]
    if len(tall) >= _MIN_LETTERS or (tall and not low):
        height = _usual(tall)
    elif low:
        height = _usual(low) * _TALL_LATIN / _LOW_LATIN
    else:
        return RowInk(glyphs, 0.0, 0.0, 0.0, False)
    return RowInk(glyphs, base, height, height / _TALL_LATIN, False)
