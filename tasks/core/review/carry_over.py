"""How decisions over an earlier run hold over a new one of the same document and schema. Pure.

DecidedWords are looked for at the same place if the reading is the same, else by their own text. A decision
over a value goes to the new run's value at that place; without one, to the cell. A person's words
that are nowhere in the new reading are lost, and the person is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tasks.core.grounding.quotes import cited_text, placement_citation, placements
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Citation, MatchKind
from tasks.core.review.records import ReviewDecision

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DecidedWords:
    """A value with its words, as a decision names it."""

    value: str
    normal: str | None
    quote: str
    spans: Spans
    pages: tuple[int, ...]
    footnote_id: int | None


@dataclass(frozen=True, slots=True)
class EarlierDecision:
    """A decision that holds over the earlier run."""

    origin_id: int
    """The review in which the person made it."""
    chunk_id: int
    field: str
    decision: ReviewDecision
    judged: DecidedWords | None
    """None: it was over a cell without a value."""
    right: DecidedWords | None
    """Of CORRECTED."""
    asked: Spans
    """The words that were shown; empty: of another reading."""
    reviewer: str
    reason: str
    shown: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value of the new run."""

    extraction_id: int
    chunk_id: int
    field: str
    is_rejected: bool
    spans: Spans
    places: tuple[Spans, ...] = ()
    """Where else the document says it."""


@dataclass(frozen=True, slots=True)
class WordsPlace:
    """DecidedWords in the new reading; `words` has the new places and the new text."""

    chunk_id: int
    words: DecidedWords


@dataclass(frozen=True, slots=True)
class CarriedDecision:
    """A decision as it holds over the new run."""

    origin: EarlierDecision
    decision: ReviewDecision
    chunk_id: int
    extraction_id: int | None
    words: DecidedWords | None = None
    """Of CORRECTED, the right ones; of a decision over a cell, those that it is about."""


@dataclass(frozen=True, slots=True)
class LostDecision:
    origin: EarlierDecision
    words: DecidedWords


Locate = Callable[[EarlierDecision, DecidedWords], WordsPlace | None]


@dataclass(slots=True)
class CarryOver:
    """The decisions of one earlier run over a new one."""

    values: Sequence[NewValue]
    locate: Locate
    is_same_reading: bool
    any_chunk_id: int
    """A chunk of the new reading, for what is said of the document as a whole."""
    _taken: set[int] = field(default_factory=set[int])
    _named: set[tuple[str, Spans]] = field(default_factory=set[tuple[str, Spans]])
    """Places that some decision is about: a value there is that decision's."""

    def __call__(
        self, decisions: Sequence[EarlierDecision]
    ) -> tuple[list[CarriedDecision], list[LostDecision]]:
        carried: list[CarriedDecision] = []
        lost: list[LostDecision] = []
        over_words = [d for d in decisions if d.decision is not ReviewDecision.NOT_IN_DOCUMENT]
        places = [(d, self._place(d, d.judged), self._place(d, d.right)) for d in over_words]
        self._named = {(d.field, p.words.spans) for d, *found in places for p in found if p is not None}
        for said, judged, right in places:
            kept = said.right or (said.judged if said.decision is ReviewDecision.ACCEPTED else None)
            if kept is None:
                carried += self._wrong(said, judged)
            elif place := (right if said.right else judged):
                carried += self._right(said, place, judged)
            else:
                lost.append(LostDecision(said, kept))
        for name in dict.fromkeys(d.field for d in decisions if d not in over_words):
            carried += self._nothing_of(name, [d for d in decisions if d.field == name])
        return carried, lost

    def _place(self, said: EarlierDecision, words: DecidedWords | None) -> WordsPlace | None:
        return None if words is None else self.locate(said, words)

    def _wrong(self, said: EarlierDecision, judged: WordsPlace | None) -> list[CarriedDecision]:
        """What is no value of the field. Wrong words that stand nowhere cannot be read again."""
        if said.judged is None:
            # Of another reading other passages are shown.
            return [_over_cell(said, said.chunk_id, None)] if self.is_same_reading else []
        if judged is None:
            return []
        value = self._at(said.field, judged)
        if value is None:
            return [_over_cell(said, judged.chunk_id, judged.words)]
        return [self._over(said, said.decision, value)]

    def _right(
        self, said: EarlierDecision, right: WordsPlace, judged: WordsPlace | None
    ) -> list[CarriedDecision]:
        """The right words, over the value that has them, else over the one that they replace."""
        value, wrong = self._at(said.field, right), self._at(said.field, judged)
        if value is not None:
            rows = [self._over(said, ReviewDecision.ACCEPTED, value)]
            if wrong is not None and wrong is not value:
                rows.append(self._over(said, ReviewDecision.REJECTED, wrong))
            return rows
        replaced = wrong or self._touched(said.field, right)
        if replaced is None:
            row = _over_cell(said, right.chunk_id, right.words)
        else:
            row = replace(self._over(said, ReviewDecision.CORRECTED, replaced), words=right.words)
        return [replace(row, decision=ReviewDecision.CORRECTED)]

    def _nothing_of(self, name: str, decisions: Sequence[EarlierDecision]) -> Iterator[CarriedDecision]:
        """Over every value of the field; without any over a cell, so that it is not forgotten."""
        said = [d for d in decisions if d.decision is ReviewDecision.NOT_IN_DOCUMENT]
        origins = {d.judged.spans: d for d in reversed(said) if d.judged is not None}
        values = [v for v in self._of_field(name) if not v.is_rejected]
        for value in values:
            yield self._over(origins.get(value.spans, said[0]), ReviewDecision.NOT_IN_DOCUMENT, value)
        if not values:
            chunk_id = said[0].chunk_id if self.is_same_reading else self.any_chunk_id
            yield _over_cell(said[0], chunk_id, None)

    # ------------------------------------------------------------ values at a place

    def _of_field(self, name: str) -> list[NewValue]:
        return [v for v in self.values if v.field == name and v.extraction_id not in self._taken]

    def _at(self, name: str, place: WordsPlace | None) -> NewValue | None:
        if place is None:
            return None
        of_field, spans = self._of_field(name), place.words.spans
        own = (v for v in of_field if v.spans == spans)
        return next(own, None) or next((v for v in of_field if spans in v.places), None)

    def _touched(self, name: str, place: WordsPlace) -> NewValue | None:
        """The one value that shares words with the place and is nobody's; None: none, or several."""
        found = [
            v
            for v in self._of_field(name)
            if _touch(v.spans, place.words.spans) and (name, v.spans) not in self._named
        ]
        return found[0] if len(found) == 1 else None

    def _over(self, said: EarlierDecision, decision: ReviewDecision, value: NewValue) -> CarriedDecision:
        self._taken.add(value.extraction_id)
        return CarriedDecision(said, decision, value.chunk_id, value.extraction_id)


