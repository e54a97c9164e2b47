"""Ground quotes: find each in its chunk, exactly or folded, and cite its place in the document.

A quote with one changed word is absent. A model's quote may differ by the case of its letters, or
have `\\n` for a line break: it is cited in the page's words. A quote begins and ends at word boundaries ("SQL" is not in
"MySQL"). A quote that joins pieces with an ellipsis is found if all pieces are in one passage, in
order. Its citation has a span for each piece, but the critic sees all text between them: the
omitted words may include a "not".

Shapes:
    A passage range (start, end) is in code points of `Passage.text`; `passage_citation` makes
    document spans of it.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tasks.core.grounding.rewriting import lowered, may_differ, with_breaks
from tasks.core.records import Candidate, Chunk, Citation, MatchKind, Page, Part, Passage, Span
from tasks.core.text.folding import fold, is_cjk

Cited = TypeVar("Cited", Candidate, Part)


def _occurrences(quote: str, text: str) -> Iterator[int]:
    """The starts of the quote in the text, at word boundaries only."""
    start = text.find(quote)
    while start >= 0:
        end = start + len(quote)
        if not _inside_word(text, start) and not _inside_word(text, end):
            yield start
        start = text.find(quote, start + 1)


def _inside_word(text: str, position: int) -> bool:
    """Whether there are letters or digits on both sides, in a script with spaces between words."""
    if not 0 < position < len(text):
        return False
    before, after = text[position - 1], text[position]
    return before.isalnum() and after.isalnum() and not is_cjk(before) and not is_cjk(after)


_ELLIPSIS = re.compile(r"\s*(?:[\[(]\s*(?:\.{3}|…)+\s*[\])]|(?:\.\s?){3,}|…+)\s*")
# Least characters of a piece of a joined quote: the words of `may ... assign` are anywhere.
_MIN_PIECE, _MIN_PIECE_CJK = 12, 5


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of a quote in a chunk."""

    passage_index: int
    start: int
    end: int
    match: MatchKind
    pieces: tuple[tuple[int, int], ...] = ()  # the ranges of the pieces of a joined quote, in order
    is_rewritten: bool = False  # the quote has another case, or its line breaks were escaped twice


def placements(quote: str, chunk: Chunk) -> tuple[Placement, ...]:
    """All places of the quote in the chunk: the exact ones, else folded, else joined ones."""
    if not quote.strip():
        return ()
    exact = tuple(
        Placement(i, at, at + len(quote), MatchKind.EXACT)
        for i, passage in enumerate(chunk.passages)
        for at in _occurrences(quote, passage.text)
    )
    return (
        exact or _normalised(quote, chunk, False) or _normalised(quote, chunk, True) or _joined(quote, chunk)
    )


def answer_placements(quote: str, chunk: Chunk) -> tuple[Placement, ...]:
    """All places of a quote as a model writes it: `placements`, else in another case, else with its
    escaped line breaks read. Other than exact, all of them are normalised."""
    return placements(quote, chunk) or _in_other_case(quote, chunk) or _unescaped(quote, chunk)


def _in_other_case(quote: str, chunk: Chunk) -> tuple[Placement, ...]:
    found = (
        _normalised(quote, chunk, False, True)
        or _normalised(quote, chunk, True, True)
        or _joined(quote, chunk, True)
    )
    return tuple(replace(place, is_rewritten=True) for place in found)


def _unescaped(quote: str, chunk: Chunk) -> tuple[Placement, ...]:
    plain = with_breaks(quote)
    if plain is None:
        return ()
    found = placements(plain, chunk) or _in_other_case(plain, chunk)
    return tuple(replace(p, match=MatchKind.NORMALISED, is_rewritten=True) for p in found)


def _normalised(
    quote: str, chunk: Chunk, join_hyphens: bool, any_case: bool = False
) -> tuple[Placement, ...]:
    return tuple(
        Placement(i, start, end, MatchKind.NORMALISED)
        for i, passage in enumerate(chunk.passages)
        for start, end in _folded_places(quote, passage.text, join_hyphens, any_case)
    )


def _folded_places(
    quote: str, text: str, join_hyphens: bool, any_case: bool = False
) -> Iterator[tuple[int, int]]:
    folded_quote, folded = fold(quote, join_hyphens).text, fold(text, join_hyphens)
    words, page = folded_quote, folded.text
    if any_case:
        words, page = lowered(words), lowered(page)
    for at in _occurrences(words, page) if words else ():
        end = at + len(words)
        if not any_case or may_differ(folded_quote, folded.text[at:end]):
            yield folded.original(at, end)


def _joined(quote: str, chunk: Chunk, any_case: bool = False) -> tuple[Placement, ...]:
    pieces = [p for p in _ELLIPSIS.split(quote) if p.strip()]
    if not _ELLIPSIS.search(quote) or not pieces or not all(map(_is_long_enough, pieces)):
        return ()
    return tuple(
        Placement(i, chain[0][0], chain[-1][1], MatchKind.NORMALISED, chain)
        for i, passage in enumerate(chunk.passages)
        for chain in _chains(pieces, passage.text, any_case)
    )


def _is_long_enough(piece: str) -> bool:
    folded = fold(piece).text
    return len(folded) >= (_MIN_PIECE_CJK if any(map(is_cjk, folded)) else _MIN_PIECE)


