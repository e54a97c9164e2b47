"""Text that a page draws after its own: flattened fields, words typed over a blank or a white box.

These are candidates only: `filled_in` moves one where it proves to stand over a blank or in a gap.
The search is one pass over the pieces, because most pages have none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Sequence
from itertools import takewhile
from math import inf

from tasks.core.reading.pdfium import FORM, TEXT, Handle, PageObjects
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.filled.blanks import BLANK, Blank
from tasks.core.reading.seen.filled.written_values import WrittenValue
from tasks.core.reading.text_runs import PageText, Piece
from tasks.core.records import NOT_LIVE

_SAME_BASELINE = 0.1  # of the size
_WORD = re.compile(r"\s+|\S+")
_MAX_SPREAD = 100  # letters
_OVER_LETTER = 0.2  # of the size: TeX sets the slash of an unequal sign first (pdfTeX 1.40)
_OVER = 0.3  # of the words' width: over a blank
_APART = 1.0  # of the size: a gap between two values
_MAX_CANDIDATES = 2000  # of a page
_MAX_TAIL = 500  # objects of a page that may be late forms
_MAX_OBJECTS = 5000  # of the late forms
_MAX_DEPTH = 4
_MAX_IN_FORM = 60  # text objects: a form with more is a page, no field
_BESIDE = 4.0  # points

_Group = list[tuple[int, Piece]]


def late_texts(
    pieces: Sequence[Piece | None], drawn: DrawnPage, blanks: Sequence[Blank]
) -> Iterator[WrittenValue]:
    """Words that may have been filled in.

    Args:
        blanks: Blanks and covered words of the page, over which words may stand, by baseline.
    """
    late_objects = _late_form_objects(pieces, drawn)
    if not late_objects and not blanks and not _goes_back(pieces):
        return
    before: Piece | None = None
    lowest = inf
    n_left = _MAX_CANDIDATES
    over = _Over(blanks)
    for group in _groups(pieces):
        first = group[0][1]
        is_back = first.baseline > lowest + first.size or (before is not None and _jumps_back(before, first))
        if before is None or not is_back or first.baseline != before.baseline:
            before = group[-1][1]  # else the rest of its line is late, too
        lowest = min(lowest, first.baseline)
        is_see_through = late_objects.get(first.style.text_object) if first.style is not None else None
        is_form = is_see_through is not None
        if n_left and (is_form or is_back or over.is_near(first)) and _may_be_value(group):
            value = _value(group, is_back, is_see_through)
            if is_form or is_back or over(value):
                n_left -= 1
                yield value


class _Over:
    """Tells whether words stand over a blank of another text."""

    def __init__(self, blanks: Sequence[Blank]) -> None:
        self._blanks = blanks
        self._baselines = [blank.baseline for blank in blanks]

    def is_near(self, words: Piece | WrittenValue) -> bool:
        """Whether a blank stands at their height: for most words none does."""
        start, end = self._at_height(words)
        return start < end

    def _at_height(self, words: Piece | WrittenValue) -> tuple[int, int]:
        start = bisect_left(self._baselines, words.baseline - 0.9 * words.size)
        return start, bisect_right(self._baselines, words.baseline + 0.4 * words.size)

    def __call__(self, value: WrittenValue) -> bool:
        start, end = self._at_height(value)
        least = _OVER * (value.box[2] - value.box[0])
        over = (
            max(0.0, min(blank.box[2], value.box[2]) - max(blank.box[0], value.box[0]))
            for blank in self._blanks[start:end]
            if blank.number not in value.numbers
        )
        return sum(over) > least


def cut_spread(pieces: Sequence[Piece | None], text: PageText) -> list[Piece | None]:
    """The pieces, those cut into words that go back on their line and have white space in them.

    LibreOffice 7.4 draws the signs of another font (boxes) after their line, all as one text object.
    """
    cut: list[Piece | None] = []
    before: Piece | None = None
    for piece in pieces:
        if piece is None or piece.index < 0:
            cut.append(piece)
            continue
        if before is not None and _jumps_back(before, piece) and len(piece.text) <= _MAX_SPREAD:
            cut += [text.part(piece, *word.span()) for word in _WORD.finditer(piece.text)] or [piece]
        else:
            cut.append(piece)
        before = piece
    return cut


def _groups(pieces: Sequence[Piece | None]) -> Iterator[_Group]:
    """Neighbours in content order that stand on one baseline without a gap."""
    group: _Group = []
    for number, piece in enumerate(pieces):
        if piece is None or not piece.text.strip():
            continue
        if group and not _goes_on(group[-1][1], piece):
            yield group
            group = []
        group.append((number, piece))
    if group:
        yield group


def _goes_on(before: Piece, after: Piece) -> bool:
    gap = after.box[0] - before.box[2]
    is_level = abs(after.baseline - before.baseline) <= _SAME_BASELINE * before.size
    return is_level and -0.3 * before.size < gap < _APART * before.size


def _goes_back(pieces: Sequence[Piece | None]) -> bool:
    """Whether the page's text goes up by a line, or back on a line. False for most pages."""
    lowest, before, right = inf, inf, -inf
    for piece in pieces:
        if piece is not None and piece.index >= 0:
            y = piece.baseline
            if y > lowest + piece.size or (y == before and piece.box[0] < right):
                return True
            lowest, before, right = min(lowest, y), y, piece.box[2] - 0.5 * piece.size
    return False


