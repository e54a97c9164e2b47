"""An ordinary services agreement in the drafting style of commercial contracts in the United States."""

from __future__ import annotations

from pathlib import Path

from infra.samples.look import ENGLISH
from infra.samples.pages import RunningLines, lay_out, write
from infra.samples.script import parse, read_text

NAME = "services-agreement.pdf"


def make(folder: Path) -> None:
    blocks = parse(read_text("services-agreement.txt"))[1:]  # the title opens page 1 itself
    running = RunningLines(
        "Master Services Agreement",
        "Brightwater / Calder Ridge",
        lambda number, count: f"Page {number} of {count}",
    )
    write(
        folder / NAME, lay_out(blocks, ENGLISH), ENGLISH, running, "Master Services Agreement", "Calder Ridge"
    )
