"""Reads a mail: its headers and its text as one page; attachments are listed. Runs in the worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tasks.core.reading.limits import Limits
from tasks.core.reading.mail.body import MailText, body_of
from tasks.core.reading.mail.envelope import Part, header, leaves, open_mail, payload_bytes
from tasks.core.reading.mail.parts import PartList, list_parts
from tasks.core.reading.pdf_open import Refusal
from tasks.core.reading.plain_text import lay_out
from tasks.core.reading.refusals import refused
from tasks.core.reading.version import MAIL_VERSION
from tasks.core.records import Extra, ExtraKind, Mark, MarkKind, Reading

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_PGP = "-----BEGIN PGP MESSAGE-----"
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def take_mail(data: bytes, limits: Limits) -> Reading:
    """Read a mail's bytes. A refusal is a reading, too."""
    try:
        message = open_mail(data)
        _check_is_open(message)
        body, listed = body_of(message), list_parts(message, limits)
    except Refusal as refusal:
        return refused(refusal.code)
    except RecursionError:
        return refused("mail_too_deep")
    if _PGP in body.text[: len(_PGP) + 200]:
        return refused("mail_encrypted")
    head = "".join(f"{name}: {value}\n" for name in _HEADERS if (value := header(message, name)))
    text = f"{head}\n{body.text}\n" if head and body.text else f"{head}{body.text}\n"
    if not text.strip():
        return replace(refused("no_text"), extras=_extras(listed))
    reading = lay_out(text, limits, MAIL_VERSION)
    start = len(text) - len(body.text) - 1
    struck = tuple(Mark(s.start + start, s.end + start, MarkKind.STRUCK) for s in body.struck)
    return replace(reading, marks=struck, flags=tuple(_flags(body, listed)), extras=_extras(listed))


def _check_is_open(message: Part) -> None:
    """Raises: Refusal if the text is encrypted, or inside a signature."""
    if message.get_content_type() == "multipart/encrypted":
        raise Refusal("mail_encrypted")
    for part in leaves(message):
        if part.get_content_type() in _PKCS7:
            kind = str(part.get_param("smime-type") or "").lower()
            is_signed = (
                kind == "signed-data" or b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in payload_bytes(part)[:40]
            )
            raise Refusal("mail_in_signature" if is_signed else "mail_encrypted")


def _flags(body: MailText, listed: PartList) -> Iterator[str]:
    yield from sorted(body.flags)
    if not body.text:
        yield "empty_body"
    names = [part.name.lower() for part in listed.parts]
    if any(not part.is_decoration for part in listed.parts):
        yield "has_attachments"
    if "winmail.dat" in names:
        yield "winmail_dat"
    if listed.n_more:
        yield "too_many_attachments"


def _extras(listed: PartList) -> tuple[Extra, ...]:
    rows = [Extra(ExtraKind.ATTACHMENT, None, p.name, f"{p.size_bytes:,} bytes") for p in listed.parts]
    if listed.n_more:
        rows.append(Extra(ExtraKind.ATTACHMENT, None, "...", f"{listed.n_more:,} more, above the limit"))
    return tuple(rows)
