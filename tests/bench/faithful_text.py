"""How much of CUAD's gold stands in our document text, and on the gold's page.

usage: python -m tests.bench.faithful_text DATA_DIR [--split test_visible] [--all]

DATA_DIR is the folder that holds `cuad/` (gold.jsonl.gz, pdf/). A span is found when its text, folded (NFKC, no white space, quotes
and hyphens alike), stands in the folded document text; on its page when one occurrence begins on a page the gold names.
Also prints the seconds a page took.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.core.reading import read_document
from tasks.core.records import Reading

_DROPPED = re.compile("[\\s\u00ad\\-\u2010-\u2015_\u200b]+")
_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "`": "'", "\u037e": ";", "•": "·"})


def fold_with_map(text: str) -> tuple[str, list[int]]:
    """The folded text and for each of its letters the offset it came from."""
    letters: list[str] = []
    origins: list[int] = []
    for offset, letter in enumerate(text):
        for part in _DROPPED.sub("", unicodedata.normalize("NFKC", letter).translate(_ALIKE)):
            letters.append(part)
            origins.append(offset)
    return "".join(letters), origins


def pages_of(needle: str, folded: str, origins: list[int], reading: Reading) -> Iterator[set[int]]:
    """For each occurrence the pages it touches."""
    starts = [page.start for page in reading.pages]
    at = folded.find(needle)
    while at >= 0:
        first, last = origins[at], origins[at + len(needle) - 1]
        yield set(range(bisect_right(starts, first), bisect_right(starts, last) + 1))
        at = folded.find(needle, at + 1)


def score(row: dict[str, Any], reading: Reading) -> tuple[int, int, int]:
    """Spans, found, found on the gold's page."""
    folded, origins = fold_with_map(reading.text)
    n_found = n_on_page = 0
    for span in row["spans"]:
        needle, _ = fold_with_map(span["text"])
        places = list(pages_of(needle, folded, origins, reading)) if needle else [{*span["pages"]}]
        wanted = {*span["pages"], *span.get("pages_any", [])}
        n_found += bool(places)
        hit = any(pages & wanted for pages in places)
        n_on_page += hit
        if not hit:
            state = "on another page" if places else "absent"
            print(
                f"  {row['doc_id'][:60]} page {span['pages']} {span['category']}: {state}, {len(span['text'])} chars"
            )
    return len(row["spans"]), n_found, n_on_page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--all", action="store_true", help="the training contracts too")
    options = parser.parse_args()
    total = [0, 0, 0]
    n_pages, seconds = 0, 0.0
    with gzip.open(options.data / "cuad" / "gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            path = options.data / "cuad" / "pdf" / f"{row['doc_id']}.pdf"
            if not path.exists() or not (options.all or row["split"] == "test_visible"):
                continue
            started = time.perf_counter()
            reading = read_document(path)
            seconds += time.perf_counter() - started
            n_pages += reading.n_pages
            total = [a + b for a, b in zip(total, score(row, reading), strict=True)]
    spans, found, on_page = total
    print(f"spans {spans}  found {found / spans:.4f}  on the gold's page {on_page / spans:.4f}")
    print(f"pages {n_pages}  {1000 * seconds / n_pages:.1f} ms a page")


if __name__ == "__main__":
    main()
