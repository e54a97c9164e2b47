"""LaTeX by pdflatex: feet of columns, notes across the page under columns (multicol), end notes; CJK by XeLaTeX."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.bench.note_files.compose import FLOW, Abilities
from tests.bench.note_files.model import Block, Document, Heading, Items, Para, Table
from tests.bench.note_files.producers.base import Producer, Writer, call

SPECIAL: Final = {
    "\\": r"\textbackslash{}", "†": r"\textdagger{}", "‡": r"\textdaggerdbl{}", "§": r"\textsection{}", "¶": r"\textparagraph{}",
    "*": r"\textasteriskcentered{}", "×": r"\texttimes{}", "−": r"\textminus{}", "'": r"\textquotesingle{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def escape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        char = match.group()
        return SPECIAL.get(char, "\\" + char)

    return re.sub(r"[\\†‡§¶*×−'~#$%&_{}]", one, text)


class LatexWriter(Writer):
    page_break = "\\clearpage "
    end_notes: str = ""
    """The command that prints the collected end notes."""

    def text(self, text: str) -> str:
        return escape(text)

    def raised(self, text: str) -> str:
        return rf"\textsuperscript{{{self.text(text)}}}"

    def shown(self, mark: str) -> str:
        return self.text(mark) if self.style.raised == "line" else self.raised(mark)

    def first_citation(self, index: int) -> str:
        note = self.document.notes[index]
        if note.kind == "tablenote":
            return self.raised(note.mark)
        body = self.note_body(index)
        if self.style.restart == "page":
            return rf"\footnote{{{body}}}"
        if note.kind == "endnote":
            return rf"\xen{{{self.text(note.mark)}}}{{{body}}}"
        return rf"\xfn{{{self.text(note.mark)}}}{{{body}}}"

    def note_body(self, index: int) -> str:
        note = self.document.notes[index]
        first, *rest = [self.inline(pieces) for pieces in note.paragraphs]
        items = [f"{self.text(label)} {self.text(text)}" for label, text in note.items]
        return r"\par ".join([first, *items, *rest])

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            return (
                self.before_heading()
                + rf"\par\bigskip\noindent\textbf{{{self.inline(block.pieces)}}}\par\nobreak\smallskip"
            )
        if isinstance(block, Para):
            return self.inline(block.pieces) + r"\par"
        if isinstance(block, Items):
            return "\n".join(
                rf"\noindent\quad {self.text(label)} {self.inline(p)}\par" for label, p in block.items
            )
        return self.table(block)

    def table(self, block: Table) -> str:
        rows = r" \\ \hline ".join(" & ".join(self.inline(cell) for cell in row) for row in block.rows)
        made = [
            rf"\par\medskip\noindent\begin{{tabular}}{{|l|r|l|}}\hline {rows} \\ \hline\end{{tabular}}\par\smallskip"
        ]
        for index in block.notes:
            made.append(
                rf"{{\footnotesize\noindent {self.shown(self.document.notes[index].mark)} {self.note_body(index)}\par}}"
            )
        return "\n".join(made) + r"\medskip"

    def all_blocks(self) -> str:
        parts: list[str] = []
        for section in self.document.sections():
            parts += [self.block(block) for block in section]
            if self.style.place == "section":
                parts.append(self.end_notes)
        if self.style.place == "end":
            parts.append(self.end_notes)
        return "\n\n".join(parts)


def note_form(document: Document) -> str:
    r"""Redefines how the marker and the text of a note are set (`\@makefntext`)."""
    style = document.style
    marker = {
        "raised": r"\@makefnmark",
        "plain": r"\@thefnmark\ ",
        "dot": r"\@thefnmark.\ ",
        "tight": r"\@thefnmark ",
    }[style.form]
    indent = r"\hangindent=1.3em\hangafter=1\noindent " if style.hanging else r"\noindent\hspace*{0.8em}"
    rule = {"short": "", "full": r"\def\footnoterule{\hrule\kern3pt}", "none": r"\def\footnoterule{}"}[
        style.rule
    ]
    line = r"\def\@makefnmark{\@thefnmark}" if style.raised == "line" else ""
    size = rf"\def\footnotesize{{\@setfontsize\footnotesize{{{style.note_size}}}{{{style.note_size * 1.2:.1f}}}}}"
    return rf"\makeatletter{line}\long\def\@makefntext#1{{{indent}{marker}#1}}{rule}{size}\makeatother"


def preamble(document: Document, head: str, document_class: str = "article") -> str:
    style = document.style
    paper = "a5paper" if style.narrow else "a4paper"
    columns = ",twocolumn" if style.columns == 2 and "multicol" not in document.name else ""
    turned = ",landscape" if style.landscape else ""
    family = r"\renewcommand\familydefault{\sfdefault}" if style.font == "sans" else ""
    number = {"foot": "plain", "dash": "dashed", "of": "dashed", "none": "empty"}[style.page_number]
    page = (
        r"\makeatletter\def\ps@dashed{\def\@oddfoot{\hfil -- \thepage\ --\hfil}\let\@evenfoot\@oddfoot"
        rf"\def\@oddhead{{{escape(style.header)}\hfil}}}}\makeatother"
    )
    restart = {
        "num": r"\arabic", "sym": r"\fnsymbol", "let": r"\alph", "LET": r"\Alph", "rom": r"\roman", "ROM": r"\Roman",
    }.get(style.family, r"\arabic")  # fmt: skip
    by_page = rf"\usepackage{{perpage}}\MakePerPage{{footnote}}\def\thefootnote{{{restart}{{footnote}}}}"
    return "\n".join(
        [
            rf"\documentclass[{paper}{columns}{turned},{'11pt' if style.size > 10.5 else '10pt'}]{{{document_class}}}",
            head,
            rf"\usepackage[margin={style.margin}pt]{{geometry}}\usepackage{{textcomp,multicol,endnotes}}",
            r"\hyphenpenalty=10000\tolerance=9000\emergencystretch=3em" + family,
            by_page if style.restart == "page" else "",
            r"\newcommand\xfn[2]{{\def\thefootnote{#1}\footnote{#2}}}",
            r"\newcommand\xen[2]{{\def\theendnote{#1}\endnote{#2}}}",
            r"\renewcommand\notesname{Notes}",
            note_form(document) if document_class == "article" else "",
            page + rf"\pagestyle{{{number}}}",
        ]
    )


PDFLATEX_HEAD: Final = r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{lmodern}\input{glyphtounicode}\pdfgentounicode=1"


def make_with(
    document: Document,
    pdf: Path,
    program: str,
    head: str,
    writer: LatexWriter,
    document_class: str = "article",
) -> None:
    writer.end_notes = r"{\theendnotes}\setcounter{endnote}{0}"
    body = writer.all_blocks()
    if "multicol" in document.name:
        body = rf"\begin{{multicols}}{{2}}{body}\end{{multicols}}"
    title = rf"{{\Large {escape(document.title)}\par}}\bigskip"
    source = (
        preamble(document, head, document_class)
        + "\n\\begin{document}\n"
        + title
        + "\n"
        + body
        + "\n\\end{document}\n"
    )
    pdf.with_suffix(".tex").write_text(source, "utf-8")
    for _ in range(2 if document.style.restart == "page" else 1):
        call(
            (program, "-interaction=nonstopmode", "-halt-on-error", pdf.with_suffix(".tex").name), pdf.parent
        )


def make(document: Document, pdf: Path) -> None:
    make_with(document, pdf, "pdflatex", PDFLATEX_HEAD, LatexWriter(document))


WESTERN: Final = ("en", "en", "de", "fr")
FAMILIES: Final = ("num", "sym", "let", "LET", "rom", "ROM", "paren", "brack", "rparen", "let_paren")
FULL: Final = FLOW | {"columns", "line", "forms", "rule", "landscape"}
PRODUCERS: Final = (
    Producer("pdflatex", Abilities(WESTERN, FAMILIES, FULL), make, ("pdflatex",)),
    Producer("pdflatex-page", Abilities(WESTERN, FAMILIES[:6], FULL | {"page"}), make, ("pdflatex",)),
    Producer(
        "pdflatex-end",
        Abilities(WESTERN, FAMILIES, FLOW | {"columns", "rule"}, ("end", "section")),
        make,
        ("pdflatex",),
    ),
    Producer("multicol", Abilities(WESTERN, FAMILIES, FULL - {"narrow", "columns"}), make, ("pdflatex",)),
)
