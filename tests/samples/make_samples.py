"""Writes the sample documents: `python -m tests.samples.make_samples [FOLDER]`. Needs reportlab (the extra `dev`).

Each run gives the same bytes. The Chinese agreement needs the Song typeface (Debian: fonts-arphic-gbsn00lp) and is left as it is
without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tests.samples import cv, investment_en, investment_zh
from tests.samples.page_style import ENGLISH
from tests.samples.pages import RunningLines, lay_out, write
from tests.samples.prose import parse, read_text

FOLDER = Path(__file__).parents[2] / "infra" / "samples"
"""Where `make demo` takes them from."""
BROKEN_HEAD = b"%PDF-1.4\n%\x93\x8c\x8b\x9e\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R"


def make_broken(folder: Path) -> None:
    """A file that no reader opens: the head of a PDF, then noise, as after an interrupted transfer."""
    noise = bytes((index * 167 + 41) % 251 for index in range(900))
    (folder / "broken.pdf").write_bytes(BROKEN_HEAD + noise)


def make_services(folder: Path) -> None:
    """An ordinary services agreement in the drafting style of commercial contracts in the United States."""
    blocks = parse(read_text("services-agreement.txt"))[1:]  # page 1 opens with the title itself
    title, footer = "Master Services Agreement", "Brightwater / Calder Ridge"
    running = RunningLines(title, footer, lambda number, count: f"Page {number} of {count}")
    write(
        folder / "services-agreement.pdf", lay_out(blocks, ENGLISH), ENGLISH, running, title, "Calder Ridge"
    )


MAKERS: dict[str, Callable[[Path], None]] = {
    cv.NAME: cv.make,
    "broken.pdf": make_broken,
    "services-agreement.pdf": make_services,
    investment_en.NAME: investment_en.make,
    investment_zh.NAME: investment_zh.make,
}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, make in MAKERS.items():
        make(folder)
        if (folder / name).is_file():
            print(f"{name}: {(folder / name).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
