"""Reads the paragraphs and tables of a story of a Word document, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tasks.core.reading.word.content import (
    NO_MARKS,
    Atom,
    AtomKind,
    Block,
    Found,
    JoinKind,
    WordCell,
    WordParagraph,
    WordRow,
    WordTable,
)
from tasks.core.reading.word.inlines import (
    CHANGES,
    HIDDEN,
    INSERTED,
    STRUCK,
    TRANSPARENT,
    InlineReader,
    RunPlace,
    choice,
    placeholder_marks,
)
from tasks.core.reading.word.styles import Styles, has_fill
from tasks.core.reading.word.xml import Element, child, children, number, qn, switch, value
from tasks.core.records import NOT_LIVE, MarkKind

_P, _TBL, _SDT, _TR, _TC = (qn(f"w:{name}") for name in ("p", "tbl", "sdt", "tr", "tc"))
_ALTERNATE, _ALT_CHUNK = qn("mc:AlternateContent"), qn("w:altChunk")
_CELL_CHANGES = {qn("w:cellDel"): STRUCK, qn("w:cellIns"): INSERTED}
_FIRST_ROW = 0x20  # of `w:tblLook`
_PLAIN = RunPlace("")


class StoryReader:
    """Reads one story: the body, a header, the note of a part."""

    def __init__(self, story: Element, styles: Styles, found: Found) -> None:
        self._styles, self._found = styles, found
        self._inline = InlineReader(story, styles, found, self._boxed)

    def blocks(self, container: Element, place: RunPlace = _PLAIN) -> list[Block]:
        """The blocks of a body, header, note, cell or content control."""
        found: list[Block] = []
        for element in container:
            tag = element.tag
            if tag == _P:
                found.append(self._paragraph(element, place))
            elif tag == _TBL:
                found.append(self._table(element, place))
            elif tag == _SDT:
                content = child(element, "w:sdtContent")
                inside = place.marked(placeholder_marks(child(element, "w:sdtPr")))
                found += [] if content is None else self.blocks(content, inside)
            elif tag == _ALTERNATE:
                chosen = choice(element)
                found += [] if chosen is None else self.blocks(chosen, place)
            elif tag == _ALT_CHUNK:
                self._found.flags.add("inserted_files")
            elif tag in TRANSPARENT:
                found += self.blocks(element, place)
        return found

    def _boxed(self, content: Element, place: RunPlace) -> list[Block]:
        """The blocks of a text box, whose fields are its own."""
        return joined(StoryReader(content, self._styles, self._found).blocks(content, place))

    # ------------------------------------------------------------ paragraphs

    def _paragraph(self, element: Element, place: RunPlace) -> WordParagraph:
        properties = child(element, "w:pPr")
        style = self._styles.paragraph_style(properties)
        is_shaded = place.is_shaded or self._styles.paragraph_fill(properties)
        self._inline.read(element, replace(place, style=style, is_shaded=is_shaded))
        return WordParagraph(
            atoms=self._inline.atoms,
            boxes=self._inline.boxes,
            number=self._styles.number_ref(properties),
            level=self._styles.heading_level(properties),
            size=self._styles.look(style, None).size,
            joins=_joins(properties, place),
            breaks_before=self._styles.page_break_before(properties) and place.cell is None,
            is_removed=bool(place.marks & NOT_LIVE),
            section=child(properties, "w:sectPr"),
        )

    # ------------------------------------------------------------ tables

    def _table(self, element: Element, place: RunPlace) -> WordTable:
        properties = child(element, "w:tblPr")
        is_shaded = place.is_shaded or has_fill(properties) or self._styles.table_fill(properties)
        inside = replace(place, is_shaded=is_shaded)
        rows = [self._row(row, marked) for row, marked in _inside(element, inside, _TR)]
        return WordTable(rows, _has_first_row_look(properties))

    def _row(self, element: Element, place: RunPlace) -> WordRow:
        properties = child(element, "w:trPr")
        for change in properties if properties is not None else ():
            place = place.marked(CHANGES.get(change.tag, NO_MARKS))
        if switch(properties, "w:hidden"):
            place = place.marked(HIDDEN)
        at = number(properties, "w:gridBefore") or 0
        cells: list[WordCell] = []
        for found, marked in _inside(element, place, _TC):
            cell = self._cell(found, marked, at)
            at += cell.n_columns
            cells.append(cell)
        return WordRow(cells, switch(properties, "w:tblHeader") or False)

    def _cell(self, element: Element, place: RunPlace, column: int) -> WordCell:
        properties = child(element, "w:tcPr")
        for change in properties if properties is not None else ():
            place = place.marked(_CELL_CHANGES.get(change.tag, NO_MARKS))
        merge = child(properties, "w:vMerge")
        continues = merge is not None and value(properties, "w:vMerge") in (None, "continue")
        span = max(1, min(number(properties, "w:gridSpan") or 1, 100))
        cell = WordCell([], column, span, continues)
        shaded = place.is_shaded or has_fill(properties)
        cell.blocks = joined(self.blocks(element, replace(place, is_shaded=shaded, cell=cell)))
        return cell


def _inside(parent: Element, place: RunPlace, tag: str) -> Iterator[tuple[Element, RunPlace]]:
    """The rows of a table or cells of a row, those in content controls among them."""
    for element in parent:
        if element.tag == tag:
            yield element, place
        elif element.tag == _SDT:
            marked = place.marked(placeholder_marks(child(element, "w:sdtPr")))
            for content in children(element, "w:sdtContent"):
                yield from _inside(content, marked, tag)
        elif element.tag in TRANSPARENT:
            yield from _inside(element, place, tag)


def _has_first_row_look(properties: Element | None) -> bool:
    look = child(properties, "w:tblLook")
    if look is None:
        return False
    first = look.get(qn("w:firstRow"))
    if first is not None:
        return first in ("1", "true", "on")
    try:
        return bool(int(look.get(qn("w:val")) or "0", 16) & _FIRST_ROW)
    except ValueError:
        return False


def _joins(properties: Element | None, place: RunPlace) -> JoinKind:
    """Whether the paragraph's mark is deleted or hidden."""
    mark = child(properties, "w:rPr")
    if mark is None or MarkKind.STRUCK in place.marks:
        return JoinKind.NONE
    if child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None:
        return JoinKind.DELETED
    is_hidden = switch(mark, "w:vanish") or switch(mark, "w:specVanish")
    return JoinKind.HIDDEN if is_hidden else JoinKind.NONE


def joined(blocks: list[Block]) -> list[Block]:
    """The blocks with one paragraph for several whose marks are deleted or hidden.

    A paragraph without a live word stays apart: it is left out as a whole.
    """
    result: list[Block] = []
    for block in blocks:
        last = result[-1] if result else None
        if (
            not isinstance(block, WordParagraph)
            or not isinstance(last, WordParagraph)
            or last.joins is JoinKind.NONE
            or not last.has_text
            or last.is_dead
        ):
            result.append(block)
        else:
            result[-1] = _one(last, block)
    return result


def _one(first: WordParagraph, second: WordParagraph) -> WordParagraph:
    leads = first if first.joins is JoinKind.HIDDEN else second
    parts = [atom for part in (first, second) for atom in part.atoms]
    return WordParagraph(
        atoms=parts,
        boxes=[*first.boxes, *second.boxes],
        number=leads.number,
        level=leads.level if len(_text(parts)) < 200 else 0,
        size=leads.size,
        joins=second.joins,
        breaks_before=first.breaks_before,
        section=second.section,
    )


def _text(atoms: list[Atom]) -> str:
    return "".join(atom.text for atom in atoms if atom.kind is AtomKind.TEXT)
