"""Plain text to blocks: the samples' prose stands in `texts/`, one paragraph a block between blank lines.

= title           a new page with a title
# article         an article, counted
clause            a paragraph, counted within its article; not counted before the first article or after a title
- item            an item, counted within its clause
== heading        a small heading
> paragraph       a paragraph that is not counted
| cell | cell     a row of a table; rows stand together, the first is the head
_ label           a line to sign on; lines stand together
[contents]        the table of contents
[break]           a new page
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.samples.blocks import Block, Entries, Heading, PageBreak, ParagraphBlock, SignatureBlock, Table

TEXTS = Path(__file__).parent / "texts"


def read_text(name: str) -> str:
    return (TEXTS / name).read_text(encoding="utf-8")


def parse(text: str, is_chinese: bool = False) -> list[Block]:
    parser = _Parser(is_chinese)
    for part in re.split(r"\n\s*\n", text.strip()):
        parser.take(part.strip())
    return parser.blocks


@dataclass(slots=True)
class _Parser:
    is_chinese: bool
    blocks: list[Block] = field(default_factory=list)
    n_articles: int = 0
    n_clauses: int = 0
    n_items: int = 0
    is_counting: bool = False

    def take(self, part: str) -> None:
        first, _, rest = part.partition(" ")
        if first in ("|", "_"):
            return self._take_rows(part)
        text = ("" if self.is_chinese else " ").join(line.strip() for line in rest.splitlines())
        match first:
            case "=":
                self.is_counting = False
                self.blocks += [PageBreak(), Heading(text, 0)]
            case "=-":
                self.is_counting = False
                self.blocks += [PageBreak(), Heading(text, 0, is_listed=False)]
            case "#":
                self._start_article(text)
            case "==":
                self.blocks.append(Heading(text, 2, is_listed=False))
            case ">":
                self.blocks.append(ParagraphBlock(text))
            case "-":
                self._take_item(text)
            case "[contents]":
                self.blocks.append(Entries(()))
            case "[break]":
                self.blocks.append(PageBreak())
            case _:
                joint = "" if self.is_chinese else " "
                self._take_clause(joint.join(line.strip() for line in part.splitlines()))
        return None

    def _start_article(self, title: str) -> None:
        self.is_counting = True
        self.n_articles += 1
        self.n_clauses = self.n_items = 0
        number = f"第{chinese_number(self.n_articles)}条　" if self.is_chinese else f"{self.n_articles}. "
        self.blocks.append(Heading(number + title))

    def _take_clause(self, text: str) -> None:
        self.n_items = 0
        if not self.is_counting:
            self.blocks.append(ParagraphBlock(text))
            return
        self.n_clauses += 1
        number = f"{self.n_articles}.{self.n_clauses}"
        self.blocks.append(ParagraphBlock(text, number=number + ("　" if self.is_chinese else "")))

    def _take_item(self, text: str) -> None:
        self.n_items += 1
        if self.is_chinese:
            self.blocks.append(ParagraphBlock(text, number=f"（{chinese_number(self.n_items)}）"))
        else:
            mark = chr(96 + self.n_items) if self.is_counting else str(self.n_items)
            self.blocks.append(ParagraphBlock(text, number=f"({mark})", indent=34 if self.is_counting else 0))

    def _take_rows(self, part: str) -> None:
        lines = [line.strip() for line in part.splitlines()]
        if part.startswith("_"):
            self.blocks.append(SignatureBlock([line.removeprefix("_").strip() for line in lines]))
            return
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
        self.blocks.append(Table(rows, [min(max(width, 12), 46) for width in widths]))


def chinese_number(number: int) -> str:
    """A count up to 99 in Chinese: 二十三."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
