"""A mail's text is what its reader sees; what cannot be read is told."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import replace

import pytest

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading import FileKind, Limits, read_document
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.mail.body import unwrapped
from tasks.core.reading.mail.message import take_mail
from tasks.core.reading.version import MAIL_VERSION
from tasks.core.records import MarkKind, Reading, ReadStatus
from tests.reading.mail.mails import PDF, forwarded, mail


def read(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Reading:
    return take_mail(data, limits)


def raw(head: str, body: bytes = b"") -> Reading:
    return read(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)


def test_headers_and_text_are_one_page_and_attachments_are_listed() -> None:
    data = mail("Lease", "Rent is EUR 900.\n\nYours\n", [("lease.pdf", PDF)]).as_bytes()
    reading = read_document(data, kind=FileKind.MAIL)
    assert reading.text == (
        "From: Nora Lind <nora@tarn.example>\nTo: Otto Berg <otto@ostby.example>\n"
        "Date: Mon, 04 Mar 2024 09:30:00 +0100\nSubject: Lease\n\nRent is EUR 900.\n\nYours\n"
    )
    assert (reading.status, reading.n_pages, reading.reader_version) == (ReadStatus.OK, 1, MAIL_VERSION)
    assert reading.flags == ("has_attachments",)
    assert [(extra.name, extra.text) for extra in reading.extras] == [("lease.pdf", f"{len(PDF)} bytes")]


def test_lines_cover_the_text_and_paragraphs_are_kept_together() -> None:
    reading = read(mail("Lease", "One line\nand its second.\n\nAnother paragraph.\n").as_bytes())
    assert "".join(reading.text[line.start : line.end] for line in reading.lines) == reading.text
    assert len(chunk_document(reading, max_chars=6000)) == 1


def test_plain_text_is_read_where_there_is_one_and_html_where_not() -> None:
    both = read(mail("x", "plain words\n", html="<p>html words</p>").as_bytes())
    assert "plain words" in both.text and "html words" not in both.text
    assert "html words" in read(mail("x", None, html="<p>html words</p>").as_bytes()).text
    assert "html words" in read(mail("x", "\n", html="<p>html words</p>").as_bytes()).text


def test_words_that_only_the_html_strikes_out_are_struck() -> None:
    page = "<p>The fee is <s>EUR 5,000</s> EUR 3,000.</p>"
    reading = read(mail("x", "The fee is EUR 5,000 EUR 3,000.\n", html=page).as_bytes())
    (mark,) = reading.marks
    assert (reading.text[mark.start : mark.end], mark.kind) == ("EUR 5,000", MarkKind.STRUCK)
    assert "redline" in reading.flags
    assert "5,000" not in "".join(p.text for c in chunk_document(reading, 6000) for p in c.passages)


def test_text_around_an_attachment_is_read_to_its_end() -> None:
    """As Apple Mail writes: text, file, text."""
    parts = [
        "--b\nContent-Type: text/plain\n\nbefore the plan",
        '--b\nContent-Type: application/pdf; name="plan.pdf"\nContent-Disposition: inline\n\n%PDF-1.4',
        "--b\nContent-Type: text/plain\n\nafter the plan\n--b--\n",
    ]
    reading = raw("Subject: x\nContent-Type: multipart/mixed; boundary=b", "\n".join(parts).encode())
    assert reading.text == "Subject: x\n\nbefore the plan\n\nafter the plan\n"
    assert [extra.name for extra in reading.extras] == ["plan.pdf"]


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", "Größe “5”".encode("cp1252"), "Größe “5”"),
        ("gb2312", "合同編號".encode("gb18030"), "合同編號"),
        ("no-such-charset", "Größe".encode(), "Größe"),
        ("us-ascii", "Größe".encode(), "Größe"),
        ("iso-2022-jp", "契約".encode("iso-2022-jp"), "契約"),
    ],
)
def test_charset_is_taken_as_its_writer_meant_it(charset: str, body: bytes, text: str) -> None:
    reading = raw(f"Subject: x\nContent-Type: text/plain; charset={charset}", body)
    assert reading.text == f"Subject: x\n\n{text}\n"
    assert "wrong_charset" not in reading.flags


def test_letters_that_no_charset_gives_are_told() -> None:
    assert "wrong_charset" in raw("Subject: x\nContent-Type: text/plain; charset=utf-8", b"a\xff\x81b").flags


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("=?utf-8?q?Vertr=C3=A4ge?= =?utf-8?b?5ZCI5ZCM?=", "Verträge合同"),
        ("=?utf-8?B?5ZA=?= =?utf-8?B?iOWQjA==?=", "合同"),
        ("=?no-such?q?caf=C3=A9?=", "café"),
        ("=?utf-8?b?!!!?=", None),
        ("Größe", "Größe"),
        ("folded\n  line", "folded line"),
    ],
)
def test_subject_is_decoded_and_a_broken_one_stops_nothing(subject: str, shown: str | None) -> None:
    reading = raw(f"From: a@b.example\nSubject: {subject}", b"text")
    assert reading.status is ReadStatus.OK and reading.text.endswith("\n\ntext\n")
    if shown is not None:
        assert f"Subject: {shown}\n" in reading.text


@pytest.mark.parametrize(
    ("text", "is_deleting", "joined"),
    [
        ("The rent \nis due \nmonthly.\nNext.", False, "The rent is due monthly.\nNext."),
        ("合 \n同", True, "合同"),
        ("> quoted \n> words\nmine", False, "> quoted words\nmine"),
        ("> quoted \nmine", False, "> quoted\nmine"),
        ("Yours\n-- \nNora", False, "Yours\n-- \nNora"),
        (" >not a quote", False, ">not a quote"),
    ],
)
def test_flowed_text_is_joined(text: str, is_deleting: bool, joined: str) -> None:
    assert unwrapped(text, is_deleting) == joined


def test_quoted_replies_stay_text() -> None:
    assert (
        "> The rent is EUR 900." in read(mail("Re: x", "Agreed.\n\n> The rent is EUR 900.\n").as_bytes()).text
    )


def test_empty_text_is_told_and_its_headers_are_read() -> None:
    reading = read(mail("Only a file", "", [("a.pdf", PDF)]).as_bytes())
    assert reading.status is ReadStatus.OK and reading.flags == ("empty_body", "has_attachments")


def test_mail_without_headers_that_are_shown_and_without_text_has_no_text() -> None:
    reading = raw("X-Mailer: y")
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, "no_text")


PKCS7 = "Subject: x\nContent-Type: application/pkcs7-mime; smime-type={}; name=smime.p7m"


@pytest.mark.parametrize(
    ("head", "body", "reason"),
    [
        (PKCS7.format("enveloped-data"), b"", "mail_encrypted"),
        (PKCS7.format("signed-data"), b"", "mail_in_signature"),
        ("Subject: x\nContent-Type: multipart/encrypted; boundary=b", b"--b\n\n--b--", "mail_encrypted"),
        ("Subject: x", b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "mail_encrypted"),
    ],
)
def test_encrypted_mail_is_refused_and_says_so(head: str, body: bytes, reason: str) -> None:
    assert raw(head, body).reason == reason


def test_signed_mail_is_read_and_its_signature_is_no_attachment() -> None:
    parts = b"--b\nContent-Type: text/plain\n\nsigned words\n--b\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMII\n--b--\n"
    reading = raw("Subject: x\nContent-Type: multipart/signed; boundary=b", parts)
    assert "signed words" in reading.text and reading.flags == ()


def test_winmail_dat_is_told() -> None:
    assert "winmail_dat" in read(mail("x", "t\n", [("winmail.dat", b"\x78\x9f\x3e\x22")]).as_bytes()).flags


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"PK\x03\x04", b"no header at all", b"\xff\xfe\x00\x01", b"\n\n\n"]
)
def test_other_file_under_a_mails_name_is_refused(data: bytes) -> None:
    assert read(data).reason == "not_a_mail"


@pytest.mark.parametrize("cut", range(40, 900, 43))
def test_mail_cut_off_anywhere_is_read_as_far_as_it_goes(cut: int) -> None:
    message = mail("Lease", "Rent is EUR 900.\n", [("lease.pdf", PDF)], html="<p>Rent</p>")
    message.set_boundary("b")
    assert read(message.as_bytes()[:cut]).status is ReadStatus.OK


def test_base64_that_is_none_stops_nothing() -> None:
    reading = raw(
        "Subject: x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64", b"!!! no base64 ???"
    )
    assert reading.status is ReadStatus.OK


def test_mail_that_nests_thousands_of_parts_is_refused() -> None:
    inside = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(4000))
    reading = read_document(b"Subject: x\n" + inside, kind=FileKind.MAIL)
    assert reading.reason == "mail_too_deep"


def test_deep_nesting_is_refused_before_its_parts_cost_their_square() -> None:
    inside = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
    )
    started = time.process_time()
    assert read(b"Subject: x\n" + inside).reason == "mail_too_deep"
    assert time.process_time() - started < 1


def test_attachments_above_the_limit_are_told() -> None:
    message = mail("x", "t\n", [(f"{n}.pdf", PDF) for n in range(5)])
    reading = read(message.as_bytes(), replace(DEFAULT_LIMITS, max_mail_parts=3))
    assert "too_many_attachments" in reading.flags
    assert [extra.name for extra in reading.extras] == ["0.pdf", "1.pdf", "2.pdf", "..."]


def test_text_of_an_attached_mail_is_not_the_mails_own() -> None:
    reading = read(forwarded(3).as_bytes())
    assert [extra.name for extra in reading.extras] == ["level 2.eml"]
    assert "level 1" not in reading.text


def test_html_in_base64_is_read() -> None:
    page = b64encode("<p>Größe</p>".encode())
    head = "Subject: x\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64"
    assert raw(head, page).text == "Subject: x\n\nGröße\n"
