"""Documents with a tag in every row, in many layouts: what `silent_loss` and its test count. Nothing is stored.

A tag is `T-` and four digits, each once in a document. Rows are drawn by reportlab (`LAYOUTS`), or printed by Chromium from HTML
(`html_rows`); the text is made up, from a seed.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, SimpleDocTemplate, Table

CHINESE_FONT = "STSong-Light"
_THINGS = (
    "crane of the yard",
    "boiler in the cellar",
    "pump",
    "press",
    "lathe",
    "kiln",
    "winch",
    "conveyor",
    "mixer",
    "forklift",
)
_PLACES = ("Leeds", "Bremen", "Porto", "Turin", "Ghent", "Malmo", "Gdansk", "Brno")
_MORE = "It was inspected, found in order, and is handed over with its papers, keys and spare parts."
_STYLE = ParagraphStyle("row", fontName="Helvetica", fontSize=9, leading=11)
_CHINESE = ParagraphStyle("chinese", fontName=CHINESE_FONT, fontSize=9, leading=12, wordWrap="CJK")
_MARGIN = 54

Rows = Sequence[int]


def tag(number: int) -> str:
    return f"T-{number:04d}"


def cells(number: int) -> list[str]:
    """A row of a schedule: tag, thing, place, sum."""
    draw = random.Random(number)
    return [tag(number), draw.choice(_THINGS), draw.choice(_PLACES), f"EUR {draw.randint(10, 9999):,}.00"]


def sentence(number: int) -> str:
    name, thing, place, price = cells(number)
    return f"Asset {name} is the {thing} at {place}, sold for {price}."


def chinese(number: int) -> str:
    return f"第{number}项：设备编号{tag(number)}，存放于上海仓库，价款为人民币{number * 7}元整。"


# ---------------------------------------------------------------- reportlab


def _flowed(flowables: Sequence[Any]) -> bytes:
    out = BytesIO()
    SimpleDocTemplate(out, pagesize=A4, topMargin=_MARGIN, bottomMargin=_MARGIN, invariant=1).build(
        list(flowables)
    )
    return out.getvalue()


def _table(rows: Rows, grid: bool) -> bytes:
    head = ["Number", "Thing", "Place", "Price"]
    style: list[Any] = [("FONTSIZE", (0, 0), (-1, -1), 9)]
    style += [("GRID", (0, 0), (-1, -1), 0.4, (0, 0, 0))] if grid else []
    table = Table([head, *map(cells, rows)], repeatRows=1, colWidths=[80, 120, 120, 100], style=style)
    return _flowed([table])


def _tall_rows(rows: Rows) -> bytes:
    """Rows of several lines that break across pages."""
    body = [[cells(n)[0], Paragraph(f"{sentence(n)} {_MORE * (n % 4)}", _STYLE)] for n in rows]
    grid = [("GRID", (0, 0), (-1, -1), 0.4, (0, 0, 0))]
    return _flowed([Table(body, colWidths=[60, 300], style=grid, splitInRow=1)])


def _paragraphs(rows: Rows, style: ParagraphStyle = _STYLE, word: Callable[[int], str] = sentence) -> bytes:
    if style is _CHINESE:
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))
    return _flowed([Paragraph(word(n), style) for n in rows])


def _columns(rows: Rows) -> bytes:
    out = BytesIO()
    width = (A4[0] - 2 * _MARGIN - 24) / 2
    frames = [Frame(x, _MARGIN, width, A4[1] - 2 * _MARGIN) for x in (_MARGIN, _MARGIN + width + 24)]
    document = BaseDocTemplate(out, pagesize=A4, invariant=1)
    document.addPageTemplates([PageTemplate("two", frames)])
    document.build([Paragraph(f"{n}. {sentence(n)}", _STYLE) for n in rows])
    return out.getvalue()


def _lines(rows: Rows, say: Callable[[int, int], str], a_page: int = 48, margin: float = 60) -> bytes:
    """One line a row at even heights, so that the same place of every page has a row.

    Args:
        say: The words of a row, by its number and its page's.
        margin: From the top of the page to the first row, and at least as much at the foot.
    """
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    pitch = (A4[1] - 2 * margin) / a_page
    for start in range(0, len(rows), a_page):
        canvas.setFont("Helvetica", 9)
        for place, number in enumerate(rows[start : start + a_page]):
            canvas.drawString(_MARGIN, A4[1] - margin - pitch * place, say(number, start // a_page + 1))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _with_notes(rows: Rows) -> bytes:
    """Pages of sentences, every fourth row in a footnote that a sentence cites."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for start in range(0, len(rows), 40):
        page = rows[start : start + 40]
        said, noted = [n for n in page if n % 4], [n for n in page if not n % 4]
        y = A4[1] - 60.0
        for place, number in enumerate(said):
            text = canvas.beginText(_MARGIN, y)
            text.setFont("Helvetica", 10)
            text.textOut(sentence(number))
            if place < len(noted):
                text.setFont("Helvetica", 6)
                text.setRise(4)
                text.textOut(str(place + 1))
            canvas.drawText(text)
            y -= 16
        canvas.line(_MARGIN, 190, 200, 190)
        for place, number in enumerate(noted):
            text = canvas.beginText(_MARGIN, 178 - 11 * place)
            text.setFont("Helvetica", 5)
            text.setRise(3)
            text.textOut(str(place + 1))
            text.setFont("Helvetica", 8)
            text.setRise(0)
            text.textOut(f" {sentence(number)}")
            canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _mixed(rows: Rows) -> bytes:
    """Table, list and paragraphs in turn, Chinese among them; titles and a header and footer on each page."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))
    grid = [("GRID", (0, 0), (-1, -1), 0.4, (0, 0, 0)), ("FONTSIZE", (0, 0), (-1, -1), 8)]
    story: list[Any] = []
    for part, start in enumerate(range(0, len(rows), 100), 1):
        block = rows[start : start + 100]
        story.append(Paragraph(f"<b>Schedule {part}</b>", _STYLE))
        story.append(Table([*map(cells, block[:40])], colWidths=[80, 120, 120, 100], style=grid))
        story += [Paragraph(f"({n}) {sentence(n)}", _STYLE) for n in block[40:65]]
        story += [Paragraph(sentence(n) + " " + _MORE * (n % 3), _STYLE) for n in block[65:85]]
        story += [Paragraph(chinese(n), _CHINESE) for n in block[85:]]

    def margins(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(_MARGIN, A4[1] - 36, "Sale of Plant and Machinery")
        canvas.drawCentredString(A4[0] / 2, 28, f"Page {document.page}")

    out = BytesIO()
    SimpleDocTemplate(out, pagesize=A4, topMargin=_MARGIN, bottomMargin=_MARGIN, invariant=1).build(
        story, onFirstPage=margins, onLaterPages=margins
    )
    return out.getvalue()


LAYOUTS: dict[str, Callable[[Rows], bytes]] = {
    "mixed": _mixed,
    "table": partial(_table, grid=True),
    "table without lines": partial(_table, grid=False),
    "rows across pages": _tall_rows,
    "paragraphs": _paragraphs,
    "Chinese": partial(_paragraphs, style=_CHINESE, word=chinese),
    "two columns": _columns,
    "footnotes": _with_notes,
    "tags alone": partial(_lines, say=lambda n, _: tag(n)),
    "tags alone, narrow margins": partial(_lines, say=lambda n, _: tag(n), margin=24),
    "one lot a page": partial(_lines, say=lambda n, page: f"Lot {page} of the sale, serial {tag(n)}"),
    "few rows a page": partial(_lines, say=lambda n, _: f"Asset {tag(n)} is accepted by the Buyer", a_page=4),
    "long rows": partial(_paragraphs, word=lambda n: f"{sentence(n)} {_MORE * 12}"),
}

LONG = ("few rows a page", "long rows", "rows across pages")
"""Layouts with few rows a page."""


# ---------------------------------------------------------------- another producer


def html_rows(rows: Rows, chromium: str) -> bytes:
    """The rows as a table and a list, printed by Chromium."""
    half = len(rows) // 2
    table = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in cells(n))}</tr>" for n in rows[:half])
    items = "".join(f"<li>{sentence(n)}</li>" for n in rows[half:])
    html = f"<meta charset=utf-8><style>body{{font:9pt sans-serif}}td{{border:1px solid}}</style><table>{table}</table><ol>{items}</ol>"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "rows.html"), Path(folder, "rows.pdf")
        source.write_text(html, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        command = [chromium, *flags, f"--print-to-pdf={target}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return target.read_bytes()
