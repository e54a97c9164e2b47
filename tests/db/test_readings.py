"""A reading comes back exactly as it was saved, and one reader version sees one thing in a document."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.core.errors import StoreConflict
from tasks.core.records import (
    Agreement,
    Chunk,
    ChunkKind,
    Correction,
    Extra,
    ExtraKind,
    Footnote,
    Line,
    LineTag,
    Mark,
    MarkKind,
    NoteReference,
    Page,
    Passage,
    PassageKind,
    Reading,
    ReadStatus,
    Segment,
    Span,
    TableCell,
)
from tasks.core.text.to_pg_text import storable
from tasks.postgres.store import Store
from tests.db import samples

_documents = itertools.count()
words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
offsets = st.integers(0, 2**31 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
spans = st.builds(Span, offsets, offsets)
extras = st.builds(Extra, st.sampled_from(ExtraKind), st.none() | st.integers(1, 2000), words, words)
marks = st.builds(Mark, offsets, offsets, st.sampled_from(MarkKind))
agreements = st.builds(Agreement, offsets, offsets, words, st.integers(1, 2000))
cells = st.builds(TableCell, offsets, offsets, words, words)
segments = st.builds(Segment, offsets, offsets, offsets)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Any reading whose pages are numbered upwards and whose lines follow its pages."""
    page_numbers = sorted(draw(st.sets(st.integers(1, 10_000), max_size=3)))
    pages, lines = [], []
    for number in page_numbers:
        start, end = sorted((draw(offsets), draw(offsets)))
        pages.append(Page(number, start, end, draw(st.sampled_from(["ok", "needs_ocr", "failed", "ocr"]))))
        box = st.tuples(numbers, numbers, numbers, numbers)
        line = st.builds(Line, offsets, offsets, st.just(number), st.sampled_from(LineTag), box, numbers)
        lines.extend(draw(st.lists(line, max_size=3)))
    reference = st.builds(NoteReference, offsets, offsets, st.integers(1, 100))
    footnote = st.builds(
        Footnote,
        words,
        st.lists(spans, max_size=2).map(tuple),
        st.integers(1, 50),
        st.integers(50, 100),
        st.lists(reference, max_size=2).map(tuple),
        numbers,
    )
    return Reading(
        status=draw(st.sampled_from(ReadStatus)),
        reason=draw(st.none() | words),
        flags=tuple(draw(st.lists(words, max_size=3))),
        n_pages=draw(offsets),
        text=draw(words),
        pages=tuple(pages),
        lines=tuple(lines),
        footnotes=tuple(draw(st.lists(footnote, max_size=3))),
        reader_version=draw(words),
        extras=tuple(draw(st.lists(extras, max_size=2))),
        marks=tuple(draw(st.lists(marks, max_size=2))),
        agreements=tuple(draw(st.lists(agreements, max_size=2))),
        cells=tuple(draw(st.lists(cells, max_size=2))),
        corrections=tuple(
            Correction(s.start, s.end, original)
            for s, original in draw(st.lists(st.tuples(spans, st.sampled_from("⾦\ufffe\x00ﬁ")), max_size=2))
        ),
    )


@st.composite
def chunk_lists(draw: st.DrawFn, n_footnotes: int) -> tuple[Chunk, ...]:
    chunks = []
    notes = st.none() | st.integers(0, n_footnotes - 1) if n_footnotes else st.none()
    for index in range(draw(st.integers(0, 3))):
        passage = st.builds(
            Passage, st.sampled_from(PassageKind), words, st.lists(segments, max_size=2).map(tuple), notes
        )
        passages = tuple(draw(st.lists(passage, min_size=1, max_size=2)))
        kind = draw(st.sampled_from(ChunkKind))
        texts = [draw(words) for _ in range(3)]
        headings = tuple(draw(st.lists(words, max_size=2)))
        chunk_cells = tuple(draw(st.lists(cells, max_size=2)))
        chunks.append(Chunk(index, kind, passages, *texts, headings, draw(numbers), chunk_cells))
    return tuple(chunks)


@pytest.fixture(scope="module")
def shared_store(template: str, make_database, dropped) -> Iterator[Store]:
    url = make_database(template)
    with Store(url) as opened:
        yield opened
    dropped(url)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reading_comes_back_exactly(shared_store: Store, data: st.DataObject) -> None:
    reading = data.draw(readings())
    chunks = data.draw(chunk_lists(len(reading.footnotes)))
    document = samples.document_id(f"reading {next(_documents)}")
    shared_store.sources.record("b", document, "v", None, 1, document)
    shared_store.readings.save(document, reading, chunks, {"max_chars": 1})
    assert shared_store.readings.load(document, reading.reader_version) == (reading, chunks)


