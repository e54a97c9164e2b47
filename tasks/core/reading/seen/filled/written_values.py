"""Filled values as pieces on the turned page, a line of a value each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.reading.drawing import Box
from tasks.core.reading.seen.forms.appearances import ShownText
from tasks.core.reading.seen.forms.filled_values import FilledValue
from tasks.core.reading.text_runs import Piece, Upright

_AUTO_SIZE = 12.0  # points, as Acrobat sets letters of a high field whose size is 0
_PADDING = 2.0  # points between a field's edge and its letters
_LEADING = 1.2  # of the size
_LETTER = 0.5  # of the size: the width of a letter, where none is known


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """One line of a value, on the turned page."""

    pieces: tuple[Piece, ...]
    """From left to right."""
    box: Box
    baseline: float
    size: float
    rect: Box | None = None
    """A field's rectangle."""
    is_field: bool = False
    """A form's field: it belongs to the text, wherever it stands."""
    is_free_text: bool = False
    is_signature: bool = False
    is_late: bool = False
    """It is drawn after text that stands below it, or behind it on its line."""
    is_late_form: bool = False
    """A form XObject that is drawn after the page's own text shows it, as a flattened field."""
    is_see_through: bool = False
    """Its form is a transparency group or pale: a paragraph that a browser set so, or a field."""
    numbers: tuple[int, ...] = ()
    """Of the page's pieces that it is made of; empty: it is not from the page's text."""


def written_values(values: Sequence[FilledValue], upright: Upright) -> Iterator[WrittenValue]:
    """The lines of the values."""
    for value in values:
        lines = _shown_lines(value, upright) if value.shown else _set_lines(value, upright)
        for piece in lines:
            is_free = value.is_free_text
            rect = None if is_free else upright.turn(value.rect)
            place = (piece.box, piece.baseline, piece.size, rect)
            yield WrittenValue((piece,), *place, not is_free, is_free, value.is_signature)


def _shown_lines(value: FilledValue, upright: Upright) -> Iterator[Piece]:
    """As the appearance has them."""
    lines: list[list[ShownText]] = []
    baselines: list[float] = []
    for text in value.shown:
        baseline = upright.turn((*text.origin, *text.origin))[1]
        if lines and abs(baselines[-1] - baseline) <= 0.5 * max(1.0, text.size):
            lines[-1].append(text)
        else:
            lines.append([text])
            baselines.append(baseline)
    whole = " ".join(value.words.split()) if len(lines) == 1 else ""
    for texts, baseline in zip(lines, baselines, strict=True):
        words = (
            whole or "".join(" " * (t.follows_space and i > 0) + t.text for i, t in enumerate(texts)).strip()
        )
        boxes = [upright.turn(text.box) for text in texts]
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        box = (min(lefts), min(bottoms), max(rights), max(tops))
        yield _piece(words, box, baseline, max(text.size for text in texts))


def _set_lines(value: FilledValue, upright: Upright) -> Iterator[Piece]:
    """As a viewer would set them: where exactly is not known, only the rectangle is."""
    x0, y0, x1, y1 = upright.turn(value.rect)
    x0 += min(_PADDING, (x1 - x0) / 4)
    height, lines = y1 - y0, [line for line in value.words.split("\n") if line.strip()]
    size = value.size or min(_AUTO_SIZE, 0.7 * height / max(1, len(lines)))
    size = max(1.0, min(size, height))
    for number, line in enumerate(lines):
        top = (y0 + y1 + size) / 2 if height < 2 * _LEADING * size else y1 - 2 - number * _LEADING * size
        baseline = top - 0.8 * size
        right = min(x1, x0 + _LETTER * size * len(line))
        yield _piece(" ".join(line.split()), (x0, baseline - 0.2 * size, right, top), baseline, size)


def _piece(words: str, box: Box, baseline: float, size: float) -> Piece:
    x0, y0, x1, y1 = box
    return Piece(words, (x0, y0, x0, y1), (x1, y0, x1, y1), box, baseline, size)
