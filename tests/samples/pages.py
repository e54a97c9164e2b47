"""Blocks to pages to a PDF: footnotes stand at the foot of the page that cites them, under a short rule.

The same blocks give the same bytes: no time, no random id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.samples.blocks import Block, Entries, Heading, PageBreak, Strip, groups
from tests.samples.page_style import Look
from tests.samples.typesetting import Note, SetLine, draw_line, units_of, wrap

_RULE_WIDTH = 120
_NOTE_GAP = 12  # between the text and the first note, with the rule in it
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"


@dataclass(slots=True)
class SheetPage:
    strips: list[Strip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    used: float = 0


@dataclass(frozen=True, slots=True)
class RunningLines:
    """What repeats on each page but the first: header left and right, and the footer for a page number and the count."""

    left: str
    right: str
    foot: Callable[[int, int], str]


def lay_out(blocks: Sequence[Block], look: Look) -> list[SheetPage]:
    """Pile the blocks on pages; a table of contents gets the numbers of the pages its titles stand on."""
    pages = _pile(blocks, look)
    found = [(title, index) for index, page in enumerate(pages, 1) for title in page.headings]
    filled = [Entries(found) if isinstance(block, Entries) else block for block in blocks]
    pages = _pile(filled, look)
    again = [(title, index) for index, page in enumerate(pages, 1) for title in page.headings]
    if again != found:
        return lay_out(filled, look)
    return pages


def _pile(blocks: Sequence[Block], look: Look) -> list[SheetPage]:
    pages = [SheetPage()]
    n_notes = 0
    pending: list[Strip] = []
    titles: dict[int, str] = {}
    for block in [*blocks, PageBreak()]:
        if isinstance(block, PageBreak):
            for group in groups(pending):
                n_notes = _place(pages, group, look, n_notes, titles)
            pages.append(SheetPage())
            pending = []
            continue
        strips = block.strips(look)
        if isinstance(block, Heading) and block.is_listed:
            titles[id(strips[1])] = block.text
        pending += strips
    return pages[:-1]


def _place(
    pages: list[SheetPage], group: list[Strip], look: Look, n_notes: int, titles: dict[int, str]
) -> int:
    """Put a group on the last page, or on a new one where it or its notes would not fit."""
    page = pages[-1]
    notes = [note for strip in group for note in strip.notes]
    for index, note in enumerate(notes, 1):
        note.marker = _CIRCLED[len(page.notes) + index - 1] if look.is_chinese else str(n_notes + index)
    height = sum(strip.height for strip in group)
    if page.strips and page.used + height + _notes_height([*page.notes, *notes], look) > look.text_height:
        if all(strip.is_gap for strip in group):
            return n_notes
        page = SheetPage()
        pages.append(page)
        for index, note in enumerate(notes):
            note.marker = _CIRCLED[index] if look.is_chinese else note.marker
    if not page.strips:
        while group and group[0].is_gap:
            height -= group.pop(0).height
    page.strips += group
    page.used += height
    page.notes += notes
    page.headings += [titles[id(strip)] for strip in group if id(strip) in titles]
    return n_notes + len(notes)


def _note_lines(note: Note, look: Look) -> list[SetLine]:
    space = stringWidth(" ", look.regular, look.note_size)
    return wrap(units_of(note.text, look, look.note_size), look.text_width - _hang(look), space)


def _hang(look: Look) -> float:
    return look.note_size * (1.5 if look.is_chinese else 1.3)


def _notes_height(notes: Sequence[Note], look: Look) -> float:
    if not notes:
        return 0
    return _NOTE_GAP + sum(len(_note_lines(note, look)) * look.note_leading + 2 for note in notes)


def write(
    path: Path, pages: Sequence[SheetPage], look: Look, running: RunningLines, title: str, author: str
) -> None:
    """Draw the pages; page 1 carries no running lines."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject("Sample document; every person, company and figure is invented")
    for number, page in enumerate(pages, 1):
        if number > 1:
            _draw_running(canvas, look, running, number, len(pages))
        top = A4[1] - look.top
        for strip in page.strips:
            strip.draw(canvas, top)
            top -= strip.height
        _draw_notes(canvas, page.notes, look)
        canvas.showPage()
    canvas.save()


def _draw_running(canvas: Canvas, look: Look, running: RunningLines, number: int, n_pages: int) -> None:
    size = look.note_size
    y, end = A4[1] - 50, look.left + look.text_width
    canvas.setFont(look.regular, size)
    canvas.drawString(look.left, y, running.left)
    canvas.drawRightString(end, y, running.right)
    canvas.setLineWidth(0.4)
    canvas.line(look.left, y - 5, end, y - 5)
    canvas.drawCentredString(A4[0] / 2, 42, running.foot(number, n_pages))


def _draw_notes(canvas: Canvas, notes: Sequence[Note], look: Look) -> None:
    if not notes:
        return
    y = look.bottom + _notes_height(notes, look) - _NOTE_GAP
    canvas.setLineWidth(0.5)
    canvas.line(look.left, y + 4, look.left + _RULE_WIDTH, y + 4)
    for note in notes:
        for index, line in enumerate(_note_lines(note, look)):
            y -= look.note_leading
            if index == 0:
                _draw_marker(canvas, note.marker, look, y + look.note_leading * 0.2)
            draw_line(
                canvas,
                line,
                look.left + _hang(look),
                y + look.note_leading * 0.2,
                look.text_width - _hang(look),
                look,
            )
        y -= 2


def _draw_marker(canvas: Canvas, marker: str, look: Look, y: float) -> None:
    words = canvas.beginText(look.left, y)
    words.setFont(look.regular, look.note_size if look.is_chinese else look.note_size * 0.72)
    words.setRise(0 if look.is_chinese else look.note_size * 0.36)
    words.textOut(marker)
    words.setRise(0)
    canvas.drawText(words)
