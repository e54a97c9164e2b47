"""No row of a document is lost on the way from the page to the chunks, whatever it looks like.

The whole table of layouts is `python -m tests.bench.silent_loss`.
"""

from __future__ import annotations

import pytest

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tests.bench.tagged_documents import LAYOUTS, tag
from tests.scripted.tag_models import TAG

N_ROWS = 200
TIGHT_CHUNK_CHARS = 700


@pytest.mark.parametrize(
    "layout",
    [
        "mixed",
        "table",
        "rows across pages",
        "two columns",
        "tags alone",
        "tags alone, narrow margins",
        "one lot a page",
    ],
)
def test_every_row_is_in_a_chunk(layout: str) -> None:
    rows = range(1, N_ROWS + 1)
    reading = take_reading(LAYOUTS[layout](rows), Limits(ocr=False))
    chunks = chunk_document(reading, TIGHT_CHUNK_CHARS)
    found = {name for chunk in chunks for passage in chunk.passages for name in TAG.findall(passage.text)}
    assert {tag(n) for n in rows} - found == set()


def test_header_and_page_numbers_beside_the_rows_stay_running_lines() -> None:
    reading = take_reading(LAYOUTS["mixed"](range(1, N_ROWS + 1)), Limits(ocr=False))
    said = "".join(passage.text for chunk in chunk_document(reading) for passage in chunk.passages)
    assert "Page 2" in reading.text and "Page 2" not in said
    assert "Sale of Plant" in reading.text and "Sale of Plant" not in said
