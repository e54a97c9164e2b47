"""Writes the sample documents: `python -m infra.samples.make_samples [FOLDER]`. Needs reportlab (the extra `dev`).

Each run gives the same bytes. The Chinese agreement needs the Song typeface (Debian: fonts-arphic-gbsn00lp) and is left as it is
without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from infra.samples import cv
from infra.samples.look import ENGLISH
from infra.samples.pages import Running, lay_out, write

HERE = Path(__file__).parent


def make_cv(folder: Path) -> None:
    running = Running(TITLE_OF_CV, "", lambda number, count: f"{number} / {count}")
    write(folder / cv.NAME, lay_out(cv.blocks(), ENGLISH), ENGLISH, running, cv.TITLE, "Marit Solheim-Okafor")


def make_broken(folder: Path) -> None:
    """A transfer that broke off: the head of a PDF, then noise; no page, no table of objects."""
    whole = (folder / cv.NAME).read_bytes()
    noise = bytes((index * 167 + 41) % 251 for index in range(700))
    (folder / "broken.pdf").write_bytes(whole[:400] + noise)


TITLE_OF_CV = "Marit Solheim-Okafor · Curriculum Vitae"
MAKERS: dict[str, Callable[[Path], None]] = {"cv.pdf": make_cv, "broken.pdf": make_broken}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for name, make in MAKERS.items():
        make(folder)
        print(f"{name}: {(folder / name).stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
