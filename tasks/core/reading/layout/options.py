"""Finds options with boxes, and marks the text of those that are not ticked.

A box is a sign in the text (`\u2610`, `[ ]`), or the sign that stands for a form's button. Squares and
circles are bullets as a rule, and `(x)` a number: they count only beside a ticked box of their kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from tasks.core.reading.lines import PageLine
from tasks.core.reading.seen.filled.symbol_fonts import AS_SIGNS, AS_WRITTEN, HAS_PLACES
from tasks.core.records import MarkKind

_SIGN = re.compile(
    r"(?P<box>[\u2610-\u2612\U0001f5f5\U0001f5f9])"
    r"|(?P<square>[\u25a0\u25a1\u25a2\u25a3\u25aa\u25fb\u25fc\u2751\u2752\uf0a8\uf06f\uf071\uf0fe\uf0fd\uf078\uf052])"
    r"|(?P<circle>[\u25cb\u25cf\u25c9\u25ef\u29bf\u2b58\u26aa\u26ab])"
    r"|(?P<bracket>\[(?:\s|_)?\s?\]|\[\s?[xX\u2713\u2714]\s?\])"
    r"|(?P<paren>\(\s{1,3}\)|\(\s?[xX\u2713\u2714]\s?\))"
)
_EMPTY = (
    *"\u2610\u25a1\u25a2\u25fb\u2751\u2752\uf0a8\uf06f\uf071\u25cb\u25ef\u2b58\u26aa",
    *("[ ]", "[]", "[_]", "[\xa0]", "[  ]", "( )", "(\xa0)", "(  )", "(   )"),
)
"""A page without one of these has no option that is not ticked."""
_TICKED = re.compile(
    r"[\u2611\u2612\U0001f5f5\U0001f5f9\u25a0\u25a3\u25aa\u25fc\uf0fe\uf0fd\uf078\uf052\u25cf\u25c9\u29bf\u26abxX\u2713\u2714]"
)
_END = re.compile(r"[.;](?=\s+[^\W\d_a-z])")
_ENDS = (".", ";", ":", "。", "；")
_LEADING = 1.8  # of the size: from line to line of one paragraph
_HANG = 0.8  # of the size: how far the later lines of an option are indented
_NEAR_LINES = 8  # between two boxes of a group
_FULL = 0.85  # of the text's width: a line that goes on
_MAX_LINES = 12  # of an option that begins inside a line


class BoxKind(StrEnum):
    BOX = "box"
    """Stands for nothing else."""
    SQUARE = "square"
    CIRCLE = "circle"
    BRACKET = "bracket"
    PAREN = "paren"


@dataclass(frozen=True, slots=True)
class OptionBox:
    """A sign that may be the box of an option, in offsets of its line."""

    number: int
    """Of its line on the page."""
    start: int
    end: int
    kind: BoxKind
    is_ticked: bool


def mark_options(lines: Sequence[PageLine]) -> None:
    """Add the mark `UNTICKED` to the text of options that are not ticked."""
    of_symbol_fonts = [(line, line.text) for line in lines if HAS_PLACES.search(line.text)]
    for line, text in of_symbol_fonts:
        line.text = text.translate(AS_SIGNS)
    _mark_options(lines)
    for line, text in of_symbol_fonts:
        line.text = text.translate(AS_WRITTEN)


def _mark_options(lines: Sequence[PageLine]) -> None:
    words = "\n".join(line.text for line in lines)
    if not any(sign in words for sign in _EMPTY):
        return
    boxes = list(_proven([box for number, line in enumerate(lines) for box in _boxes(number, line)], lines))
    right = max((line.box[2] for line in lines), default=0.0)
    for number, group in groupby(boxes, key=lambda box: box.number):
        row = list(group)
        for (start, end), box in zip(_reaches(_without_blanks(lines[number]), row), row, strict=True):
            if box.is_ticked:
                continue
            _mark(lines[number], start, end)
            if end == len(lines[number].text) and box is row[-1] and start >= box.end:
                later = _later_lines if box.start == 0 else _rest_of_sentence
                for line, stop in later(lines, number, right):
                    _mark(line, 0, stop)


def _boxes(number: int, line: PageLine) -> Iterator[OptionBox]:
    for match in _SIGN.finditer(line.text):
        start, end = match.span()
        if any(kind is MarkKind.BLANK and first < end and start < last for first, last, kind in line.marks):
            continue  # a tick was set over it
        kind = BoxKind(match.lastgroup or "")
        yield OptionBox(number, start, end, kind, _TICKED.search(match.group()) is not None)


def _proven(boxes: Sequence[OptionBox], lines: Sequence[PageLine]) -> Iterator[OptionBox]:
    """Boxes that are no bullets or numbers."""
    proven = {
        id(box)
        for kind in BoxKind
        for group in _groups([box for box in boxes if box.kind is kind], lines)
        if kind is BoxKind.BOX or _is_answered(group)
        for box in group
    }
    return (box for box in boxes if id(box) in proven)


def _is_answered(group: Sequence[OptionBox]) -> bool:
    """Whether some boxes are ticked and others are not; of circles, just one is ticked."""
    n_ticked = sum(box.is_ticked for box in group)
    return 0 < n_ticked < len(group) and (group[0].kind is not BoxKind.CIRCLE or n_ticked == 1)


def _groups(boxes: Sequence[OptionBox], lines: Sequence[PageLine]) -> Iterator[list[OptionBox]]:
    """Boxes on one line, or each at the beginning of its line, one above the other."""
    group: list[OptionBox] = []
    for box in boxes:
        if group and not _is_beside(group[-1], box, lines):
            yield group
            group = []
        group.append(box)
    if group:
        yield group


def _is_beside(before: OptionBox, after: OptionBox, lines: Sequence[PageLine]) -> bool:
    if before.number == after.number:
        return True
    first, second = lines[before.number], lines[after.number]
    is_near = after.number - before.number <= _NEAR_LINES
    is_above = abs(first.box[0] - second.box[0]) <= 0.5 * first.size
    return is_near and is_above and (before.kind in (BoxKind.BOX, BoxKind.BRACKET) or after.start == 0)


# ---------------------------------------------------------------- how far an option reaches


def _reaches(text: str, row: Sequence[OptionBox]) -> list[tuple[int, int]]:
    """The text of each box of a line: behind it, or before it where the line ends with a box."""
    stops = [*(box.start for box in row[1:]), len(text)]
    head = text[: row[0].start]
    label = max(head.rfind(":"), head.rfind("："), head.rfind("\t")) + 1
    if head[label:].strip() and not text[row[-1].end :].strip(" .,;"):
        starts = [label, *(box.end for box in row[:-1])]
        return [(start, box.start) for start, box in zip(starts, row, strict=True)]
    reaches = [(box.end, stop) for box, stop in zip(row, stops, strict=True)]
    if row[-1].start > 0:
        reaches[-1] = (row[-1].end, _sentence_end(text, row[-1].end))
    return reaches


def _sentence_end(text: str, start: int = 0) -> int:
    """Where an option inside a sentence ends: with it, or with the bracket around it."""
    sentence = _END.search(text, start)
    end = len(text) if sentence is None else sentence.start()
    depth = 0
    for at in range(start, end):
        depth += (text[at] in "(（") - (text[at] in ")）")
        if depth < 0:
            return at
    return end


def _without_blanks(line: PageLine) -> str:
    """The line with spaces for its blanks: a tick in a drawn box is one."""
    text = line.text
    for start, end, kind in line.marks:
        if kind is MarkKind.BLANK:
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def _rest_of_sentence(lines: Sequence[PageLine], number: int, right: float) -> Iterator[tuple[PageLine, int]]:
    """The lines on which an option inside a line goes on, up to the next box or the sentence's end."""
    first = lines[number]
    later = lines[number + 1 : number + 1 + _MAX_LINES]
    for before, line in zip(lines[number:], later, strict=False):
        down = before.box[1] - line.box[1]
        inward = line.box[0] - first.box[0]
        is_below = 0 < down <= _LEADING * first.size and abs(inward) < 4 * first.size
        is_full = before.box[2] - first.box[0] >= _FULL * (right - first.box[0])
        if not is_below or before.text.endswith(_ENDS) or not (is_full or line.text[0].islower()):
            return
        sign = _SIGN.search(line.text)
        stop = min(_sentence_end(line.text), len(line.text) if sign is None else sign.start())
        yield line, stop
        if stop < len(line.text):
            return


def _later_lines(lines: Sequence[PageLine], number: int, right: float) -> Iterator[tuple[PageLine, int]]:
    """The other lines of the paragraph that begins with a box, each as far as it is the option's."""
    first = lines[number]
    for before, line in zip(lines[number:], lines[number + 1 :], strict=False):
        down = before.box[1] - line.box[1]
        if not 0 < down <= _LEADING * first.size or _SIGN.match(line.text):
            return
        is_full = before.box[2] - first.box[0] >= _FULL * (right - first.box[0])
        is_level = abs(line.box[0] - first.box[0]) <= 0.5 * first.size
        hangs = _HANG * first.size < line.box[0] - first.box[0] < 4 * first.size
        if not (hangs or (is_level and is_full and not before.text.endswith(_ENDS))):
            return
        yield line, len(line.text)


def _mark(line: PageLine, start: int, end: int) -> None:
    """Mark the range without the white space at its ends."""
    words = line.text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    if start < end:
        line.marks = tuple(sorted((*line.marks, (start, end, MarkKind.UNTICKED))))
