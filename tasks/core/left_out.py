"""Which files are read, by their names, and how those that are not are named for the user."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tasks.core.reading.version import SUFFIXES, FileKind, kind_of
from tasks.core.text.display import counted

MAX_NAMED = 10
NOT_STORABLE = "its name holds the character zero, which PostgreSQL cannot store: rename it"
NEEDS_OCR = "needs OCR: pip install 'countersign[ocr]'"
_SUFFIX = re.compile(r"\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,8}$")
"""A suffix has a letter: `Lease No. 12` and `v1.2` have none."""
_HIDDEN_NAMES = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
_ADVICE = {
    ".doc": "save it as .docx",
    ".rtf": "save it as .docx",
    ".odt": "save it as .docx",
    ".pages": "save it as .docx",
    ".htm": "print it to a PDF",
    ".html": "print it to a PDF",
    ".png": "save it as .jpg or a PDF",
    ".zip": "unpack it",
    ".7z": "unpack it",
    ".rar": "unpack it",
    ".dat": "ask for the mail as .eml",
}


def is_hidden(path: str) -> bool:
    """Whether a file is no document for anybody: `.DS_Store`, a lock file of Office, in a hidden folder.

    Args:
        path: The name, or the path below the folder that the user gave.
    """
    names = [name for name in path.split("/") if name]
    return any(name.startswith((".", "~$")) or name.lower() in _HIDDEN_NAMES for name in names)


def why_left_out(name: str, has_ocr: bool) -> str | None:
    """Why a file of this name is not read; None: it is read. Empty: its suffix says it all.

    A name without a suffix may be that of a PDF, and is read as one.

    Args:
        has_ocr: Whether scans can be recognised here: images are read only then.
    """
    if "\0" in name:
        return NOT_STORABLE
    suffix = _SUFFIX.search(name)
    if suffix is None:
        return None
    known = suffix[0].lower()
    if known not in SUFFIXES:
        return _ADVICE.get(known, "")
    return NEEDS_OCR if kind_of(name) is FileKind.IMAGE and not has_ocr else None


@dataclass(slots=True)
class LeftOut:
    """Files that are not read: the first names, and how many they are. Takes no more memory for more."""

    names: list[str] = field(default_factory=list[str])
    n_files: int = 0
    n_hidden: int = 0

    def add(self, name: str, why: str = "") -> None:
        """Add a file, with the reason if it is not plain from its name."""
        self.n_files += 1
        if len(self.names) < MAX_NAMED:
            self.names.append(f"{name} ({why})" if why else name)

    def takes(self, path: str, has_ocr: bool, under: str = "", needs_suffix: bool = False) -> bool:
        """Whether this file is left out; then it is counted, and named unless it is hidden.

        Args:
            under: The prefix that the user gave: nothing in it is hidden.
            needs_suffix: Also files without a suffix.
        """
        if is_hidden(path.removeprefix(under)):
            self.n_hidden += 1
            return True
        why = why_left_out(path, has_ocr)
        if why is None and needs_suffix and not _SUFFIX.search(path):
            why = ""
        if why is not None:
            self.add(path.rsplit("/", 1)[-1], why)
        return why is not None

    def in_words(self, noun: str = "file") -> str:
        """`2 files left out: side-letter.docx.tmp, scan.tif (needs OCR: ...)`; empty if there are none."""
        parts = [f"{counted(self.n_files, noun)} left out: {', '.join(self.names)}"] if self.n_files else []
        if self.n_files > len(self.names):
            parts[0] += f" and {self.n_files - len(self.names):,} more"
        if self.n_hidden:
            parts.append(f"{counted(self.n_hidden, 'hidden or lock file')} not looked at")
        return "; ".join(parts)
