"""Marks letters that the page does not show: covered, in a layer that is off, or hidden otherwise.

Geometry makes a letter suspect, and a rendering of the page decides. Where the page cannot be
rendered, or has no font for the letters, only what geometry proves is marked.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from tasks.core.reading.drawing import MAX_PAINTS, Box
from tasks.core.reading.pdfium import Handle, PageObjects, is_font_embedded
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.seen.visible.covers import Cover, PageCovers, is_solid
from tasks.core.reading.seen.visible.text_layer import TextLayer
from tasks.core.reading.seen.visible.twins import TwinTexts
from tasks.core.reading.seen.visible.visibility import (
    LetterSight,
    Suspect,
    enclosing,
    letter_sights,
    pictured_letters,
    plain_boxes,
)
from tasks.core.reading.seen.visible.whole_words import mark_whole_words
from tasks.core.reading.text_objects import NOWHERE, TextPlace, middle
from tasks.core.reading.text_runs import NO_MARKS, Marks, Piece, TextStyle
from tasks.core.records import MarkKind

_HIDDEN = frozenset({MarkKind.HIDDEN})
_COVERED = frozenset({MarkKind.COVERED})
_LAYER_OFF = frozenset({MarkKind.LAYER_OFF})

_PALE = 225  # of 255, each of red, green and blue
_TINY = 0.8  # points: also below a thousandth of the page's height, because a page may be scaled
_CLIPPED = 0.5  # of a letter's width or its line's height: what a clip leaves of it
_CLIP_SLACK = 0.2  # of the size: clips often cut an accent
_IMAGE = 0.25  # of the page: less is a logo
_MOST = 0.8  # of the page's letters
_MAX_PICTURED = 1_000  # pieces of a page
_MAX_HEADING = 200  # letters of a piece
_MOST_SHOWN = 0.6  # of a line's letters: a mask that is a coarse bitmap misses some
_NO_PLACE = TextPlace()


@dataclass(slots=True)
class _Suspect:
    """A piece that may not be visible."""

    at: int
    piece: Piece
    style: TextStyle
    place: TextPlace
    covers: Sequence[Cover]
    """What is painted over the piece's box."""
    boxes: Sequence[Box]
    """Of its letters, on the turned page."""
    is_measured: bool
    """By a rendering: a rectangle that clips it proves more."""
    has_twin: bool
    marks: list[Marks]
    n_on_plain: int = 0
    """Letters that do not show where the page shows nothing else."""


def mark_unseen(pieces: Sequence[Piece | None], drawn: DrawnPage) -> list[Piece | None]:
    """Mark what is hidden, covered, or in a layer that is off."""
    look = _Look(drawn)
    tiny, width, height = look.tiny, drawn.text.upright.width, drawn.text.upright.height
    marks: dict[int, list[Marks]] = {}
    visible: list[tuple[int, Piece]] = []
    layer: list[tuple[int, Piece]] = []
    pictured: list[tuple[int, Piece]] = []
    shadowed = look.shadowed(
        [piece for piece in pieces if piece and piece.style and piece.style.is_invisible]
    )
    for at, piece in enumerate(pieces):
        if piece is None or (style := piece.style) is None:
            continue
        is_layer = style.is_invisible or (look.is_scan and look.layer.is_under_image(piece))
        if is_layer:
            layer.append((at, piece))
        if style.size < tiny or (style.is_invisible and piece.index not in shadowed):
            marks[at] = [_HIDDEN] * len(piece.text)
            if style.size >= tiny and len(pictured) < _MAX_PICTURED and look.may_be_pictured(piece):
                pictured.append((at, piece))
            continue
        x0, y0, x1, y1 = piece.box
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            marks[at] = [_HIDDEN if look.is_off(box) else NO_MARKS for box in drawn.text.letter_boxes(piece)]
        if piece.index >= 0 and style.color is not None and not (is_layer and look.is_scan):
            visible.append((at, piece))
    marks |= look.pictured(pictured)
    found = look.painted_over(layer)
    found += [(case.at, case.marks) for case in look.decided(look.cases(visible))]
    for at, kinds in found:
        known = marks.get(at, kinds)
        marks[at] = [one | other for one, other in zip(known, kinds, strict=True)]
    if not marks:  # nearly every page
        return list(pieces)
    marked: list[Piece | None] = []
    for at, piece in enumerate(pieces):
        marked += [piece] if piece is None or at not in marks else drawn.text.marked(piece, marks[at])
    return mark_whole_words(marked, drawn.text)


