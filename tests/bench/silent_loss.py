"""Rows that are lost without a word: documents with a tag in each row, from the page to the stored values.

    python -m tests.bench.silent_loss [--rows 3200] [--chromium /usr/bin/chromium] [--chunk-chars 6000] [--layouts a,b]

Every layout of `tagged_documents` is read and cut, and played with an honest generator; the first one with every generator of
`tests.scripted.tag_models`, and a critic that sees all tags. Prints rows on the page and in chunks, verified, told and lost; exits with 1
if a row is lost. A row is told if a value or the cell of its chunk is unsettled or failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading import close_workers, read_document
from tests.bench.tagged_documents import LAYOUTS, LONG, Rows, html_rows, tag
from tests.scripted.tag_models import GENERATORS, TagModels, fates, play


def main() -> int:
    """The number of layouts and generators with a lost row, at most 1."""
    parser = argparse.ArgumentParser(description="rows that are lost without a word")
    parser.add_argument("--rows", type=int, default=3200)
    parser.add_argument("--chromium", default="", help="the program, for one layout more")
    parser.add_argument("--chunk-chars", type=int, default=6000)
    parser.add_argument("--layouts", default="")
    options = parser.parse_args()
    layouts: dict[str, Callable[[Rows], bytes]] = dict(LAYOUTS)
    if options.chromium:
        layouts["Chromium"] = partial(html_rows, chromium=options.chromium)
    wanted = options.layouts.split(",") if options.layouts else list(layouts)
    n_lost = 0
    print("| layout | generator | pages | rows | on the page | in chunks | verified | told | lost |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for number, name in enumerate(wanted):
        rows = range(1, (options.rows // 8 if name in LONG else options.rows) + 1)
        n_lost += _play(
            name,
            layouts[name](rows),
            rows,
            options.chunk_chars,
            list(GENERATORS)[: None if not number else 1],
        )
    close_workers()
    return int(n_lost > 0)


def _play(name: str, data: bytes, rows: Rows, chunk_chars: int, generators: list[str]) -> int:
    """Print a line for each generator; the rows that were lost."""
    reading = read_document(data)
    chunks = chunk_document(reading, chunk_chars)
    tags = [tag(n) for n in rows]
    n_read = sum(t in reading.text for t in tags)
    words = "\n".join(p.text for c in chunks for p in c.passages)
    n_lost = 0
    for generator in generators:
        found = fates(tags, chunks, play(reading, chunks, TagModels(generator)))
        ends = len(found.verified), len(found.told), len(found.lost)
        counts = reading.n_pages, len(tags), n_read, sum(t in words for t in tags), *ends
        print(f"| {name} | {generator} | " + " | ".join(map(str, counts)) + " |", flush=True)
        n_lost += len(found.lost)
    return n_lost


if __name__ == "__main__":
    sys.exit(main())
