"""Footnotes and end notes of a Word document, each with its marker as Word shows it.

Word counts the citations that are live; notes that separate, and notes that nothing cites, are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.word.content import Atom, AtomKind
from tasks.core.reading.word.lines import WordLine
from tasks.core.reading.word.number_formats import formatted
from tasks.core.reading.word.xml import Element, child, children, number, qn, value

FOOTNOTE, ENDNOTE = "footnote", "endnote"
_ENCLOSED = ("[", "(", "【", "（", "〔")


@dataclass(frozen=True, slots=True)
class _Count:
    """How the notes of a kind are counted in a section."""

    number_format: str
    start: int
    restart: str
    """`continuous`, `eachSect` or `eachPage`."""


@dataclass(slots=True)
class NoteText:
    """A note that is cited."""

    key: str
    marker: str
    """As Word shows it."""
    is_custom: bool
    page_index: int
    citations: list[Atom] = field(default_factory=list)
    """The one that Word made first, then cross-references to it."""


class NoteCounter:
    """Gives markers to the citations of a document."""

    def __init__(self, settings: Element | None, sections: Sequence[Element]) -> None:
        self._settings, self._sections = settings, sections
        self._counts: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int]] = {}

    def notes(self, lines: Iterable[WordLine], bookmarks: dict[str, str]) -> list[NoteText]:
        """The notes that the lines cite, in order. The citations get their markers as text.

        Args:
            bookmarks: Those around citations, with the notes' keys.
        """
        found: dict[str, NoteText] = {}
        crossing: list[tuple[str, Atom]] = []
        for line in lines:
            for atom in line.atoms:
                if atom.kind is not AtomKind.NOTE:
                    continue
                kind, _, name = atom.key.partition(":")
                if kind == "mark":
                    crossing.append((bookmarks.get(name, ""), atom))
                elif atom.key not in found:
                    found[atom.key] = self._note(kind, atom, line)
        for key, atom in crossing:
            note = found.get(key)
            atom.text = as_cited(note.marker if note is not None else atom.text.strip())
            if note is not None:
                note.citations.append(atom)
        return list(found.values())

    def _note(self, kind: str, atom: Atom, line: WordLine) -> NoteText:
        is_custom = bool(atom.text.strip())
        marker = atom.text.strip() if is_custom else self._next(kind, line, is_live=atom.is_live)
        atom.text = as_cited(marker)
        return NoteText(atom.key, marker, is_custom, line.page_index, [atom])

    def _next(self, kind: str, line: WordLine, *, is_live: bool) -> str:
        count = self._count(kind, line.section)
        place = (line.section, line.page_index)
        section, page = self._seen.get(kind, place)
        restarts = (count.restart == "eachSect" and section != line.section) or (
            count.restart == "eachPage" and page != line.page_index
        )
        if kind not in self._counts or restarts:
            self._counts[kind] = count.start
        self._seen[kind] = place
        marker = formatted(self._counts[kind], count.number_format)
        if is_live:
            self._counts[kind] += 1
        return marker

    def _count(self, kind: str, section: int) -> _Count:
        own = self._sections[section] if section < len(self._sections) else None
        places = [child(own, f"w:{kind}Pr"), child(self._settings, f"w:{kind}Pr")]
        usual = "decimal" if kind == FOOTNOTE else "lowerRoman"
        formats = (value(place, "w:numFmt") for place in places)
        starts = (number(place, "w:numStart") for place in places)
        restarts = (value(place, "w:numRestart") for place in places)
        return _Count(
            next((found for found in formats if found), usual),
            next((found for found in starts if found is not None), 1),
            next((found for found in restarts if found), "continuous"),
        )


def as_cited(marker: str) -> str:
    """The marker as it stands in the text: `[1]`, so that no number before it takes it in.

    Word raises it; as plain text `5,000,000` and note 1 would read 5,000,0001.
    """
    if any(map(str.isalnum, marker)) and not marker.startswith(_ENCLOSED):
        return f"[{marker}]"
    return marker


def note_elements(root: Element | None, kind: str) -> Iterator[tuple[str, Element]]:
    """The notes of a part by their keys, without those that are lines between text and notes."""
    for element in children(root, f"w:{kind}"):
        if element.get(qn("w:type")) in (None, "normal"):
            yield f"{kind}:{element.get(qn('w:id'))}", element
