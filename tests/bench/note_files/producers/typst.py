"""Typst: footnotes with our own numbering, columns, tagged PDFs by default."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para, Table
from tests.bench.note_files.producers.base import Producer, ProducerFailed, Writer

FONTS = {
    ("en", "serif"): ("Libertinus Serif",),
    ("en", "sans"): ("Liberation Sans",),
    ("zh", "serif"): ("WenQuanYi Zen Hei",),
    ("zh", "sans"): ("Noto Sans CJK SC",),
    ("ja", "serif"): ("IPAexMincho",),
    ("ja", "sans"): ("Noto Sans CJK JP",),
}


class TypstWriter(Writer):
    page_break = "#pagebreak()\n"

    def text(self, text: str) -> str:
        return re.sub(r"([\\#$*_`<>@\[\]~/=+\-.'\"(])", r"\\\1", text)

    def raised(self, text: str) -> str:
        return f"#super[{self.text(text)}]"

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        if note.kind == "tablenote":
            return self.raised(note.mark)
        return f"#note([{self.text(note.mark)}], [{self.note_body(index)}]);"

    def note_body(self, index: int) -> str:
        note = self.document.notes[index]
        first, *rest = [self.inline(pieces) for pieces in note.paragraphs]
        items = [f"{self.text(label)} {self.text(text)}" for label, text in note.items]
        return " #linebreak() ".join([first, *items, *rest])

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return (
                self.before_heading()
                + f"#block(above: 1.4em, below: .8em)[#strong[{self.inline(block.pieces)}]]"
            )
        if isinstance(block, Para):
            return self.inline(block.pieces)
        if isinstance(block, Items):
            return "\n\n".join(
                f"#h(1em){self.text(label)} {self.inline(pieces)}" for label, pieces in block.items
            )
        return self.table(block)

    def table(self, block: Table) -> str:
        cells = "".join(f"[{self.inline(cell)}]," for row in block.rows for cell in row)
        made = f"#table(columns: 3, {cells})"
        notes = [f"{self.shown(self.document.notes[n].mark)} {self.note_body(n)}" for n in block.notes]
        return "\n\n".join([made, *(f"#text(size: {self.style.note_size}pt)[{note}]" for note in notes)])


def entry(style_form: str, hanging: bool) -> str:
    """How a note is shown at the foot; `here.mark` is its marker."""
    shown = {
        "raised": "super(mark)",
        "plain": "mark + [ ]",
        "dot": "mark + [. ]",
        "tight": "mark",
    }[style_form]
    body = f"par(hanging-indent: {'1.2em' if hanging else '0em'})[#{{let mark = marker(it.note); {shown}}}#it.note.body]"
    return f"#show footnote.entry: it => {body}\n"


def preamble(document: Document) -> str:
    style = document.style
    width, height = ("148mm", "210mm") if style.narrow else ("210mm", "297mm")
    lang = style.lang if style.lang in ("zh", "ja") else "en"
    number = {"foot": '"1"', "dash": '"- 1 -"', "of": '"1 / 1"', "none": "none"}[style.page_number]
    rule = {"short": "30%", "full": "100%", "none": "0%"}[style.rule]
    stroke = "0pt" if style.rule == "none" else "0.5pt"
    shown = {"small": "super(mark)", "line": "mark", "glyph": "mark"}[style.raised]
    fonts = ", ".join(f'"{name}"' for name in (*FONTS[lang, style.font], "Noto Sans CJK SC", "DejaVu Sans"))
    return (
        f"#set page(width: {width}, height: {height}, margin: {style.margin}pt, columns: {style.columns}, "
        f"flipped: {str(style.landscape).lower()}, numbering: {number}, header: [{document.style.header}])\n"
        f'#set text(font: ({fonts},), size: {style.size}pt, lang: "{style.lang}", hyphenate: false)\n'
        f"#set footnote.entry(separator: line(length: {rule}, stroke: {stroke}))\n"
        f"#show footnote.entry: set text(size: {style.note_size}pt)\n#set super(typographic: false)\n"
        + ('#set par.line(numbering: "1")\n' if style.line_numbers else "")
        + f"#let shown(mark) = {shown}\n"
        + numbering(document)
        + entry(style.form, style.hanging)
    )


def numbering(document: Document) -> str:
    """`note(mark, body)` prints a citation with its note, `marker(it)` says the marker of a note."""
    style = document.style
    if style.restart == "page":
        family = {
            "num": '"1"',
            "sym": '"*"',
            "let": '"a"',
            "LET": '"A"',
            "rom": '"i"',
            "circ": '"①"',
            "paren": '"(1)"',
        }
        pattern = family.get(style.family, '"1"')
        return (
            "#let here_number(place) = {let p = place.page()\n"
            " query(selector(footnote).before(place)).filter(f => f.location().page() == p).len()}\n"
            f"#let marker(it) = context numbering({pattern}, here_number(it.location()))\n"
            "#show footnote: it => context {let mark = marker(it); shown(mark)}\n"
            "#let note(mark, body) = footnote(numbering: _ => [x], body)\n"
        )
    return (
        "#let marker(it) = {(it.numbering)(0)}\n"
        "#show footnote: it => shown(marker(it))\n"
        "#let note(mark, body) = footnote(numbering: _ => mark, body)\n"
    )


def make(document: Document, pdf: Path) -> None:
    import typst

    writer = TypstWriter(document)
    blocks = "\n\n".join(writer.block(block) for block in document.blocks)
    title = f"#align(center, text(size: 15pt)[{writer.text(document.title)}])\n\n"
    source = pdf.with_suffix(".typ")
    source.write_text(preamble(document) + title + blocks, "utf-8")
    try:
        typst.compile(str(source), output=str(pdf))
    except Exception as error:
        raise ProducerFailed(str(error)[-400:]) from error


FAMILIES = (
    "num",
    "sym",
    "let",
    "LET",
    "rom",
    "ROM",
    "circ",
    "dark",
    "paren",
    "brack",
    "rparen",
    "star",
    "kome",
    "let_paren",
)
PRODUCERS = (
    Producer(
        "typst",
        Abilities(features=FLOW | {"columns", "glyph", "line", "forms", "rule", "landscape", "line_numbers"}),
        make,
    ),
    Producer(
        "typst-page",
        Abilities(families=("num", "sym", "let", "circ", "paren"), features=FLOW | {"page", "rule"}),
        make,
    ),
)
