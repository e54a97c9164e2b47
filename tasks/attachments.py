"""Attachments: what a mail brings, each a document of its own whose key names the mail.

They are recorded before the mail itself is processed, so that the next nightly run finds those that
were not finished. Nothing is written into the bucket.

Requires:
    PostgreSQL. The mail is parsed in a subprocess with limits (`COUNTERSIGN_READ_*`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.core.errors import DocumentError
from tasks.core.left_out import LeftOut, why_left_out
from tasks.core.reading import FileKind, kind_of, mail_parts
from tasks.core.reading.mail.part_keys import SEPARATOR, part_key, split_key
from tasks.core.reading.version import ocr_available
from tasks.fetch import Fetched
from tasks.postgres.sources import KnownObject
from tasks.settings import settings
from tasks.store import store


@dataclass(frozen=True, slots=True)
class Attached:
    """The attachments of a document; none if it is no mail."""

    keys: tuple[str, ...] = ()
    """Of those that are read."""
    left_out: str = ""
    """The others, in words."""


NOTHING_ATTACHED = Attached()


def attachments_of(fetched: Fetched) -> Attached:
    """List a mail's attachments and record those of a kind that is read.

    Images are recorded even where no OCR is installed: once it is, the nightly run takes them.
    """
    source = fetched.source
    if kind_of(source.key) is not FileKind.MAIL:
        return NOTHING_ATTACHED
    limits = settings().read
    try:
        listed = mail_parts(fetched.data, limits)
    except DocumentError:
        return NOTHING_ATTACHED  # the mail itself is refused for the same reason
    has_ocr = can_read_scans()
    is_too_deep = len(split_key(source.key)[1]) >= limits.max_mail_depth
    keys: list[str] = []
    left_out = LeftOut()
    for part in listed.parts:
        if part.is_decoration:
            continue
        key, why = part_key(source.key, part.name), why_left_out(part.name, has_ocr)
        if is_too_deep:
            why = "nested too deep: send it by itself"
        elif why_left_out(part.name, has_ocr=True) is None:
            version = source.version, source.etag, part.size_bytes
            store().sources.record(source.bucket, key, *version, age_s=source.age_s)
        if why is None:
            keys.append(key)
        else:
            left_out.add(part.name, why)
    left_out.n_files += listed.n_more
    return Attached(tuple(keys), left_out.in_words("attachment"))


def can_read_scans() -> bool:
    """Whether scanned images are read on this machine."""
    return settings().ocr and ocr_available()


def recorded_parts(bucket: str, key: str, schema_name: str | None = None) -> Iterator[KnownObject]:
    """What is recorded of a mail's attachments, and of those of its attached mails, in key order.

    All versions of the mail; the ETag of an attachment is that of its mail.
    """
    has_ocr = can_read_scans()
    for row in store().sources.known_objects(bucket, key + SEPARATOR, schema_name):
        if why_left_out(row.key, has_ocr) is None:
            yield row
