"""Tells what changed in a file after it was signed: an extra for each change, and a flag.

A signature covers the file's bytes up to its own revision, which is a PDF by itself: it is cut out
and compared with the next one. A further signature, a timestamp, validation data (DSS) and metadata
change nothing that a page says. Filling in a blank field is told, and no change, where the
signature permits it; another value in a filled field is one. Files without signatures cost nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from pypdf import PdfReader

from tasks.core.reading.limits import Limits
from tasks.core.reading.pdf_open import HOSTILE, forget_tables
from tasks.core.reading.seen.revisions.revision_changes import Change, Revision, revision_changes
from tasks.core.reading.seen.revisions.signatures import Signature, signatures
from tasks.core.records import Extra, ExtraKind

_MAX_REVISIONS = 12  # of a file that are compared, the last ones
_MAX_CHANGES = 100  # that are listed


@dataclass(frozen=True, slots=True)
class SignedHistory:
    """What the signatures of a file say about its revisions."""

    flags: tuple[str, ...] = ()
    """`signed`: a signature covers what the file says now; or `changed_after_signature`."""
    extras: tuple[Extra, ...] = ()


def signed_history(data: bytes, reader: PdfReader, limits: Limits, password: str = "") -> SignedHistory:
    """Compare what each signature covers with what the file says now.

    Args:
        reader: Of the whole file, decrypted.
    """
    found = signatures(data, reader)
    if not found:
        return SignedHistory()
    try:
        changes = list(islice(_changes(data, found, reader, limits, password), _MAX_CHANGES))
    except HOSTILE:
        return SignedHistory()
    extras = tuple(
        Extra(ExtraKind.REVISION, change.page_number, names, change.text) for names, change in changes
    )
    is_changed = any(not change.is_permitted for _, change in changes)
    return SignedHistory(("changed_after_signature" if is_changed else "signed",), extras)


def _changes(
    data: bytes, found: list[Signature], reader: PdfReader, limits: Limits, password: str
) -> Iterator[tuple[str, Change]]:
    """The names of the signatures that a change breaks, and the change; the oldest first."""
    ends = [end for end, _ in groupby(signature.end for signature in found)][-_MAX_REVISIONS:]
    if not data[ends[-1] :].strip(b"\r\n\t \0"):
        last = ends.pop()
        after = Revision(data[:last], reader)
    else:
        after = Revision(data, reader)
    revisions = [after]
    for end in reversed(ends):
        revisions.insert(0, Revision(data[:end], _reader(data[:end], password)))
    for end, old, new in zip(ends, revisions, revisions[1:], strict=False):
        covering = [signature for signature in found if signature.end <= end]
        names = ", ".join(dict.fromkeys(signature.name for signature in covering))
        for change in revision_changes(old, new, covering, limits, password):
            yield names[:200], change


def _reader(data: bytes, password: str) -> PdfReader:
    """The earlier revision; what cannot be opened counts as no revision."""
    reader = forget_tables(PdfReader(io.BytesIO(data)))
    if reader.is_encrypted and not reader.decrypt(password) and not reader.decrypt(""):
        raise ValueError("the signed revision does not open")
    return reader
