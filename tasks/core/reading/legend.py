"""What the marks and flags of a reading mean, in words for its user."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.core.records import MarkKind

MARK_WORDS = {
    MarkKind.HIDDEN: "hidden",
    MarkKind.COVERED: "covered",
    MarkKind.LAYER_OFF: "in a layer that is off",
    MarkKind.STRUCK: "struck out",
    MarkKind.BLANK: "blank",
    MarkKind.INSERTED: "inserted",
    MarkKind.FILLED_IN: "filled in",
    MarkKind.REDACTION: "marked for redaction",
    MarkKind.REPLACED: "other letters than programs read",
    MarkKind.UNTICKED: "not ticked",
}

_WARNINGS = {
    "redline": "words are struck out; they are left out, and what was inserted is read",
    "covered_text": "words lie under boxes or images; they are not read",
    "hidden_text": "the file has words that its pages do not show; they are not read",
    "layer_off": "words are in layers that are switched off; they are not read",
    "redaction_marks": "words are marked for redaction but still in the file; nothing on them is verified",
    "replaced_text": "pages show other letters than programs read; nothing on them is verified",
    "unticked_options": "options are not ticked; nothing on them is verified",
    "changed_after_signature": "the file was changed after it was signed",
    "xfa_form": "the file holds an XFA form, of which a PDF reader shows only what is on the pages",
    "form_values": "form fields are filled in",
    "form_values_differ": "form fields show other values than they hold",
    "extras_incomplete": "some form fields, annotations or attachments could not be read",
    "notes_incomplete": "the notes of some pages could not be told from the text; they are read as text",
    "winmail_dat": "attachments, perhaps the text, are in Outlook's winmail.dat, which is not read; ask for the mail as .eml",
    "too_many_attachments": "the mail has more attachments than the limit; the others are not read",
    "wrong_charset": "some letters could not be decoded; the mail names a wrong charset",
    "watermark": "a word lies across the pages",
    "several_agreements": "the file holds several agreements; each value names its own",
    "pages_not_read": "some pages could not be read",
    "macros": "the file holds macros; they were not run",
    "external_links": "the file links to content outside of it; nothing was fetched",
    "inserted_files": "another file is inserted in the text by reference; it was not read",
    "parts_not_read": "parts of the file are damaged, perhaps notes or numbering; the rest was read",
    "drawings_not_read": "words in diagrams or charts were not read",
    "fields_not_shown": "some numbers that Word computes are not stored in the file; they are missing in the text",
    "pages_estimated": "the file has no pages of its own; page numbers are estimates",
    "footnotes_unknown": "on scanned pages notes are read as body text",
}


def warnings(flags: Iterable[str]) -> tuple[str, ...]:
    """The flags that may change how a user trusts the values; the others are facts by the way.

    A flag may have a detail after a colon: `watermark:DRAFT`.
    """
    return tuple(flag for flag in flags if flag.partition(":")[0] in _WARNINGS)


def flag_meaning(flag: str) -> str:
    """What one of the warnings means."""
    return _WARNINGS[flag.partition(":")[0]]
