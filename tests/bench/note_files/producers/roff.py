"""groff -ms: notes with our own marks, one or two columns, by its own PDF driver or through PostScript."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para, Table
from tests.bench.note_files.producers.base import Producer, Writer, call


class RoffWriter(Writer):
    """Notes follow their citation's line, so that each citation ends an input line."""

    def text(self, text: str) -> str:
        made = text.replace("\\", "\\e").replace("'", "\\(aq").replace("-", "\\-")
        return made.replace("†", "\\(dg").replace("‡", "\\(dd").replace("§", "\\(sc").replace("¶", "\\(ps")

    def raised(self, text: str) -> str:
        return f"\\*{{{self.text(text)}\\*}}"

    def shown(self, mark: str) -> str:
        return self.text(mark) if self.style.raised == "line" else self.raised(mark)

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        if note.kind != "footnote":
            return self.raised(note.mark) if note.kind == "tablenote" else self.shown(note.mark)
        return f"{self.shown(note.mark)}\\c\n.FS\n{self.note_body(index)}\n.FE\n\\&"

    def note_body(self, index: int) -> str:
        note = self.document.notes[index]
        first, *rest = [self.inline(pieces) for pieces in note.paragraphs]
        marker = {
            "raised": self.raised(note.mark),
            "plain": self.text(note.mark) + " ",
            "dot": self.text(note.mark) + ". ",
            "tight": self.text(note.mark),
        }[self.style.form]
        items = [self.text(f"{label} {text}") for label, text in note.items]
        return "\n.br\n".join(f"\\&{line}" for line in (marker + first, *items, *rest))

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            start = ".bp\n" if self.document.breaks_pages and self.n_headings else ""
            self.n_headings += 1
            return f"{start}.SH\n{self.inline(block.pieces)}"
        if isinstance(block, Para):
            return f".PP\n{self.inline(block.pieces)}"
        if isinstance(block, Items):
            return "\n".join(
                f'.IP "" 2n\n\\&{self.text(label)} {self.inline(pieces)}' for label, pieces in block.items
            )
        return self.table(block)

    def table(self, block: Table) -> str:
        rows = "\n".join("\t".join(self.inline(cell) for cell in row) for row in block.rows)
        made = f".LP\n.TS\nallbox;\nl r l.\n{rows}\n.TE"
        size = f".nr PS {self.style.note_size:.0f}\n"
        notes = "".join(f".LP\n{self.note_body(index)}\n" for index in block.notes)
        return made + "\n" + (f"{size}{notes}.nr PS {self.style.size:.0f}\n.LP" if notes else "")


def source_of(document: Document) -> str:
    style, writer = document.style, RoffWriter(document)
    blocks = "\n".join(writer.block(block) for block in document.blocks)
    face = "T" if style.font == "serif" else "H"
    number = {"foot": "%", "dash": "\\- % \\-", "of": "Page %", "none": ""}[style.page_number]
    head = [
        f".fam {face}",
        f".nr PS {style.size:.0f}",
        f".nr VS {style.size * 1.25:.0f}",
        f".nr FPS {style.note_size:.0f}",
        f".nr FI {'1.5n' if style.hanging else '0'}",
        f".nr LL {595 - 2 * style.margin:.0f}p",
        f".nr PO {style.margin:.0f}p",
        ".nr HY 0",
        ".hy 0",
        f".ds CF {number}",
        ".ds CH",
        f".ds LH {writer.text(style.header)}",
        ".pl 29.7c",
        ".LP",
        f".ce 1\n\\s+4{writer.text(document.title)}\\s0",
    ]
    if style.columns == 2:
        head.append(".2C")
    return "\n".join(head) + "\n" + blocks + "\n"


def make(document: Document, pdf: Path) -> None:
    command = ("groff", "-k", "-t", "-ms", "-Tpdf", "-dpaper=a4", "-P-pa4")
    pdf.write_bytes(call(command, pdf.parent, stdin=source_of(document).encode("utf-8")))


def make_by_postscript(document: Document, pdf: Path) -> None:
    command = ("groff", "-k", "-t", "-ms", "-Tps", "-dpaper=a4", "-P-pa4")
    pdf.with_suffix(".ps").write_bytes(call(command, pdf.parent, stdin=source_of(document).encode("utf-8")))
    call(("ps2pdf", pdf.with_suffix(".ps").name, pdf.name), pdf.parent)


WESTERN: Final = ("en", "en", "de", "fr")
FAMILIES: Final = ("num", "sym", "let", "LET", "rom", "ROM", "paren", "brack", "rparen", "let_paren")
FEATURES: Final = (FLOW - {"narrow"}) | {"columns", "forms", "line"}
PRODUCERS: Final = (
    Producer("groff", Abilities(WESTERN, FAMILIES, FEATURES), make, ("groff",)),
    Producer("groff-ps", Abilities(WESTERN, FAMILIES, FEATURES), make_by_postscript, ("groff", "ps2pdf")),
)
