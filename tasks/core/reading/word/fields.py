"""Fields: their stored results are text, their instructions never are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tasks.core.reading.word.symbols import EMPTY_BOX, TICKED_BOX
from tasks.core.reading.word.xml import Element, child, children, number, qn, switch, value

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_LINKED = frozenset(("INCLUDETEXT", "INCLUDEPICTURE", "LINK", "DDE", "DDEAUTO", "IMPORT", "DATABASE", "RD"))
_COMPUTED = frozenset(("LISTNUM", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT", "EQ"))
_FIELD_CHAR = qn("w:fldChar")


@dataclass(slots=True)
class OpenField:
    """A field from its begin to its end."""

    begin: Element
    instruction: list[str] = field(default_factory=list)
    is_result: bool = False
    has_result: bool = False

    @property
    def words(self) -> list[str]:
        found = _WORD.findall("".join(self.instruction))
        return [quoted or plain for quoted, plain in found]

    @property
    def kind(self) -> str:
        words = self.words
        return words[0].upper() if words else ""

    @property
    def cited_mark(self) -> str:
        """The bookmark of the note that a cross-reference names, else empty."""
        words = self.words
        return words[1] if self.kind in ("NOTEREF", "FTNREF") and len(words) > 1 else ""

    def flag(self) -> str:
        """What the user should know of it, else empty."""
        if self.kind in _LINKED:
            return "external_links"
        return "fields_not_shown" if self.kind in _COMPUTED and not self.has_result else ""

    def shown(self) -> str:
        """What a form field shows that has no result: a check box, the chosen entry."""
        data = child(self.begin, "w:ffData")
        box = child(data, "w:checkBox")
        if box is not None:
            checked = switch(box, "w:checked")
            is_ticked = switch(box, "w:default") if checked is None else checked
            return TICKED_BOX if is_ticked else EMPTY_BOX
        drop_down = child(data, "w:ddList")
        if drop_down is None or self.has_result:
            return ""
        entries = [value(entry) or "" for entry in children(drop_down, "w:listEntry")]
        chosen = number(drop_down, "w:result") or number(drop_down, "w:default") or 0
        return entries[chosen] if 0 <= chosen < len(entries) else ""


class OpenFields:
    """The fields that are open at a place of a story; a field may run over several paragraphs."""

    def __init__(self, story: Element) -> None:
        self._stack: list[OpenField] = []
        self._unmatched = _unmatched(story)

    @property
    def hides(self) -> bool:
        """Whether the place is in an instruction."""
        return any(not f.is_result for f in self._stack)

    @property
    def cited_mark(self) -> str:
        return next((f.cited_mark for f in reversed(self._stack) if f.is_result and f.cited_mark), "")

    def add_instruction(self, text: str) -> None:
        if self._stack and not self._stack[-1].is_result:
            self._stack[-1].instruction.append(text)

    def note_result(self) -> None:
        for open_field in self._stack:
            open_field.has_result = True

    def meet(self, char: Element) -> OpenField | None:
        """Go past a `w:fldChar`; the field that ends with it."""
        kind = char.get(qn("w:fldCharType"))
        if char in self._unmatched:
            return None
        if kind == "begin":
            self._stack.append(OpenField(char))
        elif kind == "separate" and self._stack:
            self._stack[-1].is_result = True
        elif kind == "end" and self._stack:
            return self._stack.pop()
        return None


def _unmatched(story: Element) -> set[Element]:
    """Begins without an end, which would hide the rest of the document, and ends without a begin."""
    opened: list[Element] = []
    lost: set[Element] = set()
    for char in story.iter(_FIELD_CHAR):
        kind = char.get(qn("w:fldCharType"))
        if kind == "begin":
            opened.append(char)
        elif kind == "end" and opened:
            opened.pop()
        elif kind == "end":
            lost.add(char)
    return lost.union(opened)
