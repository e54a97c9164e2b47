"""HTML set by Chromium (our own script lays out the pages, or Chromium's with end notes) and by wkhtmltopdf."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import (
    Block,
    Document,
    Heading,
    Items,
    Para,
    Piece,
    Pieces,
    Style,
    Table,
    cited_in,
)
from tests.bench.note_files.producers.base import Producer, Writer, call

SCRIPT: Final = Path(__file__).with_name("paged.js")
FONTS: Final = {
    ("west", "serif"): "Liberation Serif",
    ("west", "sans"): "Liberation Sans",
    ("zh", "serif"): "WenQuanYi Zen Hei",
    ("zh", "sans"): "Noto Sans CJK SC",
    ("ja", "serif"): "IPAexMincho",
    ("ja", "sans"): "Noto Sans CJK JP",
}


def grouped(block: Para) -> list[Pieces]:
    """The paragraph's pieces in groups that stay together: a citation stays with the words before it."""
    groups: list[list[Piece]] = []
    for piece in block.pieces:
        if (
            (isinstance(piece, str) and piece.startswith(" "))
            or not groups
            or not isinstance(groups[-1][-1], str)
        ):
            groups.append([])
        groups[-1].append(piece)
    return [tuple(group) for group in groups]


class HtmlWriter(Writer):
    def text(self, text: str) -> str:
        return escape(text)

    def raised(self, text: str) -> str:
        return f"<sup>{escape(text)}</sup>"

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        shown = self.shown(note.mark)
        if note.kind == "tablenote":
            return self.raised(note.mark)
        return f'<a data-note="{index}">{shown}</a>' if note.kind == "footnote" else shown

    def note_body(self, index: int) -> str:
        """One `div` with a `span` for each sentence, so that the script can split it."""
        note = self.document.notes[index]
        marker = {
            "raised": self.raised(note.mark) + " ",
            "plain": escape(note.mark) + " ",
            "dot": escape(note.mark) + ". ",
            "tight": escape(note.mark),
        }[self.style.form]
        lines = [self.split(self.inline(pieces)) for pieces in note.paragraphs]
        items = [f"<span>{escape(f'{label} {text}')}</span>" for label, text in note.items]
        body = "<br>".join([lines[0], *items, *lines[1:]])
        return f'<div class="note" id="note{index}">{body.replace("<span>", f"<span>{marker}", 1)}</div>'

    def split(self, made: str) -> str:
        return "".join(f"<span>{part}</span>" for part in re.findall(r".+?(?:[.。] ?|$)", made) if part)

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            face = "head break" if self.document.breaks_pages and self.n_headings else "head"
            self.n_headings += 1
            return f'<p class="{face}">{self.inline(block.pieces)}</p>'
        if isinstance(block, Para):
            sentences = "".join(f"<q>{self.inline(pieces)}</q>" for pieces in grouped(block))
            return f'<p class="split">{sentences}</p>'
        if isinstance(block, Items):
            return "".join(
                f'<p class="item">{escape(label)} {self.inline(pieces)}</p>' for label, pieces in block.items
            )
        return self.table(block)

    def table(self, block: Table) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{self.inline(cell)}</td>" for cell in row) + "</tr>" for row in block.rows
        )
        return f"<div><table>{rows}</table>{''.join(self.note_body(index) for index in block.notes)}</div>"

    def all_blocks(self) -> str:
        parts: list[str] = []
        for section in self.document.sections():
            parts += [self.block(block) for block in section]
            if self.style.place == "section":
                parts += self.ended(section)
        if self.style.place == "end":
            parts += ['<p class="head">Notes</p>', *self.ended(self.document.blocks)]
        return "".join(parts)

    def ended(self, blocks: tuple[Block, ...]) -> list[str]:
        notes = self.document.notes
        return [self.note_body(index) for index in cited_in(blocks) if notes[index].kind == "endnote"]


def page_size(style: Style) -> tuple[int, int]:
    """In CSS pixels (96 to the inch)."""
    width, height = (559, 794) if style.narrow else (794, 1122)
    return (height, width) if style.landscape else (width, height)


def font_of(style: Style) -> str:
    group = style.lang if style.lang in ("zh", "ja") else "west"
    return f"'{FONTS[group, style.font]}', 'WenQuanYi Zen Hei', 'DejaVu Sans'"


