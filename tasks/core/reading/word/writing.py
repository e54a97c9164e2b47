"""Writes the text of a Word document, with every offset in it.

A Word document has no positions. Its lines have boxes of no size; of a heading, `y1` is its level. A
paragraph ends with a blank line, by which chunks know it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.layout.options import mark_options
from tasks.core.reading.lines import PageLine
from tasks.core.reading.word.content import AtomKind, WordCell
from tasks.core.reading.word.lines import WordLine
from tasks.core.reading.word.notes import NoteText
from tasks.core.records import (
    NOT_LIVE,
    Footnote,
    Line,
    LineTag,
    Mark,
    MarkKind,
    NoteReference,
    Page,
    Span,
    TableCell,
)

_SIZE, _PITCH, _GAP, _WIDTH = 10.0, 12.0, 36.0, 100.0
"""Points, of lines as the options are looked for: size, distance in a paragraph and between two, width."""


@dataclass(slots=True)
class PageContent:
    """The lines of one page in their order: headers, body, notes, footers."""

    headers: list[WordLine] = field(default_factory=list)
    body: list[WordLine] = field(default_factory=list)
    notes: list[tuple[NoteText, list[WordLine]]] = field(default_factory=list)
    footers: list[WordLine] = field(default_factory=list)

    @property
    def lines(self) -> list[WordLine]:
        of_notes = [line for _, lines in self.notes for line in lines]
        return [*self.headers, *self.body, *of_notes, *self.footers]


@dataclass(slots=True)
class WrittenText:
    """The text and what lies on it."""

    pieces: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    cells: list[TableCell] = field(default_factory=list)
    footnotes: list[Footnote] = field(default_factory=list)
    comment_pages: dict[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class TextWriter:
    """Writes page after page."""

    def __init__(self) -> None:
        self.written = WrittenText()
        self._at = 0
        self._starts: dict[int, int] = {}
        self._atoms: dict[int, tuple[int, int, int]] = {}
        """Of each citation: start, end, page number."""

    def write(self, pages: Sequence[PageContent]) -> WrittenText:
        for number, page in enumerate(pages, 1):
            start = self._at
            for line in page.lines:
                self._line(line, number)
            if self._at == start:  # a blank page
                self._line(WordLine([], LineTag.RUNNING), number)
            self.written.pages.append(Page(number, start, self._at, "ok"))
        for number, page in enumerate(pages, 1):
            for note, lines in page.notes:
                self._note(note, lines, number)
        self._options([line for page in pages for line in page.body])
        self.written.marks.sort()
        self.written.cells.sort(key=lambda cell: (cell.start, cell.end))
        return self.written

    def _line(self, line: WordLine, page_number: int) -> None:
        start = self._starts[id(line)] = self._at
        ranges: dict[WordCell, tuple[int, int]] = {}
        open_marks: dict[MarkKind, int] = {}
        for atom in line.atoms:
            first, self._at = self._at, self._at + len(atom.text)
            self._mark(open_marks, atom.marks if atom.text else frozenset(open_marks), first)
            self.written.pieces.append(atom.text)
            if atom.kind is AtomKind.NOTE:
                self._atoms[id(atom)] = (first, self._at, page_number)
            elif atom.kind is AtomKind.COMMENT:
                self.written.comment_pages.setdefault(atom.key, page_number)
            if atom.cell is not None and atom.text.strip() and not atom.marks & NOT_LIVE:
                ranges[atom.cell] = (ranges.get(atom.cell, (first, 0))[0], self._at)
        self._mark(open_marks, frozenset(), self._at)
        for cell, (first, last) in ranges.items():
            if cell.column_head or cell.row_label:
                self.written.cells.append(TableCell(first, last, cell.column_head, cell.row_label))
        end = "\n\n" if line.ends_paragraph else "\n"
        self.written.pieces.append(end)
        self._at += len(end)
        box = (0.0, 0.0, 0.0, float(line.level))
        self.written.lines.append(Line(start, self._at, page_number, line.tag, box, line.size))

    def _mark(self, open_marks: dict[MarkKind, int], kinds: frozenset[MarkKind], at: int) -> None:
        """Go on with the marks of these kinds, and end the others."""
        for kind in [kind for kind in open_marks if kind not in kinds]:
            first = open_marks.pop(kind)
            if first < at:
                self.written.marks.append(Mark(first, at, kind))
        for kind in kinds:
            open_marks.setdefault(kind, at)

    def _note(self, note: NoteText, lines: Sequence[WordLine], page_number: int) -> None:
        first, last = lines[0], lines[-1]
        marker = first.atoms[0].text  # with the blank behind it
        span = Span(self._starts[id(first)] + len(marker), self._starts[id(last)] + len(last.text.rstrip()))
        cited = [self._atoms[id(atom)] for atom in note.citations if id(atom) in self._atoms]
        references = tuple(NoteReference(start, end, page) for start, end, page in cited)
        self.written.footnotes.append(
            Footnote(note.marker, (span,), page_number, page_number, references, 1.0)
        )

    def _options(self, lines: Iterable[WordLine]) -> None:
        """Mark options that are not ticked, by the rules for pages."""
        shown: list[PageLine] = []
        places: list[int] = []
        depth = 0.0
        goes_on = False
        for line in lines:
            depth -= _PITCH if goes_on else _GAP
            goes_on = not line.ends_paragraph
            box = (0.0, depth, _WIDTH, depth + _SIZE)
            shown.append(PageLine(line.page_index, line.text, _SIZE, box, (), False))
            places.append(self._starts[id(line)])
        mark_options(shown)
        for place, seen in zip(places, shown, strict=True):
            self.written.marks += [Mark(place + a, place + b, kind) for a, b, kind in seen.marks]
