"""Opens a mail as a tree of parts, and decodes headers and texts whatever their encoding says.

Parsed by the stdlib with `policy.compat32`: its other policies parse headers when they are read,
raise on some broken ones, and write an attached mail with other line breaks than it came with.
"""

from __future__ import annotations

import binascii
import email
import email.errors
import email.header
import email.policy
import re
from base64 import b64decode
from collections.abc import Iterator
from email.message import Message
from typing import TypeAlias, cast

from tasks.core.reading.mail.outlook import OUTLOOK_MAGIC, from_outlook
from tasks.core.reading.pdf_open import Refusal

Part: TypeAlias = "Message[str, str]"

_CHARSETS = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "utf8mb4": "utf-8",
}
"""The supersets that writers mean by these names (WHATWG Encoding Standard, section 4.2)."""
_OTHER_FILES = (b"%PDF-", b"PK\x03\x04", b"\x7fELF", b"{\\rtf")
_MAX_MULTIPARTS = 1000
"""A forwarded mail brings one to three. The stdlib's parser asks every line about every open one, so the time grows by the square."""
_MULTIPART = re.compile(rb"boundary\s*=", re.IGNORECASE)
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=\s]+")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def open_mail(data: bytes) -> Part:
    """A mail's bytes as a tree of parts, .eml and .msg alike.

    Raises:
        Refusal: it is no mail, or it nests too deeply.
    """
    if data.startswith(OUTLOOK_MAGIC):
        data = from_outlook(data)
    if data.lstrip().startswith(_OTHER_FILES):
        raise Refusal("not_a_mail")
    if len(_MULTIPART.findall(data)) > _MAX_MULTIPARTS:
        raise Refusal("mail_too_deep")
    try:
        message = email.message_from_bytes(data.lstrip(b"\r\n\xef\xbb\xbf"), policy=email.policy.compat32)
    except RecursionError:
        raise Refusal("mail_too_deep") from None
    if not list(message.raw_items()):
        raise Refusal("not_a_mail")
    return message


def leaves(part: Part) -> Iterator[Part]:
    """The parts that hold no others, in order; an attached mail is one."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in children(part):
            yield from leaves(child)
    else:
        yield part


def children(part: Part) -> list[Part]:
    """The parts inside a multipart, or the mail inside an attached one."""
    return list(cast("list[Part]", part.get_payload())) if part.is_multipart() else []


def header(part: Part, name: str) -> str:
    """A header in one line; empty if there is none. Several of the name are joined."""
    values = [str(value) for key, value in part.raw_items() if key.lower() == name.lower()]
    return " ".join(", ".join(decoded_words(_eight_bit(value)) for value in values).split())


def _eight_bit(value: str) -> str:
    """A header with bytes above 127, which no standard allows and many mailers send."""
    try:
        return _decoded(value.encode("utf-8", "surrogateescape"), "utf-8")[0]
    except UnicodeEncodeError:  # half a character that stands for no byte
        return value


def decoded_words(value: str) -> str:
    """A header value with its encoded words (RFC 2047) decoded."""
    if "=?" not in value:
        return _CONTROLS.sub("", value)
    try:
        pieces = email.header.decode_header(value)
    except (email.errors.HeaderParseError, ValueError):
        return _CONTROLS.sub("", value)
    words = (
        text if isinstance(text, str) else _decoded(text, charset or "utf-8")[0] for text, charset in pieces
    )
    return _CONTROLS.sub("", "".join(words))


def file_name(part: Part) -> str:
    """The name that the mail gives the part, as RFC 2231, RFC 2047 or plain bytes; may be empty."""
    headers: Part = Message()  # of its own: the parser replaces bytes above 127 in a parameter
    for key, value in part.raw_items():
        if key.lower() in ("content-disposition", "content-type") and key not in headers:
            headers[key] = _eight_bit(str(value))
    try:
        name = headers.get_filename()
    except (LookupError, ValueError, TypeError):
        return ""
    return decoded_words(name) if isinstance(name, str) else ""


def disposition(part: Part) -> str:
    """`attachment`, `inline` or empty."""
    try:
        return (part.get_content_disposition() or "").lower()
    except (ValueError, TypeError, AttributeError):
        return ""


def payload_bytes(part: Part) -> bytes:
    """The part's content with its transfer encoding undone. What is no base64 stays as it is."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, binascii.Error, LookupError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def text_of(part: Part) -> tuple[str, bool]:
    """A text part's text with plain line ends, and whether its charset was right."""
    try:
        charset = part.get_content_charset() or ""
    except (LookupError, ValueError, TypeError):
        charset = ""
    text, was_right = _decoded(payload_bytes(part), charset)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")
    return _CONTROLS.sub("", text.removeprefix("\ufeff")), was_right


def _decoded(data: bytes, charset: str) -> tuple[str, bool]:
    """By the charset, else UTF-8, else with replacements; and whether no letter was replaced."""
    name = _CHARSETS.get(charset.strip("'\" ").lower(), charset)
    for candidate in (name, "utf-8"):
        try:
            if candidate:
                return data.decode(candidate), True
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", "replace"), not name


def attached_mail(part: Part) -> bytes:
    """The bytes of an attached mail, which the parser has opened already."""
    inner = children(part)
    if not inner:
        return payload_bytes(part)
    data = _as_bytes(inner[0])
    # RFC 2046 forbids base64 here, some mailers send it all the same, and the parser does not undo it.
    is_base64 = header(part, "Content-Transfer-Encoding").lower() == "base64"
    if is_base64 and _BASE64_LINE.fullmatch(data.strip()):
        return b64decode(data, validate=False)
    return data


def _as_bytes(message: Part) -> bytes:
    try:
        return message.as_bytes(policy=email.policy.compat32.clone(max_line_length=None))
    except (LookupError, ValueError, TypeError, RecursionError, email.errors.MessageError):
        raise Refusal("broken") from None
