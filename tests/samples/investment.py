"""What both investment agreements share: 50 pages, and one footnote on page 48 that takes back what the pages before it promise.

Monthly fact sheets, one to a page, fill the pages up to the schedule that carries the note.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.samples.blocks import Block
from tests.samples.figures import Month, months
from tests.samples.page_style import Look
from tests.samples.pages import RunningLines, SheetPage, lay_out, write
from tests.samples.prose import parse, read_text

N_PAGES = 50


@dataclass(frozen=True, slots=True)
class Edition:
    """The agreement in one language. `parts` are put into the text where their names stand in brackets."""

    name: str
    title: str
    author: str
    language: str
    running: RunningLines
    cover: Sequence[Block]
    parts: Mapping[str, str]
    factsheet: Callable[[Month, Sequence[str]], str]


def make(folder: Path, edition: Edition, look: Look) -> None:
    pages = pages_of(edition, look)
    write(folder / edition.name, pages, look, edition.running, edition.title, edition.author)


def pages_of(edition: Edition, look: Look) -> list[SheetPage]:
    n_bare = len(lay_out(blocks_of(edition, look, 0), look))
    pages = lay_out(blocks_of(edition, look, N_PAGES - n_bare), look)
    if len(pages) != N_PAGES:
        raise SystemExit(f"{edition.name} has {len(pages)} pages: a fact sheet does not fit its page")
    return pages


def blocks_of(edition: Edition, look: Look, n_factsheets: int) -> list[Block]:
    text = read_text(f"investment-agreement-{edition.language}.txt").replace("[cover]", "")
    for name, part in edition.parts.items():
        text = text.replace(f"[{name}]", part)
    text = text.replace("[factsheets]", _factsheets(edition, n_factsheets))
    return [*edition.cover, *parse(text, look.is_chinese)]


def _factsheets(edition: Edition, n_months: int) -> str:
    lines = read_text(f"factsheets-{edition.language}.txt").strip().split("\n\n")
    if n_months > len(lines):
        raise SystemExit(f"{edition.name} needs {n_months} fact sheets, and there are words for {len(lines)}")
    comments = [[part.strip() for part in line.split(" ~ ")] for line in lines]
    return "\n\n".join(edition.factsheet(month, comments[month.index]) for month in months(n_months))
