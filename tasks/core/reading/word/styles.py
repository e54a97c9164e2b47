"""What the styles of a Word document say of its paragraphs and letters, as far as the text depends on it.

A property set on a run wins; else those of its character style and its paragraph's style, of which two
switches that are both on cancel each other (ISO 29500-1, 17.7.3, toggle properties); else the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.core.reading.word.xml import Element, child, children, number, qn, switch, value

_MAX_CHAIN = 30  # styles that are based on each other
_HALF_POINTS = 2
_DEFAULT_SIZE = 20  # half points
_WHITE = frozenset(("FFFFFF", "FFFFFE", "FEFEFE"))
_NO_FILL = frozenset(("", "auto", "FFFFFF"))
_HIDDEN_SIZE = 1  # half points
_LIFTED = 4  # half points: LibreOffice raises letters so
_TITLES = frozenset(("title", "subtitle"))
_TOGGLES = ("w:strike", "w:vanish", "w:specVanish", "w:caps")


@dataclass(frozen=True, slots=True)
class NumberRef:
    """Which list a paragraph is in, and on which level; a level of None is the style's own."""

    num_id: int
    level: int | None
    style_ids: tuple[str, ...]
    """The paragraph's style and the one that says so; empty: the paragraph says it itself."""


@dataclass(frozen=True, slots=True)
class RunLook:
    """What a reader sees of letters."""

    is_struck: bool = False
    is_hidden: bool = False
    is_raised: bool = False
    is_capitals: bool = False
    font: str = ""
    """Lower case; empty: not known."""
    size: float = 10.0


