"""Attachments as the flows know them. Imports no parser.

Their keys: `inbox/offer.eml!/contract.pdf` is a part of the object `inbox/offer.eml`.

An attachment is no object of the bucket. Its key names the mail and, after `!/`, the attachment, as
a URL names an entry of a JAR file; attachments of an attached mail go on:
`offer.eml!/forwarded.eml!/contract.pdf`. Names of attachments hold no `/` (`mail/parts.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SEPARATOR = "!/"
_ROOT = re.compile(r"(.+?\.(?:eml|msg))!/(.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class MailPart:
    """An attachment."""

    name: str
    """Unique in its mail, without slashes."""
    size_bytes: int
    is_decoration: bool = False
    """A small image in the text, a signature, a receipt: not worth a word."""


@dataclass(frozen=True, slots=True)
class PartList:
    parts: tuple[MailPart, ...]
    n_more: int = 0
    """Attachments beyond the limit."""


def split_key(key: str) -> tuple[str, tuple[str, ...]]:
    """The key of the object in the bucket, and the names that lead from it to the part.

    The names are empty for an object. So they are for an object in a folder `x.eml!/y/`, because no
    attachment has a `/` in its name.
    """
    match = _ROOT.fullmatch(key)
    if match is None:
        return key, ()
    names = tuple(match[2].split(SEPARATOR))
    return (key, ()) if any("/" in name or not name for name in names) else (match[1], names)


def root_key(key: str) -> str:
    """The key of the object in the bucket that holds this document."""
    return split_key(key)[0]


def is_part(key: str) -> bool:
    """Whether this is an attachment of a mail."""
    return bool(split_key(key)[1])


def parent_keys(key: str) -> list[str]:
    """The mails that an attachment is in, the innermost first; empty for an object."""
    root, names = split_key(key)
    return [SEPARATOR.join((root, *names[:n])) for n in reversed(range(len(names)))]


def part_key(parent: str, name: str) -> str:
    """The key of an attachment of this name of the mail with the key `parent`."""
    return f"{parent}{SEPARATOR}{name}"


def display_name(key: str) -> str:
    """The file's own name; of an attachment, that of its mail before it: `offer.eml!/contract.pdf`."""
    root = root_key(key)
    return key[root.rfind("/") + 1 :]