class _Look:
    """What decides about the letters of one page."""

    def __init__(self, drawn: DrawnPage) -> None:
        self._drawn = drawn
        self._upright = drawn.text.upright
        self._places = drawn.drawing.texts.places
        self._covers = PageCovers(drawn)
        self._objects = PageObjects()
        self.layer = TextLayer(drawn)
        self.tiny = min(_TINY, self._upright.height / 1000)
        self.is_scan = self.layer.has_page_image

    @cached_property
    def _with_letters(self) -> frozenset[Handle]:
        return self._drawn.text.objects()

    @cached_property
    def _twins(self) -> TwinTexts:
        return TwinTexts(self._drawn)

    def shadowed(self, pieces: Sequence[Piece]) -> set[int]:
        """Indices (`Piece.index`) of the pieces on which text lies that pdfium left out."""
        if not pieces:
            return set()
        are_over = self._twins.over([piece.box for piece in pieces])
        return {piece.index for piece, is_over in zip(pieces, are_over, strict=True) if is_over}

    # ------------------------------------------------------------ without rendering

    def is_off(self, box: Box) -> bool:
        x0, y0, x1, y1 = box
        return x1 < 0 or y1 < 0 or x0 > self._upright.width or y0 > self._upright.height

    # ------------------------------------------------------------ suspects

    def cases(self, visible: Sequence[tuple[int, Piece]]) -> list[_Suspect]:
        """The pieces that may not be visible, for a cheap reason."""
        pieces = [piece for _, piece in visible]
        place_of = self._places.get
        places = [place_of(p.style.text_object if p.style else 0, _NO_PLACE) for p in pieces]
        suspect = self._covers.crossed(pieces, [place.n_above for place in places])
        suspect |= self._covers.alike(pieces)
        chosen: list[tuple[int, Piece, TextPlace, bool]] = []
        for i, ((at, piece), place) in enumerate(zip(visible, places, strict=True)):
            is_measured = i in suspect or _is_pale(piece)
            if place is _NO_PLACE and not is_measured:  # nearly every piece
                continue
            is_measured = is_measured or _is_odd(place)
            if (is_measured or self._is_cut(piece, place)) and not piece.text.isspace():
                chosen.append((at, piece, place, is_measured))
        shadowed = self.shadowed([piece for _, piece, *_ in chosen])
        return [self._case(*case, has_twin=case[1].index in shadowed) for case in chosen]

    def _place(self, piece: Piece) -> TextPlace:
        return self._places.get(piece.style.text_object, _NO_PLACE) if piece.style else _NO_PLACE

    def _is_cut(self, piece: Piece, place: TextPlace) -> bool:
        """Whether the clip may take letters away."""
        if place.clip is None or place.clip is NOWHERE:
            return False
        x0, y0, x1, y1 = self._upright.turn(place.clip)
        slack = _CLIP_SLACK * piece.size
        left, bottom, right, top = piece.box
        return left < x0 - slack or bottom < y0 - slack or right > x1 + slack or top > y1 + slack

    def _case(
        self, at: int, piece: Piece, place: TextPlace, is_measured: bool, *, has_twin: bool
    ) -> _Suspect:
        assert piece.style is not None
        covers = self._covers.over(piece, place.n_above)
        boxes = self._drawn.text.letter_boxes(piece)
        return _Suspect(at, piece, piece.style, place, covers, boxes, is_measured or has_twin, has_twin, [])

    # ------------------------------------------------------------ decisions

    def decided(self, cases: Sequence[_Suspect]) -> Sequence[_Suspect]:
        """The cases with their marks, by a rendering where there is one."""
        if not cases:
            return cases
        measured = [case for case in cases if case.is_measured]
        boxes_on_page = self._drawn.text.boxes_on_page
        suspects = [Suspect(c.style.text_object, boxes_on_page(c.piece), c.has_twin) for c in measured]
        sights = iter(self._sights(suspects) or ())
        for case in cases:
            unknown = [None] * len(case.boxes)
            seen = next(sights, unknown) if case.is_measured else unknown
            case.n_on_plain = sum(sight is not None and sight.is_on_plain for sight in seen)
            letters = zip(case.piece.text, case.boxes, seen, strict=True)
            case.marks = _filled([self._kind(case, *letter) for letter in letters])
        self._spare_scan(cases)
        return cases

    def _sights(self, suspects: Sequence[Suspect]) -> list[list[LetterSight]] | None:
        return letter_sights(self._drawn.page, suspects, self._with_letters) if suspects else None

    def _kind(self, case: _Suspect, letter: str, box: Box, sight: LetterSight | None) -> Marks | None:
        """What a letter gets; None for a blank, which goes with the letters beside it."""
        if letter.isspace():
            return None
        if sight is None or (not sight.is_drawn and not self._is_drawable(case.style, letter)):
            return self._by_geometry(case, box)
        if sight.is_seen and (case.has_twin or not self._is_clipped(case, box)):
            return NO_MARKS
        if not sight.is_drawn or sight.is_seen or case.style.is_invisible:
            return self._not_drawn(case, box)
        return self._painted_away(case, letter, box, sight.is_on_plain)

    def _painted_away(self, case: _Suspect, letter: str, box: Box, is_on_plain: bool) -> Marks:
        """A letter that has ink, which does not show."""
        is_covered = any(cover.holds(*middle(box)) for cover in _covers_of(case, letter))
        if is_covered or case.place.n_above >= MAX_PAINTS:
            return _COVERED
        # A bar that crosses a hyphen or an underscore leaves the letter readable.
        if any(cover.is_bar for cover in case.covers) or self._covers.is_under_proposed(*middle(box)):
            return NO_MARKS
        # The ink of a comma lies beside the middle of its box: the edge of an area hides it.
        if any(cover.touches(box) for cover in case.covers):
            return _COVERED
        # Text that repeats what a scan shows, in the scan's own black, is no hidden text.
        return _HIDDEN if is_on_plain or not self.is_scan else NO_MARKS

    def _not_drawn(self, case: _Suspect, box: Box) -> Marks:
        """A letter that has no ink, or whose ink is clipped away."""
        if self._is_clipped(case, box) or case.style.is_invisible:
            return _HIDDEN
        if case.place.is_layered:
            return _LAYER_OFF
        return _HIDDEN if case.place.clip is not None or case.place.is_faint else NO_MARKS

    def _is_drawable(self, style: TextStyle, letter: str) -> bool:
        """Whether pdfium has a glyph: without the machine's fonts it draws only embedded and Latin ones."""
        return letter.isascii() or is_font_embedded(style.text_object)

    def _by_geometry(self, case: _Suspect, box: Box) -> Marks:
        """Without a rendering: under an opaque rectangle, clipped away, or white on no ground."""
        x, y = middle(box)
        if case.style.is_invisible:
            return _HIDDEN
        if any(cover.holds(x, y) and is_solid(cover, self._objects) for cover in case.covers):
            return _COVERED
        if self._is_clipped(case, box):
            return _HIDDEN
        fills = map(self._upright.turn, self._drawn.drawing.fills)
        is_on_ground = any(f[0] <= x <= f[2] and f[1] <= y <= f[3] for f in fills)
        return _HIDDEN if case.style.is_white and not is_on_ground else NO_MARKS

    def _is_clipped(self, case: _Suspect, box: Box) -> bool:
        """Whether less than half of a letter is left, or of its line's height.

        Browsers cut a line in two at a page's end: it stands on both pages, and one part is larger.
        """
        if case.place.clip is None or case.place.clip is NOWHERE:
            return False
        clip = self._upright.turn(case.place.clip)
        return _share(clip, box, 0) < _CLIPPED or _share(clip, case.piece.box, 1) < _CLIPPED

    def _spare_scan(self, cases: Sequence[_Suspect]) -> None:
        """Unmark the text under an image that covers nearly all text of the page: the scan's text.

        Unless the image shows nothing like letters there.
        """
        if self.is_scan or self.layer.share <= _IMAGE:  # a scan's text is not among the cases
            return
        under = [case for case in cases if any(cover.is_image for cover in case.covers)]
        n_covered = sum(marks == _COVERED for case in under for marks in case.marks)
        n_on_plain = sum(case.n_on_plain for case in under)
        if n_on_plain > sum(len(case.boxes) for case in under) / 2:
            return
        if n_covered > _MOST * len("".join(self._drawn.text.letters.split())):
            for case in under:
                case.marks = [NO_MARKS if marks == _COVERED else marks for marks in case.marks]

    # ------------------------------------------------------------ letters drawn as pictures

    def may_be_pictured(self, piece: Piece) -> bool:
        """Whether invisible text, no scan's, lies on something painted."""
        if piece.index < 0 or piece.text.isspace() or self.layer.share > _IMAGE:
            return False
        return len(piece.text) <= _MAX_HEADING and self._covers.touches(piece)

    def pictured(self, pieces: Sequence[tuple[int, Piece]]) -> dict[int, list[Marks]]:
        """The marks of invisible text whose outline the page shows: of a line, all or nothing."""
        boxes_on_page = self._drawn.text.boxes_on_page
        pieces = [(at, piece) for at, piece in pieces if piece.style is not None]
        suspects = [Suspect(p.style.text_object, boxes_on_page(p)) for _, p in pieces if p.style is not None]
        shown = pictured_letters(self._drawn.page, suspects, self._with_letters)
        n_shown: Counter[float] = Counter()  # of a line
        n_letters: Counter[float] = Counter()
        for (_, piece), letters in zip(pieces, shown, strict=True):
            n_shown[piece.baseline] += sum(letters)
            n_letters[piece.baseline] += len("".join(piece.text.split()))
        return {
            at: [NO_MARKS] * len(piece.text)
            for at, piece in pieces
            if n_shown[piece.baseline] > _MOST_SHOWN * n_letters[piece.baseline]
        }

    # ------------------------------------------------------------ scans

    def painted_over(self, pieces: Sequence[tuple[int, Piece]]) -> list[tuple[int, list[Marks]]]:
        """The text layer of a scan where a shape was painted over the image, with its marks.

        The layer has no ink of its own, so the page must show one even colour there.
        """
        found: list[tuple[int, Sequence[Box], list[bool]]] = []
        blank: list[tuple[int, Sequence[Box]]] = []
        for at, piece in pieces:
            if self.is_scan and piece.index >= 0 and self.layer.is_under_image(piece):
                blank.append((at, self._drawn.text.boxes_on_page(piece)))
            place = self._place(piece)
            if piece.index < 0 or not self._covers.shapes_above(place.n_above):
                continue
            shapes = [c for c in self._covers.over(piece, place.n_above) if not c.is_image and not c.is_bar]
            if shapes:
                boxes = self._drawn.text.letter_boxes(piece)
                under = [any(shape.holds(*middle(box)) for shape in shapes) for box in boxes]
                found.append((at, self._drawn.text.boxes_on_page(piece), under))
        blank_marks = self._under_blank(blank)
        plain = plain_boxes(self._drawn.page, list(chain.from_iterable(boxes for _, boxes, _ in found)))
        letters = iter(plain)
        return blank_marks + [
            (at, [_COVERED if next(letters) and is_under else NO_MARKS for is_under in under])
            for at, _, under in found
        ]

    def _under_blank(self, pieces: Sequence[tuple[int, Sequence[Box]]]) -> list[tuple[int, list[Marks]]]:
        """The text under a page's image where the image shows nothing: text objects as a whole."""
        around = [enclosing(boxes) for _, boxes in pieces]
        plain = plain_boxes(self._drawn.page, around, with_text=False)
        return [
            (at, [_COVERED] * len(boxes))
            for (at, boxes), is_plain in zip(pieces, plain, strict=True)
            if is_plain
        ]


