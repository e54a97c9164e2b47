"""The truth of a finished PDF: where each note and its citation ended up, found by their codes.

The pages come from pdfium's text alone, never from our reader. A file counts only if each code was found and each mark stands where
it should: right after the citation's code and right before the note's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypedDict

import pypdfium2

from tests.bench.note_files import marks
from tests.bench.note_files.model import Document, Note, note_text, plain

LOOK_ALIKES: Final = {"\u2217": "*", "\u204e": "*", "\u2225": "‖", "\u22c6": "*", "\ufe61": "*"}
REACH: Final = 24
"""How far behind its code a citation's mark may stand: other marks of the same place, a full stop."""


class NoteTruth(TypedDict):
    id: int
    kind: str
    marker: str
    text: str
    body_code: str
    first_code: str
    last_code: str
    ref_page: int
    page_start: int
    page_end: int


class UnknownTruth(Exception):
    """The PDF does not show what it should; the message says which code or mark."""


@dataclass(frozen=True, slots=True)
class Place:
    page_number: int
    at: int
    """In the page's folded text."""


def fold(text: str) -> str:
    """Without white space and hyphens, with look-alike signs as one."""
    text = "".join(LOOK_ALIKES.get(char, char) for char in text)
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\-\u00ad\u2010\u2011\u200b\ufeff\ufffe\u0002]+", "", text)


def bare(mark: str) -> str:
    return re.sub(r"[\[\](){}【】〔〕.、]", "", fold(mark))


def page_texts(pdf: Path) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [fold(page.get_textpage().get_text_range()) for page in document]
    finally:
        document.close()


def find(pages: list[str], code: str) -> Place:
    """The only place of a code."""
    places = [
        Place(n, m.start()) for n, text in enumerate(pages, 1) for m in re.finditer(re.escape(code), text)
    ]
    if not places:
        raise UnknownTruth(f"code {code} is not in the PDF")
    return places[0]


def marks_by_page(document: Document, places: dict[int, Place]) -> dict[int, str]:
    """The marks as printed; where they restart on each page, by the order of the citations there."""
    found = {note.index: note.mark for note in document.notes}
    if document.style.restart != "page":
        return found
    by_page: dict[int, list[int]] = defaultdict(list)
    for note in document.notes:
        if note.kind == "footnote":
            by_page[places[note.index].page_number].append(note.index)
    for indexes in by_page.values():
        found.update({index: marks.mark(document.style.family, n) for n, index in enumerate(indexes, 1)})
    return found


def check_marks(
    pages: list[str], note: Note, mark: str, ref: Place, first: Place, known: dict[int, str]
) -> None:
    behind = pages[ref.page_number - 1][ref.at + len(note.body_code) :][:REACH]
    if bare(mark) not in bare(behind):
        raise UnknownTruth(f"mark {mark} does not follow {note.body_code}, but {behind}")
    lead = fold(plain(note.paragraphs[0], known)).split(note.first_code)[0]
    before = pages[first.page_number - 1][: first.at]
    if not before.endswith(lead):
        raise UnknownTruth(f"the words before {note.first_code} are not its note's")
    before = bare(before[: len(before) - len(lead)][-12:])
    if not before.endswith(bare(mark)):
        raise UnknownTruth(f"mark {mark} does not stand before the note {note.first_code}, but {before}")


def notes_of(document: Document, pdf: Path) -> tuple[list[NoteTruth], int]:
    """The notes' truth and the number of pages."""
    pages = page_texts(pdf)
    refs = {note.index: find(pages, note.body_code) for note in document.notes}
    printed = marks_by_page(document, refs)
    found: list[NoteTruth] = []
    for note in document.notes:
        first, last = find(pages, note.first_code), find(pages, note.last_code)
        check_marks(pages, note, printed[note.index], refs[note.index], first, printed)
        if note.kind == "footnote" and first.page_number < refs[note.index].page_number:
            raise UnknownTruth(
                f"note {note.first_code} stands on a page before its citation"
            )  # groff does so
        if last.page_number < first.page_number:
            raise UnknownTruth(f"note {note.first_code} ends before it starts")
        found.append(
            NoteTruth(
                id=note.index,
                kind=note.kind,
                marker=printed[note.index],
                text=note_text(note, printed),
                body_code=note.body_code,
                first_code=note.first_code,
                last_code=note.last_code,
                ref_page=refs[note.index].page_number,
                page_start=first.page_number,
                page_end=last.page_number,
            )
        )
    return found, len(pages)


def truth_of(document: Document, producer: str, pdf: Path) -> dict[str, object]:
    """The content of NAME.truth.json.

    Raises:
        UnknownTruth: a code or a mark is not where it should be.
    """
    notes, n_pages = notes_of(document, pdf)
    style = document.style
    return {
        "file": pdf.name,
        "spec": asdict(style)
        | {"prod": producer, "seed": document.seed, "traps": sorted(set(document.traps))},
        "lang": style.lang,
        "producer": producer,
        "style": f"{style.place} {style.columns}col {style.restart} {style.raised}/{style.form} {style.family}",
        "pages": n_pages,
        "spill": sum(note["page_end"] > note["page_start"] for note in notes),
        "notes": notes,
    }
