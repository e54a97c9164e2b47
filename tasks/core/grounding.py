"""Grounding: every quote is found in its chunk, exactly or after folding, or it is absent. No model is asked.

Offsets are given in the document text. Folding is NFKC, straight quotes and hyphens, one space for a run of white space and
none beside Chinese characters, and hyphens at line ends. A quote with one word changed is absent, not nearly found; a quote
must begin and end at a word boundary ("SQL" does not stand in "MySQL").

Shapes:
    A passage range (start, end) is in code points of `Passage.text`; `passage_citation` turns it into document spans.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tasks.core.records import Candidate, Chunk, Citation, MatchKind, Page, Passage, Span

_QUOTES = dict.fromkeys(map(ord, "‘’‚‛′`´"), "'") | dict.fromkeys(map(ord, "“”„‟″«»"), '"')
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−\ufffe"), "-")
_DROPPED = frozenset("\u00ad\u200b\u200c\u200d\ufeff")
_TABLE = _QUOTES | _HYPHENS
# Ideographs, kana, and CJK punctuation in its folded and unfolded forms: white space beside them carries no meaning.
_CJK = re.compile(r"[\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, where that character begins in the original."""

    text: str
    origin: tuple[int, ...]
    length: int
    """Code points of the original."""

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original range behind the folded range, without the white space that was folded after it."""
        last = self.origin[end - 1]
        return self.origin[start], last + 1


@lru_cache(maxsize=4096)
def fold(text: str, join_hyphens: bool = False) -> Folded:
    """Fold a text, keeping the way back.

    Args:
        text: Any text.
        join_hyphens: Also drop a hyphen before a line end, so that "obliga-\\ntion" equals "obligation".
    """
    characters: list[str] = []
    origin: list[int] = []
    for index, folded in _folded_characters(text, join_hyphens):
        if folded == " " and (not characters or characters[-1] == " " or _is_cjk(characters[-1])):
            continue
        if characters and characters[-1] == " " and _is_cjk(folded):
            characters.pop()
            origin.pop()
        characters.append(folded)
        origin.append(index)
    while characters and characters[-1] == " ":
        characters.pop()
        origin.pop()
    return Folded("".join(characters), tuple(origin), len(text))


def _folded_characters(text: str, join_hyphens: bool) -> Iterator[tuple[int, str]]:
    skip_until = 0
    for index, character in enumerate(text):
        if index < skip_until or character in _DROPPED:
            continue
        mapped = _TABLE.get(ord(character), character)
        if mapped == "-" and (after := _line_end_after(text, index)):
            skip_until = after
            if join_hyphens:
                continue
        for part in unicodedata.normalize("NFKC", mapped):
            part = _TABLE.get(ord(part), part)
            yield index, " " if part.isspace() else part


def _line_end_after(text: str, index: int) -> int:
    """Where the next line's text begins if only white space with a newline follows `index`, else 0."""
    end = index + 1
    while end < len(text) and text[end].isspace():
        end += 1
    return end if "\n" in text[index + 1 : end] and end < len(text) else 0


def _is_cjk(character: str) -> bool:
    return bool(_CJK.match(character))


def _occurrences(quote: str, text: str) -> Iterator[int]:
    """Starts of the quote in the text, at word boundaries only."""
    start = text.find(quote)
    while start >= 0:
        end = start + len(quote)
        if not _inside_word(text, start) and not _inside_word(text, end):
            yield start
        start = text.find(quote, start + 1)


def _inside_word(text: str, position: int) -> bool:
    """A letter or digit on both sides, in a script that puts spaces between words."""
    if not 0 < position < len(text):
        return False
    before, after = text[position - 1], text[position]
    return before.isalnum() and after.isalnum() and not _is_cjk(before) and not _is_cjk(after)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a quote stands in a chunk."""

    passage_index: int
    start: int
    end: int
    match: MatchKind


def placements(quote: str, chunk: Chunk) -> tuple[Placement, ...]:
    """Every place of the quote in the chunk's passages, in order; exact ones if there are any, else normalised ones."""
    if not quote.strip():
        return ()
    exact = tuple(
        Placement(i, at, at + len(quote), MatchKind.EXACT)
        for i, passage in enumerate(chunk.passages)
        for at in _occurrences(quote, passage.text)
    )
    return exact or _normalised(quote, chunk, False) or _normalised(quote, chunk, True)


