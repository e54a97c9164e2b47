"""The superscripts of a row, found by their ink: what stands high and is small.

The recogniser reads most of them as letters of the row. Those that it leaves out or takes for a
quotation mark are read once more, alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from tasks.core.reading.ocr.glyph_ink import GlyphInk, RowInk, row_ink
from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import Grey, LetterRow, PixelBox, around
from tasks.core.reading.ocr.rapid import read_alone

_MIN_RISE = 0.22  # of a capital's height, from the base line to the glyph's lower edge
_MIN_TOP = 0.72  # from the base line to its upper edge
_MIN_HEIGHT, _MAX_HEIGHT = 0.38, 0.88
_MAX_WIDTH = 1.3  # of one glyph
_GROUP_GAP = 0.45  # of a capital's height: between the figures of one number
_QUOTE = 0.5  # of a capital's height: quotation marks are lower
_FAR = 0.6  # of a capital's height: a letter so far is another glyph's
_SURE = 0.7  # the score of a mark read alone
_MARK = re.compile(
    r"[0-9⁰¹²³⁴-⁹]{1,3}|[a-z]|[ivx]{1,5}|\*{1,4}|[†‡§¶‖#]{1,4}|[①-⑳❶-❿➀-➓]|[\[(（〔【]?注?[0-9a-z]{1,3}[\])）〕】]?"
)
_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹ª"
_DOUBTFUL = frozenset("'\"`´’‘“”°^·.,-~|!lIoO。、")
"""What a recogniser takes a small high figure for."""


def mark_superscripts(row: LetterRow, ink: Ink, picture: Grey) -> None:
    """Set the row's type size and its superscripts; may put letters into its text."""
    measured = row_ink(row, ink)
    row.size_px = measured.size
    if not measured.tall:
        return
    _put_back_first(row, measured, picture)
    raised: list[tuple[int, int]] = []
    for group in reversed(list(_groups(measured))):  # from the right: offsets to the left stay
        found = _placed(row, group, measured, picture)
        if found is not None:
            n_more = len(row.text) - found[2]
            raised = [found[:2], *((a + n_more, b + n_more) for a, b in raised)]
    row.raised = tuple(_joined(raised))
    for start, end in row.raised:  # the recogniser says "¹" for some of them, and "1" for others
        plain = [
            unicodedata.normalize("NFKC", letter) if letter in _HIGH else letter
            for letter in row.text[start:end]
        ]
        row.text = row.text[:start] + "".join(plain) + row.text[end:]


def _put_back_first(row: LetterRow, measured: RowInk, picture: Grey) -> None:
    """Put a mark that opens the row back, if the recogniser left it out: ¶, ‡, ⑧."""
    missing: list[PixelBox] = []
    for glyph in measured.glyphs:
        if glyph.letters:
            break
        missing.append(glyph.box)
    if not missing or not row.middles or row.middles[0] <= missing[-1].right:
        return
    box = around(missing)
    if box.width > 2 * measured.tall or not 0.38 * measured.tall <= box.height <= 1.4 * measured.tall:
        return
    read = _read_mark(box, picture)
    if read is None or read.isalpha():
        return
    for glyph in measured.glyphs:
        glyph.letters = [at + len(read) for at in glyph.letters]
    row.insert(0, read, box.middle)
    measured.glyphs[0].letters = list(range(len(read)))


def _groups(measured: RowInk) -> Iterator[list[GlyphInk]]:
    """High small glyphs that stand together."""
    group: list[GlyphInk] = []
    for glyph in measured.glyphs:
        if not _is_high(glyph.box, measured):
            if group:
                yield group
            group = []
            continue
        if group and glyph.box.left - group[-1].box.right > _GROUP_GAP * measured.tall:
            yield group
            group = []
        group.append(glyph)
    if group:
        yield group


def _is_high(box: PixelBox, measured: RowInk) -> bool:
    tall = measured.tall
    return (
        measured.base - box.bottom >= _MIN_RISE * tall
        and measured.base - box.top >= _MIN_TOP * tall
        and _MIN_HEIGHT * tall <= box.height <= _MAX_HEIGHT * tall
        and box.width <= _MAX_WIDTH * tall
    )


def _placed(
    row: LetterRow, group: Sequence[GlyphInk], measured: RowInk, picture: Grey
) -> tuple[int, int, int] | None:
    """The group's range in the text, and the text's length before it was mended."""
    n_before = len(row.text)
    box = around([glyph.box for glyph in group])
    letters = sorted(at for glyph in group for at in glyph.letters)
    if not letters:
        before = [
            n for n, middle in enumerate(row.middles) if middle < box.middle and not row.text[n].isspace()
        ]
        at = before[-1] + 1 if before else 0
        read = None if _is_taken(row, box, measured) else _read_mark(box, picture)
    else:
        at, end = letters[0], _with_figures(row.text, letters[0], letters[-1] + 1, measured)
        text = row.text[at:end]
        if text not in _DOUBTFUL:
            return (at, end, n_before) if _MARK.fullmatch(text) or text.isalnum() else None
        read = _read_mark(box, picture) if box.height >= _QUOTE * measured.tall else None
        if read is not None:
            row.text = row.text[:at] + row.text[end:]
            del row.middles[at:end]
    if read is None:
        return None
    row.insert(at, read, box.middle)
    return at, at + len(read), n_before


def _with_figures(text: str, start: int, end: int, measured: RowInk) -> int:
    """The end with the figures behind it that have no ink of their own: the 1 of a small 注1."""
    owned = {at for glyph in measured.glyphs for at in glyph.letters}
    while text[start] == "注" and end < len(text) and text[end].isdigit() and end not in owned:
        end += 1
    return end


def _is_taken(row: LetterRow, box: PixelBox, measured: RowInk) -> bool:
    """Whether a letter of the text may be this ink: the ring of a per cent sign."""
    return any(
        box.left - 0.2 * measured.tall <= middle <= box.right + 0.2 * measured.tall
        or (letter in '%‰“”"™®°' and abs(middle - box.middle) < _FAR * measured.tall)
        for letter, middle in zip(row.text, row.middles, strict=True)
        if not letter.isspace()
    )


def _read_mark(box: PixelBox, picture: Grey) -> str | None:
    """The letters of a mark, read alone; None: no mark."""
    text, score = read_alone(PixelBox(box.left - 1, box.top - 1, box.right + 1, box.bottom + 1).cut(picture))
    text = {"l": "1", "I": "1", "|": "1", "O": "0", "o": "0"}.get(text, text)
    return text if score >= _SURE and _MARK.fullmatch(text) else None


def _joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if joined and joined[-1][1] == start:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined
