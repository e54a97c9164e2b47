"""Measures the gaps between words that may part the columns of a table.

pdfium collapses a run of blanks to one (5.15), so in a typed table the gaps inside a text object show
only in the letters' boxes, which cost a call for each word: only on pages that seem to have such
gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from string import ascii_uppercase

from tasks.core.reading.text_runs import PageText, Piece

MIN_GAP = 0.45
"""Of the size: narrower gaps are between the words of a sentence."""
_COLUMN_GAP = 1.2  # of the size: between two text objects of a line
_MIN_LINES = 2  # with such gaps; fewer are no table
_STRETCHED = 1.12  # of the usual width of as many letters: blanks were collapsed
_USUAL = 0.48  # of the size: a letter's width if the page has no long text objects
_USUAL_MOST = 0.62  # of the size: wider letters are those of a table in a fixed-width font
_LONG = 20  # letters
_MARK = 16  # letters of a line that may be a list's mark, with blanks
_NEAR = 50.0  # points: words so near to a line with a wide gap may be in its table
_CAPITALS = ascii_uppercase.encode()
_ENUMERATOR = re.compile(r"\(?[\w.]{1,6}[.)、]?|[•·▪●○■◦–-]")


@dataclass(slots=True)  # not frozen: a page may have thousands, and it costs a third as much
class WordRun:
    """Words of a line without a wide gap between them; offsets are the line's."""

    start: int
    end: int
    x0: float
    x1: float
    baseline: float
    size: float
    """Points."""
    font: int
    """Of the first letters: a handle, or 0."""


def measure_gaps(pieces: Sequence[Piece | None], text: PageText) -> bool:
    """Set font and gaps of the pieces if the page seems to have columns; whether it does."""
    solid = [p for p in pieces if p is not None and p.style is not None and not p.text.isspace()]
    heights = [*_stretched(solid), *_parted(solid)]
    if len(heights) < _MIN_LINES:
        return False
    bands = {round(height / _NEAR) for height in heights}
    for piece in solid:
        band = round(piece.baseline / _NEAR)
        if band in bands or band - 1 in bands or band + 1 in bands:
            piece.font = text.font_of(piece)
            if " " in piece.text.strip():
                piece.gaps = tuple(text.word_gaps(piece, MIN_GAP * piece.size))
    return True


def _parted(solid: Sequence[Piece]) -> Iterator[float]:
    """The base lines with a wide gap between two neighbours, behind more than a list's mark.

    A step to the right and up begins a column, so it counts for the lines at both ends.
    """
    opening = solid[0].text if solid else ""
    for before, after in pairwise(solid):
        rise, gap = after.baseline - before.baseline, after.first[0] - before.last[2]
        is_level = abs(rise) <= 0.3 * after.size and gap > -after.size
        line, opening = opening, (opening + after.text if is_level else after.text)[:_MARK]
        if gap <= 0.0 or rise < -0.3 * after.size:
            continue
        if rise > after.size:
            yield before.baseline
            yield after.baseline
        # Some programs draw each letter alone (Skia m156), so the last piece is no measure of a mark.
        elif gap > _COLUMN_GAP * after.size and not _ENUMERATOR.fullmatch(line.strip()):
            yield after.baseline


def _stretched(solid: Sequence[Piece]) -> list[float]:
    """The base lines of pieces that are wider than their letters need."""
    ratios = [(_ratio(p), p) for p in solid if " " in p.text and len(p.text) > 3 and p.size > 0]
    long = [ratio for ratio, p in ratios if len(p.text) >= _LONG]
    usual = min(median(long) if len(long) > 2 else _USUAL, _USUAL_MOST)
    return [p.baseline for ratio, p in ratios if ratio > _STRETCHED * usual and " " in p.text.strip()]


def _ratio(piece: Piece) -> float:
    """Width of a letter, of the size; a capital or an ideograph counts as a wider one."""
    text = piece.text
    if text.isascii():
        n_wide = 0.4 * (len(text) - len(text.encode().translate(None, _CAPITALS)))
    else:
        n_wide = sum(1.1 if letter >= "\u2e80" else 0.4 * letter.isupper() for letter in text)
    return (piece.box[2] - piece.box[0]) / (piece.size * (len(text) + n_wide))


def stretches_of(shown: Sequence[tuple[str, Piece]]) -> tuple[WordRun, ...]:
    """The stretches of a line.

    Args:
        shown: The line's pieces, each with its letters as they are in the line's text.
    """
    stretches: list[WordRun] = []
    for part in _parts(shown):
        last = stretches[-1] if stretches else None
        if last is not None and -0.5 * last.size < part.x0 - last.x1 < MIN_GAP * min(last.size, part.size):
            x1 = max(last.x1, part.x1)
            stretches[-1] = WordRun(last.start, part.end, last.x0, x1, last.baseline, last.size, last.font)
        else:
            stretches.append(part)
    return tuple(stretches)


def _parts(shown: Sequence[tuple[str, Piece]]) -> Iterator[WordRun]:
    at = 0
    for text, piece in shown:
        style = (piece.baseline, piece.size, piece.font)
        start, x0 = len(text) - len(text.lstrip()), piece.box[0]
        if piece.gaps and text.strip() == piece.text.strip():
            shift = start - (len(piece.text) - len(piece.text.lstrip()))  # blanks that were trimmed off
            for end, begin, left, right in piece.gaps:
                yield WordRun(at + start, at + end + shift, x0, left, *style)
                start, x0 = begin + shift, right
        if text.strip():
            yield WordRun(at + start, at + len(text.rstrip()), x0, piece.box[2], *style)
        at += len(text)
