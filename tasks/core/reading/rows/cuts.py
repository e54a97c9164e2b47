"""Cuts text objects and rows where something else begins: after a number, at a wide gap, at a stamp.

Only `line_numbers` decides what the numbers are, only `columns` what the gaps are, and only
`legends` what a stamp is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import pairwise

from tasks.core.reading.rows.columns import PieceRow
from tasks.core.reading.text_runs import PageText, Piece

_OPENING = re.compile(r"\s*[0-9]{1,4}(?=\s+\S)")
_STARTS = frozenset("0123456789 \t\xa0")
_NUMBER = re.compile("[0-9]{1,4}")
_BLANK = re.compile(r"(?<=\S)\s+(?=\S)")
_LONG = 24  # letters
_SIDE = 10  # letters on each side of a gap: fewer are a number or a letter before a clause
_NEAR = 20  # pieces of the line, before and after
_WIDE = 0.49  # of the size: a letter's width; less is text without a gap
_MIN_WIDE = 6  # pieces
_SAMPLES = 3  # of the wide pieces: all but one must have a gap
_GUTTER = 1.5  # of the size
_HEAD_GAP = 0.4  # of the size: at least this far from the text, if no blank is between
_TAIL_GAP = 1.0
_MARGIN = 0.12  # of the page's height
_STAMP_GAP = 1.5  # of the size
_OTHER_SIZE = 0.04  # of the size
_PAST = 4.0  # points beyond the other rows' right edge
_MAY_BE_STAMP = re.compile(
    r"(?:[^a-z]{0,60}(?:[0-9]{4,12}|CONFIDENTIAL|ONLY|PRIVILEGED)[^a-z]{0,60}|Confidential.{0,40})"
)
_WORDS = re.compile(r"[^\W\d_]{2,}\W+[^\W\d_]{2,}")

Shown = tuple[str, Piece]
"""A piece with its visible letters."""


def cut_opening_numbers(pieces: Sequence[Piece | None], text: PageText) -> list[Piece | None]:
    """The pieces, with a number before a blank apart from its text object's other letters."""
    cut: list[Piece | None] = []
    for piece in pieces:
        if piece is None or piece.text[0] not in _STARTS or piece.index < 0:
            cut.append(piece)
        elif match := _OPENING.match(piece.text):
            end = match.end()
            cut += [text.part(piece, 0, end), text.part(piece, end, len(piece.text))]
        else:
            cut.append(piece)
    return cut


