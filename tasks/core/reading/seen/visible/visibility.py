"""Measures which letters of a page are visible: rendered with and without them, and alone in black.

A letter is seen if at least half of its ink changes the page's pixels. Text never hides text: each
letter is looked at without the other text, because bold type is often drawn twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.reading.pdfium import Handle
from tasks.core.reading.seen.visible.rendering import NotRendered, PageRendering, Pixels
from tasks.core.reading.text_objects import Box

_CONTRAST = 0.08  # of full black on white: grey 235 on white, which a reader does not see
_SEEN_SHARE = 0.5  # of a letter's ink
_LARGE, _LARGE_SHARE = 16.0, 0.5  # points: higher letters show at less contrast, down to this share of it
_OUTLINE_SHARE = 0.8  # of a letter's edge: less may be its neighbours' ink
_LEAST = 4  # of 255: the least difference that counts, for pixels with little ink
_INK = 64.0  # of 255: summed over its pixels, a letter with less has no ink to measure
_PLAIN = 8  # of 255: pixels that differ by less show nothing
_PICTURE = (
    40  # of 255: pixels of a ground, with the noise of a JPEG, differ by less; those of letters by more
)
_INSIDE, _OUTSIDE = 128, 16  # of 255: pixels of a letter's ink, and of what is around it
_SHOWN = 40  # of 255: how far a letter that is drawn otherwise differs from its ground
_SHOWN_SHARE, _STRAY_SHARE = 0.75, 0.3  # of the pixels inside that differ at least, and outside at most
_MIN_INSIDE = 4  # pixels
_MAX_GROUPS = 3
_MAX_COMPARED = 600  # suspects whose overlaps are looked at
_OVERLAP = 0.3  # of the smaller box


@dataclass(frozen=True, slots=True)
class Suspect:
    """A text object's letters that may not be visible."""

    text_object: Handle
    boxes: Sequence[Box]
    """Of each letter, in user space."""
    has_twin: bool = False
    """Another text object, without letters of its own, draws the same, perhaps a little aside."""


@dataclass(frozen=True, slots=True)
class LetterSight:
    """What was measured of a letter."""

    is_drawn: bool
    """It has ink when its text object is drawn alone."""
    is_seen: bool
    """Its ink shows on the page; False: it is not drawn, covered, or in the colour behind it."""
    is_on_plain: bool = False
    """It does not show, and the page shows about one colour there: no picture of the letter."""


def letter_sights(
    page: Any, suspects: Sequence[Suspect], with_letters: frozenset[Handle]
) -> list[list[LetterSight]] | None:
    """For each suspect, what a reader sees of each letter; None: the page cannot be rendered.

    Args:
        with_letters: All text objects that have letters in the text page.
    """
    try:
        rendering = PageRendering(page, _around(suspects), with_letters)
    except NotRendered:
        return None
    sights: list[list[LetterSight]] = [[] for _ in suspects]
    try:
        without = rendering.without_text()
        for group in _groups(suspects):
            objects = list({suspects[i].text_object for i in group})
            with_text = rendering.with_text(objects)
            layers = rendering.ink(objects), with_text, without
            _measure(rendering, suspects, group, layers, sights)
    except NotRendered:
        return None
    finally:
        rendering.close()
    return sights


def plain_boxes(page: Any, boxes: Sequence[Box], *, with_text: bool = True) -> list[bool]:
    """Of each box, whether the page shows one even colour there. False if it cannot be rendered."""
    nothing = [False] * len(boxes)
    if not boxes:
        return nothing
    try:
        rendering = PageRendering(page, enclosing(boxes))
    except NotRendered:
        return nothing
    try:
        pixels = rendering.whole() if with_text else rendering.without_text()
    except NotRendered:
        return nothing
    finally:
        rendering.close()
    return [_is_plain(pixels, rendering.pixel_box(box)) for box in boxes]


def pictured_letters(
    page: Any, suspects: Sequence[Suspect], with_letters: frozenset[Handle]
) -> list[list[bool]]:
    """Of each letter, whether the page shows its outline without any text that has letters.

    A browser fills a heading with a gradient so: the letters are a mask, and over them lies the same
    text, invisible, for programs.
    """
    nothing = [[False] * len(suspect.boxes) for suspect in suspects]
    if not suspects:
        return nothing
    try:
        rendering = PageRendering(page, _around(suspects), with_letters)
    except NotRendered:
        return nothing
    try:
        shown = rendering.with_text([])
        ink = rendering.ink(list({suspect.text_object for suspect in suspects}))
    except NotRendered:
        return nothing
    finally:
        rendering.close()
    boxes = [[rendering.pixel_box(box) for box in suspect.boxes] for suspect in suspects]
    return [
        [
            _is_pictured(ink[top:bottom, left:right], shown[top:bottom, left:right])
            for left, top, right, bottom in row
        ]
        for row in boxes
    ]


