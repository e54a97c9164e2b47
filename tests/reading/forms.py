"""Pages with form fields and annotations, made on the spot."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)
from reportlab.pdfbase.pdfmetrics import stringWidth

from tasks.core.records import NOT_LIVE, MarkKind, Reading
from tests.reading.pages import blank

LAW = ("This Lease is governed by the laws of the State of ", 90.0, ", and of no other.")
"""A sentence with a blank: words, the blank's width in points, words."""
Box = tuple[float, float, float, float]


def page_with_blanks(
    *rows: Sequence[str | float], sign: str = "", size: float = 11
) -> tuple[bytes, list[Box]]:
    """A page of lines from y = 700 down, 20 points apart, and the rectangle of each blank.

    Args:
        sign: Fills the blanks: `_`, `.`, a space; empty: nothing is drawn in them.
    """
    buffer, canvas = blank()
    boxes: list[Box] = []
    for number, row in enumerate(rows):
        x, y = 72.0, 700.0 - 20 * number
        canvas.setFont("Helvetica", size)
        for part in row:
            if isinstance(part, str):
                canvas.drawString(x, y, part)
                x += stringWidth(part, "Helvetica", size)
            else:
                boxes.append((x, y - 3, x + part, y + 11))
                if sign:
                    canvas.drawString(x, y, sign * int(part / stringWidth(sign, "Helvetica", size)))
                x += part
    canvas.showPage()
    canvas.save()
    return buffer.getvalue(), boxes


def text_look(words: str, rect: Box, *, x: float = 2, y: float = 4, size: float = 10) -> StreamObject:
    """An appearance that shows the words; a new line in them is 12 points below."""
    rows = " ".join(f"({row}) Tj 0 -12 Td" for row in words.split("\n"))
    return look(f"BT /Helv {size} Tf {x} {y} Td {rows} ET", rect)


def look(drawing: str, rect: Box) -> StreamObject:
    stream = StreamObject()
    stream.set_data(drawing.encode())
    font = DictionaryObject({NameObject(k): NameObject(v) for k, v in FONT.items()})
    stream.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): numbers(0, 0, rect[2] - rect[0], rect[3] - rect[1]),
            NameObject("/Resources"): DictionaryObject(
                {NameObject("/Font"): DictionaryObject({NameObject("/Helv"): font})}
            ),
        }
    )
    return stream


FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}


def numbers(*values: float) -> ArrayObject:
    return ArrayObject([FloatObject(value) for value in values])


class FormWriter:
    """Adds fields and annotations to the first page of a file."""

    def __init__(self, data: bytes) -> None:
        self.writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
        self.form = DictionaryObject({NameObject("/Fields"): ArrayObject()})
        self.writer._root_object[NameObject("/AcroForm")] = self.form

    def field(
        self, kind: str, rect: Box, value: str | None, shown: str | None = None, **more: PdfObject
    ) -> DictionaryObject:
        """A field with one widget. `shown`: what its appearance shows; None: it has none."""
        entries: dict[str, PdfObject] = {
            "FT": NameObject(f"/{kind}"),
            "T": TextStringObject(f"f{rect[0]:.0f}_{rect[1]:.0f}"),
        }
        if value is not None:
            entries["V"] = TextStringObject(value)
        if shown is not None:
            entries["AP"] = self.looks(text_look(shown, rect))
        annotation = self.annotation("Widget", rect, **(entries | more))
        self.form["/Fields"].append(annotation.indirect_reference)
        return annotation

    def button(self, rect: Box, *, state: str, value: str) -> DictionaryObject:
        """A check box whose look for `/Yes` is a cross."""
        looks = DictionaryObject(
            {NameObject("/Yes"): self.writer._add_object(look("BT /Helv 10 Tf 1 1 Td (X) Tj ET", rect))}
        )
        both = DictionaryObject({NameObject("/N"): looks})
        names = {"V": NameObject(value), "AS": NameObject(state), "AP": both}
        return self.field("Btn", rect, None, **names)

    def free_text(self, rect: Box, words: str, shown: str | None = None) -> DictionaryObject:
        entries: dict[str, PdfObject] = {"Contents": TextStringObject(words)}
        if shown is not None:
            entries["AP"] = self.looks(text_look(shown, rect))
        return self.annotation("FreeText", rect, **entries)

    def annotation(self, kind: str, rect: Box, **entries: PdfObject) -> DictionaryObject:
        named = {NameObject(f"/{key}"): value for key, value in entries.items()}
        subtype = {NameObject("/Subtype"): NameObject(f"/{kind}"), NameObject("/Rect"): numbers(*rect)}
        annotation = DictionaryObject(subtype | named)
        page = self.writer.pages[0]
        if "/Annots" not in page:
            page[NameObject("/Annots")] = ArrayObject()
        page["/Annots"].append(self.writer._add_object(annotation))
        return annotation

    def looks(self, normal: StreamObject) -> DictionaryObject:
        return DictionaryObject({NameObject("/N"): self.writer._add_object(normal)})

    def make_anew(self) -> None:
        """Ask viewers to make all appearances."""
        self.form[NameObject("/NeedAppearances")] = BooleanObject(True)

    def turn(self, degrees: int) -> None:
        self.writer.pages[0][NameObject("/Rotate")] = NumberObject(degrees)

    def bytes(self) -> bytes:
        buffer = io.BytesIO()
        self.writer.write(buffer)
        return buffer.getvalue()


def live(reading: Reading) -> str:
    """The text without the words that the page does not say, and without the width of its gaps."""
    letters = list(reading.text)
    for mark in reading.marks:
        if mark.kind in NOT_LIVE:
            letters[mark.start : mark.end] = [""] * (mark.end - mark.start)
    return re.sub(" (?=[,.])", "", " ".join("".join(letters).split()))


def marked(reading: Reading, kind: MarkKind) -> list[str]:
    return [reading.text[mark.start : mark.end] for mark in reading.marks if mark.kind is kind]
