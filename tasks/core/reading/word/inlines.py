"""Reads what stands in a paragraph: runs, changes, fields, content controls, notes, boxes, symbols."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tasks.core.reading.word.content import NO_MARKS, Atom, AtomKind, Block, Found, Marks, WordCell
from tasks.core.reading.word.fields import OpenField, OpenFields
from tasks.core.reading.word.package import is_true
from tasks.core.reading.word.styles import RunLook, Styles
from tasks.core.reading.word.symbols import EMPTY_BOX, TICKED_BOX, as_shown, raised, sign
from tasks.core.reading.word.xml import Element, child, qn, switch
from tasks.core.records import MarkKind

STRUCK, INSERTED, HIDDEN = (frozenset({k}) for k in (MarkKind.STRUCK, MarkKind.INSERTED, MarkKind.HIDDEN))
_BLANK = frozenset({MarkKind.BLANK})
CHANGES: dict[str, Marks] = {
    qn("w:del"): STRUCK,
    qn("w:moveFrom"): STRUCK,
    qn("w:ins"): INSERTED,
    qn("w:moveTo"): INSERTED,
}
TRANSPARENT = frozenset(
    map(qn, ("w:smartTag", "w:customXml", "w:hyperlink", "w:dir", "w:bdo", "w:sdtContent"))
)
_SIGNS = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:noBreakHyphen"): "-",
    qn("w:softHyphen"): "",
}
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_NEW_LINES = str.maketrans("\r\n\t\v\f", "     ", "\u00ad")
_EDGES = re.compile(r"^ +| +$")
_SCRIPTS = {qn("m:sSup"): "^", qn("m:sSub"): "_", qn("m:f"): "/"}
_UNREAD_DRAWINGS = ("diagram", "chart")


@dataclass(frozen=True, slots=True)
class RunPlace:
    """What holds for a run by where it stands."""

    style: str
    marks: Marks = NO_MARKS
    is_shaded: bool = False
    cell: WordCell | None = None

    def marked(self, marks: Marks) -> RunPlace:
        """The place inside a change. What is inserted and then deleted is deleted."""
        joined = self.marks | marks
        return replace(self, marks=joined - INSERTED if joined & STRUCK else joined)


class InlineReader:
    """Reads the paragraphs of one story: the body, a header, the notes.

    Args:
        boxed: Reads the blocks of a text box.
    """

    def __init__(
        self, story: Element, styles: Styles, found: Found, boxed: Callable[[Element, RunPlace], list[Block]]
    ) -> None:
        self._styles, self._found, self._boxed = styles, found, boxed
        self._fields = OpenFields(story)
        self._bookmarks: dict[str, str] = {}
        self._custom = ""
        self._run_readers: dict[str, Callable[[Element, RunPlace, RunLook], None]] = {
            qn("w:t"): self._text,
            qn("w:delText"): self._text,
            qn("w:sym"): self._symbol,
            qn("w:br"): self._break,
            qn("w:cr"): self._break,
            qn("w:lastRenderedPageBreak"): self._rendered,
            qn("w:fldChar"): self._field_char,
            qn("w:instrText"): self._instruction,
            qn("w:footnoteReference"): self._note,
            qn("w:endnoteReference"): self._note,
            qn("w:commentReference"): self._comment,
            qn("w:ruby"): self._ruby,
            qn("w:drawing"): self._drawing,
            qn("w:pict"): self._drawing,
            qn("w:object"): self._drawing,
            qn("mc:AlternateContent"): self._alternate_in_run,
        }
        self._readers: dict[str, Callable[[Element, RunPlace], None]] = {
            qn("w:r"): self._run,
            qn("w:sdt"): self._content_control,
            qn("w:fldSimple"): self._simple_field,
            qn("w:bookmarkStart"): self._bookmark,
            qn("w:bookmarkEnd"): self._bookmark_end,
            qn("m:oMath"): self._math,
            qn("m:oMathPara"): self._math,
            qn("mc:AlternateContent"): self._alternate,
        }
        self.atoms: list[Atom] = []
        self.boxes: list[list[Block]] = []

    def read(self, paragraph: Element, place: RunPlace) -> None:
        """Fill `atoms` and `boxes` with those of a paragraph."""
        self.atoms, self.boxes, self._custom = [], [], ""
        self._walk(paragraph, place)

    def _walk(self, parent: Element, place: RunPlace) -> None:
        for element in parent:
            tag = element.tag
            if reader := self._readers.get(tag):
                reader(element, place)
            elif tag in CHANGES:
                self._walk(element, place.marked(CHANGES[tag]))
            elif tag in TRANSPARENT:
                self._walk(element, place)

    def _add(self, text: str, place: RunPlace, kind: AtomKind = AtomKind.TEXT, key: str = "") -> None:
        if kind is AtomKind.TEXT and self._fields.hides:
            return
        if kind is AtomKind.TEXT and text:
            self._fields.note_result()
            if self._custom:  # the letters behind a citation are its marker
                key, kind, self._custom = self._custom, AtomKind.NOTE, ""
            elif mark := self._fields.cited_mark:
                key, kind = f"mark:{mark}", AtomKind.NOTE
        if text or kind is not AtomKind.TEXT:
            self.atoms.append(Atom(text, place.marks, kind, key, place.cell))

    # ------------------------------------------------------------ runs

    def _run(self, run: Element, place: RunPlace) -> None:
        properties = child(run, "w:rPr")
        look = self._styles.look(place.style, properties, is_shaded=place.is_shaded)
        marks = (STRUCK if look.is_struck else NO_MARKS) | (HIDDEN if look.is_hidden else NO_MARKS)
        if properties is not None:  # of letters in formulas
            for element in properties:
                marks |= CHANGES.get(element.tag, NO_MARKS)
        inside = place.marked(marks) if marks else place
        for element in run:
            tag = element.tag
            if reader := self._run_readers.get(tag):
                reader(element, inside, look)
            elif tag in _SIGNS:
                self._add(_SIGNS[tag], inside)

    def _text(self, element: Element, place: RunPlace, look: RunLook) -> None:
        text = (element.text or "").translate(_NEW_LINES)
        if (
            element.get(_SPACE) != "preserve"
        ):  # Word drops these blanks; one is kept, so that no words are joined
            text = _EDGES.sub(" ", text)
        text = as_shown(text, look.font)
        if look.is_raised and not self._custom:
            text = raised(text)
        self._add(text.upper() if look.is_capitals else text, place)

    def _symbol(self, element: Element, place: RunPlace, look: RunLook) -> None:
        font = (element.get(qn("w:font")) or look.font).lower()
        try:
            code = int(element.get(qn("w:char")) or "", 16)
        except ValueError:
            return
        self._add(sign(font, code), place)

    def _break(self, element: Element, place: RunPlace, look: RunLook) -> None:
        is_page = element.get(qn("w:type")) == "page" and not place.marks & STRUCK
        if not self._fields.hides:
            self._add("", place, AtomKind.PAGE_BREAK if is_page else AtomKind.LINE_END)

    def _rendered(self, element: Element, place: RunPlace, look: RunLook) -> None:
        self._add("", place, AtomKind.RENDERED_BREAK)

    def _ruby(self, element: Element, place: RunPlace, look: RunLook) -> None:
        base = child(element, "w:rubyBase")
        if base is not None:
            self._walk(base, place)

    # ------------------------------------------------------------ fields

    def _field_char(self, element: Element, place: RunPlace, look: RunLook) -> None:
        ended = self._fields.meet(element)
        if ended is not None:
            self._end_field(ended, place)

    def _end_field(self, ended: OpenField, place: RunPlace) -> None:
        if flag := ended.flag():
            self._found.flags.add(flag)
        if shown := ended.shown():
            self._add(shown, place)

    def _instruction(self, element: Element, place: RunPlace, look: RunLook) -> None:
        self._fields.add_instruction(element.text or "")

    def _simple_field(self, element: Element, place: RunPlace) -> None:
        own = OpenField(element, [element.get(qn("w:instr")) or ""], is_result=True)
        before = len(self.atoms)
        self._walk(element, place)
        own.has_result = len(self.atoms) > before
        self._end_field(own, place)
        if own.cited_mark:
            for atom in self.atoms[before:]:
                atom.kind, atom.key = AtomKind.NOTE, f"mark:{own.cited_mark}"

    # ------------------------------------------------------------ notes, comments

    def _note(self, element: Element, place: RunPlace, look: RunLook) -> None:
        kind = "footnote" if element.tag == qn("w:footnoteReference") else "endnote"
        key = f"{kind}:{element.get(qn('w:id'))}"
        for name in self._bookmarks.values():
            self._found.note_marks[name] = key
        if is_true(element, "w:customMarkFollows"):
            self._custom = key
        else:
            self._add("", place, AtomKind.NOTE, key)

    def _comment(self, element: Element, place: RunPlace, look: RunLook) -> None:
        self._add("", place, AtomKind.COMMENT, f"comment:{element.get(qn('w:id'))}")

    def _bookmark(self, element: Element, place: RunPlace) -> None:
        self._bookmarks[element.get(qn("w:id")) or ""] = element.get(qn("w:name")) or ""

    def _bookmark_end(self, element: Element, place: RunPlace) -> None:
        self._bookmarks.pop(element.get(qn("w:id")) or "", None)

    # ------------------------------------------------------------ content controls, boxes, formulas

    def _content_control(self, element: Element, place: RunPlace) -> None:
        properties = child(element, "w:sdtPr")
        box = child(properties, "w14:checkbox")
        if box is not None:
            checked = child(box, "w14:checked")
            is_ticked = checked is not None and checked.get(qn("w14:val")) in ("1", "true", "on")
            self._add(TICKED_BOX if is_ticked else EMPTY_BOX, place)
            return
        content = child(element, "w:sdtContent")
        if content is not None:
            self._walk(content, place.marked(placeholder_marks(properties)))

    def _drawing(self, element: Element, place: RunPlace, look: RunLook) -> None:
        for path in element.iter(qn("v:textpath")):
            self._found.watermarks.append(path.get("string") or "")
        for data in element.iter(qn("a:graphicData")):
            if (data.get("uri") or "").rpartition("/")[2] in _UNREAD_DRAWINGS:
                self._found.flags.add("drawings_not_read")
        if not self._fields.hides:
            self._box(element, replace(place, is_shaded=True))

    def _box(self, element: Element, place: RunPlace) -> None:
        """The text boxes of a drawing, each once; one that is inside another one's text is read there."""
        for inner in element:
            if inner.tag == qn("w:txbxContent"):
                self.boxes.append(self._boxed(inner, place))
            elif inner.tag == qn("mc:AlternateContent"):
                chosen = choice(inner)
                if chosen is not None:
                    self._box(chosen, place)
            else:
                self._box(inner, place)

    def _alternate_in_run(self, element: Element, place: RunPlace, look: RunLook) -> None:
        chosen = choice(element)
        for inner in chosen if chosen is not None else ():
            if reader := self._run_readers.get(inner.tag):
                reader(inner, place, look)
            elif inner.tag in _SIGNS:
                self._add(_SIGNS[inner.tag], place)

    def _alternate(self, element: Element, place: RunPlace) -> None:
        chosen = choice(element)
        if chosen is not None:
            self._walk(chosen, place)

    def _math(self, element: Element, place: RunPlace) -> None:
        """A formula in one line: `a^2`, `b/c`."""
        for inner in element:
            if inner.tag == qn("m:t"):
                self._add(inner.text or "", place)
            elif inner.tag == qn("w:r"):
                self._run(inner, place)
            elif inner.tag in _SCRIPTS:
                parts = [part for part in inner if not part.tag.endswith("Pr")]
                for number, part in enumerate(parts):
                    if number:
                        self._add(_SCRIPTS[inner.tag], place)
                    self._math(part, place)
            else:
                self._math(inner, place.marked(CHANGES.get(inner.tag, NO_MARKS)))


def placeholder_marks(properties: Element | None) -> Marks:
    """Of the words in a content control: a prompt (`Click here to enter text.`) is a blank."""
    return _BLANK if switch(properties, "w:showingPlcHdr") else NO_MARKS


def choice(alternate: Element) -> Element | None:
    """The branch that Word shows: the first choice, else the fallback."""
    chosen = child(alternate, "mc:Choice")
    return child(alternate, "mc:Fallback") if chosen is None else chosen
