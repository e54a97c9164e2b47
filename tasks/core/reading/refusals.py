"""The reading of a refused document, and what each reason code means."""

from __future__ import annotations

from itertools import groupby

from tasks.core.reading.version import READER_VERSION
from tasks.core.records import Reading, ReadStatus

MEANINGS = {
    "empty_file": "the file holds no bytes",
    "not_a_pdf": "the file does not begin like a PDF",
    "wrong_type:html": "the file is a web page, not a PDF",
    "wrong_type:zip": "the file is a ZIP archive, not what its name says: a Word document needs a name in .docx;"
    " of any other archive, unpack it and send what is inside",
    "wrong_type:ole": "the file is an old Office document or an Outlook mail, not what its name says:"
    " save it as .docx, or give a mail a name in .msg",
    "wrong_type:pdf": "the file is a PDF, but its name has another suffix: give it a name in .pdf",
    "wrong_type:rtf": "the file is RTF: open it in Word, save it as DOCX and send that",
    "wrong_type:odt": "the file is an OpenDocument file: open it, save it as DOCX and send that",
    "wrong_type:excel": "the file is an Excel workbook, not a Word document",
    "wrong_type:powerpoint": "the file is a presentation, not a Word document",
    "not_a_word_file": "the file is no Word document (DOCX)",
    "word_broken": "the Word document's package or its main part is damaged; open it in Word, which may repair it",
    "word_entities": "the Word document declares XML entities of its own, which Word never does; nothing was resolved",
    "word_images_only": "the Word document holds only images: print it to a PDF and send that, so that it is recognised",
    "not_utf8": "the text is not UTF-8",
    "not_a_text": "the file's name ends in .txt, but it holds binary data",
    "not_a_mail": "the file's name ends in .eml or .msg, but it is no mail: give it the suffix of what it is",
    "mail_encrypted": "the mail is encrypted (S/MIME or PGP): open it in a mail program and save its text and attachments",
    "mail_in_signature": "the mail's text is packed inside its S/MIME signature: open it in a mail program and save it unsigned",
    "mail_only_rtf": "the mail holds its text only as RTF: open it in Outlook and save it as .eml or as a PDF",
    "mail_too_deep": "the mail nests mails, or parts, deeper than the limit allows: send the inner ones by themselves",
    "no_such_part": "the mail has no attachment of this name",
    "not_an_image": "the file's name says that it is a picture, but it is another kind of file",
    "image_too_large": "a page of the image has more pixels than the limit allows",
    "image_reader_missing": "images are read only where the extra `ocr` is installed",
    "password_required": "the file opens only with a password",
    "encryption_unsupported": "the file is encrypted in a way that cannot be opened",
    "xfa_form": "the file is a dynamic XFA form, whose pages Adobe's programs make when they open it; open it there,"
    " print it to a PDF and send that",
    "truncated": "the end of the file is missing",
    "broken": "the file's structure cannot be read",
    "no_pages": "the file has no pages",
    "page_tree_cycle": "the page tree contains itself",
    "page_tree_broken": "the page tree cannot be read",
    "too_many_pages": "the file has more pages than the limit allows",
    "erased": "the words of this document were erased on request; it is not read again",
    "too_large": "the file is larger than the limit allows",
    "decompression_limit": "a stream of the file inflates beyond the limit",
    "page_too_complex": "a page has more drawing operators than the limit allows",
    "cyclic_form": "a form of a page draws itself; its page was read without positions",
    "broken_page": "a page cannot be parsed",
    "no_positions": "the letters of a page have no usable positions; its text was read without looking for notes",
    "timeout": "reading took longer than the limit allows",
    "memory_limit": "reading took more memory than the limit allows",
    "reader_died": "the parser crashed on this file",
    "reader_failed": "the reader itself failed on this file; please report it",
    "no_text": "the pages hold no text and no image",
    "no_text_layer": "the pages are images: they need optical character recognition",
    "ocr_saw_nothing": "the pages are images, and optical character recognition found no text in them",
    "ocr_failed": "optical character recognition failed on a page",
    "ocr_timeout": "optical character recognition of a page took longer than the limit allows",
    "ocr_page_limit": "the document has more scanned pages than the limit on recognition allows",
    "ocr_no_language": "tesseract has none of the languages of COUNTERSIGN_OCR_LANGUAGES installed",
    "no_pictures": "the file has text and no pages: there is nothing to draw",
    "text_garbled": "the letters have no usable mapping to text: the pages need optical character recognition",
}


def refused(code: str, flags: tuple[str, ...] = (), n_pages: int = 0) -> Reading:
    """The reading of a refused document."""
    return Reading(ReadStatus.ERROR, code, flags, n_pages, "", (), (), (), READER_VERSION)


def meaning(code: str | None) -> str:
    """What a reason code means, for the user."""
    return "" if code is None else MEANINGS.get(code, code)


def unread_pages(reading: Reading) -> str:
    """Which pages have no text, in words; empty if all have. An absent value may be there."""
    numbers = [page.page_number for page in reading.pages if page.status in ("needs_ocr", "failed")]
    if not numbers:
        return ""
    runs = (list(run) for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]))
    ends = ((run[0][1], run[-1][1]) for run in runs)
    return "pages not read: " + ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ends)
