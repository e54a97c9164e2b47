"""LibreOffice Writer: flat ODT with real notes, straight to PDF (tagged on request) or by way of DOCX."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para, Table
from tests.bench.note_files.producers.base import Producer, Writer, call

SPACES: Final = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
}
WEST: Final = {"serif": "Liberation Serif", "sans": "Liberation Sans"}
EAST: Final = {
    "zh": {"serif": "WenQuanYi Zen Hei", "sans": "Noto Sans CJK SC"},
    "ja": {"serif": "IPAexMincho", "sans": "IPAexGothic"},
}
FORMATS: Final = {"num": "1", "let": "a", "LET": "A", "rom": "i", "ROM": "I"}


class OfficeWriter(Writer):
    automatic = False
    """Whether Writer numbers the notes itself: on each page, or since DOCX would show a mark of our own twice."""

    def text(self, text: str) -> str:
        return escape(text)

    def raised(self, text: str) -> str:
        return f'<text:span text:style-name="Up">{escape(text)}</text:span>'

    def shown(self, mark: str) -> str:
        return escape(mark) if self.style.raised == "line" else self.raised(mark)

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        if note.kind == "tablenote":
            return self.raised(note.mark)
        label = "" if self.automatic else f' text:label="{escape(note.mark)}"'
        return (
            f'<text:note text:id="n{index}" text:note-class="{note.kind}"><text:note-citation{label}>{escape(note.mark)}'
            f"</text:note-citation><text:note-body>{self.note_body(index)}</text:note-body></text:note>"
        )

    def note_body(self, index: int) -> str:
        note = self.document.notes[index]
        first, *rest = [self.inline(pieces) for pieces in note.paragraphs]
        items = [escape(f"{label} {text}") for label, text in note.items]
        # Writer does not raise the marker in the note, so that a space keeps it apart from the text.
        space = "<text:s text:c='1'/>"
        lead = {"raised": space, "plain": space, "dot": "." + space}.get(self.style.form, "")
        if note.kind == "tablenote":
            lead = self.raised(note.mark) + " "
        return "".join(
            f'<text:p text:style-name="Note">{line}</text:p>' for line in (lead + first, *items, *rest)
        )

    def paragraph(self, style: str, content: str) -> str:
        return f'<text:p text:style-name="{style}">{content}</text:p>'

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            face = "HeadBreak" if self.document.breaks_pages and self.n_headings else "Head"
            self.n_headings += 1
            return self.paragraph(face, self.inline(block.pieces))
        if isinstance(block, Para):
            return self.paragraph("Body", self.inline(block.pieces))
        if isinstance(block, Items):
            return "".join(
                self.paragraph("Item", f"{escape(label)} {self.inline(p)}") for label, p in block.items
            )
        return self.table(block)

    def table(self, block: Table) -> str:
        cell = '<table:table-cell table:style-name="Cell" office:value-type="string">{}</table:table-cell>'
        rows = "".join(
            "<table:table-row>"
            + "".join(cell.format(self.paragraph("Plain", self.inline(one))) for one in row)
            + "</table:table-row>"
            for row in block.rows
        )
        columns = '<table:table-column table:number-columns-repeated="3"/>'
        made = f"<table:table>{columns}{rows}</table:table>"
        return made + "".join(self.note_body(index) for index in block.notes) + self.paragraph("Body", "")


def paragraph_style(name: str, size: float, extra: str = "", text: str = "") -> str:
    return (
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties {extra}/>'
        f'<style:text-properties fo:font-size="{size}pt" style:font-size-asian="{size}pt" {text}/></style:style>'
    )


def styles(document: Document) -> str:
    style = document.style
    west = WEST[style.font]
    east = EAST.get(style.lang, EAST["zh"])[style.font]
    faces = "".join(
        f'<style:font-face style:name="{name}" svg:font-family="&apos;{name}&apos;"/>'
        for name in sorted({west, east})
    )
    up = 'style:text-position="super 62%"'
    note_up = up if style.form == "raised" else ""
    cite_up = "" if style.raised == "line" else up
    hang = 'fo:margin-left="0.5cm" fo:text-indent="-0.5cm"' if style.hanging else ""
    bold = 'fo:font-weight="bold" style:font-weight-asian="bold"'
    base = f'style:font-name="{west}" style:font-name-asian="{east}" fo:font-size="{style.size}pt" style:font-size-asian="{style.size}pt"'
    return (
        f"<office:font-face-decls>{faces}</office:font-face-decls><office:styles>"
        f'<style:default-style style:family="paragraph"><style:text-properties {base}/></style:default-style>'
        f'<style:style style:name="Anchor" style:family="text"><style:text-properties {cite_up}/></style:style>'
        f'<style:style style:name="Symbol" style:family="text"><style:text-properties {note_up}/></style:style>'
        f'<style:style style:name="Up" style:family="text"><style:text-properties {up}/></style:style>'
        + paragraph_style("Body", style.size, 'fo:margin-bottom="0.15cm" fo:text-align="justify"')
        + paragraph_style("Plain", style.size)
        + paragraph_style("Item", style.size, 'fo:margin-left="0.8cm"')
        + paragraph_style(
            "Head",
            style.size,
            'fo:margin-top="0.4cm" fo:margin-bottom="0.2cm" fo:keep-with-next="always"',
            bold,
        )
        + paragraph_style("HeadBreak", style.size, 'fo:break-before="page" fo:margin-bottom="0.2cm"', bold)
        + paragraph_style("Title", 15, 'fo:text-align="center" fo:margin-bottom="0.4cm"')
        + paragraph_style("Note", style.note_size, hang)
        + paragraph_style("Edge", 8.5, 'fo:text-align="center"')
        + configuration(document)
        + "</office:styles>"
    )


def configuration(document: Document) -> str:
    style = document.style
    restart = "page" if style.restart == "page" else "document"
    number = FORMATS.get(style.family, "1")
    common = f'text:citation-style-name="Symbol" text:citation-body-style-name="Anchor" style:num-format="{number}"'
    lines = (
        '<text:linenumbering-configuration text:number-lines="true" text:offset="0.5cm" style:num-format="1" '
        'text:number-position="left" text:increment="1"/>'
        if style.line_numbers
        else ""
    )
    return (
        f'<text:notes-configuration text:note-class="footnote" {common} text:start-numbering-at="{restart}" '
        'text:footnotes-position="page" text:start-value="0"/>'
        f'<text:notes-configuration text:note-class="endnote" {common} text:start-value="0"/>{lines}'
    )


def pages(document: Document) -> str:
    style = document.style
    width, height = (14.8, 21.0) if style.narrow else (21.0, 29.7)
    if style.landscape:
        width, height = height, width
    columns = (
        f'<style:columns fo:column-count="{style.columns}" fo:column-gap="0.6cm"/>'
        if style.columns > 1
        else ""
    )
    rule = {"short": ("0.018cm", "30%"), "full": ("0.018cm", "100%"), "none": ("0cm", "0%")}[style.rule]
    line = (
        f'style:width="{rule[0]}" style:rel-width="{rule[1]}" style:line-style="solid" style:color="#000000"'
    )
    number = {
        "foot": "<text:page-number/>",
        "dash": "- <text:page-number/> -",
        "of": "Page <text:page-number/> of <text:page-count/>",
        "none": "",
    }[style.page_number]
    edge = '<style:{0}><text:p text:style-name="Edge">{1}</text:p></style:{0}>'
    return (
        '<office:automatic-styles><style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
        'fo:border="0.5pt solid #000000" fo:padding="0.05cm"/></style:style>'
        f'<style:page-layout style:name="P"><style:page-layout-properties fo:page-width="{width}cm" fo:page-height="{height}cm" '
        f'fo:margin="{style.margin}pt">{columns}<style:footnote-sep {line} style:distance-before-sep="0.1cm" '
        'style:distance-after-sep="0.1cm"/></style:page-layout-properties></style:page-layout></office:automatic-styles>'
        '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="P">'
        + edge.format("header", escape(style.header))
        + edge.format("footer", number)
        + "</style:master-page></office:master-styles>"
    )


def flat(document: Document, automatic: bool = False) -> str:
    writer = OfficeWriter(document)
    writer.automatic = automatic or document.style.restart == "page"
    body = "".join(writer.block(block) for block in document.blocks)
    names = " ".join(f'xmlns:{short}="{name}"' for short, name in SPACES.items())
    title = writer.paragraph("Title", escape(document.title))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {names} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.text">'
        f"{styles(document)}{pages(document)}<office:body><office:text>{title}{body}</office:text></office:body></office:document>"
    )


def convert(source: Path, kind: str) -> None:
    profile = f"-env:UserInstallation=file://{source.parent}/profile"
    call(("soffice", "--headless", profile, "--convert-to", kind, source.name), source.parent)


def export_filter(document: Document) -> str:
    tagged = {"UseTaggedPDF": {"type": "boolean", "value": str(document.style.tagged).lower()}}
    return "pdf:writer_pdf_Export:" + json.dumps(tagged)


def make(document: Document, pdf: Path) -> None:
    source = pdf.with_suffix(".fodt")
    source.write_text(flat(document), "utf-8")
    convert(source, export_filter(document))


def make_by_docx(document: Document, pdf: Path) -> None:
    source = pdf.with_suffix(".fodt")
    source.write_text(flat(document, automatic=True), "utf-8")
    convert(source, "docx")
    convert(pdf.with_suffix(".docx"), export_filter(document))


FEATURES: Final = FLOW | {"columns", "line", "forms", "rule", "landscape", "line_numbers", "tagged"}
DOCX: Final = FEATURES - {"line_numbers", "line", "start", "section"}
PRODUCERS: Final = (
    Producer("libreoffice", Abilities(features=FEATURES), make, ("soffice",)),
    Producer(
        "libreoffice-page",
        Abilities(families=tuple(FORMATS), features=FEATURES | {"page"}),
        make,
        ("soffice",),
    ),
    Producer("libreoffice-end", Abilities(features=FEATURES, places=("end",)), make, ("soffice",)),
    Producer(
        "libreoffice-docx", Abilities(families=tuple(FORMATS), features=DOCX), make_by_docx, ("soffice",)
    ),
)
