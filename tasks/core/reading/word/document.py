"""Reads a Word document (DOCX, DOCM): the text as Word shows it once all changes are accepted.

Deleted words stay in the text, marked. Nothing is run or fetched. Runs in the worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tasks.core.reading.layout.agreements import with_agreements
from tasks.core.reading.limits import Limits
from tasks.core.reading.pdf_open import Refusal
from tasks.core.reading.refusals import refused
from tasks.core.reading.version import WORD_VERSION
from tasks.core.reading.word.beside import comments, package_facts, watermarks
from tasks.core.reading.word.blocks import StoryReader, joined
from tasks.core.reading.word.content import Atom, Block, Found
from tasks.core.reading.word.lines import LineMaker, WordLine
from tasks.core.reading.word.notes import ENDNOTE, FOOTNOTE, NoteCounter, NoteText, as_cited, note_elements
from tasks.core.reading.word.numbering import Numbering
from tasks.core.reading.word.package import Package
from tasks.core.reading.word.pages import has_saved_pages, place, running_lines, running_parts
from tasks.core.reading.word.styles import Styles
from tasks.core.reading.word.tables import name_cells
from tasks.core.reading.word.writing import PageContent, TextWriter, WrittenText
from tasks.core.reading.word.xml import Element, child, qn
from tasks.core.records import NOT_LIVE, ExtraKind, LineTag, MarkKind, Reading, ReadStatus

_SECTION, _CHANGED = qn("w:sectPr"), qn("w:sectPrChange")
_MARK_FLAGS = {
    MarkKind.HIDDEN: "hidden_text",
    MarkKind.STRUCK: "redline",
    MarkKind.UNTICKED: "unticked_options",
}
_EXTRA_FLAGS = {
    ExtraKind.ANNOTATION: "annotations",
    ExtraKind.ATTACHMENT: "has_attachments",
    ExtraKind.WATERMARK: "watermark",
}


def take_word(data: bytes, limits: Limits) -> Reading:
    """Read a Word document's bytes. A refusal is a reading, too."""
    try:
        reading = WordDocument(Package(data, limits), limits).read()
    except Refusal as refusal:
        reading = refused(refusal.code)
    if reading.status is ReadStatus.ERROR:
        return replace(reading, reader_version=WORD_VERSION)
    return with_agreements(reading)


