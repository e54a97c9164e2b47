"""Programs fed with light markup or word-processor files: rinohtype, Asciidoctor PDF, AbiWord, TeX classes' own notes. Kept unseen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para, cited_in
from tests.bench.note_files.producers.base import Producer, Writer, call
from tests.bench.note_files.producers.latex import FAMILIES, WESTERN, LatexWriter, make_with


class RstWriter(Writer):
    """reStructuredText: labelled notes, collected behind the text."""

    def text(self, text: str) -> str:
        return "".join("\\" + char if char in "\\*`|_[]" else char for char in text)

    def raised(self, text: str) -> str:
        return f"\\ :sup:`{text}`\\ "

    def later_citation(self, index: int) -> str:
        return self.first_citation(index)

    def first_citation(self, index: int) -> str:
        return f"\\ [#n{index}]_\\ "

    def comma(self) -> str:
        return ""

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return f"**{self.inline(block.pieces)}**"
        if isinstance(block, Para):
            return self.inline(block.pieces).strip()
        if isinstance(block, Items):
            return "\n".join(f"| {self.text(label)} {self.inline(pieces)}" for label, pieces in block.items)
        head, *rows = [["    " + self.inline(cell) for cell in row] for row in block.rows]
        lines = [".. list-table::", "   :header-rows: 1", ""]
        for row in (head, *rows):
            lines += [("   * - " if n == 0 else "     - ") + cell.strip() for n, cell in enumerate(row)]
        return "\n".join(lines)

    def note(self, index: int) -> str:
        note = self.document.notes[index]
        lines = [self.inline(pieces) for pieces in note.paragraphs]
        return f".. [#n{index}] " + "\n\n   ".join(lines)


def make_rinoh(document: Document, pdf: Path) -> None:
    writer = RstWriter(document)
    body = "\n\n".join(writer.block(block) for block in document.blocks)
    notes = "\n\n".join(writer.note(index) for index in cited_in(document.blocks))
    title = writer.text(document.title)
    source = f"{title}\n{'=' * 2 * len(title)}\n\n{body}\n\n{notes}\n"
    pdf.with_suffix(".rst").write_text(source, "utf-8")
    call((str(Path(sys.executable).with_name("rinoh")), pdf.with_suffix(".rst").name), pdf.parent)


class AsciiWriter(Writer):
    """AsciiDoc: notes inline; the converter collects them at the end of the document."""

    def text(self, text: str) -> str:
        return "".join(f"&#{ord(char)};" if char in "*_`#^~+[]{}<>|'\"" else char for char in text)

    def raised(self, text: str) -> str:
        return f"^{self.text(text)}^"

    def later_citation(self, index: int) -> str:
        return f"footnote:n{index}[]"

    def first_citation(self, index: int) -> str:
        lines = [self.inline(pieces) for pieces in self.document.notes[index].paragraphs]
        return f"footnote:n{index}[{' '.join(lines)}]"

    def comma(self) -> str:
        return "^,^"

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return "[discrete]\n=== " + self.inline(block.pieces)
        if isinstance(block, Para):
            return "{empty}" + self.inline(block.pieces)
        if isinstance(block, Items):
            return "\n\n".join(
                "{empty}" + f"{self.text(label)} {self.inline(pieces)}" for label, pieces in block.items
            )
        rows = "\n".join("|" + " |".join(self.inline(cell) for cell in row) for row in block.rows)
        return f"|===\n{rows}\n|==="


def make_asciidoctor(document: Document, pdf: Path) -> None:
    writer = AsciiWriter(document)
    body = "\n\n".join(writer.block(block) for block in document.blocks)
    columns = f":pdf-page-size: {'A5' if document.style.narrow else 'A4'}\n"
    pdf.with_suffix(".adoc").write_text(f"= {writer.text(document.title)}\n{columns}\n{body}\n", "utf-8")
    call(("asciidoctor-pdf", pdf.with_suffix(".adoc").name, "-o", pdf.name), pdf.parent)


class ClassWriter(LatexWriter):
    """The class sets its notes in its own way."""


def make_class(document: Document, pdf: Path, name: str) -> None:
    plain = r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{lmodern}\input{glyphtounicode}\pdfgentounicode=1"
    make_with(document, pdf, "pdflatex", plain, ClassWriter(document), document_class=name)


def make_memoir(document: Document, pdf: Path) -> None:
    make_class(document, pdf, "memoir")


def make_koma(document: Document, pdf: Path) -> None:
    make_class(document, pdf, "scrartcl")


class RtfWriter(Writer):
    """RTF with notes whose marks are written out."""

    def text(self, text: str) -> str:
        made = "".join("\\" + char if char in "\\{}" else char for char in text)
        return "".join(
            char if ord(char) < 128 else f"\\u{ord(char) - 65536 * (ord(char) > 32767)}?" for char in made
        )

    def raised(self, text: str) -> str:
        return "{\\super " + self.text(text) + "}"

    def later_citation(self, index: int) -> str:
        return self.raised(self.document.notes[index].mark)

    def first_citation(self, index: int) -> str:
        lines = [self.inline(pieces) for pieces in self.document.notes[index].paragraphs]
        body = "\\par ".join(lines)
        return "{\\super\\chftn}{\\footnote\\pard\\plain\\fs17 {\\super\\chftn} " + body + "}"

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return "\\pard\\sb200\\sa80{\\b " + self.inline(block.pieces) + "}\\par"
        if isinstance(block, Para):
            return "\\pard\\sa100 " + self.inline(block.pieces) + "\\par"
        if isinstance(block, Items):
            return "".join(
                "\\pard\\li360 " + f"{self.text(label)} {self.inline(p)}\\par\n" for label, p in block.items
            )
        rows = "".join(
            "\\trowd\\cellx2500\\cellx5500\\cellx8500 "
            + "".join(f"\\pard\\intbl {self.inline(cell)}\\cell " for cell in row)
            + "\\row\n"
            for row in block.rows
        )
        return rows + "\\pard\\par"


def make_abiword(document: Document, pdf: Path) -> None:
    writer = RtfWriter(document)
    body = "\n".join(writer.block(block) for block in document.blocks)
    size = round(document.style.size * 2)
    font = "Liberation Serif" if document.style.font == "serif" else "Liberation Sans"
    source = (
        "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 "
        + font
        + ";}}\\paperw11906\\paperh16838\\f0\\fs"
        + f"{size} {body}"
        + "}"
    )
    pdf.with_suffix(".rtf").write_text(source, "ascii")
    call(("abiword", "--to=pdf", pdf.with_suffix(".rtf").name), pdf.parent)


SIMPLE: Final = FLOW - {"section", "items", "table", "start", "narrow"}
CLASS: Final = FLOW | {"columns", "rule"}
PRODUCERS: Final = (
    Producer(
        "rinoh",
        Abilities(WESTERN, ("num",), SIMPLE - {"together", "paragraphs", "long"}),
        make_rinoh,
        unseen=True,
    ),
    Producer(
        "asciidoctor",
        Abilities(WESTERN, ("brack",), SIMPLE - {"paragraphs"} | {"narrow"}, ("end",)),
        make_asciidoctor,
        ("asciidoctor-pdf",),
        unseen=True,
    ),
    Producer("memoir", Abilities(WESTERN, FAMILIES, CLASS), make_memoir, ("pdflatex",), unseen=True),
    Producer("koma", Abilities(WESTERN, FAMILIES, CLASS), make_koma, ("pdflatex",), unseen=True),
    Producer(
        "abiword", Abilities(WESTERN, ("num",), SIMPLE - {"again"}), make_abiword, ("abiword",), unseen=True
    ),
)
