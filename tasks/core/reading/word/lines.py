"""Makes lines of the blocks of a Word document: a line for each paragraph, and for each short row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from tasks.core.reading.word.content import Atom, AtomKind, Block, WordParagraph, WordRow, WordTable
from tasks.core.reading.word.numbering import Numbering
from tasks.core.reading.word.xml import Element, value
from tasks.core.records import LineTag

_ROW_CHARS = 60  # of a cell in a row that is one line
_LEAD = re.compile(r"[\s(（\[]*[\w.,、一-鿿-]{1,12}[.)）、\]]*")
_PLACES = frozenset((AtomKind.LINE_END, AtomKind.PAGE_BREAK, AtomKind.RENDERED_BREAK))
_IN_LINE = frozenset(("continuous", "nextColumn"))  # sections that begin no page
_MAX_HEADING_CHARS = 200


@dataclass(slots=True)
class WordLine:
    """A line of the text before its place in the document is known."""

    atoms: list[Atom]
    tag: LineTag = LineTag.BODY
    level: int = 0
    """1 to 9 of a heading, else 0."""
    size: float = 10.0
    ends_paragraph: bool = False
    n_breaks: int = 0
    """Pages that end before it."""
    section: int = 0
    """From 0."""
    page_index: int = 0

    @property
    def text(self) -> str:
        return "".join(atom.text for atom in self.atoms)


@dataclass(slots=True)
class _PendingBreaks:
    """The page breaks since the last letters."""

    count: int = 0
    is_authored: bool = False

    def add(self, kind: AtomKind) -> None:
        """Word tells a page's end again behind a break of the author's."""
        if kind is AtomKind.PAGE_BREAK:
            self.count += 1
            self.is_authored = True
        elif not self.is_authored:
            self.count += 1
        else:
            self.is_authored = False

    def take(self) -> int:
        count, self.count, self.is_authored = self.count, 0, False
        return count


@dataclass(slots=True)
class LineMaker:
    """Makes the lines of one story after the other, and numbers its paragraphs."""

    numbering: Numbering
    sections: Sequence[Element]
    """`w:sectPr` of each section of the body, in order."""
    _section: int = 0
    _breaks: _PendingBreaks = field(default_factory=_PendingBreaks)

    def body(self, blocks: Sequence[Block]) -> list[WordLine]:
        """The lines of the body, in order."""
        return list(self._lines(blocks))

    def apart(self, blocks: Sequence[Block], tag: LineTag) -> list[WordLine]:
        """The lines of a header or note, which has no pages of its own."""
        lines = list(self._lines(blocks))
        self._breaks.take()
        return [replace(line, tag=tag, level=0, n_breaks=0) for line in lines]

    def _lines(self, blocks: Sequence[Block]) -> Iterator[WordLine]:
        for block in blocks:
            if isinstance(block, WordTable):
                yield from self._table_lines(block)
                continue
            yield from self._paragraph_lines(block)
            for box in block.boxes:
                yield from (replace(line, n_breaks=0) for line in self._lines(box))

    # ------------------------------------------------------------ paragraphs

    def _paragraph_lines(self, paragraph: WordParagraph) -> Iterator[WordLine]:
        if paragraph.breaks_before:
            self._breaks.add(AtomKind.PAGE_BREAK)
        lines = self._split(self._numbered(paragraph))
        is_heading = paragraph.level > 0 and len(lines) == 1 and len(lines[0].text) <= _MAX_HEADING_CHARS
        for line in lines:
            line.size, line.section = paragraph.size, self._section
            line.level = paragraph.level if is_heading else 0
            line.ends_paragraph = line is lines[-1]
        yield from lines
        if paragraph.section is not None:
            self._section += 1
            following = self.sections[self._section : self._section + 1]
            if not following or value(following[0], "w:type") not in _IN_LINE:
                self._breaks.add(AtomKind.PAGE_BREAK)

    def _numbered(self, paragraph: WordParagraph) -> list[Atom]:
        """The letters with the paragraph's number before them."""
        ref = paragraph.number
        atoms = _without_lead_tab(paragraph.atoms)
        if ref is None or not paragraph.is_counted:
            return atoms
        number = self.numbering.next_number(ref)
        if not number or paragraph.is_dead or not paragraph.has_text:
            return atoms
        first = next(i for i, a in enumerate(atoms) if a.text.strip() or a.kind is AtomKind.NOTE)
        return [*atoms[:first], Atom(number, cell=atoms[first].cell), *atoms[first:]]

    def _split(self, atoms: Sequence[Atom]) -> list[WordLine]:
        """The lines between line ends and page ends. A page end inside a word comes behind it."""
        lines: list[WordLine] = []
        line: list[Atom] = []
        waits = False
        for atom in atoms:
            if waits and atom.kind is AtomKind.TEXT and (gap := re.search(r"\s", atom.text)):
                line.append(replace(atom, text=atom.text[: gap.start()]))
                self._close(lines, line)
                line, waits = [], False
                self._breaks.add(AtomKind.RENDERED_BREAK)
                atom = replace(atom, text=atom.text[gap.start() :])
            if atom.kind not in _PLACES:
                line.append(atom)
                continue
            if atom.kind is AtomKind.RENDERED_BREAK and _in_word(line):
                waits = True
                continue
            self._close(lines, line)
            line = []
            if atom.kind is not AtomKind.LINE_END:
                self._breaks.add(atom.kind)
        self._close(lines, line)
        if waits:
            self._breaks.add(AtomKind.RENDERED_BREAK)
        return lines

    def _close(self, lines: list[WordLine], atoms: list[Atom]) -> None:
        """Add a line without the white space at its ends, if it has letters."""
        shown = _stripped(atoms)
        if not any(atom.text or atom.kind is AtomKind.NOTE for atom in shown):
            if lines:
                lines[-1].atoms += atoms_of_places(atoms)
            return
        lines.append(WordLine(shown, n_breaks=self._breaks.take()))

    # ------------------------------------------------------------ tables

    def _table_lines(self, table: WordTable) -> Iterator[WordLine]:
        last: WordLine | None = None
        for row in table.rows:
            for line in self._row_lines(row):
                if last is not None:
                    yield last
                last = line
        if last is not None:
            last.ends_paragraph = True
            yield last

    def _row_lines(self, row: WordRow) -> list[WordLine]:
        before = self._breaks.take()
        by_cell: list[list[WordLine]] = []
        counts: list[int] = []
        for cell in row.cells:
            lines = list(self._lines(cell.blocks))
            counts.append(sum(line.n_breaks for line in lines) + self._breaks.take())
            by_cell.append(lines)
        # A row that runs over a page end tells it in each of its cells.
        longest = counts.index(max(counts)) if counts else 0
        for number, lines in enumerate(by_cell):
            for line in lines:
                line.level = 0
                line.n_breaks = line.n_breaks if number == longest else 0
        found = [lines for lines in by_cell if lines]
        if not found:
            self._breaks.count = before
            return []
        found[0][0].n_breaks += before
        if len(found) > 1 and all(len(lines) == 1 and len(lines[0].text) <= _ROW_CHARS for lines in found):
            return [_joined_row([lines[0] for lines in found])]
        return list(chain.from_iterable(found))