def cut_wide_gaps(pieces: Sequence[Piece | None], text: PageText) -> list[Piece | None]:
    """The pieces, cut where a text object runs across a gutter.

    Ghostscript writes strings of one base line as one object (pdfwrite 10), and groff from one kerned
    pair to the next (gropdf 1.22). Letters' boxes are slow to get, so a few of the wide pieces are
    looked at first.
    """
    wide = [i for i, p in enumerate(pieces) if p is not None and len(p.text) >= _LONG and _is_wide(p)]
    if len(wide) < _MIN_WIDE:
        return list(pieces)
    # Fixed-width letters are wide, too: the widest pieces are those with a gap.
    samples = nlargest(_MIN_WIDE, wide, key=lambda i: _letter_width(pieces[i]))[:: _MIN_WIDE // _SAMPLES]
    misses = 0
    for index in samples:
        misses += not _has_wide_gap(pieces, index, text)
        if misses > 1:  # nearly every page
            return list(pieces)
    cut: list[Piece | None] = []
    for piece in pieces:
        may_run_across = piece is not None and (len(piece.text) >= _LONG or _is_wide(piece))
        ends = _gap_ends(piece, text) if piece is not None and may_run_across else []
        if piece is None or not ends:
            cut.append(piece)
        else:
            bounds = [0, *ends, len(piece.text)]
            cut += [text.part(piece, start, end) for start, end in pairwise(bounds)]
    return cut


def _letter_width(piece: Piece | None) -> float:
    """Of the size."""
    return 0.0 if piece is None else (piece.box[2] - piece.box[0]) / (piece.size * len(piece.text) or 1.0)


def _has_wide_gap(pieces: Sequence[Piece | None], index: int, text: PageText) -> bool:
    """Whether a gap of the piece has enough letters of its base line before and after."""
    piece = pieces[index]
    if piece is None or piece.index < 0:
        return False
    n_before = sum(map(len, _beside(piece, reversed(pieces[max(0, index - _NEAR) : index]))))
    n_after = sum(map(len, _beside(piece, pieces[index + 1 : index + 1 + _NEAR])))
    return any(
        _is_gutter(piece, text, *match.span())
        for match in _BLANK.finditer(piece.text)
        if match.end() + n_before >= _SIDE and len(piece.text) - match.end() + n_after >= _SIDE
    )


def _beside(piece: Piece, others: Iterable[Piece | None]) -> Iterator[str]:
    """The texts of the pieces that go on on its base line."""
    for other in others:
        if other is None or other.baseline != piece.baseline:
            return
        yield other.text


def _is_wide(piece: Piece) -> bool:
    return piece.box[2] - piece.box[0] > _WIDE * piece.size * len(piece.text)


def _gap_ends(piece: Piece, text: PageText) -> list[int]:
    """The offsets behind the piece's wide blanks."""
    if piece.index < 0:
        return []
    found = _BLANK.finditer(piece.text)
    return [match.end() for match in found if _is_gutter(piece, text, *match.span())]


def _is_gutter(piece: Piece, text: PageText, start: int, end: int) -> bool:
    before, after = text.letter_box(piece, start - 1), text.letter_box(piece, end)
    return after[0] - before[2] > _GUTTER * piece.size


def head_length(shown: Sequence[Shown]) -> int:
    """How many of the pieces are a number before the line's text; 0: none."""
    if not shown[0][0][0].isdigit():
        return 0
    number, before = "", None
    for i, (text, piece) in enumerate(shown):
        if not text:  # control codes, which the page does not show
            continue
        is_apart = text[0].isspace() or (
            before is not None and piece.first[0] - before.last[2] > _HEAD_GAP * piece.size
        )
        if is_apart and number:
            return i if _NUMBER.fullmatch(number.strip()) else 0
        number, before = number + text, piece
        if not text[0].isdigit() or len(number) > 5:
            return 0
        if text[-1].isspace():
            return i + 1 if i + 1 < len(shown) and _NUMBER.fullmatch(number.strip()) else 0
    return 0


def tail_length(shown: Sequence[Shown]) -> int:
    """How many of the pieces are a number far behind the line's text; 0: none."""
    text, piece = shown[-1]
    if not text[-1].isdigit() or not _NUMBER.fullmatch(text.strip()):
        return 0
    for before, at in reversed(shown[:-1]):
        if before.strip():
            return 1 if piece.first[0] - at.last[2] > _TAIL_GAP * piece.size else 0
    return 0


def part_stamps(rows: Sequence[PieceRow], height: float) -> list[PieceRow]:
    """The rows; what may be a stamp on the base line of a page's first or last words is a row of its own.

    Args:
        height: The page's, in points.
    """
    parted: list[PieceRow] = []
    for row in rows:
        baseline = row.pieces[0].baseline
        start = 0 if _MARGIN * height < baseline < (1 - _MARGIN) * height else _stamp_start(row.pieces)
        if start and _is_set_apart(row, start, rows):
            parted += [PieceRow(row.at, row.pieces[:start]), PieceRow(row.at, row.pieces[start:])]
        else:
            parted.append(row)
    return parted


def _stamp_start(pieces: Sequence[Piece]) -> int:
    """The index of the first piece behind the row's last wide gap, if it may be a stamp; 0: none."""
    after: Piece | None = None
    at = 0
    for i in range(len(pieces) - 1, -1, -1):
        piece = pieces[i]
        if piece.text.isspace():
            continue
        if after is not None and after.first[0] - piece.last[2] > _STAMP_GAP * after.size:
            before = "".join(p.text for p in pieces[:at])
            stamp = "".join(p.text for p in pieces[at:]).strip()
            return at if _MAY_BE_STAMP.fullmatch(stamp) and _WORDS.search(before) else 0
        after, at = piece, i
    return 0


def _is_set_apart(row: PieceRow, start: int, rows: Sequence[PieceRow]) -> bool:
    """Whether the row's end is of another size than its words, or stands beyond the page's text."""
    first, stamp = row.pieces[0], row.pieces[start]
    if abs(first.size - stamp.size) > _OTHER_SIZE * first.size:
        return True
    right = max((p.box[2] for other in rows if other is not row for p in other.pieces), default=0.0)
    return row.pieces[-1].box[2] > right + _PAST
