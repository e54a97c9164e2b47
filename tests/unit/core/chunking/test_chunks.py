"""The laws of chunks, on generated readings."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.chunking.chunks import chunk_document, citing_sentences
from tasks.core.records import (
    Chunk,
    ChunkKind,
    Footnote,
    Line,
    LineTag,
    NoteReference,
    Page,
    PassageKind,
    Reading,
    ReadStatus,
    Span,
)

WORDS = [
    "the",
    "Company",
    "shall",
    "pay",
    "on",
    "demand",
    "价款",
    "应于",
    "十日内",
    "支付",
    "Inc.",
    "U.S.",
    "5.2",
]
ENDS = [".", ".", ";", "", "", "。", "?", ":"]
MAX_CHARS = 500


def body_text(reading: Reading) -> str:
    return "".join(reading.text[n.start : n.end] for n in reading.lines if n.tag is LineTag.BODY)


def body_chunks(chunks: tuple[Chunk, ...]) -> list[Chunk]:
    return [chunk for chunk in chunks if chunk.kind is ChunkKind.BODY]


class Draft:
    """Writes a reading line by line, keeping offsets."""

    def __init__(self) -> None:
        self.text = ""
        self.lines: list[Line] = []
        self.pages: list[Page] = []

    def line(self, text: str, tag: LineTag, page_number: int, y: float, x: float = 72) -> Line:
        start = len(self.text)
        self.text += text + "\n"
        line = Line(start, len(self.text), page_number, tag, (x, y, x + 5 * len(text), y + 9), 10)
        self.lines.append(line)
        return line

    def page(self, number: int, start: int) -> None:
        self.pages.append(Page(number, start, len(self.text), "ok"))

    def reading(self, notes: list[Footnote]) -> Reading:
        pages, lines = tuple(self.pages), tuple(self.lines)
        return Reading(ReadStatus.OK, None, (), len(pages), self.text, pages, lines, tuple(notes), "test")


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Pages of body lines, some with a note at the foot of the page, and running lines."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    page = Draft()
    notes: list[Footnote] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        start = len(page.text)
        page.line("Subscription Agreement", LineTag.RUNNING, number, 800)
        cited: list[tuple[str, NoteReference]] = []
        for row in range(rng.randint(0, 25)):
            words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 14))) + rng.choice(ENDS)
            marker = str(len(notes) + len(cited) + 1) if rng.random() < 0.1 else ""
            line = page.line(words + marker, LineTag.BODY, number, 780 - 12 * row - rng.choice([0, 0, 8]))
            if marker:
                cited.append((marker, NoteReference(line.end - 1 - len(marker), line.end - 1, number)))
        for marker, reference in cited:
            line = page.line(f"{marker} As the auditors determine.", LineTag.NOTE, number, 80)
            span = Span(line.start + len(marker) + 1, line.end - 1)
            notes.append(Footnote(marker, (span,), number, number, (reference,), 0.9))
        page.page(number, start)
    return page.reading(notes)


@given(readings())
def test_every_body_character_lies_in_exactly_one_chunk(reading: Reading) -> None:
    chunks = body_chunks(chunk_document(reading, MAX_CHARS))
    assert "".join(chunk.passages[0].text for chunk in chunks) == body_text(reading)


@given(readings())
def test_segments_lead_back_to_the_document(reading: Reading) -> None:
    for chunk in chunk_document(reading, MAX_CHARS):
        for passage in chunk.passages:
            at = 0
            for segment in passage.segments:
                assert segment.start == at
                here = reading.text[segment.doc_start : segment.doc_start + segment.length]
                assert passage.text[at : at + segment.length] == here
                at += segment.length
            assert at == len(passage.text)


@given(readings())
def test_no_body_chunk_is_over_the_size_or_empty(reading: Reading) -> None:
    for chunk in body_chunks(chunk_document(reading, MAX_CHARS)):
        assert 0 < len(chunk.passages[0].text) <= MAX_CHARS


@given(readings())
def test_every_note_has_one_chunk_of_its_own(reading: Reading) -> None:
    own = [
        c.passages[0].footnote_index for c in chunk_document(reading, MAX_CHARS) if c.kind is ChunkKind.NOTE
    ]
    assert own == list(range(len(reading.footnotes)))


@given(readings())
def test_note_is_copied_beside_the_chunk_that_cites_it_and_nowhere_else(reading: Reading) -> None:
    for index, note in enumerate(reading.footnotes):
        holders = [
            chunk
            for chunk in body_chunks(chunk_document(reading, MAX_CHARS))
            if index in [p.footnote_index for p in chunk.passages[1:]]
        ]
        citing = [
            chunk
            for chunk in body_chunks(chunk_document(reading, MAX_CHARS))
            for s in chunk.passages[0].segments
            if any(s.doc_start <= ref.start < s.doc_start + s.length for ref in note.references)
        ]
        assert holders == citing
        assert all(p.kind is PassageKind.NOTE for chunk in holders for p in chunk.passages[1:])


@given(readings(), st.integers(500, 700))
def test_no_cut_stands_between_a_word_and_its_marker(reading: Reading, max_chars: int) -> None:
    begins = {
        chunk.passages[0].segments[0].doc_start for chunk in body_chunks(chunk_document(reading, max_chars))
    }
    for note in reading.footnotes:
        for ref in note.references:
            assert not begins & set(range(ref.start, ref.end))


@given(readings())
def test_chunking_twice_gives_the_same(reading: Reading) -> None:
    assert chunk_document(reading, MAX_CHARS) == chunk_document(reading, MAX_CHARS)


def test_paragraph_broken_by_a_page_foot_stays_one_text() -> None:
    page = Draft()
    page.line("The Company shall pay the price to the", LineTag.BODY, 1, 100)
    page.line("Page 1", LineTag.RUNNING, 1, 30)
    page.page(1, 0)
    start = len(page.text)
    page.line("Supply Agreement", LineTag.RUNNING, 2, 800)
    page.line("Investor on demand.", LineTag.BODY, 2, 780)
    page.page(2, start)
    (chunk,) = chunk_document(page.reading([]))
    (passage,) = chunk.passages
    assert passage.text == "The Company shall pay the price to the\nInvestor on demand.\n"
    assert len(passage.segments) == 2


def test_long_paragraph_is_cut_at_a_sentence_end() -> None:
    page = Draft()
    for row in range(40):
        page.line(
            f"The Company shall pay the amount number {row}. Neither party", LineTag.BODY, 1, 790 - 12 * row
        )
        page.line("shall be liable for more than it has promised to pay.", LineTag.BODY, 1, 784 - 12 * row)
    page.page(1, 0)
    chunks = chunk_document(page.reading([]), 700)
    assert len(chunks) > 5
    assert all(chunk.passages[0].text.rstrip().endswith(".") for chunk in chunks)


def test_sentence_longer_than_the_size_is_cut_between_words() -> None:
    page = Draft()
    for row in range(60):
        page.line("and the Company shall indemnify every Investor against", LineTag.BODY, 1, 790 - 12 * row)
    page.page(1, 0)
    reading = page.reading([])
    chunks = chunk_document(reading, 500)
    assert "".join(c.passages[0].text for c in chunks).split() == reading.text.split()
    assert all(chunk.passages[0].text[-1].isspace() for chunk in chunks)


def test_heading_goes_with_what_follows() -> None:
    page = Draft()
    y = 790.0
    for number in range(1, 9):
        page.line(f"ARTICLE {number} PAYMENT OBLIGATIONS", LineTag.BODY, 1, y)
        for _ in range(4):
            y -= 12
            page.line(
                "The Company shall pay the price to the Investor on demand, always.", LineTag.BODY, 1, y
            )
        y -= 40
    page.page(1, 0)
    chunks = chunk_document(page.reading([]), 700)
    assert len(chunks) > 2
    assert all("always." in chunk.passages[0].text.rstrip().splitlines()[-1] for chunk in chunks)
    assert chunks[-1].headings[-1].startswith("ARTICLE ")


def test_note_over_two_pages_keeps_its_words_apart() -> None:
    page = Draft()
    cited = page.line("The price is fixed.1", LineTag.BODY, 1, 700)
    first = page.line("1 Unless the auditors", LineTag.NOTE, 1, 80)
    page.page(1, 0)
    start = len(page.text)
    second = page.line("decide otherwise.", LineTag.NOTE, 2, 80)
    page.page(2, start)
    spans = (Span(first.start + 2, first.end - 1), Span(second.start, second.end - 1))
    reference = NoteReference(cited.end - 2, cited.end - 1, 1)
    reading = page.reading([Footnote("1", spans, 1, 2, (reference,), 0.9)])
    body, note = chunk_document(reading)
    assert body.passages[1].text == note.passages[0].text == "Unless the auditors\ndecide otherwise."
    assert note.lead_in == "The price is fixed.1"
    assert citing_sentences(reading) == ("The price is fixed.1",)


def test_unlinked_note_has_a_chunk_and_no_lead_in() -> None:
    page = Draft()
    line = page.line("1 As amended.", LineTag.NOTE, 1, 80)
    page.page(1, 0)
    (chunk,) = chunk_document(page.reading([Footnote("1", (Span(2, line.end - 1),), 1, 1, (), 0.5)]))
    assert (chunk.kind, chunk.lead_in, chunk.passages[0].text) == (ChunkKind.NOTE, "", "As amended.")


def test_reading_without_text_gives_no_chunk() -> None:
    assert chunk_document(Draft().reading([])) == ()
