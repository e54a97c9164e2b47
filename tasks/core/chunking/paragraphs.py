"""Group the body lines of a document into paragraphs and recognise headings.

Decides by gaps, indents, font sizes and enumerators. A paragraph may continue on the next page:
headers, footers and notes between its lines are not body lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from tasks.core.records import Line, LineTag, Reading

_WIDE_GAP = 1.35  # of the page's usual distance between lines
_INDENT = 1.2  # of the size
_SHORT = 0.82  # of the page's text width: a line that ends here was ended on purpose
_MAX_HEADING_CHARS = 110

_FIRST_CJK = "\u2e80"
_TYPED_RULE = re.compile(r"[-–—_=.\s]{3,}")

_ENDED = re.compile(r"[.!?:;。！？：；][\"'”’»)\]）】」』]*[\d*†‡§¶①-⑳]{0,3}(?:\s*(?:and|or))?$")
_ENUMERATOR = re.compile(
    r"(?:\(?(?:[a-zA-Z]|[ivxIVX]{1,5}|\d{1,2})[.)]\s|\d{1,2}(?:\.\d{1,2}){1,4}\.?\s|\d{1,2}\.\s"
    r"|(?:ARTICLE|Article|SECTION|Section|SCHEDULE|Schedule|EXHIBIT|Exhibit|ANNEX|Annex)\s+[\dIVXA-Z]"
    r"|第[一二三四五六七八九十百零\d]{1,5}[条章节款]|[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]|[•·●▪◦o-]\s)"
)
_NUMBERED_HEADING = re.compile(
    r"(?:ARTICLE|Article|SECTION|Section|SCHEDULE|EXHIBIT|ANNEX|Schedule|Exhibit|Annex)\s+[\dIVXLA-Z.]+\b|\d{1,2}(?:\.\d{1,2}){0,2}\.?\s+\S|[IVXL]{1,5}\.\s+\S|第[一二三四五六七八九十百零\d]{1,5}[条章节]"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of body lines; `start` and `end` are indexes into the document's body lines."""

    start: int
    end: int
    is_heading: bool


@dataclass(frozen=True, slots=True)
class _PageShape:
    pitch: float
    left: float
    right: float


def body_lines(reading: Reading) -> tuple[Line, ...]:
    """The lines that chunks are made of, in the order of the document."""
    return tuple(line for line in reading.lines if line.tag is LineTag.BODY)


def paragraphs(
    lines: Sequence[Line], texts: Sequence[str | None], apart: frozenset[int] = frozenset()
) -> tuple[Paragraph, ...]:
    """The paragraphs of the body lines, without gaps or overlaps.

    Args:
        texts: The live text of each line, stripped; None: nothing of the line is live, and it
            belongs to the paragraph around it.
        apart: Indexes of lines that begin a paragraph in any case.
    """
    shapes = _page_shapes(lines)
    headings = [
        text is not None and (is_titled(line) or _looks_like_heading(text))
        for line, text in zip(lines, texts, strict=True)
    ]
    starts = [
        i for i in range(len(lines)) if i == 0 or i in apart or _begins(lines, texts, headings, shapes, i)
    ]
    ranges = pairwise([*starts, len(lines)])
    return tuple(
        Paragraph(start, end, _is_heading(lines[start:end], texts[start:end])) for start, end in ranges
    )


def has_no_place(line: Line) -> bool:
    """Whether the line is of a document without positions (Word): its box has no width."""
    return line.font_size > 0 and line.box[0] == line.box[2]


def is_titled(line: Line) -> bool:
    """Whether the document itself says that the line is a heading: `y1` is its level then."""
    return has_no_place(line) and line.box[3] > line.box[1]


def _page_shapes(lines: Sequence[Line]) -> dict[int, _PageShape]:
    by_page: dict[int, list[Line]] = {}
    for line in lines:
        by_page.setdefault(line.page_number, []).append(line)
    shapes: dict[int, _PageShape] = {}
    for page_number, page in by_page.items():
        pitches = [a.box[1] - b.box[1] for a, b in pairwise(page)]
        sizes = [line.font_size for line in page[:-1]]
        usual = [p for p, size in zip(pitches, sizes, strict=True) if 0.8 * size < p < 2.6 * size]
        left, right = min(n.box[0] for n in page), max(n.box[2] for n in page)
        shapes[page_number] = _PageShape(median(usual) if usual else 0.0, left, right)
    return shapes


def _begins(
    lines: Sequence[Line],
    texts: Sequence[str | None],
    headings: Sequence[bool],
    shapes: dict[int, _PageShape],
    i: int,
) -> bool:
    """Whether body line `i` begins a paragraph."""
    text = texts[i]
    if text is None or _TYPED_RULE.fullmatch(text):  # it underlines the line above
        return False
    j = next((j for j in range(i - 1, -1, -1) if not _TYPED_RULE.fullmatch(texts[j] or "---")), i - 1)
    line, last = lines[i], lines[j]
    ended, after_heading = bool(_ENDED.search(texts[j] or "")), headings[j]
    is_short = _is_short(last, shapes[last.page_number])
    if (ended or after_heading or is_short) and (headings[i] or _ENUMERATOR.match(text)):
        return True
    if line.page_number != last.page_number:
        return ended or after_heading
    if abs(line.font_size - last.font_size) > 1.2 or (after_heading and is_short):
        return True
    # Lines that are left out leave no gap.
    drop = (last if texts[i - 1] is not None else lines[i - 1]).box[1] - line.box[1]
    return _is_apart(line, last, drop, ended, shapes[line.page_number])


def _is_apart(line: Line, last: Line, drop: float, ended: bool, shape: _PageShape) -> bool:
    """Whether there is a wide gap, or an indent or a short line after the end of a sentence.

    Units:
        `drop`: points from the line above.
    """
    if shape.pitch and drop > _WIDE_GAP * shape.pitch and drop > 1.25 * line.font_size:
        return True
    if not ended:
        return False
    indented = line.box[0] > last.box[0] + _INDENT * line.font_size
    return indented or _is_short(last, shape)


def _is_short(line: Line, shape: _PageShape) -> bool:
    return line.box[2] < shape.left + _SHORT * (shape.right - shape.left)


def _is_heading(lines: Sequence[Line], texts: Sequence[str | None]) -> bool:
    shown = [text for text in texts if text is not None]
    if len(shown) == 1 and any(map(is_titled, lines)):
        return True
    return len(shown) <= 3 and _looks_like_heading(" ".join(shown))


def _looks_like_heading(text: str) -> bool:
    if not 2 <= len(text) <= _MAX_HEADING_CHARS or text[-1] in ",;，；、":
        return False
    letters = list(filter(str.isalpha, text))
    if len(letters) < 2:
        return False
    capitals = sum(map(str.isupper, letters))
    if capitals >= 0.85 * len(letters):
        return True
    if not _NUMBERED_HEADING.match(text) or text[-1] in "。！？!?":
        return False
    words = [w for w in text.split() if w[:1].isalpha()]
    titled = sum(w[:1].isupper() or w[:1] >= _FIRST_CJK or len(w) <= 3 for w in words)
    return len(text) <= 70 and text.rstrip(".").count(". ") <= 1 and titled >= 0.7 * max(1, len(words))
