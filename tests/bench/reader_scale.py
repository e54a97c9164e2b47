"""How reading scales: two cores against one on the same files, and the peak memory of a 2,000-page document.

usage: python -m tests.bench.reader_scale FOLDER [--every N] [--pages N]

Requires: two cores that nothing else uses; Linux, for the processor affinity and the peak of children.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from tasks.core.reading import close_workers, read_document

_LINES_A_PAGE = 46
_TEXT = "The Company shall pay the purchase price of the shares in immediately available funds on demand "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--pages", type=int, default=2000)
    options = parser.parse_args()
    tell_memory(options.pages)
    tell_cores(sorted(options.folder.glob("*.pdf"))[:: options.every])


def tell_memory(n_pages: int) -> None:
    """First of all, for the peak is that of all children so far."""
    data = long_document(n_pages)
    started = time.perf_counter()
    reading = read_document(data)
    taken = time.perf_counter() - started
    close_workers()
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{reading.n_pages} pages, {len(reading.text)} characters, {len(reading.footnotes)} notes: {reading.status.value} in {taken:.1f} s,"
        f" peak {worker:.0f} MB in the worker, {own:.0f} MB here"
    )


def long_document(n_pages: int) -> bytes:
    """Full pages with running lines and one note each."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=1, pageCompression=1)
    for number in range(1, n_pages + 1):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 800, "Share Purchase Agreement")
        canvas.drawString(290, 30, f"Page {number}")
        text = canvas.beginText(72, 760)
        text.setFont("Helvetica", 10)
        for row in range(_LINES_A_PAGE):
            turn = (row * 7 + number) % len(_TEXT)
            text.textLine(f"{number}.{row} {_TEXT[turn:]}{_TEXT[:turn]}"[:88])
        text.textOut("The price is fixed.")
        text.setFont("Helvetica", 6)
        text.setRise(4)
        text.textOut("1")
        canvas.drawText(text)
        canvas.line(72, 100, 180, 100)
        note = canvas.beginText(72, 88)
        note.setFont("Helvetica", 5)
        note.setRise(3)
        note.textOut("1")
        note.setFont("Helvetica", 8)
        note.setRise(0)
        note.textOut(f" The price of part {number} may be reduced by the auditors.")
        canvas.drawText(note)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def tell_cores(paths: Sequence[Path]) -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("one core only: nothing to compare")
        return
    one = _read_all(paths, cores[:1])
    two = _read_all(paths, cores[:2])
    print(f"{len(paths)} files: one core {one:.2f} s, two cores {two:.2f} s, {one / two:.2f} times as fast")


def _read_all(paths: Sequence[Path], cores: Sequence[int]) -> float:
    """Seconds of wall time on these cores, as many reads at once as there are cores; workers are warm."""
    os.sched_setaffinity(0, cores)
    close_workers()
    with ThreadPoolExecutor(len(cores)) as pool:
        list(pool.map(read_document, paths[: len(cores)]))
        started = time.perf_counter()
        list(pool.map(read_document, paths))
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
