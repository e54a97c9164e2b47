"""Columns of numbers on a page that count up by one step: what `line_numbers` judges."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.core.reading.lines import EdgeNumber, PageLine
from tasks.core.records import LineTag

_NUMBER = re.compile("[0-9]{1,4}")
SAME_EDGE = 2.5  # points
SAME_SIZE = 0.6  # points
_MAX_STEP = 10


@dataclass(slots=True)
class NumberAtLine:
    """A number that may be a line number."""

    value: int
    number: PageLine
    line: PageLine
    """As read: the number alone, or the number with the text of its line."""
    edge: EdgeNumber | None

    @property
    def y(self) -> float:
        return self.number.box[1]


@dataclass(slots=True)
class NumberColumn:
    """Numbers of one column of a page, from the top down, that count up by one step."""

    numbers: list[NumberAtLine]
    step: int
    x: float
    """The edge at which they stand in line."""
    is_right: bool
    """That edge is the right one."""

    @property
    def size(self) -> float:
        return self.numbers[0].number.size

    @property
    def left(self) -> float:
        return min(n.number.box[0] for n in self.numbers)

    @property
    def right(self) -> float:
        return max(n.number.box[2] for n in self.numbers)

    @property
    def top(self) -> float:
        return self.numbers[0].y + 0.5 * self.size

    @property
    def bottom(self) -> float:
        return self.numbers[-1].y - 0.5 * self.size


def number_columns(numbers: list[NumberAtLine]) -> list[NumberColumn]:
    """The page's columns of numbers that count up, the longest first; each number in one."""
    numbers.sort(key=lambda n: -n.y)
    columns: list[NumberColumn] = []
    for is_right in (True, False):
        for x, aligned in _aligned(numbers, is_right):
            columns += [NumberColumn(run, step, x, is_right) for run, step in _runs(aligned)]
    columns.sort(key=lambda column: -len(column.numbers))
    taken: set[int] = set()
    chosen: list[NumberColumn] = []
    for column in columns:
        if taken.isdisjoint(id(n) for n in column.numbers):
            taken.update(id(n) for n in column.numbers)
            chosen.append(column)
    return chosen


def edge_numbers(lines: Sequence[PageLine], is_head: bool) -> list[NumberAtLine]:
    numbers: list[NumberAtLine] = []
    for line in lines:
        if not line.edge_numbers and len(line.text) > 4:  # nearly every line
            continue
        if line.tag is not LineTag.BODY or line.turned:
            continue
        if len(line.text) <= 4 and _NUMBER.fullmatch(line.text):
            numbers.append(NumberAtLine(int(line.text), line, line, None))
        for edge in line.edge_numbers:
            if edge.is_head is is_head:
                numbers.append(NumberAtLine(int(edge.number.text), edge.number, line, edge))
    return numbers


def _aligned(numbers: Sequence[NumberAtLine], is_right: bool) -> Iterator[tuple[float, list[NumberAtLine]]]:
    """The numbers by their right or left edge, from the top down."""
    side = 2 if is_right else 0
    by_edge = sorted(numbers, key=lambda n: n.number.box[side])
    group: list[NumberAtLine] = []
    for number in by_edge:
        if group and number.number.box[side] - group[0].number.box[side] > SAME_EDGE:
            yield group[0].number.box[side], sorted(group, key=lambda n: -n.y)
            group = []
        group.append(number)
    if group:
        yield group[0].number.box[side], sorted(group, key=lambda n: -n.y)


def _runs(numbers: Sequence[NumberAtLine]) -> Iterator[tuple[list[NumberAtLine], int]]:
    """Runs that count up by the most common step, with that step."""
    steps = Counter(b.value - a.value for a, b in pairwise(numbers))
    step = next((step for step, _ in steps.most_common() if 0 < step <= _MAX_STEP), 1)
    run: list[NumberAtLine] = []
    for number in numbers:
        same_type = run and abs(number.number.size - run[-1].number.size) <= SAME_SIZE
        if run and not (same_type and number.value - run[-1].value == step):
            yield run, step
            run = []
        run.append(number)
    if run:
        yield run, step