def css(style: Style, width: int, height: int) -> str:
    margin = style.margin * 96 / 72
    hang = "padding-left: 1.4em; text-indent: -1.4em;" if style.hanging else ""
    return f"""
    @page {{ size: {width}px {height}px; margin: 0; }}
    body {{ margin: 0; font: {style.size}pt/1.3 {font_of(style)}; }}
    q {{ quotes: none; }} q:before, q:after {{ content: ""; }}
    sup {{ font-size: 65%; line-height: 0; }}
    p {{ margin: 0 0 6px 0; }} .head {{ font-weight: bold; margin-top: 12px; }} .item {{ margin-left: 20px; }}
    .page {{ position: relative; width: {width}px; height: {height - 2}px; overflow: hidden; page-break-after: always; }}
    .column {{ position: relative; float: left; margin: {margin:.0f}px 0 0 0; }}
    .column + .column {{ margin-left: 24px; }} .edge + .column {{ margin-left: {margin:.0f}px; }}
    .foot {{ position: absolute; bottom: 0; left: 0; width: 100%; }}
    .note {{ font-size: {style.note_size}pt; {hang} }}
    .edge {{ position: absolute; left: {margin:.0f}px; top: 24px; font-size: 8pt; }}
    .number {{ position: absolute; left: 0; width: 100%; bottom: 24px; text-align: center; font-size: 8pt; }}
    table {{ border-collapse: collapse; margin: 6px 0; }} td {{ border: 1px solid black; padding: 2px 6px; }}
    h1 {{ font-size: 15pt; text-align: center; margin: 0 0 10px 0; }}
    """


def laid_out(document: Document) -> str:
    """A page whose script sets the pages, with notes at each column's foot."""
    style, writer = document.style, HtmlWriter(document)
    width, height = page_size(style)
    margin = style.margin * 96 / 72
    blocks = writer.all_blocks()
    notes = "".join(writer.note_body(note.index) for note in document.notes if note.kind == "footnote")
    column = (width - 2 * margin - 24 * (style.columns - 1)) / style.columns
    line = {"short": "30%", "full": "100%", "none": "0"}[style.rule]
    rule = (
        f"border-top: 1px solid black; padding-top: 3px; width: {line if line != '30%' else '100%'};"
        if line != "0"
        else ""
    )
    number = {"foot": "N", "dash": "- N -", "of": "Page N of T", "none": ""}[style.page_number]
    start = f"layOut({height - 2 * margin:.0f}, {column:.0f}, {style.columns}, {json.dumps(rule)});"
    return (
        f'<!DOCTYPE html><html lang="{style.lang}"><head><meta charset="utf-8"><style>{css(style, width, height)}</style></head><body>'
        f'<div id="pages"></div><div id="flow" style="width: {column:.0f}px"><h1>{escape(document.title)}</h1>{blocks}</div>'
        f'<div id="notes">{notes}</div><script>var numberShown = {json.dumps(number)}, headerShown = {json.dumps(style.header)};'
        f"{SCRIPT.read_text('utf-8')}{start}</script></body></html>"
    )


def flowing(document: Document) -> str:
    """A page that the program cuts itself; only end notes and notes below tables."""
    style = document.style
    width, height = page_size(style)
    sheet = css(style, width, height).replace("margin: 0; }", f"margin: {style.margin}pt; }}", 1)
    return (
        f'<!DOCTYPE html><html lang="{style.lang}"><head><meta charset="utf-8"><style>{sheet}</style></head><body>'
        f"<h1>{escape(document.title)}</h1>{HtmlWriter(document).all_blocks()}</body></html>"
    )


def chromium(html: str, pdf: Path) -> None:
    pdf.with_suffix(".html").write_text(html, "utf-8")
    profile = f"--user-data-dir={pdf.parent}/profile"
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        "--virtual-time-budget=30000",
        profile,
    )
    call(("chromium", *flags, f"--print-to-pdf={pdf}", f"file://{pdf.with_suffix('.html')}"), pdf.parent)


def make(document: Document, pdf: Path) -> None:
    chromium(laid_out(document), pdf)


def make_flowing(document: Document, pdf: Path) -> None:
    chromium(flowing(document), pdf)


def wkhtmltopdf(html: str, pdf: Path, style: Style, margin: float) -> None:
    pdf.with_suffix(".html").write_text(html, "utf-8")
    width, height = (round(side / 96 * 25.4, 1) for side in page_size(style))
    sides = [word for side in "TBLR" for word in (f"-{side}", f"{margin:.0f}mm")]
    size = (
        "--page-width",
        f"{width}mm",
        "--page-height",
        f"{height}mm",
        "--disable-smart-shrinking",
        "--dpi",
        "96",
    )
    call(("wkhtmltopdf", "-q", *size, *sides, pdf.with_suffix(".html").name, pdf.name), pdf.parent)


def make_wk(document: Document, pdf: Path) -> None:
    wkhtmltopdf(laid_out(document), pdf, document.style, 0)


def make_wk_flowing(document: Document, pdf: Path) -> None:
    wkhtmltopdf(flowing(document), pdf, document.style, 20)


FEATURES: Final = FLOW | {"columns", "columns3", "glyph", "line", "forms", "rule", "landscape"}
ENDS: Final = FLOW | {"glyph", "line", "forms", "landscape"}
PRODUCERS: Final = (
    Producer("chromium", Abilities(features=FEATURES), make, ("chromium",)),
    Producer(
        "chromium-end", Abilities(features=ENDS, places=("end", "section")), make_flowing, ("chromium",)
    ),
    Producer("wkhtmltopdf", Abilities(features=FEATURES), make_wk, ("wkhtmltopdf",)),
    Producer(
        "wkhtmltopdf-end",
        Abilities(features=ENDS, places=("end", "section")),
        make_wk_flowing,
        ("wkhtmltopdf",),
    ),
)