class WordDocument:
    """One document while it is read."""

    def __init__(self, package: Package, limits: Limits) -> None:
        """Raises: Refusal."""
        self._package, self._limits = package, limits
        root = package.main_root()
        body = child(root, "w:body")
        if body is None:
            raise Refusal("word_broken")
        self._root, self._body = root, body
        self._found = Found()
        self._parts = ["", package.main]
        self._settings = self._side("settings")
        has_background = child(root, "w:background") is not None
        self._styles = Styles(self._side("styles"), has_background=has_background)
        self._sections = _sections(body)
        self._maker = LineMaker(Numbering(self._side("numbering"), self._styles), self._sections)

    def read(self) -> Reading:
        blocks = joined(StoryReader(self._body, self._styles, self._found).blocks(self._body))
        name_cells(blocks)
        lines = self._maker.body(blocks)
        is_saved = has_saved_pages(self._body)
        n_pages = place(lines, self._limits.max_pages, is_saved=is_saved)
        if n_pages > self._limits.max_pages:
            raise Refusal("too_many_pages")
        pages = [PageContent() for _ in range(n_pages)]
        for line in lines:
            pages[line.page_index].body.append(line)
        self._add_notes(lines, pages)
        self._add_running(lines, pages)
        if not any(line.text.strip() for page in pages for line in page.lines):
            has_images = next(self._root.iter(qn("a:blip")), None) is not None
            raise Refusal("word_images_only" if has_images else "no_text")
        written = TextWriter().write(pages)
        return self._reading(written, "pages_as_last_saved" if is_saved else "pages_estimated")

    def _reading(self, written: WrittenText, pages_flag: str) -> Reading:
        extras = [
            *comments(self._side("comments"), written.comment_pages),
            *package_facts(self._package, self._parts, self._found),
            *watermarks(self._found),
        ]
        kinds = {mark.kind for mark in written.marks}
        flags = [
            *sorted(self._found.flags),
            *(["parts_not_read"] if self._package.broken else []),
            *(flag for kind, flag in _EXTRA_FLAGS.items() if any(extra.kind is kind for extra in extras)),
            *(flag for kind, flag in _MARK_FLAGS.items() if kind in kinds),
            pages_flag,
        ]
        return Reading(
            ReadStatus.OK,
            None,
            tuple(flags),
            len(written.pages),
            written.text,
            tuple(written.pages),
            tuple(written.lines),
            tuple(written.footnotes),
            WORD_VERSION,
            extras=tuple(extras),
            marks=tuple(written.marks),
            cells=tuple(written.cells),
        )

    def _side(self, kind: str) -> Element | None:
        """The part of a kind that the document refers to."""
        name = next(self._package.related(self._package.main, kind), None)
        if name is None:
            return None
        if name not in self._parts:
            self._parts.append(name)
        return self._package.side_part(name)

    # ------------------------------------------------------------ notes, headers

    def _add_notes(self, lines: Sequence[WordLine], pages: Sequence[PageContent]) -> None:
        """Put footnotes on the pages that cite them, and end notes on the last one."""
        notes = NoteCounter(self._settings, self._sections).notes(lines, self._found.note_marks)
        if not notes:
            return
        texts: dict[str, list[Block]] = {}
        for kind in (FOOTNOTE, ENDNOTE):
            root = self._side(f"{kind}s")
            if root is not None:
                reader = StoryReader(root, self._styles, self._found)
                texts |= {key: joined(reader.blocks(element)) for key, element in note_elements(root, kind)}
        for note in sorted(notes, key=lambda note: note.key.startswith(ENDNOTE)):
            name_cells(texts.get(note.key, []))
            own = self._maker.apart(texts.get(note.key, []), LineTag.NOTE)
            if own:
                page = pages[-1] if note.key.startswith(ENDNOTE) else pages[note.page_index]
                page.notes.append((note, _with_marker(note, own)))

    def _add_running(self, lines: Sequence[WordLine], pages: Sequence[PageContent]) -> None:
        first_pages = _first_pages(lines, len(self._sections), len(pages))
        found = running_parts(self._package, self._sections, first_pages, len(pages), self._settings)
        for running in found:
            root = self._package.side_part(running.part)
            if root is None:
                continue
            self._parts.append(running.part)
            own = running_lines(root, self._styles, self._found, self._maker)
            page = pages[min(running.page_index, len(pages) - 1)]
            if running.is_header:
                page.headers += own
            else:
                page.footers += own


def _sections(body: Element) -> list[Element]:
    """The properties of each section, in order, without those from before a change."""
    changed = {old for change in body.iter(_CHANGED) for old in change.iter(_SECTION)}
    return [section for section in body.iter(_SECTION) if section not in changed]


def _first_pages(lines: Sequence[WordLine], n_sections: int, n_pages: int) -> list[int]:
    """The page on which each section begins."""
    first = [n_pages - 1] * n_sections
    for line in reversed(lines):
        if line.section < n_sections:
            first[line.section] = line.page_index
    return first


def _with_marker(note: NoteText, lines: list[WordLine]) -> list[WordLine]:
    """The note's lines with its marker before them; those of a struck citation are struck."""
    head = lines[0].atoms
    if note.is_custom and head and head[0].text.lstrip().startswith(note.marker):
        # Its marker is typed.
        head[0].text = head[0].text.lstrip()[len(note.marker) :]
        for atom in head:
            atom.text = atom.text.lstrip()
            if atom.text:
                break
    lines[0].atoms = [Atom(f"{as_cited(note.marker)} "), *head]
    dead = note.citations[0].marks & NOT_LIVE
    if dead:
        for line in lines:
            for atom in line.atoms:
                atom.marks |= dead
    return lines
