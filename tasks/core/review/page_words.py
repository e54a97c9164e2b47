"""The words of a page that a person can select, and what a selection is in the document text. Pure.

A selection goes from a first to a last word. What stands between them only because of the page (a
running line, a note below the body) is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from tasks.core.records import Line, Reading, Span

MAX_PART_CHARS = 12_000
"""Of a document without pages: about two pages of print."""
MAX_WORDS = 8_000
"""On one page: the rest of a page with more is shown as text that cannot be selected."""
_IDEOGRAPH = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_LETTER = rf"[\w--{_IDEOGRAPH}]"
_WORD = regex.compile(
    rf"{_IDEOGRAPH}|[\p{{Sc}}§#]?{_LETTER}+(?:[.,'’/:@&\-]{_LETTER}+)*%?|[^\w\s]",
    regex.VERSION1,
)
"""A word, with the sign of a currency before it; an ideograph; any other sign, alone."""


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """What is shown at once of a document: a page; of a document without pages, some paragraphs."""

    number: int
    """From 1."""
    start: int
    end: int
    page_number: int
    """0: the document has no pages."""


def document_parts(reading: Reading, has_pages: bool) -> tuple[DocumentPart, ...]:
    """All parts in order, at least one.

    Args:
        has_pages: Whether its pages can be looked at; else it is cut by length, at ends of lines.
    """
    if has_pages and reading.pages:
        pages = enumerate(reading.pages, start=1)
        return tuple(DocumentPart(n, page.start, page.end, page.page_number) for n, page in pages)
    ends = list(_ends(reading))
    starts = [0, *ends[:-1]]
    return tuple(DocumentPart(n, *ends_of, 0) for n, ends_of in enumerate(zip(starts, ends, strict=True), 1))


def _ends(reading: Reading) -> Iterator[int]:
    start = 0
    for before, line in zip(reading.lines, reading.lines[1:], strict=False):
        if line.end - start > MAX_PART_CHARS and before.end > start:
            yield before.end
            start = before.end
    yield len(reading.text)


def words_in(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The words of a range of the document text, at most `MAX_WORDS`."""
    found = _WORD.finditer(text, start, end)
    return tuple(Span(*match.span()) for match, _ in zip(found, range(MAX_WORDS), strict=False))


def selected(reading: Reading, start: int, end: int) -> tuple[Span, ...]:
    """The ranges of a selection: whole words, without lines that only the page puts between them.

    Returns:
        Empty: there are no words.
    """
    if not 0 <= start < end <= len(reading.text):
        return ()
    start, end = _snapped(reading.text, start, end)
    lines = [line for line in reading.lines if line.start < end and start < line.end]
    ends = {line.tag for line in (*lines[:1], *lines[-1:])}
    kept = [line for line in lines if line.tag in ends] if lines else []
    pieces = _joined(kept, start, end) if kept else [(start, end)]
    trimmed = (_trimmed(reading.text, *piece) for piece in pieces)
    return tuple(Span(*piece) for piece in trimmed if piece[0] < piece[1])


def _snapped(text: str, start: int, end: int) -> tuple[int, int]:
    """The range widened to whole words."""
    low, high = max(0, start - 200), min(len(text), end + 200)
    for word in words_in(text, low, high):
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end:
            end = word.end
    return start, end


def _joined(lines: Sequence[Line], start: int, end: int) -> list[tuple[int, int]]:
    """The lines' ranges, those that touch as one."""
    pieces: list[tuple[int, int]] = []
    for line in lines:
        piece = max(start, line.start), min(end, line.end)
        if pieces and pieces[-1][1] == piece[0]:
            piece = pieces.pop()[0], piece[1]
        pieces.append(piece)
    return pieces


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
