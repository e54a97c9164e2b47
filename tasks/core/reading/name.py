"""What a file's name says of it: a plain text has no signature, so its name decides. Loads nothing, so the parent process may ask."""

from __future__ import annotations

TEXT_SUFFIX = ".txt"
SUFFIXES = (".pdf", TEXT_SUFFIX)
"""Of the files that are taken from a folder."""


def is_text(name: str) -> bool:
    """Whether a file or an object of this name is read as a plain text; anything else is read as a PDF."""
    return name.lower().endswith(TEXT_SUFFIX)
