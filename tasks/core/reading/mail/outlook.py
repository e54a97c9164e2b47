"""Outlook's .msg as an Internet mail, so that there is one reader of mails.

The container is python-oxmsg's (MIT; extract-msg is GPL). The mail that is made holds the same
bytes each time, because an attachment's digest is its identity: the boundaries are fixed, and all
parts are base64, in which no boundary can occur.
"""

from __future__ import annotations

import codecs
import struct
from base64 import encodebytes
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.utils import format_datetime
from io import BytesIO
from typing import Any

from olefile import STGTY_STORAGE, OleFileIO
from oxmsg.attachment import Attachment
from oxmsg.domain import constants as pid
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from tasks.core.reading.pdf_open import Refusal

OUTLOOK_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TOP_OFFSET, _EMBEDDED_OFFSET = 32, 24
"""Bytes before the first property ([MS-OXMSG] 2.4.1)."""
_EMBEDDED = "__substg1.0_3701000D"
"""The storage of an attached mail ([MS-OXMSG] 2.2.2.1)."""
_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_BROKEN = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AssertionError,
    struct.error,
    OverflowError,
    MessageError,
    UnrecognizedCodePageError,
    UnsupportedEncodingError,
)
"""What olefile and python-oxmsg raise on a broken file."""


def from_outlook(data: bytes) -> bytes:
    """A .msg file as the bytes of an Internet mail.

    Raises:
        Refusal: it is broken, no mail, encrypted, or has its text only as RTF.
    """
    try:
        with OleFileIO(BytesIO(data)) as ole:  # pyright: ignore[reportUnknownVariableType]
            if _claims_too_much(ole, len(data)):
                raise Refusal("broken")  # olefile would read a chain of sectors that goes in circles
            storage = Storage.from_ole(ole)  # pyright: ignore[reportUnknownMemberType]
        return internet_mail(storage).as_bytes()
    except RecursionError:
        raise Refusal("mail_too_deep") from None
    except _BROKEN:
        raise Refusal("not_a_mail" if not _is_message(data) else "broken") from None


def _claims_too_much(ole: Any, n_bytes: int) -> bool:  # olefile has no types for its directory
    """Whether the streams are larger than the file. Small ones count twice: they are in the root's stream."""
    sizes = (entry.size for entry in ole.direntries if entry and entry.entry_type != STGTY_STORAGE)
    return sum(sizes) > 2 * n_bytes


def _windows_codec(name: str) -> codecs.CodecInfo | None:
    # python-oxmsg 0.0.2 calls code pages 950 (Chinese) and 874 (Thai) by names that Python does not know.
    return codecs.lookup(f"cp{name[8:]}") if name in ("windows_950", "windows_874") else None


codecs.register(_windows_codec)


def _is_message(data: bytes) -> bool:
    """Whether the container holds a mail: a Word document of old is such a container, too."""
    return "__properties_version1.0".encode("utf-16-le") in data


def internet_mail(storage: Storage, offset: int = _TOP_OFFSET, depth: int = 1) -> Message:
    """The mail of a container, or of an attached mail inside it."""
    properties = Properties(storage, offset)
    kind = properties.str_prop_value(pid.PID_MESSAGE_CLASS) or ""
    attachments = [Attachment(inside) for inside in storage.iter_attachment_storages()]
    if kind == "IPM.Note.SMIME.MultipartSigned" and len(attachments) == 1:
        # The whole signed mail, with its attachments, is the one attachment.
        mail = message_from_bytes(attachments[0].file_bytes or b"")
    elif kind.startswith("IPM.Note.SMIME"):
        raise Refusal("mail_encrypted")
    else:
        mail = MIMEMultipart("mixed", boundary=f"=_countersign_{depth}=")
        mail.attach(_body(properties, depth))
        for inside in storage.iter_attachment_storages():
            mail.attach(_attachment(inside, depth))
    for name, value in _headers(properties).items():
        del mail[name]
        if value:
            mail[name] = Header(" ".join(value.split()), "utf-8").encode()
    return mail


def _headers(properties: Properties) -> dict[str, str]:
    """Those that the mail came with; of one that was never sent, what Outlook's fields say."""
    sent = HeaderParser().parsestr(properties.str_prop_value(pid.PID_TRANSPORT_MESSAGE_HEADERS) or "")
    address = properties.str_prop_value(pid.PID_SENDER_SMTP_ADDRESS) or ""
    if not address and properties.str_prop_value(pid.PID_SENDER_ADDRESS_TYPE) == "SMTP":
        address = properties.str_prop_value(pid.PID_SENDER_EMAIL_ADDRESS) or ""
    sender = properties.str_prop_value(pid.PID_SENDER_NAME) or ""
    at = properties.date_prop_value(pid.PID_CLIENT_SUBMIT_TIME)
    fields = {
        "From": f"{sender} <{address}>".strip() if address else sender,
        "To": properties.str_prop_value(pid.PID_DISPLAY_TO) or "",
        "Cc": properties.str_prop_value(pid.PID_DISPLAY_CC) or "",
        "Date": format_datetime(at) if isinstance(at, datetime) else "",
        "Subject": properties.str_prop_value(pid.PID_SUBJECT) or "",
    }
    return {name: sent.get(name) or fields[name] for name in _HEADERS}


def _body(properties: Properties, depth: int) -> MIMEMultipart:
    plain = properties.str_prop_value(pid.PID_BODY)
    page = properties.binary_prop_value(pid.PID_HTML)
    html = (
        page.decode(properties.body_encoding, "replace") if page else properties.str_prop_value(pid.PID_HTML)
    )
    if not plain and not html and properties.binary_prop_value(pid.PID_RTF_COMPRESSED):
        raise Refusal("mail_only_rtf")
    body = MIMEMultipart("alternative", boundary=f"=_countersign_{depth}_body=")
    for text, kind in ((plain, "plain"), (html, "html")):
        if text:
            body.attach(MIMEText(text.encode("utf-8", "replace").decode(), kind, "utf-8"))
    return body


def _attachment(storage: Storage, depth: int) -> MIMEBase:
    attachment = Attachment(storage)
    fields = attachment.properties
    name = attachment.file_name or fields.str_prop_value(pid.PID_ATTACH_FILENAME) or ""
    embedded = next((inner for inner in storage.storages if inner.name == _EMBEDDED), None)
    part: MIMEBase
    if embedded is not None and any(s.name == "__properties_version1.0" for s in embedded.streams):
        part, name = MIMEMessage(internet_mail(embedded, _EMBEDDED_OFFSET, depth + 1)), ""
    else:
        main, _, sub = (attachment.mime_type or "").partition("/")
        main = main if main not in ("multipart", "message", "") else "application"
        part = MIMEBase(main, sub or "octet-stream")
        part.set_payload(encodebytes(attachment.file_bytes or b"").decode("ascii"))
        part["Content-Transfer-Encoding"] = "base64"
    is_inline = bool(fields.str_prop_value(pid.PID_ATTACH_CONTENT_ID))
    part.add_header("Content-Disposition", "inline" if is_inline else "attachment")
    if name:
        part.set_param("filename", name, "Content-Disposition", charset="utf-8")
    return part