def _is_odd(place: TextPlace) -> bool:
    """In a layer, with transparency, or in a clip that is no rectangle."""
    return place.is_layered or place.is_faint or place.clip is NOWHERE


def _is_pale(piece: Piece) -> bool:
    color = piece.style.color if piece.style else None
    return color is not None and color[0] >= _PALE and color[1] >= _PALE and color[2] >= _PALE


def _covers_of(case: _Suspect, letter: str) -> Sequence[Cover]:
    """The areas that may hide the letter: a bar over a hyphen or an underscore is a bar to its reader."""
    if unicodedata.category(letter) not in ("Pd", "Pc", "Sm"):
        return case.covers
    return [cover for cover in case.covers if not cover.is_bar]


def _share(clip: Box, box: Box, axis: int) -> float:
    """How much of the box the clip leaves: of its width (0) or its height (1)."""
    low, high = box[axis], box[axis + 2]
    left = max(0.0, min(high, clip[axis + 2]) - max(low, clip[axis]))
    return left / (high - low) if high > low else float(clip[axis] <= low <= clip[axis + 2])


def _filled(kinds: Sequence[Marks | None]) -> list[Marks]:
    """The marks of all letters: a blank goes with the letter before it, else with the first."""
    marks: list[Marks] = []
    last = next((kind for kind in kinds if kind is not None), NO_MARKS)
    for kind in kinds:
        last = last if kind is None else kind
        marks.append(last)
    return marks
