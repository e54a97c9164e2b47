"""Programs that set CSS footnotes (`float: footnote`): WeasyPrint, Paged.js and Vivliostyle. Kept unseen."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Para
from tests.bench.note_files.producers.base import Producer, ProducerFailed, call
from tests.bench.note_files.producers.paged import HtmlWriter, chromium, font_of, page_size

NODE_MODULES: Final = Path(os.environ.get("NOTE_FILES_NODE_MODULES", "node_modules"))
"""Where `npm install pagedjs @vivliostyle/cli` put its packages."""


class FloatWriter(HtmlWriter):
    """Notes stand where they are cited and float to the foot."""

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        if note.kind != "footnote":
            return self.raised(note.mark) if note.kind == "tablenote" else self.shown(note.mark)
        lines = [self.inline(pieces) for pieces in note.paragraphs]
        items = [escape(f"{label} {text}") for label, text in note.items]
        body = "<br>".join([lines[0], *items, *lines[1:]])
        return f'<span class="fn" data-m={quoteattr(note.mark)}>{body}</span>'

    def block(self, block: Block) -> str:
        if isinstance(block, Para):
            return f"<p>{self.inline(block.pieces)}</p>"
        made = super().block(block)
        return (
            made.replace('class="head break"', 'class="head" style="break-before: page"')
            if isinstance(block, Heading)
            else made
        )


def sheet(document: Document) -> str:
    style = document.style
    width, height = page_size(style)
    raised = (
        "vertical-align: super; font-size: 65%; line-height: 0;"
        if style.raised == "small"
        else "font-size: 100%;"
    )
    marker = {
        "raised": "attr(data-m)",
        "plain": 'attr(data-m) " "',
        "dot": 'attr(data-m) ". "',
        "tight": "attr(data-m)",
    }[style.form]
    lifted = (
        "vertical-align: super; font-size: 65%; line-height: 0;"
        if style.form == "raised"
        else "font-size: 100%;"
    )
    number = {
        "foot": "counter(page)",
        "dash": '"- " counter(page) " -"',
        "of": 'counter(page) " / " counter(pages)',
        "none": "none",
    }
    rule = "" if style.rule == "none" else "border-top: 0.5pt solid black; padding-top: 3pt;"
    hang = "padding-left: 1.3em; text-indent: -1.3em;" if style.hanging else ""
    columns = f"columns: {style.columns}; column-gap: 18pt;" if style.columns > 1 else ""
    return f"""
    @page {{ size: {width}px {height}px; margin: {style.margin}pt;
      @bottom-center {{ content: {number[style.page_number]}; font: 8pt {font_of(style)}; }}
      @top-left {{ content: "{style.header}"; font: 8pt {font_of(style)}; }}
      @footnote {{ {rule} }} }}
    body {{ margin: 0; font: {style.size}pt/1.3 {font_of(style)}; }}
    main {{ {columns} }}
    sup {{ font-size: 65%; line-height: 0; }}
    p {{ margin: 0 0 6px 0; }} .head {{ font-weight: bold; margin-top: 12px; break-after: avoid; }} .item {{ margin-left: 20px; }}
    .fn {{ float: footnote; font-size: {style.note_size}pt; font-weight: normal; text-align: left; {hang} }}
    .fn::footnote-call {{ content: attr(data-m); {raised} }}
    .fn::footnote-marker {{ content: {marker}; {lifted} }}
    .note {{ font-size: {style.note_size}pt; }}
    table {{ border-collapse: collapse; margin: 6px 0; }} td {{ border: 1px solid black; padding: 2px 6px; }}
    h1 {{ font-size: 15pt; text-align: center; margin: 0 0 10px 0; }}
    """


def html(document: Document, script: str = "") -> str:
    blocks = FloatWriter(document).all_blocks()
    return (
        f'<!DOCTYPE html><html lang="{document.style.lang}"><head><meta charset="utf-8"><title>x</title><style>{sheet(document)}'
        f"</style>{script}</head><body><h1>{escape(document.title)}</h1><main>{blocks}</main></body></html>"
    )


def make_weasyprint(document: Document, pdf: Path) -> None:
    import weasyprint

    weasyprint.HTML(string=html(document)).write_pdf(str(pdf))


def make_pagedjs(document: Document, pdf: Path) -> None:
    script = NODE_MODULES / "pagedjs" / "dist" / "paged.polyfill.js"
    if not script.exists():
        raise ProducerFailed("no pagedjs in NOTE_FILES_NODE_MODULES")
    page = html(document, f"<script>{script.read_text('utf-8')}</script>")
    for call_or_marker in ("call", "marker"):  # Paged.js knows its own counters only
        counted = (
            "content: counter(footnote)" if call_or_marker == "call" else "content: counter(footnote-marker)"
        )
        page = re.sub(rf"(::footnote-{call_or_marker} \{{ )content: attr\(data-m\)", rf"\g<1>{counted}", page)
    chromium(page, pdf)


def make_vivliostyle(document: Document, pdf: Path) -> None:
    program = NODE_MODULES / ".bin" / "vivliostyle"
    browser = shutil.which("chromium")
    if not program.exists() or browser is None:
        raise ProducerFailed("no @vivliostyle/cli in NOTE_FILES_NODE_MODULES")
    pdf.with_suffix(".html").write_text(html(document), "utf-8")
    call(
        (
            str(program),
            "build",
            pdf.with_suffix(".html").name,
            "-o",
            pdf.name,
            "--executable-browser",
            browser,
        ),
        pdf.parent,
    )


FEATURES: Final = FLOW | {"line", "forms", "rule", "landscape"}
WEASY: Final = FEATURES | {"columns"}
PRODUCERS: Final = (
    Producer("weasyprint", Abilities(features=WEASY), make_weasyprint, unseen=True),
    Producer(
        "pagedjs",
        Abilities(families=("num",), features=FEATURES - {"section", "start"}),
        make_pagedjs,
        ("chromium",),
        unseen=True,
    ),
    Producer("vivliostyle", Abilities(features=FEATURES), make_vivliostyle, ("chromium",), unseen=True),
)
