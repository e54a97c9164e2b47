"""What the pages of a document say to their reader: its text without the words that they do not say.

Only ranges are computed here: the document text keeps every word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from tasks.core.records import NOT_LIVE, Line, Mark, MarkKind, Reading, Span

_CLOSING = frozenset(",.;:!?)]}”’")


class LiveText:
    """The text of a reading without the words of some marks.

    One of the two blanks around words that are left out goes with them. A line without any other
    word goes with its end; every other line keeps its end, so that no two words are joined. Where
    words are left out across a line's end, a full stop behind them follows the words before them.
    """

    def __init__(self, reading: Reading, left_out: frozenset[MarkKind] = NOT_LIVE) -> None:
        dead = _merged(mark for mark in reading.marks if mark.kind in left_out)
        self._removed = _removed(reading.text, reading.lines, dead)

    def pieces(self, start: int, end: int) -> Iterator[Span]:
        """The live ranges of document[start:end], in order."""
        index = bisect_right(self._removed, start, key=lambda span: span.end)
        at = start
        while index < len(self._removed) and self._removed[index].start < end:
            if self._removed[index].start > at:
                yield Span(at, self._removed[index].start)
            at = self._removed[index].end
            index += 1
        if at < end or start == end:
            yield Span(at, end)


def live_text(reading: Reading, left_out: frozenset[MarkKind] = NOT_LIVE) -> str:
    """The document text without the words that are marked so; by default as the pages read now."""
    pieces = LiveText(reading, left_out).pieces(0, len(reading.text))
    return "".join(reading.text[s.start : s.end] for s in pieces)


def _merged(marks: Iterable[Mark]) -> list[Span]:
    """The marked ranges, in order and apart."""
    spans: list[Span] = []
    for mark in sorted(marks):
        if spans and mark.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, mark.end))
        else:
            spans.append(Span(mark.start, mark.end))
    return spans


def _removed(text: str, lines: Sequence[Line], dead: Sequence[Span]) -> list[Span]:
    """What each line leaves out, with the blanks that go with it."""
    removed: list[Span] = []
    at = 0
    for line in lines:
        while at < len(dead) and dead[at].end <= line.start:
            at += 1
        if at == len(dead):
            break
        if dead[at].start >= line.end:
            continue
        of_line = list(_removed_of_line(text, line, dead[at : _after(dead, at, line.end)]))
        if of_line and _leaves_closing(text, line, of_line[0]):
            _join_line(text, line.start, removed)
        removed += of_line
    return removed


def _leaves_closing(text: str, line: Line, first: Span) -> bool:
    """Whether the line's live words begin with a full stop or the like, behind what is left out."""
    is_opening = not text[line.start : first.start].strip()
    return is_opening and first.end < line.end and text[first.end] in _CLOSING


def _join_line(text: str, start: int, removed: list[Span]) -> None:
    """Leave out the line end before `start`, if the words before it are; lines that are left out are passed over."""
    at = len(removed)
    while at and removed[at - 1].end == start and text[start - 1] == "\n":
        at -= 1
        start = removed[at].start
    if at and removed[at - 1].end == start - 1:
        removed[at - 1] = Span(removed[at - 1].start, start)


def _after(dead: Sequence[Span], at: int, end: int) -> int:
    while at < len(dead) and dead[at].start < end:
        at += 1
    return at


def _removed_of_line(text: str, line: Line, dead: Sequence[Span]) -> Iterator[Span]:
    content = text[line.start : line.end]
    first = line.start + len(content) - len(content.lstrip())
    last = line.start + len(content.rstrip())
    spans: list[Span] = []
    for span in dead:
        words = text[max(first, span.start) : min(last, span.end)]
        start = max(first, span.start) + len(words) - len(words.lstrip())
        end = start + len(words.strip())
        if start >= end:
            continue
        if spans and not text[spans[-1].end : start].strip():
            spans[-1] = Span(spans[-1].start, end)
        else:
            spans.append(Span(start, end))
    if spans == [Span(first, last)]:
        yield Span(line.start, line.end)
        return
    for span in spans:
        yield _with_blank(text, span, first, last)


def _with_blank(text: str, span: Span, first: int, last: int) -> Span:
    """A range of the line text[first:last] with the blanks that would stand twice, or at an end."""
    start, end = span.start, span.end
    before = start
    while before > first and text[before - 1].isspace():
        before -= 1
    after = end
    while after < last and text[after].isspace():
        after += 1
    if start == first or (before < start and after > end):
        return Span(start, after)
    # "the old, new" without "old" is "the, new".
    return Span(before, end) if end == last or text[end] in _CLOSING else span
