"""Chunks hold what the pages say, no more and no less, on readings with any marks."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.chunking.chunks import chunk_document, citing_sentences
from tasks.core.chunking.live import LiveText, live_text
from tasks.core.records import (
    NOT_LIVE,
    Agreement,
    ChunkKind,
    Footnote,
    LineTag,
    Mark,
    MarkKind,
    NoteReference,
    Reading,
    Span,
    TableCell,
)
from tests.unit.core.chunking.test_chunks import MAX_CHARS, Draft, body_chunks, readings


@st.composite
def marked(draw: st.DrawFn) -> Reading:
    """A reading of which any words are marked, over the ends of lines too."""
    reading = draw(readings())
    rng = random.Random(draw(st.integers(0, 2**32)))
    marks: list[Mark] = []
    for _ in range(rng.randint(0, 30) if reading.text else 0):
        start = rng.randrange(len(reading.text))
        end = min(len(reading.text), start + rng.choice([1, 3, 8, 30, 200]))
        marks.append(Mark(start, end, rng.choice(list(MarkKind))))
    return replace(reading, marks=tuple(sorted(marks)))


def dead(reading: Reading) -> set[int]:
    return {at for m in reading.marks if m.kind in NOT_LIVE for at in range(m.start, m.end)}


@given(marked())
def test_every_live_body_character_lies_in_exactly_one_chunk(reading: Reading) -> None:
    held = [
        at
        for chunk in body_chunks(chunk_document(reading, MAX_CHARS))
        for s in chunk.passages[0].segments
        for at in range(s.doc_start, s.doc_start + s.length)
    ]
    body = (at for n in reading.lines if n.tag is LineTag.BODY for at in range(n.start, n.end))
    solid = [at for at in body if not reading.text[at].isspace()]
    assert held == sorted(set(held))
    assert [at for at in held if not reading.text[at].isspace()] == [
        at for at in solid if at not in dead(reading)
    ]


@given(marked())
def test_no_chunk_shows_a_word_that_is_not_live(reading: Reading) -> None:
    for chunk in chunk_document(reading, MAX_CHARS):
        for passage in chunk.passages:
            places = [at for s in passage.segments for at in range(s.doc_start, s.doc_start + s.length)]
            assert "".join(reading.text[at] for at in places) == passage.text
            assert all(reading.text[at].isspace() for at in set(places) & dead(reading))


@given(marked())
def test_no_word_is_joined_to_the_next_line(reading: Reading) -> None:
    """A line that still says something keeps its end, but for a full stop that follows its last words."""
    gone = dead(reading)
    (pieces,) = [list(LiveText(reading).pieces(0, len(reading.text)))]
    held = {at for s in pieces for at in range(s.start, s.end)}
    for line in reading.lines:
        says = any(at not in gone and not reading.text[at].isspace() for at in range(line.start, line.end))
        following = next((reading.text[at] for at in range(line.end, len(reading.text)) if at in held), "")
        may_join = says and following in ",.;:!?)]}”’"
        assert (line.end - 1 in held) == says or may_join or not gone


@given(marked())
def test_contexts_are_live_text(reading: Reading) -> None:
    chunks = body_chunks(chunk_document(reading, MAX_CHARS))
    body = "".join(chunk.passages[0].text for chunk in chunks)
    at = 0
    for chunk in chunks:
        end = at + len(chunk.passages[0].text)
        assert chunk.context_before == body[max(0, at - 400) : at]
        assert chunk.context_after == body[end : end + 400]
        at = end


@given(marked())
def test_note_without_a_live_word_has_no_chunk_and_no_copy(reading: Reading) -> None:
    gone, chunks = dead(reading), chunk_document(reading, MAX_CHARS)
    alive = {
        index
        for index, note in enumerate(reading.footnotes)
        if any(
            at not in gone and not reading.text[at].isspace()
            for s in note.spans
            for at in range(s.start, s.end)
        )
    }
    assert {c.passages[0].footnote_index for c in chunks if c.kind is ChunkKind.NOTE} == alive
    assert {p.footnote_index for c in chunks for p in c.passages[1:]} <= alive


@given(readings(), st.sampled_from(sorted(set(MarkKind) - NOT_LIVE)), st.integers(0, 400), st.integers(1, 90))
def test_words_that_the_page_shows_stay_in_their_chunk(
    reading: Reading, kind: MarkKind, start: int, length: int
) -> None:
    shown = replace(reading, marks=(Mark(start, start + length, kind),))
    assert chunk_document(shown, MAX_CHARS) == chunk_document(reading, MAX_CHARS)


# ---------------------------------------------------------------- blanks and line ends


def seen(*lines: str) -> str:
    """The live text of lines; `[words]` are struck, over the ends of lines too."""
    page, marks = Draft(), []
    for row, line in enumerate(lines):
        page.line(line.replace("[", "").replace("]", ""), LineTag.BODY, 1, 700 - 12 * row)
    page.page(1, 0)
    opened = at = 0
    for letter in "\n".join(lines):
        if letter == "]":
            marks.append(Mark(opened, at, MarkKind.STRUCK))
        elif letter == "[":
            opened = at
        else:
            at += 1
    reading = replace(page.reading([]), marks=tuple(marks))
    text = live_text(reading)
    assert "".join(c.passages[0].text for c in chunk_document(reading)) == text
    return text


@pytest.mark.parametrize(
    ("line", "live"),
    [
        ("USD [5,000,000] 3,000,000 a year", "USD 3,000,000 a year"),
        ("USD [5,000,000]3,000,000 a year", "USD 3,000,000 a year"),
        ("USD[ 5,000,000 ]3,000,000 a year", "USD 3,000,000 a year"),
        ("[The Seller] The Buyer pays", "The Buyer pays"),
        ("the Buyer pays [on demand]", "the Buyer pays"),
        ("on the [first], second and [third].", "on the, second and."),
        ("the [old] [older] new law", "the new law"),
        ("pay[s] now", "pay now"),
        ("pay [a] [b]", "pay"),
        ("应于[十日]内支付", "应于内支付"),
    ],
)
def test_no_blank_stands_twice_around_struck_words(line: str, live: str) -> None:
    assert seen(line) == live + "\n"


def test_strike_over_a_line_end_joins_the_lines_with_one_line_end() -> None:
    assert (
        seen("The price is [five million", "euros] six million euros.")
        == "The price is\nsix million euros.\n"
    )


@pytest.mark.parametrize("between", [(), ("[affiliate and to any]",)])
def test_full_stop_behind_words_left_out_over_a_line_end_follows_the_live_ones(
    between: tuple[str, ...],
) -> None:
    rows = ("consent of the other party[, except to an]", *between, "[other affiliate]. Next")
    assert seen(*rows) == "consent of the other party. Next\n"


@pytest.mark.parametrize(
    "rows", [("the price [is] fixed", "[so far]. Next"), ("the price[ is]", ". Next"), ("[a]", ". Next")]
)
def test_full_stop_that_opens_a_line_otherwise_stays_there(rows: tuple[str, str]) -> None:
    assert seen(*rows).endswith("\n. Next\n") or seen(*rows) == ". Next\n"


def test_line_that_is_struck_goes_with_its_end() -> None:
    assert seen("The price is fixed", "[and may rise]", "for a year.") == "The price is fixed\nfor a year.\n"


def test_document_of_which_all_is_struck_has_no_chunk() -> None:
    assert seen("[The price is fixed]", "[for a year.]") == ""


def test_struck_line_splits_no_paragraph() -> None:
    page = Draft()
    texts = [
        "The Company shall pay the price of all of the",
        "Products and of the Services that it takes",
        "within ten days",
    ]
    rows = [page.line(text, LineTag.BODY, 1, 700 - 12 * row) for row, text in enumerate(texts)]
    for row in range(3, 9):
        page.line("of the day on which it receives the invoice", LineTag.BODY, 1, 700 - 12 * row)
    page.page(1, 0)
    plain = page.reading([])
    struck = replace(plain, marks=(Mark(rows[1].start, rows[1].end - 1, MarkKind.STRUCK),))
    assert len(chunk_document(plain, 500)) == len(chunk_document(struck, 500)) == 1


# ---------------------------------------------------------------- notes, agreements, cells


def cited_note() -> tuple[Reading, Span]:
    page = Draft()
    cited = page.line("The price is fixed.1 It may rise.1", LineTag.BODY, 1, 700)
    note = page.line("1 Unless the auditors decide otherwise.", LineTag.NOTE, 1, 80)
    page.page(1, 0)
    span = Span(note.start + 2, note.end - 1)
    references = tuple(NoteReference(at, at + 1, 1) for at in (19, cited.end - 2))
    return page.reading([Footnote("1", (span,), 1, 1, references, 0.9)]), span


def test_struck_words_of_a_note_are_left_out_of_it_and_of_its_copy() -> None:
    reading, span = cited_note()
    at = reading.text.index("the auditors")
    body, note = chunk_document(replace(reading, marks=(Mark(at, at + 12, MarkKind.STRUCK),)))
    assert body.passages[1].text == note.passages[0].text == "Unless decide otherwise."
    assert [s.doc_start for s in note.passages[0].segments] == [span.start, at + 13]


def test_struck_note_has_no_chunk_and_no_copy() -> None:
    reading, span = cited_note()
    (body,) = chunk_document(replace(reading, marks=(Mark(span.start - 2, span.end, MarkKind.STRUCK),)))
    assert len(body.passages) == 1


def test_struck_sentence_cites_no_note() -> None:
    reading, _ = cited_note()
    struck = replace(reading, marks=(Mark(0, 20, MarkKind.STRUCK),))
    assert citing_sentences(reading) == ("The price is fixed.1",)
    assert citing_sentences(struck) == ("It may rise.1",)
    assert chunk_document(struck)[1].lead_in == "It may rise.1"


def two_agreements() -> Reading:
    page = Draft()
    page.line("ARTICLE 1 THE LEASE", LineTag.BODY, 1, 700)
    page.line("The Lessee shall pay the rent on the first day.", LineTag.BODY, 1, 688)
    second = page.line("EXHIBIT A SERVICES AGREEMENT", LineTag.BODY, 1, 676)
    page.line("The Agent shall serve the Owner until the end.", LineTag.BODY, 1, 664)
    page.page(1, 0)
    end = len(page.text)
    agreements = (
        Agreement(0, second.start, "LEASE", 1),
        Agreement(second.start, end, "SERVICES AGREEMENT", 1),
    )
    return replace(page.reading([]), agreements=agreements)


def test_no_chunk_holds_two_agreements() -> None:
    reading = two_agreements()
    first, second = chunk_document(reading)
    assert len(chunk_document(replace(reading, agreements=()))) == 1
    assert second.passages[0].segments[0].doc_start == reading.agreements[1].start
    assert first.passages[0].text + second.passages[0].text == reading.text


def test_headings_and_contexts_do_not_cross_into_another_agreement() -> None:
    first, second = chunk_document(two_agreements())
    assert (first.context_after, second.context_before, second.headings) == ("", "", ())


def test_position_is_the_place_in_the_agreement() -> None:
    reading = two_agreements()
    alone = chunk_document(replace(reading, agreements=()), 50)
    chunks = chunk_document(reading, 50)
    begun = reading.agreements[1].start
    starts = [chunk.passages[0].segments[0].doc_start for chunk in chunks]
    expected = [
        (s - begun if s >= begun else s) / (len(reading.text) - begun if s >= begun else begun)
        for s in starts
    ]
    assert [chunk.position for chunk in chunks] == [round(place, 6) for place in expected]
    assert [chunk.opens_agreement for chunk in chunks] == [start == begun for start in starts]
    assert not any(chunk.opens_agreement for chunk in alone)
    assert [c.position for c in alone] == [
        round(c.passages[0].segments[0].doc_start / len(reading.text), 6) for c in alone
    ]


def test_rest_of_an_agreement_behind_its_exhibit_is_no_beginning() -> None:
    reading = two_agreements()
    rest = replace(reading.agreements[1], title="LEASE, ARTICLE 2")
    chunks = chunk_document(replace(reading, agreements=(reading.agreements[0], rest)))
    assert len(chunks) == 2 and not chunks[1].opens_agreement
    assert chunks[1].position == round(rest.start / len(reading.text), 6)


def test_agreement_whose_title_is_struck_begins_with_its_first_live_line() -> None:
    reading = two_agreements()
    title = reading.lines[2]
    struck = replace(reading, marks=(Mark(title.start, title.end - 1, MarkKind.STRUCK),))
    assert [c.passages[0].segments[0].doc_start for c in chunk_document(struck)] == [0, title.end]


def test_chunk_has_the_cells_of_its_passages() -> None:
    page = Draft()
    rows = [page.line(f"Suite {row}    {row},000", LineTag.BODY, 1, 700 - 30 * row) for row in range(1, 9)]
    page.page(1, 0)
    cells = tuple(TableCell(row.end - 6, row.end - 1, "Rent", f"Suite {n}") for n, row in enumerate(rows, 1))
    struck = Mark(cells[2].start, cells[2].end, MarkKind.STRUCK)
    reading = replace(page.reading([]), cells=cells, marks=(struck,))
    chunks = chunk_document(reading, 60)
    assert len(chunks) > 1
    assert tuple(cell for chunk in chunks for cell in chunk.cells) == (*cells[:2], *cells[3:])
    for chunk in chunks:
        held = [at for s in chunk.passages[0].segments for at in range(s.doc_start, s.doc_start + s.length)]
        assert all(cell.start in held for cell in chunk.cells)
