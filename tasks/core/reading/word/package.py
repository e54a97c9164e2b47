"""Opens the package of a Word document within limits: a ZIP of parts that refer to each other.

Only parts that are read are inflated. Nothing outside the package is fetched.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.core.reading.limits import Limits
from tasks.core.reading.pdf_open import Refusal
from tasks.core.reading.word.xml import BrokenXmlError, Element, children, parsed, qn

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_READ_BYTES = 1 << 20
_MAX_ENTRIES = 20_000
_OFFICE = "/officeDocument"
_MAIN_FOLDERS = {"xl": "wrong_type:excel", "ppt": "wrong_type:powerpoint"}


@dataclass(frozen=True, slots=True)
class Relationship:
    """One part's reference to another part, or to something outside."""

    kind: str
    """The last word of its type: `footnotes`, `hyperlink`, `attachedTemplate`."""
    target: str
    """The name of the part; of an external one, the address."""
    is_external: bool


class Package:
    """The parts of one file.

    `broken` names the side parts that could not be read; the document is read without them.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises: Refusal."""
        self._zip = _opened(data, limits)
        self._limits = limits
        self._n_inflated = 0
        self._names = {name.lower().lstrip("/"): name for name in self._zip.namelist()}
        self.names = tuple(self._names)
        self.broken: list[str] = []
        self.main = self._main()

    def relationships(self, part: str) -> dict[str, Relationship]:
        """What a part refers to, by id; empty if there is nothing, or it cannot be read."""
        folder, name = posixpath.split(part)
        root = self.side_part(posixpath.join(folder, "_rels", name + ".rels"))
        found: dict[str, Relationship] = {}
        for row in children(root, "rel:Relationship"):
            target, is_external = row.get("Target") or "", row.get("TargetMode") == "External"
            if not is_external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = (row.get("Type") or "").rpartition("/")[2]
            found[row.get("Id") or ""] = Relationship(kind, target, is_external)
        return found

    def related(self, part: str, kind: str) -> Iterator[str]:
        """The parts of a kind that a part refers to."""
        for relationship in self.relationships(part).values():
            if relationship.kind == kind and not relationship.is_external:
                yield relationship.target

    def side_part(self, name: str) -> Element | None:
        """A part beside the document; None: it is absent or broken, which is told in `broken`."""
        if name.lower() not in self._names:
            return None
        try:
            return parsed(self._bytes(name))
        except (BrokenXmlError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            if name not in self.broken:
                self.broken.append(name)
            return None

    def main_root(self) -> Element:
        """The document's own part.

        Raises:
            Refusal: It cannot be read.
        """
        try:
            return parsed(self._bytes(self.main))
        except BrokenXmlError as error:
            raise Refusal("word_entities" if "type" in str(error) else "word_broken") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Refusal("word_broken") from error

    def _main(self) -> str:
        targets = (r for r in self.relationships("").values() if not r.is_external)
        name = next((r.target for r in targets if r.kind == _OFFICE.strip("/")), "word/document.xml")
        folder = name.partition("/")[0]
        if folder in _MAIN_FOLDERS:
            raise Refusal(_MAIN_FOLDERS[folder])
        if name.lower() not in self._names:
            name = "word/document.xml"
        if name not in self._names:
            raise Refusal(_without_document(self._names))
        return name

    def _bytes(self, name: str) -> bytes:
        """A part's bytes, inflated piece by piece: what the directory says of its size may be untrue."""
        pieces: list[bytes] = []
        n_bytes = 0
        with self._zip.open(self._names[name.lower()]) as stream:
            while piece := stream.read(_READ_BYTES):
                n_bytes += len(piece)
                self._n_inflated += len(piece)
                if (
                    n_bytes > self._limits.max_word_part_bytes
                    or self._n_inflated > self._limits.max_word_bytes
                ):
                    raise Refusal("decompression_limit")
                pieces.append(piece)
        return b"".join(pieces)

    def content_types(self) -> tuple[str, ...]:
        """The types of all parts that the package declares."""
        root = self.side_part("[Content_Types].xml")
        rows = (*children(root, "ct:Override"), *children(root, "ct:Default"))
        return tuple(row.get("ContentType") or "" for row in rows)


def _opened(data: bytes, limits: Limits) -> zipfile.ZipFile:
    if len(data) > limits.max_bytes:
        raise Refusal("too_large")
    if not data.strip():
        raise Refusal("empty_file")
    if data.startswith(_OLE):
        raise Refusal("password_required" if _ENCRYPTED in data else "wrong_type:ole")
    if data.lstrip()[:5] == b"%PDF-":
        raise Refusal("wrong_type:pdf")
    if data.lstrip()[:5] == b"{\\rtf":
        raise Refusal("wrong_type:rtf")
    if not data.startswith(b"PK"):
        raise Refusal("not_a_word_file")
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refusal("word_broken") from error
    entries = opened.infolist()
    too_large = sum(entry.file_size for entry in entries) > limits.max_word_bytes
    if too_large or len(entries) > _MAX_ENTRIES:
        raise Refusal("decompression_limit")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refusal("encryption_unsupported")
    return opened


def _without_document(names: dict[str, str]) -> str:
    """Why a ZIP has no document: it is another kind of file."""
    if "mimetype" in names and "content.xml" in names:
        return "wrong_type:odt"
    folders = {name.partition("/")[0] for name in names}
    found = (code for folder, code in _MAIN_FOLDERS.items() if folder in folders)
    return next(found, "not_a_word_file" if "[content_types].xml" not in names else "word_broken")


def is_true(element: Element, name: str) -> bool:
    """Whether an attribute (`w:customMarkFollows`) is on."""
    return (element.get(qn(name)) or "0") not in ("0", "false", "off")
