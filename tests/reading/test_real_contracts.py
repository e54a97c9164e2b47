"""The laws of chunks and of gold on real contracts, read from their PDFs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.core.chunking.chunks import chunk_document
from tasks.core.error_book.gold_places import place_gold
from tasks.core.reading import read_document
from tasks.core.records import ChunkKind, FieldName
from tasks.learning.labelled import read_gold
from tests.unit.core.chunking.test_chunks import body_chunks, body_text


@pytest.mark.needs_data
def test_laws_hold_on_real_contracts(shared_data: Path) -> None:
    paths = sorted((shared_data / "cuad" / "pdf").glob("*.pdf"))[::12]
    assert len(paths) >= 10
    for path in paths:
        reading = read_document(path)
        chunks = chunk_document(reading, 3000)
        assert "".join(c.passages[0].text for c in body_chunks(chunks)) == body_text(reading)
        assert all(len(c.passages[0].text) <= 3000 for c in body_chunks(chunks))
        assert sum(c.kind is ChunkKind.NOTE for c in chunks) == len(reading.footnotes)


@pytest.mark.needs_data
def test_gold_of_a_real_contract_is_found_in_its_pdf(shared_data: Path) -> None:
    golds = {g.doc_id: g for g in read_gold(shared_data / "cuad" / "gold.jsonl.gz")}
    path = sorted((shared_data / "cuad" / "pdf").glob("*.pdf"), key=lambda p: p.stat().st_size)[0]
    seen = read_document(path.read_bytes())
    pairs = [(FieldName(f), text) for f, texts in golds[path.stem].quotes.items() for text in texts]
    found = place_gold(pairs, seen, chunk_document(seen, 6000))
    assert len(found) > 3
    assert sum(not g.places for g in found) <= 0.05 * len(found)
