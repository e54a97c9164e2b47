"""The attachments of a mail: their names, which are unique, and their bytes."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.core.reading.limits import Limits
from tasks.core.reading.mail.body import is_body
from tasks.core.reading.mail.envelope import (
    Part,
    attached_mail,
    children,
    disposition,
    file_name,
    header,
    leaves,
    open_mail,
    payload_bytes,
    text_of,
)
from tasks.core.reading.mail.part_keys import MailPart, PartList
from tasks.core.reading.pdf_open import Refusal
from tasks.core.reading.version import FileKind, kind_of

_MAX_STEM_CHARS = 120
_SMALL_IMAGE_BYTES = 50_000
"""Images in the text below this are logos and signatures. A scanned page at 150 dpi has more."""
_ABOUT_THE_MAIL = frozenset(
    (
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "text/calendar",
        "text/rfc822-headers",
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
    )
)
"""Parts that belong to the mail's transport, or say again what its text says."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")


def answer_parts(data: bytes, names: Sequence[str], limits: Limits) -> dict[str, Any]:
    """The worker's answer: `bytes` (base64) of an attachment, or all of them if no name is given."""
    try:
        if names:
            return {"bytes": b64encode(take_part(data, names, limits)).decode("ascii")}
        listed = list_parts(open_mail(data), limits)
    except Refusal as refusal:
        return {"reason": refusal.code}
    except RecursionError:
        return {"reason": "mail_too_deep"}
    rows = [[part.name, part.size_bytes, part.is_decoration] for part in listed.parts]
    return {"rows": rows, "n_more": listed.n_more}


def list_parts(message: Part, limits: Limits) -> PartList:
    """The attachments of an opened mail, the first `max_mail_parts` of them."""
    found: list[MailPart] = []
    n_more = 0
    for name, part in _named(message):
        if len(found) >= limits.max_mail_parts:
            n_more += 1
            continue
        size = len(_bytes_of(part))
        found.append(MailPart(name, size, _is_decoration(part, size)))
    return PartList(tuple(found), n_more)


def take_part(data: bytes, names: Sequence[str], limits: Limits) -> bytes:
    """The bytes of an attachment.

    Args:
        names: The names that lead to it, through attached mails.

    Raises:
        Refusal: the file is no mail, has no such attachment, or the way is too long.
    """
    if len(names) > limits.max_mail_depth:
        raise Refusal("mail_too_deep")
    for name in names:
        part = next((part for called, part in _named(open_mail(data)) if called == name), None)
        if part is None:
            raise Refusal("no_such_part")
        data = _bytes_of(part)
    return data


def _named(message: Part) -> Iterator[tuple[str, Part]]:
    used: set[str] = set()
    for number, part in enumerate(_attachments(message), 1):
        name = _unique(_clean_name(part, number), used)
        used.add(name.casefold())
        yield name, part


def _attachments(message: Part) -> Iterator[Part]:
    if message.get_content_maintype() == "multipart":
        yield from (part for part in leaves(message) if not is_body(part) and not _is_envelope(part))
    elif not is_body(message):
        yield message


def _is_envelope(part: Part) -> bool:
    """A multipart without parts: the mail was cut off there."""
    return part.get_content_maintype() == "multipart"


def _clean_name(part: Part, number: int) -> str:
    """The attachment's name without folders and odd letters, and with a suffix."""
    given = re.split(r"[/\\]", file_name(part))[-1]
    if not given and part.get_content_type() == "message/rfc822":
        inner = children(part)
        given = re.sub(r"[/\\:]", "_", header(inner[0], "Subject")) if inner else ""
    kept = "".join(c for c in unicodedata.normalize("NFC", given) if unicodedata.category(c)[0] != "C")
    stem, suffix = _split_suffix(" ".join(kept.split()).strip(". "))
    if part.get_content_type() == "message/rfc822" and kind_of(f"x{suffix}") is not FileKind.MAIL:
        stem, suffix = stem + suffix, ".eml"
    return (stem[:_MAX_STEM_CHARS] or f"attachment-{number}") + (suffix or _suffix_by_type(part))


def _split_suffix(name: str) -> tuple[str, str]:
    match = _SUFFIX.search(name)
    return (name[: match.start()], match[0]) if match else (name, "")


def _suffix_by_type(part: Part) -> str:
    if payload_bytes(part).startswith(b"%PDF-"):
        return ".pdf"
    return mimetypes.guess_extension(part.get_content_type()) or ".bin"


def _unique(name: str, used: set[str]) -> str:
    stem, suffix = _split_suffix(name)
    candidate, number = name, 1
    while candidate.casefold() in used:
        number += 1
        candidate = f"{stem} ({number}){suffix}"
    return candidate


def _bytes_of(part: Part) -> bytes:
    """The attachment as a file. A text becomes UTF-8, which readers of plain texts want."""
    if part.get_content_type() == "message/rfc822":
        return attached_mail(part)
    if part.get_content_type() == "text/plain" and part.get_content_charset():
        return text_of(part)[0].encode("utf-8", "replace")
    return payload_bytes(part)


def _is_decoration(part: Part, size_bytes: int) -> bool:
    if part.get_content_type() in _ABOUT_THE_MAIL:
        return True
    is_image = part.get_content_maintype() == "image" and size_bytes < _SMALL_IMAGE_BYTES
    return is_image and disposition(part) != "attachment" and "Content-ID" in part