def _joined_row(cells: Sequence[WordLine]) -> WordLine:
    """The cells of a row as one line, with tabs between them."""
    atoms = list(cells[0].atoms)
    for cell in cells[1:]:
        atoms += [Atom("\t"), *cell.atoms]
    n_breaks = sum(cell.n_breaks for cell in cells)
    return replace(cells[0], atoms=atoms, n_breaks=n_breaks, ends_paragraph=False)


def atoms_of_places(atoms: Sequence[Atom]) -> list[Atom]:
    """The places of comments in what has no letters."""
    return [atom for atom in atoms if atom.kind is AtomKind.COMMENT]


def _in_word(line: Sequence[Atom]) -> bool:
    """Whether the last letter is one of a word of an alphabet; Chinese may break anywhere."""
    text = next((atom.text for atom in reversed(line) if atom.text), "")
    return text[-1:].isalnum() and text[-1:] < "\u2e80"


def _stripped(atoms: Sequence[Atom]) -> list[Atom]:
    found = [replace(atom) for atom in atoms]
    for order, strip in ((found, str.lstrip), (list(reversed(found)), str.rstrip)):
        for atom in order:
            if atom.kind is AtomKind.NOTE:
                break
            atom.text = strip(atom.text)
            if atom.text:
                break
    return [atom for atom in found if atom.text or atom.kind in (AtomKind.NOTE, AtomKind.COMMENT)]


def _without_lead_tab(atoms: list[Atom]) -> list[Atom]:
    """A tab behind a typed number is the blank that every reader sees: `1.1<tab>Rent`."""
    lead = ""
    for index, atom in enumerate(atoms):
        if atom.kind is not AtomKind.TEXT:
            return atoms
        before, tab, after = atom.text.partition("\t")
        lead += before
        if not tab:
            continue
        if not _LEAD.fullmatch(lead) or not re.search(r"[\d.)）、]|^\w$", lead):
            return atoms
        return [*atoms[:index], replace(atom, text=f"{before} {after.lstrip()}"), *atoms[index + 1 :]]
    return atoms
