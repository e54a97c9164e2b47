"""Text to lines: words or characters with their type, broken to a width. `**bold**` and `{{note}}` may stand in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from tests.samples.page_style import Look

NO_START = set("，。；：、！？）》”’〉】％%)]},.;:!?")
NO_END = set("（《“‘〈【([")
_MARKUP = re.compile(r"\*\*(?P<bold>.+?)\*\*|\{\{(?P<note>.+?)\}\}|(?P<plain>(?:[^*{]|\*(?!\*)|\{(?!\{))+)")
_MAX_STRETCH = 0.35  # of the type size, for a Chinese line; more is left ragged


@dataclass(slots=True)
class Note:
    """A footnote; its marker is given when it is known on which page it stands."""

    text: str
    marker: str = ""


@dataclass(frozen=True, slots=True)
class TypePiece:
    """Letters of one type; a piece with a note shows the note's marker, raised."""

    text: str
    font: str
    size: float
    note: Note | None = None

    @property
    def shown(self) -> str:
        return self.note.marker or self.text if self.note else self.text

    @property
    def width(self) -> float:
        return stringWidth(self.shown, self.font, self.size)


@dataclass(slots=True)
class SetUnit:
    """What is never broken: a word, or a Chinese character with the punctuation that clings to it."""

    pieces: list[TypePiece]
    is_spaced: bool = False
    """A space follows, unless the line ends."""

    @property
    def width(self) -> float:
        return sum(piece.width for piece in self.pieces)


@dataclass(slots=True)
class SetLine:
    units: list[SetUnit] = field(default_factory=list)
    indent: float = 0
    is_last: bool = False

    def natural_width(self, space: float) -> float:
        """Unjustified, without the indent and the last unit's space."""
        return sum(u.width for u in self.units) + space * sum(u.is_spaced for u in self.units[:-1])

    @property
    def notes(self) -> list[Note]:
        return [piece.note for unit in self.units for piece in unit.pieces if piece.note]


def units_of(text: str, look: Look, size: float, font: str | None = None) -> list[SetUnit]:
    """Cut marked-up text into units."""
    units: list[SetUnit] = []
    for match in _MARKUP.finditer(text):
        if match["note"] is not None:
            mark = TypePiece(
                "①" if look.is_chinese else "00", look.regular, round(size * 0.66, 1), Note(match["note"])
            )
            units[-1].pieces.append(mark)
            continue
        type_ = look.bold if match["bold"] else font or look.regular
        words = match["bold"] or match["plain"]
        if units and words[0] == " ":
            units[-1].is_spaced = True
        for letters, is_spaced in _atoms(words, look.is_chinese):
            piece = TypePiece(letters, type_, size)
            if units and _clings(units[-1], letters, look.is_chinese):
                units[-1].pieces.append(piece)
                units[-1].is_spaced = is_spaced
            else:
                units.append(SetUnit([piece], is_spaced))
    return units


def _atoms(text: str, is_chinese: bool) -> Iterator[tuple[str, bool]]:
    """Letters, and whether a space follows."""
    pattern = r"[0-9A-Za-z.,%/+\-@]+|[^ \n]" if is_chinese else r"\S+"
    for match in re.finditer(pattern, text):
        yield match[0], match.end() < len(text) and text[match.end()] == " "


def _clings(before: SetUnit, letters: str, is_chinese: bool) -> bool:
    """No space between two English pieces, or punctuation that may not stand at this end of a Chinese line."""
    if not is_chinese:
        return not before.is_spaced and before.pieces[-1].shown[-1:] != "—"
    return letters[0] in NO_START or before.pieces[-1].shown[-1:] in NO_END


def wrap(units: list[SetUnit], width: float, space: float, first_indent: float = 0) -> list[SetLine]:
    """Break units greedily into lines."""
    lines = [SetLine(indent=first_indent)]
    used = first_indent
    for unit in units:
        if lines[-1].units and used + unit.width > width + 0.01:
            lines.append(SetLine())
            used = 0
        lines[-1].units.append(unit)
        used += unit.width + (space if unit.is_spaced else 0)
    lines[-1].is_last = True
    return lines


def draw_line(canvas: Canvas, line: SetLine, x: float, y: float, width: float, look: Look) -> None:
    """Draw one line justified, its last units' spaces left out."""
    words = canvas.beginText(x + line.indent, y)
    _justify(words, line, width - line.indent, look)
    for unit in line.units:
        for piece in unit.pieces:
            words.setFont(piece.font, piece.size)
            words.setRise(look.size * 0.36 if piece.note else 0)
            words.textOut(piece.shown)
        if unit.is_spaced and unit is not line.units[-1]:
            words.setRise(0)
            words.setFont(unit.pieces[0].font, unit.pieces[0].size)
            words.textOut(" ")
    words.setRise(0)
    words.setWordSpace(0)  # text state outlives the text object
    words.setCharSpace(0)
    canvas.drawText(words)


def _justify(words: PDFTextObject, line: SetLine, width: float, look: Look) -> None:
    natural = sum(unit.width for unit in line.units)
    spaces = [unit.pieces[0] for unit in line.units[:-1] if unit.is_spaced]
    natural += sum(stringWidth(" ", piece.font, piece.size) for piece in spaces)
    spare = width - natural
    if line.is_last or not line.units:
        return
    if not look.is_chinese:
        words.setWordSpace(spare / len(spaces) if spaces else 0)
        return
    n_gaps = sum(len(piece.shown) for unit in line.units for piece in unit.pieces) - 1
    stretch = spare / n_gaps if n_gaps else 0
    if abs(stretch) <= _MAX_STRETCH * look.size:
        words.setCharSpace(stretch)
