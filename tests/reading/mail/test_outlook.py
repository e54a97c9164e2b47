"""Outlook's mails become Internet mails, the same each time."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import pytest
from oxmsg.domain import constants as pid
from oxmsg.storage import Storage, Stream

from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.mail.message import take_mail
from tasks.core.reading.mail.outlook import OUTLOOK_MAGIC, internet_mail
from tasks.core.reading.mail.parts import take_part
from tasks.core.reading.pdf_open import Refusal
from tests.reading.mail.mails import PDF, mail

_INTEGER, _STRING, _BINARY = 0x0003, 0x001F, 0x0102
"""Property types of [MS-OXCDATA] 2.11.1."""
Fields = Mapping[int, str | bytes | int]


def storage(fields: Fields, n_head: int, inside: Sequence[Storage] = (), path: str = "") -> Storage:
    """A storage with these properties ([MS-OXMSG] 2.4), after a head of `n_head` bytes."""
    entries, streams = b"", list[Stream]()
    for tag, value in fields.items():
        if isinstance(value, int):
            entries += struct.pack("<HHIII", _INTEGER, tag, 6, value, 0)
            continue
        kind, data = (_STRING, value.encode("utf-16-le")) if isinstance(value, str) else (_BINARY, value)
        entries += struct.pack("<HHIII", kind, tag, 6, len(data), 0)
        streams.append(Stream(f"__substg1.0_{tag:04X}{kind:04X}", data))
    streams.append(Stream("__properties_version1.0", bytes(n_head) + entries))
    return Storage(path, tuple(streams), tuple(inside))


def outlook(
    subject: str, fields: Fields, attached: Sequence[Storage] = (), n_head: int = 32, path: str = ""
) -> Storage:
    head: Fields = {
        pid.PID_SUBJECT: subject,
        pid.PID_SENDER_NAME: "Nora Lind",
        pid.PID_DISPLAY_TO: "Otto Berg",
    }
    return storage({**head, **fields}, n_head, attached, path)


def attached(number: int, fields: Fields, inside: Sequence[Storage] = ()) -> Storage:
    return storage(fields, 8, inside, f"__attach_version1.0_#{number:08X}")


def file(number: int, name: str, data: bytes) -> Storage:
    return attached(number, {pid.PID_ATTACH_LONG_FILENAME: name, pid.PID_ATTACH_DATA_BINARY: data})


def test_headers_text_and_attachments_are_read() -> None:
    source = outlook("Größe 合同", {pid.PID_BODY: "Rent is EUR 900.\r\n"}, [file(0, "Verträge.pdf", PDF)])
    data = internet_mail(source).as_bytes()
    reading = take_mail(data, DEFAULT_LIMITS)
    assert reading.text == "From: Nora Lind\nTo: Otto Berg\nSubject: Größe 合同\n\nRent is EUR 900.\n"
    assert take_part(data, ["Verträge.pdf"], DEFAULT_LIMITS) == PDF
    assert internet_mail(source).as_bytes() == data


def test_headers_that_the_mail_came_with_count_before_outlooks_fields() -> None:
    sent = "From: Nora Lind <nora@tarn.example>\r\nDate: Mon, 04 Mar 2024 09:30:00 +0100\r\n\r\n"
    source = outlook("x", {pid.PID_BODY: "t", pid.PID_TRANSPORT_MESSAGE_HEADERS: sent})
    text = take_mail(internet_mail(source).as_bytes(), DEFAULT_LIMITS).text
    assert "From: Nora Lind <nora@tarn.example>\n" in text and "Date: Mon, 04 Mar 2024" in text


def test_mail_with_html_alone_is_read() -> None:
    source = outlook("x", {pid.PID_HTML: "<p>Größe</p>".encode("iso-8859-15")})
    assert take_mail(internet_mail(source).as_bytes(), DEFAULT_LIMITS).text.endswith("\n\nGröße\n")


def test_attached_mail_of_outlook_is_a_mail_of_its_own() -> None:
    inner = outlook(
        "inner: deal", {pid.PID_BODY: "inside"}, [file(0, "deed.pdf", PDF)], 24, "x/__substg1.0_3701000D"
    )
    source = outlook("outer", {pid.PID_BODY: "outside"}, [attached(0, {}, [inner])])
    data = internet_mail(source).as_bytes()
    assert take_part(data, ["inner_ deal.eml", "deed.pdf"], DEFAULT_LIMITS) == PDF
    assert "inside" not in take_mail(data, DEFAULT_LIMITS).text


def test_signed_mail_is_that_of_its_one_attachment() -> None:
    signed = mail("other subject", "signed words\n", [("deed.pdf", PDF)]).as_bytes()
    fields: Fields = {pid.PID_MESSAGE_CLASS: "IPM.Note.SMIME.MultipartSigned"}
    source = outlook("the subject", fields, [attached(0, {pid.PID_ATTACH_DATA_BINARY: signed})])
    data = internet_mail(source).as_bytes()
    text = take_mail(data, DEFAULT_LIMITS).text
    assert "Subject: the subject\n" in text and "signed words" in text
    assert take_part(data, ["deed.pdf"], DEFAULT_LIMITS) == PDF


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({pid.PID_MESSAGE_CLASS: "IPM.Note.SMIME"}, "mail_encrypted"),
        ({pid.PID_RTF_COMPRESSED: b"LZFu"}, "mail_only_rtf"),
    ],
)
def test_mail_whose_text_is_not_readable_is_refused(fields: Fields, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        internet_mail(outlook("x", fields))
    assert refused.value.code == reason


@pytest.mark.parametrize("rest", [b"", bytes(600), b"\xff" * 5000])
def test_broken_container_is_refused(rest: bytes) -> None:
    assert take_mail(OUTLOOK_MAGIC + rest, DEFAULT_LIMITS).reason == "not_a_mail"


@pytest.mark.parametrize(("page", "text"), [(950, "合約"), (874, "สัญญา")])
def test_html_in_a_code_page_that_python_calls_otherwise_is_read(page: int, text: str) -> None:
    source = outlook(
        "x", {pid.PID_HTML: f"<p>{text}</p>".encode(f"cp{page}"), pid.PID_INTERNET_CODEPAGE: page}
    )
    assert text in take_mail(internet_mail(source).as_bytes(), DEFAULT_LIMITS).text
