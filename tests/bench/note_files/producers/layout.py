"""Our own line breaking and columns for `drawn`: margin notes, feet of columns, notes that run on in the next column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from tests.bench.note_files.marks import GLYPHS
from tests.bench.note_files.model import (
    Block,
    Cite,
    Document,
    Heading,
    Items,
    Note,
    Para,
    Pieces,
    Raised,
    Table,
    cited_in,
)
from tests.bench.note_files.producers.base import ProducerFailed

DEJAVU: Final = Path("/usr/share/fonts/truetype/dejavu")
WQY: Final = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")


@dataclass(frozen=True, slots=True)
class Word:
    """A run that is not broken: its text, its size, its rise, and the notes that it cites first."""

    text: str
    size: float
    rise: float = 0.0
    bold: bool = False
    cites: tuple[int, ...] = ()
    joined: bool = False
    """Whether it stands right after the word before, without a space or a break between."""


@dataclass(slots=True)
class Line:
    words: list[Word]
    indent: float
    height: float
    cells: tuple[float, ...] = ()
    """In a table row, where each word starts."""

    @property
    def cites(self) -> list[int]:
        return [index for word in self.words for index in word.cites]


@dataclass(slots=True)
class Column:
    body: list[Line] = field(default_factory=list)
    foot: list[Line] = field(default_factory=list)
    beside: list[tuple[float, Line]] = field(default_factory=list)

    def used(self) -> float:
        return sum(line.height for line in (*self.body, *self.foot)) + (8 if self.foot else 0)


class Setter:
    """Breaks a document in lines and columns; a note goes to the foot of the column that cites it, its rest to the next."""

    def __init__(self, document: Document) -> None:
        self.document, self.style = document, document.style
        style = self.style
        self.width, self.height = (420.0, 595.0) if style.narrow else (595.0, 842.0)
        if style.landscape:
            self.width, self.height = self.height, self.width
        self.side = 110.0 if style.place == "margin" else 0.0
        room = self.width - 2 * style.margin - self.side - 18 * (style.columns - 1)
        self.column_width = room / style.columns
        self.room = self.height - 2 * style.margin
        self.told: set[int] = set()
        self.n_headings = 0
        self.table_marks = {note.mark for note in document.notes if note.kind == "tablenote"}
        self.columns: list[Column] = [Column()]
        self.waiting: list[Line] = []
        self.face = register(style.lang, style.font)

    def shown(self, mark: str, size: float, cites: tuple[int, ...] = ()) -> Word:
        if self.style.raised == "glyph":
            return Word(mark.translate(GLYPHS), size, cites=cites, joined=True)
        if self.style.raised == "line" and mark not in self.table_marks:
            return Word(mark, size, cites=cites, joined=True)
        return Word(mark, size * 0.62, size * 0.36, cites=cites, joined=True)

    def words(self, pieces: Pieces, size: float, bold: bool = False) -> Iterator[Word]:
        space_before = False
        for piece in pieces:
            if isinstance(piece, str):
                for n, (text, gap) in enumerate(units(piece, self.style.lang)):
                    yield Word(
                        text,
                        size,
                        bold=bold,
                        joined=(n == 0 and not space_before and not piece.startswith(" ")) or not gap,
                    )
                space_before = piece.endswith(" ")
            elif isinstance(piece, Raised):
                yield Word(piece.text, size * 0.62, size * 0.36, joined=True)
            else:
                yield from self.citation(piece, size)

    def citation(self, cite: Cite, size: float) -> Iterator[Word]:
        for n, index in enumerate(cite.notes):
            if n:
                yield self.shown(",", size)
            first = index not in self.told
            self.told.add(index)
            yield self.shown(self.document.notes[index].mark, size, (index,) if first else ())

    def lines(self, words: list[Word], width: float, indent: float = 0.0, hang: float = 0.0) -> list[Line]:
        """Greedy line breaking; a joined word never starts a line, except between CJK characters."""
        found: list[Line] = []
        line: list[Word] = []
        used = 0.0
        for group in groups(words, self.style.lang):
            size = max(word.size for word in group)
            wide = sum(self.face.width(word) for word in group) + (
                0 if not line or group[0].joined else size * 0.25
            )
            room = width - (indent if not found else indent + hang)
            if line and used + wide > room:
                found.append(self.line(line, indent if not found else indent + hang))
                line, used = [], 0.0
            line += group
            used += wide
        if line:
            found.append(self.line(line, indent if not found else indent + hang))
        return found

    def line(self, words: list[Word], indent: float) -> Line:
        return Line(words, indent, max(word.size for word in words) * 1.3)

    def note_lines(self, note: Note, width: float) -> list[Line]:
        style, size = self.style, self.style.note_size
        lead = {
            "raised": [Word(note.mark, size * 0.62, size * 0.36)],
            "plain": [Word(note.mark, size)],
            "dot": [Word(note.mark + ".", size)],
            "tight": [Word(note.mark, size)],
        }[style.form]
        first, *rest = note.paragraphs
        hang = 12.0 if style.hanging else 0.0
        words = list(self.words(first, size))
        if style.form == "tight":
            words[0] = Word(words[0].text, size, joined=True)
        else:
            words[0] = Word(words[0].text, size, joined=False)
        found = self.lines(lead + words, width, 0.0, hang)
        for label, text in note.items:
            found += self.lines(list(self.words((f"{label} {text}",), size)), width, 14.0)
        for pieces in rest:
            found += self.lines(list(self.words(pieces, size)), width, hang)
        return found

    def next_column(self) -> None:
        self.columns.append(Column())
        waiting, self.waiting = self.waiting, []
        self.add_foot(waiting)

    def add_foot(self, lines: list[Line]) -> None:
        """What does not fit waits for the next column."""
        for n, line in enumerate(lines):
            column = self.columns[-1]
            if self.waiting or column.used() + line.height > self.room - 10:
                self.waiting += lines[n:]
                return
            column.foot.append(line)

    def add(self, lines: list[Line]) -> None:
        for line in lines:
            notes = [self.document.notes[index] for index in line.cites]
            feet = [self.note_lines(note, self.column_width) for note in notes if note.kind == "footnote"]
            need = line.height + sum(foot[0].height for foot in feet) + (8 if feet else 0)
            while self.columns[-1].used() + need > self.room or self.waiting:
                self.next_column()
            at = sum(each.height for each in self.columns[-1].body)
            self.columns[-1].body.append(line)
            for foot in feet:
                self.add_foot(foot)
            for note in notes:
                if note.kind == "sidenote":
                    self.add_beside(self.note_lines(note, self.side - 12), at)

    def add_beside(self, lines: list[Line], at: float) -> None:
        beside = self.columns[-1].beside
        if beside:
            at = max(at, beside[-1][0] + beside[-1][1].height + 3)
        for line in lines:
            beside.append((at, line))
            at += line.height

    def gap(self, height: float) -> None:
        if self.columns[-1].body:
            self.columns[-1].body.append(Line([], 0.0, height))

    def block(self, block: Block) -> None:
        size = self.style.size
        if isinstance(block, Heading):
            self.n_headings += 1
            if self.document.breaks_pages and self.n_headings > 1:
                self.next_column()
                while len(self.columns) % self.style.columns != 1 % self.style.columns:
                    self.next_column()
            self.gap(8)
            self.add(self.lines(list(self.words(block.pieces, size, bold=True)), self.column_width))
        elif isinstance(block, Para):
            self.add(self.lines(list(self.words(block.pieces, size)), self.column_width))
            self.gap(4)
        elif isinstance(block, Items):
            for label, pieces in block.items:
                lead = [Word(label, size)] if label else []
                self.add(self.lines(lead + list(self.words((" ", *pieces), size)), self.column_width, 16.0))
        else:
            self.table(block)

    def table(self, block: Table) -> None:
        self.gap(6)
        size, step = self.style.size, self.column_width / 3
        for row in block.rows:
            words: list[Word] = []
            starts: list[float] = []
            for n, cell in enumerate(row):
                at = n * step
                for word in self.words(cell, size):
                    at += 0 if word.joined or at == n * step else size * 0.25
                    words.append(word)
                    starts.append(at)
                    at += self.face.width(word)
            self.add([Line(words, 0.0, size * 1.4, tuple(starts))])
        for index in block.notes:
            self.add(self.note_lines(self.document.notes[index], self.column_width))
        self.gap(6)

    def set_all(self) -> list[Column]:
        self.add(self.lines(list(self.words((self.document.title,), self.style.size + 4)), self.column_width))
        for section in self.document.sections():
            for block in section:
                self.block(block)
            if self.style.place == "section":
                self.ended(section)
        if self.style.place == "end":
            self.ended(self.document.blocks)
        while self.waiting:
            self.next_column()
        return self.columns

    def ended(self, blocks: tuple[Block, ...]) -> None:
        self.gap(8)
        for index in cited_in(blocks):
            if self.document.notes[index].kind == "endnote":
                self.add(self.note_lines(self.document.notes[index], self.column_width))


@dataclass(frozen=True, slots=True)
class Face:
    regular: str
    bold: str

    def width(self, word: Word) -> float:
        return pdfmetrics.stringWidth(word.text, self.bold if word.bold else self.regular, word.size)


def register(lang: str, font: str) -> Face:
    """DejaVu for European languages, WenQuanYi or a font that is not embedded for CJK."""
    if lang in ("zh", "ja"):
        name = "WenQuanYi"
        if not WQY.exists():
            name = {"zh": "STSong-Light", "ja": "HeiseiMin-W3"}[lang]
            pdfmetrics.registerFont(UnicodeCIDFont(name))
        else:
            pdfmetrics.registerFont(TTFont(name, str(WQY)))
        return Face(name, name)
    stem = "DejaVuSerif" if font == "serif" else "DejaVuSans"
    for name in (stem, f"{stem}-Bold"):
        if not (DEJAVU / f"{name}.ttf").exists():
            raise ProducerFailed(f"no font {name}")
        pdfmetrics.registerFont(TTFont(name, str(DEJAVU / f"{name}.ttf")))
    return Face(stem, f"{stem}-Bold")


def units(text: str, lang: str) -> Iterator[tuple[str, bool]]:
    """Words, or CJK characters, with whether a space stands before each."""
    if lang not in ("zh", "ja"):
        yield from ((word, True) for word in text.split())
        return
    word, gap = "", False
    for char in text:
        if char == " " or ord(char) > 0x2E7F:
            if word:
                yield word, gap
            word, gap = "", char == " "
            if char != " ":
                yield char, gap
                gap = False
        else:
            word += char
    if word:
        yield word, gap


def groups(words: list[Word], lang: str) -> Iterator[list[Word]]:
    """Words that must stay on one line."""
    group: list[Word] = []
    for word in words:
        loose = (
            lang in ("zh", "ja")
            and not word.rise
            and word.text[0] not in "。，、；：）》」』】〕"
            and not word.cites
        )
        if group and (not word.joined or loose):
            yield group
            group = []
        group.append(word)
    if group:
        yield group