def _jumps_back(before: Piece, after: Piece) -> bool:
    """Whether a text goes back on its line, and not over the letter before it, as an accent does."""
    is_level = abs(after.baseline - before.baseline) <= _SAME_BASELINE * after.size
    edge = min(before.box[2] - 0.5 * after.size, before.last[0] - _OVER_LETTER * after.size)
    return is_level and after.box[0] < edge


def _may_be_value(group: _Group) -> bool:
    """Whether it is seen, and is no blank itself."""
    if any(piece.marks & NOT_LIVE for _, piece in group):
        return False
    words = "".join(piece.text for _, piece in group).strip()
    return len(words) == 1 or BLANK.search(words) is None


def _value(group: _Group, is_back: bool, is_see_through: bool | None) -> WrittenValue:
    """`is_see_through`: of its late form; None: it is in none."""
    boxes = [piece.box for _, piece in group]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    first = group[0][1]
    return WrittenValue(
        tuple(piece for _, piece in group),
        (min(lefts), min(bottoms), max(rights), max(tops)),
        first.baseline,
        first.size,
        is_late=is_back,
        is_late_form=is_see_through is not None,
        is_see_through=bool(is_see_through),
        numbers=tuple(number for number, _ in group),
    )


def _late_form_objects(pieces: Sequence[Piece | None], drawn: DrawnPage) -> dict[Handle, bool]:
    """Text objects of the forms that the page draws after its own text; with each, if it is see-through."""
    objects = PageObjects()
    last = objects.last_of_page(drawn.page, _MAX_TAIL)
    tail = takewhile(lambda pair: pair[1] != TEXT, ((item, objects.kind(item)) for item in last))
    found: dict[Handle, bool] = {}
    for item in [item for item, kind in tail if kind == FORM]:
        shown = _text_objects(objects, item, _MAX_OBJECTS - len(found))
        if 0 < len(shown) <= _MAX_IN_FORM:
            found |= dict.fromkeys(shown, objects.has_transparency(item))
    return found if found and _are_beside(found, pieces) else {}


def _text_objects(objects: PageObjects, form: Handle, at_most: int) -> set[Handle]:
    """The text objects of a form and of the forms in it."""
    found: set[Handle] = set()
    stack = [(form, 0)]
    while stack and at_most > 0:
        item, depth = stack.pop()
        at_most -= 1
        kind = objects.kind(item)
        if kind == TEXT:
            found.add(item)
        elif kind == FORM and depth < _MAX_DEPTH:
            stack += [(part, depth + 1) for part in objects.of_form(item, at_most)]
    return found


def _are_beside(found: Container[Handle], pieces: Sequence[Piece | None]) -> bool:
    """Whether some of the page's pieces in the forms stand beside or between the others.

    Nearly every page of some sources has its header or footer in a form.
    """
    late: list[float] = []
    low, high = inf, -inf
    for piece in pieces:
        if piece is not None and piece.style is not None:
            y = piece.baseline
            if piece.style.text_object in found:
                late.append(y)
            else:
                low, high = min(low, y), max(high, y)
    return any(low - _BESIDE <= y <= high + _BESIDE for y in late)
