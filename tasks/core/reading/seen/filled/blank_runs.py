"""Joins blanks that touch, and tells whether a row of dots ends with a sentence's full stop.

Some programs draw each underscore or dot as a text object of its own (Skia m156), and a full stop
behind a dotted blank looks like one more dot: it is one where a sentence ends, unless blanks in
the middle of sentences are as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tasks.core.reading.seen.filled.blanks import DOTS, INSIDE, Blank, text_of, touches
from tasks.core.reading.text_runs import Piece


@dataclass(frozen=True, slots=True)
class BlankRun:
    """Blanks side by side, from left to right, that a reader sees as one."""

    blanks: tuple[Blank, ...]
    n_dots: int
    """0: it is no row of dots."""
    following: str
    """The text behind it on its line; empty: none."""
    next_line: str
    """The first words of the line below, if it ends its own."""

    @property
    def is_inside(self) -> bool:
        """Whether its sentence goes on on the same line."""
        words = self.following.lstrip()
        return bool(words) and (words[0] in INSIDE or words[0].islower())


class BlankRuns:
    """The runs of a page's blanks."""

    def __init__(self, blanks: Sequence[Blank], pieces: Sequence[Piece | None]) -> None:
        """`pieces`: without the values that are put into the blanks."""
        self._pieces = pieces
        self._by_blank: dict[Blank, BlankRun] = {}
        for group in _groups(blanks, pieces):
            run = self._run(group)
            self._by_blank |= dict.fromkeys(group, run)
        runs = self._by_blank.values()
        self._usual = {run.n_dots for run in runs if run.n_dots and run.is_inside}

    def around(self, blanks: Collection[Blank]) -> tuple[Blank, ...]:
        """These blanks with those that touch them, in order."""
        whole = dict.fromkeys(other for blank in blanks for other in self._by_blank[blank].blanks)
        return tuple(sorted(whole, key=lambda blank: (blank.number, blank.start)))

    def ends_in_stop(self, last: Blank, value: str) -> bool:
        """Whether the last dot of the blank is the full stop behind the value."""
        run = self._by_blank[last]
        if last is not run.blanks[-1] or not run.n_dots or run.n_dots in self._usual:
            return False
        if value.rstrip().endswith((".", ":")) or run.is_inside or self._is_labelled(run):
            return False
        is_longer = run.n_dots - 1 in self._usual
        if run.following.strip():
            return is_longer and run.following[0].isspace()
        below = run.next_line.lstrip()
        return is_longer or not below or below[0].isupper() or below[0].isdigit()

    def _is_labelled(self, run: BlankRun) -> bool:
        """Whether it is a form's blank behind its label, in no sentence: `Name: ......`."""
        first = run.blanks[0]
        piece = self._pieces[first.number]
        before = "" if piece is None else piece.text[: first.start]
        for at in range(first.number - 1, -1, -1):
            other = self._pieces[at]
            if before.strip() or (other is not None and not _is_level(other, first)):
                break
            before = before if other is None else other.text + before
        return not before.strip() or before.rstrip().endswith((":", "："))

    def _run(self, group: Sequence[Blank]) -> BlankRun:
        texts = [text_of(blank, self._pieces) for blank in group]
        n_dots = sum(text.count(".") for text in texts) if all(set(t) <= DOTS for t in texts) else 0
        following, next_line = self._behind(group[-1]) if n_dots else ("", "")
        return BlankRun(tuple(group), n_dots, following, next_line)

    def _behind(self, last: Blank) -> tuple[str, str]:
        """The rest of the blank's line, and the beginning of the next one: a few letters each."""
        piece = self._pieces[last.number]
        rest = "" if piece is None else piece.text[last.end :]
        for number in range(last.number + 1, len(self._pieces)):
            other = self._pieces[number]
            if rest.strip():
                return rest, ""
            if other is not None and not _is_level(other, last):
                return rest, other.text
            rest += "" if other is None else other.text
        return rest, ""


def _groups(blanks: Sequence[Blank], pieces: Sequence[Piece | None]) -> Iterator[list[Blank]]:
    group: list[Blank] = []
    for blank in sorted(blanks, key=lambda b: (b.number, b.start)):
        if group and not touches(group[-1], blank, pieces):
            yield group
            group = []
        group.append(blank)
    if group:
        yield group


def _is_level(piece: Piece, blank: Blank) -> bool:
    return abs(piece.baseline - blank.baseline) <= 0.5 * blank.size
