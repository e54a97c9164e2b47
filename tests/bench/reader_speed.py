"""Seconds a page: our reading (lines, tags, notes) against pypdfium2's and pypdf's plain text, on the same files in one run.

usage: python -m tests.bench.reader_speed FOLDER [--every N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2

from tasks.core.reading import read_document


def ours(path: Path) -> int:
    return read_document(path).n_pages


def pdfium_text(path: Path) -> int:
    document = pypdfium2.PdfDocument(path)
    for page in document:
        page.get_textpage().get_text_range()
    return len(document)


def pypdf_text(path: Path) -> int:
    reader = pypdf.PdfReader(path)
    for page in reader.pages:
        page.extract_text()
    return len(reader.pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.pdf"))[:: options.every]
    ours(paths[0])  # a worker is warm in any run but the first
    readers: dict[str, Callable[[Path], int]] = {
        "ours": ours,
        "pdfium text": pdfium_text,
        "pypdf text": pypdf_text,
    }
    for name, read in readers.items():
        a_page: list[float] = []
        n_pages, total = 0, 0.0
        for path in paths:
            started = time.perf_counter()
            n = read(path)
            taken = time.perf_counter() - started
            n_pages, total = n_pages + n, total + taken
            a_page.append(1000 * taken / n)
        print(
            f"{name:12s} {n_pages:5d} pages  total {total:7.2f} s  median {statistics.median(a_page):6.1f} ms a page"
        )


if __name__ == "__main__":
    main()
