"""What is read of a Word document's XML before its pages and numbers are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tasks.core.reading.word.styles import NumberRef
from tasks.core.reading.word.xml import Element
from tasks.core.records import NOT_LIVE, MarkKind

Marks = frozenset[MarkKind]
NO_MARKS: Marks = frozenset()


class AtomKind(StrEnum):
    TEXT = "text"
    LINE_END = "line_end"
    PAGE_BREAK = "page_break"
    """The author's."""
    RENDERED_BREAK = "rendered_break"
    """Where a page ended when Word saved the file."""
    NOTE = "note"
    """The citation of a note; its text is the marker, once that is known."""
    COMMENT = "comment"
    """Where a comment is anchored."""


@dataclass(slots=True)
class Atom:
    """Letters with one look, or a place between letters."""

    text: str
    marks: Marks = NO_MARKS
    kind: AtomKind = AtomKind.TEXT
    key: str = ""
    """Of a note (`footnote:2`) or comment (`comment:0`); of a cross-reference to a note, `mark:` and the
    bookmark that it names."""
    cell: WordCell | None = None
    """The innermost cell that it stands in."""

    @property
    def is_live(self) -> bool:
        return not self.marks & NOT_LIVE


class JoinKind(StrEnum):
    NONE = "none"
    DELETED = "deleted"
    """Its paragraph mark is deleted: it goes on in the next paragraph, which gives the number."""
    HIDDEN = "hidden"
    """Its paragraph mark is hidden (a style separator): the next one goes on in its line."""


@dataclass(slots=True)
class WordParagraph:
    """A paragraph; what is in its text boxes follows it."""

    atoms: list[Atom] = field(default_factory=list)
    boxes: list[list[Block]] = field(default_factory=list)
    number: NumberRef | None = None
    level: int = 0
    """1 to 9 of a heading, else 0."""
    size: float = 10.0
    joins: JoinKind = JoinKind.NONE
    breaks_before: bool = False
    is_removed: bool = False
    """It stands in a row, cell or box that is deleted or hidden."""
    section: Element | None = None
    """`w:sectPr`, if it is the last one of its section."""

    @property
    def has_text(self) -> bool:
        return any(atom.text.strip() or atom.kind is AtomKind.NOTE for atom in self.atoms)

    @property
    def is_dead(self) -> bool:
        """It has words, and none of them is live."""
        shown = [a for a in self.atoms if a.text.strip() or a.kind is AtomKind.NOTE]
        return bool(shown) and not any(a.is_live for a in shown)

    @property
    def is_counted(self) -> bool:
        """Whether Word gives it the next number of its list, once all changes are accepted."""
        goes_on = self.joins is not JoinKind.NONE
        return not self.is_removed and not (goes_on and (self.is_dead or not self.has_text))


@dataclass(slots=True, eq=False)
class WordCell:
    blocks: list[Block]
    column: int
    """From 0, in the table's grid."""
    n_columns: int
    continues: bool
    """It is merged with the cell above it."""
    column_head: str = ""
    row_label: str = ""


@dataclass(slots=True)
class WordRow:
    cells: list[WordCell]
    is_head: bool
    """Word repeats it at the top of each page."""


@dataclass(slots=True)
class WordTable:
    rows: list[WordRow]
    has_first_row_look: bool
    """Its style gives the first row a look of its own."""


Block = WordParagraph | WordTable


@dataclass(slots=True)
class Found:
    """What a document has besides its text."""

    flags: set[str] = field(default_factory=set)
    note_marks: dict[str, str] = field(default_factory=dict)
    """Bookmarks around citations, each with the note's key."""
    watermarks: list[str] = field(default_factory=list)
