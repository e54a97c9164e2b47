"""Glyphs to lines: the order is the content stream's, geometry only says where a line ends.

pdfium breaks a line at a superscript and forgets the break at a line-end hyphen; both are put right here. Nothing is sorted:
sorting lines by position lost 1-2 % of clauses (DESIGN section 8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasks.core.reading.glyphs import Box, Glyph, PageGlyphs
from tasks.core.reading.letters import corrected
from tasks.core.records import LineTag

_SAME_LINE = 0.6  # of the larger size: how far a superscript's baseline may be off
_BREAK_BACK = 1.0  # of the size: how far back x may jump inside a line (kerning, overlaid bold)
_SPACE_GAP = 0.22  # of the size: a gap this wide between merged pieces is a space


@dataclass(slots=True)
class PageLine:
    """One visual line, without its line break."""

    page_index: int
    text: str
    size: float
    """Points; the size most letters have."""
    box: Box
    raised: tuple[tuple[int, int], ...]
    """Ranges of `text` set as superscripts against the line's own type."""
    is_hidden: bool
    tag: LineTag = LineTag.BODY
    hidden: tuple[tuple[int, int], ...] = ()
    """Ranges of `text` that nobody sees on the page."""


def page_lines(page: PageGlyphs, page_index: int) -> list[PageLine]:
    """The page's lines in content order; blank ones are left out, for they hold no glyph."""
    lines: list[PageLine] = []
    letters: list[Glyph] = []
    broken = False
    for glyph in page.glyphs:
        if glyph is None:
            broken = True
            continue
        if letters and _starts_line(letters, glyph, broken):
            _close(lines, letters, page_index)
            letters = []
        elif (
            letters
            and broken
            and _gap(letters[-1], glyph) > _SPACE_GAP * glyph.size
            and letters[-1].letter != " "
        ):
            letters.append(glyph._replace(letter=" ", x0=letters[-1].x1, x1=glyph.x0))
        broken = False
        letters.append(glyph)
    _close(lines, letters, page_index)
    return lines


def _gap(before: Glyph, after: Glyph) -> float:
    return after.x0 - before.x1


def _starts_line(letters: list[Glyph], glyph: Glyph, broken: bool) -> bool:
    """Whether the glyph stands on another line than the letters so far."""
    last = letters[-1]
    if not broken and glyph.baseline == last.baseline and glyph.x0 >= last.x0:
        return False  # nearly every letter
    anchor = _anchor(letters)
    off = abs(glyph.baseline - anchor.baseline)
    near = off <= _SAME_LINE * max(glyph.size, anchor.size)
    if not broken:
        if glyph.letter.isspace():
            return False
        back = last.x0 - glyph.x0 > max(_BREAK_BACK * glyph.size, 0.5 * (last.x0 - letters[0].x0))
        return (
            not near
            or (back and off > 0.3 * glyph.size)
            or (last.letter == "\ufffe" and off > 0.3 * glyph.size)
        )
    return not (near and _gap(last, glyph) > -0.3 * glyph.size and _same_column(last, glyph, anchor, off))


def _same_column(last: Glyph, glyph: Glyph, anchor: Glyph, off: float) -> bool:
    """A break pdfium sees is overruled only right beside a raised or lowered piece, or on one exact baseline nearby."""
    gap = _gap(last, glyph)
    raised = off > 0.05 * anchor.size or abs(last.baseline - glyph.baseline) > 0.05 * anchor.size
    return gap < (1.5 if raised else 3.0) * anchor.size


def _anchor(letters: list[Glyph]) -> Glyph:
    """The letter that speaks for the line: the largest of the last few."""
    return max(letters[-12:], key=lambda g: (not g.letter.isspace(), g.size))


def _close(lines: list[PageLine], letters: list[Glyph], page_index: int) -> None:
    shown = _corrected(letters)
    while shown and shown[-1].letter.isspace():
        shown.pop()
    start = next((i for i, g in enumerate(shown) if not g.letter.isspace()), len(shown))
    shown = shown[start:]
    if not shown:
        return
    solid = [g for g in shown if not g.letter.isspace()]
    settings = Counter((g.size, g.baseline) for g in solid)
    size, baseline = _dominant(settings)
    box = (
        min(g.x0 for g in solid),
        min(g.y0 for g in solid),
        max(g.x1 for g in solid),
        max(g.y1 for g in solid),
    )
    n_hidden = sum(g.hidden for g in solid)
    hidden = tuple(_hidden(shown)) if n_hidden else ()
    text = "".join(g.letter for g in shown)
    raised = tuple(_raised(shown, size, baseline)) if len(settings) > 1 else ()
    rounded = (round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2))
    lines.append(PageLine(page_index, text, size, rounded, raised, n_hidden * 2 > len(solid), hidden=hidden))


def _corrected(letters: list[Glyph]) -> list[Glyph]:
    """The letters a reader sees; plain ASCII, which most lines are, needs no look at each."""
    text = "".join(g.letter for g in letters)
    if text.isascii() and text.isprintable():
        return list(letters)
    return [part for glyph in letters for part in _shown(glyph)]


def _raised(letters: list[Glyph], size: float, baseline: float) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for index, glyph in enumerate(letters):
        if glyph.letter.isspace() or not _is_raised(glyph, size, baseline):
            if start is not None:
                yield start, index
            start = None
        elif start is None:
            start = index
    if start is not None:
        yield start, len(letters)


def _hidden(letters: list[Glyph]) -> Iterator[tuple[int, int]]:
    """Unbroken runs of hidden letters; the blanks between them are hidden too, those around them are not."""
    start, end = None, 0
    for index, glyph in enumerate(letters):
        if glyph.letter.isspace():
            continue
        if glyph.hidden:
            start, end = (index if start is None else start), index + 1
        elif start is not None:
            yield start, end
            start = None
    if start is not None:
        yield start, end


def _is_raised(glyph: Glyph, size: float, baseline: float) -> bool:
    """EDGAR's conversions lift a superscript by no more than a sixteenth of the size, but they do make it smaller."""
    rise = glyph.baseline - baseline
    return rise >= (0.04 if glyph.size <= 0.9 * size else 0.25) * size


def _shown(glyph: Glyph) -> Iterable[Glyph]:
    letter = corrected(glyph.letter)
    if letter == glyph.letter:
        return (glyph,)
    return [glyph._replace(letter=part) for part in letter]


def _dominant(settings: Counter[tuple[float, float]]) -> tuple[float, float]:
    """The size most letters have, and the baseline of most letters of that size."""
    sizes: Counter[float] = Counter()
    for (size, _), count in settings.items():
        sizes[round(size, 1)] += count
    dominant = max(sizes, key=lambda s: (sizes[s], s))
    baselines: Counter[float] = Counter()
    for (size, baseline), count in settings.items():
        if round(size, 1) == dominant:
            baselines[round(baseline, 1)] += count
    return dominant, baselines.most_common(1)[0][0]
