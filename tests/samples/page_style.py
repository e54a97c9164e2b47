"""How a sample looks: paper, typefaces, sizes. One look for each language; measures are in points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

SONG_FILES = (
    Path("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf"),
    Path("~/.fonts/gbsn00lp.ttf").expanduser(),
)


@dataclass(frozen=True, slots=True)
class Look:
    """Typefaces and measures of one document."""

    regular: str = "Times-Roman"
    bold: str = "Times-Bold"
    size: float = 11
    leading: float = 15.4
    note_size: float = 8.5
    note_leading: float = 10.4
    left: float = 78
    right: float = 78
    top: float = 84
    bottom: float = 78
    paragraph_gap: float = 6
    first_indent: float = 0
    is_chinese: bool = False
    """Lines break between any two characters, and notes are circled and counted anew on each page."""

    @property
    def text_width(self) -> float:
        return A4[0] - self.left - self.right

    @property
    def text_height(self) -> float:
        return A4[1] - self.top - self.bottom


ENGLISH = Look()


def find_song() -> Path | None:
    """The Song typeface (Debian: fonts-arphic-gbsn00lp), or None where it is not installed."""
    return next((path for path in SONG_FILES if path.is_file()), None)


def chinese_look(font_file: Path) -> Look:
    """A look that embeds the part of the typeface which the document uses.

    Embedding, since a reader without Chinese fonts would show boxes for the standard CID fonts. The typeface has no bold cut.
    """
    pdfmetrics.registerFont(TTFont("Song", str(font_file)))
    return Look(
        regular="Song",
        bold="Song",
        size=12,
        leading=20.5,
        note_size=9,
        note_leading=12,
        left=84,
        right=84,
        first_indent=24,
        paragraph_gap=2,
        is_chinese=True,
    )
