"""A quote of the live text skips the words that are left out, and cites the document truly."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.chunking.chunks import chunk_document
from tasks.core.error_book.entries import passage_range
from tasks.core.grounding.checks import NOT_IN_CHUNK
from tasks.core.grounding.quotes import cited_text
from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput, ground_answer
from tasks.core.prompts.revision import kept_answer
from tasks.core.records import NOT_LIVE, LineTag, Mark, MarkKind, ModelAnswer, Reading, Span, Stage
from tests.unit.core.builders import small_schema
from tests.unit.core.chunking.test_chunks import Draft
from tests.unit.core.chunking.test_live import marked

SCHEMA = small_schema("price")


def redline() -> Reading:
    """The price of a redline, struck and inserted, over a line end."""
    page = Draft()
    page.line("The price is USD 5,000,000 3,000,000 for each whole year", LineTag.BODY, 1, 700)
    page.line("that has ended before the Closing Date.", LineTag.BODY, 1, 688)
    page.page(1, 0)
    reading = page.reading([])
    marks: list[Mark] = []
    for words, kind in (
        ("5,000,000", MarkKind.STRUCK),
        ("3,000,000", MarkKind.INSERTED),
        ("whole year", MarkKind.STRUCK),
        ("that has ended", MarkKind.STRUCK),
    ):
        at = reading.text.index(words)
        marks.append(Mark(at, at + len(words), kind))
    return replace(reading, marks=tuple(marks))


def answered(reading: Reading, *quotes: str) -> GroundedAnswer:
    raw = json.dumps({"items": [{"field": "price", "quote": quote} for quote in quotes]})
    run_input = RunInput(reading, chunk_document(reading), SCHEMA)
    return run_input.ground(ModelAnswer(0, 1, Stage.GENERATE, raw, "g/1", 1.0))


def test_price_of_a_redline_is_the_inserted_one() -> None:
    reading = redline()
    new, old = answered(reading, "USD 3,000,000", "USD 5,000,000").candidates
    assert new.citation is not None and old.citation is None
    first, second = new.citation.spans
    texts = [reading.text[s.start : s.end] for s in (first, second)]
    assert (texts, new.quote, new.citation.pages) == (["USD ", "3,000,000"], "USD 3,000,000", (1,))


def test_only_the_struck_price_is_flagged() -> None:
    (finding,) = answered(redline(), "USD 3,000,000", "USD 5,000,000").findings
    assert (finding.candidate_index, finding.reason) == (1, NOT_IN_CHUNK)


def test_quote_over_a_strike_that_crosses_a_line_end_has_a_span_for_each_piece() -> None:
    reading = redline()
    (found,) = answered(reading, "for each before the Closing Date").candidates
    assert found.citation is not None
    assert found.quote == cited_text(found.citation, reading.text) == "for each\nbefore the Closing Date"
    assert len(found.citation.spans) == 3


def test_kept_answer_gives_the_same_place_again() -> None:
    reading = redline()
    (chunk,) = chunk_document(reading)
    (found,) = answered(reading, "for each before the Closing Date").candidates
    raw = kept_answer([found], chunk, reading.text)
    (again,) = ground_answer(raw, SCHEMA, chunk, reading.text, reading.pages, UnprovableWords()).candidates
    assert again.citation is not None and found.citation is not None
    assert again.citation.spans == found.citation.spans


@given(marked(), st.integers(0, 2**32))
def test_any_words_of_a_chunk_are_cited_where_they_stand(reading: Reading, seed: int) -> None:
    rng = random.Random(seed)
    dead = {at for m in reading.marks if m.kind in NOT_LIVE for at in range(m.start, m.end)}
    for chunk in chunk_document(reading, 500):
        text = chunk.passages[0].text
        start = rng.randrange(len(text))
        quote = text[start : start + rng.randint(1, 120)].strip()
        raw = json.dumps({"items": [{"field": "price", "quote": quote}]})
        document = (reading.text, reading.pages, UnprovableWords(reading.marks))
        for candidate in ground_answer(raw, SCHEMA, chunk, *document).candidates:
            if candidate.citation is None:  # the quote begins or ends within a word
                continue
            spans = candidate.citation.spans
            assert cited_text(candidate.citation, reading.text) == candidate.quote
            assert all(a.end <= b.start for a, b in pairwise(spans))
            cited = {at for s in spans for at in range(s.start, s.end)}
            assert all(reading.text[at].isspace() for at in cited & dead)
            place = passage_range(chunk, spans)
            assert (place is not None and text[place[1] : place[2]] == candidate.quote) or place[0]


def test_gold_place_over_struck_words_is_that_of_the_live_text() -> None:
    from tasks.core.error_book.gold_places import place_gold

    reading = redline()
    name = SCHEMA.field_names[0]
    (gold,) = place_gold([(name, "USD 3,000,000 for each")], reading, chunk_document(reading))
    (place,) = gold.places
    assert place.quote == "USD 3,000,000 for each"
    assert place.citation.spans[0] == Span(13, 17)