class Styles:
    """The styles of a document; without a part for them, every look is the plain one."""

    def __init__(self, root: Element | None, *, has_background: bool = False) -> None:
        self._styles = {style.get(qn("w:styleId")) or "": style for style in children(root, "w:style")}
        self._defaults = child(root, "w:docDefaults", "w:rPrDefault", "w:rPr")
        self._paragraph_default = next(
            (
                key
                for key, style in self._styles.items()
                if style.get(qn("w:type")) == "paragraph"
                and style.get(qn("w:default")) in ("1", "true", "on")
            ),
            "",
        )
        self._chains: dict[str, tuple[Element, ...]] = {}
        self._has_background = has_background
        self._looks: dict[tuple[str, str], RunLook] = {}

    def chain(self, style_id: str) -> tuple[Element, ...]:
        """The style and those that it is based on, the nearest first."""
        if style_id not in self._chains:
            found: list[Element] = []
            at: str | None = style_id
            while at in self._styles and len(found) < _MAX_CHAIN and self._styles[at] not in found:
                found.append(self._styles[at])
                at = value(found[-1], "w:basedOn")
            self._chains[style_id] = tuple(found)
        return self._chains[style_id]

    def paragraph_style(self, properties: Element | None) -> str:
        """The id of a paragraph's style, from its `w:pPr`."""
        named = value(properties, "w:pStyle")
        return named if named in self._styles else self._paragraph_default

    def heading_level(self, properties: Element | None) -> int:
        """1 to 9 of a heading, 1 of a title, 0 of other paragraphs."""
        style = self.paragraph_style(properties)
        own = [properties, *(child(s, "w:pPr") for s in self.chain(style))]
        level = next((n for p in own if (n := number(p, "w:outlineLvl")) is not None), None)
        if level is not None:
            return level + 1 if 0 <= level < 9 else 0
        names = ((value(s, "w:name") or "").lower() for s in self.chain(style))
        return next((_named_level(name) for name in names if _named_level(name)), 0)

    def number_ref(self, properties: Element | None) -> NumberRef | None:
        """The list of a paragraph; None: it has no number."""
        style_id = self.paragraph_style(properties)
        own = child(properties, "w:numPr")
        level = number(own, "w:ilvl")
        num_id = number(own, "w:numId")
        if num_id is not None:
            return NumberRef(num_id, level or 0, ()) if num_id > 0 else None
        for style in self.chain(style_id):
            numbered = child(style, "w:pPr", "w:numPr")
            level = number(numbered, "w:ilvl") if level is None else level
            if (num_id := number(numbered, "w:numId")) is not None:
                ids = (style_id, style.get(qn("w:styleId")) or "")
                return NumberRef(num_id, level, ids) if num_id > 0 else None
        return None

    def page_break_before(self, properties: Element | None) -> bool:
        own = [properties, *(child(s, "w:pPr") for s in self.chain(self.paragraph_style(properties)))]
        return next((on for p in own if (on := switch(p, "w:pageBreakBefore")) is not None), False)

    def look(self, paragraph_style: str, run: Element | None, *, is_shaded: bool = False) -> RunLook:
        """What a run's letters look like, from its `w:rPr`.

        Args:
            is_shaded: The paragraph or cell has a colour behind its letters.
        """
        if run is None or len(run) == 0:
            key = (paragraph_style, "shaded" if is_shaded else "")
            if key not in self._looks:
                self._looks[key] = self._look(paragraph_style, None, is_shaded)
            return self._looks[key]
        return self._look(paragraph_style, run, is_shaded)

    def _look(self, paragraph_style: str, run: Element | None, is_shaded: bool) -> RunLook:
        of_paragraph = [child(style, "w:rPr") for style in self.chain(paragraph_style)]
        of_letters = [child(style, "w:rPr") for style in self.chain(value(run, "w:rStyle") or "")]
        order = [run, *of_letters, *of_paragraph, self._defaults]
        strike, vanish, special, capitals = (
            self._toggle(name, run, of_letters, of_paragraph) for name in _TOGGLES
        )
        struck_twice = next((on for p in order if (on := switch(p, "w:dstrike")) is not None), False)
        size = next((n for p in order if (n := number(p, "w:sz")) is not None), _DEFAULT_SIZE)
        fonts = (child(p, "w:rFonts") for p in order)
        named = (font.get(qn("w:ascii")) or font.get(qn("w:hAnsi")) for font in fonts if font is not None)
        raised = next((v for p in order if (v := value(p, "w:vertAlign")) is not None), "")
        lifted = next((n for p in order if (n := number(p, "w:position")) is not None), 0)
        return RunLook(
            is_struck=strike or struck_twice,
            is_hidden=vanish or special or size <= _HIDDEN_SIZE or self._is_white(order, is_shaded),
            is_raised=raised == "superscript" or (lifted or 0) >= _LIFTED,
            is_capitals=capitals,
            font=next((name.lower() for name in named if name), ""),
            size=size / _HALF_POINTS,
        )

    def _toggle(
        self,
        name: str,
        run: Element | None,
        of_letters: list[Element | None],
        of_paragraph: list[Element | None],
    ) -> bool:
        direct = switch(run, name)
        if direct is not None:
            return direct
        levels = [
            next((on for p in level if (on := switch(p, name)) is not None), None)
            for level in (of_letters, of_paragraph)
        ]
        if levels != [None, None]:
            return (levels[0] or False) != (levels[1] or False)
        return switch(self._defaults, name) or False

    def _is_white(self, order: list[Element | None], is_shaded: bool) -> bool:
        """Whether the letters are white on the white page."""
        colour = next((c for p in order if (c := value(p, "w:color")) is not None), "")
        if colour.upper() not in _WHITE or is_shaded or self._has_background:
            return False
        return not any(has_fill(p) or value(p, "w:highlight") not in (None, "none") for p in order)

    def paragraph_fill(self, properties: Element | None) -> bool:
        """Whether a paragraph has a colour behind its letters."""
        own = [properties, *(child(s, "w:pPr") for s in self.chain(self.paragraph_style(properties)))]
        return any(has_fill(p) for p in own)

    def table_fill(self, properties: Element | None) -> bool:
        """Whether a table's style fills some of its cells."""
        chain = self.chain(value(properties, "w:tblStyle") or "")
        return any(
            has_fill(p) for style in chain for p in style.iter(qn("w:tcPr"), qn("w:tblPr"), qn("w:pPr"))
        )


def _named_level(name: str) -> int:
    """The level of a style by its name: not every program states the outline level of `heading 1`."""
    if name in _TITLES:
        return 1
    word, _, level = name.partition(" ")
    return int(level) if word == "heading" and level in set("123456789") else 0


def has_fill(properties: Element | None) -> bool:
    """Whether `w:shd` of these properties is a colour other than white."""
    shading = child(properties, "w:shd")
    if shading is None:
        return False
    is_pattern = value(properties, "w:shd") not in ("clear", "nil", None)
    return (
        is_pattern
        or (shading.get(qn("w:fill")) or "") not in _NO_FILL
        or bool(shading.get(qn("w:themeFill")))
    )
