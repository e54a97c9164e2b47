"""Apache FOP: notes across the page under one or more columns, end notes; tagged on request."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para, Style, Table, cited_in
from tests.bench.note_files.producers.base import Producer, Writer, call

FONTS: Final = {
    ("west", "serif"): "Liberation Serif",
    ("west", "sans"): "Liberation Sans",
    ("zh", "serif"): "WenQuanYi Zen Hei",
    ("zh", "sans"): "WenQuanYi Zen Hei",
    ("ja", "serif"): "IPAexMincho",
    ("ja", "sans"): "IPAexGothic",
}
CONFIG: Final = '<fop version="1.0"><renderers><renderer mime="application/pdf"><fonts><auto-detect/></fonts></renderer></renderers></fop>'


class FopWriter(Writer):
    page_break = ' break-before="page"'

    def text(self, text: str) -> str:
        return escape(text)

    def raised(self, text: str) -> str:
        return f'<fo:inline baseline-shift="super" font-size="65%">{escape(text)}</fo:inline>'

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        if note.kind != "footnote":
            return self.raised(note.mark) if note.kind == "tablenote" else self.shown(note.mark)
        inline = f"<fo:inline>{self.shown(note.mark)}</fo:inline>"
        return (
            f"<fo:footnote>{inline}<fo:footnote-body>{self.note_body(index)}</fo:footnote-body></fo:footnote>"
        )

    def note_body(self, index: int) -> str:
        note, style = self.document.notes[index], self.style
        first, *rest = [self.inline(pieces) for pieces in note.paragraphs]
        items = [escape(f"{label} {text}") for label, text in note.items]
        marker = {
            "raised": self.raised(note.mark),
            "plain": escape(note.mark) + " ",
            "dot": escape(note.mark) + ". ",
            "tight": escape(note.mark),
        }[style.form]
        indent = (
            'start-indent="14pt" text-indent="-14pt"'
            if style.hanging
            else 'text-indent="0pt" start-indent="0pt"'
        )
        face = f'font-size="{style.note_size}pt" text-align="start" font-weight="normal" {indent}'
        lines = [marker + first, *items, *rest]
        return "".join(f"<fo:block {face}>{line}</fo:block>" for line in lines)

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            space = 'space-before="12pt" space-after="5pt" keep-with-next="always" font-weight="bold"'
            return f"<fo:block {space}{self.before_heading()}>{self.inline(block.pieces)}</fo:block>"
        if isinstance(block, Para):
            return f'<fo:block space-after="5pt">{self.inline(block.pieces)}</fo:block>'
        if isinstance(block, Items):
            return "".join(
                f'<fo:block start-indent="16pt" space-after="2pt">{escape(label)} {self.inline(pieces)}</fo:block>'
                for label, pieces in block.items
            )
        return self.table(block)

    def table(self, block: Table) -> str:
        cell = (
            '<fo:table-cell border="0.5pt solid black" padding="2pt"><fo:block>{}</fo:block></fo:table-cell>'
        )
        rows = "".join(
            "<fo:table-row>" + "".join(cell.format(self.inline(one)) for one in row) + "</fo:table-row>"
            for row in block.rows
        )
        made = f'<fo:table table-layout="fixed" width="100%" space-before="6pt"><fo:table-body>{rows}</fo:table-body></fo:table>'
        return (
            made + "".join(self.note_body(index) for index in block.notes) + '<fo:block space-after="8pt"/>'
        )

    def all_blocks(self) -> str:
        parts: list[str] = []
        for section in self.document.sections():
            parts += [self.block(block) for block in section]
            if self.style.place == "section":
                parts += self.ended(section)
        if self.style.place == "end":
            parts += [
                '<fo:block space-before="14pt" font-weight="bold">Notes</fo:block>',
                *self.ended(self.document.blocks),
            ]
        return "".join(parts)

    def ended(self, blocks: tuple[Block, ...]) -> list[str]:
        """End notes of these blocks."""
        notes = self.document.notes
        return [self.note_body(index) for index in cited_in(blocks) if notes[index].kind == "endnote"]


def separator(style: Style) -> str:
    if style.rule == "none":
        return ""
    length = "100%" if style.rule == "full" else "35%"
    leader = f'<fo:leader leader-pattern="rule" leader-length="{length}" rule-thickness="0.5pt"/>'
    return f'<fo:static-content flow-name="xsl-footnote-separator"><fo:block>{leader}</fo:block></fo:static-content>'


def page_number(style: Style) -> str:
    number = "<fo:page-number/>"
    shown = {
        "foot": number,
        "dash": f"- {number} -",
        "of": f'Page {number} of <fo:page-number-citation-last ref-id="all"/>',
        "none": "",
    }
    return shown[style.page_number]


def whole(document: Document) -> str:
    style = document.style
    group = style.lang if style.lang in ("zh", "ja") else "west"
    width, height = (420, 595) if style.narrow else (595, 842)
    if style.landscape:
        width, height = height, width
    body = FopWriter(document).all_blocks()
    size = f'page-width="{width}pt" page-height="{height}pt" margin="20pt {style.margin}pt 24pt {style.margin}pt"'
    region = f'margin="32pt 0pt 32pt 0pt" column-count="{style.columns}" column-gap="18pt"'
    static = "".join(
        f'<fo:static-content flow-name="xsl-region-{side}"><fo:block font-size="8pt" text-align="{align}">{text}'
        "</fo:block></fo:static-content>"
        for side, align, text in (
            ("before", "start", escape(style.header)),
            ("after", "center", page_number(style)),
        )
    )
    fonts = f"{FONTS[group, style.font]}, WenQuanYi Zen Hei, DejaVu Sans"
    return (
        f'<fo:root xmlns:fo="http://www.w3.org/1999/XSL/Format" font-family="{fonts}" font-size="{style.size}pt" line-height="1.3">'
        f'<fo:layout-master-set><fo:simple-page-master master-name="p" {size}><fo:region-body {region}/>'
        '<fo:region-before extent="24pt"/><fo:region-after extent="20pt"/></fo:simple-page-master></fo:layout-master-set>'
        f'<fo:page-sequence master-reference="p" id="all" language="{style.lang}">{static}{separator(style)}'
        f'<fo:flow flow-name="xsl-region-body"><fo:block span="all" font-size="15pt" space-after="10pt">{escape(document.title)}'
        f"</fo:block>{body}</fo:flow></fo:page-sequence></fo:root>"
    )


def make(document: Document, pdf: Path) -> None:
    source, config = pdf.with_suffix(".fo"), pdf.with_suffix(".xconf")
    source.write_text(whole(document), "utf-8")
    config.write_text(CONFIG, "utf-8")
    tagged = ("-a",) if document.style.tagged else ()
    call(("fop", "-q", *tagged, "-c", config.name, source.name, pdf.name), pdf.parent)


FEATURES: Final = FLOW | {"columns", "columns3", "glyph", "line", "forms", "rule", "landscape", "tagged"}
PRODUCERS: Final = (
    Producer("fop", Abilities(features=FEATURES), make, ("fop",)),
    Producer(
        "fop-end", Abilities(features=FEATURES - {"columns3"}, places=("end", "section")), make, ("fop",)
    ),
)
