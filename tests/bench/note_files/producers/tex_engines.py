"""XeLaTeX and LuaLaTeX with other classes and note packages, and ConTeXt. Kept unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para
from tests.bench.note_files.producers.base import Producer, call
from tests.bench.note_files.producers.latex import FAMILIES, WESTERN, LatexWriter, make_with

CJK_FONT: Final = {"zh": "Noto Serif CJK SC", "ja": "Noto Serif CJK JP"}
SANS_FONT: Final = {"zh": "Noto Sans CJK SC", "ja": "IPAexGothic"}


class PlainWriter(LatexWriter):
    """Fonts that hold every sign need no names for them."""

    def text(self, text: str) -> str:
        return "".join("\\" + char if char in "#$%&_{}" else char.replace("\\", "") for char in text)


def fonts(document: Document, locale: bool) -> str:
    style = document.style
    sans = style.font == "sans"
    if style.lang in CJK_FONT:
        name = SANS_FONT[style.lang] if sans else CJK_FONT[style.lang]
    else:
        name = "DejaVu Sans" if sans else "DejaVu Serif"
    breaks = (
        rf'\XeTeXlinebreaklocale "{style.lang}"\XeTeXlinebreakskip = 0pt plus 1pt'
        if locale and style.lang in CJK_FONT
        else ""
    )
    return rf"\usepackage{{fontspec}}\setmainfont{{{name}}}\setsansfont{{{name}}}{breaks}"


def make_xelatex(document: Document, pdf: Path) -> None:
    make_with(document, pdf, "xelatex", fonts(document, True), PlainWriter(document))


def make_lualatex(document: Document, pdf: Path) -> None:
    make_with(document, pdf, "lualatex", fonts(document, False), PlainWriter(document))


def make_para_notes(document: Document, pdf: Path) -> None:
    """Notes run together in one paragraph (footmisc)."""
    make_with(
        document,
        pdf,
        "xelatex",
        fonts(document, True) + r"\usepackage[para]{footmisc}",
        PlainWriter(document),
    )


def make_bottom_notes(document: Document, pdf: Path) -> None:
    head = fonts(document, True) + r"\usepackage[bottom,hang]{footmisc}\setlength\footnotemargin{1.6em}"
    make_with(document, pdf, "xelatex", head, PlainWriter(document))


class ContextWriter(PlainWriter):
    def raised(self, text: str) -> str:
        return rf"\high{{{self.text(text)}}}"

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        return (
            self.raised(note.mark) if note.kind == "tablenote" else rf"\footnote{{{self.note_body(index)}}}"
        )

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return rf"\blank[big]{{\bf {self.inline(block.pieces)}}}\par\blank[small]"
        if isinstance(block, Para):
            return self.inline(block.pieces) + r"\par"
        if isinstance(block, Items):
            return "\n".join(
                rf"\noindentation\quad {self.text(label)} {self.inline(p)}\par" for label, p in block.items
            )
        rows = "".join(
            r"\bTR " + "".join(rf"\bTD {self.inline(cell)} \eTD " for cell in row) + r"\eTR "
            for row in block.rows
        )
        notes = [
            rf"{{\tfx {self.shown(self.document.notes[n].mark)} {self.note_body(n)}\par}}"
            for n in block.notes
        ]
        return "\n".join([rf"\bTABLE {rows}\eTABLE\par", *notes])


def make_context(document: Document, pdf: Path) -> None:
    style, writer = document.style, ContextWriter(document)
    conversion = {
        "num": "numbers",
        "let": "characters",
        "LET": "Characters",
        "rom": "romannumerals",
        "ROM": "Romannumerals",
    }
    way = "bypage" if style.restart == "page" else "bytext"
    body = "\n\n".join(writer.block(block) for block in document.blocks)
    rule = "off" if style.rule == "none" else "on"
    source = (
        rf"\setuppapersize[{'A5' if style.narrow else 'A4'}]\setupbodyfont[modern,{style.size:.0f}pt]"
        rf"\setuplayout[backspace={style.margin}pt,width=middle,cutspace={style.margin}pt]\setuppagenumbering[location={{footer,middle}}]"
        rf"\setupnote[footnote][rule={rule}]\setupnotation[footnote][numberconversion={conversion[style.family]},way={way}]"
        rf"\setuptolerance[verytolerant,stretch]\starttext {{\tfb {writer.text(document.title)}}}\blank[big]"
        + "\n"
        + body
        + r"\stoptext"
    )
    pdf.with_suffix(".tex").write_text(source, "utf-8")
    call(("context", "--batchmode", "--noconsole", pdf.with_suffix(".tex").name), pdf.parent)


FULL: Final = FLOW | {"columns", "line", "forms", "rule", "landscape"}
CONTEXT: Final = FLOW - {"start", "section"} | {"page", "rule"}
LANGUAGES: Final = ("en", "de", "fr", "zh", "zh", "ja")
PRODUCERS: Final = (
    Producer("xelatex", Abilities(LANGUAGES, None, FULL), make_xelatex, ("xelatex",), unseen=True),
    Producer("lualatex", Abilities(WESTERN, FAMILIES, FULL), make_lualatex, ("lualatex",), unseen=True),
    Producer(
        "footmisc-para",
        Abilities(LANGUAGES, None, FULL - {"items", "paragraphs"}),
        make_para_notes,
        ("xelatex",),
        unseen=True,
    ),
    Producer("footmisc-hang", Abilities(LANGUAGES, None, FULL), make_bottom_notes, ("xelatex",), unseen=True),
    Producer(
        "context",
        Abilities(WESTERN, ("num", "let", "LET", "rom", "ROM"), CONTEXT),
        make_context,
        ("context",),
        unseen=True,
    ),
)
