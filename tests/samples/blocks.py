"""What a document is written in: headings, paragraphs, tables. Each block becomes strips, and a page is a pile of strips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.samples.page_style import Look
from tests.samples.typesetting import Note, SetLine, draw_line, units_of, wrap

Draw = Callable[[Canvas, float], None]
"""Draws a strip; told the height of its upper edge."""


@dataclass(slots=True)
class Strip:
    """A slice of a page as wide as the text."""

    height: float
    draw: Draw
    notes: list[Note] = field(default_factory=list)
    keeps_next: bool = False
    """No page may end below it."""
    is_gap: bool = False
    """White space: dropped at the head of a page."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 0 is a schedule's or the agreement's title, 1 an article, 2 a sub-heading."""

    text: str
    level: int = 1
    is_listed: bool = True
    """It stands in the table of contents."""

    def strips(self, look: Look) -> list[Strip]:
        size = look.size + (4, 1, 0)[self.level]
        lines = wrap(
            units_of(self.text, look, size, look.bold), look.text_width, stringWidth(" ", look.bold, size)
        )
        made = [gap((18, 14, 8)[self.level])]
        for line in lines:
            line.is_last = True
            spare = look.text_width - line.natural_width(stringWidth(" ", look.bold, size))
            line.indent = spare / 2 if self.level == 0 else 0
            made.append(_line_strip(look, line, size, size * 1.45, keeps_next=True))
        return [*made, gap(6, keeps_next=True)]


@dataclass(frozen=True, slots=True)
class ParagraphBlock:
    """Running text, with its number hanging to the left where it has one."""

    text: str
    number: str = ""
    indent: float = 0
    size: float = 0
    is_centred: bool = False

    def strips(self, look: Look) -> list[Strip]:
        size = self.size or look.size
        leading = size * look.leading / look.size
        hang = (
            0.0
            if look.is_chinese or not self.number
            else max(16.0 if self.number == "•" else 34.0, stringWidth(self.number, look.regular, size) + 9)
        )
        text = self.number + self.text if look.is_chinese else self.text
        width = look.text_width - self.indent - hang
        first = 0 if self.is_centred else look.first_indent
        lines = wrap(units_of(text, look, size), width, stringWidth(" ", look.regular, size), first)
        made: list[Strip] = []
        for index, line in enumerate(lines):
            if self.is_centred:
                line.is_last = True
                line.indent = (width - line.natural_width(stringWidth(" ", look.regular, size))) / 2
            number = self.number if index == 0 and hang else ""
            keeps = len(lines) > 2 and index in (0, len(lines) - 2)
            made.append(_line_strip(look, line, size, leading, self.indent, hang, number, keeps))
        return [*made, gap(look.paragraph_gap)]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells between thin rules; the first row is the head. `widths` are shares of the text's width."""

    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    size: float = 9.5

    def strips(self, look: Look) -> list[Strip]:
        made = [gap(4)]
        made += [self._row(look, row, is_head=index == 0) for index, row in enumerate(self.rows)]
        return [*made, gap(10)]

    def _row(self, look: Look, row: Sequence[str], is_head: bool) -> Strip:
        share = look.text_width / sum(self.widths)
        font = look.bold if is_head else look.regular
        space = stringWidth(" ", font, self.size)
        cells = [
            wrap(units_of(text, look, self.size, font), width * share - 8, space)
            for text, width in zip(row, self.widths, strict=True)
        ]
        leading = self.size * 1.28
        height = leading * max(len(lines) for lines in cells) + 6

        def draw(canvas: Canvas, top: float) -> None:
            canvas.setLineWidth(0.8 if is_head else 0.3)
            canvas.line(look.left, top - height, look.left + look.text_width, top - height)
            if is_head:
                canvas.line(look.left, top, look.left + look.text_width, top)
            x = look.left
            for lines, width in zip(cells, self.widths, strict=True):
                for index, line in enumerate(lines):
                    line.is_last = True
                    draw_line(canvas, line, x + 3, top - 3 - leading * (index + 0.8), width * share, look)
                x += width * share

        return Strip(
            height, draw, [n for lines in cells for line in lines for n in line.notes], keeps_next=is_head
        )


@dataclass(frozen=True, slots=True)
class Entries:
    """A table of contents: titles, leaders, page numbers."""

    entries: Sequence[tuple[str, int]]

    def strips(self, look: Look) -> list[Strip]:
        return [self._entry(look, title, number) for title, number in self.entries]

    def _entry(self, look: Look, title: str, number: int) -> Strip:
        def draw(canvas: Canvas, top: float) -> None:
            y, end = top - look.size * 1.1, look.left + look.text_width
            canvas.setFont(look.regular, look.size)
            canvas.drawString(look.left, y, title)
            canvas.drawRightString(end, y, str(number))
            start = look.left + stringWidth(title, look.regular, look.size) + 6
            n_dots = int((end - 20 - start) / stringWidth(" .", look.regular, look.size))
            canvas.drawRightString(end - 18, y, " ." * max(n_dots, 0))

        return Strip(look.size * 1.55, draw)


@dataclass(frozen=True, slots=True)
class SignatureBlock:
    """A line to sign on, with what belongs under it."""

    labels: Sequence[str]

    def strips(self, look: Look) -> list[Strip]:
        made: list[Strip] = [gap(20)]
        for label in self.labels:
            made.append(Strip(24, self._draw(look, label), keeps_next=True))
        made[-1].keeps_next = False
        return made

    @staticmethod
    def _draw(look: Look, label: str) -> Draw:
        def draw(canvas: Canvas, top: float) -> None:
            canvas.setFont(look.regular, look.size)
            canvas.drawString(look.left, top - 16, label)
            start = look.left + stringWidth(label, look.regular, look.size) + 8
            canvas.setLineWidth(0.5)
            canvas.line(start, top - 18, look.left + 300, top - 18)

        return draw


@dataclass(frozen=True, slots=True)
class Gap:
    height: float

    def strips(self, look: Look) -> list[Strip]:
        return [Strip(self.height, lambda canvas, top: None)]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """The next block opens a page."""

    def strips(self, look: Look) -> list[Strip]:
        return []


Block = Heading | ParagraphBlock | Table | Entries | SignatureBlock | Gap | PageBreak


def gap(height: float, keeps_next: bool = False) -> Strip:
    return Strip(height, lambda canvas, top: None, keeps_next=keeps_next, is_gap=True)


def groups(strips: list[Strip]) -> list[list[Strip]]:
    """Strips that must stand on one page, together."""
    made: list[list[Strip]] = [strips[:1]] if strips else []
    for before, strip in pairwise(strips):
        if before.keeps_next:
            made[-1].append(strip)
        else:
            made.append([strip])
    return made


def _line_strip(
    look: Look,
    line: SetLine,
    size: float,
    leading: float,
    indent: float = 0,
    hang: float = 0,
    number: str = "",
    keeps_next: bool = False,
) -> Strip:
    def draw(canvas: Canvas, top: float) -> None:
        y = top - leading * 0.75
        if number:
            canvas.setFont(look.regular, size)
            canvas.drawString(look.left + indent, y, number)
        draw_line(canvas, line, look.left + indent + hang, y, look.text_width - indent - hang, look)

    return Strip(leading, draw, line.notes, keeps_next)
