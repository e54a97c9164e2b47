"""Joins text runs to lines, in the order of the content stream; geometry decides where a line ends.

pdfium breaks a line at a superscript and misses the break at a line-end hyphen; both are corrected
here. Lines are not sorted by position: on CUAD, sorting lost 1-2 % of the clauses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.core.reading.drawing import Box
from tasks.core.reading.glyphs import LINE_END_HYPHEN, corrected_text, corrections
from tasks.core.reading.rows.columns import PieceRow, column_by_column
from tasks.core.reading.rows.cuts import head_length, part_stamps, tail_length
from tasks.core.reading.rows.directions import TurnedRun
from tasks.core.reading.rows.word_gaps import WordRun, stretches_of
from tasks.core.reading.seen.page_pieces import PagePieces
from tasks.core.reading.text_runs import Piece
from tasks.core.records import NOT_LIVE, LineTag, MarkKind

_SAME_LINE = 0.6  # of the larger size: how far a superscript's baseline may be off
_BREAK_BACK = 1.0  # of the size: how far back x may jump inside a line (kerning, overlaid bold)
_HIGH = 0.2  # of the size: how far the figures of a superscript font are above the base line
_LOW_FIGURE = 0.5  # of the size: their height; others have 0.6 to 0.75
_SPACE_GAP = 0.22  # of the size: a gap this wide between merged pieces is a space
_DIGIT_GAP = 0.31  # of the size: between two ones of Helvetica are 0.3, with a space 0.58
_ANCHOR_LETTERS = 12  # the last letters of a line, among which its anchor is
_SOLID = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]")
_UNSEEN = NOT_LIVE - {MarkKind.STRUCK, MarkKind.BLANK}


@dataclass(slots=True)
class PageLine:
    """One visual line, without its line break."""

    page_index: int
    text: str
    size: float
    """Points; the size most letters have."""
    box: Box
    raised: tuple[tuple[int, int], ...]
    """Ranges of `text` that are superscripts."""
    is_unseen: bool
    """It has letters that the page does not show, and the others are no word."""
    tag: LineTag = LineTag.BODY
    marks: tuple[tuple[int, int, MarkKind], ...] = ()
    """Ranges of `text` with what a reader sees of them."""
    corrected: tuple[tuple[int, int, str], ...] = ()
    """Corrected ranges of `text`, each with the file's letter."""
    turned: int = 0
    """Its direction in quarter turns, counter-clockwise from the page's."""
    edge_numbers: tuple[EdgeNumber, ...] = ()
    """Numbers that begin or end the line: `line_numbers` says whether they are part of the text."""
    stretches: tuple[WordRun, ...] = ()
    """In order; none: the page has no wide gaps."""
    pieces: tuple[Piece, ...] = ()
    """What the line is made of, where it was asked for."""


@dataclass(slots=True)
class EdgeNumber:
    """The line as two: a number and the rest."""

    number: PageLine
    rest: PageLine
    is_head: bool
    """The number comes first."""


def page_lines(page: PagePieces, page_index: int, *, keep_pieces: bool = False) -> list[PageLine]:
    """The page's lines in content order, without blank ones; columns come one after the other.

    Args:
        keep_pieces: Each line keeps what it is made of.
    """
    rows = column_by_column(part_stamps(_rows(page.pieces), page.height))
    turned = list(reversed(page.turned))
    lines: list[PageLine] = []
    for row in rows:
        while turned and turned[-1].at <= row.at:
            lines += _turned_lines(turned.pop(), page_index, keep_pieces)
        _close(lines, row.pieces, page_index, page.has_gaps, keep_pieces)
    while turned:
        lines += _turned_lines(turned.pop(), page_index, keep_pieces)
    return lines


def _turned_lines(run: TurnedRun, page_index: int, keep_pieces: bool) -> list[PageLine]:
    """The lines of text of another direction, with boxes on the page."""
    lines: list[PageLine] = []
    for row in column_by_column(_rows(run.pieces)):
        _close(lines, row.pieces, page_index, has_gaps=False, keep_pieces=keep_pieces)
    return [replace(n, box=run.back.turn(n.box), turned=run.quarter, edge_numbers=()) for n in lines]


def _rows(pieces: Sequence[Piece | None]) -> list[PieceRow]:
    """The pieces of each line, in content order."""
    rows: list[PieceRow] = []
    line: list[Piece] = []
    broken, start = False, 0
    for at, piece in enumerate(pieces):
        if piece is None:
            broken = True
            continue
        if line and _starts_line(line, piece, broken):
            rows.append(PieceRow(start, line))
            line = []
        elif line and broken and _is_space(line[-1], piece):
            line.append(_space_between(line[-1], piece))
        broken = False
        if not line:
            start = at
        line.append(piece)
    if line:
        rows.append(PieceRow(start, line))
    return rows


def _gap(before: Piece, after: Piece) -> float:
    return after.first[0] - before.last[2]


def _is_space(before: Piece, after: Piece) -> bool:
    """Whether the gap is a space that is not there yet; a digit one stands far from its neighbours."""
    last, first = before.text[-1], after.text[0]
    is_number = "1" in (last, first) and last.isdigit() and first.isdigit()
    gap = _DIGIT_GAP if is_number else _SPACE_GAP
    return _gap(before, after) > gap * after.size and last != " "


def _space_between(before: Piece, after: Piece) -> Piece:
    _, y0, x1, y1 = before.last
    box = (x1, y0, after.first[0], y1)
    return replace(after, text=" ", first=box, last=box)


def _starts_line(line: Sequence[Piece], piece: Piece, broken: bool) -> bool:
    """Whether the piece is on another line."""
    last, x0, size = line[-1], piece.first[0], piece.size
    if not broken and piece.baseline == last.baseline and x0 >= last.last[0]:
        return False  # nearly every piece
    anchor = _anchor(line)
    off = abs(piece.baseline - anchor.baseline)
    near = off <= _SAME_LINE * max(size, anchor.size)
    if broken:
        return not (near and _gap(last, piece) > -0.3 * size and _same_column(last, piece, anchor, off))
    if piece.text[0].isspace():
        return False
    back = last.last[0] - x0 > max(_BREAK_BACK * size, 0.5 * (last.last[0] - line[0].first[0]))
    return not near or (off > 0.3 * size and (back or last.text[-1] == LINE_END_HYPHEN))


def _same_column(last: Piece, piece: Piece, anchor: Piece, off: float) -> bool:
    """Whether pdfium's break is wrong: beside a raised or lowered piece, or on one baseline."""
    raised = off > 0.05 * anchor.size or abs(last.baseline - piece.baseline) > 0.05 * anchor.size
    return _gap(last, piece) < (1.5 if raised else 3.0) * anchor.size


def _anchor(line: Sequence[Piece]) -> Piece:
    """The piece whose size and baseline count for the line: the largest of the last few letters."""
    left = _ANCHOR_LETTERS
    best, best_key = line[-1], (False, 0.0)
    for piece in reversed(line):
        key = (not piece.text[-left:].isspace(), piece.size)
        if key >= best_key:
            best, best_key = piece, key
        left -= len(piece.text)
        if left <= 0:
            break
    return best


def _close(
    lines: list[PageLine], line: Sequence[Piece], page_index: int, has_gaps: bool, keep_pieces: bool
) -> None:
    if len(line) == 1:  # most lines
        text = corrected_text(line[0].text).strip()
        shown = [(text, line[0])] if text else []
    else:
        shown = _trimmed([(corrected_text(piece.text), piece) for piece in line])
    if shown:
        closed = _closed(shown, page_index, has_gaps)
        if len(shown) > 1 and (closed.text[0].isdigit() or closed.text[-1].isdigit()):
            closed.edge_numbers = tuple(_edge_numbers(shown, page_index, has_gaps))
        closed.pieces = tuple(line) if keep_pieces else ()
        lines.append(closed)


def _edge_numbers(
    shown: Sequence[tuple[str, Piece]], page_index: int, has_gaps: bool
) -> Iterator[EdgeNumber]:
    n_head, n_tail = head_length(shown), tail_length(shown)
    for cut, is_head in ((n_head, True), (len(shown) - n_tail, False)):
        if not 0 < cut < len(shown):
            continue
        first, second = _trimmed(shown[:cut]), _trimmed(shown[cut:])
        if first and second:
            parts = _closed(first, page_index, has_gaps), _closed(second, page_index, has_gaps)
            number, rest = parts if is_head else parts[::-1]
            yield EdgeNumber(number, rest, is_head)


def _closed(shown: Sequence[tuple[str, Piece]], page_index: int, has_gaps: bool) -> PageLine:
    text, piece = shown[0]
    size, raised = round(piece.size, 1), ()
    has_marks = bool(piece.marks)
    if len(shown) > 1 or _is_high_number(piece):
        text = "".join(text for text, _ in shown)
        size, raised = _setting(shown)
        has_marks = any(piece.marks for _, piece in shown)
    is_unseen, marks = _sight(shown) if has_marks else (False, ())
    corrected = tuple(_corrected(shown))
    box = _around(shown)
    closed = PageLine(page_index, text, size, box, raised, is_unseen, marks=marks, corrected=corrected)
    closed.stretches = stretches_of(shown) if has_gaps else ()
    return closed


def _setting(shown: Sequence[tuple[str, Piece]]) -> tuple[float, tuple[tuple[int, int], ...]]:
    """The size that counts for the line, and its superscripts."""
    first = shown[0][1]
    has_high = any(_is_high_number(piece) for _, piece in shown)
    if not has_high and all(
        piece.baseline == first.baseline and piece.size == first.size for _, piece in shown
    ):
        return round(first.size, 1), ()  # nearly every line
    settings: Counter[tuple[float, float]] = Counter()
    for text, piece in shown:
        n_solid = _n_solid(text)
        if n_solid:
            settings[piece.size, piece.baseline] += n_solid
    size, baseline = _dominant(settings)
    return size, tuple(_raised(shown, size, baseline)) if has_high or len(settings) > 1 else ()


