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
from tasks.core.reading.text_runs import PagePieces, Piece
from tasks.core.records import LineTag

_SAME_LINE = 0.6  # of the larger size: how far a superscript's baseline may be off
_BREAK_BACK = 1.0  # of the size: how far back x may jump inside a line (kerning, overlaid bold)
_SPACE_GAP = 0.22  # of the size: a gap this wide between merged pieces is a space
_ANCHOR_LETTERS = 12  # the last letters of a line, among which its anchor is
_SOLID = re.compile(r"\S+")


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
    is_hidden: bool
    tag: LineTag = LineTag.BODY
    hidden: tuple[tuple[int, int], ...] = ()
    """Ranges of `text` that are not visible on the page."""
    corrected: tuple[tuple[int, int, str], ...] = ()
    """Corrected ranges of `text`, each with the file's letter."""


def page_lines(page: PagePieces, page_index: int) -> list[PageLine]:
    """The page's lines in content order, without blank ones."""
    lines: list[PageLine] = []
    line: list[Piece] = []
    broken = False
    for piece in page.pieces:
        if piece is None:
            broken = True
            continue
        if line and _starts_line(line, piece, broken):
            _close(lines, line, page_index)
            line = []
        elif line and broken and _gap(line[-1], piece) > _SPACE_GAP * piece.size and line[-1].text[-1] != " ":
            line.append(_space_between(line[-1], piece))
        broken = False
        line.append(piece)
    _close(lines, line, page_index)
    return lines


def _gap(before: Piece, after: Piece) -> float:
    return after.first[0] - before.last[2]


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


def _close(lines: list[PageLine], line: Sequence[Piece], page_index: int) -> None:
    shown = _trimmed(line)
    if not shown:
        return
    settings: Counter[tuple[float, float]] = Counter()
    n_hidden = 0
    for text, piece in shown:
        n_solid = sum(map(len, text.split()))
        if n_solid:
            settings[piece.size, piece.baseline] += n_solid
        n_hidden += piece.is_hidden * n_solid
    size, baseline = _dominant(settings)
    raised = tuple(_raised(shown, size, baseline)) if len(settings) > 1 else ()
    hidden = tuple(_hidden(shown)) if n_hidden else ()
    text = "".join(text for text, _ in shown)
    is_hidden = n_hidden * 2 > settings.total()
    corrected = tuple(_corrected(shown))
    box = _around(shown)
    lines.append(PageLine(page_index, text, size, box, raised, is_hidden, hidden=hidden, corrected=corrected))


def _trimmed(line: Sequence[Piece]) -> list[tuple[str, Piece]]:
    """Each piece with its visible letters, without white space at the line's ends."""
    shown = [(corrected_text(piece.text), piece) for piece in line]
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
        if not piece.text.isascii():
            whole = corrected_text(piece.text)
            trimmed = len(whole) - len(whole.lstrip()) if number == 0 else 0
            for start, end, original in corrections(piece.text):
                if trimmed <= start and end - trimmed <= len(text):
                    yield at + start - trimmed, at + end - trimmed, original
        at += len(text)


def _around(shown: Sequence[tuple[str, Piece]]) -> Box:
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


def _hidden(shown: Sequence[tuple[str, Piece]]) -> Iterator[tuple[int, int]]:
    """Ranges of hidden letters, with the blanks between them and without those around them."""
    start, end, at = None, 0, 0
    for text, piece in shown:
        if text.strip():
            if piece.is_hidden:
                start = at + len(text) - len(text.lstrip()) if start is None else start
                end = at + len(text.rstrip())
            elif start is not None:
                yield start, end
                start = None
        at += len(text)
    if start is not None:
        yield start, end


def _is_raised(piece: Piece, size: float, baseline: float) -> bool:
    rise = piece.baseline - baseline
    # EDGAR's conversions lift a superscript by at most a sixteenth of the size, but shrink it.
    return rise >= (0.04 if piece.size <= 0.9 * size else 0.25) * size


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
