"""What every producer is: a name, what it can do, and a function that sets a document as a PDF."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.note_files.compose import Abilities
from tests.bench.note_files.marks import GLYPHS
from tests.bench.note_files.model import Cite, Document, Pieces, Raised


class ProducerFailed(Exception):
    """A program did not make its PDF; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Producer:
    name: str
    abilities: Abilities
    make: Callable[[Document, Path], None]
    """Writes the PDF at this path; its folder is empty and may be used."""
    needs: tuple[str, ...] = ()
    """Commands; without one of them the producer is left out."""
    unseen: bool = False
    """Kept from whoever builds the reader."""

    def installed(self) -> bool:
        return all(shutil.which(command) for command in self.needs)


def call(command: Iterable[str], folder: Path, seconds: float = 180, stdin: bytes | None = None) -> bytes:
    """Runs a program in a folder and returns what it printed."""
    try:
        done = subprocess.run(
            list(command), cwd=folder, input=stdin, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ProducerFailed(f"{error.cmd[0]} ran past {seconds} s") from error
    if done.returncode:
        raise ProducerFailed((done.stdout + done.stderr)[-600:].decode("utf-8", "replace"))
    return done.stdout


class Writer:
    """Turns pieces into a program's own markup. The first citation of a note brings its text along, a later one only its mark."""

    def __init__(self, document: Document) -> None:
        self.document, self.style = document, document.style
        self.told: set[int] = set()
        self.n_headings = 0

    def text(self, text: str) -> str:
        raise NotImplementedError

    def raised(self, text: str) -> str:
        raise NotImplementedError

    def first_citation(self, index: int) -> str:
        raise NotImplementedError

    def later_citation(self, index: int) -> str:
        return self.shown(self.document.notes[index].mark)

    def shown(self, mark: str) -> str:
        """A mark in the running text, in the style's way."""
        if self.style.raised == "glyph":
            return self.text(mark.translate(GLYPHS))
        return self.text(mark) if self.style.raised == "line" else self.raised(mark)

    page_break: str = ""

    def before_heading(self) -> str:
        """A page break, where sections start on new pages (not before the first)."""
        self.n_headings += 1
        return self.page_break if self.document.breaks_pages and self.n_headings > 1 else ""

    def comma(self) -> str:
        """Between two marks at one place."""
        return self.text(",") if self.style.raised == "line" else self.raised(",")

    def inline(self, pieces: Pieces) -> str:
        made: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                made.append(self.text(piece))
            elif isinstance(piece, Raised):
                made.append(self.raised(piece.text))
            else:
                made.append(self.comma().join(self.citation(piece, index) for index in piece.notes))
        return "".join(made)

    def citation(self, _: Cite, index: int) -> str:
        if index in self.told:
            return self.later_citation(index)
        self.told.add(index)
        return self.first_citation(index)
