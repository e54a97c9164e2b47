"""The text of a row, mended: spaces that its gaps show, punctuation of its script, parts joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tasks.core.reading.ocr.glyph_ink import row_ink
from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import LetterRow, around, is_cjk

_SPACE = 0.33  # of a capital's height between the ink of two letters
_FULL_WIDTH = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "?": "？", "!": "！"}


def mended(row: LetterRow, ink: Ink) -> None:
    """Put in the spaces between words that the recogniser left out; punctuation among CJK is full-width."""
    _widen_punctuation(row)
    measured = row_ink(row, ink)
    if not measured.tall:
        return
    places: list[tuple[int, float]] = []
    for before, after in pairwise(measured.glyphs):
        if not before.letters or not after.letters:
            continue
        at = after.letters[0]
        is_next = before.letters[-1] == at - 1
        letters = row.text[at - 1 : at + 1]
        gap = after.box.left - before.box.right
        if is_next and gap > _SPACE * measured.tall and _may_part(letters):
            places.append((at, before.box.right + gap / 2))
    for at, middle in reversed(places):
        row.insert(at, " ", middle)
        row.raised = tuple((a + (a >= at), b + (b > at)) for a, b in row.raised)


def _may_part(letters: str) -> bool:
    before, after = letters
    if is_cjk(before) or is_cjk(after):
        return False
    return (before.isalpha() or before in ",;:.)") and after.isalpha() and not after.isdigit()


def _widen_punctuation(row: LetterRow) -> None:
    letters = list(row.text)
    for at, letter in enumerate(letters):
        if letter in _FULL_WIDTH:
            beside = [n for n in (letters[at - 1 : at] + letters[at + 1 : at + 2]) if not n.isspace()]
            if beside and all(map(is_cjk, beside)):
                letters[at] = _FULL_WIDTH[letter]
    row.text = "".join(letters)


def joined(parts: Sequence[LetterRow]) -> list[LetterRow]:
    """The parts of one row as one, with a space where none of the letters is CJK."""
    if not parts:
        return []
    whole = parts[0]
    for part in parts[1:]:
        is_close = part.box.left - whole.box.right < 0.5 * part.box.height
        gap = "" if is_close and is_cjk(whole.text[-1]) and is_cjk(part.text[0]) else " "
        shift = len(whole.text) + len(gap)
        raised = (*whole.raised, *((a + shift, b + shift) for a, b in part.raised))
        size = whole.size_px if len(whole.text) >= len(part.text) else part.size_px
        middles = [*whole.middles, *([whole.middles[-1]] * len(gap)), *part.middles]
        box = around([whole.box, part.box])
        whole = LetterRow(
            box, whole.text + gap + part.text, middles, min(whole.score, part.score), size, raised
        )
    return [whole]
