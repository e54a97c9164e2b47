"""What a refused document's reading looks like, and what each code means to a person.

A refused document is a result, not an exception: it becomes a quarantine row.
"""

from __future__ import annotations

from itertools import groupby

from tasks.core.reading.version import READER_VERSION
from tasks.core.records import Reading, ReadStatus

MEANINGS = {
    "empty_file": "the file holds no bytes",
    "not_a_pdf": "the file does not begin like a PDF",
    "wrong_type:html": "the file is a web page, not a PDF",
    "wrong_type:zip": "the file is a ZIP archive (perhaps a Word document), not a PDF",
    "wrong_type:ole": "the file is an old Office document, not a PDF",
    "wrong_type:pdf": "the file is named as a text and is a PDF",
    "not_utf8": "the text is not UTF-8",
    "not_a_text": "the file is named as a text and holds binary data",
    "password_required": "the file opens only with a password",
    "encryption_unsupported": "the file is encrypted in a way that cannot be opened",
    "truncated": "the end of the file is missing",
    "broken": "the file's structure cannot be read",
    "no_pages": "the file has no pages",
    "page_tree_cycle": "the page tree leads back into itself",
    "page_tree_broken": "the page tree cannot be read",
    "too_many_pages": "the file has more pages than the limit allows",
    "too_large": "the file is larger than the limit allows",
    "decompression_limit": "a stream of the file inflates beyond the limit",
    "page_too_complex": "a page has more drawing operators than the limit allows",
    "cyclic_form": "a form of a page draws itself; its page was read without positions",
    "broken_page": "a page cannot be parsed",
    "no_positions": "the letters of a page have no usable positions; its text was read without looking for notes",
    "timeout": "reading took longer than the limit allows",
    "memory_limit": "reading took more memory than the limit allows",
    "reader_died": "the parser ended abruptly on this file",
    "reader_failed": "the reader itself failed on this file; please report it",
    "no_text": "the pages hold no text and no image",
    "no_text_layer": "the pages are images: they need optical character recognition",
    "ocr_saw_nothing": "the pages are images, and optical character recognition sees no text in them",
    "ocr_failed": "optical character recognition failed on a page",
    "ocr_timeout": "optical character recognition of a page took longer than the limit allows",
    "ocr_page_limit": "the document has more scanned pages than the limit on recognition allows",
    "ocr_no_language": "the recognition engine has none of the languages that are asked for",
    "text_garbled": "the letters have no usable mapping to text: the pages need optical character recognition",
}


def refused(code: str, flags: tuple[str, ...] = (), n_pages: int = 0) -> Reading:
    """The reading of a document that is not read."""
    return Reading(ReadStatus.ERROR, code, flags, n_pages, "", (), (), (), READER_VERSION)


def meaning(code: str | None) -> str:
    """What a person reads for a reason code."""
    return "" if code is None else MEANINGS.get(code, code)


def unread_pages(reading: Reading) -> str:
    """Which pages nobody read, in words; empty when all were. What is absent from the others may stand there."""
    numbers = [page.page_number for page in reading.pages if page.status in ("needs_ocr", "failed")]
    if not numbers:
        return ""
    runs = (list(run) for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]))
    ends = ((run[0][1], run[-1][1]) for run in runs)
    return "pages not read: " + ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ends)