def _chains(pieces: Sequence[str], text: str, any_case: bool) -> Iterator[tuple[tuple[int, int], ...]]:
    """The places of the pieces in order, each piece as near as possible to the one before."""
    places = [list(_folded_places(p, text, True, any_case)) for p in pieces]
    starts = [[start for start, _ in piece_places] for piece_places in places]
    for number, first in enumerate(places[0]):
        chain = [first]
        for piece_places, piece_starts in zip(places[1:], starts[1:], strict=True):
            after = bisect.bisect_left(piece_starts, chain[-1][1])
            if after == len(piece_places):
                return
            chain.append(piece_places[after])
        # Skip a chain if its first piece occurs again before the second: that chain is shorter.
        nearer = places[0][number + 1 : number + 2]
        if len(chain) == 1 or not nearer or nearer[0][1] > chain[1][0]:
            yield tuple(chain)


def choose_placements(
    candidates: Sequence[Candidate], chunk: Chunk, pages: Sequence[Page] = ()
) -> tuple[Placement | None, ...]:
    """One place for each candidate of an answer, None if the quote is absent.

    An answer lists the values of a field in the order of the text, so a quote with several places
    gets the first one after the field's previous value. An equal quote gets another place while one
    is free. A candidate that is cited already stays where it is.
    """
    stays = {
        index: place
        for index, candidate in enumerate(candidates)
        if candidate.citation is not None and (place := _place_of(candidate, chunk, pages)) is not None
    }
    taken: set[tuple[str, int, int]] = {
        (candidates[i].field, place.passage_index, place.start) for i, place in stays.items()
    }
    cursor: dict[str, tuple[int, int]] = {}
    chosen: list[Placement | None] = []
    for index, candidate in enumerate(candidates):
        if index in stays:
            chosen.append(stays[index])
            continue
        places = answer_placements(candidate.quote, chunk)
        place = _next_place(candidate, places, taken, cursor.get(candidate.field, (0, -1)))
        if place is not None:
            taken.add((candidate.field, place.passage_index, place.start))
            cursor[candidate.field] = (place.passage_index, place.start)
        chosen.append(place)
    return tuple(chosen)


def _place_of(candidate: Candidate, chunk: Chunk, pages: Sequence[Page]) -> Placement | None:
    spans = candidate.citation.spans if candidate.citation and pages else None
    places = answer_placements(candidate.quote, chunk)
    return next((p for p in places if placement_citation(p, chunk, pages).spans == spans), None)


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
    """The document spans of a range of a passage, one for each page and continuous piece."""
    spans: list[Span] = []
    for segment in passage.segments:
        first, last = max(start, segment.start), min(end, segment.start + segment.length)
        if first >= last:
            continue
        shift = segment.doc_start - segment.start
        for piece in _split_at_pages(Span(first + shift, last + shift), pages):
            last = spans[-1] if spans else None
            continues = last is not None and last.end == piece.start
            if last and continues and page_of(last.start, pages) == page_of(piece.start, pages):
                spans[-1] = Span(last.start, piece.end)
            else:
                spans.append(piece)
    numbers = sorted({page_of(s.start, pages).page_number for s in spans})
    return Citation(tuple(spans), tuple(numbers), passage.footnote_index, match)


def _split_at_pages(span: Span, pages: Sequence[Page]) -> Iterator[Span]:
    start = span.start
    while start < span.end:
        page = page_of(start, pages)
        end = min(span.end, page.end) if page.end > start else span.end
        yield Span(start, end)
        start = end


def page_of(offset: int, pages: Sequence[Page]) -> Page:
    """The page on which a character stands. There must be one."""
    return pages[max(0, bisect.bisect_right(pages, offset, key=lambda p: p.start) - 1)]


def cited_text(citation: Citation, document_text: str) -> str:
    """The document text of the citation's spans."""
    return "".join(document_text[s.start : s.end] for s in citation.spans)


def ground(
    candidates: Sequence[Candidate], chunk: Chunk, document_text: str, pages: Sequence[Page]
) -> tuple[tuple[Candidate, Placement | None], ...]:
    """The candidates with places, and with the document's own words if they have one."""
    grounded: list[tuple[Candidate, Placement | None]] = []
    for candidate, place in zip(candidates, choose_placements(candidates, chunk, pages), strict=True):
        if place is None:
            grounded.append((replace(candidate, citation=None), None))
            continue
        citation = placement_citation(place, chunk, pages)
        grounded.append((with_citation(candidate, place, citation, document_text), place))
    return tuple(grounded)


def with_citation(subject: Cited, place: Placement, citation: Citation, document_text: str) -> Cited:
    """The candidate or part with its citation and the document's own words as its quote."""
    quote = cited_text(citation, document_text)
    # The value of a clause is its quote: if the quote was joined or rewritten, it changes with it.
    is_other = bool(place.pieces) or place.is_rewritten
    is_quote = is_other and fold(subject.value).text == fold(subject.quote).text
    return replace(subject, citation=citation, quote=quote, value=quote if is_quote else subject.value)


def placement_citation(place: Placement, chunk: Chunk, pages: Sequence[Page]) -> Citation:
    """The document spans of a place; a joined quote has at least one for each piece."""
    passage = chunk.passages[place.passage_index]
    if not place.pieces:
        return passage_citation(passage, place.start, place.end, pages, place.match)
    ends = [*(start for start, _ in place.pieces[1:]), place.end]
    cited = [
        # With the white space after it, so that the words of two pieces stay separate.
        passage_citation(passage, start, _after_white_space(passage.text, end, until), pages, place.match)
        for (start, end), until in zip(place.pieces, ends, strict=True)
    ]
    numbers = sorted({number for c in cited for number in c.pages})
    spans = tuple(span for c in cited for span in c.spans)
    return Citation(spans, tuple(numbers), passage.footnote_index, place.match)


def _after_white_space(text: str, end: int, until: int) -> int:
    while end < until and text[end].isspace():
        end += 1
    return end
