"""Finds what letters strike or underline: combining strokes, signs typed over words, TeX's waves.

LibreOffice writes its formats "strikethrough with /" and "with X" as letters over the text, and so
does ulem's `\\xout`; typists strike with hyphens. Its `\\uwave`, which latexdiff inserts with, is a row of glyphs under the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tasks.core.reading.drawing import Box
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.redlines.directions import Direction, Run
from tasks.core.reading.seen.redlines.letter_marks import LetterMarks
from tasks.core.reading.text_runs import Piece
from tasks.core.records import MarkKind

_STROKES = "\u0335\u0336\u0337\u0338"
_COMBINING = re.compile(f"(?:[^\\W_][{_STROKES}]\\s*){{2,}}")
"""Two letters at least: a single stroke makes another sign of `=`."""
_TYPED_OVER = re.compile(r"\s*(?:/+|X+|x+)\s*")
_SLASHES = re.compile("/{2,}")
_DASH = "[-\u2010-\u2015\u2212]"
_DASHES = re.compile(f"{_DASH}+")
_MANY_DASHES = re.compile(rf"(?:{_DASH}\s?){{3}}")
_MIN_DASHES = 3  # in a row: a single one is a minus or an accent of a formula
_ON_LETTERS = 0.5  # of the row's width: else it only touches its neighbours
_APART = 0.5  # of the size: between dashes of one row
_SAME_TYPE = 0.15  # of the size, between sizes and between base lines
_WAVE = "\u273f"
"""What pdfium 5.15 gives for the wave of the font lasy6, which has no letters."""
_WAVE_FONT = re.compile(r"(?:[A-Z]{6}\+)?lasy", re.IGNORECASE)
_LOW = 0.6  # of the size: how far a wave's base line may be from that of its text


def may_be_overlaid(letters: str) -> bool:
    """Whether a page with these letters is worth a look."""
    return _MANY_DASHES.search(letters) is not None or _has_signs(letters)


def _has_signs(letters: str) -> bool:
    """Whether there are strokes, waves, slashes or crosses, which may be typed over words."""
    if any(sign in letters for sign in ("//", "XX", "xx")):
        return True
    if letters.isascii():
        return False
    has_stroke = any(stroke in letters for stroke in _STROKES) and _COMBINING.search(letters)
    return _WAVE in letters or bool(has_stroke)


def mark_overlaid(pieces: Sequence[Piece | None], drawn: DrawnPage, marks: LetterMarks) -> None:
    """Mark the letters that other letters strike or underline, and these letters, too."""
    dashed = list(_dashes(pieces, marks)) if _MANY_DASHES.search(drawn.text.letters) else []
    if not dashed and not _has_signs(drawn.text.letters):
        return  # typed rules that lie on no words
    direction = Direction(0, drawn.text.upright)
    direction.find_runs(pieces, [piece.baseline for piece in pieces if piece is not None])
    for index, piece in enumerate(pieces):
        if piece is None or piece.index < 0 or piece.style is None:
            continue
        text = piece.text
        if not text.isascii():
            for match in _COMBINING.finditer(text):
                marks.add(index, range(match.start(), match.end()), MarkKind.STRUCK)
            is_wave = _WAVE in text and not text.strip(_WAVE + " ")
            if is_wave and _WAVE_FONT.match(drawn.text.font_name(piece)):
                _mark_waved(index, piece, direction, marks)
        if _is_typed(piece):
            _mark_typed_over(index, range(len(text)), pieces, direction, marks)
        elif "//" in text:
            for match in _SLASHES.finditer(text):
                _mark_typed_over(index, range(match.start(), match.end()), pieces, direction, marks)
    for row in dashed:
        _mark_dashed(row, pieces, direction, marks)


def _is_typed(piece: Piece) -> bool:
    return piece.text[0] in "/Xx " and _TYPED_OVER.fullmatch(piece.text) is not None


def _mark_typed_over(
    index: int, typed: range, pieces: Sequence[Piece | None], direction: Direction, marks: LetterMarks
) -> None:
    """Mark what the typed letters of a piece stand on: another piece, or the same one."""
    piece = pieces[index]
    if piece is None:
        return
    own = marks.boxes(index)
    x0, x1 = own[typed[0]][0], own[typed[-1]][2]
    sign = piece.text[typed[0] : typed[-1] + 1].strip()[:1]
    has_struck = False
    for run in _runs_on(x0, x1, piece, direction, _SAME_TYPE):
        below = pieces[run.index]
        if below is None or abs(run.size - piece.size) > _SAME_TYPE * piece.size:
            continue
        over = _over(x0, x1, marks.boxes(run.index))
        letters = [n for n in over if not below.text[n].isspace() and below.text[n] != sign]
        if any(below.text[n].isalnum() for n in letters):
            marks.add(run.index, letters, MarkKind.STRUCK)
            has_struck = True
    if has_struck:
        marks.add(index, typed, MarkKind.STRUCK)


_Dashes = list[tuple[int, range]]
"""A row of dashes: pieces, and the letters of each."""


def _dashes(pieces: Sequence[Piece | None], marks: LetterMarks) -> Iterator[_Dashes]:
    """The rows of at least three dashes; some programs draw each of them by itself."""
    row: _Dashes = []
    before: tuple[float, float] | None = None
    on_baseline = Counter(round(piece.baseline) for piece in pieces if piece is not None)
    for index, piece in enumerate(pieces):
        if piece is None or piece.index < 0:
            continue
        level = round(piece.baseline)
        if sum(on_baseline[level + step] for step in (-1, 0, 1)) == 1:
            continue  # a typed rule alone on its line
        for match in _DASHES.finditer(piece.text):
            if len(match[0]) < _MIN_DASHES and match[0] != piece.text.strip():
                continue  # a hyphen inside a word
            own = marks.boxes(index)
            left, right = own[match.start()][0], own[match.end() - 1][2]
            is_next = before is not None and before[1] == piece.baseline
            if row and not (is_next and before and abs(left - before[0]) <= _APART * piece.size):
                yield from _long_enough(row)
                row = []
            row.append((index, range(*match.span())))
            before = right, piece.baseline
    yield from _long_enough(row)


def _long_enough(row: _Dashes) -> Iterator[_Dashes]:
    if sum(len(letters) for _, letters in row) >= _MIN_DASHES:
        yield row


def _mark_dashed(
    row: _Dashes, pieces: Sequence[Piece | None], direction: Direction, marks: LetterMarks
) -> None:
    """Mark the letters on which a row of dashes lies, and the row, if most of it lies on letters."""
    (first, start), (last, end) = row[0], row[-1]
    piece = pieces[first]
    if piece is None:
        return
    x0, x1 = marks.boxes(first)[start[0]][0], marks.boxes(last)[end[-1]][2]
    struck: list[tuple[int, list[int]]] = []
    width = 0.0
    for run in _runs_on(x0, x1, piece, direction, _SAME_TYPE):
        below = pieces[run.index]
        if below is None or abs(run.size - piece.size) > _SAME_TYPE * piece.size:
            continue
        boxes = marks.boxes(run.index)
        letters = [n for n in _over(x0, x1, boxes) if not _DASHES.match(below.text[n])]
        letters = [n for n in letters if not below.text[n].isspace()]
        width += sum(boxes[n][2] - boxes[n][0] for n in letters)
        struck.append((run.index, letters))
    if width >= _ON_LETTERS * (x1 - x0):
        for index, letters in struck + [(index, list(letters)) for index, letters in row]:
            marks.add(index, letters, MarkKind.STRUCK)


def _mark_waved(index: int, piece: Piece, direction: Direction, marks: LetterMarks) -> None:
    marks.add(index, range(len(piece.text)), MarkKind.BLANK)
    x0, x1 = piece.first[0], piece.last[2]
    for run in _runs_on(x0, x1, piece, direction, _LOW):
        letters = list(_over(x0, x1, marks.boxes(run.index)))
        if letters and run.index != index:
            marks.add(run.index, letters, MarkKind.INSERTED)


def _runs_on(x0: float, x1: float, piece: Piece, direction: Direction, share: float) -> Iterator[Run]:
    """The runs on the piece's base line, up to a share of its size above or below."""
    slack = share * piece.size
    for run in direction.runs_at((x0, piece.baseline, x1, piece.baseline)):
        if abs(run.baseline - piece.baseline) <= slack:
            yield run


def _over(x0: float, x1: float, boxes: Sequence[Box]) -> Iterator[int]:
    """The letters whose middle is between."""
    for n, (left, _, right, _) in enumerate(boxes):
        if x0 <= (left + right) / 2 <= x1:
            yield n
