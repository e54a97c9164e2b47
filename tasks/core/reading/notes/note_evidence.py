"""The evidence for a note: signs of the line that may open it, and of the marker that may cite it.

A sign is a name with a weight in `note_weights`; no sign decides alone. Contracts are full of small
type, rules, numbered lines and tables.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tasks.core.reading.drawing import Box
from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.mark_places import MarkForm, is_word_mark, same_place
from tasks.core.reading.notes.note_markers import (
    Marker,
    citing_markers,
    glued_markers,
    may_cite,
    opening_markers,
)
from tasks.core.records import LineTag

SMALL = 0.94  # of the body's size
SAME_TYPE = 0.35  # points
_SMALLER = 0.86
_LARGER = 1.08
_SHORT_RULE = 0.72  # of the text's width
_LAST_LINES = 12
_WIDE_GAP = 1.5  # of the size
_APART = 1.35  # of the line's size, foot to foot
_ENDS_SHORT = 0.8  # of the next line
_SHORT_ITEM = 60  # letters
_SET_APART = frozenset(("small", "ruled", "wide_ruled", "under_notes", "small_page"))
"""Signs of a line that does not look like the body's."""
_TYPED_RULE = re.compile(r"\s*[_—–-]{5,}\s*")
_HEADING = re.compile(r"[^.!?。！？;；:]{2,70}")
_NOTES_HEAD = re.compile(
    r"(?:\d+\.?\s*)?(?:end\s?notes?|foot\s?notes?|notes?|anmerkungen|fu(?:ß|ss)noten|endnoten|notes de (?:fin|bas de page)|尾注|脚注|注释|注釈|註釋|注)\s*[:：]?",
    re.IGNORECASE,
)
_REFERENCES_HEAD = re.compile(
    r"(?:\d+\.?\s*)?(?:references|bibliography|works cited|literature|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|bibliographie|références|sources|参考文献|参考资料|引用文献|文献)\s*[:：]?",
    re.IGNORECASE,
)
_REFERRING = re.compile(
    r"(?:\b(?:clauses?|sections?|paragraphs?|articles?|items?|sub-?clauses?|paras?|see|in|and|or|to|standard|step|Ziffer|Nummer|Nr\.|Absatz|Buchstabe|alinéa|point|points|und|oder|et|ou)\s*|[第至、及和与或述见条款项])$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class PageView:
    """A page with what its lines are compared to. Sizes and widths are in points."""

    lines: list[PageLine]
    rules: list[Box]
    body_size: float
    document_size: float
    text_width: float
    tagged: list[Box]
    """Where the file's tags say that notes are."""


@dataclass(slots=True)
class Opening:
    """A line that may open a note."""

    line: PageLine
    index: int
    """Of the line in its page."""
    marker: Marker
    signs: tuple[str, ...]
    is_small: bool
    is_ruled: bool
    """A short rule is above it, or above the lines of its type before it."""


@dataclass(slots=True)
class CitingMarker:
    """A marker that may cite a note."""

    line: PageLine
    index: int
    """Of the line in its page."""
    marker: Marker
    signs: tuple[str, ...]
    is_used: bool = False


def dominant_size(lines: Sequence[PageLine]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        if line.tag is LineTag.BODY:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


@dataclass(frozen=True, slots=True)
class NotePage:
    """What notes are told by: a page's lines, its rules, and the boxes of notes that tags name."""

    lines: list[PageLine]
    rules: list[Box]
    tagged: list[Box] = field(default_factory=list)


def page_view(page: NotePage, document_size: float) -> PageView:
    """The page with its body size: the document's, unless fewer than three lines have it."""
    lines = page.lines
    body = [line for line in lines if line.tag is LineTag.BODY]
    n_usual = sum(abs(line.size - document_size) <= 0.5 for line in body)
    size = document_size if n_usual >= 3 or not body else dominant_size(body)
    left, right = min((n.box[0] for n in body), default=0), max((n.box[2] for n in body), default=0)
    typed = [line.box for line in body if _TYPED_RULE.fullmatch(line.text)]
    return PageView(lines, page.rules + typed, size, document_size, right - left, page.tagged)


# ---------------------------------------------------------------- openings


def page_openings(view: PageView) -> list[Opening]:
    """The lines of a page that may open a note, once for each marker that they may open with."""
    openings: list[Opening] = []
    n_left = sum(line.tag is LineTag.BODY for line in view.lines)
    head = ""
    for index, line in enumerate(view.lines):
        if line.tag is not LineTag.BODY:
            continue
        n_left -= 1
        if len(line.text) <= 40 and (found := _list_head(line.text)):
            head = found
            continue
        markers = opening_markers(line)
        if markers:
            signs = [*_line_signs(view, line, index), *([head] if head else [])]
            if n_left < _LAST_LINES:
                signs.append("last_lines")
            openings += [_opening(view, line, index, marker, signs) for marker in markers]
    _sign_repeats(openings)
    return openings


def _list_head(text: str) -> str:
    if _NOTES_HEAD.fullmatch(text):
        return "under_notes"
    return "under_references" if _REFERENCES_HEAD.fullmatch(text) else ""


def _opening(view: PageView, line: PageLine, index: int, marker: Marker, common: Sequence[str]) -> Opening:
    signs = [*common, f"opens_{marker.form.value}"]
    if marker.is_raised:
        signs.append("opens_raised")
    if marker.is_glued:
        signs.append("opens_glued")
    if not marker.is_raised and not _SET_APART.intersection(common):
        signs.append("plain")
    rest = line.text[marker.end :].strip(" .)、．")
    if len(rest) <= _SHORT_ITEM and rest.endswith((";", "；", ",", "，", "、")):
        signs.append("list_item")
    if is_word_mark(marker.text):
        signs.append("opens_letter")
    is_plain = not marker.is_raised and line.size >= SMALL * view.body_size
    if is_plain and _HEADING.fullmatch(rest) and _ends_short(view, index):
        signs.append("heading_like")
    return Opening(line, index, marker, tuple(signs), "small" in common, "ruled" in common)


def _opens_box(line: Box, box: Box) -> bool:
    """Whether the line is the first of the box."""
    middle, height = (line[1] + line[3]) / 2, line[3] - line[1]
    return box[1] < middle < box[3] < middle + 1.2 * height and line[0] < box[2] and line[2] > box[0]


def _ends_short(view: PageView, index: int) -> bool:
    """Whether the line ends well before the next one does: its own words ended it."""
    line = view.lines[index]
    after = next((n for n in view.lines[index + 1 :] if n.tag is LineTag.BODY), None)
    if after is None or after.box[1] > line.box[1]:
        return False
    return line.box[2] - line.box[0] < _ENDS_SHORT * (after.box[2] - line.box[0])


def _line_signs(view: PageView, line: PageLine, index: int) -> list[str]:
    signs: list[str] = []
    if line.size <= SMALL * view.body_size:
        signs.append("small")
    if line.size <= _SMALLER * view.body_size:
        signs.append("smaller")
    if "small" not in signs and line.size <= SMALL * view.document_size:
        signs.append("small_page")
    if rule := rule_above(view, line):
        signs.append(rule)
    if line.size >= _LARGER * view.body_size and rule != "ruled":
        signs.append("larger")
    if any(_opens_box(line.box, box) for box in view.tagged):
        signs.append("tagged")
    signs.append("at_foot" if is_at_foot(view, line) else "not_at_foot")
    if _is_apart(view, index):
        signs.append("apart")
    if _n_wide_gaps(line) >= 2:
        signs.append("table_row")
    return signs


def _n_wide_gaps(line: PageLine) -> int:
    """Gaps between the words of a row that are wider than those of a justified line."""
    runs = line.stretches
    return sum(b.x0 - a.x1 > _WIDE_GAP * line.size for a, b in pairwise(runs))


def _sign_repeats(openings: Sequence[Opening]) -> None:
    """Sign openings that stand several times on the page with one marker: enumerations and tables."""
    counts = Counter(map(_setting, openings))
    for opening in openings:
        if counts[_setting(opening)] > 1:
            opening.signs = (*opening.signs, "repeated")


def _setting(opening: Opening) -> tuple[str, MarkForm, bool, bool, float]:
    marker = opening.marker
    return marker.text, marker.form, marker.is_raised, marker.is_glued, opening.line.size


def _is_apart(view: PageView, index: int) -> bool:
    line, before = view.lines[index], view.lines[index - 1] if index else None
    if before is None or before.tag is not LineTag.BODY:
        return True
    return not 0 < before.box[1] - line.box[1] < _APART * line.size


def rule_above(view: PageView, line: PageLine) -> str:
    """`ruled` for a short rule above the line, with only lines of similar type between.

    `wide_ruled` for one over the text's width, `table_ruled` for one of several of the same extent.
    """
    top = line.box[3] - 1
    found = ""
    for rule in view.rules:
        is_short = rule[2] - rule[0] <= _SHORT_RULE * view.text_width
        if rule[1] < top or (is_short and abs(rule[0] - line.box[0]) > 40) or rule[2] < line.box[0]:
            continue
        between = [
            n for n in view.lines if top < n.box[3] <= rule[3] and _overlap(n.box, line.box) and n is not line
        ]
        if all(abs(n.size - line.size) <= 1.0 and n.tag is not LineTag.RUNNING for n in between):
            if is_short and not _is_of_table(rule, view.rules):
                return "ruled"
            found = found or ("table_ruled" if is_short else "wide_ruled")
    return found


def _is_of_table(rule: Box, rules: Sequence[Box]) -> bool:
    return any(
        abs(other[0] - rule[0]) < 2 and abs(other[2] - rule[2]) < 2 and abs(other[1] - rule[1]) > 4
        for other in rules
    )


def is_at_foot(view: PageView, line: PageLine) -> bool:
    """Whether only running lines and lines of the same or smaller type follow in the column."""
    return not any(
        n.size > line.size + SAME_TYPE
        and n.tag is LineTag.BODY
        and n.box[3] < line.box[1] + 1
        and _overlap(n.box, line.box)
        for n in view.lines
    )


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > 1


# ---------------------------------------------------------------- citations


def page_citations(view: PageView, openings: Sequence[Opening]) -> list[CitingMarker]:
    """Markers of the page that may cite a note, in order."""
    at_start = {id(o.line) for o in openings if o.is_small or o.is_ruled}
    return [
        CitingMarker(line, index, marker, tuple(_citation_signs(line, marker)))
        for index, line in enumerate(view.lines)
        if line.tag is not LineTag.RUNNING and may_cite(line)
        for marker in citing_markers(line)
        if not (marker.start == 0 and id(line) in at_start)
    ]


def glued_citations(view: PageView, openings: Sequence[Opening]) -> list[CitingMarker]:
    """Digits of body lines that stick to a word and may cite one of these openings, the weakest evidence."""
    body = [(index, line) for index, line in enumerate(view.lines) if line.tag is LineTag.BODY]
    marks = {o.marker.text for o in openings}
    starts = {id(o.line) for o in openings}
    return [
        CitingMarker(line, index, Marker(line.text[a:b], form, a, b, False, True), ("cites_glued",))
        for index, line in body
        if id(line) not in starts
        for mark in marks
        for form, a, b in glued_markers(line, mark)
    ]


def _citation_signs(line: PageLine, marker: Marker) -> Iterator[str]:
    yield "cites_raised" if marker.is_raised else f"cites_{marker.form.value}"
    if marker.is_glued and marker.is_raised:
        yield "cites_part"
    before = line.text[: marker.start]
    if not marker.is_raised:
        if before[-1:].isspace():
            yield "cites_spaced"
        if _REFERRING.search(before[-24:]):
            yield "cites_referring"
    elif marker.start == 0:
        yield "cites_first"


def is_inline_mark(marker: Marker) -> bool:
    """Whether the marker is told from the text by its form or position: it may wait for an end note."""
    return marker.is_raised or marker.form in (
        MarkForm.CIRCLED,
        MarkForm.BRACKET,
        MarkForm.NOTE_WORD,
        MarkForm.STAR_NUMBER,
    )


def matches(opening: Marker, citing: Marker) -> bool:
    """Whether the citation can be that of the opening: a superscript of any form, `(1)` only of `(1)`."""
    if opening.is_struck != citing.is_struck:
        return False
    if not (
        citing.is_raised or opening.is_raised or citing.form is opening.form or _is_dressed(opening, citing)
    ):
        return False
    if opening.form is MarkForm.PAREN and citing.form is MarkForm.BARE and is_word_mark(opening.text):
        return False  # a list within a note, beside a table's note a
    return same_place(opening.text, citing.text)


def _is_dressed(opening: Marker, citing: Marker) -> bool:
    """`[1]` in the text and `1.` before the note."""
    return opening.form in (MarkForm.BARE, MarkForm.HALF_PAREN) and citing.form in (
        MarkForm.BRACKET,
        MarkForm.NOTE_WORD,
        MarkForm.STAR_NUMBER,
    )
