"""A word of which some letters are not shown proves nothing: its other letters get the same mark.

A ring painted over the first digit of 14,200 leaves 4,200 on the page, which is no sum of the
contract. Words go from white space to white space, also over several text objects. Struck letters
are another matter: a redline inside a word is exact.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.reading.text_runs import NO_MARKS, Marks, PageText, Piece
from tasks.core.records import MarkKind

_UNSEEN = frozenset({MarkKind.HIDDEN, MarkKind.COVERED, MarkKind.LAYER_OFF})
_NUMERALS = "〇零一二三四五六七八九十百千万亿兩两壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億兆"
_UNSPACED = (  # scripts that put no space between words: Thai, Lao, Myanmar, Khmer, Chinese, Japanese
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\uff61-\uff9f"
    "\U00020000-\U0003ffff"
)
_WORD = re.compile(
    rf"(?:[{_NUMERALS}]"
    rf"|[^\s._:;{{}}\\|—…{_UNSPACED}]"
    r"|(?<!\.)\.(?!\.)"  # two are a leader
    r"|(?<=\d)[:—](?=\d)"
    r"|(?<=\d)[ \u00a0\u2009\u202f](?=\d{3}(?!\d)))+"  # 1 250 000
)
_SOLID = re.compile(r"\S+")
_BEFORE = "\"'“”‘’«»‹›„([<•*$€£¥"
_AFTER = ".,;:!?\"'“”‘’«»‹›)]>*$€£¥"
_JOINT = 0.22  # of the size: a wider gap is a space, as in `lines`
_BACK = 0.3  # of the size: how far letters may overlap
_LEVEL = 0.1  # of the size: how far the base lines of one word may be apart
_TYPED_LEVEL = 0.3  # of the size: the same, of words that were typed over others
_WIDE = 0.6  # of the size: a gap that is none inside a number
_MAX_LOOKED_AT = 200  # pieces beside one letter group


@dataclass(frozen=True, slots=True)
class _ShownPart:
    """Letters of a word that show, and whose neighbours do not; on the turned page."""

    x0: float
    x1: float
    baseline: float
    size: float
    marks: Marks
    run: tuple[int, int]
    """Numbers of the first and the last piece of its run: they do not join it."""


def mark_whole_words(pieces: Sequence[Piece | None], text: PageText) -> list[Piece | None]:
    """Mark the letters that show beside letters of their word that do not.

    A full stop, a quote, a bracket or a currency sign at the word's edge keeps what it has. Words that were typed into
    the word later, as over a white box, become a part of it.
    """
    added: dict[int, list[Marks]] = {}
    shown: list[_ShownPart] = []
    for run in _runs(pieces):
        if any(piece.marks & _UNSEEN for _, piece in run):
            shown += _extend(run, text, added)
    if shown:
        _extend_to_typed(pieces, shown, added)
    if not added:
        return list(pieces)
    marked: list[Piece | None] = []
    for at, piece in enumerate(pieces):
        marked += [piece] if piece is None or at not in added else text.marked(piece, added[at])
    return marked


# ---------------------------------------------------------------- words


def _runs(pieces: Sequence[Piece | None]) -> Iterator[list[tuple[int, Piece]]]:
    """Neighbours in content order that stand beside each other on one line, with their numbers."""
    run: list[tuple[int, Piece]] = []
    for at, piece in enumerate(pieces):
        if piece is None:
            continue
        if run and not _goes_on(run, piece):
            yield run
            run = []
        run.append((at, piece))
    if run:
        yield run


def _goes_on(run: Sequence[tuple[int, Piece]], piece: Piece) -> bool:
    last = run[-1][1]
    if piece.index < 0 or (last.index >= 0 and last.index + len(last.text) == piece.index):
        return True
    if abs(piece.baseline - last.baseline) > _LEVEL * piece.size:
        return False
    gap = (piece.first[0] - last.last[2]) / max(piece.size, 0.1)
    return gap > -_BACK and (gap < _JOINT or last.text.isspace())


def _extend(
    run: Sequence[tuple[int, Piece]], text: PageText, added: dict[int, list[Marks]]
) -> Iterator[_ShownPart]:
    """Add marks to the letters of one run."""
    letters = "".join(_searched(run))
    kinds = [
        kind for number, (_, piece) in enumerate(run) for kind in [_missing(run, number)] * len(piece.text)
    ]
    extended = [NO_MARKS] * len(letters)
    for start, end in map(_core, _WORD.finditer(letters)):
        marks = frozenset[MarkKind]().union(*kinds[start:end])
        if marks and not all(kinds[start:end]) and any(map(str.isalnum, letters[start:end])):
            extended[start:end] = [kind or marks for kind in kinds[start:end]]
    begin = 0
    for at, piece in run:
        end = begin + len(piece.text)
        new = extended[begin:end]
        begin = end
        if any(new) and not piece.marks & _UNSEEN:
            added[at] = new
            yield from _shown_parts(piece, new, text, (run[0][0], run[-1][0]))


def _missing(run: Sequence[tuple[int, Piece]], number: int) -> Marks:
    """The marks of a piece that does not show.

    None if the same letters show on its place: browsers draw outlined type as white letters and,
    one by one after them, their outlines.
    """
    piece = run[number][1]
    kinds = piece.marks & _UNSEEN
    if not kinds:
        return kinds
    for _, other in (*run[max(0, number - 1) : number], *run[number + 1 : number + 2]):
        is_same = other.text == piece.text and not other.marks & _UNSEEN
        if is_same and abs(other.box[0] - piece.box[0]) < _JOINT * piece.size:
            return NO_MARKS
    return kinds


def _searched(run: Sequence[tuple[int, Piece]]) -> Iterator[str]:
    """The letters of each piece; a wide gap is no space inside a number."""
    for number, (_, piece) in enumerate(run):
        is_gap = piece.text.isspace() and 0 < number < len(run) - 1
        gap = run[number + 1][1].first[0] - run[number - 1][1].last[2] if is_gap else 0.0
        yield "\t" * len(piece.text) if gap > _WIDE * piece.size else piece.text


def _core(word: re.Match[str]) -> tuple[int, int]:
    """The word without full stop, quotes, brackets and currency signs around it."""
    start, end = word.span()
    letters = word.group().lstrip(_BEFORE)
    start = end - len(letters)
    return start, start + len(letters.rstrip(_AFTER))


def _shown_parts(
    piece: Piece, marks: Sequence[Marks], text: PageText, run: tuple[int, int]
) -> Iterator[_ShownPart]:
    boxes = text.letter_boxes(piece)
    start: int | None = None
    for at in range(len(marks) + 1):
        if at < len(marks) and marks[at]:
            start = at if start is None else start
        elif start is not None:
            x0, x1 = boxes[start][0], boxes[at - 1][2]
            yield _ShownPart(x0, x1, piece.baseline, piece.size, marks[start], run)
            start = None


# ---------------------------------------------------------------- words typed later


def _extend_to_typed(
    pieces: Sequence[Piece | None], shown: Sequence[_ShownPart], added: dict[int, list[Marks]]
) -> None:
    """Add marks to live words that touch what shows of a word: of 14,200 two digits were typed anew."""
    live = [
        (piece.baseline, at, piece)
        for at, piece in enumerate(pieces)
        if piece is not None and piece.index >= 0 and at not in added and not piece.marks & _UNSEEN
    ]
    live.sort(key=lambda entry: entry[:2])
    baselines = [baseline for baseline, *_ in live]
    for part in shown:
        slack = _TYPED_LEVEL * part.size
        low = bisect_left(baselines, part.baseline - slack)
        high = bisect_right(baselines, part.baseline + slack)
        for _, at, piece in live[low : min(high, low + _MAX_LOOKED_AT)]:
            is_after = _touch(piece.box[0] - part.x1, part.size)
            is_before = _touch(part.x0 - piece.box[2], part.size)
            if not (is_after or is_before) or part.run[0] <= at <= part.run[1]:
                continue
            words = list(_SOLID.finditer(piece.text))
            for word in (words[:1] if is_after else []) + (words[-1:] if is_before else []):
                if any(map(str.isalnum, word.group())):
                    kinds = added.setdefault(at, [NO_MARKS] * len(piece.text))
                    kinds[word.start() : word.end()] = [part.marks] * len(word.group())


def _touch(gap: float, size: float) -> bool:
    return -_BACK * size < gap < _JOINT * size
