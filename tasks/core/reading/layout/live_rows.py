"""Lines of the document text without the words that a reader does not see, with the way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.records import NOT_LIVE, Line, Mark


@dataclass(slots=True)
class LiveRow:
    """What is left of a line."""

    text: str
    start: int
    """Of the line in the document."""
    offsets: Sequence[int] = ()
    """Of each letter in the document; none: nothing is left out."""

    def at(self, index: int) -> int:
        """The document offset of a letter."""
        return self.offsets[index] if self.offsets else self.start + index


def live_rows(text: str, lines: Sequence[Line], marks: Sequence[Mark]) -> Iterator[tuple[Line, LiveRow]]:
    """Each line as the pages read now.

    Args:
        marks: Of the document, sorted.
    """
    dead = [mark for mark in marks if mark.kind in NOT_LIVE]
    if not dead:  # nearly every document
        yield from ((line, LiveRow(text[line.start : line.end], line.start)) for line in lines)
        return
    at = 0
    for line in lines:
        while at < len(dead) and dead[at].end <= line.start:
            at += 1
        own: list[Mark] = []
        for mark in dead[at : at + line.end - line.start]:
            if mark.start >= line.end:
                break
            own.append(mark)
        yield line, _without(text, line, own) if own else LiveRow(text[line.start : line.end], line.start)


def _without(text: str, line: Line, dead: Sequence[Mark]) -> LiveRow:
    gone = bytearray(line.end - line.start)
    for mark in dead:
        first, last = max(mark.start, line.start) - line.start, min(mark.end, line.end) - line.start
        gone[first:last] = b"\1" * max(0, last - first)
    offsets = [
        i
        for i, is_gone in enumerate(gone, line.start)
        if not is_gone and not (text[i] == " " and i > line.start and gone[i - 1 - line.start])
    ]
    return LiveRow("".join(text[i] for i in offsets), line.start, offsets)
