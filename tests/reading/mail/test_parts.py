"""Attachments have names of their own, and give the bytes that were sent."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import replace

import pytest

from tasks.core.errors import DocumentError
from tasks.core.reading import Limits, mail_part, mail_parts
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.mail.envelope import open_mail
from tasks.core.reading.mail.part_keys import display_name, parent_keys, part_key, root_key, split_key
from tasks.core.reading.mail.parts import list_parts, take_part
from tests.reading.mail.mails import PDF, forwarded, mail


def names(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    return [part.name for part in list_parts(open_mail(data), limits).parts]


def test_part_of_a_part_is_found_by_its_key_alone() -> None:
    key = part_key(part_key("in/offer.EML", "Fwd.eml"), "deed.pdf")
    assert key == "in/offer.EML!/Fwd.eml!/deed.pdf"
    assert split_key(key) == ("in/offer.EML", ("Fwd.eml", "deed.pdf"))
    assert parent_keys(key) == ["in/offer.EML!/Fwd.eml", "in/offer.EML"]
    assert (root_key(key), display_name(key)) == ("in/offer.EML", "offer.EML!/Fwd.eml!/deed.pdf")


@pytest.mark.parametrize("key", ["in/a.pdf", "in/wow!/a.pdf", "in/a.eml!/b/c.pdf", "in/a.eml!/", "in/a.eml"])
def test_object_is_no_part(key: str) -> None:
    assert (split_key(key), parent_keys(key)) == ((key, ()), [])


def test_attachments_of_one_name_get_numbers() -> None:
    files = [("Deed.pdf", PDF), ("deed.pdf", PDF), ("deed (2).pdf", PDF), ("deed.pdf", PDF)]
    assert names(mail("x", files=files).as_bytes()) == [
        "Deed.pdf",
        "deed (2).pdf",
        "deed (2) (2).pdf",
        "deed (3).pdf",
    ]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=utf-8''Vertr%C3%A4ge.pdf", "Verträge.pdf"),
        ("attachment; filename*0*=utf-8''Ver; filename*1*=tr%C3%A4ge.pdf", "Verträge.pdf"),
        ('attachment; filename="=?utf-8?b?5ZCI5ZCMLnBkZg==?="', "合同.pdf"),
        ("attachment; filename=Größe.pdf", "Größe.pdf"),
        ('attachment; filename="../../etc/passwd.pdf"', "passwd.pdf"),
        (r'attachment; filename="C:\\deals\\a.pdf"', "a.pdf"),
        ('attachment; filename="a\u202efdp.exe"', "afdp.exe"),
        ("attachment; filename*=no-such''a.pdf", "a.pdf"),
        ("attachment", "attachment-1.pdf"),
        (f'attachment; filename="{"x" * 300}.pdf"', f"{'x' * 120}.pdf"),
    ],
)
def test_name_is_decoded_and_harmless(header: str, name: str) -> None:
    head = f"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf\nContent-Disposition: {header}\n\n"
    assert names(head.encode() + PDF + b"\n--b--\n") == [name]


def test_bytes_are_those_that_were_sent() -> None:
    data = mail("x", files=[("a.pdf", PDF), ("b.zip", bytes(range(256)))]).as_bytes()
    assert [take_part(data, [name], DEFAULT_LIMITS) for name in ("a.pdf", "b.zip")] == [
        PDF,
        bytes(range(256)),
    ]


def test_mail_in_a_mail_in_a_mail_is_reached_and_gives_the_same_bytes_each_time() -> None:
    data = forwarded(3).as_bytes()
    way = ["level 2.eml", "level 1.eml", "deed.pdf"]
    assert take_part(data, way, DEFAULT_LIMITS) == PDF
    inner = [take_part(data, way[:1], DEFAULT_LIMITS) for _ in range(2)]
    assert inner[0] == inner[1] and names(inner[0]) == ["level 1.eml"]


def test_way_deeper_than_the_limit_is_refused() -> None:
    limits = replace(DEFAULT_LIMITS, max_mail_depth=2)
    with pytest.raises(DocumentError, match="deeper than the limit") as refused:
        mail_part(forwarded(3).as_bytes(), ["level 2.eml", "level 1.eml", "deed.pdf"], limits)
    assert refused.value.code == "mail_too_deep"


def test_attached_mail_in_base64_is_opened_all_the_same() -> None:
    inner = encodebytes(mail("inner", files=[("deed.pdf", PDF)]).as_bytes())
    head = (
        b"Subject: x\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: message/rfc822; name=in.eml\n"
        b"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=in.eml\n\n"
    )
    assert take_part(head + inner + b"\n--q--\n", ["in.eml", "deed.pdf"], DEFAULT_LIMITS) == PDF


def test_attached_text_is_utf8() -> None:
    message = mail("x")
    message.add_attachment("Größe\n", charset="iso-8859-1", filename="note.txt")
    assert take_part(message.as_bytes(), ["note.txt"], DEFAULT_LIMITS).decode() == "Größe\n"


def test_logo_in_the_text_is_decoration_and_a_large_image_is_not() -> None:
    message = mail("x", None, html="<img src='cid:a'>")
    for size, cid in ((900, "<a@x>"), (60_000, "<b@x>")):
        message.add_related(
            bytes(size), "image", "jpeg", cid=cid, filename=f"{size}.jpg", disposition="inline"
        )
    parts = list_parts(open_mail(message.as_bytes()), DEFAULT_LIMITS).parts
    assert [(part.name, part.is_decoration) for part in parts] == [("900.jpg", True), ("60000.jpg", False)]


def test_worker_lists_and_takes_parts() -> None:
    data = mail("x", files=[("a.pdf", PDF), ("b.pdf", PDF)]).as_bytes()
    listed = mail_parts(data, replace(DEFAULT_LIMITS, max_mail_parts=1))
    assert ([part.name for part in listed.parts], listed.n_more) == (["a.pdf"], 1)
    assert mail_part(data, ["b.pdf"]) == PDF
    with pytest.raises(DocumentError, match="no attachment of this name"):
        mail_part(data, ["c.pdf"])
    with pytest.raises(DocumentError, match="it is no mail"):
        mail_parts(PDF)
