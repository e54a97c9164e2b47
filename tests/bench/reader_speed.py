"""Seconds a page: our reading (lines, tags, notes) against pypdfium2's and pypdf's plain text, on the same files in one run.

usage: python -m tests.bench.reader_speed FOLDER [--every N] [--plain]
       python -m tests.bench.reader_speed FOLDER [--every N] [--plain] --beside CHECKOUT [--repeats N]

With `--beside`, the same files are read here and in another checkout in turns (`tests.bench.beside`). `--plain` takes only
files without annotations, lines and shapes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2
import pypdfium2.raw

from tasks.core.reading import read_document
from tests.bench import beside

READ_ALL = """
from pathlib import Path
from tasks.core.reading import read_document
paths = list(map(Path, given["paths"]))
import time
for _ in each_line():
    started = time.perf_counter()
    n_pages = sum(read_document(path).n_pages for path in paths)
    answer({"n_pages": n_pages, "seconds": time.perf_counter() - started})
"""


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


def is_plain(path: Path) -> bool:
    """Whether no page of the file has a line, a shape or an annotation (forms are looked into)."""
    document = pypdfium2.PdfDocument(path)
    return all(
        not pypdfium2.raw.FPDFPage_GetAnnotCount(page)
        and all(item.type != pypdfium2.raw.FPDF_PAGEOBJ_PATH for item in page.get_objects(max_depth=8))
        for page in document
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument(
        "--plain", action="store_true", help="only files without lines, shapes and annotations"
    )
    parser.add_argument("--repeats", type=int, default=beside.REPEATS, help="pairs of runs with --beside")
    beside.add_arguments(parser)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.pdf"))[:: options.every]
    if options.plain:
        paths = list(filter(is_plain, paths))
        print(f"{len(paths)} plain files")
    if options.beside:
        given = {"paths": [str(path.absolute()) for path in paths]}
        beside.compare("reader_speed", READ_ALL, given, options.beside, options.repeats)
        return
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