def _sight(shown: Sequence[tuple[str, Piece]]) -> tuple[bool, tuple[tuple[int, int, MarkKind], ...]]:
    """Whether most letters of the line are not visible, and the marks of all."""
    n_unseen = sum(_n_solid(text) for text, piece in shown if piece.marks & _UNSEEN)
    n_letters = sum(_n_solid(text) for text, _ in shown)
    kinds = {kind for _, piece in shown for kind in piece.marks}
    marks = sorted((start, end, kind) for kind in kinds for start, end in _marked(shown, kind))
    return n_unseen * 2 > n_letters and not _shows_words(shown), tuple(marks)


def _n_solid(text: str) -> int:
    return sum(map(len, text.split()))


def _shows_words(shown: Sequence[tuple[str, Piece]]) -> bool:
    return any(not piece.marks & _UNSEEN and _WORD.search(text) for text, piece in shown)


def _trimmed(line: Sequence[tuple[str, Piece]]) -> list[tuple[str, Piece]]:
    """Each piece with its visible letters, without white space at the line's ends."""
    shown = list(line)
    while shown and not shown[-1][0].strip():
        shown.pop()
    start = next((i for i, (text, _) in enumerate(shown) if text.strip()), 0)
    shown = shown[start:]
    if shown:
        shown[-1] = (shown[-1][0].rstrip(), shown[-1][1])
        shown[0] = (shown[0][0].lstrip(), shown[0][1])
    return shown


def _corrected(shown: Sequence[tuple[str, Piece]]) -> Iterator[tuple[int, int, str]]:
    """The corrections, in offsets of the line."""
    at = 0  # blanks that were trimmed off the first piece shift its letters
    for number, (text, piece) in enumerate(shown):
        if not piece.text.isascii() and (found := list(corrections(piece.text))):
            whole = corrected_text(piece.text)
            trimmed = len(whole) - len(whole.lstrip()) if number == 0 else 0
            for start, end, original in found:
                if trimmed <= start and end - trimmed <= len(text):
                    yield at + start - trimmed, at + end - trimmed, original
        at += len(text)


def _around(shown: Sequence[tuple[str, Piece]]) -> Box:
    if len(shown) == 1:
        left, bottom, right, top = shown[0][1].box
        return round(left, 2), round(bottom, 2), round(right, 2), round(top, 2)
    boxes = [piece.box for text, piece in shown if text.strip()]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return round(min(lefts), 2), round(min(bottoms), 2), round(max(rights), 2), round(max(tops), 2)


def _raised(shown: Sequence[tuple[str, Piece]], size: float, baseline: float) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    at = 0
    for text, piece in shown:
        if _is_raised(piece, size, baseline):
            for match in _SOLID.finditer(text):
                start, end = at + match.start(), at + match.end()
                if ranges and ranges[-1][1] == start:
                    start = ranges.pop()[0]
                ranges.append((start, end))
        at += len(text)
    return ranges


def _marked(shown: Sequence[tuple[str, Piece]], kind: MarkKind) -> Iterator[tuple[int, int]]:
    """Ranges of marked letters, with the blanks between them and without those around them."""
    start, end, at = None, 0, 0
    for text, piece in shown:
        if text.strip():
            if kind in piece.marks:
                start = at + len(text) - len(text.lstrip()) if start is None else start
                end = at + len(text.rstrip())
            elif start is not None:
                yield start, end
                start = None
        elif start is not None and kind is MarkKind.BLANK and kind in piece.marks:
            end = at + len(text)  # the gap between a short blank and its full stop
        at += len(text)
    if start is not None:
        yield start, end


def _is_raised(piece: Piece, size: float, baseline: float) -> bool:
    rise = piece.baseline - baseline
    if _is_high_number(piece):
        return True
    # EDGAR's conversions lift a superscript by at most a sixteenth of the size, but shrink it.
    return rise >= (0.04 if piece.size <= 0.9 * size else 0.25) * size


def _is_high_number(piece: Piece) -> bool:
    """Whether the font itself has small, high figures: Typst (0.15) sets notes in them, on the base line."""
    text = piece.text.strip()
    if not (text.isdecimal() and text.isascii()):
        return False  # nearly every piece
    _, bottom, _, top = piece.box
    return bottom - piece.baseline >= _HIGH * piece.size and 0 < top - bottom <= _LOW_FIGURE * piece.size


def _dominant(settings: Counter[tuple[float, float]]) -> tuple[float, float]:
    """The size of most letters, and the baseline of most letters of that size."""
    if len(settings) == 1:
        size, baseline = next(iter(settings))
        return round(size, 1), round(baseline, 1)
    sizes: Counter[float] = Counter()
    for (size, _), count in settings.items():
        sizes[round(size, 1)] += count
    dominant = max(sizes, key=lambda s: (sizes[s], s))
    baselines: Counter[float] = Counter()
    for (size, baseline), count in settings.items():
        if round(size, 1) == dominant:
            baselines[round(baseline, 1)] += count
    return dominant, baselines.most_common(1)[0][0]
