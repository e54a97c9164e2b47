"""How fast a Word document is read: a contract of 100 pages, and one of 100,000 paragraphs.

usage: python -m tests.bench.word_speed [--pages N] [--paragraphs N]

Prints the seconds and the peak memory of a fresh worker for each. Requires: Linux.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

from tasks.core.reading import FileKind, close_workers, read_document
from tests.reading.word.packages import (
    cite,
    deleted,
    docx,
    inserted,
    lvl,
    note,
    numbered,
    numbering,
    p,
    row,
    run,
    table,
)

_SENTENCE = "The Supplier shall deliver the goods to the warehouse of the Buyer and bear the freight of each delivery. "
_BREAK = "<w:r><w:lastRenderedPageBreak/></w:r>"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--paragraphs", type=int, default=100_000)
    parser.add_argument("--one", choices=("pages", "paragraphs"))
    options = parser.parse_args()
    if options.one is None:
        for name in ("pages", "paragraphs"):  # the peak is that of all children so far
            own = ["--pages", str(options.pages), "--paragraphs", str(options.paragraphs), "--one", name]
            subprocess.run([sys.executable, "-m", "tests.bench.word_speed", *own], check=True)
        return
    tell(long_contract(options.pages) if options.one == "pages" else docx(p(_SENTENCE) * options.paragraphs))


def tell(data: bytes) -> None:
    read_document(docx(p("Words.")), kind=FileKind.WORD)  # the worker has started
    started = time.perf_counter()
    reading = read_document(data, kind=FileKind.WORD)
    taken = time.perf_counter() - started
    close_workers()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{reading.n_pages} pages, {len(reading.lines)} lines, {len(reading.text)} characters, {len(reading.footnotes)} notes:"
        f" {reading.status.value} in {taken:.2f} s, peak {peak:.0f} MB in the worker"
    )


def long_contract(n_pages: int) -> bytes:
    """Numbered clauses with changes, notes and a table on each page."""
    body: list[str] = []
    for page in range(1, n_pages + 1):
        body.append(numbered(f"Delivery {page}", 0))
        for clause in range(6):
            changed = deleted("thirty (30)") + inserted("sixty (60)")
            inner = run(_SENTENCE * 3) + run("Payment is due within ") + changed + run(" days")
            mark = cite(page) if clause == 0 else ""
            body.append(numbered(f"{_BREAK if clause == 3 else ''}{inner}{mark}{run('.')}", 1 + clause % 2))
        body.append(table(row("Item", "Price"), *(row(f"Item {n}", f"USD {n},000") for n in range(1, 9))))
    notes = "".join(note(page, f"Note {page}. {_SENTENCE}") for page in range(1, n_pages + 1))
    levels = numbering(lvl(0, "decimal", "%1."), lvl(1, "decimal", "%1.%2"), lvl(2, "lowerLetter", "(%3)"))
    return docx("".join(body), footnotes=notes, numbering=levels)


if __name__ == "__main__":
    main()