def _normalised(quote: str, chunk: Chunk, join_hyphens: bool) -> tuple[Placement, ...]:
    wanted = fold(quote, join_hyphens).text
    if not wanted:
        return ()
    found: list[Placement] = []
    for i, passage in enumerate(chunk.passages):
        folded = fold(passage.text, join_hyphens)
        for at in _occurrences(wanted, folded.text):
            start, end = folded.original(at, at + len(wanted))
            found.append(Placement(i, start, end, MatchKind.NORMALISED))
    return tuple(found)


def choose_placements(candidates: Sequence[Candidate], chunk: Chunk) -> tuple[Placement | None, ...]:
    """One place for each candidate of an answer, None where the quote is absent.

    A quote that stands in several places is placed by order: an answer lists a field's values as they stand in the text, so the
    first place after the field's previous value is taken; the same quote given twice never takes one place twice while another
    is free.
    """
    taken: set[tuple[str, int, int]] = set()
    cursor: dict[str, tuple[int, int]] = {}
    chosen: list[Placement | None] = []
    for candidate in candidates:
        places = placements(candidate.quote, chunk)
        place = _next_place(candidate, places, taken, cursor.get(candidate.field, (0, -1)))
        if place is not None:
            taken.add((candidate.field, place.passage_index, place.start))
            cursor[candidate.field] = (place.passage_index, place.start)
        chosen.append(place)
    return tuple(chosen)


def _next_place(
    candidate: Candidate,
    places: Sequence[Placement],
    taken: set[tuple[str, int, int]],
    after: tuple[int, int],
) -> Placement | None:
    free = [p for p in places if (candidate.field, p.passage_index, p.start) not in taken]
    later = [p for p in free if (p.passage_index, p.start) > after]
    return next(iter(later or free or places), None)


def passage_citation(
    passage: Passage, start: int, end: int, pages: Sequence[Page], match: MatchKind = MatchKind.EXACT
) -> Citation:
    """The document spans behind a range of a passage, one for each page (and each uninterrupted piece) it touches."""
    spans: list[Span] = []
    for segment in passage.segments:
        first, last = max(start, segment.start), min(end, segment.start + segment.length)
        if first >= last:
            continue
        shift = segment.doc_start - segment.start
        for piece in _split_at_pages(Span(first + shift, last + shift), pages):
            if (
                spans
                and spans[-1].end == piece.start
                and _page_of(spans[-1].start, pages) == _page_of(piece.start, pages)
            ):
                spans[-1] = Span(spans[-1].start, piece.end)
            else:
                spans.append(piece)
    numbers = sorted({_page_of(s.start, pages).page_number for s in spans})
    return Citation(tuple(spans), tuple(numbers), passage.footnote_index, match)


def _split_at_pages(span: Span, pages: Sequence[Page]) -> Iterator[Span]:
    start = span.start
    while start < span.end:
        page = _page_of(start, pages)
        end = min(span.end, page.end) if page.end > start else span.end
        yield Span(start, end)
        start = end


def _page_of(offset: int, pages: Sequence[Page]) -> Page:
    return pages[max(0, bisect.bisect_right(pages, offset, key=lambda p: p.start) - 1)]


def cited_text(citation: Citation, document_text: str) -> str:
    """Exactly the document text of the citation's spans."""
    return "".join(document_text[s.start : s.end] for s in citation.spans)


def ground(
    candidates: Sequence[Candidate], chunk: Chunk, document_text: str, pages: Sequence[Page]
) -> tuple[tuple[Candidate, Placement | None], ...]:
    """Ground an answer: each candidate with its citation and the document's own words, or with None when absent."""
    grounded: list[tuple[Candidate, Placement | None]] = []
    for candidate, place in zip(candidates, choose_placements(candidates, chunk), strict=True):
        if place is None:
            grounded.append((replace(candidate, citation=None), None))
            continue
        passage = chunk.passages[place.passage_index]
        citation = passage_citation(passage, place.start, place.end, pages, place.match)
        quote = cited_text(citation, document_text)
        grounded.append((replace(candidate, citation=citation, quote=quote), place))
    return tuple(grounded)