def _over_cell(said: EarlierDecision, chunk_id: int, words: DecidedWords | None) -> CarriedDecision:
    return CarriedDecision(said, said.decision, chunk_id, None, words)


def _touch(one: Spans, other: Spans) -> bool:
    return any(a < d and c < b for a, b in one for c, d in other)


# ---------------------------------------------------------------- places


def same_place(said: EarlierDecision, words: DecidedWords) -> WordsPlace:
    """Where words stand in the same reading."""
    return WordsPlace(said.chunk_id, words)


@dataclass(frozen=True, slots=True)
class Search:
    """Finds words in another reading of the document."""

    run_input: RunInput
    chunk_ids: Mapping[int, int]
    """By chunk index."""
    footnote_ids: Mapping[int, int]
    """By the index of the note."""

    def __call__(self, _: EarlierDecision, words: DecidedWords) -> WordsPlace | None:
        """The place of the same text: on the same page if it is there, else on the nearest one."""
        found = list(self._found(words, is_exact=True)) or list(self._found(words, is_exact=False))
        if not found:
            return None
        page = words.pages[0] if words.pages else 1
        chunk_index, citation = min(found, key=lambda f: (abs(f[1].pages[0] - page), f[1].spans[0].start))
        note = citation.footnote_index
        spans = tuple((span.start, span.end) for span in citation.spans)
        quote = cited_text(citation, self.run_input.reading.text)
        # The value of a clause is its words.
        value = quote if words.value == words.quote else words.value
        at = DecidedWords(
            value,
            words.normal,
            quote,
            spans,
            citation.pages,
            None if note is None else self.footnote_ids[note],
        )
        return WordsPlace(self.chunk_ids[chunk_index], at)

    def _found(self, words: DecidedWords, is_exact: bool) -> Iterator[tuple[int, Citation]]:
        for chunk in self.run_input.chunks:
            if is_exact and words.quote not in chunk.passages[0].text:
                continue
            for place in placements(words.quote, chunk):
                # Copies of notes are in chunks of their own as well.
                if place.passage_index == 0 and (place.match is MatchKind.EXACT or not is_exact):
                    yield (
                        chunk.chunk_index,
                        placement_citation(place, chunk, self.run_input.reading.pages),
                    )