@given(text=st.text(st.characters(), max_size=30))
def test_any_text_becomes_storable_without_moving_an_offset(text: str) -> None:
    stored = storable(text)
    assert len(stored) == len(text)
    assert b"\0" not in stored.encode()
    assert all(
        a == b for a, b in zip(text, stored, strict=True) if a != "\0" and not "\ud800" <= a <= "\udfff"
    )


def test_text_that_postgresql_cannot_hold_keeps_its_offsets(store: Store) -> None:
    document = samples.put_document(store)
    odd = replace(samples.reading("reader-odd"), text="a\0b\ud800c")
    store.readings.save(document, odd, (), {})
    loaded = store.readings.load(document, "reader-odd")
    assert loaded is not None
    assert loaded[0].text == "a\u2400b\ufffdc"


def test_reading_saved_twice_is_written_once(store: Store, connection: psycopg.Connection) -> None:
    document = samples.put_document(store)
    first = store.readings.save(document, samples.reading(), samples.chunks(), {"max_chars": 6000})
    counts = [
        connection.execute(f"SELECT count(*) FROM {t}").fetchone()
        for t in ("reading", "page", "footnote", "chunk")
    ]
    assert store.readings.save(document, samples.reading(), samples.chunks(), {"max_chars": 6000}) == first
    assert counts == [(1,), (1,), (1,), (2,)]


def test_reading_without_marks_is_that_of_an_older_version(
    store: Store, connection: psycopg.Connection
) -> None:
    """Readers of plain texts keep their version, so the digest of what they read must stay."""
    plain = replace(samples.reading("text-1"), text="a", pages=(), lines=(), footnotes=())
    document = samples.put_document(store)
    reading_id = store.readings.save(document, plain, (), {})
    (stored,) = connection.execute(
        "SELECT content_digest FROM reading WHERE reading_id = %s", (reading_id,)
    ).fetchone() or ((),)
    head = (
        '{"status":"ok","reason":null,"flags":["attachments"],"n_pages":1,"text":"a","chunker":"{}",'
        '"extras":"[]","hidden":"[]","corrections":"[]"}'
    )
    assert stored == hashlib.sha256(f"[{head},[],[],[]]".encode()).digest()


@pytest.mark.parametrize("of", ["marks", "agreements", "cells", "chunk"])
def test_other_mark_agreement_or_cell_is_another_reading(store: Store, of: str) -> None:
    cell = TableCell(0, 3, "Rent", "Unit 1")
    (chunk, *chunks) = samples.chunks()
    later = samples.reading("reader-2")
    changed = {
        "marks": (replace(later, marks=(Mark(0, 3, MarkKind.STRUCK),)), (chunk, *chunks)),
        "agreements": (replace(later, agreements=(Agreement(0, 3, "LEASE", 1),)), (chunk, *chunks)),
        "cells": (replace(later, cells=(cell,)), (chunk, *chunks)),
        "chunk": (later, (replace(chunk, cells=(cell,)), *chunks)),
    }
    document = samples.put_document(store)
    first = store.readings.save(document, *changed[of], {})
    assert store.readings.save(document, *changed[of], {}) == first
    with pytest.raises(StoreConflict, match="different content"):
        store.readings.save(document, later, (chunk, *chunks), {})


def test_other_reading_under_the_same_version_is_refused(store: Store) -> None:
    document = samples.put_document(store)
    with pytest.raises(StoreConflict, match="different content"):
        store.readings.save(
            document,
            replace(samples.reading(), text=samples.TEXT + "."),
            samples.chunks(),
            {"max_chars": 6000},
        )
    with pytest.raises(StoreConflict, match="different content"):
        store.readings.save(document, samples.reading(), samples.chunks()[:1], {"max_chars": 6000})
    newer = store.readings.save(
        document, samples.reading("reader-2"), samples.chunks()[:1], {"max_chars": 6000}
    )
    assert newer > 0


def test_line_of_an_unknown_page_is_refused(store: Store) -> None:
    document = samples.put_document(store)
    stray = replace(samples.reading("reader-2"), pages=())
    with pytest.raises(KeyError):
        store.readings.save(document, stray, samples.chunks(), {})
    assert store.readings.load(document, "reader-2") is None


def test_reading_that_is_not_stored_is_none(store: Store) -> None:
    assert store.readings.load(samples.document_id("nobody"), "r") is None
