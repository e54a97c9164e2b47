"""Our own layout drawn with ReportLab: what no program at hand does, such as margin notes and notes between three columns."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Document
from tests.bench.note_files.producers.base import Producer
from tests.bench.note_files.producers.layout import Column, Line, Setter, Word


class Painter:
    def __init__(self, setter: Setter, canvas: Canvas) -> None:
        self.setter, self.style, self.canvas, self.face = setter, setter.style, canvas, setter.face

    def line(self, line: Line, x: float, top: float) -> None:
        at = x + line.indent
        base = top - line.height * 0.8
        for n, word in enumerate(line.words):
            if line.cells:
                at = x + line.cells[n]
            elif n and not word.joined:
                at += word.size * 0.25
            self.canvas.setFont(self.face.bold if word.bold else self.face.regular, word.size)
            self.canvas.drawString(at, base + word.rise, word.text)
            at += self.face.width(word)

    def column(self, column: Column, x: float) -> None:
        margin, width = self.style.margin, self.setter.column_width
        top = self.setter.height - margin
        for n, line in enumerate(column.body):
            if self.style.line_numbers and line.words:
                self.line(Line([Word(str(n + 1), 7)], 0.0, line.height), x - 22, top)
            self.line(line, x, top)
            top -= line.height
        start = self.setter.height - margin
        for at, line in column.beside:
            self.line(line, x + width + 12, start - at)
        top = margin + sum(line.height for line in column.foot)
        if column.foot and self.style.rule != "none":
            self.canvas.setLineWidth(0.5)
            self.canvas.line(x, top + 3, x + (width if self.style.rule == "full" else width * 0.3), top + 3)
        for line in column.foot:
            self.line(line, x, top)
            top -= line.height

    def page(self, columns: list[Column], number: int, total: int) -> None:
        for n, column in enumerate(columns):
            self.column(column, self.style.margin + n * (self.setter.column_width + 18))
        self.canvas.setFont(self.face.regular, 8)
        shown = {"foot": f"{number}", "dash": f"- {number} -", "of": f"Page {number} of {total}", "none": ""}
        self.canvas.drawCentredString(
            self.setter.width / 2, self.style.margin * 0.45, shown[self.style.page_number]
        )
        self.canvas.drawString(
            self.style.margin, self.setter.height - self.style.margin * 0.5, self.style.header
        )
        self.canvas.showPage()


def make(document: Document, pdf: Path) -> None:
    setter = Setter(document)
    columns = setter.set_all()
    canvas = Canvas(str(pdf), pagesize=(setter.width, setter.height), invariant=1)
    painter = Painter(setter, canvas)
    step = document.style.columns
    pages = [columns[n : n + step] for n in range(0, len(columns), step)]
    for number, page in enumerate(pages, 1):
        painter.page(page, number, len(pages))
    canvas.save()


FEATURES: Final = FLOW | {
    "columns",
    "columns3",
    "glyph",
    "line",
    "forms",
    "rule",
    "landscape",
    "line_numbers",
}
BESIDE: Final = FLOW - {"long"} | {"glyph", "line", "forms"}
PRODUCERS: Final = (
    Producer("reportlab", Abilities(features=FEATURES), make),
    Producer("reportlab-end", Abilities(features=FEATURES, places=("end", "section")), make),
    Producer("reportlab-margin", Abilities(features=BESIDE, places=("margin",)), make),
)
