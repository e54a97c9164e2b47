"""Compares what the glyphs say with the ActualText that programs are told.

Ordinary producers use it for ligatures, soft hyphens, blanks and bullets: that changes nothing. A
text that says something else than the page does is marked: the letters that are kept are the page's.

Source: ISO 32000-2, 14.9.4.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tasks.core.reading.glyphs import LINE_END_HYPHEN, paired
from tasks.core.reading.pdfium import Handle
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.text_runs import Piece
from tasks.core.records import MarkKind

_REPLACED = frozenset({MarkKind.REPLACED})
_LIGATURE_LETTERS = 3
_IN_NUMBER = re.compile(r"(?<=\d)[-.,:/](?=\d)")  # as in 1.5, 5,000 and 2020-06-30
_COMPLEX = re.compile("(?![\\d])[\u0590-\u10ff\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Letters that are joined or set out of order: Hebrew, Arabic, Indic, Thai, Khmer. Digits are not."""
_UNKNOWN = "\ufffd"


def follow_actual_text(pieces: Sequence[Piece | None], drawn: DrawnPage) -> list[Piece | None]:
    """The pieces with ActualText where the font does not say the letters; marked where it differs."""
    groups = drawn.drawing.texts.actual
    result = list(pieces)
    if not groups:
        return result
    group_of: dict[Handle, int] = {item: key for key, group in enumerate(groups) for item in group.objects}
    members: dict[int, list[int]] = defaultdict(list)
    for at, piece in enumerate(pieces):
        if piece is not None and piece.style is not None and piece.index >= 0:
            key = group_of.get(piece.style.text_object)
            if key is not None:
                members[key].append(at)
    dropped: set[int] = set()
    for key, places in members.items():
        settled = _settled([piece for at in places if (piece := result[at])], groups[key].text, drawn)
        dropped |= set(places[len(settled) :])
        for at, piece in zip(places, settled, strict=False):
            result[at] = piece
    return [piece for at, piece in enumerate(result) if at not in dropped]


def _settled(group: Sequence[Piece], actual: str, drawn: DrawnPage) -> Sequence[Piece]:
    """The pieces of one ActualText: as they are, marked, or one piece with the ActualText."""
    glyphs = paired("".join(_known(piece, drawn) for piece in group))
    told = actual.strip()
    if told and _folded(paired("".join(piece.text for piece in group))) == _folded(told):
        return group
    is_complex = _COMPLEX.search(told) is not None and _plain(glyphs) == _plain(told)
    is_unknown = _UNKNOWN in glyphs or not glyphs.strip() or is_complex
    if drawn.text.is_right_to_left and is_unknown:
        return group  # where pdfium's order of letters is not sure, nothing is replaced
    if not is_unknown or not told:
        if not says_other(glyphs, actual):
            return group
        return [replace(piece, marks=piece.marks | _REPLACED) for piece in group]
    written = "".join(piece.text for piece in group)
    solid = len(written.rstrip())
    whole = _joined(group, written[: len(written) - len(written.lstrip())] + told + written[solid:])
    is_told = is_complex or is_spelled(glyphs, told)
    return [whole if is_told else replace(whole, marks=whole.marks | _REPLACED)]


def _known(piece: Piece, drawn: DrawnPage) -> str:
    """The piece's letters, U+FFFD for those whose font does not say which they are."""
    letters: list[str] = []
    text = drawn.text.glyph_letters(piece) if drawn.text.is_right_to_left else piece.text
    for letter, is_unmapped in zip(text, drawn.text.unmapped(piece), strict=True):
        is_unknown = is_unmapped or unicodedata.category(letter) in ("Co", "Cn", "Cc") or _is_radical(letter)
        is_known = letter.isspace() or letter == LINE_END_HYPHEN
        letters.append(_UNKNOWN if is_unknown and not is_known else letter)
    return "".join(letters)


def _is_radical(letter: str) -> bool:
    """Chromium's fonts name a radical for many Chinese letters, sometimes another letter's."""
    return "\u2e80" <= letter <= "\u2fdf"


def _joined(group: Sequence[Piece], text: str) -> Piece:
    """One piece with a text that has no letters of its own in pdfium's text page."""
    first, last = group[0], group[-1]
    boxes = [piece.box for piece in group]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    box = (min(lefts), min(bottoms), max(rights), max(tops))
    marks = frozenset(kind for piece in group for kind in piece.marks)
    return replace(first, text=text, last=last.last, box=box, marks=marks, index=-1)


# ---------------------------------------------------------------- comparing


def is_spelled(glyphs: str, actual: str) -> bool:
    """Whether the ActualText fills in letters that the font does not name, one or a ligature each.

    Args:
        glyphs: With U+FFFD for an unknown letter.
        actual: What programs are told, without blanks around it.
    """
    if len(actual) <= _LIGATURE_LETTERS:
        return True
    n_known = len(_folded(glyphs.replace(_UNKNOWN, "")))
    if 2 * n_known < len(_folded(actual)):
        return False  # nothing but the ActualText says what stands there
    known = [re.escape(_folded(part)) for part in glyphs.split(_UNKNOWN)]
    return re.fullmatch(f".{{0,{_LIGATURE_LETTERS}}}".join(known), _folded(actual)) is not None


def says_other(glyphs: str, actual: str) -> bool:
    """Whether programs are told other words than the page shows.

    Blanks, hyphens between letters, quotes, bullets, case and compatibility forms make no
    difference. An ActualText without words hides nothing from the reader of the page.
    """
    shown, told = _folded(glyphs), _folded(actual)
    if shown == told or not told:
        return False
    if not shown:
        return True
    return True


def _plain(text: str) -> str:
    """What a text says apart from letters whose glyphs are no letters one by one."""
    return "".join(sorted(_COMPLEX.sub("", _folded(text).replace(_UNKNOWN, ""))))


def _folded(text: str) -> str:
    """What counts when two texts are compared: letters, digits, and marks inside a number."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2212", "-").replace("\u2044", "/")
    in_numbers = {match.start() for match in _IN_NUMBER.finditer(plain)}
    kept = (letter for at, letter in enumerate(plain) if at in in_numbers or _counts(letter))
    return unicodedata.normalize("NFKC", "".join(kept))


def _counts(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM" or unicodedata.category(letter) == "Sc" or letter == "%"
