"""What a test file says and how its house prints it, before a program sets it.

A producer gets a `Document` and must print every piece of it; what ends up on which page is found afterwards in the
finished PDF (`truth`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Cite:
    """The place where notes are cited, by their indexes in `Document.notes`: several stand together as `1,2`."""

    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Raised:
    """A raised sign that cites nothing: an exponent, the end of an ordinal."""

    text: str


Piece: TypeAlias = str | Cite | Raised
Pieces: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    pieces: Pieces
    new_section: bool = True


@dataclass(frozen=True, slots=True)
class Para:
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Items:
    """A list with its printed labels: an enumeration, a bibliography, the lines for signatures."""

    items: tuple[tuple[str, Pieces], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; its own notes are printed right below it and cited in its cells."""

    rows: tuple[tuple[Pieces, ...], ...]
    notes: tuple[int, ...] = ()


Block: TypeAlias = Heading | Para | Items | Table


@dataclass(frozen=True, slots=True)
class Note:
    """A note: `body_code` stands right before its first citation, the other two near its text's ends."""

    index: int
    kind: str
    """`footnote`, `endnote`, `tablenote` or `sidenote`. A note below a table counts: a reader of the table would say so."""
    mark: str
    """As printed. Where marks restart on each page it is only a guess until the pages are known."""
    body_code: str
    first_code: str
    last_code: str
    paragraphs: tuple[Pieces, ...]
    items: tuple[tuple[str, str], ...] = ()
    """A list inside the note, after its first paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a house prints. Sizes in points."""

    lang: str = "en"
    family: str = "num"
    restart: str = "never"
    """`never`, `page` or `section`."""
    start: int = 1
    raised: str = "small"
    """The citation: `small` and raised, `glyph` (superscript characters at full size) or on the `line`."""
    after_stop: bool = True
    """Whether a citation at a sentence's end stands after the full stop."""
    form: str = "raised"
    """The marker in the note: `raised`, `plain` (1 text), `dot` (1. text) or `tight` (1text)."""
    hanging: bool = False
    rule: str = "short"
    """Above the notes: `short`, `full` or `none`."""
    size: float = 10.5
    note_size: float = 8.5
    columns: int = 1
    place: str = "foot"
    """`foot`, `end` (of the document), `section` (its end) or `margin`."""
    landscape: bool = False
    line_numbers: bool = False
    header: str = ""
    page_number: str = "foot"
    """`foot`, `dash` (- 2 -), `of` (Page 2 of 4) or `none`."""
    font: str = "serif"
    tagged: bool = False
    margin: float = 62.0
    """Of the page, in points."""
    narrow: bool = False
    """A narrower page (A5), so that notes spill more often."""


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    seed: int
    style: Style
    title: str
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    traps: tuple[str, ...] = field(default=())

    @property
    def breaks_pages(self) -> bool:
        """Whether each section starts on a new page: two notes 1 at one foot is what no house prints."""
        return self.style.restart == "section" and self.style.place in ("foot", "margin")

    def sections(self) -> Iterator[tuple[Block, ...]]:
        """The blocks, cut before each heading."""
        part: list[Block] = []
        for block in self.blocks:
            if isinstance(block, Heading) and block.new_section and part:
                yield tuple(part)
                part = []
            part.append(block)
        yield tuple(part)


def pieces_of(block: Block) -> Iterator[Piece]:
    if isinstance(block, Heading | Para):
        yield from block.pieces
    elif isinstance(block, Items):
        for _, pieces in block.items:
            yield from pieces
    else:
        for row in block.rows:
            for cell in row:
                yield from cell


def cited_in(blocks: tuple[Block, ...]) -> list[int]:
    """The notes that are cited in these blocks, each once, in order."""
    found: dict[int, None] = {}
    for block in blocks:
        for piece in pieces_of(block):
            if isinstance(piece, Cite):
                found.update(dict.fromkeys(piece.notes))
    return list(found)


def plain(pieces: Pieces, marks: dict[int, str]) -> str:
    """The text with the citations' marks on the line, as a reader copies it."""
    return "".join(
        piece
        if isinstance(piece, str)
        else piece.text
        if isinstance(piece, Raised)
        else ",".join(marks[index] for index in piece.notes)
        for piece in pieces
    )


def note_text(note: Note, marks: dict[int, str]) -> str:
    """A note's text without its marker: paragraphs and list items as lines."""
    first, *rest = [plain(pieces, marks) for pieces in note.paragraphs]
    return "\n".join([first, *(f"{label} {text}" for label, text in note.items), *rest])
