"""Mails of invented people, as programs write them."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage

PDF = b"%PDF-1.7 not opened here"
File = tuple[str, bytes]
"""A file's name and its bytes."""


def mail(
    subject: str, text: str | None = "As agreed.\n", files: Sequence[File] = (), html: str = ""
) -> EmailMessage:
    """A mail with a text (None: without), its HTML, and attachments."""
    message = EmailMessage()
    message["From"] = "Nora Lind <nora@tarn.example>"
    message["To"] = "Otto Berg <otto@ostby.example>"
    message["Date"] = "Mon, 04 Mar 2024 09:30:00 +0100"
    message["Subject"] = subject
    if text is not None:
        message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html") if text is not None else message.set_content(
            html, subtype="html"
        )
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def forwarded(depth: int) -> EmailMessage:
    """A mail in a mail in a mail: the innermost of `depth` has a PDF."""
    message = mail("level 1", files=[("deed.pdf", PDF)])
    for level in range(2, depth + 1):
        outer = mail(f"level {level}")
        outer.add_attachment(message)
        message = outer
    return message