def _is_pictured(ink: NDArray[np.uint8], shown: Pixels) -> bool:
    """Whether the pixels of the ink, or those of its edge, differ from those around it."""
    inside, outside = ink >= _INSIDE, ink <= _OUTSIDE
    if int(inside.sum()) < _MIN_INSIDE or not outside.any():
        return False
    ground = np.median(shown[outside], axis=0)
    differs = np.abs(shown - ground).max(axis=2) >= _SHOWN
    if differs[outside].mean() > _STRAY_SHARE:
        return False
    return bool(differs[inside].mean() >= _SHOWN_SHARE) or _is_outlined(ink, differs)


def _is_plain(pixels: Pixels, box: tuple[int, int, int, int]) -> bool:
    left, top, right, bottom = box
    part = pixels[top:bottom, left:right]
    return part.size > 0 and _range(part) < _PLAIN


def _range(pixels: Pixels) -> int:
    """How far the pixels' colours lie apart, of 255."""
    if not pixels.size:
        return 0
    channels = (pixels[:, :, number] for number in range(3))
    return max(int(channel.max()) - int(channel.min()) for channel in channels)


def _measure(
    rendering: PageRendering,
    suspects: Sequence[Suspect],
    group: Sequence[int],
    layers: tuple[NDArray[np.uint8], Pixels, Pixels],
    sights: list[list[LetterSight]],
) -> None:
    ink, with_text, without = layers
    for i in group:
        limit = _contrast(suspects[i].boxes)
        for box in suspects[i].boxes:
            left, top, right, bottom = rendering.pixel_box(box)
            part = slice(top, bottom), slice(left, right)
            place = None if suspects[i].has_twin else ink[part]
            sights[i].append(_sight(ink[part], with_text[part], without[part], place, limit))


def _contrast(boxes: Sequence[Box]) -> float:
    """The least contrast that a reader sees of letters of this height."""
    height = max((box[3] - box[1] for box in boxes), default=0.0)
    return _CONTRAST * min(1.0, max(_LARGE_SHARE, _LARGE / max(height, 1.0)))


def _sight(
    ink: NDArray[np.uint8], with_text: Pixels, without: Pixels, place: NDArray[np.uint8] | None, limit: float
) -> LetterSight:
    """Compare the pixels of a letter's box.

    Args:
        ink: Of the letter, 0 to 255.
        place: The ink where it must show; None: anywhere in the box, because another text object
            may draw the letter again, a little aside.
        limit: The least contrast that a reader sees, of full black on white.
    """
    total = int(ink.sum(dtype=np.int64))
    is_drawn = total >= _INK
    if not is_drawn and place is not None:
        return LetterSight(is_drawn=False, is_seen=False)
    difference = (np.maximum(with_text, without) - np.minimum(with_text, without)).max(axis=2)
    if place is None:
        seen = 255 * int((difference >= 255 * limit).sum())
    else:
        seen = int(place[difference >= np.maximum(_LEAST, limit * place)].sum(dtype=np.int64))
    if seen >= max(_INK, _SEEN_SHARE * total):
        return LetterSight(is_drawn, is_seen=True)
    is_on_plain = _range(without) < _PICTURE
    # Some programs draw the outlines as paths, under letters in the colour of the ground.
    is_seen = _is_outlined(ink, difference >= 255 * _CONTRAST) or (
        not is_on_plain and _is_pictured(ink, without)
    )
    return LetterSight(is_drawn, is_seen, is_on_plain)


def _is_outlined(ink: NDArray[np.uint8], differs: NDArray[np.bool_]) -> bool:
    """Whether most of the letter's edge shows: a stroke of another colour around its ink."""
    inside = np.pad(ink >= _INSIDE, 1)
    neighbours = np.stack([inside[:-2, 1:-1], inside[2:, 1:-1], inside[1:-1, :-2], inside[1:-1, 2:]])
    edge = inside[1:-1, 1:-1] & ~neighbours.all(axis=0)
    # A stroke's middle is the letter's edge, so it shows inside the edge or just outside.
    near = np.pad(differs, 1)
    shows = near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:] | differs
    n_edge = int(edge.sum())
    return n_edge >= _MIN_INSIDE and int((edge & shows).sum()) >= _OUTLINE_SHARE * n_edge


# ---------------------------------------------------------------- groups


def _around(suspects: Sequence[Suspect]) -> Box:
    return enclosing([box for suspect in suspects for box in suspect.boxes])


def enclosing(boxes: Sequence[Box]) -> Box:
    """The box around the boxes, a point wider."""
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts) - 1, min(bottoms) - 1, max(rights) + 1, max(tops) + 1


def _groups(suspects: Sequence[Suspect]) -> list[list[int]]:
    """Indices of suspects such that those of a group do not lie on each other."""
    n = len(suspects)
    if n > _MAX_COMPARED:
        return [list(range(n))]
    boxes = np.array([enclosing(suspect.boxes) for suspect in suspects], float)
    group_of = np.zeros(n, int)
    for i, clashes in enumerate(_overlaps(boxes)):
        taken = set(group_of[:i][clashes[:i]].tolist())
        group_of[i] = next((g for g in range(_MAX_GROUPS) if g not in taken), _MAX_GROUPS - 1)
    return [np.flatnonzero(group_of == g).tolist() for g in range(_MAX_GROUPS) if (group_of == g).any()]


def _overlaps(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each box lies on each other one, [n, n]."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return shared > _OVERLAP * np.minimum(areas[:, None], areas[None, :])
